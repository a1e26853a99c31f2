// SPDX-License-Identifier: PostgreSQL
// Conversions between the types and from and to arrays. Every one checks the declared number of dimensions.
#include "sql/checks.hpp"

namespace vexpg::sql {
namespace {

using types::Fault;

uint16_t half_from(float value) {
  const uint16_t half = types::float_to_half(value);
  if (types::half_is_infinite(half) && !std::isinf(value)) {
    char number[FLOAT_SHORTEST_DECIMAL_LEN];
    float_to_shortest_decimal_buf(value, number);
    raise_out_of_range(number, HalfvecType::kName);
  }
  return half;
}

void store(const float *values, int dim, types::Int8Vector *out) {
  for (int i = 0; i < dim; i++) {
    const Fault fault = types::float_to_int8(values[i], &out->x[i]);
    if (fault != Fault::kOutOfRange) {
      require(fault, Int8vecType::kName);
    } else {
      char number[FLOAT_SHORTEST_DECIMAL_LEN];
      float_to_shortest_decimal_buf(values[i], number);
      raise_out_of_range(number, Int8vecType::kName);
    }
  }
}

void store(const float *values, int dim, types::HalfVector *out) {
  for (int i = 0; i < dim; i++) out->x[i] = half_from(values[i]);
}

void store(const float *values, int dim, types::Vector *out) { std::copy(values, values + dim, out->x); }

// The elements of an array as floats; too large a number becomes an infinity, which the caller refuses.
const float *floats_from_array(ArrayType *array, int count) {
  const char *data = ARR_DATA_PTR(array);
  if (ARR_ELEMTYPE(array) == FLOAT4OID) return reinterpret_cast<const float *>(data);
  float *out = static_cast<float *>(palloc(static_cast<size_t>(count) * sizeof(float)));
  if (ARR_ELEMTYPE(array) == INT4OID) {
    const int32_t *in = reinterpret_cast<const int32_t *>(data);
    std::transform(in, in + count, out, [](int32_t value) { return static_cast<float>(value); });
  } else if (ARR_ELEMTYPE(array) == FLOAT8OID) {
    const double *in = reinterpret_cast<const double *>(data);
    std::transform(in, in + count, out, [](double value) { return static_cast<float>(value); });
  } else if (ARR_ELEMTYPE(array) == NUMERICOID) {
    Datum *in;
    deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &in, nullptr, &count);
    std::transform(in, in + count, out,
                   [](Datum value) { return DatumGetFloat4(DirectFunctionCall1(numeric_float4, value)); });
    pfree(in);
  } else {
    ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("unsupported array type")));
  }
  return out;
}

// The number of elements of an array that may become a vector.
int count_array(ArrayType *array) {
  if (ARR_NDIM(array) > 1) ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("array must be 1-D")));
  if (ARR_HASNULL(array) && array_contains_nulls(array)) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("array must not contain nulls")));
  }
  return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

template <class Type>
Datum from_array(FunctionCallInfo fcinfo) {
  ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
  const int dim = count_array(array);
  require(types::check_dimensions(dim), Type::kName);
  require_typmod(PG_GETARG_INT32(1), dim);
  typename Type::Value *result = Type::make(dim);
  store(floats_from_array(array, dim), dim, result);
  if constexpr (!std::is_same_v<Type, Int8vecType>) {
    for (int i = 0; i < dim; i++) require(Type::check(result->x[i]), Type::kName);
  }
  PG_RETURN_POINTER(result);
}

// The sparse form of dim values, each of them checked.
types::SparseVector *sparse_from(const float *values, int dim) {
  int nnz = 0;
  for (int i = 0; i < dim; i++) {
    require(types::check_element(values[i]), SparsevecType::kName);
    nnz += values[i] != 0;
  }
  require(types::check_sparse_count(nnz, dim), SparsevecType::kName);
  types::SparseVector *result = pg::new_sparsevec(dim, nnz);
  for (int i = 0, j = 0; i < dim; i++) {
    if (values[i] == 0) continue;
    result->indices[j] = i;
    result->values()[j++] = values[i];
  }
  return result;
}

template <class Type>
Datum from_sparse(FunctionCallInfo fcinfo) {
  const auto *sparse = argument<SparsevecType>(fcinfo, 0);
  require(types::check_dimensions(sparse->dim), Type::kName);
  require_typmod(PG_GETARG_INT32(1), sparse->dim);
  typename Type::Value *result = Type::make(sparse->dim);
  for (int i = 0; i < sparse->nnz; i++) {
    if (sparse->indices[i] < 0 || sparse->indices[i] >= sparse->dim) {
      raise_fault(Fault::kIndexOutOfBounds, SparsevecType::kName);
    }
    const float value = sparse->values()[i];
    if constexpr (std::is_same_v<Type, HalfvecType>) {
      result->x[sparse->indices[i]] = half_from(value);
    } else {
      result->x[sparse->indices[i]] = value;
    }
  }
  PG_RETURN_POINTER(result);
}

// A new array of dim elements of four bytes, its values not yet set.
ArrayType *new_array(Oid type, int dim) {
  const size_t bytes = ARR_OVERHEAD_NONULLS(1) + static_cast<size_t>(dim) * 4;
  ArrayType *array = static_cast<ArrayType *>(palloc0(bytes));
  SET_VARSIZE(array, bytes);
  array->ndim = 1;
  array->elemtype = type;
  ARR_DIMS(array)[0] = dim;
  ARR_LBOUND(array)[0] = 1;
  return array;
}

const float *floats_from_half(const types::HalfVector *half) {
  float *out = static_cast<float *>(palloc(static_cast<size_t>(half->dim) * sizeof(float)));
  kernels::active().half_to_float(half->x, out, static_cast<size_t>(half->dim));
  return out;
}

Datum to_int8vec(FunctionCallInfo fcinfo, const float *values, int dim) {
  require_typmod(PG_GETARG_INT32(1), dim);
  types::Int8Vector *result = pg::new_int8vec(dim);
  store(values, dim, result);
  PG_RETURN_POINTER(result);
}

// Exact: every int8 is a float and a half.
template <class Type>
Datum from_int8vec(FunctionCallInfo fcinfo) {
  const auto *vector = argument<Int8vecType>(fcinfo, 0);
  require_typmod(PG_GETARG_INT32(1), vector->dim);
  typename Type::Value *result = Type::make(vector->dim);
  for (int i = 0; i < vector->dim; i++) result->x[i] = Type::from_float(vector->x[i]);
  PG_RETURN_POINTER(result);
}

template <class Type>
Datum check_typmod(FunctionCallInfo fcinfo) {
  const auto *value = argument<Type>(fcinfo, 0);
  require_typmod(PG_GETARG_INT32(1), value->dim);
  PG_RETURN_POINTER(value);
}

}  // namespace
}  // namespace vexpg::sql

using namespace vexpg;
using namespace vexpg::sql;

VEXPG_FUNCTION(vexpg_vector) { return check_typmod<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec) { return check_typmod<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec) { return check_typmod<Int8vecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_sparsevec) { return check_typmod<SparsevecType>(fcinfo); }

VEXPG_FUNCTION(vexpg_array_to_vector) { return from_array<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_array_to_halfvec) { return from_array<HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_array_to_int8vec) { return from_array<Int8vecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_sparsevec_to_vector) { return from_sparse<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_sparsevec_to_halfvec) { return from_sparse<HalfvecType>(fcinfo); }

VEXPG_FUNCTION(vexpg_array_to_sparsevec) {
  ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
  const int dim = count_array(array);
  require(types::check_sparse_dimensions(dim), SparsevecType::kName);
  require_typmod(PG_GETARG_INT32(1), dim);
  PG_RETURN_POINTER(sparse_from(floats_from_array(array, dim), dim));
}

VEXPG_FUNCTION(vexpg_vector_to_float4) {
  const auto *vector = argument<VectorType>(fcinfo, 0);
  ArrayType *array = new_array(FLOAT4OID, vector->dim);
  std::copy(vector->x, vector->x + vector->dim, reinterpret_cast<float *>(ARR_DATA_PTR(array)));
  PG_RETURN_ARRAYTYPE_P(array);
}

VEXPG_FUNCTION(vexpg_halfvec_to_float4) {
  const auto *half = argument<HalfvecType>(fcinfo, 0);
  ArrayType *array = new_array(FLOAT4OID, half->dim);
  kernels::active().half_to_float(half->x, reinterpret_cast<float *>(ARR_DATA_PTR(array)), static_cast<size_t>(half->dim));
  PG_RETURN_ARRAYTYPE_P(array);
}

VEXPG_FUNCTION(vexpg_vector_to_halfvec) {
  const auto *vector = argument<VectorType>(fcinfo, 0);
  require_typmod(PG_GETARG_INT32(1), vector->dim);
  types::HalfVector *result = pg::new_halfvec(vector->dim);
  store(vector->x, vector->dim, result);
  PG_RETURN_POINTER(result);
}

VEXPG_FUNCTION(vexpg_halfvec_to_vector) {
  const auto *half = argument<HalfvecType>(fcinfo, 0);
  require_typmod(PG_GETARG_INT32(1), half->dim);
  types::Vector *result = pg::new_vector(half->dim);
  kernels::active().half_to_float(half->x, result->x, static_cast<size_t>(half->dim));
  PG_RETURN_POINTER(result);
}

VEXPG_FUNCTION(vexpg_vector_to_int8vec) {
  const auto *vector = argument<VectorType>(fcinfo, 0);
  return to_int8vec(fcinfo, vector->x, vector->dim);
}

VEXPG_FUNCTION(vexpg_halfvec_to_int8vec) {
  const auto *half = argument<HalfvecType>(fcinfo, 0);
  return to_int8vec(fcinfo, floats_from_half(half), half->dim);
}

VEXPG_FUNCTION(vexpg_int8vec_to_vector) { return from_int8vec<VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_to_halfvec) { return from_int8vec<HalfvecType>(fcinfo); }

VEXPG_FUNCTION(vexpg_int8vec_to_float4) {
  const auto *vector = argument<Int8vecType>(fcinfo, 0);
  ArrayType *array = new_array(FLOAT4OID, vector->dim);
  std::copy(vector->x, vector->x + vector->dim, reinterpret_cast<float *>(ARR_DATA_PTR(array)));
  PG_RETURN_ARRAYTYPE_P(array);
}

VEXPG_FUNCTION(vexpg_int8vec_to_int4) {
  const auto *vector = argument<Int8vecType>(fcinfo, 0);
  ArrayType *array = new_array(INT4OID, vector->dim);
  std::copy(vector->x, vector->x + vector->dim, reinterpret_cast<int32_t *>(ARR_DATA_PTR(array)));
  PG_RETURN_ARRAYTYPE_P(array);
}

VEXPG_FUNCTION(vexpg_vector_to_sparsevec) {
  const auto *vector = argument<VectorType>(fcinfo, 0);
  require_typmod(PG_GETARG_INT32(1), vector->dim);
  PG_RETURN_POINTER(sparse_from(vector->x, vector->dim));
}

VEXPG_FUNCTION(vexpg_halfvec_to_sparsevec) {
  const auto *half = argument<HalfvecType>(fcinfo, 0);
  require_typmod(PG_GETARG_INT32(1), half->dim);
  PG_RETURN_POINTER(sparse_from(floats_from_half(half), half->dim));
}
