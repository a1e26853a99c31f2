// SPDX-License-Identifier: PostgreSQL
// How a rotated component becomes an integer of bits + refine bits, for a range [-h, h]; shared by all steps of encode().
#pragma once
#include "codec/codec.hpp"
#include "codec/lanes.hpp"

namespace vexpg::codec {

struct Grid {
  float limit;   // components are clamped to [-limit, limit], a little inside the range: every integer stays in bounds
  float factor;  // u = floor(o * factor + base)
  float base;
  float centre;  // the value of u is u - centre, in steps
};

// The grid of `refine` bits below `bits`; first-plane integers are the upper bits of u. range = 0: every u is the middle.
inline Grid make_grid(uint32_t bits, uint32_t refine, float range) {
  const float cells = static_cast<float>(1u << refine);
  const float reach = bits == 8 ? 127.5f * cells : static_cast<float>(1u << (bits + refine)) / 2;
  const float base = bits == 8 ? 128.5f * cells : reach;
  return {range * (1.0f - 0x1p-20f), range > 0 ? reach / range : 0, base, whole_centre(bits, refine)};
}

template <class V>
inline V clamp_to(const Grid &grid, V o) {
  return least(greatest(o, splat(-grid.limit, V{})), splat(grid.limit, V{}));
}
// Of a component that clamp_to() returned.
template <class V>
inline auto quantise(const Grid &grid, V clamped) {
  return truncate(clamped * grid.factor + grid.base);
}

struct PlaneSums {
  double first;  // <o, w> of the first plane
  double whole;  // <o, w> of both planes
  double norm2;  // |w|^2 of both planes
};

// Rounds o (dim floats) to both planes (encode.cpp).
PlaneSums write_planes(const Shape &shape, const Grid &grid, const float *o, uint8_t *code, uint8_t *refine);

// Of dimension d in a plane of b bits.
inline uint32_t integer_at(const uint8_t *plane, uint32_t bytes, uint32_t b, uint32_t d) {
  return static_cast<uint32_t>(plane[d % bytes]) >> (d / bytes * b) & ((1u << b) - 1);
}

}  // namespace vexpg::codec
