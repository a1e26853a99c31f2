// SPDX-License-Identifier: PostgreSQL
// sphere(center, radius), and the operators that ask whether a value lies within one: distance <= radius.
#include "sql/within.hpp"

// A row of the function's result type, whatever type of vector it is made of.
VEXPG_FUNCTION(vexpg_sphere) {
  auto descriptor = static_cast<TupleDesc>(fcinfo->flinfo->fn_extra);
  if (descriptor == nullptr) {
    MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
    descriptor = lookup_rowtype_tupdesc_copy(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
    MemoryContextSwitchTo(old);
    fcinfo->flinfo->fn_extra = descriptor;
  }
  Datum values[2] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
  bool nulls[2] = {};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}

// NAME(value, sphere): is the value at most the radius away from the centre, by DISTANCE?
#define VEXPG_WITHIN(name, distance)                                                                \
  extern "C" Datum distance(PG_FUNCTION_ARGS);                                                      \
  VEXPG_FUNCTION(name) {                                                                            \
    vexpg::pg::Sphere sphere;                                                                       \
    if (!vexpg::pg::read_sphere(PG_GETARG_DATUM(1), &sphere)) PG_RETURN_NULL();                     \
    double measured = DatumGetFloat8(DirectFunctionCall2(distance, PG_GETARG_DATUM(0), sphere.center)); \
    PG_RETURN_BOOL(vexpg::pg::within(measured, sphere.radius));                                     \
  }                                                                                                 \
  static_assert(true)

// For all distances that a type of vector has an operator for.
#define VEXPG_WITHIN_OF(type)                                                          \
  VEXPG_WITHIN(vexpg_##type##_l2_within, vexpg_##type##_l2_distance);                   \
  VEXPG_WITHIN(vexpg_##type##_ip_within, vexpg_##type##_negative_inner_product);        \
  VEXPG_WITHIN(vexpg_##type##_cosine_within, vexpg_##type##_cosine_distance);           \
  VEXPG_WITHIN(vexpg_##type##_l1_within, vexpg_##type##_l1_distance)

VEXPG_WITHIN_OF(vector);
VEXPG_WITHIN_OF(halfvec);
VEXPG_WITHIN_OF(int8vec);
VEXPG_WITHIN_OF(sparsevec);
VEXPG_WITHIN(vexpg_bit_hamming_within, vexpg_hamming_distance);
VEXPG_WITHIN(vexpg_bit_jaccard_within, vexpg_jaccard_distance);

bool vexpg::sql::is_signed_distance(PGFunction within) {
  return within == vexpg_vector_ip_within || within == vexpg_halfvec_ip_within || within == vexpg_int8vec_ip_within ||
         within == vexpg_sparsevec_ip_within;
}
