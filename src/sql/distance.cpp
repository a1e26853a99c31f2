// SPDX-License-Identifier: PostgreSQL
// Distances between two values of vector, halfvec, int8vec or sparsevec, as float8. Smaller is nearer for every operator.
#include "sql/checks.hpp"
#include "pg/memo.hpp"

namespace vexpg::sql {
namespace {

// The cosine's parts, which a zero vector (or an overflow) makes NaN; rounding may not leave [-1, 1].
double cosine_distance(double dot, double norm2_a, double norm2_b) {
  const double similarity = dot / std::sqrt(norm2_a * norm2_b);
  if (similarity > 1) return 0;
  return similarity < -1 ? 2 : 1 - similarity;
}

// The angle between two unit vectors, in half turns.
double spherical_distance(double dot) { return std::acos(std::clamp(dot, -1.0, 1.0)) / M_PI; }

size_t dim_of(const Pair<VectorType> &pair) { return static_cast<size_t>(pair.a->dim); }
size_t dim_of(const Pair<HalfvecType> &pair) { return static_cast<size_t>(pair.a->dim); }
size_t dim_of(const Pair<Int8vecType> &pair) { return static_cast<size_t>(pair.a->dim); }

double l2_squared(const Pair<VectorType> &p) { return kernels::active().l2_squared(p.a->x, p.b->x, dim_of(p)); }
double l2_squared(const Pair<HalfvecType> &p) { return kernels::active().half_l2_squared(p.a->x, p.b->x, dim_of(p)); }
double l2_squared(const Pair<Int8vecType> &p) { return kernels::active().int8_l2_squared(p.a->x, p.b->x, dim_of(p)); }
double l2_squared(const Pair<SparsevecType> &p) { return types::sparse_l2_squared(*p.a, *p.b); }

double inner_product(const Pair<VectorType> &p) { return kernels::active().inner_product(p.a->x, p.b->x, dim_of(p)); }
double inner_product(const Pair<HalfvecType> &p) {
  return kernels::active().half_inner_product(p.a->x, p.b->x, dim_of(p));
}
double inner_product(const Pair<Int8vecType> &p) { return kernels::active().int8_inner_product(p.a->x, p.b->x, dim_of(p)); }
double inner_product(const Pair<SparsevecType> &p) { return types::sparse_inner_product(*p.a, *p.b); }

double l1(const Pair<VectorType> &p) { return kernels::active().l1(p.a->x, p.b->x, dim_of(p)); }
double l1(const Pair<HalfvecType> &p) { return kernels::active().half_l1(p.a->x, p.b->x, dim_of(p)); }
double l1(const Pair<Int8vecType> &p) { return kernels::active().int8_l1(p.a->x, p.b->x, dim_of(p)); }
double l1(const Pair<SparsevecType> &p) { return types::sparse_l1(*p.a, *p.b); }

double cosine(const Pair<VectorType> &p) {
  const kernels::CosineParts parts = kernels::active().cosine(p.a->x, p.b->x, dim_of(p));
  return cosine_distance(parts.dot, parts.norm2_a, parts.norm2_b);
}

double cosine(const Pair<HalfvecType> &p) {
  const kernels::CosineParts parts = kernels::active().half_cosine(p.a->x, p.b->x, dim_of(p));
  return cosine_distance(parts.dot, parts.norm2_a, parts.norm2_b);
}

double cosine(const Pair<Int8vecType> &p) {
  const kernels::Int8CosineParts parts = kernels::active().int8_cosine(p.a->x, p.b->x, dim_of(p));
  return cosine_distance(parts.dot, parts.norm2_a, parts.norm2_b);
}

double cosine(const Pair<SparsevecType> &p) {
  return cosine_distance(types::sparse_inner_product(*p.a, *p.b), types::sparse_norm_squared(*p.a),
                         types::sparse_norm_squared(*p.b));
}

template <class Type, double (*kMeasure)(const Pair<Type> &)>
Datum measure(FunctionCallInfo fcinfo) {
  const PGFunction name = fcinfo->flinfo != nullptr ? fcinfo->flinfo->fn_addr : nullptr;
  const Datum a = PG_GETARG_DATUM(0), b = PG_GETARG_DATUM(1);
  double distance;
  if (pg::recall_distance(name, a, b, &distance)) PG_RETURN_FLOAT8(distance);
  distance = kMeasure(pair_arguments<Type>(fcinfo));
  pg::remember_distance(name, a, b, distance);
  PG_RETURN_FLOAT8(distance);
}

template <class Type>
double l2(const Pair<Type> &pair) {
  return std::sqrt(l2_squared(pair));
}

template <class Type>
double negative_inner_product(const Pair<Type> &pair) {
  return -inner_product(pair);
}

template <class Type>
double spherical(const Pair<Type> &pair) {
  return spherical_distance(inner_product(pair));
}

}  // namespace
}  // namespace vexpg::sql

using namespace vexpg::sql;

VEXPG_FUNCTION(vexpg_vector_l2_distance) { return measure<VectorType, l2<VectorType>>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_l2_squared_distance) { return measure<VectorType, l2_squared>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_inner_product) { return measure<VectorType, inner_product>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_negative_inner_product) {
  return measure<VectorType, negative_inner_product<VectorType>>(fcinfo);
}
VEXPG_FUNCTION(vexpg_vector_cosine_distance) { return measure<VectorType, cosine>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_spherical_distance) { return measure<VectorType, spherical<VectorType>>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_l1_distance) { return measure<VectorType, l1>(fcinfo); }

VEXPG_FUNCTION(vexpg_halfvec_l2_distance) { return measure<HalfvecType, l2<HalfvecType>>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_l2_squared_distance) { return measure<HalfvecType, l2_squared>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_inner_product) { return measure<HalfvecType, inner_product>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_negative_inner_product) {
  return measure<HalfvecType, negative_inner_product<HalfvecType>>(fcinfo);
}
VEXPG_FUNCTION(vexpg_halfvec_cosine_distance) { return measure<HalfvecType, cosine>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_spherical_distance) { return measure<HalfvecType, spherical<HalfvecType>>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_l1_distance) { return measure<HalfvecType, l1>(fcinfo); }

VEXPG_FUNCTION(vexpg_int8vec_l2_distance) { return measure<Int8vecType, l2<Int8vecType>>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_l2_squared_distance) { return measure<Int8vecType, l2_squared>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_inner_product) { return measure<Int8vecType, inner_product>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_negative_inner_product) {
  return measure<Int8vecType, negative_inner_product<Int8vecType>>(fcinfo);
}
VEXPG_FUNCTION(vexpg_int8vec_cosine_distance) { return measure<Int8vecType, cosine>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_l1_distance) { return measure<Int8vecType, l1>(fcinfo); }

VEXPG_FUNCTION(vexpg_sparsevec_l2_distance) { return measure<SparsevecType, l2<SparsevecType>>(fcinfo); }
VEXPG_FUNCTION(vexpg_sparsevec_l2_squared_distance) { return measure<SparsevecType, l2_squared>(fcinfo); }
VEXPG_FUNCTION(vexpg_sparsevec_inner_product) { return measure<SparsevecType, inner_product>(fcinfo); }
VEXPG_FUNCTION(vexpg_sparsevec_negative_inner_product) {
  return measure<SparsevecType, negative_inner_product<SparsevecType>>(fcinfo);
}
VEXPG_FUNCTION(vexpg_sparsevec_cosine_distance) { return measure<SparsevecType, cosine>(fcinfo); }
VEXPG_FUNCTION(vexpg_sparsevec_l1_distance) { return measure<SparsevecType, l1>(fcinfo); }
