// SPDX-License-Identifier: PostgreSQL
// avg of vector, halfvec and int8vec, and sum(int8vec), whose results are vectors. The state is a float8 array: the number of rows, then the sum of each element; before
// the first row it is {0}.
#include "sql/checks.hpp"

namespace vexpg::sql {
namespace {

struct State {
  ArrayType *array;
  double *values;  // [0] the number of rows, [1..dim] the sums
  int dim;

  double count() const { return values[0]; }
};

// Anyone may call the functions with any array, so nothing about it is taken on trust.
State state_from(ArrayType *array, const char *caller) {
  if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] < 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != FLOAT8OID) {
    elog(ERROR, "%s: expected state array", caller);
  }
  return {array, reinterpret_cast<double *>(ARR_DATA_PTR(array)), ARR_DIMS(array)[0] - 1};
}

State new_state(int dim) {
  const size_t bytes = ARR_OVERHEAD_NONULLS(1) + (static_cast<size_t>(dim) + 1) * sizeof(double);
  ArrayType *array = static_cast<ArrayType *>(palloc0(bytes));
  SET_VARSIZE(array, bytes);
  array->ndim = 1;
  array->elemtype = FLOAT8OID;
  ARR_DIMS(array)[0] = dim + 1;
  ARR_LBOUND(array)[0] = 1;
  return {array, reinterpret_cast<double *>(ARR_DATA_PTR(array)), dim};
}

// The state of an aggregate may be changed in place; an argument of a plain call may not.
State writable(FunctionCallInfo fcinfo, const State &state) {
  if (AggCheckCallContext(fcinfo, nullptr) != 0) return state;
  const State copy = new_state(state.dim);
  std::copy(state.values, state.values + state.dim + 1, copy.values);
  return copy;
}

template <class Type>
Datum accumulate(FunctionCallInfo fcinfo, const char *caller) {
  const State before = state_from(PG_GETARG_ARRAYTYPE_P(0), caller);
  const auto *value = argument<Type>(fcinfo, 1);
  if (before.dim != 0) require_typmod(before.dim, value->dim);
  const State state = before.dim == 0 ? new_state(value->dim) : writable(fcinfo, before);
  state.values[0] = before.values[0] + 1;
  bool overflow = false;
  for (int i = 0; i < state.dim; i++) {
    const double x = Type::to_float(value->x[i]);
    state.values[i + 1] = before.dim == 0 ? x : state.values[i + 1] + x;
    overflow |= std::isinf(state.values[i + 1]);
  }
  if (overflow) float_overflow_error();
  PG_RETURN_ARRAYTYPE_P(state.array);
}

// The sums divided by the number of rows, or by 1.
template <class Type>
Datum quotient(FunctionCallInfo fcinfo, const char *caller, bool mean_wanted) {
  const State state = state_from(PG_GETARG_ARRAYTYPE_P(0), caller);
  if (state.count() == 0) PG_RETURN_NULL();
  require(types::check_dimensions(state.dim), Type::kName);
  const double divisor = mean_wanted ? state.count() : 1;
  typename Type::Value *result = Type::make(state.dim);
  for (int i = 0; i < state.dim; i++) {
    const float mean = static_cast<float>(state.values[i + 1] / divisor);
    result->x[i] = Type::from_float(mean);
    if (Type::is_infinite(result->x[i]) && !std::isinf(mean)) {
      char number[FLOAT_SHORTEST_DECIMAL_LEN];
      float_to_shortest_decimal_buf(mean, number);
      raise_out_of_range(number, Type::kName);
    }
    require(Type::check(result->x[i]), Type::kName);
  }
  PG_RETURN_POINTER(result);
}

}  // namespace
}  // namespace vexpg::sql

using namespace vexpg::sql;

VEXPG_FUNCTION(vexpg_vector_accum) { return accumulate<VectorType>(fcinfo, "vector_accum"); }
VEXPG_FUNCTION(vexpg_vector_avg) { return quotient<VectorType>(fcinfo, "vector_avg", true); }
VEXPG_FUNCTION(vexpg_halfvec_accum) { return accumulate<HalfvecType>(fcinfo, "halfvec_accum"); }
VEXPG_FUNCTION(vexpg_halfvec_avg) { return quotient<HalfvecType>(fcinfo, "halfvec_avg", true); }
VEXPG_FUNCTION(vexpg_int8vec_accum) { return accumulate<Int8vecType>(fcinfo, "int8vec_accum"); }
VEXPG_FUNCTION(vexpg_int8vec_sum) { return quotient<VectorType>(fcinfo, "int8vec_sum", false); }

VEXPG_FUNCTION(vexpg_vector_combine) {
  const State a = state_from(PG_GETARG_ARRAYTYPE_P(0), "vector_combine");
  const State b = state_from(PG_GETARG_ARRAYTYPE_P(1), "vector_combine");
  if (b.count() == 0) PG_RETURN_ARRAYTYPE_P(a.array);
  if (a.count() == 0) PG_RETURN_ARRAYTYPE_P(b.array);
  require_typmod(a.dim, b.dim);
  const State sum = writable(fcinfo, a);
  bool overflow = false;
  sum.values[0] += b.values[0];
  for (int i = 1; i <= sum.dim; i++) {
    sum.values[i] += b.values[i];
    overflow |= std::isinf(sum.values[i]);
  }
  if (overflow) float_overflow_error();
  PG_RETURN_ARRAYTYPE_P(sum.array);
}
