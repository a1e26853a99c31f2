// SPDX-License-Identifier: PostgreSQL
// The value formats: text and binary in both directions, hostile input, halves, and the arithmetic of sparse vectors.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"
#include "types/binary.hpp"
#include "types/bitvec.hpp"
#include "types/halfvec.hpp"
#include "types/sparse_text.hpp"
#include "types/sparsevec.hpp"
#include "types/text.hpp"
#include "types/vector.hpp"

namespace vexpg::types {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kQuietNan = std::numeric_limits<float>::quiet_NaN();

// Reads back the same, though it is not the shortest.
int print_float(float value, char *out) {
  char digits[32];
  const int length = snprintf(digits, sizeof(digits), "%.9g", static_cast<double>(value));
  EXPECT_LE(static_cast<size_t>(length), kFloatTextBytes);
  memcpy(out, digits, static_cast<size_t>(length));
  return length;
}

struct Parsed {
  ParseError error;
  std::vector<float> x;
};

Parsed parse(const std::string &text) {
  std::vector<float> out(count_elements(text.c_str()));
  size_t dim;
  const ParseError error = parse_vector(text.c_str(), out.data(), out.size(), &dim);
  out.resize(dim);
  return {error, out};
}

Fault parse_half(const std::string &text) {
  std::vector<uint16_t> out(count_elements(text.c_str()));
  size_t dim;
  return parse_halfvec(text.c_str(), out.data(), out.size(), &dim).fault;
}

// A sparse vector with room of its own, as a datum has it.
struct Sparse {
  std::vector<int32_t> words;

  Sparse(int32_t dim, const std::vector<SparseElement> &elements) : words(4 + 2 * elements.size()) {
    view()->dim = dim;
    view()->nnz = static_cast<int32_t>(elements.size());
    for (size_t i = 0; i < elements.size(); i++) {
      words[4 + i] = elements[i].index;
      memcpy(&words[4 + elements.size() + i], &elements[i].value, sizeof(float));
    }
  }
  SparseVector *view() { return reinterpret_cast<SparseVector *>(words.data()); }
};

Sparse random_sparse(std::mt19937 &random, int32_t dim) {
  std::vector<SparseElement> elements;
  for (int32_t i = 0; i < dim; i++) {
    const int value = static_cast<int>(random() % 7) - 3;
    if (random() % 2 == 0 && value != 0) elements.push_back({i, static_cast<float>(value)});
  }
  return Sparse(dim, elements);
}

std::vector<float> dense(const SparseVector &sparse) {
  std::vector<float> x(static_cast<size_t>(sparse.dim));
  for (int i = 0; i < sparse.nnz; i++) x[static_cast<size_t>(sparse.indices[i])] = sparse.values()[i];
  return x;
}

TEST(Layout, SizesOfDatums) {
  EXPECT_EQ(vector_bytes(3), 20u);
  EXPECT_EQ(halfvec_bytes(3), 14u);
  EXPECT_EQ(sparsevec_bytes(3), 40u);
  EXPECT_EQ(bitvec_bytes(9), 10u);
}

TEST(Dimensions, Limits) {
  EXPECT_EQ(check_dimensions(0), Fault::kTooFewDimensions);
  EXPECT_EQ(check_dimensions(1), Fault::kNone);
  EXPECT_EQ(check_dimensions(16000), Fault::kNone);
  EXPECT_EQ(check_dimensions(16001), Fault::kTooManyDimensions);
  EXPECT_EQ(check_sparse_dimensions(1000000000), Fault::kNone);
  EXPECT_EQ(check_sparse_dimensions(1000000001), Fault::kTooManyDimensions);
  EXPECT_EQ(check_sparse_count(-1, 5), Fault::kNegativeCount);
  EXPECT_EQ(check_sparse_count(6, 5), Fault::kMoreElementsThanDimensions);
  EXPECT_EQ(check_sparse_count(16001, 20000), Fault::kTooManyElements);
}

TEST(Int8, TextBothWays) {
  for (int value = -128; value <= 127; value++) {
    const auto element = static_cast<int8_t>(value);
    char out[64];
    const size_t length = format_int8vec(&element, 1, out);
    EXPECT_EQ(length, strlen(out));
    EXPECT_EQ(std::string(out), "[" + std::to_string(value) + "]");
    int8_t again = 0;
    size_t dim = 0;
    EXPECT_EQ(parse_int8vec(out, &again, 1, &dim).fault, Fault::kNone);
    EXPECT_EQ(again, element);
  }
  const int8_t three[] = {-128, 0, 127};
  char out[64];
  format_int8vec(three, 3, out);
  EXPECT_STREQ(out, "[-128,0,127]");
  EXPECT_LT(strlen(out), vector_text_bytes(3));
}

TEST(Int8, RefusesWhatIsNoWholeNumberOfAByte) {
  const auto fault = [](const char *text) {
    std::vector<int8_t> x(count_elements(text));
    size_t dim;
    return parse_int8vec(text, x.data(), x.size(), &dim).fault;
  };
  for (const char *text : {"[1.0]", "[1e1]", "[0x1]", "[-]", "[+]", "[--1]", "[]1", "[NaN]", "[1 2]", "[,1]"})
    EXPECT_TRUE(fault(text) == Fault::kSyntax || fault(text) == Fault::kTooFewDimensions) << text;
  for (const char *text : {"[128]", "[-129]", "[2147483648]", "[-99999999999999999999999]"})
    EXPECT_EQ(fault(text), Fault::kOutOfRange) << text;
  EXPECT_EQ(fault(" [ +1 , -0 ] "), Fault::kNone);
}

TEST(Int8, RoundsToNearestEven) {
  int8_t out = 0;
  const std::pair<float, int> cases[] = {{0.5f, 0}, {1.5f, 2}, {-0.5f, 0}, {-2.5f, -2}, {127.49f, 127}, {-128.5f, -128}};
  for (const auto &[value, whole] : cases) {
    EXPECT_EQ(float_to_int8(value, &out), Fault::kNone);
    EXPECT_EQ(out, whole) << value;
  }
  EXPECT_EQ(float_to_int8(127.5f, &out), Fault::kOutOfRange);
  EXPECT_EQ(float_to_int8(-128.51f, &out), Fault::kOutOfRange);
  EXPECT_EQ(float_to_int8(1e30f, &out), Fault::kOutOfRange);
  EXPECT_EQ(float_to_int8(kQuietNan, &out), Fault::kNan);
  EXPECT_EQ(float_to_int8(-kInfinity, &out), Fault::kInfinite);
}

TEST(Half, EveryHalfSurvivesFloat) {
  for (uint32_t bits = 0; bits <= 0xffff; bits++) {
    const uint16_t half = static_cast<uint16_t>(bits);
    const float value = half_to_float(half);
    EXPECT_EQ(std::isnan(value), half_is_nan(half)) << bits;
    EXPECT_EQ(std::isinf(value), half_is_infinite(half)) << bits;
    if (!half_is_nan(half)) {
      ASSERT_EQ(float_to_half(value), half) << bits;
    }
  }
}

TEST(Half, RoundsToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7bff; bits++) {  // between each half and the next: the midpoint goes to the even one
    const uint16_t low = static_cast<uint16_t>(bits), high = static_cast<uint16_t>(bits + 1);
    const float middle = (half_to_float(low) + half_to_float(high)) / 2;
    ASSERT_EQ(float_to_half(middle), bits % 2 == 0 ? low : high) << bits;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 0.0f)), low) << bits;
    ASSERT_EQ(float_to_half(std::nextafter(middle, kInfinity)), high) << bits;
    ASSERT_EQ(float_to_half(-middle), 0x8000 | (bits % 2 == 0 ? low : high)) << bits;
  }
  EXPECT_EQ(float_to_half(std::nextafter(65520.0f, 0.0f)), 0x7bff);
  EXPECT_EQ(float_to_half(65520.0f), 0x7c00);
  EXPECT_EQ(float_to_half(kInfinity), 0x7c00);
  EXPECT_TRUE(half_is_nan(float_to_half(kQuietNan)));
}

TEST(Half, SameBitsAsTheKernels) {
  std::mt19937 random(1);
  for (int i = 0; i < 200000; i++) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isnan(value)) continue;
    uint16_t half;
    kernels::active().float_to_half(&value, &half, 1);
    ASSERT_EQ(float_to_half(value), half) << value;
    float back;
    kernels::active().half_to_float(&half, &back, 1);
    ASSERT_EQ(std::bit_cast<uint32_t>(half_to_float(half)), std::bit_cast<uint32_t>(back)) << value;
  }
}

TEST(Text, ReadsNumbers) {
  EXPECT_EQ(parse("[1,2.5,-3]").x, (std::vector<float>{1, 2.5, -3}));
  EXPECT_EQ(parse(" [ 1 ,\t.5\n, 1e2 ]\v\f\r").x, (std::vector<float>{1, 0.5, 100}));
  EXPECT_EQ(parse("[1e-46]").x, (std::vector<float>{0}));
}

struct BadText {
  const char *text;
  Fault fault;
  size_t position, length;
};

TEST(Text, SaysWhatIsWrongAndWhere) {
  const BadText bad[] = {{"", Fault::kNoOpening, 0, 0},         {" 1]", Fault::kNoOpening, 1, 0},
                         {"[]", Fault::kTooFewDimensions, 1, 0}, {"[ ]", Fault::kTooFewDimensions, 2, 0},
                         {"[", Fault::kSyntax, 1, 0},            {"[1", Fault::kSyntax, 2, 0},
                         {"[1,", Fault::kSyntax, 3, 0},          {"[1,]", Fault::kSyntax, 3, 0},
                         {"[1 2]", Fault::kSyntax, 3, 0},        {"[1a]", Fault::kSyntax, 2, 0},
                         {"[1,x]", Fault::kSyntax, 3, 0},        {"[1]x", Fault::kJunk, 3, 0},
                         {"[1, 4e38]", Fault::kOutOfRange, 4, 4}, {"[-4e38]", Fault::kOutOfRange, 1, 5},
                         {"[nan]", Fault::kNan, 1, 3},           {"[1,-inf]", Fault::kInfinite, 3, 4}};
  for (const BadText &each : bad) {
    const ParseError error = parse(each.text).error;
    EXPECT_EQ(error.fault, each.fault) << each.text;
    EXPECT_EQ(error.position, each.position) << each.text;
    EXPECT_EQ(error.length, each.length) << each.text;
  }
}

TEST(Text, HalvesHaveTheirOwnRange) {
  EXPECT_EQ(parse_half("[65519]"), Fault::kNone);
  EXPECT_EQ(parse_half("[65520]"), Fault::kOutOfRange);
  EXPECT_EQ(parse_half("[4e38]"), Fault::kOutOfRange);
  EXPECT_EQ(parse_half("[inf]"), Fault::kInfinite);
  EXPECT_EQ(parse_half("[nan]"), Fault::kNan);
  EXPECT_EQ(parse_half("[1e-30]"), Fault::kNone);
}

TEST(Text, StopsAtTheLargestNumberOfDimensions) {
  std::string text = "[1";
  for (int i = 1; i < kMaxDimensions; i++) text += ",1";
  EXPECT_EQ(parse(text + "]").x.size(), static_cast<size_t>(kMaxDimensions));
  EXPECT_EQ(parse(text + ",1]").error.fault, Fault::kTooManyDimensions);
  EXPECT_EQ(parse(text + ",").error.fault, Fault::kTooManyDimensions);
  EXPECT_EQ(count_elements((text + ",1,1]").c_str()), static_cast<size_t>(kMaxDimensions));
}

TEST(Text, RoundTrip) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; round++) {
    std::vector<float> x(1 + random() % 40);
    std::vector<uint16_t> halves;
    for (float &value : x) {
      do value = std::bit_cast<float>(static_cast<uint32_t>(random()));
      while (check_element(value) != Fault::kNone);
      halves.push_back(float_to_half(std::fmod(value, 60000.0f)));
    }
    std::vector<char> text(vector_text_bytes(x.size()));
    size_t length = format_vector(x.data(), x.size(), text.data(), print_float);
    ASSERT_EQ(length, strlen(text.data()));
    ASSERT_EQ(parse(text.data()).x, x) << "seed 2, round " << round;

    length = format_halfvec(halves.data(), halves.size(), text.data(), print_float);
    ASSERT_EQ(length, strlen(text.data()));
    std::vector<uint16_t> back(halves.size());
    size_t dim;
    ASSERT_EQ(parse_halfvec(text.data(), back.data(), back.size(), &dim).fault, Fault::kNone);
    ASSERT_EQ(back, halves) << "seed 2, round " << round;
  }
}

struct ParsedSparse {
  ParseError error;
  SparseText said;
  std::vector<SparseElement> elements;
};

ParsedSparse parse_sparse(const std::string &text) {
  ParsedSparse result;
  result.elements.resize(count_sparse_elements(text.c_str()));
  result.error = parse_sparsevec(text.c_str(), result.elements.data(), result.elements.size(), &result.said);
  return result;
}

TEST(SparseText, ReadsElements) {
  const ParsedSparse parsed = parse_sparse(" { 3 : 1.5 , 1:2,2:0 } / 5 ");
  ASSERT_EQ(parsed.error.fault, Fault::kNone);
  EXPECT_EQ(parsed.said.dim, 5);
  ASSERT_EQ(parsed.said.nnz, 2);  // the zero is dropped, the order is kept
  EXPECT_EQ(parsed.elements[0].index, 2);
  EXPECT_EQ(parsed.elements[1].value, 2);
}

TEST(SparseText, SaysWhatIsWrong) {
  const BadText bad[] = {{"", Fault::kNoOpening, 0, 0},    {"[1]", Fault::kNoOpening, 0, 0},
                         {"{", Fault::kSyntax, 1, 0},      {"{}", Fault::kNoDimensions, 2, 0},
                         {"{}/", Fault::kSyntax, 3, 0},    {"{}/1a", Fault::kJunk, 4, 0},
                         {"{1}/1", Fault::kSyntax, 2, 0},  {"{1:}/1", Fault::kSyntax, 3, 0},
                         {"{:1}/1", Fault::kSyntax, 1, 0}, {"{1:1,}/1", Fault::kSyntax, 5, 0},
                         {"{1:1e-46}/1", Fault::kOutOfRange, 3, 5}, {"{1:nan}/1", Fault::kNan, 3, 3},
                         {"{1:inf}/1", Fault::kInfinite, 3, 3},     {"{1:1;2:1}/2", Fault::kSyntax, 4, 0}};
  for (const BadText &each : bad) {
    const ParseError error = parse_sparse(each.text).error;
    EXPECT_EQ(error.fault, each.fault) << each.text;
    EXPECT_EQ(error.position, each.position) << each.text;
    EXPECT_EQ(error.length, each.length) << each.text;
  }
}

TEST(SparseText, HugeNumbersStayInRange) {
  const ParsedSparse high = parse_sparse("{99999999999999999999:1}/99999999999999999999");
  EXPECT_EQ(high.said.dim, std::numeric_limits<int32_t>::max());
  EXPECT_EQ(high.elements[0].index, std::numeric_limits<int32_t>::max() - 1);
  const ParsedSparse low = parse_sparse("{-99999999999999999999:1}/-99999999999999999999");
  EXPECT_LT(low.said.dim, 0);
  EXPECT_LT(low.elements[0].index, 0);
}

TEST(SparseText, OrdersAndChecksIndices) {
  SparseElement good[] = {{3, 1}, {0, 2}, {1, 3}};
  EXPECT_EQ(order_elements(good, 3, 4), Fault::kNone);
  EXPECT_EQ(good[0].index, 0);
  EXPECT_EQ(good[2].index, 3);
  EXPECT_EQ(order_elements(good, 3, 3), Fault::kIndexOutOfBounds);
  SparseElement twice[] = {{1, 1}, {0, 1}, {1, 1}};
  EXPECT_EQ(order_elements(twice, 3, 2), Fault::kIndexDuplicate);
  SparseElement negative[] = {{-1, 1}};
  EXPECT_EQ(order_elements(negative, 1, 2), Fault::kIndexOutOfBounds);
}

TEST(SparseText, RoundTrip) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; round++) {
    Sparse sparse = random_sparse(random, 1 + static_cast<int32_t>(random() % 60));
    std::vector<char> text(sparse_text_bytes(sparse.view()->nnz));
    const size_t length = format_sparsevec(*sparse.view(), text.data(), print_float);
    ASSERT_EQ(length, strlen(text.data()));
    ParsedSparse back = parse_sparse(text.data());
    ASSERT_EQ(back.error.fault, Fault::kNone) << text.data();
    back.elements.resize(static_cast<size_t>(back.said.nnz));
    ASSERT_EQ(Sparse(back.said.dim, back.elements).words, sparse.words) << text.data();
  }
}

TEST(SparseText, LongestNumbersFit) {
  Sparse sparse(kMaxSparseDimensions, {{kMaxSparseDimensions - 1, -1.17549435e-38f}});
  std::vector<char> text(sparse_text_bytes(1));
  format_sparsevec(*sparse.view(), text.data(), print_float);
  EXPECT_STREQ(text.data(), "{1000000000:-1.17549435e-38}/1000000000");
}

TEST(Binary, RoundTripAtAnyAlignment) {
  const std::vector<float> x = {1, -2, 0.5, -0.0f, 1e-45f, 3e38f};
  const std::vector<uint16_t> halves = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000};
  const std::vector<int32_t> indices = {0, 3, 999999999};
  std::vector<uint8_t> bytes(64);
  for (size_t shift = 0; shift < 4; shift++) {
    std::vector<float> floats_back(x.size());
    EXPECT_EQ(encode_elements(x.data(), x.size(), bytes.data() + shift), 24u);
    EXPECT_EQ(decode_elements(bytes.data() + shift, x.size(), floats_back.data()), Fault::kNone);
    EXPECT_EQ(memcmp(floats_back.data(), x.data(), 24), 0);
    std::vector<uint16_t> halves_back(halves.size());
    EXPECT_EQ(encode_elements(halves.data(), halves.size(), bytes.data() + shift), 10u);
    EXPECT_EQ(decode_elements(bytes.data() + shift, halves.size(), halves_back.data()), Fault::kNone);
    EXPECT_EQ(halves_back, halves);
    std::vector<int32_t> indices_back(indices.size());
    EXPECT_EQ(encode_indices(indices.data(), indices.size(), bytes.data() + shift), 12u);
    EXPECT_EQ(decode_indices(bytes.data() + shift, 3, kMaxSparseDimensions, indices_back.data()), Fault::kNone);
    EXPECT_EQ(indices_back, indices);
  }
}

TEST(Binary, IsBigEndian) {
  const uint8_t header[] = {0x3e, 0x80, 0xff, 0xff, 0, 0, 0, 2, 0, 0, 1, 0};
  EXPECT_EQ(decode_dense_header(header).dim, 16000);
  EXPECT_EQ(decode_dense_header(header).unused, -1);
  EXPECT_EQ(decode_sparse_header(header).nnz, 2);
  EXPECT_EQ(decode_sparse_header(header).unused, 256);
}

TEST(Binary, RefusesWhatMayNotBeStored) {
  const uint8_t nan[] = {0x7f, 0xc0, 0, 0}, infinite[] = {0xff, 0x80, 0, 0}, zero[] = {0x80, 0, 0, 0};
  float value;
  EXPECT_EQ(decode_elements(nan, 1, &value), Fault::kNan);
  EXPECT_EQ(decode_elements(infinite, 1, &value), Fault::kInfinite);
  EXPECT_EQ(decode_elements(zero, 1, &value), Fault::kNone);
  EXPECT_EQ(decode_sparse_values(zero, 1, &value), Fault::kZeroStored);
  uint16_t half;
  const uint8_t half_nan[] = {0x7c, 1}, half_infinite[] = {0xfc, 0};
  EXPECT_EQ(decode_elements(half_nan, 1, &half), Fault::kNan);
  EXPECT_EQ(decode_elements(half_infinite, 1, &half), Fault::kInfinite);
  const uint8_t indices[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0};
  int32_t out[3];
  EXPECT_EQ(decode_indices(indices, 1, 1, out), Fault::kIndexOutOfBounds);
  EXPECT_EQ(decode_indices(indices, 2, 2, out), Fault::kIndexDuplicate);
  EXPECT_EQ(decode_indices(indices + 4, 2, 2, out), Fault::kIndexOrder);
}

TEST(Bits, QuantisesFromTheHighestBit) {
  const std::vector<float> x = {1, 0, -1, 2, -0.0f, 1e-45f, 3, 4, -5, 6};
  std::vector<uint8_t> bytes(2);
  quantize_bits(x.size(), bytes.data(), [&x](size_t i) { return x[i] > 0; });
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0b10010111, 0b01000000}));
}

TEST(Sparse, DistancesAreThoseOfTheDenseForm) {
  std::mt19937 random(4);
  for (int round = 0; round < 500; round++) {
    const int32_t dim = 1 + static_cast<int32_t>(random() % 50);
    Sparse a = random_sparse(random, dim), b = random_sparse(random, dim);
    const std::vector<float> x = dense(*a.view()), y = dense(*b.view());
    float l2 = 0, product = 0, l1 = 0, norm = 0;  // small integers: exact in any order
    for (size_t i = 0; i < x.size(); i++) {
      l2 += (x[i] - y[i]) * (x[i] - y[i]);
      product += x[i] * y[i];
      l1 += std::fabs(x[i] - y[i]);
      norm += x[i] * x[i];
    }
    EXPECT_EQ(sparse_l2_squared(*a.view(), *b.view()), l2) << "seed 4, round " << round;
    EXPECT_EQ(sparse_inner_product(*a.view(), *b.view()), product) << "seed 4, round " << round;
    EXPECT_EQ(sparse_l1(*a.view(), *b.view()), l1) << "seed 4, round " << round;
    EXPECT_EQ(sparse_norm_squared(*a.view()), norm) << "seed 4, round " << round;
  }
}

int compare_dense(const std::vector<float> &a, const std::vector<float> &b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

TEST(Sparse, OrderIsThatOfTheDenseForm) {
  std::mt19937 random(5);
  for (int round = 0; round < 5000; round++) {
    Sparse a = random_sparse(random, 1 + static_cast<int32_t>(random() % 4));
    Sparse b = random_sparse(random, 1 + static_cast<int32_t>(random() % 4));
    const int order = compare_sparse(*a.view(), *b.view());
    EXPECT_EQ(order, compare_dense(dense(*a.view()), dense(*b.view()))) << "seed 5, round " << round;
    EXPECT_EQ(order, -compare_sparse(*b.view(), *a.view())) << "seed 5, round " << round;
  }
}

}  // namespace
}  // namespace vexpg::types
