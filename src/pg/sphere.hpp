// SPDX-License-Identifier: PostgreSQL
// All that lies within a distance of a vector, as SQL has it: a row (center, radius) of a type such as sphere_vector.
#pragma once
#include "pg/pg.hpp"

namespace vexpg::pg {

struct Sphere {
  Datum center;
  double radius;
};

// False if the centre or the radius is NULL: then nothing is known to lie within.
inline bool read_sphere(Datum value, Sphere *out) {
  HeapTupleHeader row = DatumGetHeapTupleHeader(value);
  bool no_center, no_radius;
  out->center = GetAttributeByNum(row, 1, &no_center);
  Datum radius = GetAttributeByNum(row, 2, &no_radius);
  if (no_center || no_radius) return false;
  out->radius = DatumGetFloat8(radius);
  return true;
}

// The border is within. As comparisons of float8 have it: NaN lies beyond every number.
inline bool within(double distance, double radius) { return float8_le(distance, radius); }

}  // namespace vexpg::pg
