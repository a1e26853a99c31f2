// SPDX-License-Identifier: PostgreSQL
// Is the rotation a rotation, in every dimension, to the accuracy that it promises, and the same on every CPU?
#include "codec/rotation.hpp"

#include <gtest/gtest.h>

#include "codec_data.hpp"

namespace vexpg::codec {
namespace {

std::vector<uint32_t> dimensions() {
  std::vector<uint32_t> list;
  for (uint32_t dim = 1; dim <= 67; dim++) list.push_back(dim);
  for (uint32_t dim : {100u, 127u, 128u, 129u, 255u, 257u, 384u, 511u, 512u, 768u, 1000u, 1023u, 1024u, 1536u, 3001u, 8191u,
                       8192u, 15999u, 16000u}) {
    list.push_back(dim);
  }
  return list;
}

std::vector<uint64_t> signs_of(uint32_t dim, uint64_t seed) {
  Shape shape{dim, 4, 4};
  std::vector<uint64_t> signs(shape.sign_words());
  fill_signs(seed, shape, signs.data());
  return signs;
}

double dot(const Vector &a, const Vector &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); i++) sum += double{a[i]} * b[i];
  return sum;
}

TEST(Rotation, KeepsNormsAndAngles) {
  std::mt19937 random(1);
  for (uint32_t dim : dimensions()) {
    std::vector<uint64_t> signs = signs_of(dim, dim);
    Vector a = gaussian(random, dim), b = gaussian(random, dim);
    double aa = dot(a, a), bb = dot(b, b), ab = dot(a, b);
    rotate(dim, signs.data(), a.data());
    rotate(dim, signs.data(), b.data());
    double error = 3 * rotation_error(dim);
    EXPECT_NEAR(dot(a, a), aa, error * aa) << dim;
    EXPECT_NEAR(dot(a, b), ab, error * std::sqrt(aa * bb)) << dim;
  }
}

// Columns of the matrix are orthonormal: so it is invertible, and its inverse keeps norms as well.
TEST(Rotation, MatrixIsOrthogonal) {
  for (uint32_t dim = 1; dim <= 67; dim++) {
    std::vector<uint64_t> signs = signs_of(dim, 3);
    std::vector<Vector> columns;
    for (uint32_t i = 0; i < dim; i++) {
      columns.emplace_back(dim);
      columns[i][i] = 1;
      rotate(dim, signs.data(), columns[i].data());
    }
    for (uint32_t i = 0; i < dim; i++) {
      for (uint32_t j = 0; j <= i; j++) EXPECT_NEAR(dot(columns[i], columns[j]), i == j, 1e-5) << dim;
    }
  }
}

TEST(Rotation, ErrorIsWithinItsBound) {
  std::mt19937 random(2);
  for (uint32_t dim : dimensions()) {
    std::vector<uint64_t> signs = signs_of(dim, 5);
    for (int kind = 0; kind < 3; kind++) {
      Vector x = kind == 0 ? gaussian(random, dim) : Vector(dim, kind == 1 ? 0.1f : 0.0f);
      if (kind == 2) x[dim / 2] = 1.0f / 3;
      std::vector<double> exact = exact_rotation(signs, {x.begin(), x.end()});
      double norm = std::sqrt(dot(x, x)), error2 = 0;
      rotate(dim, signs.data(), x.data());
      for (uint32_t i = 0; i < dim; i++) error2 += (x[i] - exact[i]) * (x[i] - exact[i]);
      EXPECT_LE(std::sqrt(error2), rotation_error(dim) * norm) << dim;
    }
  }
}

TEST(Rotation, SameBitsOnEveryTable) {
  std::mt19937 random(3);
  for (uint32_t dim : dimensions()) {
    std::vector<uint64_t> signs = signs_of(dim, 9);
    Vector x = gaussian(random, dim), expected;
    with_every_table([&](const kernels::Kernels &table) {
      Vector y = x;
      rotate(dim, signs.data(), y.data());
      if (expected.empty()) expected = y;
      EXPECT_EQ(0, memcmp(y.data(), expected.data(), dim * sizeof(float))) << table.name << " " << dim;
    });
  }
}

// A single spike must spread over all components, whatever its place: that is what makes the codes work.
TEST(Rotation, SpreadsSpikes) {
  for (uint32_t dim : {96u, 100u, 384u, 512u, 768u, 1000u, 1023u, 1536u}) {
    std::vector<uint64_t> signs = signs_of(dim, 11);
    for (uint32_t place : {0u, dim / 2, dim - 1}) {
      Vector x(dim);
      x[place] = 1;
      rotate(dim, signs.data(), x.data());
      float largest = 0;
      for (float v : x) largest = std::max(largest, std::fabs(v));
      EXPECT_LT(largest, 6 / std::sqrt(static_cast<float>(dim))) << dim << " " << place;
    }
  }
}

TEST(Rotation, SignsDependOnTheSeedAlone) {
  EXPECT_EQ(signs_of(100, 1), signs_of(100, 1));
  EXPECT_NE(signs_of(100, 1), signs_of(100, 2));
}

}  // namespace
}  // namespace vexpg::codec
