// SPDX-License-Identifier: PostgreSQL
// What the functions of spheres (sphere.cpp) and their estimator know of each other.
#pragma once
#include "pg/sphere.hpp"

extern "C" PGDLLEXPORT Datum vexpg_sphere(PG_FUNCTION_ARGS);

namespace vexpg::sql {

// Whether the distance that a function such as l2_within compares with the radius may be below zero.
bool is_signed_distance(PGFunction within);

}  // namespace vexpg::sql
