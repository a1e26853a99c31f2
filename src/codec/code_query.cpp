// SPDX-License-Identifier: PostgreSQL
// A stored code in the role of a query: graphs are built from distances between codes (codec.hpp).
#include "codec/codings.hpp"
#include "codec/grid.hpp"
#include "codec/lanes.hpp"
#include "codec/query_fields.hpp"

namespace vexpg::codec {

namespace {

using Byte16 = uint8_t __attribute__((vector_size(16)));
using Short8 = uint16_t __attribute__((vector_size(16)));
using Word4 = uint32_t __attribute__((vector_size(16)));

constexpr double kScoreMax = 1e37;  // terms below it make finite sums; see kFactorMax of encode.cpp

// Tangent of the angle between a vector and its first plane, measured on rotated vectors of 100 to 1,536 dimensions; times
// the share of the query that is orthogonal to a near neighbour, 0.85 (an angle of 60 degrees), which alone meets it.
double first_plane_error(const Shape &shape) {
  switch (shape.bits) {
    case 1: return 0.85 * 0.755;
    case 2: return 0.85 * (shape.refine > 0 ? 0.40 : 0.366);
    case 4: return 0.85 * (shape.refine > 0 ? 0.117 : 0.106);
    default: return 0.85 * 0.0073;
  }
}

double at_most(double value, double limit) { return value < limit ? value : limit; }

using DotKernel = int32_t (*)(const uint8_t *, const int8_t *, size_t);

DotKernel dot_kernel(uint32_t bits) {
  const kernels::Kernels &kernel = kernels::active();
  switch (bits) {
    case 1: return kernel.dot_u1;
    case 2: return kernel.dot_u2;
    case 4: return kernel.dot_u4;
    default: return kernel.dot_u8;
  }
}

// The integers of a plane of `bits` bits as int8, zero beyond dim: u * factor - shift, which is `factor` times the value
// of u. Returns the sum of all u.
template <int bits, int factor, int shift>
int64_t unpack_plane(const uint8_t *code, uint32_t bytes, int8_t *plane) {
  constexpr int kParts = 8 / bits;
  constexpr uint8_t kMask = static_cast<uint8_t>((1 << bits) - 1);
  Word4 sum{};
  for (uint32_t j = 0; j < bytes; j += 16) {
    Byte16 packed;
    memcpy(&packed, code + j, sizeof packed);
    Short8 pairs{};
    for (int part = 0; part < kParts; part++) {
      Byte16 u = (packed >> part * bits) & kMask;
      Byte16 entry = u * static_cast<uint8_t>(factor) - static_cast<uint8_t>(shift);
      memcpy(plane + static_cast<uint32_t>(part) * bytes + j, &entry, sizeof entry);
      Short8 wide = reinterpret_cast<Short8>(u);
      pairs += (wide & 0xff) + (wide >> 8);
    }
    Word4 wide = reinterpret_cast<Word4>(pairs);
    sum += (wide & 0xffff) + (wide >> 16);
  }
  return int64_t{sum[0]} + sum[1] + sum[2] + sum[3];
}

}  // namespace

void set_common_fields(const Shape &shape, Metric metric, Query *query) {
  *query = Query{};
  query->dim = shape.dim;
  query->bits = shape.bits;
  query->coding = shape.coding;
  query->unit = 1;
  query->dot = dot_kernel(shape.bits);
  query->dot_refine = dot_kernel(shape.refine);
  query->code_bytes = shape.code_bytes();
  query->refine_bytes = shape.refine_bytes();
  query->refine_bits = shape.refine;
  query->metric = metric;
}

void set_score_fields(const Shape &shape, const ScoreTerms &terms, Query *query) {
  const bool product = query->metric == Metric::kInnerProduct;
  const double times = product ? 1 : 2;
  const double error = first_plane_error(shape);
  const double variance = terms.norm2 * error * error / shape.dim + terms.own_error;
  query->bias = product ? 0 : static_cast<float>(at_most(terms.norm2, kScoreMax));
  query->norm_weight = product ? 0 : 1;
  query->weight = static_cast<float>(at_most(times * terms.step, 1e18));
  query->weight_both = query->weight;
  query->offset = static_cast<float>(static_cast<double>(code_centre(shape.bits)) * terms.sum);
  query->offset_both = static_cast<double>(whole_centre(shape.bits, shape.refine)) * terms.sum;
  query->margin_weight = static_cast<float>(at_most(times * __builtin_sqrt(variance), kScoreMax));
}

void set_height(float norm2, Query *query) {
  query->height = height_of(norm2);
  if (query->height > 0) query->curve = Curve::kLifted;
}

float score_curved(const Query &query, const uint8_t *code, const CodeFactors &factors) {
  switch (query.curve) {
    case Curve::kLinear: break;
    case Curve::kLifted: return score_linear(query, code, factors) - query.height * height_of(factors.norm2);
    case Curve::kGridL1: return grid_l1(query, code, factors.scale);
    case Curve::kJaccard: return score_jaccard(query, code, factors);
    case Curve::kSparseL1: return score_sparse_l1(query, code, factors);
  }
  return score_linear(query, code, factors);
}

void prepare_code(const Shape &shape, Metric metric, const uint8_t *code, const CodeFactors &factors, int8_t *plane,
                  Query *query) {
  set_common_fields(shape, metric, query);
  switch (shape.coding) {
    case Coding::kRotated: break;
    case Coding::kGrid: return prepare_grid_code(shape, code, factors.scale, plane, query);
    case Coding::kBits: return prepare_bits_code(shape, code, factors, plane, query);
    case Coding::kSparse: return prepare_sparse_code(code, factors, plane, query);
  }
  query->high = plane;
  int64_t sum = 0;
  int factor = 2;
  switch (shape.bits) {
    case 1: sum = unpack_plane<1, 2, 1>(code, query->code_bytes, plane); break;
    case 2: sum = unpack_plane<2, 2, 3>(code, query->code_bytes, plane); break;
    case 4: sum = unpack_plane<4, 2, 15>(code, query->code_bytes, plane); break;
    default:
      sum = unpack_plane<8, 1, 128>(code, query->code_bytes, plane);
      factor = 1;
      break;
  }
  memset(plane + shape.dim, 0, shape.code_entries() - shape.dim);
  ScoreTerms terms;
  terms.norm2 = static_cast<double>(factors.norm2);
  terms.step = static_cast<double>(factors.scale) / factor;
  terms.sum = factor * (static_cast<double>(sum) - static_cast<double>(code_centre(shape.bits)) * shape.dim);
  const double error = first_plane_error(shape);
  terms.own_error = terms.norm2 * error * error / shape.dim;
  set_score_fields(shape, terms, query);
  if (metric == Metric::kInnerProduct) set_height(factors.norm2, query);
}

void prepare_code_both(const Shape &shape, Metric metric, const uint8_t *code, const uint8_t *refine,
                       const RefineFactors &factors, int8_t *planes, Query *query) {
  set_common_fields(shape, metric, query);
  if (shape.coding == Coding::kGrid) return prepare_grid_code_both(shape, {code, refine}, factors.step, planes, query);
  const size_t entries = query_entries(shape) / 2;
  const uint32_t total = uint32_t{shape.bits} + shape.refine;
  const int32_t odd = static_cast<int32_t>(2 * whole_centre(shape.bits, shape.refine));
  // Twice the value of u in more than int8: two planes, as a vector's. They hold it times 2^lift, so that the high plane
  // alone, which score() reads, has 7 bits.
  const bool split = total > 6;
  const int lift = split ? 13 - static_cast<int>(total) : 0;
  int8_t *low = planes + entries;
  memset(planes, 0, 2 * entries);
  int64_t sum = 0, high_sum = 0;
  for (uint32_t d = 0; d < shape.dim; d++) {
    uint32_t u = integer_at(code, query->code_bytes, shape.bits, d) << shape.refine;
    if (shape.refine > 0) u += integer_at(refine, query->refine_bytes, shape.refine, d);
    int32_t value = 2 * static_cast<int32_t>(u) - odd;
    value = lift >= 0 ? value * (1 << lift) : (value + (1 << (-lift - 1))) >> -lift;
    const int32_t upper = split ? (value + 64) >> 7 : value;
    planes[d] = static_cast<int8_t>(upper);
    if (split) low[d] = static_cast<int8_t>(value - upper * 128);
    sum += value;
    high_sum += upper;
  }
  query->high = planes;
  query->low = split ? low : nullptr;
  query->low_in_score = split;
  const double norm2 = static_cast<double>(factors.norm2);
  const double residual = static_cast<double>(factors.residual);
  const double residual2 = residual < 1e15 ? residual * residual : 0;
  ScoreTerms terms;
  terms.norm2 = norm2 + residual2;
  terms.step = (norm2 > 0 ? 1 + residual2 / norm2 : 1) * static_cast<double>(factors.step) / 2;
  terms.step = lift >= 0 ? terms.step / (1 << lift) : terms.step * (1 << -lift);
  terms.sum = static_cast<double>(sum);
  terms.own_error = 0;
  set_score_fields(shape, terms, query);
  if (metric == Metric::kInnerProduct) set_height(static_cast<float>(terms.norm2), query);
  if (!split) return;
  query->weight *= 128;
  query->offset = static_cast<float>(static_cast<double>(code_centre(shape.bits)) * static_cast<double>(high_sum));
}

}  // namespace vexpg::codec
