// SPDX-License-Identifier: PostgreSQL
// Every kernel once, for any vector width. A file includes the words of its width (simd128.inl, simd256.inl,
// simd512.inl), then this one, which leaves the functions of the table in namespace VEXPG_ISA.
//
// Everything here has internal linkage: a weak copy of a function compiled for a newer CPU could otherwise be the one
// that the linker keeps for all callers.
#include "kernels/kernels.hpp"

namespace vexpg::kernels::VEXPG_ISA {
namespace {

// ---- (C) reductions. Element is float or uint16_t, a half; absent elements of the last vector count as zeros.

// Sum over i of what accumulate adds for (a[i], b[i]). Four chains hide the latency of the additions.
template <class Element, class Accumulate>
inline float reduce(const Element *a, const Element *b, size_t dim, Accumulate accumulate) {
  Floats sum0 = zero(), sum1 = zero(), sum2 = zero(), sum3 = zero();
  size_t i = 0;
  for (; i + 4 * kLanes <= dim; i += 4 * kLanes) {
    sum0 = accumulate(sum0, load(a + i), load(b + i));
    sum1 = accumulate(sum1, load(a + i + kLanes), load(b + i + kLanes));
    sum2 = accumulate(sum2, load(a + i + 2 * kLanes), load(b + i + 2 * kLanes));
    sum3 = accumulate(sum3, load(a + i + 3 * kLanes), load(b + i + 3 * kLanes));
  }
  for (; i + kLanes <= dim; i += kLanes) sum0 = accumulate(sum0, load(a + i), load(b + i));
  if (i < dim) sum1 = accumulate(sum1, load_first(a + i, dim - i), load_first(b + i, dim - i));
  return sum_lanes(add(add(sum0, sum1), add(sum2, sum3)));
}

template <class Element>
float l2_squared(const Element *a, const Element *b, size_t dim) {
  return reduce(a, b, dim, [](Floats sum, Floats x, Floats y) {
    Floats difference = subtract(x, y);
    return multiply_add(sum, difference, difference);
  });
}

template <class Element>
float inner_product(const Element *a, const Element *b, size_t dim) {
  return reduce(a, b, dim, [](Floats sum, Floats x, Floats y) { return multiply_add(sum, x, y); });
}

template <class Element>
float l1(const Element *a, const Element *b, size_t dim) {
  return reduce(a, b, dim, [](Floats sum, Floats x, Floats y) { return add(sum, magnitude(subtract(x, y))); });
}

struct CosineSums {
  Floats dot, norm2_a, norm2_b;
  void accumulate(Floats x, Floats y) {
    dot = multiply_add(dot, x, y);
    norm2_a = multiply_add(norm2_a, x, x);
    norm2_b = multiply_add(norm2_b, y, y);
  }
};

template <class Element>
CosineParts cosine(const Element *a, const Element *b, size_t dim) {
  CosineSums even = {zero(), zero(), zero()}, odd = even;
  size_t i = 0;
  for (; i + 2 * kLanes <= dim; i += 2 * kLanes) {
    even.accumulate(load(a + i), load(b + i));
    odd.accumulate(load(a + i + kLanes), load(b + i + kLanes));
  }
  for (; i + kLanes <= dim; i += kLanes) even.accumulate(load(a + i), load(b + i));
  if (i < dim) odd.accumulate(load_first(a + i, dim - i), load_first(b + i, dim - i));
  return {sum_lanes(add(even.dot, odd.dot)), sum_lanes(add(even.norm2_a, odd.norm2_a)),
          sum_lanes(add(even.norm2_b, odd.norm2_b))};
}

// ---- (A) int8 vectors, widened to 16 bits

template <class Accumulate>
inline void for_int8(const int8_t *a, const int8_t *b, size_t dim, Accumulate accumulate) {
  size_t i = 0;
  for (; i + kShorts <= dim; i += kShorts) accumulate(load_shorts(a + i), load_shorts(b + i));
  if (i < dim) accumulate(load_first_shorts(a + i, dim - i), load_first_shorts(b + i, dim - i));
}

int32_t int8_l2_squared(const int8_t *a, const int8_t *b, size_t dim) {
  Wide sums = no_wide();
  for_int8(a, b, dim, [&sums](Narrow x, Narrow y) {
    Narrow difference = subtract_shorts(x, y);
    sums = multiply_pairs(sums, difference, difference);
  });
  return sum_lanes(sums);
}

int32_t int8_inner_product(const int8_t *a, const int8_t *b, size_t dim) {
  Wide sums = no_wide();
  for_int8(a, b, dim, [&sums](Narrow x, Narrow y) { sums = multiply_pairs(sums, x, y); });
  return sum_lanes(sums);
}

int32_t int8_l1(const int8_t *a, const int8_t *b, size_t dim) {
  Wide sums = no_wide();
  for_int8(a, b, dim, [&sums](Narrow x, Narrow y) {
    sums = add_narrow(sums, magnitude_shorts(subtract_shorts(x, y)));
  });
  return sum_lanes(sums);
}

Int8CosineParts int8_cosine(const int8_t *a, const int8_t *b, size_t dim) {
  Wide dot = no_wide(), norm2_a = no_wide(), norm2_b = no_wide();
  for_int8(a, b, dim, [&](Narrow x, Narrow y) {
    dot = multiply_pairs(dot, x, y);
    norm2_a = multiply_pairs(norm2_a, x, x);
    norm2_b = multiply_pairs(norm2_b, y, y);
  });
  return {sum_lanes(dot), sum_lanes(norm2_a), sum_lanes(norm2_b)};
}

// ---- (C) code against float query

// decode turns kLanes bytes into what they are worth in units of the step.
template <class Decode>
inline float l1_of_decoded(const uint8_t *code, const float *query, size_t dim, float step, Decode decode) {
  const Floats down = broadcast(-step);
  Floats sums[4] = {zero(), zero(), zero(), zero()};
  auto term = [&](Floats sum, const uint8_t *u, Floats q) {
    return add(sum, magnitude(multiply_add(q, down, decode(u))));
  };
  size_t i = 0;
  for (; i + 4 * kLanes <= dim; i += 4 * kLanes) {
    for (size_t k = 0; k < 4; k++) sums[k] = term(sums[k], code + i + k * kLanes, load(query + i + k * kLanes));
  }
  for (; i + kLanes <= dim; i += kLanes) sums[0] = term(sums[0], code + i, load(query + i));
  if (i < dim) {
    uint8_t last[kLanes] = {};
    float terms[kLanes], rest = 0;
    __builtin_memcpy(last, code + i, dim - i);
    store(terms, term(zero(), last, load_first(query + i, dim - i)));
    for (size_t k = 0; k < dim - i; k++) rest += terms[k];
    return sum_lanes(add(add(sums[0], sums[1]), add(sums[2], sums[3]))) + rest;
  }
  return sum_lanes(add(add(sums[0], sums[1]), add(sums[2], sums[3])));
}

float l1_code(const uint8_t *code, const float *query, size_t dim, CodeField field) {
  const Floats centre = broadcast(field.centre);
  if (field.bits == 8) {
    return l1_of_decoded(code, query, dim, field.step,
                         [centre](const uint8_t *u) { return subtract(to_floats(load_wide(u)), centre); });
  }
  const Wide mask = broadcast_wide((1 << field.bits) - 1);
  return l1_of_decoded(code, query, dim, field.step, [&](const uint8_t *u) {
    return subtract(to_floats(wide_and(shift_down(load_wide(u), static_cast<unsigned>(field.shift)), mask)), centre);
  });
}

// ---- (B) conversions

template <class From, class To>
void convert(const From *in, To *out, size_t dim) {
  size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) store(out + i, load(in + i));
  if (i < dim) {
    To last[kLanes];
    store(last, load_first(in + i, dim - i));
    __builtin_memcpy(out + i, last, (dim - i) * sizeof(To));
  }
}

// ---- (A) bit strings

uint64_t hamming(const uint8_t *a, const uint8_t *b, size_t bytes) {
  Counts counts = no_counts();
  size_t i = 0;
  for (; i + kBlock <= bytes; i += kBlock) counts = add_counts(counts, bits_xor(load_bytes(a + i), load_bytes(b + i)));
  if (i < bytes) {
    counts = add_counts(counts, bits_xor(load_first_bytes(a + i, bytes - i), load_first_bytes(b + i, bytes - i)));
  }
  return sum_counts(counts);
}

BitOverlap overlap(const uint8_t *a, const uint8_t *b, size_t bytes) {
  Counts both = no_counts(), either = no_counts();
  size_t i = 0;
  for (; i + kBlock <= bytes; i += kBlock) {
    Bytes x = load_bytes(a + i), y = load_bytes(b + i);
    both = add_counts(both, bits_and(x, y));
    either = add_counts(either, bits_or(x, y));
  }
  if (i < bytes) {
    Bytes x = load_first_bytes(a + i, bytes - i), y = load_first_bytes(b + i, bytes - i);
    both = add_counts(both, bits_and(x, y));
    either = add_counts(either, bits_or(x, y));
  }
  return {sum_counts(both), sum_counts(either)};
}

// ---- (A) numbers in a range

uint64_t within(const uint8_t *numbers, size_t count, uint64_t low, uint64_t width) {
  constexpr size_t kNumbers = kBlock / 8;
  uint64_t found = 0;
  size_t i = 0;
  for (; i + kNumbers <= count; i += kNumbers)
    found |= static_cast<uint64_t>(numbers_within(load_bytes(numbers + 8 * i), low, width)) << i;
  for (; i < count; i++) {
    uint64_t number;
    __builtin_memcpy(&number, numbers + 8 * i, sizeof(number));
    found |= static_cast<uint64_t>(number - low <= width) << i;
  }
  return found;
}

// ---- (A) code against query
#if defined(VEXPG_VNNI)
#include "kernels/dot_vnni.inl"
#else
#include "kernels/dot_narrow.inl"
#endif

// ---- (B) the rotation's steps. Additions, subtractions and multiplications one by one: never multiply_add.

inline float get(const float *x, size_t i) {
  float value;
  __builtin_memcpy(&value, x + i, sizeof(value));
  return value;
}

inline void put(float *x, size_t i, float value) { __builtin_memcpy(x + i, &value, sizeof(value)); }

// (lane i, lane i + kStride) becomes (their sum, their difference): x - y is (-y) + x in IEEE arithmetic.
template <size_t kStride>
inline Floats butterfly(Floats v) {
  constexpr uint64_t kUpper = kStride == 1 ? 0xaaaa : kStride == 2 ? 0xcccc : kStride == 4 ? 0xf0f0 : 0xff00;
  return add(exchange<kStride>(v), flip(v, sign_mask(kUpper)));
}

inline Floats butterflies_within(Floats v) {
  v = butterfly<2>(butterfly<1>(v));
  if constexpr (kLanes > 4) v = butterfly<4>(v);
  if constexpr (kLanes > 8) v = butterfly<8>(v);
  return v;
}

// Strides h and 2 h of the four vectors at x, x + h, x + 2 h, x + 3 h in one pass over memory.
inline void butterfly_four(float *x, size_t h) {
  Floats a = load(x), b = load(x + h), c = load(x + 2 * h), d = load(x + 3 * h);
  Floats sum_ab = add(a, b), difference_ab = subtract(a, b), sum_cd = add(c, d), difference_cd = subtract(c, d);
  store(x, add(sum_ab, sum_cd));
  store(x + h, add(difference_ab, difference_cd));
  store(x + 2 * h, subtract(sum_ab, sum_cd));
  store(x + 3 * h, subtract(difference_ab, difference_cd));
}

inline void hadamard_short(float *x, size_t n) {
  for (size_t h = 1; h < n; h *= 2) {
    for (size_t i = 0; i < n; i++) {
      if (i & h) continue;
      float low = get(x, i), high = get(x, i + h);
      put(x, i, low + high);
      put(x, i + h, low - high);
    }
  }
}

void hadamard(float *x, size_t n) {
  if (n < kLanes) return hadamard_short(x, n);
  for (size_t i = 0; i < n; i += kLanes) store(x + i, butterflies_within(load(x + i)));
  size_t h = kLanes;
  for (; 4 * h <= n; h *= 4) {
    for (size_t start = 0; start < n; start += 4 * h) {
      for (size_t i = start; i < start + h; i += kLanes) butterfly_four(x + i, h);
    }
  }
  if (h < n) {
    for (size_t i = 0; i < h; i += kLanes) {
      Floats low = load(x + i), high = load(x + i + h);
      store(x + i, add(low, high));
      store(x + i + h, subtract(low, high));
    }
  }
}

void kac_mix(float *a, float *b, size_t n) {
  constexpr float kSqrtHalf = 0x1.6a09e6p-1f;
  Floats scale = broadcast(kSqrtHalf);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Floats x = load(a + i), y = load(b + i);
    store(a + i, multiply(add(x, y), scale));
    store(b + i, multiply(subtract(x, y), scale));
  }
  for (; i < n; i++) {
    float x = get(a, i), y = get(b, i);
    put(a, i, (x + y) * kSqrtHalf);
    put(b, i, (x - y) * kSqrtHalf);
  }
}

inline uint64_t signs_from(const uint64_t *signs, size_t i) {  // bit 0: the sign of element i
  uint64_t word;
  __builtin_memcpy(&word, signs + i / 64, sizeof(word));
  return word >> (i % 64);
}

void flip_signs(float *x, const uint64_t *signs, size_t n) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(x + i, flip(load(x + i), sign_mask(signs_from(signs, i))));
  if (i < n) {
    float last[kLanes];
    store(last, flip(load_first(x + i, n - i), sign_mask(signs_from(signs, i))));
    __builtin_memcpy(x + i, last, (n - i) * sizeof(float));
  }
}

constexpr Kernels table(const char *name, const char *description) {
  return {
      .name = name,
      .description = description,
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
      .half_to_float = convert<uint16_t, float>,
      .float_to_half = convert<float, uint16_t>,
      .hamming = hamming,
      .overlap = overlap,
      .within = within,
      .dot_u1 = dot_u1,
      .dot_u2 = dot_u2,
      .dot_u4 = dot_u4,
      .dot_u8 = dot_u8,
      .l1_code = l1_code,
      .products = products,
      .hadamard = hadamard,
      .kac_mix = kac_mix,
      .flip_signs = flip_signs,
  };
}

}  // namespace
}  // namespace vexpg::kernels::VEXPG_ISA
