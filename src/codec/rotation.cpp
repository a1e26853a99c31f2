// SPDX-License-Identifier: PostgreSQL
// The random rotation (rotation.hpp) over the kernels of class B.
#include "codec/rotation.hpp"

#include <bit>

#include "codec/codec.hpp"
#include "codec/lanes.hpp"
#include "kernels/kernels.hpp"

namespace vexpg::codec {

namespace {

// SplitMix64 (Steele, Lea & Flood 2014): equidistributed, and any seed will do.
uint64_t next_word(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void multiply(float *x, uint32_t n, float factor) {
  for_lanes(n, [=](auto lane, uint32_t i) {
    auto v = load<decltype(lane)>(x + i) * factor;
    memcpy(x + i, &v, sizeof v);
  });
}

}  // namespace

void fill_signs(uint64_t seed, const Shape &shape, uint64_t *signs) {
  for (uint32_t i = 0; i < shape.sign_words(); i++) signs[i] = next_word(&seed);
}

void rotate(uint32_t dim, const uint64_t *signs, float *x) {
  const kernels::Kernels &kernel = kernels::active();
  const uint32_t words = (dim + 63) / 64;
  const uint32_t window = std::bit_floor(dim);
  const bool whole = window == dim;
  // Two whole rounds make the vector `window` times as long: an exact factor. Windows must be normalised at once.
  const float factor = whole ? 1.0f / static_cast<float>(window) : 1.0f / __builtin_sqrtf(static_cast<float>(window));
  for (uint32_t round = 0; round < uint32_t{kRotationRounds}; round++) {
    const bool odd = round % 2 == 1;
    float *start = odd ? x + (dim - window) : x;
    kernel.flip_signs(x, signs + round * words, dim);
    kernel.hadamard(start, window);
    if (!whole || odd) multiply(start, window, factor);
    if (!whole && odd) kernel.kac_mix(x, x + (dim - dim / 2), dim / 2);
  }
}

double rotation_error(uint32_t dim) {
  // A round: log2(window) butterflies and two roundings for the factor; every other one three for the Kac step.
  int stages = kRotationRounds * (std::bit_width(dim) - 1 + 2) + kRotationRounds / 2 * 3;
  return 1.01 * kFloatUnit * stages;
}

}  // namespace vexpg::codec
