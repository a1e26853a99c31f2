// SPDX-License-Identifier: PostgreSQL
// What encoding and querying share: shapes, the statistics of a model, the way into the rotated space (codec.hpp).
#include "codec/codec.hpp"

#include <bit>
#include <limits>

#include "codec/input.hpp"
#include "codec/lanes.hpp"
#include "codec/rotation.hpp"

namespace vexpg::codec {

namespace {

// Norms of rotated vectors for which float arithmetic is safe from overflow and from underflow that matters.
constexpr double kNorm2Low = 0x1p-80, kNorm2High = 0x1p80;
// Squared norms for which the cosine of the operators is accurate: below, their squares underflow; above, they overflow.
constexpr double kCosineNorm2Low = 0x1p-100, kCosineNorm2High = 0x1p126;

// out = (x * before - mean) * factor.
void centre(const Model &model, const float *x, double before, double factor, float *out) {
  const float *mean = model.mean;
  uint32_t i = 0;
  for (const uint32_t dim = model.shape.dim; i + 2 <= dim; i += 2) {
    Float2 v, m;
    memcpy(&v, x + i, sizeof v);
    memcpy(&m, mean + i, sizeof m);
    Double2 centred = __builtin_convertvector(v, Double2) * before - __builtin_convertvector(m, Double2);
    Float2 result = __builtin_convertvector(centred * factor, Float2);
    memcpy(out + i, &result, sizeof result);
  }
  if (i < model.shape.dim) out[i] = static_cast<float>((x[i] * before - mean[i]) * factor);
}

double centred_norm2(const Model &model, const float *x, double before) {
  double sum = 0;
  for (uint32_t i = 0; i < model.shape.dim; i++) {
    double centred = (x[i] * before - model.mean[i]) * model.scale;
    sum += centred * centred;
  }
  return sum;
}

float rough_norm2(uint32_t dim, const float *x) {
  LaneSum sum;
  for_lanes(dim, [&](auto lane, uint32_t i) {
    auto v = load<decltype(lane)>(x + i);
    sum.add(v * v);
  });
  return sum.total();
}

void measure(uint32_t dim, const float *x, Input *input) {
  LaneSumDouble norm2;
  Float4 largest{};
  float rest = 0;
  for_lanes(dim, [&](auto lane, uint32_t i) {
    auto v = absolute(load<decltype(lane)>(x + i));
    norm2.add_product(v, v);
    if constexpr (sizeof v == sizeof largest) {
      largest = greatest(v, largest);
    } else {
      rest = greatest(v, rest);
    }
  });
  input->norm2 = norm2.total();
  input->largest = greatest(greatest(greatest(largest[0], largest[2]), greatest(largest[1], largest[3])), rest);
}

bool within(double value, double low, double high) { return value >= low && value <= high; }

}  // namespace

Shape default_shape(uint32_t dim, Coding coding) {
  switch (coding) {
    case Coding::kRotated: break;
    case Coding::kGrid: return {dim, 8, 0, coding};
    case Coding::kBits: return {dim, 1, 0, coding};
    case Coding::kSparse: return {dim, 32, 0, coding};
  }
  return dim <= 256 ? Shape{dim, 8, 0} : Shape{dim, 4, 4};
}

double norm2_of(uint32_t dim, const float *x) {
  LaneSumDouble sum;
  for_lanes(dim, [&](auto lane, uint32_t i) {
    auto v = load<decltype(lane)>(x + i);
    sum.add_product(v, v);
  });
  return sum.total();
}

Input rotate_input(const Model &model, const float *x, float *out) {
  const uint32_t dim = model.shape.dim;
  Input input{1, 0, 0, 0, true, true};
  double before = 1;
  if (model.metric == Metric::kCosine) {
    double norm2 = norm2_of(dim, x);
    before = norm2 > 0 ? 1 / __builtin_sqrt(norm2) : 0;
    input.in_range = within(norm2, kCosineNorm2Low, kCosineNorm2High);
  }
  // Under cosine the factor 1 / |x| is off by dim roundings of double at most.
  const double normalising_error = model.metric == Metric::kCosine ? 0x1p-36 * model.scale : 0;
  centre(model, x, before, model.scale, out);
  if (!within(rough_norm2(dim, out), kNorm2Low, kNorm2High)) {
    double norm2 = centred_norm2(model, x, before);
    if (!within(norm2, std::numeric_limits<double>::min(), std::numeric_limits<double>::max())) {
      input.usable = norm2 == 0;
      input.error = normalising_error;
      memset(out, 0, dim * sizeof(float));
      return input;
    }
    // To a norm of 1 or a little more, by a power of two.
    int half_exponent = static_cast<int>(std::bit_cast<uint64_t>(norm2) >> 52) - 1023;
    half_exponent = half_exponent >= 0 ? half_exponent / 2 : -((1 - half_exponent) / 2);
    input.post = std::bit_cast<double>(static_cast<uint64_t>(1023 + half_exponent) << 52);
    centre(model, x, before, model.scale / input.post, out);
  }
  rotate(dim, model.signs, out);
  measure(dim, out, &input);
  // One rounding of the centred value to float, the rotation, what underflows in it.
  const double norm = __builtin_sqrt(input.norm2);
  input.error = norm * (1.01 * kFloatUnit + rotation_error(dim)) * 1.001 + 0x1p-130 + normalising_error / input.post;
  return input;
}

bool indexable(Metric metric, uint32_t dim, const float *x) {
  return metric != Metric::kCosine || norm2_of(dim, x) > 0;
}

bool indexable(const Shape &shape, Metric metric, const void *x) {
  switch (shape.coding) {
    case Coding::kBits: return true;
    case Coding::kSparse: return metric != Metric::kCosine || static_cast<const types::SparseVector *>(x)->nnz > 0;
    default: return indexable(metric, shape.dim, static_cast<const float *>(x));
  }
}

void sample_add(Metric metric, uint32_t dim, const float *x, SampleStatistics *statistics, double *sums) {
  double norm2 = norm2_of(dim, x), factor = 1;
  if (metric == Metric::kCosine) {
    factor = norm2 > 0 ? 1 / __builtin_sqrt(norm2) : 0;
    norm2 = norm2 > 0 ? 1 : 0;
  }
  statistics->count++;
  statistics->norm2_sum += norm2;
  for (uint32_t i = 0; i < dim; i++) sums[i] += x[i] * factor;
}

float sample_finish(Metric metric, uint32_t dim, const SampleStatistics &statistics, const double *sums, float *mean) {
  const double count = static_cast<double>(statistics.count);
  double mean_norm2 = 0;
  for (uint32_t i = 0; i < dim; i++) {
    double component = metric == Metric::kInnerProduct || statistics.count == 0 ? 0 : sums[i] / count;
    mean[i] = static_cast<float>(component);
    mean_norm2 += component * component;
  }
  if (statistics.count == 0) return 1;
  double norm2 = statistics.norm2_sum / count, centred = norm2 - mean_norm2;
  // A sample of equal vectors has no spread of its own; what the subtraction leaves is rounding.
  if (!(centred > norm2 * 1e-12)) centred = norm2;
  if (metric == Metric::kL1) return 1;
  float scale = static_cast<float>(1 / __builtin_sqrt(centred));
  return within(scale, std::numeric_limits<float>::min(), std::numeric_limits<float>::max()) ? scale : 1;
}

}  // namespace vexpg::codec
