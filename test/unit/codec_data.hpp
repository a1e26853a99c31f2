// SPDX-License-Identifier: PostgreSQL
// Vectors, models and codes for the tests of the codec: everything from a seed.
#pragma once
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "codec/codec.hpp"
#include "kernels/kernels.hpp"

namespace vexpg::codec {

using Vector = std::vector<float>;

inline std::vector<const kernels::Kernels *> tables() {
  std::vector<const kernels::Kernels *> list(16);
  list.resize(kernels::list_available(list.data(), list.size()));
  return list;
}

// Makes one table after the other active, and the scalar one at the end.
template <class Body>
void with_every_table(Body body) {
  for (const kernels::Kernels *table : tables()) {
    kernels::choose(table->name);
    body(*table);
  }
  kernels::choose("scalar");
}

inline Vector gaussian(std::mt19937 &random, uint32_t dim, float deviation = 1, float offset = 0) {
  std::normal_distribution<float> normal;
  Vector x(dim);
  for (float &v : x) v = normal(random) * deviation + offset;
  return x;
}

// Clustered, with a decaying spectrum, a common mean and unit norm, as embeddings of text are.
struct Embeddings {
  uint32_t dim;
  std::mt19937 random;
  std::vector<Vector> centres;
  Embeddings(uint32_t d, uint32_t seed) : dim(d), random(seed) {
    for (int i = 0; i < 50; i++) centres.push_back(gaussian(random, dim, 1, 0.5f));
  }
  Vector next() {
    Vector x = gaussian(random, dim, 0.8f);
    const Vector &centre = centres[random() % centres.size()];
    double norm2 = 0;
    for (uint32_t d = 0; d < dim; d++) {
      x[d] = (x[d] + centre[d]) * std::pow(static_cast<float>(d + 1), -0.3f);
      norm2 += double{x[d]} * x[d];
    }
    for (float &v : x) v = static_cast<float>(v / std::sqrt(norm2));
    return x;
  }
};

// P in double, straight from its definition: the judge of all that is claimed of rounding.
inline std::vector<double> exact_rotation(const std::vector<uint64_t> &signs, std::vector<double> y) {
  const size_t dim = y.size(), words = (dim + 63) / 64;
  size_t window = 1;
  while (window * 2 <= dim) window *= 2;
  for (size_t round = 0; round < size_t{kRotationRounds}; round++) {
    for (size_t i = 0; i < dim; i++) {
      if (signs[round * words + i / 64] >> (i % 64) & 1) y[i] = -y[i];
    }
    double *w = y.data() + (round % 2 == 1 ? dim - window : 0);
    for (size_t h = 1; h < window; h *= 2) {
      for (size_t i = 0; i < window; i++) {
        if (i & h) continue;
        double a = w[i], b = w[i + h];
        w[i] = (a + b) * std::sqrt(0.5);
        w[i + h] = (a - b) * std::sqrt(0.5);
      }
    }
    if (window == dim || round % 2 == 0) continue;
    for (size_t i = 0, other = dim - dim / 2; i < dim / 2; i++, other++) {
      double a = y[i], b = y[other];
      y[i] = (a + b) * std::sqrt(0.5);
      y[other] = (a - b) * std::sqrt(0.5);
    }
  }
  return y;
}

inline Coding coding_of(Metric metric) { return metric == Metric::kL1 ? Coding::kGrid : Coding::kRotated; }

struct OwnedModel {
  Model model;
  Vector mean;
  std::vector<uint64_t> signs;
  // Without a sample: no mean, scale 1.
  OwnedModel(Shape shape, Metric metric, const std::vector<Vector> &sample, uint64_t seed = 7)
      : mean(shape.dim), signs(shape.sign_words()) {
    std::vector<double> sums(shape.dim);
    SampleStatistics statistics{};
    for (const Vector &x : sample) sample_add(metric, shape.dim, x.data(), &statistics, sums.data());
    float scale = sample_finish(metric, shape.dim, statistics, sums.data(), mean.data());
    fill_signs(seed, shape, signs.data());
    model = {shape, metric, scale, mean.data(), signs.data()};
  }
  OwnedModel(const OwnedModel &) = delete;
};

struct Code {
  std::vector<uint8_t> first, second;
  CodeFactors factors;
  RefineFactors refine;
};

inline Code encoded(const Model &model, const Vector &x) {
  Code code{std::vector<uint8_t>(model.shape.code_bytes(), 0xaa), std::vector<uint8_t>(model.shape.refine_bytes(), 0xaa), {}, {}};
  Vector scratch(model.shape.dim);
  encode(model, x.data(), scratch.data(), code.first.data(), &code.factors, code.second.data(), &code.refine);
  return code;
}

struct Prepared {
  std::vector<int8_t> planes;
  Query query;
  // Planes of pairs begin as zeros; others may begin with anything.
  explicit Prepared(const Model &model) : planes(query_entries(model.shape), model.shape.coding == Coding::kSparse ? 0 : 77) {}
  Prepared(const Model &model, const Vector &q) : Prepared(model) {
    Vector scratch(model.shape.dim);
    prepare_query(model, q.data(), scratch.data(), planes.data(), &query);
  }
  Prepared(const Model &model, const Code &code, bool both) : Prepared(model) {
    if (both) {
      prepare_code_both(model.shape, model.metric, code.first.data(), code.second.data(), code.refine, planes.data(), &query);
    } else {
      prepare_code(model.shape, model.metric, code.first.data(), code.factors, planes.data(), &query);
    }
  }
  Prepared(const Prepared &) = delete;
  float score_of(const Code &code) const { return score(query, code.first.data(), code.factors); }
  float score_both_of(const Code &code) const { return score_both(query, code.first.data(), code.second.data(), code.refine); }
  Refined refined_of(const Code &code) const {
    return refined_distance(query, code.first.data(), code.second.data(), code.refine);
  }
};

// What the SQL operators compute from the float results of a kernel table.
inline double clamped(double x) { return x > 1 ? 1 : x < -1 ? -1 : x; }
inline double operator_distance(const kernels::Kernels &table, Metric metric, const float *a, const float *b, uint32_t dim) {
  if (metric == Metric::kL2) return std::sqrt(double{table.l2_squared(a, b, dim)});
  if (metric == Metric::kInnerProduct) return -double{table.inner_product(a, b, dim)};
  if (metric == Metric::kL1) return double{table.l1(a, b, dim)};
  kernels::CosineParts parts = table.cosine(a, b, dim);
  return 1 - clamped(parts.dot / std::sqrt(double{parts.norm2_a} * double{parts.norm2_b}));
}
inline double operator_distance(const kernels::Kernels &table, Metric metric, const uint16_t *a, const uint16_t *b,
                                uint32_t dim) {
  if (metric == Metric::kL2) return std::sqrt(double{table.half_l2_squared(a, b, dim)});
  if (metric == Metric::kInnerProduct) return -double{table.half_inner_product(a, b, dim)};
  if (metric == Metric::kL1) return double{table.half_l1(a, b, dim)};
  kernels::CosineParts parts = table.half_cosine(a, b, dim);
  return 1 - clamped(parts.dot / std::sqrt(double{parts.norm2_a} * double{parts.norm2_b}));
}

inline double exact_distance(Metric metric, const Vector &a, const Vector &b) {
  double dot = 0, a2 = 0, b2 = 0, gap2 = 0, l1 = 0;
  for (size_t i = 0; i < a.size(); i++) {
    dot += double{a[i]} * b[i];
    a2 += double{a[i]} * a[i];
    b2 += double{b[i]} * b[i];
    gap2 += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    l1 += std::fabs(double{a[i]} - b[i]);
  }
  if (metric == Metric::kL1) return l1;
  if (metric == Metric::kL2) return std::sqrt(gap2);
  return metric == Metric::kInnerProduct ? -dot : 1 - clamped(dot / std::sqrt(a2 * b2));
}

}  // namespace vexpg::codec
