// SPDX-License-Identifier: PostgreSQL
// The random rotation P of a codec: any dimension, no padding, O(dim log dim), the same bits on every CPU.
//
// Four rounds; each flips random signs and applies a normalised Hadamard transform to the largest power-of-two window,
// alternately the first and the last components. Where the window is not the whole vector, every second round ends with a
// Kac step, which mixes the two halves. (A Kac step in every round, as in the RaBitQ library, costs more and mixes less:
// a spike in the half that the first window misses keeps 6 % of its energy in each of two components to the end.)
// P is orthogonal; what is computed differs from it by at most rotation_error(dim) * |x| in norm.
#pragma once
#include <cstdint>

namespace vexpg::codec {

// Rotates x in place. signs: kRotationRounds * ceil(dim / 64) words, from fill_signs. dim >= 1.
void rotate(uint32_t dim, const uint64_t *signs, float *x);

// Worst case over all x without underflow: each rounding of a stage moves the vector by at most 2^-24 of its norm.
double rotation_error(uint32_t dim);

}  // namespace vexpg::codec
