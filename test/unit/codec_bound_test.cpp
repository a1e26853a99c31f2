// SPDX-License-Identifier: PostgreSQL
// Is a lower bound ever above the distance that the operator computes? An index scan would then fail in the executor.
// Every kernel table plays the operator, over metrics, shapes, dimensions, magnitudes and adversarial pairs.
#include <gtest/gtest.h>

#include <limits>

#include "codec_bound.hpp"

namespace vexpg::codec {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Shape shape_of(std::mt19937 &random, uint32_t dim, Coding coding) {
  static const uint8_t bits[] = {1, 2, 4, 8}, refine[] = {0, 4, 8};
  return random() % 3 == 0 ? default_shape(dim, coding) : Shape{dim, bits[random() % 4], refine[random() % 3], coding};
}

// One random case of a given dimension and the largest decimal exponent of its magnitudes.
void check_case(uint32_t seed, uint32_t dim, int exponent_max) {
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::to_string(dim) + " dimensions");
  const Metric metric = static_cast<Metric>(1 + random() % 4);
  const float size = std::pow(10.0f, static_cast<float>(std::uniform_real_distribution<>(-exponent_max, exponent_max)(random)));
  const int kind = static_cast<int>(random() % kPairKinds);
  std::vector<Vector> sample;
  for (uint32_t i = random() % 3 == 0 ? 0 : 3 + random() % 20; i > 0; i--) {
    sample.push_back(make_pair_of(kind, random, dim, size).first);
  }
  OwnedModel owned(shape_of(random, dim, coding_of(metric)), metric, sample, seed);
  Pair pair = make_pair_of(kind, random, dim, size);
  if (random() % 4 == 0) to_half_precision(&pair);
  if (!indexable(metric, dim, pair.first.data()) || !indexable(metric, dim, pair.second.data())) return;
  BoundCheck check = check_bound(owned.model, pair);
  EXPECT_TRUE(check.holds) << "kind " << kind << " metric " << static_cast<int>(metric) << " bits "
                           << int{owned.model.shape.bits} << "+" << int{owned.model.shape.refine} << " size " << size
                           << ": bound " << check.bound << " above " << check.distance << " of " << check.table;
  // Numbers of ordinary size must have a bound.
  if (exponent_max <= 5 && kind != kBeyondFloatRange) {
    EXPECT_GT(check.bound, -kInfinity);
  }
}

TEST(CodecBound, HoldsAtOrdinaryMagnitudes) {
  for (uint32_t dim = 1; dim <= 67; dim++) {
    for (uint32_t seed = 0; seed < 150; seed++) check_case(dim * 1000 + seed, dim, 2);
  }
}

TEST(CodecBound, HoldsAtExtremeMagnitudes) {
  for (uint32_t dim = 1; dim <= 67; dim++) {
    for (uint32_t seed = 0; seed < 150; seed++) check_case(dim * 1000 + seed + 500, dim, 30);
  }
}

TEST(CodecBound, HoldsInManyDimensions) {
  for (uint32_t dim : {100u, 255u, 256u, 257u, 384u, 512u, 768u, 1000u, 1536u, 3072u}) {
    for (uint32_t seed = 0; seed < 60; seed++) check_case(dim * 1000 + seed, dim, seed % 2 == 0 ? 2 : 30);
  }
  for (uint32_t dim : {15999u, 16000u}) {
    for (uint32_t seed = 0; seed < 12; seed++) check_case(dim * 1000 + seed, dim, seed % 2 == 0 ? 2 : 30);
  }
}

// Against o in exact arithmetic: the residual covers the rounding of centring, scaling and rotation too, which shows where
// the code itself is nearly exact.
TEST(CodecBound, ResidualsCoverTheirOwnComputation) {
  for (uint32_t seed = 0; seed < 400; seed++) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const uint32_t dim = seed < 300 ? 1 + seed % 67 : 700 + seed;
    const bool cosine = seed % 2 == 1;
    Shape shape{dim, 8, 8};
    std::vector<Vector> sample;
    for (int i = 0; i < 5; i++) sample.push_back(gaussian(random, dim, 1, cosine ? 30 : 0));
    OwnedModel owned(shape, cosine ? Metric::kCosine : Metric::kL2, sample, seed);
    Vector x = gaussian(random, dim, 1, cosine ? 30 : 0);
    double norm = 1;
    if (cosine) norm = std::sqrt(exact_distance(Metric::kInnerProduct, x, x) * -1);
    std::vector<double> o(dim);
    for (uint32_t d = 0; d < dim; d++) o[d] = (x[d] / norm - owned.mean[d]) * owned.model.scale;
    o = exact_rotation(owned.signs, o);
    Code code = encoded(owned.model, x);
    double error2 = 0;
    for (uint32_t d = 0; d < dim; d++) {
      const int u = code.first[d] * 256 + code.second[d];
      error2 += std::pow(o[d] - double{code.refine.step} * (u - double{whole_centre(8, 8)}), 2);
    }
    EXPECT_GE(code.refine.residual, std::sqrt(error2));
  }
}

TEST(CodecBound, EqualVectorsHaveDistanceZero) {
  std::mt19937 random(4);
  for (uint32_t dim : {1u, 3u, 64u, 100u, 768u}) {
    for (Metric metric : {Metric::kL2, Metric::kCosine}) {
      std::vector<Vector> sample;
      for (int i = 0; i < 10; i++) sample.push_back(gaussian(random, dim, 1, 3));
      OwnedModel owned(default_shape(dim), metric, sample);
      for (const Vector &x : sample) EXPECT_EQ(0.0, Prepared(owned.model, x).refined_of(encoded(owned.model, x)).bound);
    }
  }
}

// Operators' floats overflow or lose their squares here: nothing can be said, and that is what must be said.
TEST(CodecBound, NothingIsClaimedBeyondFloatRange) {
  OwnedModel inner(default_shape(4), Metric::kInnerProduct, {}), cosine(default_shape(4), Metric::kCosine, {});
  OwnedModel gap(default_shape(4), Metric::kL2, {});
  Vector large(4, 1e30f), tiny(4, 1e-30f);
  EXPECT_EQ(-kInfinity, Prepared(inner.model, large).refined_of(encoded(inner.model, large)).bound);
  EXPECT_EQ(-kInfinity, Prepared(cosine.model, tiny).refined_of(encoded(cosine.model, Vector(4, 1))).bound);
  EXPECT_EQ(-kInfinity, Prepared(cosine.model, Vector(4, 1)).refined_of(encoded(cosine.model, tiny)).bound);
  EXPECT_EQ(-kInfinity, Prepared(gap.model, Vector(4, 1)).refined_of(encoded(gap.model, large)).bound);
}

}  // namespace
}  // namespace vexpg::codec
