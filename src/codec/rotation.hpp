// SPDX-License-Identifier: PostgreSQL
// The random rotation P of a codec: any dimension, no padding, O(dim log dim), the same bits on every CPU.
//
// Four rounds; each flips random signs, applies a normalised Hadamard transform to the largest power-of-two window
// (alternately the first and the last components) and, where the window is not the whole vector, mixes the two halves by
// a Kac step. P is orthogonal; what is computed differs from it by at most rotation_error(dim) * |x| in norm.
#pragma once
#include <cstdint>

namespace vexpg::codec {

// Rotates x in place. signs: kRotationRounds * ceil(dim / 64) words, from fill_signs. dim >= 1.
void rotate(uint32_t dim, const uint64_t *signs, float *x);

// Worst case over all x without underflow: each rounding of a stage moves the vector by at most 2^-24 of its norm.
double rotation_error(uint32_t dim);

}  // namespace vexpg::codec
