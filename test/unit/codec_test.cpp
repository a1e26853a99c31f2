// SPDX-License-Identifier: PostgreSQL
// Are codes the same on every CPU, laid out as promised, and estimates as accurate as the design counts on?
#include "codec/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "codec/rotation.hpp"
#include "codec_data.hpp"

namespace vexpg::codec {
namespace {

const std::vector<Metric> kMetrics = {Metric::kL2, Metric::kInnerProduct, Metric::kCosine};

std::vector<Shape> shapes(uint32_t dim) {
  std::vector<Shape> list;
  for (int bits : {1, 2, 4, 8}) {
    for (int refine : {0, 4, 8}) list.push_back({dim, static_cast<uint8_t>(bits), static_cast<uint8_t>(refine)});
  }
  return list;
}

std::string name_of(const Shape &shape) {
  return std::to_string(shape.dim) + " dimensions, " + std::to_string(shape.bits) + "+" + std::to_string(shape.refine);
}

// The integer of all bits at dimension d.
uint32_t integer_at(const Shape &shape, const Code &code, uint32_t d) {
  auto part = [d](const std::vector<uint8_t> &plane, uint32_t bits) {
    uint32_t bytes = static_cast<uint32_t>(plane.size());
    return static_cast<uint32_t>(plane[d % bytes]) >> (d / bytes * bits) & ((1u << bits) - 1);
  };
  uint32_t u = part(code.first, shape.bits);
  return shape.refine == 0 ? u : (u << shape.refine) + part(code.second, shape.refine);
}

TEST(Codec, Sizes) {
  EXPECT_EQ(8, default_shape(256).bits);
  EXPECT_EQ(0, default_shape(256).refine);
  EXPECT_EQ(4, default_shape(257).bits);
  EXPECT_EQ(4, default_shape(257).refine);
  Shape shape = default_shape(768);
  EXPECT_EQ(384u, shape.code_bytes());
  EXPECT_EQ(384u, shape.refine_bytes());
  EXPECT_EQ(768u, shape.code_entries());
  EXPECT_EQ(1536u, query_entries(shape));
  EXPECT_EQ(4 * 12u, shape.sign_words());
  EXPECT_EQ(0u, default_shape(3).refine_bytes());
  EXPECT_EQ(0u, default_shape(3).refine_entries());
}

TEST(Codec, SameBitsOnEveryTable) {
  for (uint32_t dim : {1u, 2u, 3u, 7u, 31u, 33u, 100u, 257u, 768u, 1000u, 4001u}) {
    for (const Shape &shape : shapes(dim)) {
      SCOPED_TRACE(name_of(shape));
      Embeddings data(dim, dim);
      OwnedModel owned(shape, kMetrics[dim % 3], {data.next(), data.next(), data.next()});
      Vector x = data.next(), q = data.next();
      std::vector<Code> codes;
      std::vector<float> scores;
      std::vector<double> bounds;
      with_every_table([&](const kernels::Kernels &) {
        codes.push_back(encoded(owned.model, x));
        Prepared query(owned.model, q);
        scores.push_back(query.score_of(codes.back()));
        bounds.push_back(query.refined_of(codes.back()).bound);
      });
      for (size_t i = 1; i < codes.size(); i++) {
        EXPECT_EQ(codes[0].first, codes[i].first);
        EXPECT_EQ(codes[0].second, codes[i].second);
        EXPECT_EQ(0, memcmp(&codes[0].factors, &codes[i].factors, sizeof(CodeFactors)));
        EXPECT_EQ(0, memcmp(&codes[0].refine, &codes[i].refine, sizeof(RefineFactors)));
        EXPECT_EQ(scores[0], scores[i]);
        EXPECT_EQ(bounds[0], bounds[i]);
      }
    }
  }
}

// Codes are on disk: another compiler, processor or version must make the same ones. The input is made of integers alone.
TEST(Codec, CodesNeverChange) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  auto add = [&hash](const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) hash = (hash ^ static_cast<const uint8_t *>(bytes)[i]) * 0x100000001b3u;
  };
  uint32_t state = 1;
  auto next = [&state] { return static_cast<float>(static_cast<int32_t>((state = state * 1664525 + 1013904223) >> 12) - 400000); };
  for (uint32_t dim : {1u, 3u, 64u, 100u, 768u, 1001u}) {
    for (const Shape &shape : shapes(dim)) {
      for (Metric metric : kMetrics) {
        std::vector<Vector> rows(4, Vector(dim));
        for (Vector &x : rows) std::generate(x.begin(), x.end(), next);
        OwnedModel owned(shape, metric, {rows[0], rows[1], rows[2]});
        Code code = encoded(owned.model, rows[3]);
        add(&owned.model.scale, sizeof(float));
        add(code.first.data(), code.first.size());
        add(code.second.data(), code.second.size());
        add(&code.factors, sizeof code.factors);
        add(&code.refine, sizeof code.refine);
      }
    }
  }
  EXPECT_EQ(3880366710256920838u, hash);
}

// Decodes by the layout's own words and compares with the rotated vector: factors, residual, zero padding.
TEST(Codec, CodesMeanWhatTheLayoutSays) {
  for (uint32_t dim : {1u, 2u, 5u, 32u, 63u, 100u, 300u, 768u}) {
    for (const Shape &shape : shapes(dim)) {
      SCOPED_TRACE(name_of(shape));
      Embeddings data(dim, 3);
      OwnedModel owned(shape, Metric::kL2, {data.next(), data.next(), data.next(), data.next()});
      Vector x = data.next();
      Code code = encoded(owned.model, x);
      Vector o(dim);
      for (uint32_t d = 0; d < dim; d++) o[d] = (x[d] - owned.mean[d]) * owned.model.scale;
      rotate(dim, owned.signs.data(), o.data());
      double norm2 = 0, along = 0, code_norm2 = 0, error2 = 0;
      for (uint32_t d = 0; d < dim; d++) {
        uint32_t u = integer_at(shape, code, d);
        double w = static_cast<double>(u) - double{whole_centre(shape.bits, shape.refine)}, decoded = double{code.refine.step} * w;
        norm2 += double{o[d]} * o[d];
        along += o[d] * (static_cast<double>(u >> shape.refine) - double{code_centre(shape.bits)});
        code_norm2 += decoded * decoded;
        error2 += (o[d] - decoded) * (o[d] - decoded);
      }
      EXPECT_NEAR(code.factors.norm2, norm2, 1e-5 * norm2);
      EXPECT_NEAR(code.factors.scale, norm2 / along, 1e-5 * norm2 / along);
      EXPECT_NEAR(code.refine.norm2, code_norm2, 1e-6 * code_norm2);
      EXPECT_GE(code.refine.residual, std::sqrt(error2) * (1 - 1e-6));
      EXPECT_LE(code.refine.residual, std::sqrt(error2) * 1.001 + 2e-5 * std::sqrt(norm2));
      for (uint32_t d = dim; d < shape.code_entries(); d++) {
        EXPECT_EQ(0, code.first[d % shape.code_bytes()] >> (d / shape.code_bytes() * shape.bits) & ((1 << shape.bits) - 1));
      }
      for (uint32_t d = dim; d < shape.refine_entries(); d++) {
        EXPECT_EQ(0, code.second[d % shape.refine_bytes()] >> (d / shape.refine_bytes() * shape.refine) &
                         ((1 << shape.refine) - 1));
      }
    }
  }
}

struct Accuracy {
  double score = 0, refined = 0;            // relative RMS error of the distance (squared for L2), to near neighbours
  double deviation = 0, margin = 0, bias = 0;  // of score(), in its own unit
  double gap = 0;                           // mean of truth - bound over residual
};

Accuracy measure(const Shape &shape, Metric metric) {
  Embeddings data(shape.dim, 5);
  std::vector<Vector> rows, sample;
  for (int i = 0; i < 1500; i++) rows.push_back(data.next());
  OwnedModel owned(shape, metric, {rows.begin(), rows.begin() + 500});
  std::vector<Code> codes;
  for (const Vector &x : rows) codes.push_back(encoded(owned.model, x));
  const double unit = double{owned.model.scale} * owned.model.scale;
  Accuracy sum;
  int count = 0;
  for (int k = 0; k < 20; k++) {
    Vector q = data.next();
    Prepared query(owned.model, q);
    std::vector<std::pair<double, size_t>> order;
    for (size_t i = 0; i < rows.size(); i++) order.emplace_back(exact_distance(metric, q, rows[i]), i);
    std::partial_sort(order.begin(), order.begin() + 20, order.end());
    for (int j = 0; j < 20; j++, count++) {
      auto [truth, i] = order[static_cast<size_t>(j)];
      double in_score = unit * (metric == Metric::kL2 ? truth * truth : metric == Metric::kCosine ? 2 * truth : truth);
      double error = query.score_of(codes[i]) - in_score;
      Refined refined = query.refined_of(codes[i]);
      double ratio = metric == Metric::kL2 ? std::pow(refined.estimate / truth, 2) : refined.estimate / truth;
      sum.score += std::pow(error / in_score, 2);
      sum.refined += std::pow(ratio - 1, 2);
      sum.deviation += error * error;
      sum.bias += error;
      sum.margin += std::pow(margin(query.query, codes[i].factors.norm2), 2);
      sum.gap += (truth - refined.bound) / (codes[i].refine.residual / owned.model.scale);
    }
  }
  return {std::sqrt(sum.score / count),  std::sqrt(sum.refined / count), std::sqrt(sum.deviation / count),
          std::sqrt(sum.margin / count), sum.bias / count,               sum.gap / count};
}

TEST(Codec, EstimatesAreAsAccurateAsTheDesignCountsOn) {
  kernels::choose("auto");
  for (uint32_t dim : {100u, 512u, 768u}) {
    Accuracy narrow = measure({dim, 4, 4}, Metric::kL2), wide = measure({dim, 8, 0}, Metric::kL2);
    EXPECT_LT(narrow.score, dim < 512 ? 0.025 : 0.015) << dim;
    EXPECT_LT(narrow.refined, 0.0037) << dim;
    EXPECT_LT(wide.score, 0.0024) << dim;
    EXPECT_LE(wide.refined, wide.score * 1.05) << dim;
  }
  kernels::choose("scalar");
}

TEST(Codec, MarginIsOneDeviationOfTheScore) {
  kernels::choose("auto");
  for (const Shape &shape : shapes(384)) {
    for (Metric metric : kMetrics) {
      SCOPED_TRACE(name_of(shape) + " metric " + std::to_string(static_cast<int>(metric)));
      Accuracy accuracy = measure(shape, metric);
      EXPECT_LT(accuracy.margin, 1.5 * accuracy.deviation);
      EXPECT_GT(accuracy.margin, accuracy.deviation / 1.5);
      EXPECT_LT(std::fabs(accuracy.bias), 0.35 * accuracy.deviation) << "the estimate is biased";
    }
  }
  kernels::choose("scalar");
}

// Under L2 the bound lies one residual below the truth, and hardly more: slack for float arithmetic must stay small.
TEST(Codec, BoundsAreTight) {
  kernels::choose("auto");
  for (uint32_t dim : {100u, 768u, 1536u}) {
    Accuracy accuracy = measure(default_shape(dim), Metric::kL2);
    EXPECT_LT(accuracy.gap, 1.06) << dim;
    EXPECT_GT(accuracy.gap, 0.5) << dim;
  }
  kernels::choose("scalar");
}

TEST(Codec, DistancesBetweenCodes) {
  kernels::choose("auto");
  for (uint32_t dim : {3u, 33u, 100u, 512u, 1000u}) {
    for (const Shape &shape : shapes(dim)) {
      for (Metric metric : kMetrics) {
        SCOPED_TRACE(name_of(shape) + " metric " + std::to_string(static_cast<int>(metric)));
        Embeddings data(dim, 9);
        OwnedModel owned(shape, metric, {data.next(), data.next(), data.next(), data.next(), data.next()});
        Code a = encoded(owned.model, data.next()), b = encoded(owned.model, data.next());
        Prepared from_a(owned.model, a, false), from_b(owned.model, b, false);
        float unit = std::max({a.factors.norm2, b.factors.norm2, 1.0f});
        EXPECT_NEAR(from_a.score_of(b), from_b.score_of(a), 1e-5f * unit);
        EXPECT_LT(from_a.score_of(a), metric == Metric::kInnerProduct ? 0.0f : 1e-5f * unit);
        if (!shape.graph_uses_both_planes()) continue;
        Prepared both_a(owned.model, a, true), both_b(owned.model, b, true);
        EXPECT_NEAR(both_a.score_both_of(b), both_b.score_both_of(a), 1e-5f * unit);
        EXPECT_LT(both_a.score_both_of(a), metric == Metric::kInnerProduct ? 0.0f : 1e-5f * unit);
      }
    }
  }
  kernels::choose("scalar");
}

// Scores of codes, of a query against a code, and of both planes estimate the same number.
TEST(Codec, AllScoresHaveOneUnit) {
  kernels::choose("auto");
  for (const Shape &shape : shapes(512)) {
    for (Metric metric : kMetrics) {
      SCOPED_TRACE(name_of(shape) + " metric " + std::to_string(static_cast<int>(metric)));
      Embeddings data(512, 21);
      std::vector<Vector> rows;
      for (int i = 0; i < 40; i++) rows.push_back(data.next());
      OwnedModel owned(shape, metric, rows);
      for (size_t i = 1; i < rows.size(); i++) {
        Code a = encoded(owned.model, rows[0]), b = encoded(owned.model, rows[i]);
        Prepared query(owned.model, rows[0]), code(owned.model, a, false);
        double truth = exact_distance(metric, rows[0], rows[i]) * owned.model.scale;
        truth = metric == Metric::kL2 ? truth * truth : truth * owned.model.scale * (metric == Metric::kCosine ? 2 : 1);
        double allowed = 5 * margin(query.query, b.factors.norm2) + 1e-3;
        EXPECT_NEAR(query.score_of(b), truth, allowed);
        // Between codes, inner products are those of points lifted to a sphere.
        double lifted = truth;
        if (metric == Metric::kInnerProduct)
          lifted -= static_cast<double>(height_of(a.factors.norm2)) * static_cast<double>(height_of(b.factors.norm2));
        EXPECT_NEAR(code.score_of(b), lifted, 5 * margin(code.query, b.factors.norm2) + 1e-3);
        if (shape.refine == 0) continue;
        EXPECT_NEAR(query.score_both_of(b), truth, shape.bits < 8 ? allowed / 4 : allowed);
        Prepared both(owned.model, a, true);  // builds walk the graph by score() with it
        EXPECT_NEAR(both.score_of(b), lifted, allowed + 4e-3);
        EXPECT_NEAR(both.score_both_of(b), lifted, shape.bits < 8 ? allowed / 4 : allowed);
      }
    }
  }
  kernels::choose("scalar");
}

// A short vector has its own double as its nearest neighbour, not the longest vectors of all.
TEST(Codec, InnerProductBetweenCodesIsLeastForTheSame) {
  kernels::choose("auto");
  Embeddings data(384, 5);
  std::vector<Vector> rows;
  for (int i = 0; i < 60; i++) {
    rows.push_back(data.next());
    for (float &v : rows.back()) v *= 1 + 0.02f * static_cast<float>(i);
  }
  OwnedModel owned(default_shape(384), Metric::kInnerProduct, rows);
  for (size_t i = 0; i < rows.size(); i++) {
    Code own = encoded(owned.model, rows[i]);
    Prepared code(owned.model, own, false);
    for (size_t j = 0; j < rows.size(); j++)
      EXPECT_LE(code.score_of(own), code.score_of(encoded(owned.model, rows[j])) + 0.02f);
  }
  kernels::choose("scalar");
}

TEST(Codec, SampleGivesUnitSpread) {
  for (Metric metric : kMetrics) {
    Embeddings data(64, 13);
    std::vector<Vector> rows;
    for (int i = 0; i < 300; i++) {
      rows.push_back(data.next());
      for (float &v : rows.back()) v *= 1000;
    }
    OwnedModel owned(default_shape(64), metric, rows);
    double sum = 0;
    for (const Vector &x : rows) sum += encoded(owned.model, x).factors.norm2;
    EXPECT_NEAR(sum / 300, 1, 1e-3);
    if (metric == Metric::kInnerProduct) {
      EXPECT_EQ(Vector(64), owned.mean);
    }
  }
}

TEST(Codec, DegenerateSamples) {
  Shape shape = default_shape(8);
  EXPECT_EQ(1.0f, OwnedModel(shape, Metric::kL2, {}).model.scale);
  EXPECT_EQ(1.0f, OwnedModel(shape, Metric::kL2, {Vector(8), Vector(8)}).model.scale);
  EXPECT_EQ(1.0f, OwnedModel(shape, Metric::kL2, {Vector(8, 1e-42f), Vector(8, 2e-42f)}).model.scale);
  OwnedModel equal(shape, Metric::kL2, {Vector(8, 3), Vector(8, 3), Vector(8, 3)});
  EXPECT_NEAR(equal.model.scale, 1 / (3 * std::sqrt(8.0f)), 1e-6);
  Code code = encoded(equal.model, Vector(8, 3));
  EXPECT_EQ(0, code.factors.norm2);
  EXPECT_EQ(0, code.factors.scale);
  EXPECT_LT(code.refine.residual, 1e-6f);
  EXPECT_EQ(0.0, Prepared(equal.model, Vector(8, 3)).refined_of(code).bound);
}

TEST(Codec, OnlyZeroVectorsUnderCosineHaveNoPlace) {
  Vector zero(5), tiny(5);
  tiny[3] = std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(indexable(Metric::kL2, 5, zero.data()));
  EXPECT_TRUE(indexable(Metric::kInnerProduct, 5, zero.data()));
  EXPECT_FALSE(indexable(Metric::kCosine, 5, zero.data()));
  EXPECT_TRUE(indexable(Metric::kCosine, 5, tiny.data()));
}

// Whatever the magnitudes, and even for numbers that no vector may hold: valid codes, scores that can be ordered.
TEST(Codec, ScoresAreNeverNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  std::mt19937 random(17);
  for (const Shape &shape : shapes(70)) {
    for (Metric metric : kMetrics) {
      for (float scale : {1.0f, 1e30f, 1e-30f}) {
        OwnedModel owned(shape, metric, {});
        owned.model.scale = scale;
        std::vector<Vector> rows = {Vector(70), Vector(70, nan), Vector(70, infinity), Vector(70, 3e38f), Vector(70, -3e38f)};
        for (float magnitude : {1e-45f, 1e-38f, 1e-20f, 1.0f, 1e20f, 1e37f}) rows.push_back(gaussian(random, 70, magnitude));
        std::vector<Code> codes;
        for (const Vector &x : rows) codes.push_back(encoded(owned.model, x));
        for (size_t i = 0; i < rows.size(); i++) {
          Prepared query(owned.model, rows[i]), from(owned.model, codes[i], false);
          for (const Code &code : codes) {
            ASSERT_FALSE(std::isnan(query.score_of(code)));
            ASSERT_FALSE(std::isnan(from.score_of(code)));
            ASSERT_FALSE(std::isnan(query.score_both_of(code)));
            Refined refined = query.refined_of(code);
            ASSERT_FALSE(std::isnan(refined.bound) || std::isnan(refined.estimate));
            ASSERT_LT(refined.bound, double{infinity});
            if (shape.graph_uses_both_planes()) {
              ASSERT_FALSE(std::isnan(Prepared(owned.model, codes[i], true).score_both_of(code)));
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace vexpg::codec
