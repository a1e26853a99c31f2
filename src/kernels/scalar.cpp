// SPDX-License-Identifier: PostgreSQL
// The reference: every kernel in plain C++, for any processor. The other tables are tested against this one, so it is
// written to be read. Values are copied in and out because an array may have any alignment.
#include "kernels/tables.hpp"

namespace vexpg::kernels {
namespace {

template <class Element>
Element get(const Element *array, size_t i) {
  Element value;
  __builtin_memcpy(&value, array + i, sizeof(value));
  return value;
}

template <class Element>
void put(Element *array, size_t i, Element value) {
  __builtin_memcpy(array + i, &value, sizeof(value));
}

float float_of_bits(uint32_t bits) { return __builtin_bit_cast(float, bits); }
uint32_t bits_of_float(float value) { return __builtin_bit_cast(uint32_t, value); }

float float_of_half(uint16_t half) {
  uint32_t sign = uint32_t{half & 0x8000u} << 16, exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
  if (exponent == 31) {  // infinity, or a NaN, which becomes quiet and keeps its payload
    return float_of_bits(sign | 0x7f800000 | (fraction ? 0x00400000 : 0) | (fraction << 13));
  }
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24, exact in float
    return float_of_bits(sign | bits_of_float(static_cast<float>(fraction) * 0x1p-24f));
  }
  return float_of_bits(sign | ((exponent + 112) << 23) | (fraction << 13));
}

// value / 2^shift, rounded to the nearest integer, ties to even; 1 <= shift <= 31.
uint32_t shift_round_even(uint32_t value, uint32_t shift) {
  uint32_t quotient = value >> shift, rest = value & ((1u << shift) - 1), middle = 1u << (shift - 1);
  return quotient + (rest > middle || (rest == middle && (quotient & 1)));
}

uint16_t half_of_float(float value) {
  uint32_t bits = bits_of_float(value), sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff, half;
  if (magnitude > 0x7f800000) {  // NaN: quiet, the payload's upper bits
    half = 0x7e00 | ((magnitude >> 13) & 0x1ff);
  } else if (magnitude >= 0x47800000) {  // 2^16 and more
    half = 0x7c00;
  } else if (magnitude >= 0x38800000) {  // normal halves; rounding up may carry into the exponent, infinity included
    half = shift_round_even(magnitude - 0x38000000, 13);
  } else if (magnitude >= 0x33000000) {  // subnormal halves, in units of 2^-24
    half = shift_round_even((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >> 23));
  } else {  // less than half of the smallest subnormal
    half = 0;
  }
  return static_cast<uint16_t>(sign | half);
}

float get_float(const float *array, size_t i) { return get(array, i); }
float get_float(const uint16_t *array, size_t i) { return float_of_half(get(array, i)); }

// Sum over i of term(a[i], b[i]) in four partial sums, which keeps the rounding error within the contract.
template <class Element, class Term>
float sum_terms(const Element *a, const Element *b, size_t dim, Term term) {
  float partial[4] = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= dim; i += 4) {
    for (size_t j = 0; j < 4; j++) partial[j] += term(get_float(a, i + j), get_float(b, i + j));
  }
  for (size_t j = 0; i < dim; i++, j++) partial[j] += term(get_float(a, i), get_float(b, i));
  return (partial[0] + partial[1]) + (partial[2] + partial[3]);
}

template <class Element>
float l2_squared(const Element *a, const Element *b, size_t dim) {
  return sum_terms(a, b, dim, [](float x, float y) { return (x - y) * (x - y); });
}

template <class Element>
float inner_product(const Element *a, const Element *b, size_t dim) {
  return sum_terms(a, b, dim, [](float x, float y) { return x * y; });
}

template <class Element>
float l1(const Element *a, const Element *b, size_t dim) {
  return sum_terms(a, b, dim, [](float x, float y) { return __builtin_fabsf(x - y); });
}

template <class Element>
CosineParts cosine(const Element *a, const Element *b, size_t dim) {
  return {inner_product(a, b, dim), inner_product(a, a, dim), inner_product(b, b, dim)};
}

template <class Term>
int32_t sum_int8(const int8_t *a, const int8_t *b, size_t dim, Term term) {
  int32_t sum = 0;
  for (size_t i = 0; i < dim; i++) sum += term(int32_t{a[i]}, int32_t{b[i]});
  return sum;
}

int32_t int8_l2_squared(const int8_t *a, const int8_t *b, size_t dim) {
  return sum_int8(a, b, dim, [](int32_t x, int32_t y) { return (x - y) * (x - y); });
}

int32_t int8_inner_product(const int8_t *a, const int8_t *b, size_t dim) {
  return sum_int8(a, b, dim, [](int32_t x, int32_t y) { return x * y; });
}

int32_t int8_l1(const int8_t *a, const int8_t *b, size_t dim) {
  return sum_int8(a, b, dim, [](int32_t x, int32_t y) { return x < y ? y - x : x - y; });
}

Int8CosineParts int8_cosine(const int8_t *a, const int8_t *b, size_t dim) {
  return {int8_inner_product(a, b, dim), int8_inner_product(a, a, dim), int8_inner_product(b, b, dim)};
}

float l1_code(const uint8_t *code, const float *query, size_t dim, CodeField field) {
  float partial[4] = {0, 0, 0, 0};
  for (size_t i = 0; i < dim; i++) {
    const int u = code[i] >> field.shift & ((1 << field.bits) - 1);
    partial[i % 4] += __builtin_fabsf(get(query, i) - field.step * (static_cast<float>(u) - field.centre));
  }
  return (partial[0] + partial[1]) + (partial[2] + partial[3]);
}

void half_to_float(const uint16_t *in, float *out, size_t dim) {
  for (size_t i = 0; i < dim; i++) put(out, i, float_of_half(get(in, i)));
}

void float_to_half(const float *in, uint16_t *out, size_t dim) {
  for (size_t i = 0; i < dim; i++) put(out, i, half_of_float(get(in, i)));
}

uint64_t hamming(const uint8_t *a, const uint8_t *b, size_t bytes) {
  uint64_t count = 0;
  size_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    uint64_t word_a, word_b;
    __builtin_memcpy(&word_a, a + i, 8);
    __builtin_memcpy(&word_b, b + i, 8);
    count += static_cast<uint64_t>(__builtin_popcountll(word_a ^ word_b));
  }
  for (; i < bytes; i++) count += static_cast<uint64_t>(__builtin_popcount(a[i] ^ b[i]));
  return count;
}

BitOverlap overlap(const uint8_t *a, const uint8_t *b, size_t bytes) {
  BitOverlap count = {0, 0};
  size_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    uint64_t word_a, word_b;
    __builtin_memcpy(&word_a, a + i, 8);
    __builtin_memcpy(&word_b, b + i, 8);
    count.both += static_cast<uint64_t>(__builtin_popcountll(word_a & word_b));
    count.either += static_cast<uint64_t>(__builtin_popcountll(word_a | word_b));
  }
  for (; i < bytes; i++) {
    count.both += static_cast<uint64_t>(__builtin_popcount(a[i] & b[i]));
    count.either += static_cast<uint64_t>(__builtin_popcount(a[i] | b[i]));
  }
  return count;
}

template <int kBits>
int32_t dot(const uint8_t *code, const int8_t *query, size_t code_bytes) {
  int32_t sum = 0;
  for (int shift = 0; shift < 8; shift += kBits) {
    for (size_t j = 0; j < code_bytes; j++) sum += ((code[j] >> shift) & ((1 << kBits) - 1)) * query[j];
    query += code_bytes;
  }
  return sum;
}

void products(const int8_t *left, const int8_t *panels, size_t panel_count, size_t words, int32_t *out) {
  for (size_t p = 0; p < panel_count; p++, panels += words * kPanelRows * 4) {
    for (size_t i = 0; i < kPanelRows; i++) {
      for (size_t j = 0; j < kPanelRows; j++) {
        int32_t sum = 0;
        for (size_t w = 0; w < words; w++) {
          const int8_t *x = left + (w * kPanelRows + i) * 4, *y = panels + (w * kPanelRows + j) * 4;
          for (size_t d = 0; d < 4; d++) sum += x[d] * y[d];
        }
        *out++ = sum;
      }
    }
  }
}

void hadamard(float *x, size_t n) {
  for (size_t stride = 1; stride < n; stride *= 2) {
    for (size_t start = 0; start < n; start += 2 * stride) {
      for (size_t i = start; i < start + stride; i++) {
        float low = get(x, i), high = get(x, i + stride);
        put(x, i, low + high);
        put(x, i + stride, low - high);
      }
    }
  }
}

uint64_t within(const uint8_t *numbers, size_t count, uint64_t low, uint64_t width) {
  uint64_t found = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t number;
    __builtin_memcpy(&number, numbers + 8 * i, sizeof(number));
    found |= static_cast<uint64_t>(number - low <= width) << i;
  }
  return found;
}

void kac_mix(float *a, float *b, size_t n) {
  constexpr float kSqrtHalf = 0x1.6a09e6p-1f;
  for (size_t i = 0; i < n; i++) {
    float x = get(a, i), y = get(b, i);
    put(a, i, (x + y) * kSqrtHalf);
    put(b, i, (x - y) * kSqrtHalf);
  }
}

void flip_signs(float *x, const uint64_t *signs, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint32_t negative = static_cast<uint32_t>(get(signs, i / 64) >> (i % 64)) & 1;
    put(x, i, float_of_bits(bits_of_float(get(x, i)) ^ (negative << 31)));
  }
}

}  // namespace

constinit const Kernels kScalarTable = {
    .name = "scalar",
    .description = "plain C++, for any processor",
    .l2_squared = l2_squared<float>,
    .inner_product = inner_product<float>,
    .l1 = l1<float>,
    .cosine = cosine<float>,
    .half_l2_squared = l2_squared<uint16_t>,
    .half_inner_product = inner_product<uint16_t>,
    .half_l1 = l1<uint16_t>,
    .half_cosine = cosine<uint16_t>,
    .int8_l2_squared = int8_l2_squared,
    .int8_inner_product = int8_inner_product,
    .int8_l1 = int8_l1,
    .int8_cosine = int8_cosine,
    .half_to_float = half_to_float,
    .float_to_half = float_to_half,
    .hamming = hamming,
    .overlap = overlap,
    .within = within,
    .dot_u1 = dot<1>,
    .dot_u2 = dot<2>,
    .dot_u4 = dot<4>,
    .dot_u8 = dot<8>,
    .l1_code = l1_code,
    .products = products,
    .hadamard = hadamard,
    .kac_mix = kac_mix,
    .flip_signs = flip_signs,
};

}  // namespace vexpg::kernels
