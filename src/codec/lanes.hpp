// SPDX-License-Identifier: PostgreSQL
// Four floats at a time in plain C++, with the same bits on every CPU.
//
// A reduction over dim values runs in four lanes, adds the lanes as (0 + 2) + (1 + 3), and then the last dim % 4 values one
// by one. Every operation is an IEEE operation of its own, so the order, and with it the result, is fixed.
// Relative error of such a float sum of non-negative terms: at most (dim / 4 + 8) * 2^-24.
#pragma once
#include <cstdint>
#include <cstring>

namespace vexpg::codec {

using Float4 = float __attribute__((vector_size(16)));
using Int4 = int32_t __attribute__((vector_size(16)));
using Double2 = double __attribute__((vector_size(16)));
using Float2 = float __attribute__((vector_size(8)));

inline constexpr double kFloatUnit = 0x1p-24;  // u: the relative error of one rounding to float

inline Float4 load4(const float *x) {
  Float4 v;
  memcpy(&v, x, sizeof v);
  return v;
}
inline void store4(float *x, Float4 v) { memcpy(x, &v, sizeof v); }

// The same names for one value, so that one template serves the lanes and the tail.
template <class V>
inline V load(const float *x) {
  V v;
  memcpy(&v, x, sizeof v);
  return v;
}
inline Int4 truncate(Float4 v) { return __builtin_convertvector(v, Int4); }
inline int32_t truncate(float v) { return static_cast<int32_t>(v); }
inline Float4 to_float(Int4 v) { return __builtin_convertvector(v, Float4); }
inline float to_float(int32_t v) { return static_cast<float>(v); }
inline Float4 absolute(Float4 v) { return reinterpret_cast<Float4>(reinterpret_cast<Int4>(v) & 0x7fffffff); }
inline float absolute(float v) { return __builtin_fabsf(v); }
inline Float4 splat(float v, Float4) { return Float4{v, v, v, v}; }
inline float splat(float v, float) { return v; }
template <class V>
inline V least(V a, V b) {
  return a < b ? a : b;
}
template <class V>
inline V greatest(V a, V b) {
  return a > b ? a : b;
}
inline float sum_lanes(Float4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }
inline float sum_lanes(float v) { return v; }

// Calls body(V{}, i) with V = Float4 for every whole group of four, then with V = float for the rest.
template <class Body>
inline void for_lanes(uint32_t dim, Body body) {
  uint32_t i = 0;
  for (; i + 4 <= dim; i += 4) body(Float4{}, i);
  for (; i < dim; i++) body(float{}, i);
}

// A sum over lanes and tail: add() takes either.
struct LaneSum {
  Float4 lanes{};
  float rest = 0;
  void add(Float4 v) { lanes += v; }
  void add(float v) { rest += v; }
  float total() const { return sum_lanes(lanes) + rest; }
};

// The same in double.
struct LaneSumDouble {
  Double2 low{}, high{};
  double rest = 0;
  void add_product(Float4 a, Float4 b) {
    low += __builtin_convertvector((Float2{a[0], a[1]}), Double2) * __builtin_convertvector((Float2{b[0], b[1]}), Double2);
    high += __builtin_convertvector((Float2{a[2], a[3]}), Double2) * __builtin_convertvector((Float2{b[2], b[3]}), Double2);
  }
  void add_product(float a, float b) { rest += static_cast<double>(a) * static_cast<double>(b); }
  double total() const { return ((low[0] + high[0]) + (low[1] + high[1])) + rest; }
};

}  // namespace vexpg::codec
