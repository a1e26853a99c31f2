// SPDX-License-Identifier: PostgreSQL
// What the SQL functions of vector, halfvec and int8vec need to know to be written once for all.
#pragma once
#include "kernels/kernels.hpp"
#include "pg/values.hpp"

namespace vexpg::sql {

struct VectorType {
  using Value = types::Vector;
  using Element = float;
  static constexpr const char *kName = "vector";
  static Value *make(int dim) { return pg::new_vector(dim); }
  static float to_float(float element) { return element; }
  static float from_float(float value) { return value; }
  static bool is_infinite(float element) { return std::isinf(element); }
  static bool is_zero(float element) { return element == 0; }
  static types::Fault check(float element) { return types::check_element(element); }
};

struct HalfvecType {
  using Value = types::HalfVector;
  using Element = uint16_t;
  static constexpr const char *kName = "halfvec";
  static Value *make(int dim) { return pg::new_halfvec(dim); }
  static float to_float(uint16_t element) { return types::half_to_float(element); }
  static uint16_t from_float(float value) { return types::float_to_half(value); }
  static bool is_infinite(uint16_t element) { return types::half_is_infinite(element); }
  static bool is_zero(uint16_t element) { return types::half_is_zero(element); }
  static types::Fault check(uint16_t element) { return types::check_half(element); }
};

struct Int8vecType {
  using Value = types::Int8Vector;
  using Element = int8_t;
  static constexpr const char *kName = "int8vec";
  static Value *make(int dim) { return pg::new_int8vec(dim); }
  static float to_float(int8_t element) { return element; }
};

struct SparsevecType {
  using Value = types::SparseVector;
  static constexpr const char *kName = "sparsevec";
};

// Two arguments of one type and of the same number of dimensions.
template <class Type>
struct Pair {
  const typename Type::Value *a, *b;
};

}  // namespace vexpg::sql
