// SPDX-License-Identifier: PostgreSQL
// The codings of L1, bits and sparse vectors: scores are near the operator's distance, bounds never above it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

#include "codec_data.hpp"
#include "storage/layout.hpp"

namespace vexpg::codec {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ---- kGrid

double recall_of_scores(const OwnedModel &owned, const std::vector<Vector> &rows, const std::vector<Vector> &queries) {
  size_t hits = 0;
  for (const Vector &q : queries) {
    Prepared prepared(owned.model, q);
    std::vector<std::pair<double, size_t>> exact, scored;
    for (size_t i = 0; i < rows.size(); i++) {
      exact.push_back({exact_distance(Metric::kL1, q, rows[i]), i});
      scored.push_back({prepared.score_of(encoded(owned.model, rows[i])), i});
    }
    std::sort(exact.begin(), exact.end());
    std::sort(scored.begin(), scored.end());
    for (size_t i = 0; i < 10; i++)
      for (size_t j = 0; j < 10; j++) hits += exact[i].second == scored[j].second;
  }
  return static_cast<double>(hits) / static_cast<double>(10 * queries.size());
}

TEST(GridCoding, OrdersAsTheExactDistance) {
  std::mt19937 random(3);
  std::vector<Vector> rows, queries;
  for (int i = 0; i < 500; i++) rows.push_back(gaussian(random, 96, 3, 10));
  for (int i = 0; i < 20; i++) queries.push_back(gaussian(random, 96, 3, 10));
  const std::pair<Shape, double> floors[] = {{{96, 8, 0, Coding::kGrid}, 0.98}, {{96, 4, 4, Coding::kGrid}, 0.75},
                                             {{96, 2, 8, Coding::kGrid}, 0.3}};
  for (const auto &[shape, floor] : floors) {
    OwnedModel sampled(shape, Metric::kL1, {rows.begin(), rows.begin() + 100}), blind(shape, Metric::kL1, {});
    EXPECT_GE(recall_of_scores(sampled, rows, queries), floor) << int{shape.bits};
    if (shape.bits == 8) {  // as built on an empty table
      EXPECT_GE(recall_of_scores(blind, rows, queries), 0.9);
    }
  }
}

TEST(GridCoding, ScoresAndRefinedEstimatesAreTheOperatorsDistance) {
  std::mt19937 random(5);
  for (uint32_t dim : {1u, 2u, 7u, 31u, 32u, 33u, 64u, 65u, 300u, 784u}) {
    std::vector<Vector> sample;
    for (int i = 0; i < 20; i++) sample.push_back(gaussian(random, dim, 2, 5));
    for (uint8_t bits : {1, 2, 4, 8}) {
      for (uint8_t refine : {0, 4, 8}) {
        OwnedModel owned(Shape{dim, bits, refine, Coding::kGrid}, Metric::kL1, sample);
        for (int i = 0; i + 1 < 20; i++) {
          const Vector &q = sample[static_cast<size_t>(i)], &x = sample[static_cast<size_t>(i) + 1];
          const Code code = encoded(owned.model, x);
          const double exact = exact_distance(Metric::kL1, q, x);
          const double left = double{code.refine.residual};
          const Refined refined = Prepared(owned.model, q).refined_of(code);
          EXPECT_NEAR(refined.estimate, exact, left + 1e-4 * exact) << dim << " " << int{bits} << "+" << int{refine};
          EXPECT_LE(refined.bound, exact);
          EXPECT_GE(refined.bound, exact - 2 * left - 1e-3 * exact - 1e-3);
          // The query is not rounded, and the first plane errs by its own step at most where it cuts nothing off.
          if (bits == 8) {
            EXPECT_NEAR(Prepared(owned.model, q).score_of(code), exact, dim * double{code.factors.scale} + 1e-3 * exact);
          }
        }
      }
    }
  }
}

// A code in the role of a query: the distance of the two reconstructions, 0 from itself; every table alike.
TEST(GridCoding, CodesMeasureEachOther) {
  std::mt19937 random(8);
  for (uint32_t dim : {3u, 40u, 100u}) {
    for (uint8_t bits : {1, 2, 4, 8}) {
      OwnedModel owned(Shape{dim, bits, 8, Coding::kGrid}, Metric::kL1, {});
      const Code a = encoded(owned.model, gaussian(random, dim)), b = encoded(owned.model, gaussian(random, dim));
      with_every_table([&](const kernels::Kernels &) {
        EXPECT_NEAR(Prepared(owned.model, a, false).score_of(a), 0, 1e-5);
        EXPECT_NEAR(Prepared(owned.model, a, true).score_both_of(a), 0, 1e-5);
        EXPECT_NEAR(Prepared(owned.model, a, false).score_of(b), Prepared(owned.model, b, false).score_of(a), 1e-3);
        EXPECT_NEAR(Prepared(owned.model, a, true).score_both_of(b), Prepared(owned.model, b, true).score_both_of(a), 1e-3);
      });
    }
  }
}

TEST(GridCoding, SaysNothingOfWhatFloatsCannotHold) {
  OwnedModel owned(default_shape(4, Coding::kGrid), Metric::kL1, {});
  const Vector huge(4, 3e38f), one(4, 1), tiny(4, 1e-38f);
  EXPECT_EQ(-kInfinity, Prepared(owned.model, one).refined_of(encoded(owned.model, huge)).bound);
  EXPECT_EQ(-kInfinity, Prepared(owned.model, huge).refined_of(encoded(owned.model, one)).bound);
  EXPECT_EQ(0, Prepared(owned.model, tiny).refined_of(encoded(owned.model, tiny)).bound);
}

// ---- kBits

struct Bits {
  std::vector<int32_t> words;
  explicit Bits(uint32_t count) : words(2 + (count + 31) / 32 + 1) { view()->bit_count = static_cast<int32_t>(count); }
  types::BitVector *view() { return reinterpret_cast<types::BitVector *>(words.data()); }
  const types::BitVector *view() const { return reinterpret_cast<const types::BitVector *>(words.data()); }
};

Bits random_bits(std::mt19937 &random, uint32_t count, double density) {
  Bits bits(count);
  for (uint32_t i = 0; i < count; i++)
    if (std::uniform_real_distribution<>()(random) < density) bits.view()->bytes[i / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
  return bits;
}

double operator_distance(Metric metric, const types::BitVector &a, const types::BitVector &b) {
  const size_t bytes = types::bit_payload_bytes(a.bit_count);
  if (metric == Metric::kHamming) return static_cast<double>(kernels::active().hamming(a.bytes, b.bytes, bytes));
  const kernels::BitOverlap o = kernels::active().overlap(a.bytes, b.bytes, bytes);
  return o.both == 0 ? 1 : 1 - static_cast<double>(o.both) / static_cast<double>(o.either);
}

Code encoded(const Model &model, const void *x) {
  Code code{std::vector<uint8_t>(model.shape.code_bytes(), 0xaa), {}, {}, {}};
  Vector scratch(model.shape.scratch_floats());
  encode(model, x, scratch.data(), code.first.data(), &code.factors, nullptr, &code.refine);
  return code;
}

struct PreparedValue : Prepared {
  PreparedValue(const Model &model, const void *q) : Prepared(model) { prepare(model, q); }
  void prepare(const Model &model, const void *q) {
    Vector scratch(model.shape.scratch_floats());
    prepare_query(model, q, scratch.data(), planes.data(), &query);
  }
};

Model bits_model(uint32_t kept, Metric metric) {
  return {Shape{kept, 1, 0, Coding::kBits}, metric, 1, nullptr, nullptr};
}

TEST(BitsCoding, IsExactWhereAllBitsFit) {
  std::mt19937 random(1);
  for (Metric metric : {Metric::kHamming, Metric::kJaccard}) {
    for (uint32_t count : {1u, 7u, 8u, 9u, 255u, 256u, 257u, 1000u, 63488u}) {
      const Model model = bits_model(count, metric);
      for (double density : {0.0, 0.01, 0.5, 1.0}) {
        const Bits a = random_bits(random, count, density), b = random_bits(random, count, 0.4);
        for (const Bits *x : {&a, &b}) {
          const double exact = operator_distance(metric, *a.view(), *x->view());
          const Code code = encoded(model, x->view());
          const PreparedValue query(model, a.view());
          EXPECT_EQ(query.refined_of(code).bound, exact) << count << " " << density;
          EXPECT_FLOAT_EQ(query.score_of(code), static_cast<float>(exact));
          EXPECT_FLOAT_EQ(Prepared(model, encoded(model, a.view()), false).score_of(code), static_cast<float>(exact));
          EXPECT_EQ(codec::operator_distance(query.query, query.score_of(code)), double{query.score_of(code)});
          EXPECT_EQ(margin(query.query, 5), 0);
        }
      }
    }
  }
}

TEST(BitsCoding, BoundsOfAPrefixAreBounds) {
  std::mt19937 random(2);
  for (Metric metric : {Metric::kHamming, Metric::kJaccard}) {
    for (uint32_t seed = 0; seed < 400; seed++) {
      const uint32_t count = 300 + random() % 400, kept = 256;
      const Model model = bits_model(kept, metric);
      const Bits a = random_bits(random, count, seed % 4 * 0.3), b = random_bits(random, count, seed % 3 * 0.5);
      const double exact = operator_distance(metric, *a.view(), *b.view());
      const Refined refined = PreparedValue(model, a.view()).refined_of(encoded(model, b.view()));
      EXPECT_LE(refined.bound, exact) << seed;
      EXPECT_GE(refined.bound, metric == Metric::kHamming ? PreparedValue(model, a.view()).score_of(encoded(model, b.view())) : 0);
    }
  }
}

// ---- kSparse

struct Sparse {
  std::vector<int32_t> words;
  Sparse(int32_t dim, const std::map<int32_t, float> &elements) : words(4 + 2 * elements.size()) {
    types::SparseVector *v = view();
    v->dim = dim;
    v->nnz = static_cast<int32_t>(elements.size());
    int i = 0;
    for (auto [index, value] : elements) v->indices[i] = index, v->values()[i++] = value;
  }
  types::SparseVector *view() { return reinterpret_cast<types::SparseVector *>(words.data()); }
  const types::SparseVector *view() const { return reinterpret_cast<const types::SparseVector *>(words.data()); }
};

Sparse random_sparse(std::mt19937 &random, int32_t dim, int count, float size, bool positive) {
  std::map<int32_t, float> elements;
  std::normal_distribution<float> normal;
  for (int i = 0; i < count; i++) {
    float value = normal(random) * size;
    if (positive) value = std::fabs(value);
    if (random() % 8 == 0) value *= 1e-4f;
    if (random() % 16 == 0) value *= 100;
    // Half of the indices are few, so that vectors have some in common.
    const auto index = static_cast<int32_t>(random() % static_cast<uint32_t>(random() % 2 ? std::min(dim, 2 * count) : dim));
    if (value != 0 && std::isfinite(value)) elements[index] = value;
  }
  return Sparse(dim, elements);
}

double operator_distance(Metric metric, const types::SparseVector &a, const types::SparseVector &b) {
  switch (metric) {
    case Metric::kL2: return std::sqrt(double{types::sparse_l2_squared(a, b)});
    case Metric::kInnerProduct: return -double{types::sparse_inner_product(a, b)};
    case Metric::kL1: return double{types::sparse_l1(a, b)};
    default: break;
  }
  return 1 - clamped(types::sparse_inner_product(a, b) / std::sqrt(double{types::sparse_norm_squared(a)} * double{types::sparse_norm_squared(b)}));
}

Model sparse_model(uint32_t kept, Metric metric, const std::vector<const Sparse *> &sample) {
  SampleStatistics statistics{};
  for (const Sparse *x : sample) sample_add_sparse(metric, *x->view(), &statistics);
  return {Shape{kept, 32, 0, Coding::kSparse}, metric, sample_finish(metric, 0, statistics, nullptr, nullptr), nullptr, nullptr};
}

// What the errors of a distance are relative to.
double size_of(Metric metric, const types::SparseVector &a, const types::SparseVector &b) {
  const Sparse zero(a.dim, {});
  const Metric length = metric == Metric::kL1 ? Metric::kL1 : Metric::kL2;
  const double x = operator_distance(length, a, *zero.view()), y = operator_distance(length, b, *zero.view());
  if (metric == Metric::kCosine) return 1;
  return metric == Metric::kInnerProduct ? x * y : x + y;
}

constexpr Metric kSparseMetrics[] = {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kL1};

void check_sparse_case(uint32_t seed) {
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const Metric metric = kSparseMetrics[seed % 4];
  const int32_t dims[] = {1, 5, 300, 65536, 65537, 1000000, 1000000000};
  const int32_t dim = dims[random() % 7];
  const int most = std::min(dim, 1 + static_cast<int32_t>(random() % 300));
  const float size = std::pow(10.0f, static_cast<float>(std::uniform_real_distribution<>(-12, seed % 5 == 0 ? 30 : 6)(random)));
  const bool positive = random() % 2;
  const Sparse a = random_sparse(random, dim, 1 + static_cast<int>(random()) % most, size, positive);
  Sparse b = random_sparse(random, dim, most, size, positive);
  if (random() % 8 == 0) b = a;
  const uint32_t kept = (random() % 3 == 0 ? 16 : 304);
  const Model model = sparse_model(kept, metric, random() % 3 == 0 ? std::vector<const Sparse *>{} : std::vector<const Sparse *>{&a, &b});
  if (!indexable(model.shape, metric, a.view()) || !indexable(model.shape, metric, b.view())) return;
  for (bool swap : {false, true}) {
    const Sparse &q = swap ? b : a, &x = swap ? a : b;
    const double distance = operator_distance(metric, *q.view(), *x.view());
    const Code code = encoded(model, x.view());
    const PreparedValue query(model, q.view());
    const Refined refined = query.refined_of(code);
    if (!std::isnan(distance)) {  // NaN sorts above every number
      EXPECT_LE(refined.bound, distance) << static_cast<int>(metric) << " dim " << dim << " size " << size << " kept " << kept;
    }
    EXPECT_FALSE(std::isnan(refined.bound) || std::isnan(refined.estimate) || std::isnan(query.score_of(code)));
    EXPECT_FALSE(std::isnan(Prepared(model, encoded(model, q.view()), false).score_of(code)));
    // Where nothing is left out or hashed, the code knows the distance.
    if (dim <= 65536 && x.view()->nnz < static_cast<int>(kept) && size > 1e-6f && size < 1e6f) {
      const double unit = size_of(metric, *q.view(), *x.view());
      EXPECT_NEAR(refined.estimate, distance, 0.03 * unit + 1e-30);
      EXPECT_NEAR(refined.bound, distance, 0.03 * unit + 1e-30);
    }
  }
}

TEST(SparseCoding, BoundsAreNeverAboveTheOperator) {
  for (uint32_t seed = 0; seed < 4000; seed++) check_sparse_case(seed);
}

TEST(SparseCoding, ManyElementsBeyondTheCode) {
  std::mt19937 random(6);
  for (Metric metric : kSparseMetrics) {
    for (int32_t dim : {20000, 1000000}) {
      const Sparse a = random_sparse(random, dim, 15000, 1, true), b = random_sparse(random, dim, 15000, 1, false);
      const Model model = sparse_model(1984, metric, {&a, &b});
      for (const Sparse *q : {&a, &b}) {
        for (const Sparse *x : {&a, &b}) {
          const Refined refined = PreparedValue(model, q->view()).refined_of(encoded(model, x->view()));
          EXPECT_LE(refined.bound, operator_distance(metric, *q->view(), *x->view())) << static_cast<int>(metric);
        }
      }
    }
  }
}

// The planes hold the last query until the next one takes its place.
TEST(SparseCoding, QueriesMayFollowEachOtherInTheSamePlanes) {
  std::mt19937 random(9);
  for (Metric metric : kSparseMetrics) {
    const Sparse a = random_sparse(random, 5000, 200, 1, true), b = random_sparse(random, 5000, 200, 1, true);
    const Model model = sparse_model(304, metric, {&a, &b});
    const Code code = encoded(model, a.view());
    PreparedValue reused(model, a.view());
    reused.prepare(model, b.view());
    prepare_code(model.shape, metric, code.first.data(), code.factors, reused.planes.data(), &reused.query);
    reused.prepare(model, b.view());
    const PreparedValue fresh(model, b.view());
    EXPECT_EQ(reused.score_of(code), fresh.score_of(code));
    EXPECT_EQ(reused.refined_of(code).bound, fresh.refined_of(code).bound);
  }
}

TEST(SparseCoding, EmptyVectors) {
  const Sparse empty(10, {}), one(10, {{3, 2.0f}});
  for (Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kL1}) {
    const Model model = sparse_model(8, metric, {});
    for (const Sparse *q : {&empty, &one}) {
      for (const Sparse *x : {&empty, &one}) {
        const double exact = operator_distance(metric, *q->view(), *x->view());
        const PreparedValue query(model, q->view());
        EXPECT_NEAR(query.refined_of(encoded(model, x->view())).bound, exact, 1e-2);
        EXPECT_LE(query.refined_of(encoded(model, x->view())).bound, exact);
      }
    }
  }
  EXPECT_FALSE(indexable(Shape{8, 32, 0, Coding::kSparse}, Metric::kCosine, empty.view()));
  EXPECT_TRUE(indexable(Shape{8, 32, 0, Coding::kSparse}, Metric::kL1, empty.view()));
}

// ---- which coding a column has

TEST(Codings, FollowFromTypeAndMetric) {
  using storage::ElementType;
  for (uint8_t type = 0; type <= 6; type++) {
    for (uint8_t metric = 0; metric <= 7; metric++) {
      Coding coding = Coding::kRotated;
      const bool found = storage::coding_of(static_cast<ElementType>(type), static_cast<Metric>(metric), &coding);
      const bool dense = type >= 1 && type <= 3, sparse = type == 4, bits = type == 5;
      EXPECT_EQ(found, ((dense || sparse) && metric >= 1 && metric <= 4) || (bits && (metric == 5 || metric == 6)));
      if (!found) continue;
      EXPECT_EQ(coding, bits ? Coding::kBits : sparse ? Coding::kSparse : metric == 4 ? Coding::kGrid : Coding::kRotated);
    }
  }
}

}  // namespace
}  // namespace vexpg::codec
