// SPDX-License-Identifier: PostgreSQL
// L1: a centred vector rounded to a grid without a rotation, which would not keep this distance (codings.hpp).
#include <limits>

#include "codec/codings.hpp"
#include "codec/grid.hpp"

namespace vexpg::codec {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kMargins = 3;      // emission takes so many margins at least
constexpr float kLargest = 1e34f;  // sums over all dimensions stay finite

// out = x - mean, each within 2^-24 of itself. Returns the largest magnitude.
float centre(const Model &model, const float *x, float *out) {
  float largest = 0;
  for (uint32_t i = 0; i < model.shape.dim; i++) {
    out[i] = static_cast<float>(static_cast<double>(x[i]) - static_cast<double>(model.mean[i]));
    largest = greatest(absolute(out[i]), largest);
  }
  return largest;
}

// Sum over all dimensions of |d - value of its integer|, for integers of `refine` more bits than the first plane's.
float cost_of(const Shape &shape, uint8_t refine, const float *d, float range) {
  const Grid grid = make_grid(shape.bits, refine, range);
  const float step = 1 / grid.factor;
  LaneSum sum;
  for_lanes(shape.dim, [&](auto lane, uint32_t i) {
    auto v = load<decltype(lane)>(d + i);
    sum.add(absolute(v - (to_float(quantise(grid, clamp_to(grid, v))) - grid.centre) * step));
  });
  return sum.total();
}

// The range of the least error: from the largest magnitude down, until a smaller one costs more. With two planes the
// error of both, which loosens bounds, weighs more.
float choose_range(const Shape &shape, const float *d, float largest) {
  constexpr float kFiner = 0.8f, kWeight = 8;
  constexpr int kMostSteps = 16;
  float best = largest, best_cost = std::numeric_limits<float>::infinity(), range = largest;
  for (int i = 0; i < kMostSteps; i++, range *= kFiner) {
    float cost = cost_of(shape, 0, d, range);
    if (shape.refine > 0) cost += kWeight * cost_of(shape, shape.refine, d, range);
    if (!(cost < best_cost)) break;
    best = range;
    best_cost = cost;
  }
  return best;
}

uint32_t whole_at(const Query &query, const Planes &code, uint32_t d) {
  uint32_t u = integer_at(code.code, query.code_bytes, query.bits, d);
  if (query.refine_bytes == 0) return u;
  return u << query.refine_bits | integer_at(code.refine, query.refine_bytes, query.refine_bits, d);
}

const float *floats_of(const Query &query) { return reinterpret_cast<const float *>(query.high); }

void prepare_floats(int8_t *planes, Query *query) {
  query->high = planes;
  query->curve = Curve::kGridL1;
}

}  // namespace

void encode_grid(const Model &model, const float *x, float *scratch, const CodeOut &out) {
  const Shape &shape = model.shape;
  const float largest = centre(model, x, scratch);
  const bool usable = largest < kLargest;
  if (!usable) memset(scratch, 0, sizeof(float) * shape.dim);
  // A range whose step would lose bits to underflow is none.
  const float range = usable && largest > 1e-30f ? choose_range(shape, scratch, largest) : 0;
  const Grid grid = make_grid(shape.bits, shape.refine, range);
  write_planes(shape, grid, scratch, out.code, out.refine);
  const float step = range > 0 ? 1 / grid.factor : 0;
  double left = 0, length = 0;
  for (uint32_t i = 0; i < shape.dim; i++) {
    const double d = static_cast<double>(scratch[i]);
    const int32_t u = quantise(grid, clamp_to(grid, scratch[i]));
    left += __builtin_fabs(d - static_cast<double>(step) * static_cast<double>(static_cast<float>(u) - grid.centre));
    length += __builtin_fabs(d);
  }
  *out.factors = {0, step * static_cast<float>(1u << shape.refine)};
  *out.refine_factors = {step, 0, std::numeric_limits<float>::infinity()};
  if (shape.refine > 0 && range > 0) {
    const float margin = cost_of(shape, 0, scratch, range) / kMargins;
    out.refine_factors->norm2 = margin * margin;
  }
  const double residual = left + length * 1.01 * kFloatUnit;
  if (usable) out.refine_factors->residual = static_cast<float>(residual * (1 + 0x1p-22) + 0x1p-120);
}

void prepare_grid_query(const Model &model, const float *q, int8_t *planes, Query *query) {
  const Shape &shape = model.shape;
  auto *floats = reinterpret_cast<float *>(planes);
  const float largest = centre(model, q, floats);
  double length = 0;
  if (!(largest < kLargest)) memset(planes, 0, sizeof(float) * shape.dim);
  for (uint32_t i = 0; i < shape.dim; i++) length += __builtin_fabs(static_cast<double>(floats[i]));
  prepare_floats(planes, query);
  query->norm = length;
  query->residual = largest < kLargest ? length * 1.01 * kFloatUnit : kInfinity;
  query->relative = (shape.dim / 4 + 17) * kFloatUnit;
  query->absolute = shape.dim * 0x1p-140;
  // The errors of the first plane may all have one sign. A node tells their sum; the query's own is a first guess.
  query->margin_weight = 1;
  query->norm2 = 0;
  if (shape.refine == 0 || !(largest < kLargest) || !(largest > 1e-30f)) return;
  const double margin = static_cast<double>(cost_of(shape, 0, floats, choose_range(shape, floats, largest)) / kMargins);
  query->norm2 = margin * margin;
}

void prepare_grid_code(const Shape &shape, const uint8_t *code, float step, int8_t *planes, Query *query) {
  auto *floats = reinterpret_cast<float *>(planes);
  const float middle = code_centre(shape.bits);
  for (uint32_t d = 0; d < shape.dim; d++)
    floats[d] = step * (static_cast<float>(integer_at(code, query->code_bytes, shape.bits, d)) - middle);
  prepare_floats(planes, query);
}

void prepare_grid_code_both(const Shape &shape, const Planes &code, float step, int8_t *planes, Query *query) {
  auto *floats = reinterpret_cast<float *>(planes);
  const float middle = whole_centre(shape.bits, shape.refine);
  for (uint32_t d = 0; d < shape.dim; d++) floats[d] = step * (static_cast<float>(whole_at(*query, code, d)) - middle);
  prepare_floats(planes, query);
}

float grid_l1(const Query &query, const uint8_t *code, float step) {
  const float *floats = floats_of(query);
  kernels::CodeField field{step, code_centre(query.bits), 0, query.bits};
  const auto l1_code = kernels::active().l1_code;
  float sum = 0;
  for (uint32_t from = 0; from < query.dim; from += query.code_bytes, field.shift += query.bits) {
    const uint32_t left = query.dim - from;
    sum += l1_code(code, floats + from, left < query.code_bytes ? left : query.code_bytes, field);
  }
  return sum;
}

float grid_l1_both(const Query &query, const Planes &code, float step) {
  if (query.refine_bytes == 0) return grid_l1(query, code.code, step);
  const float *floats = floats_of(query), middle = whole_centre(query.bits, query.refine_bits);
  float sums[4] = {0, 0, 0, 0};
  for (uint32_t d = 0; d < query.dim; d++)
    sums[d % 4] += __builtin_fabsf(floats[d] - step * (static_cast<float>(whole_at(query, code, d)) - middle));
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

Refined refined_grid(const Query &query, const Planes &code, const RefineFactors &factors) {
  const double distance = static_cast<double>(grid_l1_both(query, code, factors.step));
  const double residual = static_cast<double>(factors.residual) + query.residual;
  if (!(distance < 1e38 && residual < kInfinity)) return {-kInfinity, distance == distance ? distance : kInfinity};
  // Each term is rounded relative to |q| + |x^| <= 2 |q| + |q - x^|, and so is their sum.
  const double rounding = (query.relative + 8 * kFloatUnit) * (2 * query.norm + distance) * 1.01;
  const double bound = (distance - rounding - residual) * (1 - query.relative) - query.absolute;
  return {greatest(bound, 0.0), distance};
}

}  // namespace vexpg::codec
