// SPDX-License-Identifier: PostgreSQL
// Do cells order as their values, and do byte masks never exclude a match?
#include "types/attribute.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace vexpg::types {
namespace {

using Cells = std::vector<uint64_t>;

ByteCode learnt(Cells sample) {
  ByteCode code;
  memset(&code, 0xff, sizeof code);
  learn_byte_code(sample, &code);
  return code;
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

TEST(Attribute, AnEmptySampleKnowsNothing) {
  ByteCode code = learnt({});
  EXPECT_EQ(0, code.count);
  EXPECT_EQ(1, code.is_dictionary);
  EXPECT_EQ(kByteUnseen, byte_of(code, false, 0));
  EXPECT_EQ(kByteNull, byte_of(code, true, 0));
  EXPECT_TRUE(mask_of_range(code, 5, 5).test(kByteUnseen));
  EXPECT_FALSE(mask_of_range(code, 5, 5).test(kByteNull));
}

TEST(Attribute, FewValuesMakeADictionary) {
  ByteCode code = learnt({30, 10, 20, 10, 10});
  EXPECT_EQ(3, code.count);
  EXPECT_EQ(1, code.is_dictionary);
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
  EXPECT_EQ(1, learnt(sample).is_dictionary);
  EXPECT_EQ(kMaxByteKeys, learnt(sample).count);
  sample.push_back(5);
  ByteCode buckets = learnt(sample);
  EXPECT_EQ(0, buckets.is_dictionary);
  EXPECT_LE(buckets.count, kMaxByteKeys);
  EXPECT_GE(buckets.count, kMaxByteKeys / 2);
}

TEST(Attribute, FrequentValuesHaveBucketsOfTheirOwn) {
  std::mt19937_64 random(1);
  Cells sample;
  for (int i = 0; i < 20000; i++) sample.push_back(1000 + random() % 100000);
  for (int i = 0; i < 5000; i++) sample.push_back(42000);
  ByteCode code = learnt(sample);
  EXPECT_EQ(0, code.is_dictionary);
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
