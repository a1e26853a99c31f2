// SPDX-License-Identifier: PostgreSQL
// A vector becomes its code: the range of the grid is chosen per vector, then every component is rounded (codec.hpp).
#include <limits>

#include "codec/codings.hpp"
#include "codec/grid.hpp"
#include "codec/input.hpp"

namespace vexpg::codec {

namespace {

constexpr float kFactorMax = 1e15f, kNorm2Max = 1e37f;  // finite products in score(), whatever the arguments

// Ranges to try, in deviations of the components, and what an error of both planes weighs against one of the first. Both
// planes want a wide grid, since what they cut off loosens every bound; the first plane alone wants a narrow one. Measured
// on text embeddings of 512 dimensions at 4 + 4 bits: weight 0 gives a residual of 3.1 % and 12.5 rows fetched in vain for
// a LIMIT of 10, weight 32 0.8 % and 2.2 rows, for a tenth more error in the first plane.
struct RangeLadder {
  float lowest, step;
  int count;
  float refine_weight;
};
RangeLadder ladder_of(const Shape &shape) {
  const bool alone = shape.refine == 0;
  switch (shape.bits) {
    case 1: return {2.4f, 0.2f, 8, 1};
    case 2: return alone ? RangeLadder{1.2f, 0.2f, 8, 0} : RangeLadder{1.8f, 0.2f, 8, 8};
    default: return alone ? RangeLadder{2.0f, 0.2f, 8, 0} : RangeLadder{2.8f, 0.2f, 6, 32};
  }
}

// What a range costs: the squared error of the first plane after its best scaling, and the error of both planes (what is
// cut off, and the even error within cells), which loosens bounds, by weight.
float range_cost(const Shape &shape, const float *o, float norm2, float range, float refine_weight) {
  const Grid grid = make_grid(shape.bits, 0, range);
  LaneSum along, length, cut;
  for_lanes(shape.dim, [&](auto lane, uint32_t i) {
    auto v = load<decltype(lane)>(o + i);
    auto clamped = clamp_to(grid, v);
    auto w = to_float(quantise(grid, clamped)) - grid.centre;
    along.add(v * w);
    length.add(w * w);
    cut.add((v - clamped) * (v - clamped));
  });
  float first = norm2 - along.total() * along.total() / length.total();
  if (shape.refine == 0) return first;
  float cell = 2 * range / static_cast<float>(1u << (shape.bits + shape.refine));
  return first + refine_weight * (cut.total() + static_cast<float>(shape.dim) * cell * cell / 12);
}

float choose_range(const Shape &shape, const float *o, const Input &input) {
  // Eight bits lose more by cutting off than by a wider grid; a single sign has no range.
  if (shape.bits == 8 || (shape.bits == 1 && shape.refine == 0)) return input.largest;
  const float norm2 = static_cast<float>(input.norm2);
  const float deviation = __builtin_sqrtf(norm2 / static_cast<float>(shape.dim));
  const RangeLadder ladder = ladder_of(shape);
  float best = input.largest, best_cost = std::numeric_limits<float>::infinity();
  for (int i = 0; i < ladder.count; i++) {
    float range = least(deviation * (ladder.lowest + ladder.step * static_cast<float>(i)), input.largest);
    float cost = range_cost(shape, o, norm2, range, ladder.refine_weight);
    if (cost < best_cost) {
      best = range;
      best_cost = cost;
    }
    if (range == input.largest) break;
  }
  return best;
}

// Sixteen integers to their places in a plane of b bits; d is a multiple of 16.
void put_block(const uint8_t *values, uint32_t d, uint32_t b, uint32_t bytes, uint8_t *plane) {
  uint8_t *out = plane + d % bytes;
  const uint32_t shift = d / bytes * b;
  for (int k = 0; k < 16; k++) out[k] = static_cast<uint8_t>(out[k] | values[k] << shift);
}

// |o - step * w|, at most: the float sum's error and that of its terms are added.
double residual_of(const Shape &shape, const Grid &grid, const float *o, double norm2, float step) {
  LaneSum sum;
  for_lanes(shape.dim, [&](auto lane, uint32_t i) {
    auto v = load<decltype(lane)>(o + i);
    auto error = v - (to_float(quantise(grid, clamp_to(grid, v))) - grid.centre) * step;
    sum.add(error * error);
  });
  double relative = (shape.dim / 4 + 12) * kFloatUnit;
  double length = __builtin_sqrt(sum.total()) * (1 + relative);
  // A term's product is off by u of itself, |step * w| <= |o| + error in sum; squares below 2^-126 may vanish.
  return length * (1 + kFloatUnit) + 1.01 * kFloatUnit * (__builtin_sqrt(norm2) + length) +
         0x1p-70 * __builtin_sqrt(static_cast<double>(shape.dim));
}

float at_most(double value, float limit) { return value < limit ? static_cast<float>(value) : limit; }

bool finite_float(double value) { return value <= std::numeric_limits<float>::max(); }

}  // namespace

PlaneSums write_planes(const Shape &shape, const Grid &grid, const float *o, uint8_t *code, uint8_t *refine) {
  const uint32_t code_bytes = shape.code_bytes(), refine_bytes = shape.refine_bytes();
  const int bits = shape.refine, mask = (1 << shape.refine) - 1;
  const float centre = code_centre(shape.bits);
  memset(code, 0, code_bytes);
  if (refine_bytes > 0) memset(refine, 0, refine_bytes);
  LaneSum first, whole;
  LaneSumDouble norm2;
  for (uint32_t d = 0; d < shape.dim; d += 16) {
    const uint32_t count = shape.dim - d < 16 ? shape.dim - d : 16;
    int32_t u[16] = {};
    for_lanes(count, [&](auto lane, uint32_t i) {
      auto v = load<decltype(lane)>(o + d + i);
      auto integer = quantise(grid, clamp_to(grid, v));
      memcpy(u + i, &integer, sizeof integer);
      auto w = to_float(integer) - grid.centre;
      first.add(v * (to_float(integer >> bits) - centre));
      whole.add(v * w);
      norm2.add_product(w, w);
    });
    uint8_t upper[16], lower[16];
    for (int k = 0; k < 16; k++) {
      upper[k] = static_cast<uint8_t>(u[k] >> bits);
      lower[k] = static_cast<uint8_t>(u[k] & mask);
    }
    put_block(upper, d, shape.bits, code_bytes, code);
    if (refine_bytes > 0) put_block(lower, d, shape.refine, refine_bytes, refine);
  }
  return {first.total(), whole.total(), norm2.total()};
}

void encode(const Model &model, const void *x, float *scratch, uint8_t *code, CodeFactors *factors, uint8_t *refine,
            RefineFactors *refine_factors) {
  const Shape &shape = model.shape;
  switch (shape.coding) {
    case Coding::kRotated: break;
    case Coding::kGrid:
      return encode_grid(model, static_cast<const float *>(x), scratch, {code, factors, refine, refine_factors});
    case Coding::kBits:
      return encode_bits(shape, *static_cast<const types::BitVector *>(x), {code, factors, refine, refine_factors});
    case Coding::kSparse:
      return encode_sparse(model, *static_cast<const types::SparseVector *>(x), scratch,
                           {code, factors, refine, refine_factors});
  }
  const Input input = rotate_input(model, static_cast<const float *>(x), scratch);
  const Grid grid = make_grid(shape.bits, shape.refine, choose_range(shape, scratch, input));
  const PlaneSums sums = write_planes(shape, grid, scratch, code, refine);
  const double norm2 = input.norm2 * input.post * input.post;
  *factors = {at_most(norm2, kNorm2Max), 0};
  *refine_factors = {0, 0, std::numeric_limits<float>::infinity()};
  if (!input.usable) {
    factors->norm2 = kNorm2Max;
    refine_factors->norm2 = kNorm2Max;
    return;
  }
  if (sums.first > 0) factors->scale = at_most(input.norm2 / sums.first * input.post, kFactorMax);
  // The scaling that leaves the smallest residual, as it will be stored.
  const double ideal = sums.norm2 > 0 ? sums.whole / sums.norm2 * input.post : 0;
  const float step = at_most(ideal, kFactorMax);
  const double code_norm2 = sums.norm2 * step * step;
  const double residual =
      (residual_of(shape, grid, scratch, input.norm2, static_cast<float>(step / input.post)) + input.error) * input.post;
  *refine_factors = {step, at_most(code_norm2, kNorm2Max), std::numeric_limits<float>::infinity()};
  const bool certain = input.in_range && ideal < kFactorMax && code_norm2 < kNorm2Max && finite_float(residual * 1.001);
  if (certain) refine_factors->residual = static_cast<float>(residual * (1 + 0x1p-22) + 0x1p-120);
}

}  // namespace vexpg::codec
