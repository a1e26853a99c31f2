// SPDX-License-Identifier: PostgreSQL
// A caller's vector as a query: 15-bit integers, and the bounds that they certify (codec.hpp).
#include <limits>

#include "codec/codings.hpp"
#include "codec/input.hpp"
#include "codec/lanes.hpp"
#include "codec/query_fields.hpp"
#include "codec/rotation.hpp"

namespace vexpg::codec {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kIntegerMax = 127 * 128;  // then high stays in [-127, 127] and low in [-64, 63]
constexpr double kOperatorMax = 0x1p126;  // float reductions whose terms sum to less cannot overflow
constexpr double kNorm2Least = 0x1p-100;  // squared norms whose float has all its bits, with room
constexpr double kDoubleSlack = 1e-14;    // for the few roundings of the bound's own arithmetic

struct Sums {
  double norm2;  // of the integers
  double error;  // squared, of the vector against step times the integers
  int32_t high;  // sum of the high parts
  int64_t whole;
};

// Rounds the vector to integers 128 * high + low. No tail is needed in the planes: they are zero beyond dim.
Sums write_query_planes(uint32_t dim, const float *q, float step, int8_t *high, int8_t *low) {
  const float factor = step > 0 ? 1 / step : 0;
  LaneSum error;
  LaneSumDouble norm2;
  Int4 high_lanes{}, low_lanes{};
  for_lanes(dim, [&](auto lane, uint32_t i) {
    using V = decltype(lane);
    auto v = load<V>(q + i);
    auto integer = truncate(v * factor + (v < 0 ? splat(-0.5f, V{}) : splat(0.5f, V{})));
    auto upper = (integer + 64) >> 7;
    auto lower = integer - (upper << 7);
    auto whole = to_float(integer);
    error.add((v - whole * step) * (v - whole * step));
    norm2.add_product(whole, whole);
    if constexpr (sizeof(V) == sizeof(Int4)) {
      high_lanes += upper;
      low_lanes += lower;
      for (int k = 0; k < 4; k++) {
        high[i + k] = static_cast<int8_t>(upper[k]);
        low[i + k] = static_cast<int8_t>(lower[k]);
      }
    } else {
      high_lanes[0] += upper;
      low_lanes[0] += lower;
      high[i] = static_cast<int8_t>(upper);
      low[i] = static_cast<int8_t>(lower);
    }
  });
  int32_t high_sum = (high_lanes[0] + high_lanes[1]) + (high_lanes[2] + high_lanes[3]);
  int32_t low_sum = (low_lanes[0] + low_lanes[1]) + (low_lanes[2] + low_lanes[3]);
  return {norm2.total(), error.total(), high_sum, int64_t{high_sum} * 128 + low_sum};
}

// The integers of both planes against the query: <u, 128 * high + low>, exact.
int64_t whole_dot(const Query &query, const uint8_t *code, const uint8_t *refine) {
  int64_t high = query.dot(code, query.high, query.code_bytes);
  int64_t low = query.dot(code, query.low, query.code_bytes);
  if (query.refine_bytes > 0) {
    const int64_t weight = int64_t{1} << query.refine_bits;
    high = high * weight + query.dot_refine(refine, query.high, query.refine_bytes);
    low = low * weight + query.dot_refine(refine, query.low, query.refine_bytes);
  }
  return high * 128 + low;
}

// What is known of one code against the query, in the scaled space. encode() scales x^ so that e = o - x^ is orthogonal to
// it but for rounding: o lies in a thin disc around the tip of x^.
struct Known {
  double norm;        // |x^|
  double residual;    // |e| at most: the radius of the disc
  double along;       // the component of q^ along x^
  double across2;     // the squared norm of the rest of q^
  double thickness;   // of e along x^, and the errors of norm and along
  double uncertain2;  // the error of across2
};

Known locate(const Query &query, double inner, const RefineFactors &factors) {
  Known known;
  const double norm2 = static_cast<double>(factors.norm2);
  known.norm = __builtin_sqrt(norm2);
  known.residual = static_cast<double>(factors.residual);
  if (norm2 >= kNorm2Least) {
    known.along = inner / known.norm;
  } else {  // too short to have a direction in float: part of the residual
    known.residual += known.norm + 0x1p-74;
    known.norm = 0;
    known.along = 0;
  }
  const double along = __builtin_fabs(known.along);
  known.across2 = query.norm2 - along * along;
  // norm2 went through one rounding to float.
  known.thickness = query.aslant * (known.norm + known.residual) + kFloatUnit * (known.norm + along) +
                    query.aslant_least;
  known.uncertain2 = 2 * kFloatUnit * along * along + kDoubleSlack * query.norm2;
  return known;
}

// |q' - o| at least: the distance of q^ from the disc, less what q^ is off q'.
double nearest_gap(const Query &query, const Known &known) {
  const double above = greatest(__builtin_fabs(known.along - known.norm) - known.thickness, 0.0);
  const double beside = __builtin_sqrt(greatest(known.across2 - known.uncertain2, 0.0)) - known.residual;
  const double squared = above * above + (beside > 0 ? beside * beside : 0);
  return __builtin_sqrt(squared) * (1 - kDoubleSlack) - query.residual;
}

double bound_l2(const Query &query, const Known &known) {
  // sqrt(d^2 (1 - relative) - absolute^2) >= d (1 - relative) - absolute
  const double distance = nearest_gap(query, known) * query.unit * (1 - query.relative) - query.absolute;
  return greatest(distance, 0.0);
}

double bound_cosine(const Query &query, const Known &known) {
  // Half the squared distance of the normalised vectors; numerator and root err by `relative` each.
  const double distance = greatest(nearest_gap(query, known), 0.0) * query.unit;
  return greatest(distance * distance / 2 * (1 - kDoubleSlack) - 2.01 * query.relative, 0.0);
}

double bound_inner_product(const Query &query, const Known &known, double inner) {
  // <q', o> = <q^, x^> + <q^, e> + <q' - q^, o>
  const double norm = (known.norm + known.residual) * (1 + kFloatUnit);
  const double beside = __builtin_sqrt(greatest(known.across2, 0.0) + known.uncertain2) * known.residual;
  const double most = inner + beside + __builtin_fabs(known.along) * known.thickness + query.residual * norm;
  const double product = (query.norm + query.residual) * norm * query.unit * query.unit;  // |q| |x| at most
  if (!(product < kOperatorMax)) return -kInfinity;
  return -most * query.unit * query.unit - product * (query.relative + kDoubleSlack) - query.absolute * query.absolute;
}

}  // namespace

void prepare_query(const Model &model, const void *q, float *scratch, int8_t *planes, Query *query) {
  const Shape &shape = model.shape;
  set_common_fields(shape, model.metric, query);
  switch (shape.coding) {
    case Coding::kRotated: break;
    case Coding::kGrid: return prepare_grid_query(model, static_cast<const float *>(q), planes, query);
    case Coding::kBits: return prepare_bits_query(shape, *static_cast<const types::BitVector *>(q), planes, query);
    case Coding::kSparse:
      return prepare_sparse_query(model, *static_cast<const types::SparseVector *>(q), scratch, planes, query);
  }
  const size_t entries = query_entries(shape) / 2;
  const Input input = rotate_input(model, static_cast<const float *>(q), scratch);
  const float step = input.largest * (1 / kIntegerMax);
  int8_t *low = planes + entries;
  const Sums sums = write_query_planes(shape.dim, scratch, step, planes, low);
  memset(planes + shape.dim, 0, entries - shape.dim);
  memset(low + shape.dim, 0, entries - shape.dim);

  query->high = planes;
  query->low = low;
  query->step = step * input.post;
  query->norm2 = sums.norm2 * query->step * query->step;
  query->norm = __builtin_sqrt(query->norm2) * (1 + kDoubleSlack);
  const double norm = __builtin_sqrt(input.norm2);
  // The float sum, the rounding of its terms, and squares below 2^-126 that vanish.
  const double relative = (shape.dim / 4 + 12) * kFloatUnit;
  const double error = __builtin_sqrt(sums.error) * (1 + relative) + 2.02 * kFloatUnit * norm +
                       0x1p-70 * __builtin_sqrt(static_cast<double>(shape.dim));
  query->residual = input.usable && input.in_range ? (error + input.error) * input.post : kInfinity;
  query->offset_whole = static_cast<double>(whole_centre(shape.bits, shape.refine)) * static_cast<double>(sums.whole);
  query->unit = 1.0 / static_cast<double>(model.scale);
  // encode() orthogonalises by a float sum, a float step, and the o that it computed.
  query->aslant = 1.02 * ((shape.dim / 4 + 12) * kFloatUnit + rotation_error(shape.dim));
  if (model.metric == Metric::kCosine) query->aslant_least = 0x1p-36 * static_cast<double>(model.scale);
  query->relative = (shape.dim / 4 + 17) * kFloatUnit;
  query->absolute = __builtin_sqrt(static_cast<double>(shape.dim) * 0x1p-147);

  ScoreTerms terms;
  terms.norm2 = input.norm2 * input.post * input.post;
  terms.step = 128 * query->step;
  terms.sum = sums.high;
  terms.own_error = terms.step * terms.step / 12;
  set_score_fields(shape, terms, query);
}

float score_both(const Query &query, const uint8_t *code, const uint8_t *refine, const RefineFactors &factors) {
  if (query.coding == Coding::kGrid) return grid_l1_both(query, {code, refine}, factors.step);
  const int64_t weight = int64_t{1} << query.refine_bits;
  int64_t dot = query.dot(code, query.high, query.code_bytes) * weight;
  if (query.refine_bytes > 0) dot += query.dot_refine(refine, query.high, query.refine_bytes);
  if (query.low_in_score) dot = whole_dot(query, code, refine);
  // The residual is orthogonal to the reconstruction, so |o|^2 and the unbiased factor follow from what is stored.
  const float residual2 = factors.residual < 1e15f ? factors.residual * factors.residual : 0;
  const float correction = factors.norm2 > 0 ? 1 + residual2 / factors.norm2 : 1;
  const float inner = static_cast<float>(static_cast<double>(dot) - query.offset_both) * correction * factors.step;
  const float norm2 = factors.norm2 + residual2;
  const float distance = query.bias + query.norm_weight * norm2 - query.weight_both * inner;
  return query.height > 0 ? distance - query.height * height_of(norm2) : distance;
}

Refined refined_distance(const Query &query, const uint8_t *code, const uint8_t *refine, const RefineFactors &factors) {
  switch (query.coding) {
    case Coding::kRotated: break;
    case Coding::kGrid: return refined_grid(query, {code, refine}, factors);
    case Coding::kBits: return refined_bits(query, code, factors);
    case Coding::kSparse: return refined_sparse(query, code, factors);
  }
  const double dot = static_cast<double>(whole_dot(query, code, refine)) - query.offset_whole;
  const double inner = dot * query.step * static_cast<double>(factors.step);
  const Known known = locate(query, inner, factors);
  // As in score_both: the unbiased estimate.
  const double norm2 = static_cast<double>(factors.norm2);
  const double residual2 = known.residual < 1e18 ? known.residual * known.residual : 0;
  const double unbiased = norm2 > 0 ? inner * (1 + residual2 / norm2) : inner;
  const double squared = greatest(norm2 + residual2 + query.norm2 - 2 * unbiased, 0.0) * query.unit * query.unit;
  Refined result{-kInfinity, 0};
  switch (query.metric) {
    case Metric::kL2: result = {bound_l2(query, known), __builtin_sqrt(squared)}; break;
    case Metric::kInnerProduct: result = {bound_inner_product(query, known, inner), -unbiased * query.unit * query.unit}; break;
    case Metric::kCosine: result = {bound_cosine(query, known), least(squared / 2, 2.0)}; break;
    default: break;  // of other codings
  }
  if (!(known.residual < kInfinity && query.residual < kInfinity && result.bound < kInfinity)) result.bound = -kInfinity;
  if (result.estimate != result.estimate) result.estimate = kInfinity;
  return result;
}

}  // namespace vexpg::codec
