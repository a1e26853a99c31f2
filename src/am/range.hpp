// SPDX-License-Identifier: PostgreSQL
// Range search: WHERE column <-> value < radius (<=, >, >=; any distance operator) and its index form,
// WHERE column <<->> sphere(value, radius).
//
// The planner matches only the index form by itself. For the natural form range_paths.cpp derives the index form as a
// lossy index condition, in the way of a support function: the plan keeps the clause that the user wrote as its filter,
// and the index tells the scan where to begin and where to stop.
#pragma once
#include "am/am.hpp"

namespace vexpg::am {

// Makes the planner consider range scans; idempotent. Whoever plans a query on one of our indexes has called the
// handler before, so that is where this is called.
void install_range_paths();

// Whether a path has a sphere to search in, and what share of the rows its spheres hold together (1 if none).
bool has_sphere(const IndexPath *path);
Selectivity sphere_selectivity(PlannerInfo *root, const IndexPath *path);

// What the sphere keys of a scan ask for.
struct Range {
  bool empty;      // a key is NULL: no row
  bool given;      // there is a sphere around `center`; else the radius says nothing
  bool recheck;    // there are others, around other centres: the executor must look at each row
  Datum center;
  double radius;   // the least of those around `center`
};
// center: what rows are ordered by, if they are; else the centre of the first sphere is taken.
Range range_of_keys(const ScanKeyData *keys, int key_count, int vector_column, const ScanKeyData *order_by);

}  // namespace vexpg::am
