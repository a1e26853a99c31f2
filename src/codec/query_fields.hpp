// SPDX-License-Identifier: PostgreSQL
// The fields of a Query that every way to prepare one fills alike.
#pragma once
#include "codec/codec.hpp"

namespace vexpg::codec {

// What score() needs to know of a query q' = step * integers / weight of one.
struct ScoreTerms {
  double norm2;      // |q'|^2
  double step;       // of the integers in `high`
  double sum;        // of those integers
  double own_error;  // variance of a component of the query's own rounding
};

// Kernels and sizes; everything else zero.
void set_common_fields(const Shape &shape, Metric metric, Query *query);
// bias, weights, offsets and margin of score() and score_both().
void set_score_fields(const Shape &shape, const ScoreTerms &terms, Query *query);

// Of a code with this squared norm under inner product.
void set_height(float norm2, Query *query);

}  // namespace vexpg::codec
