// SPDX-License-Identifier: PostgreSQL
// Do cells order as their values, and do byte masks never exclude a match?
#include "types/attribute.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace vexpg::types {
namespace {

using Cells = std::vector<uint64_t>;

ByteCode learnt(Cells sample, CellForm form = CellForm::kExact) {
  ByteCode code;
  memset(&code, 0xff, sizeof code);
  learn_byte_code(sample, form, &code);
  return code;
}

bool within(const CellRange &range, uint64_t cell) { return range.low <= cell && cell <= range.high; }

constexpr Comparison kComparisons[] = {Comparison::kLess, Comparison::kLessEqual, Comparison::kEqual,
                                       Comparison::kGreaterEqual, Comparison::kGreater};

template <class Value> bool holds(const Value &a, Comparison comparison, const Value &b) {
  switch (comparison) {
    case Comparison::kLess: return a < b;
    case Comparison::kLessEqual: return a <= b;
    case Comparison::kEqual: return a == b;
    case Comparison::kGreaterEqual: return a >= b;
    case Comparison::kGreater: return a > b;
  }
  return false;
}

// What holds has its cell in reach.may; what has its cell in reach.sure holds.
template <class Value, class CellOf>
void expect_sound_reach(CellForm form, const std::vector<Value> &values, CellOf cell_of) {
  for (const Value &b : values) {
    for (Comparison comparison : kComparisons) {
      Reach reach = reach_of(form, comparison, {cell_of(b), false});
      bool nested = within(reach.may, reach.sure.low) && within(reach.may, reach.sure.high);
      EXPECT_TRUE(reach.sure.empty() || nested);
      for (const Value &a : values) {
        SCOPED_TRACE(testing::Message() << a << ' ' << static_cast<int>(comparison) << ' ' << b);
        bool truth = holds(a, comparison, b);
        EXPECT_TRUE(!truth || within(reach.may, cell_of(a)));
        EXPECT_TRUE(truth || !within(reach.sure, cell_of(a)));
      }
    }
  }
}

uint64_t hash_of(const std::string &value) { return std::hash<std::string>{}(value); }
uint64_t string_cell(const std::string &value) { return cell_from_string(value.data(), value.size(), hash_of(value)); }

std::vector<std::string> random_strings() {
  std::vector<std::string> out = {"", "\x01", "\xff"};
  for (size_t length = 7; length <= 9; length++) out.push_back(std::string(length, '\xff'));
  std::mt19937 random(7);
  for (int i = 0; i < 150; i++) {
    std::string value = random() % 2 == 0 ? "" : "abcde";
    for (size_t length = random() % 8; length > 0; length--) value += "ab\x01\xff"[random() % 4];
    out.push_back(value);
  }
  return out;
}

TEST(Attribute, IntegersKeepTheirOrder) {
  const std::vector<int64_t> values = {std::numeric_limits<int64_t>::min(), -5'000'000'000, -32768, -1, 0, 1, 255, 256,
                                       5'000'000'000, std::numeric_limits<int64_t>::max()};
  for (int64_t a : values) {
    for (int64_t b : values) EXPECT_EQ(a < b, cell_from_int(a) < cell_from_int(b)) << a << " " << b;
  }
}

TEST(Attribute, FloatsKeepTheirOrder) {
  using Limits = std::numeric_limits<double>;
  const std::vector<double> values = {-Limits::infinity(), Limits::lowest(), -1.5, -1, -Limits::min(), -Limits::denorm_min(), 0,
                                      Limits::denorm_min(), Limits::min(), 0.1, 1, 1.5, Limits::max(), Limits::infinity()};
  for (double a : values) {
    for (double b : values) EXPECT_EQ(a < b, cell_from_float(a) < cell_from_float(b)) << a << " " << b;
    EXPECT_LT(cell_from_float(a), cell_from_float(Limits::quiet_NaN()));
  }
  EXPECT_EQ(cell_from_float(0.0), cell_from_float(-0.0));
  EXPECT_EQ(cell_from_float(Limits::quiet_NaN()), cell_from_float(-Limits::quiet_NaN()));
  EXPECT_EQ(cell_from_float(Limits::quiet_NaN()), cell_from_float(Limits::signaling_NaN()));
}

TEST(Attribute, StringsKeepTheOrderOfFiveBytes) {
  for (const std::string &a : random_strings()) {
    for (const std::string &b : random_strings()) {
      if (a.substr(0, 5) < b.substr(0, 5)) {
        EXPECT_LT(string_cell(a), string_cell(b)) << a << ' ' << b;
      }
      if (a.size() <= kShortString && a != b) {
        EXPECT_NE(string_cell(a), string_cell(b)) << a << ' ' << b;
      }
    }
  }
  // Long values with the same beginning differ by their hashes, also if the hash has no lowest byte.
  EXPECT_NE(cell_from_string("abcdefgh", 8, 0x100), cell_from_string("abcdefgi", 8, 0x200));
  EXPECT_NE(cell_from_string("abcde", 5, 0), cell_from_string("abcdefgh", 8, 0));
}

TEST(Attribute, LongValuesKeepTheOrderOfFiveBytes) {
  const uint8_t low[16] = {1, 2, 3, 4, 5, 9}, high[16] = {1, 2, 3, 4, 6, 0}, same[16] = {1, 2, 3, 4, 5, 0};
  EXPECT_LT(cell_from_prefix(low, 0xFFFFFFFF), cell_from_prefix(high, 0));
  EXPECT_NE(cell_from_prefix(low, 1), cell_from_prefix(same, 2));
  EXPECT_NE(0u, cell_from_prefix(low, 0) & 0xFF);
}

TEST(Attribute, ReachOfExactCells) {
  std::vector<int64_t> values = {std::numeric_limits<int64_t>::min(), -1, 0, 1, 2, std::numeric_limits<int64_t>::max()};
  expect_sound_reach(CellForm::kExact, values, cell_from_int);
  for (Comparison comparison : kComparisons) {
    Reach reach = reach_of(CellForm::kExact, comparison, {cell_from_int(5), false});
    EXPECT_EQ(reach.may, reach.sure);
  }
}

// An operand between the cells 4 and 5: nothing equals it.
TEST(Attribute, ReachOfAnOperandBetweenCells) {
  Operand between = {4, true};
  auto may = [&](Comparison comparison) { return reach_of(CellForm::kExact, comparison, between).may; };
  EXPECT_TRUE(may(Comparison::kEqual).empty());
  for (Comparison less : {Comparison::kLess, Comparison::kLessEqual}) EXPECT_EQ((CellRange{0, 4}), may(less));
  for (Comparison more : {Comparison::kGreater, Comparison::kGreaterEqual}) EXPECT_EQ(5u, may(more).low);
}

TEST(Attribute, ReachOfLossyCells) {
  std::vector<double> numbers = {-2, -1.5, -1.25, -1, 0, 0.25, 0.5, 1, 1.75, 2, std::numeric_limits<double>::infinity()};
  auto rounded = [](double value) { return cell_from_float(std::isinf(value) ? value : std::floor(value)); };
  expect_sound_reach(CellForm::kMonotone, numbers, rounded);
  expect_sound_reach(CellForm::kPrefix, random_strings(), string_cell);
  expect_sound_reach(CellForm::kHash, random_strings(), hash_of);
  expect_sound_reach(CellForm::kHash, random_strings(), [](const std::string &value) { return hash_of(value) % 16; });
  expect_sound_reach(CellForm::kIdentity, std::vector<int64_t>{3, 1, 2},
                     [](int64_t value) { return static_cast<uint64_t>(value * 7 % 5); });
}

TEST(Attribute, ReachOfShortStringsIsExact) {
  for (const char *value : {"", "a", "abcde"}) {
    for (Comparison comparison : kComparisons) {
      Reach reach = reach_of(CellForm::kPrefix, comparison, {string_cell(value), false});
      EXPECT_EQ(reach.may, reach.sure) << value;
    }
  }
  EXPECT_FALSE(reach_of(CellForm::kPrefix, Comparison::kEqual, {string_cell("abcdefg"), false}).sure.empty());
  EXPECT_TRUE(reach_of(CellForm::kPrefix, Comparison::kEqual, {string_cell("abcdefgh"), false}).sure.empty());
}

TEST(Attribute, SignaturesAreSpread) {
  std::mt19937_64 random(3);
  int counts[64] = {};
  for (int i = 0; i < 64000; i++) {
    uint64_t bits = signature_bits(random());
    EXPECT_EQ(1, std::popcount(bits & 0xFF));
    for (int bit = 0; bit < 64; bit++) counts[bit] += bits >> bit & 1;
  }
  for (int bit = 0; bit < 64; bit++) EXPECT_NEAR(bit < 8 ? 8000 : 3340, counts[bit], 400) << bit;
}

// Whatever code was learnt, no mask excludes a set that overlaps, contains, is contained or is the same.
TEST(Attribute, MasksOfSignaturesNeverExcludeAMatch) {
  for (uint32_t seed = 0; seed < 12; seed++) {
    std::mt19937_64 random(seed);
    uint64_t vocabulary = seed % 2 == 0 ? 6 : 500;
    auto draw = [&] {
      uint64_t cell = 0;
      for (uint64_t count = random() % 5 * (random() % 20 == 0 ? 10 : 1); count > 0; count--)
        cell |= signature_bits(random() % vocabulary * 0x9E3779B97F4A7C15);
      return cell;
    };
    Cells sample(seed < 2 ? 0 : 100 << (seed % 6));
    for (uint64_t &cell : sample) cell = draw();
    ByteCode code = learnt(sample, CellForm::kSignature);
    EXPECT_EQ(code.form == ByteForm::kSignature, code.count == 0);
    EXPECT_EQ(code.form == ByteForm::kDictionary, sample.size() >= 1000 && vocabulary == 6);
    for (int i = 0; i < 500; i++) {
      uint64_t wanted = draw(), cell = draw();
      uint8_t byte = byte_of(code, false, cell), union_byte = byte_of(code, false, cell | wanted);
      EXPECT_NE(kByteNull, byte);
      EXPECT_TRUE(mask_of_superset(code, wanted).test(union_byte));
      EXPECT_TRUE(mask_of_subset(code, wanted | cell).test(byte));
      EXPECT_TRUE(mask_of_range(code, cell, cell).test(byte));
      EXPECT_TRUE(mask_of_range(code, 0, UINT64_MAX).test(byte));
      for (const ByteMask &mask : {mask_of_superset(code, wanted), mask_of_subset(code, wanted)}) {
        EXPECT_FALSE(mask.test(kByteNull));
        EXPECT_TRUE(mask.test(kByteUnseen));
      }
    }
  }
}

TEST(Attribute, MasksOfSignaturesExclude) {
  ByteCode code = learnt({}, CellForm::kSignature);
  uint64_t one = signature_bits(0), other = signature_bits(1);
  ASSERT_NE(one & 0xFF, other & 0xFF);
  EXPECT_FALSE(mask_of_superset(code, one).test(byte_of(code, false, other)));
  EXPECT_FALSE(mask_of_subset(code, one).test(byte_of(code, false, other)));
  EXPECT_EQ(kByteUnseen, byte_of(code, false, UINT64_MAX));
}

TEST(Attribute, EveryKindHasAForm) {
  EXPECT_EQ(CellForm::kExact, form_of(AttributeKind::kInt2));
  EXPECT_EQ(CellForm::kExact, form_of(AttributeKind::kFloat8));
  EXPECT_EQ(CellForm::kPrefix, form_of(AttributeKind::kUuid));
  EXPECT_EQ(CellForm::kHash, form_of(AttributeKind::kNameHash));
  EXPECT_EQ(CellForm::kSignature, form_of(kLastAttributeKind));
}

TEST(Attribute, AnEmptySampleKnowsNothing) {
  ByteCode code = learnt({});
  EXPECT_EQ(0, code.count);
  EXPECT_EQ(ByteForm::kDictionary, code.form);
  EXPECT_EQ(kByteUnseen, byte_of(code, false, 0));
  EXPECT_EQ(kByteNull, byte_of(code, true, 0));
  EXPECT_TRUE(mask_of_range(code, 5, 5).test(kByteUnseen));
  EXPECT_FALSE(mask_of_range(code, 5, 5).test(kByteNull));
}

TEST(Attribute, FewValuesMakeADictionary) {
  ByteCode code = learnt({30, 10, 20, 10, 10});
  EXPECT_EQ(3, code.count);
  EXPECT_EQ(ByteForm::kDictionary, code.form);
  EXPECT_EQ(0, byte_of(code, false, 10));
  EXPECT_EQ(2, byte_of(code, false, 30));
  for (uint64_t unseen : {0, 15, 31}) EXPECT_EQ(kByteUnseen, byte_of(code, false, unseen));
  ByteMask equal = mask_of_range(code, 20, 20), between = mask_of_range(code, 11, 19);
  EXPECT_FALSE(equal.test(0) || equal.test(2));
  EXPECT_TRUE(equal.test(1) && equal.test(kByteUnseen));
  EXPECT_FALSE(between.test(0) || between.test(1) || between.test(2));
}

TEST(Attribute, LimitOfTheDictionary) {
  Cells sample;
  for (uint64_t i = 0; i < kMaxByteKeys; i++) sample.push_back(i * 10);
  EXPECT_EQ(ByteForm::kDictionary, learnt(sample).form);
  EXPECT_EQ(kMaxByteKeys, learnt(sample).count);
  sample.push_back(5);
  ByteCode buckets = learnt(sample);
  EXPECT_EQ(ByteForm::kBuckets, buckets.form);
  EXPECT_LE(buckets.count, kMaxByteKeys);
  EXPECT_GE(buckets.count, kMaxByteKeys / 2);
}

TEST(Attribute, FrequentValuesHaveBucketsOfTheirOwn) {
  std::mt19937_64 random(1);
  Cells sample;
  for (int i = 0; i < 20000; i++) sample.push_back(1000 + random() % 100000);
  for (int i = 0; i < 5000; i++) sample.push_back(42000);
  ByteCode code = learnt(sample);
  EXPECT_EQ(ByteForm::kBuckets, code.form);
  uint8_t own = byte_of(code, false, 42000);
  EXPECT_LT(byte_of(code, false, 41999), own);
  // Its bucket ends at the next value that the sample held.
  EXPECT_GT(byte_of(code, false, 42200), own);
}

TEST(Attribute, BucketsAreEven) {
  Cells sample;
  for (uint64_t i = 0; i < 25300; i++) sample.push_back(i * i);
  ByteCode code = learnt(sample);
  EXPECT_EQ(kMaxByteKeys, code.count);
  std::vector<int> weight(256);
  for (uint64_t cell : sample) weight[byte_of(code, false, cell)]++;
  for (int i = 0; i < code.count; i++) EXPECT_NEAR(weight[i], 100, 5) << i;
}

// Whatever was learnt: bytes keep the order of cells, and a cell inside a range has its byte in the range's mask.
TEST(Attribute, MasksNeverExcludeAMatch) {
  for (uint32_t seed = 0; seed < 60; seed++) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const uint64_t spread = seed % 3 == 0 ? 200 : seed % 3 == 1 ? 5000 : std::numeric_limits<uint64_t>::max();
    auto draw = [&] {
      uint64_t cell = random() % spread;
      return random() % 4 == 0 ? cell / 2 * 2 % 97 : cell;
    };
    Cells sample(random() % 3000);
    for (uint64_t &cell : sample) cell = draw();
    ByteCode code = learnt(sample);
    for (int i = 1; i < code.count; i++) ASSERT_LT(code.keys[i - 1], code.keys[i]);
    for (int i = code.count; i < kMaxByteKeys; i++) ASSERT_EQ(0u, code.keys[i]);
    for (int i = 0; i < 2000; i++) {
      uint64_t low = draw(), high = draw(), cell = i % 2 == 0 ? draw() : low;
      if (low > high) std::swap(low, high);
      ByteMask mask = mask_of_range(code, low, high);
      uint8_t byte = byte_of(code, false, cell);
      ASSERT_NE(byte, kByteNull);
      if (cell >= low && cell <= high) {
        ASSERT_TRUE(mask.test(byte)) << cell << " in " << low << ".." << high;
      }
      ASSERT_FALSE(mask.test(kByteNull));
      uint8_t other = byte_of(code, false, high);
      if (byte != kByteUnseen && other != kByteUnseen && cell < high) {
        ASSERT_LE(byte, other);
      }
    }
    uint64_t all = std::numeric_limits<uint64_t>::max();
    EXPECT_TRUE(mask_of_range(code, 0, all).test(byte_of(code, false, all)));
    EXPECT_TRUE(mask_of_range(code, 0, all).test(byte_of(code, false, 0)));
  }
}

TEST(Attribute, MasksCombine) {
  ByteCode code = learnt({1, 2, 3});
  ByteMask none = mask_of_range(code, 3, 2);
  for (int byte = 0; byte < 256; byte++) {
    uint8_t b = static_cast<uint8_t>(byte);
    EXPECT_FALSE(none.test(b));
    EXPECT_EQ(byte == kByteNull, mask_of_null().test(b));
    EXPECT_EQ(byte <= kByteUnseen, mask_of_not_null().test(b));
    ByteMask low = mask_of_range(code, 1, 2), high = mask_of_range(code, 2, 3);
    EXPECT_EQ(low.test(b) && high.test(b), mask_and(low, high).test(b));
    EXPECT_EQ(low.test(b) || high.test(b), mask_or(low, high).test(b));
  }
}

}  // namespace
}  // namespace vexpg::types
