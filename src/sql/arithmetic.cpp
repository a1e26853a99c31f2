// SPDX-License-Identifier: PostgreSQL
// Element-wise arithmetic, slices and normalisation of vector, halfvec, int8vec and sparsevec.
#include "sql/checks.hpp"

namespace vexpg::sql {
namespace {

enum class Underflow { kIsZero, kIsError };

// a op b, element by element, rounded once to the element type.
template <class Type, Underflow kUnderflow, class Op>
Datum elementwise(FunctionCallInfo fcinfo, Op op) {
  const auto [a, b] = pair_arguments<Type>(fcinfo);
  typename Type::Value *result = Type::make(a->dim);
  bool overflow = false, underflow = false;
  for (int i = 0; i < a->dim; i++) {
    result->x[i] = Type::from_float(op(Type::to_float(a->x[i]), Type::to_float(b->x[i])));
    overflow |= Type::is_infinite(result->x[i]);
    if constexpr (kUnderflow == Underflow::kIsError) {
      underflow |= Type::is_zero(result->x[i]) && !Type::is_zero(a->x[i]) && !Type::is_zero(b->x[i]);
    }
  }
  if (overflow) float_overflow_error();
  if (underflow) float_underflow_error();
  PG_RETURN_POINTER(result);
}

template <class Type>
Datum add(FunctionCallInfo fcinfo) {
  return elementwise<Type, Underflow::kIsZero>(fcinfo, [](float x, float y) { return x + y; });
}

template <class Type>
Datum subtract(FunctionCallInfo fcinfo) {
  return elementwise<Type, Underflow::kIsZero>(fcinfo, [](float x, float y) { return x - y; });
}

template <class Type>
Datum multiply(FunctionCallInfo fcinfo) {
  return elementwise<Type, Underflow::kIsError>(fcinfo, [](float x, float y) { return x * y; });
}

template <class Type>
Datum concatenate(FunctionCallInfo fcinfo) {
  const auto *a = argument<Type>(fcinfo, 0);
  const auto *b = argument<Type>(fcinfo, 1);
  const int dim = a->dim + b->dim;
  require(types::check_dimensions(dim), Type::kName);
  typename Type::Value *result = Type::make(dim);
  std::copy(a->x, a->x + a->dim, result->x);
  std::copy(b->x, b->x + b->dim, result->x + a->dim);
  PG_RETURN_POINTER(result);
}

// Elements start .. start + count - 1, counted from 1, as far as they exist.
template <class Type>
Datum slice(FunctionCallInfo fcinfo) {
  const auto *a = argument<Type>(fcinfo, 0);
  const int64_t start = PG_GETARG_INT32(1);
  const int64_t count = PG_GETARG_INT32(2);
  const int64_t first = std::max<int64_t>(start, 1);
  const int64_t end = std::min<int64_t>(start + count, a->dim + 1);
  require(types::check_dimensions(count < 1 ? 0 : end - first), Type::kName);
  typename Type::Value *result = Type::make(static_cast<int>(end - first));
  std::copy(a->x + first - 1, a->x + end - 1, result->x);
  PG_RETURN_POINTER(result);
}

template <class Type>
double norm_of(const typename Type::Value *a) {
  double sum = 0;
  for (int i = 0; i < a->dim; i++) {
    const double x = Type::to_float(a->x[i]);
    sum += x * x;
  }
  return std::sqrt(sum);
}

// A zero vector stays as it is.
template <class Type>
Datum normalize(FunctionCallInfo fcinfo) {
  const auto *a = argument<Type>(fcinfo, 0);
  typename Type::Value *result = Type::make(a->dim);
  const double norm = norm_of<Type>(a);
  if (norm > 0) {
    bool overflow = false;
    for (int i = 0; i < a->dim; i++) {
      result->x[i] = Type::from_float(static_cast<float>(Type::to_float(a->x[i]) / norm));
      overflow |= Type::is_infinite(result->x[i]);
    }
    if (overflow) float_overflow_error();
  }
  PG_RETURN_POINTER(result);
}

template <class Type>
Datum quantize(FunctionCallInfo fcinfo) {
  const auto *a = argument<Type>(fcinfo, 0);
  types::BitVector *bits = pg::new_bits(a->dim);
  types::quantize_bits(static_cast<size_t>(a->dim), bits->bytes, [a](size_t i) { return Type::to_float(a->x[i]) > 0; });
  PG_RETURN_POINTER(bits);
}

double norm_of(const types::SparseVector *a) {
  double sum = 0;
  for (int i = 0; i < a->nnz; i++) sum += static_cast<double>(a->values()[i]) * a->values()[i];
  return std::sqrt(sum);
}

// Elements that become too small for a float are dropped: a sparsevec stores no zeros.
types::SparseVector *normalized(const types::SparseVector *a, double norm) {
  const auto scaled = [a, norm](int i) { return static_cast<float>(a->values()[i] / norm); };
  int nnz = 0;
  for (int i = 0; i < a->nnz; i++) nnz += scaled(i) != 0;
  types::SparseVector *result = pg::new_sparsevec(a->dim, nnz);
  for (int i = 0, j = 0; i < a->nnz; i++) {
    const float value = scaled(i);
    if (value == 0) continue;
    if (std::isinf(value)) float_overflow_error();
    result->indices[j] = a->indices[i];
    result->values()[j++] = value;
  }
  return result;
}

}  // namespace
}  // namespace vexpg::sql

using namespace vexpg::sql;

VEXPG_FUNCTION(vexpg_vector_add) { return add<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_sub) { return subtract<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_mul) { return multiply<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_concat) { return concatenate<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_subvector) { return slice<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_dims) { PG_RETURN_INT32(argument<VectorType>(fcinfo, 0)->dim); }
VEXPG_FUNCTION(vexpg_vector_norm) { PG_RETURN_FLOAT8(norm_of<VectorType>(argument<VectorType>(fcinfo, 0))); }
VEXPG_FUNCTION(vexpg_vector_l2_normalize) { return normalize<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_binary_quantize) { return quantize<VectorType>(fcinfo); }

VEXPG_FUNCTION(vexpg_halfvec_add) { return add<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_sub) { return subtract<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_mul) { return multiply<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_concat) { return concatenate<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_subvector) { return slice<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_dims) { PG_RETURN_INT32(argument<HalfvecType>(fcinfo, 0)->dim); }
VEXPG_FUNCTION(vexpg_halfvec_norm) { PG_RETURN_FLOAT8(norm_of<HalfvecType>(argument<HalfvecType>(fcinfo, 0))); }
VEXPG_FUNCTION(vexpg_halfvec_l2_normalize) { return normalize<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_binary_quantize) { return quantize<HalfvecType>(fcinfo); }

VEXPG_FUNCTION(vexpg_int8vec_concat) { return concatenate<Int8vecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_subvector) { return slice<Int8vecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_dims) { PG_RETURN_INT32(argument<Int8vecType>(fcinfo, 0)->dim); }
VEXPG_FUNCTION(vexpg_int8vec_norm) { PG_RETURN_FLOAT8(norm_of<Int8vecType>(argument<Int8vecType>(fcinfo, 0))); }
VEXPG_FUNCTION(vexpg_int8vec_binary_quantize) { return quantize<Int8vecType>(fcinfo); }

VEXPG_FUNCTION(vexpg_sparsevec_norm) { PG_RETURN_FLOAT8(norm_of(argument<SparsevecType>(fcinfo, 0))); }

VEXPG_FUNCTION(vexpg_sparsevec_l2_normalize) {
  const auto *a = argument<SparsevecType>(fcinfo, 0);
  const double norm = norm_of(a);
  PG_RETURN_POINTER(norm > 0 ? normalized(a, norm) : vexpg::pg::new_sparsevec(a->dim, 0));
}
