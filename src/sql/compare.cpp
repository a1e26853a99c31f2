// SPDX-License-Identifier: PostgreSQL
// The order of the types, for btree, DISTINCT and merge joins: by the first element that differs, then by length.
#include "sql/checks.hpp"

namespace vexpg::sql {
namespace {

template <class Type>
int compare_dense(const typename Type::Value &a, const typename Type::Value &b) {
  const int common = std::min(a.dim, b.dim);
  for (int i = 0; i < common; i++) {
    const float x = Type::to_float(a.x[i]);
    const float y = Type::to_float(b.x[i]);
    if (x != y) return x < y ? -1 : 1;
  }
  return a.dim == b.dim ? 0 : a.dim < b.dim ? -1 : 1;
}

int compare(const types::Vector &a, const types::Vector &b) { return compare_dense<VectorType>(a, b); }
int compare(const types::HalfVector &a, const types::HalfVector &b) { return compare_dense<HalfvecType>(a, b); }
int compare(const types::Int8Vector &a, const types::Int8Vector &b) { return compare_dense<Int8vecType>(a, b); }
int compare(const types::SparseVector &a, const types::SparseVector &b) { return types::compare_sparse(a, b); }

template <class Type>
int compare_arguments(FunctionCallInfo fcinfo) {
  const auto *a = argument<Type>(fcinfo, 0);
  const auto *b = argument<Type>(fcinfo, 1);
  const int order = compare(*a, *b);
  pg::release(a, PG_GETARG_DATUM(0));
  pg::release(b, PG_GETARG_DATUM(1));
  return order;
}

}  // namespace
}  // namespace vexpg::sql

using namespace vexpg::sql;

VEXPG_FUNCTION(vexpg_vector_lt) { PG_RETURN_BOOL(compare_arguments<VectorType>(fcinfo) < 0); }
VEXPG_FUNCTION(vexpg_vector_le) { PG_RETURN_BOOL(compare_arguments<VectorType>(fcinfo) <= 0); }
VEXPG_FUNCTION(vexpg_vector_eq) { PG_RETURN_BOOL(compare_arguments<VectorType>(fcinfo) == 0); }
VEXPG_FUNCTION(vexpg_vector_ne) { PG_RETURN_BOOL(compare_arguments<VectorType>(fcinfo) != 0); }
VEXPG_FUNCTION(vexpg_vector_ge) { PG_RETURN_BOOL(compare_arguments<VectorType>(fcinfo) >= 0); }
VEXPG_FUNCTION(vexpg_vector_gt) { PG_RETURN_BOOL(compare_arguments<VectorType>(fcinfo) > 0); }
VEXPG_FUNCTION(vexpg_vector_cmp) { PG_RETURN_INT32(compare_arguments<VectorType>(fcinfo)); }

VEXPG_FUNCTION(vexpg_halfvec_lt) { PG_RETURN_BOOL(compare_arguments<HalfvecType>(fcinfo) < 0); }
VEXPG_FUNCTION(vexpg_halfvec_le) { PG_RETURN_BOOL(compare_arguments<HalfvecType>(fcinfo) <= 0); }
VEXPG_FUNCTION(vexpg_halfvec_eq) { PG_RETURN_BOOL(compare_arguments<HalfvecType>(fcinfo) == 0); }
VEXPG_FUNCTION(vexpg_halfvec_ne) { PG_RETURN_BOOL(compare_arguments<HalfvecType>(fcinfo) != 0); }
VEXPG_FUNCTION(vexpg_halfvec_ge) { PG_RETURN_BOOL(compare_arguments<HalfvecType>(fcinfo) >= 0); }
VEXPG_FUNCTION(vexpg_halfvec_gt) { PG_RETURN_BOOL(compare_arguments<HalfvecType>(fcinfo) > 0); }
VEXPG_FUNCTION(vexpg_halfvec_cmp) { PG_RETURN_INT32(compare_arguments<HalfvecType>(fcinfo)); }

VEXPG_FUNCTION(vexpg_int8vec_lt) { PG_RETURN_BOOL(compare_arguments<Int8vecType>(fcinfo) < 0); }
VEXPG_FUNCTION(vexpg_int8vec_le) { PG_RETURN_BOOL(compare_arguments<Int8vecType>(fcinfo) <= 0); }
VEXPG_FUNCTION(vexpg_int8vec_eq) { PG_RETURN_BOOL(compare_arguments<Int8vecType>(fcinfo) == 0); }
VEXPG_FUNCTION(vexpg_int8vec_ne) { PG_RETURN_BOOL(compare_arguments<Int8vecType>(fcinfo) != 0); }
VEXPG_FUNCTION(vexpg_int8vec_ge) { PG_RETURN_BOOL(compare_arguments<Int8vecType>(fcinfo) >= 0); }
VEXPG_FUNCTION(vexpg_int8vec_gt) { PG_RETURN_BOOL(compare_arguments<Int8vecType>(fcinfo) > 0); }
VEXPG_FUNCTION(vexpg_int8vec_cmp) { PG_RETURN_INT32(compare_arguments<Int8vecType>(fcinfo)); }

VEXPG_FUNCTION(vexpg_sparsevec_lt) { PG_RETURN_BOOL(compare_arguments<SparsevecType>(fcinfo) < 0); }
VEXPG_FUNCTION(vexpg_sparsevec_le) { PG_RETURN_BOOL(compare_arguments<SparsevecType>(fcinfo) <= 0); }
VEXPG_FUNCTION(vexpg_sparsevec_eq) { PG_RETURN_BOOL(compare_arguments<SparsevecType>(fcinfo) == 0); }
VEXPG_FUNCTION(vexpg_sparsevec_ne) { PG_RETURN_BOOL(compare_arguments<SparsevecType>(fcinfo) != 0); }
VEXPG_FUNCTION(vexpg_sparsevec_ge) { PG_RETURN_BOOL(compare_arguments<SparsevecType>(fcinfo) >= 0); }
VEXPG_FUNCTION(vexpg_sparsevec_gt) { PG_RETURN_BOOL(compare_arguments<SparsevecType>(fcinfo) > 0); }
VEXPG_FUNCTION(vexpg_sparsevec_cmp) { PG_RETURN_INT32(compare_arguments<SparsevecType>(fcinfo)); }
