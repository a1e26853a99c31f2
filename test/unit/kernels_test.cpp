// SPDX-License-Identifier: PostgreSQL
// Every kernel of every table against exact arithmetic and against the scalar reference, as kernels.hpp promises:
// (A) and (B) bit for bit, (C) within the bound. The seed of a failing case is in its trace.
#include "kernels_fixture.hpp"

namespace vexpg::kernels {
namespace {

INSTANTIATE_TEST_SUITE_P(Tables, KernelsTest, testing::ValuesIn(kTableNames),
                         [](const auto &table) { return std::string(table.param); });

// ---- (C) float reductions

enum Term { kL2, kProduct, kL1 };

struct Exact {
  long double sum, magnitude;
};

Exact exact_sum(Term term, const std::vector<float> &a, const std::vector<float> &b) {
  Exact exact = {0, 0};
  for (size_t i = 0; i < a.size(); i++) {
    long double x = a[i], y = b[i];
    long double value = term == kL2 ? (x - y) * (x - y) : term == kProduct ? x * y : std::fabs(x - y);
    exact.sum += value;
    exact.magnitude += std::fabs(value);
  }
  return exact;
}

void expect_within_bound(float actual, const Exact &exact, size_t dim, const char *what) {
  long double bound = (static_cast<long double>(dim) / 4 + 16) * std::ldexp(1.0L, -24) * exact.magnitude;
  EXPECT_LE(std::fabs(actual - exact.sum), bound) << what << ", dim " << dim << ": " << actual << " for " << exact.sum;
}

// Runs the four reductions of one element type. a and b are what the elements are worth.
template <class Element, class Sum, class Cosine>
void check_reductions(Sum l2, Sum product, Sum l1, Cosine cosine, const Element *x, const Element *y,
                      const std::vector<float> &a, const std::vector<float> &b) {
  size_t dim = a.size();
  expect_within_bound(l2(x, y, dim), exact_sum(kL2, a, b), dim, "l2_squared");
  expect_within_bound(product(x, y, dim), exact_sum(kProduct, a, b), dim, "inner_product");
  expect_within_bound(l1(x, y, dim), exact_sum(kL1, a, b), dim, "l1");
  CosineParts parts = cosine(x, y, dim);
  expect_within_bound(parts.dot, exact_sum(kProduct, a, b), dim, "cosine's dot");
  expect_within_bound(parts.norm2_a, exact_sum(kProduct, a, a), dim, "cosine's norm2_a");
  expect_within_bound(parts.norm2_b, exact_sum(kProduct, b, b), dim, "cosine's norm2_b");
  EXPECT_EQ(l2(x, x, dim), 0);
  EXPECT_EQ(l1(y, y, dim), 0);
}

void check_float_reductions(const Kernels &k, unsigned seed, size_t dim, size_t offset) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ", offset " + std::to_string(offset));
  std::mt19937 random(seed);
  float mean = seed % 3 == 0 ? 5.0f : 0.0f, deviation = std::ldexp(1.0f, static_cast<int>(seed % 41) - 20);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> a(dim), b(dim);
  for (float &value : a) value = normal(random);
  for (float &value : b) value = normal(random);
  Array<float> x(a, offset), y(b, offset ? offset + 2 : 0);
  check_reductions(k.l2_squared, k.inner_product, k.l1, k.cosine, x.data(), y.data(), a, b);
}

TEST_P(KernelsTest, FloatReductionsAreWithinTheBound) {
  for (size_t dim : lengths()) {
    check_float_reductions(*k, static_cast<unsigned>(dim), dim, 0);
    check_float_reductions(*k, static_cast<unsigned>(dim) + 1, dim, 1 + dim % 3);
  }
  for (unsigned seed = 0; seed < kSeeds; seed++) check_float_reductions(*k, seed, seed * 7 % 300, seed % 8);
  check_float_reductions(*k, 1, 16000, 0);
}

void check_half_reductions(const Kernels &k, unsigned seed, size_t dim, size_t offset) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ", offset " + std::to_string(offset));
  std::mt19937 random(seed);
  Array<uint16_t> x(dim, offset), y(dim, offset ? offset + 2 : 0);
  std::vector<float> a(dim), b(dim);
  for (Array<uint16_t> *array : {&x, &y}) {
    std::vector<uint16_t> halves(dim);
    for (uint16_t &half : halves) half = static_cast<uint16_t>(random() % 0x5000) | (random() & 0x8000);  // below 32
    std::vector<float> &floats = array == &x ? a : b;
    find_table("scalar")->half_to_float(halves.data(), floats.data(), dim);
    if (dim) memcpy(static_cast<void *>(array->data()), halves.data(), dim * sizeof(uint16_t));
  }
  check_reductions(k.half_l2_squared, k.half_inner_product, k.half_l1, k.half_cosine, x.data(), y.data(), a, b);
}

TEST_P(KernelsTest, HalfReductionsAreWithinTheBound) {
  for (size_t dim : lengths()) {
    check_half_reductions(*k, static_cast<unsigned>(dim), dim, 0);
    check_half_reductions(*k, static_cast<unsigned>(dim) + 1, dim, 1);
  }
  for (unsigned seed = 0; seed < kSeeds; seed++) check_half_reductions(*k, seed, seed * 7 % 300, seed % 8);
}

TEST_P(KernelsTest, ReductionsPropagateNanAndInfinity) {
  constexpr float kInfinity = INFINITY;
  for (size_t dim = 1; dim <= 67; dim++) {
    for (size_t place = 0; place < dim; place++) {
      std::vector<float> a(dim, 0.5f), b(dim, 1.5f);
      std::vector<uint16_t> half_a(dim, 0x3800), half_b(dim, 0x3e00);
      a[place] = NAN, half_a[place] = 0x7e00;
      ASSERT_TRUE(std::isnan(k->l2_squared(a.data(), b.data(), dim))) << dim << ", " << place;
      ASSERT_TRUE(std::isnan(k->inner_product(b.data(), a.data(), dim))) << dim << ", " << place;
      ASSERT_TRUE(std::isnan(k->l1(a.data(), b.data(), dim))) << dim << ", " << place;
      CosineParts parts = k->half_cosine(half_a.data(), half_b.data(), dim);
      ASSERT_TRUE(std::isnan(parts.dot) && std::isnan(parts.norm2_a) && !std::isnan(parts.norm2_b));
      ASSERT_TRUE(std::isnan(k->half_l2_squared(half_b.data(), half_a.data(), dim))) << dim << ", " << place;
      a[place] = -kInfinity, half_a[place] = 0xfc00;
      ASSERT_EQ(k->l2_squared(a.data(), b.data(), dim), kInfinity) << dim << ", " << place;
      ASSERT_EQ(k->inner_product(b.data(), a.data(), dim), -kInfinity) << dim << ", " << place;
      ASSERT_EQ(k->half_l1(half_a.data(), half_b.data(), dim), kInfinity) << dim << ", " << place;
      ASSERT_EQ(k->half_inner_product(half_a.data(), half_b.data(), dim), -kInfinity) << dim << ", " << place;
      b[place] = -kInfinity;
      ASSERT_TRUE(std::isnan(k->l1(a.data(), b.data(), dim))) << dim << ", " << place;
    }
  }
}

// ---- (B) conversions

TEST_P(KernelsTest, EveryHalfBecomesItsFloat) {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); i++) all[i] = static_cast<uint16_t>(i);
  std::vector<float> floats(all.size());
  k->half_to_float(all.data(), floats.data(), all.size());
  for (uint32_t half = 0; half < 65536; half++) {
    uint32_t sign = half & 0x8000, exponent = (half >> 10) & 31, fraction = half & 0x3ff;
    if (exponent == 31 && fraction) {  // a NaN stays that NaN, made quiet
      ASSERT_EQ(bits_of(floats[half]), sign << 16 | 0x7fc00000 | fraction << 13) << half;
    } else {
      double value = exponent == 31  ? HUGE_VAL
                     : exponent == 0 ? std::ldexp(fraction, -24)
                                     : std::ldexp(1024 + fraction, static_cast<int>(exponent) - 25);
      ASSERT_EQ(bits_of(floats[half]), bits_of(static_cast<float>(sign ? -value : value))) << half;
    }
  }
}

uint16_t to_half(const Kernels &k, float value) {
  // In the middle of a whole vector; short arrays are another test's.
  std::vector<float> floats(16, value);
  uint16_t halves[16];
  k.float_to_half(floats.data(), halves, 16);
  return halves[7];
}

// Conversion is monotonic, so what happens at and beside the middle between two halves decides all of it.
TEST_P(KernelsTest, FloatsRoundToTheNearestHalf) {
  for (uint32_t half = 0; half < 0x7c00; half++) {
    uint16_t next = static_cast<uint16_t>(half + 1);
    auto value = [](uint32_t h) {
      return h == 0x7c00 ? 65536.0f : std::ldexp(h & 0x7c00 ? 1024.0f + (h & 0x3ff) : 2.0f * (h & 0x3ff),
                                                 static_cast<int>(h >> 10) - 25);
    };
    float middle = (value(half) + value(next)) / 2;
    uint16_t even = half & 1 ? next : static_cast<uint16_t>(half);
    ASSERT_EQ(to_half(*k, value(half)), half);
    ASSERT_EQ(to_half(*k, middle), even) << middle;
    ASSERT_EQ(to_half(*k, -middle), 0x8000 | even) << middle;
    ASSERT_EQ(to_half(*k, std::nextafter(middle, 0.0f)), half) << middle;
    ASSERT_EQ(to_half(*k, std::nextafter(middle, INFINITY)), next) << middle;
  }
  for (float huge : {65536.0f, 1e30f, static_cast<float>(INFINITY)}) {
    EXPECT_EQ(to_half(*k, huge), 0x7c00);
    EXPECT_EQ(to_half(*k, -huge), 0xfc00);
  }
  EXPECT_EQ(to_half(*k, float_of(0xff812345)), 0xfe09);  // NaN: quiet, with the payload's upper bits
  EXPECT_EQ(to_half(*k, 1e-30f), 0);
}

TEST_P(KernelsTest, ConversionsOfAnyBitsEqualTheReference) {
  for (size_t dim : lengths()) {
    for (size_t offset : {0, 1}) {
      std::mt19937 random(static_cast<unsigned>(dim));
      Array<float> in(any_floats(random, dim), offset), out(dim, offset), expected_out(dim);
      Array<uint16_t> halves(dim, offset), expected(dim);
      k->float_to_half(in.data(), halves.data(), dim);
      reference.float_to_half(in.data(), expected.data(), dim);
      ASSERT_EQ(halves.values(), expected.values()) << "seed " << dim;
      k->half_to_float(halves.data(), out.data(), dim);
      reference.half_to_float(expected.data(), expected_out.data(), dim);
      expect_same_floats(out.values(), expected_out.values());
    }
  }
}

// ---- (A) bit strings

TEST_P(KernelsTest, BitCountsAreExact) {
  for (unsigned seed = 0; seed < 2; seed++) {
    for (size_t bytes : lengths()) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", bytes " + std::to_string(bytes));
      std::mt19937 random(seed);
      Array<uint8_t> a(bytes, seed), b(bytes, 3 * seed);
      uint64_t differ = 0, both = 0, either = 0;
      for (size_t i = 0; i < bytes; i++) {
        uint8_t x = a.data()[i] = static_cast<uint8_t>(random()), y = b.data()[i] = static_cast<uint8_t>(random());
        for (int bit = 0; bit < 8; bit++) {
          differ += ((x ^ y) >> bit) & 1;
          both += ((x & y) >> bit) & 1;
          either += ((x | y) >> bit) & 1;
        }
      }
      ASSERT_EQ(k->hamming(a.data(), b.data(), bytes), differ);
      BitOverlap overlap = k->overlap(a.data(), b.data(), bytes);
      ASSERT_EQ(overlap.both, both);
      ASSERT_EQ(overlap.either, either);
      ASSERT_EQ(k->hamming(a.data(), a.data(), bytes), 0u);
    }
  }
}

// ---- (A) numbers in a range

TEST_P(KernelsTest, NumbersWithinARange) {
  std::mt19937_64 random(5);
  const uint64_t edges[] = {0, 1, 5, INT64_MAX, uint64_t{1} << 63, UINT64_MAX - 1, UINT64_MAX};
  for (size_t count = 0; count <= 64; count++) {
    for (uint64_t low : edges) {
      for (uint64_t width : edges) {
        SCOPED_TRACE(std::to_string(count) + " numbers from " + std::to_string(low) + ", " + std::to_string(width));
        Array<uint8_t> numbers(8 * count, count % 5);  // at any alignment, with nothing readable behind
        uint64_t expected = 0;
        for (size_t i = 0; i < count; i++) {
          uint64_t number = random() % 2 ? low + width + random() % 5 - 2 : low + random() % 5 - 2;
          std::memcpy(numbers.data() + 8 * i, &number, sizeof number);
          expected |= uint64_t{number - low <= width} << i;
        }
        ASSERT_EQ(k->within(numbers.data(), count, low, width), expected);
      }
    }
  }
}

// ---- (A) int8 vectors

TEST_P(KernelsTest, Int8ReductionsAreExact) {
  for (size_t dim : lengths()) {
    for (unsigned seed = 0; seed < 3; seed++) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", dim " + std::to_string(dim));
      std::mt19937 random(seed);
      Array<int8_t> a(dim, seed), b(dim, 3 * seed);
      int64_t l2 = 0, dot = 0, l1 = 0, norm2_a = 0, norm2_b = 0;
      for (size_t i = 0; i < dim; i++) {
        const int64_t x = a.data()[i] = static_cast<int8_t>(random()), y = b.data()[i] = static_cast<int8_t>(random());
        l2 += (x - y) * (x - y);
        dot += x * y;
        l1 += std::abs(x - y);
        norm2_a += x * x;
        norm2_b += y * y;
      }
      ASSERT_EQ(k->int8_l2_squared(a.data(), b.data(), dim), l2);
      ASSERT_EQ(k->int8_inner_product(a.data(), b.data(), dim), dot);
      ASSERT_EQ(k->int8_l1(a.data(), b.data(), dim), l1);
      const Int8CosineParts parts = k->int8_cosine(a.data(), b.data(), dim);
      ASSERT_EQ(parts.dot, dot);
      ASSERT_EQ(parts.norm2_a, norm2_a);
      ASSERT_EQ(parts.norm2_b, norm2_b);
    }
  }
}

TEST_P(KernelsTest, Int8ReductionsDoNotOverflow) {
  constexpr size_t kDim = 32768;
  std::vector<int8_t> low(kDim, -128), high(kDim, 127);
  EXPECT_EQ(k->int8_l2_squared(low.data(), high.data(), kDim), 255 * 255 * static_cast<int32_t>(kDim));
  EXPECT_EQ(k->int8_inner_product(low.data(), low.data(), kDim), 128 * 128 * static_cast<int32_t>(kDim));
  EXPECT_EQ(k->int8_l1(low.data(), high.data(), kDim), 255 * static_cast<int32_t>(kDim));
  EXPECT_EQ(k->int8_cosine(low.data(), high.data(), kDim).dot, -128 * 127 * static_cast<int32_t>(kDim));
}

// ---- (C) code against query under L1

TEST_P(KernelsTest, L1OfCodesIsWithinTheBound) {
  for (size_t dim : lengths()) {
    for (int bits : {1, 2, 4, 8}) {
      for (int shift = 0; shift < 8; shift += bits) {
        SCOPED_TRACE("dim " + std::to_string(dim) + ", bits " + std::to_string(bits) + " at " + std::to_string(shift));
        std::mt19937 random(static_cast<unsigned>(dim));
        std::normal_distribution<float> normal(0, 40);
        Array<uint8_t> code(dim, dim % 3);
        Array<float> query(dim, dim % 5);
        std::vector<float> q(dim);
        for (float &value : q) value = normal(random);
        if (dim > 0) memcpy(static_cast<void *>(query.data()), q.data(), dim * sizeof(float));
        const CodeField field{0.75f, bits == 8 ? 128.0f : static_cast<float>((1 << bits) - 1) / 2, shift, bits};
        long double exact = 0, magnitude = 0;
        for (size_t i = 0; i < dim; i++) {
          code.data()[i] = static_cast<uint8_t>(random());
          const int u = code.data()[i] >> shift & ((1 << bits) - 1);
          const long double value = 0.75L * (u - static_cast<long double>(field.centre));
          exact += std::fabs(q[i] - value);
          magnitude += std::fabs(q[i]) + std::fabs(value);
        }
        const long double bound = (static_cast<long double>(dim) / 4 + 16) * std::ldexp(1.0L, -24) * magnitude;
        ASSERT_LE(std::fabs(k->l1_code(code.data(), query.data(), dim, field) - exact), bound);
      }
    }
  }
}

TEST_P(KernelsTest, BitCountsOfLongStringsDoNotOverflow) {
  constexpr size_t kBytes = 1 << 20;
  std::vector<uint8_t> ones(kBytes, 0xff), zeros(kBytes, 0);
  EXPECT_EQ(k->hamming(ones.data(), zeros.data(), kBytes), kBytes * 8);
  EXPECT_EQ(k->overlap(ones.data(), ones.data(), kBytes).both, kBytes * 8);
}

// ---- (A) code against query

// The definition in kernels.hpp, dimension by dimension.
int64_t exact_dot(int bits, const std::vector<uint8_t> &code, const std::vector<int8_t> &query) {
  int64_t sum = 0;
  for (size_t d = 0; d < query.size(); d++) {
    size_t plane = d / code.size();
    int shift = static_cast<int>(plane) * bits;
    sum += ((code[d % code.size()] >> shift) & ((1 << bits) - 1)) * query[d];
  }
  return sum;
}

int32_t dot_of(const Kernels &k, int bits, const std::vector<uint8_t> &code, const std::vector<int8_t> &query,
               size_t offset) {
  Array<uint8_t> x(code, offset);
  Array<int8_t> q(query, offset ? offset + 1 : 0);
  auto dot = bits == 1 ? k.dot_u1 : bits == 2 ? k.dot_u2 : bits == 4 ? k.dot_u4 : k.dot_u8;
  return dot(x.data(), q.data(), code.size());
}

TEST_P(KernelsTest, DotProductsOfCodesAreExact) {
  for (int bits : {1, 2, 4, 8}) {
    for (unsigned seed = 0; seed < kSeeds; seed++) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", bits " + std::to_string(bits));
      std::mt19937 random(seed);
      std::vector<uint8_t> code(seed % 49 * kCodeAlign);
      std::vector<int8_t> query(code.size() * 8 / static_cast<size_t>(bits));
      for (uint8_t &value : code) value = static_cast<uint8_t>(random());
      for (int8_t &value : query) value = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
      ASSERT_EQ(dot_of(*k, bits, code, query, seed % 2), exact_dot(bits, code, query));
    }
  }
}

TEST_P(KernelsTest, DotProductsAreExactAtTheLimits) {
  for (int bits : {1, 2, 4, 8}) {
    for (size_t code_bytes : {size_t{32}, size_t{384}, size_t{2016}, size_t{2048} * static_cast<size_t>(bits)}) {
      for (int limit : {127, -127}) {
        std::vector<uint8_t> code(code_bytes, 0xff);
        std::vector<int8_t> query(code_bytes * 8 / static_cast<size_t>(bits), static_cast<int8_t>(limit));
        ASSERT_EQ(dot_of(*k, bits, code, query, 0), exact_dot(bits, code, query)) << bits << ", " << code_bytes;
        // One plane at a time: its weight is what a shift forgotten would change.
        size_t planes = 8 / static_cast<size_t>(bits);
        for (size_t plane = 0; plane < planes; plane++) {
          for (size_t d = 0; d < query.size(); d++) query[d] = static_cast<int8_t>(d / code_bytes == plane ? limit : 0);
          ASSERT_EQ(dot_of(*k, bits, code, query, 1), exact_dot(bits, code, query)) << bits << ", plane " << plane;
        }
      }
    }
  }
}

// Panels of random rows, or of rows all of one value; a panel's content as kernels.hpp defines it.
std::vector<int8_t> random_panels(std::mt19937 &random, size_t count, size_t words, int limit) {
  std::vector<int8_t> panels(count * words * kPanelRows * 4);
  for (int8_t &value : panels)
    value = static_cast<int8_t>(limit != 0 ? limit : static_cast<int>(random() % 255) - 127);
  return panels;
}

TEST_P(KernelsTest, ProductsOfPanelsAreExact) {
  for (size_t words : {size_t{0}, size_t{1}, size_t{2}, size_t{25}, size_t{196}, size_t{4096}}) {
    for (int limit : {0, 127, -127}) {
      SCOPED_TRACE("words " + std::to_string(words) + ", limit " + std::to_string(limit));
      std::mt19937 random(static_cast<unsigned>(words));
      size_t count = words > 1000 ? 1 : 3, panel_bytes = words * kPanelRows * 4;
      std::vector<int8_t> left = random_panels(random, 1, words, limit);
      std::vector<int8_t> right = random_panels(random, count, words, limit == 0 ? 0 : 127);
      Array<int8_t> x(left, 1), y(right, 3);
      std::vector<int32_t> out(count * kPanelRows * kPanelRows, -1);
      k->products(x.data(), y.data(), count, words, out.data());
      for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < kPanelRows; i++)
          for (size_t j = 0; j < kPanelRows; j++) {
            int32_t sum = 0;
            for (size_t d = 0; d < words * 4; d++) {
              size_t at = d / 4 * kPanelRows * 4 + d % 4;
              sum += left[at + i * 4] * right[p * panel_bytes + at + j * 4];
            }
            ASSERT_EQ(out[(p * kPanelRows + i) * kPanelRows + j], sum) << p << ", " << i << ", " << j;
          }
    }
  }
}

// ---- (B) the rotation's steps

TEST_P(KernelsTest, HadamardEqualsItsDefinition) {
  for (size_t n = 1; n <= 256; n *= 2) {
    std::mt19937 random(static_cast<unsigned>(n));
    Array<float> x(n, 1);
    std::vector<float> in(n), expected(n);
    for (float &value : in) value = static_cast<float>(static_cast<int>(random() % 2001) - 1000);  // sums are exact
    for (size_t row = 0; row < n; row++) {
      for (size_t i = 0; i < n; i++) expected[row] += __builtin_popcountll(row & i) % 2 ? -in[i] : in[i];
    }
    memcpy(static_cast<void *>(x.data()), in.data(), n * sizeof(float));
    k->hadamard(x.data(), n);
    ASSERT_EQ(x.values(), expected) << n;
  }
}

TEST_P(KernelsTest, HadamardEqualsTheReference) {
  for (size_t n = 1; n <= 16384; n *= 2) {
    for (unsigned seed = 0; seed < 16; seed++) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", n " + std::to_string(n));
      std::mt19937 random(seed);
      std::vector<float> in = any_floats(random, n);
      if (seed % 4) {  // without infinities and NaN, which would soon be everywhere
        std::normal_distribution<float> normal(0, seed % 4 == 1 ? 1e-38f : 1.0f);
        for (float &value : in) value = normal(random);
      }
      Array<float> x(in, seed % 5), expected(in, 0);
      k->hadamard(x.data(), n);
      reference.hadamard(expected.data(), n);
      expect_same_floats(x.values(), expected.values());
    }
  }
}

TEST_P(KernelsTest, KacMixEqualsItsDefinition) {
  const float scale = static_cast<float>(std::sqrt(0.5));
  for (size_t n : lengths()) {
    SCOPED_TRACE("seed and n " + std::to_string(n));
    std::mt19937 random(static_cast<unsigned>(n));
    std::vector<float> a = any_floats(random, n), b = any_floats(random, n), sums(n), differences(n);
    Array<float> x(a, n % 5), y(b, n % 3);
    for (size_t i = 0; i < n; i++) {
      float sum = a[i] + b[i], difference = a[i] - b[i];
      sums[i] = sum * scale;
      differences[i] = difference * scale;
    }
    k->kac_mix(x.data(), y.data(), n);
    expect_same_floats(x.values(), sums);
    expect_same_floats(y.values(), differences);
  }
}

TEST_P(KernelsTest, FlipSignsChangesSignBitsAndNothingElse) {
  for (size_t n : lengths()) {
    std::mt19937 random(static_cast<unsigned>(n));
    std::vector<uint64_t> signs((n + 63) / 64);
    for (uint64_t &word : signs) word = static_cast<uint64_t>(random()) << 32 | random();
    Array<float> x(any_floats(random, n), n % 5);
    Array<uint64_t> signs_at(signs, n % 3);
    std::vector<float> in = x.values();
    k->flip_signs(x.data(), signs_at.data(), n);
    std::vector<float> out = x.values();
    for (size_t i = 0; i < n; i++) {  // a NaN's bits too
      uint32_t sign = static_cast<uint32_t>(signs[i / 64] >> (i % 64)) << 31;
      ASSERT_EQ(bits_of(out[i]), bits_of(in[i]) ^ sign) << "seed and n " << n << ", at " << i;
    }
  }
}

// ---- the choice

TEST_P(KernelsTest, IsChosenByName) {
  ASSERT_TRUE(choose(GetParam()));
  EXPECT_EQ(&active(), k);
  EXPECT_FALSE(choose("avx"));
  EXPECT_FALSE(choose(""));
  EXPECT_FALSE(choose("autobahn"));
  EXPECT_EQ(&active(), k);
  ASSERT_TRUE(choose("auto"));
  EXPECT_EQ(&active(), &best());
}

TEST(KernelChoice, ListsTheReferenceFirstAndTheBestLast) {
  const Kernels *tables[8] = {};
  size_t count = list_available(tables, 8);
  ASSERT_GE(count, 1u);
  ASSERT_LE(count, 8u);
  EXPECT_STREQ(tables[0]->name, "scalar");
  EXPECT_EQ(tables[count - 1], &best());
  for (size_t i = 0; i < count; i++) {
    EXPECT_EQ(find_table(tables[i]->name), tables[i]);
    EXPECT_GT(strlen(tables[i]->description), 10u);
    bool is_known = false;
    for (const char *name : kTableNames) is_known |= !strcmp(name, tables[i]->name);
    EXPECT_TRUE(is_known) << tables[i]->name << " is not tested";
  }
  const Kernels *one[2] = {nullptr, nullptr};
  EXPECT_EQ(list_available(one, 1), count);
  EXPECT_EQ(one[0], tables[0]);
  EXPECT_EQ(one[1], nullptr);
}

}  // namespace
}  // namespace vexpg::kernels
