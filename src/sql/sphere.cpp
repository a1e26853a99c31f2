// SPDX-License-Identifier: PostgreSQL
// sphere(center, radius), and the operators that ask whether a value lies within one: distance <= radius.
#include "pg/sphere.hpp"

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

VEXPG_WITHIN(vexpg_vector_l2_within, vexpg_vector_l2_distance);
VEXPG_WITHIN(vexpg_vector_ip_within, vexpg_vector_negative_inner_product);
VEXPG_WITHIN(vexpg_vector_cosine_within, vexpg_vector_cosine_distance);
VEXPG_WITHIN(vexpg_halfvec_l2_within, vexpg_halfvec_l2_distance);
VEXPG_WITHIN(vexpg_halfvec_ip_within, vexpg_halfvec_negative_inner_product);
VEXPG_WITHIN(vexpg_halfvec_cosine_within, vexpg_halfvec_cosine_distance);
