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
      .half_to_float = convert<uint16_t, float>,
      .float_to_half = convert<float, uint16_t>,
      .hamming = hamming,
      .overlap = overlap,
      .dot_u1 = dot_u1,
      .dot_u2 = dot_u2,
      .dot_u4 = dot_u4,
      .dot_u8 = dot_u8,
      .products = products,
      .hadamard = hadamard,
      .kac_mix = kac_mix,
      .flip_signs = flip_signs,
  };
}

}  // namespace
}  // namespace vexpg::kernels::VEXPG_ISA
