// SPDX-License-Identifier: PostgreSQL
// The step that vectors and queries share: normalise, centre, scale, rotate.
#pragma once
#include "codec/codec.hpp"

namespace vexpg::codec {

struct Input {
  double post;    // what was written must be multiplied by this power of two
  double norm2;   // squared norm of what was written
  double error;   // |written - exact| at most, before post
  float largest;  // largest magnitude of what was written
  bool usable;    // false: components are zeros, since no float arithmetic can hold this vector
  bool in_range;  // false: the operator's own float arithmetic may underflow or overflow, so nothing bounds its result
};

// out: dim floats = scale * P (x - mean) / post, x normalised first under cosine.
Input rotate_input(const Model &model, const float *x, float *out);

// Squared norm in double.
double norm2_of(uint32_t dim, const float *x);

}  // namespace vexpg::codec
