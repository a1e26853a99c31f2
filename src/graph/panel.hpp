// SPDX-License-Identifier: PostgreSQL
// Codes as rows of int8 in the panels of kernels::products, for distances between all of many nodes: the same bits for
// (a, b) as for (b, a), whatever panels they lie in.
#pragma once
#include <cstring>

#include "codec/codec.hpp"
#include "graph/array.hpp"
#include "kernels/kernels.hpp"

namespace vexpg::graph {

using FloatQuad = float __attribute__((vector_size(16)));
using IntQuad = int32_t __attribute__((vector_size(16)));
template <class Quad, class T> Quad load_quad(const T *p) {
  Quad quad;
  std::memcpy(&quad, p, sizeof quad);
  return quad;
}
inline bool any_below(FloatQuad numbers, float limit) {
  using Halves = int64_t __attribute__((vector_size(16)));
  const auto below = reinterpret_cast<Halves>(numbers < FloatQuad{} + limit);
  return (below[0] | below[1]) != 0;
}

inline constexpr uint32_t kRows = static_cast<uint32_t>(kernels::kPanelRows);
inline constexpr float kFarthest = 3e38f;  // more than any distance

class Panels {
 public:
  explicit Panels(Memory memory) : bytes_(memory), bias_(memory), step_(memory), height_(memory) {}

  // Room for `count` rows of `words` words; all of them zero, and too far away from everything to be a neighbour.
  void reset(uint32_t count, uint32_t words) {
    words_ = words;
    count_ = count;
    panel_count_ = (count + kRows - 1) / kRows;
    size_t rows = size_t{panel_count_} * kRows;
    bytes_.reserve(rows * words * 4 + kAlign);
    bias_.reserve(rows);
    step_.reserve(rows);
    height_.reserve(rows);
    if (count % kRows != 0) std::memset(panel(panel_count_ - 1), 0, panel_bytes());
    for (size_t row = count; row < rows; row++) set_terms(row, {kFarthest, 0, 0});
  }
  void set(uint32_t row, const int8_t *entries, const codec::RowTerms &terms) {
    assert(row < count_);
    int8_t *at = panel(row / kRows) + size_t{row % kRows} * 4;
    for (uint32_t w = 0; w < words_; w++) std::memcpy(at + size_t{w} * kRows * 4, entries + size_t{w} * 4, 4);
    set_terms(row, terms);
  }
  uint32_t count() const { return count_; }
  uint32_t panel_count() const { return panel_count_; }
  int8_t *panel(uint32_t p) {
    auto start = reinterpret_cast<uintptr_t>(bytes_.begin());
    return bytes_.begin() + (kAlign - start % kAlign) % kAlign + p * panel_bytes();
  }
  codec::RowTerms terms(uint32_t row) const { return {bias_.begin()[row], step_.begin()[row], height_.begin()[row]}; }
  // Products of one panel here with `count` panels of `right`, which has rows of the same length.
  void multiply(uint32_t left, Panels &right, uint32_t first, uint32_t count, int32_t *out) {
    kernels::active().products(panel(left), right.panel(first), count, words_, out);
  }
  // Four distances from a row of these terms to rows at .. at + 3, given their products.
  FloatQuad distances(const codec::RowTerms &from, uint32_t at, const int32_t *products) const {
    FloatQuad dot = __builtin_convertvector(load_quad<IntQuad>(products), FloatQuad);
    FloatQuad distance = from.bias + load_quad<FloatQuad>(bias_.begin() + at);
    distance -= from.step * load_quad<FloatQuad>(step_.begin() + at) * dot;
    return distance - from.height * load_quad<FloatQuad>(height_.begin() + at);
  }

 private:
  static constexpr size_t kAlign = 64;
  size_t panel_bytes() const { return size_t{words_} * kRows * 4; }
  void set_terms(size_t row, const codec::RowTerms &terms) {
    bias_.begin()[row] = terms.bias;
    step_.begin()[row] = terms.step;
    height_.begin()[row] = terms.height;
  }
  GrowingArray<int8_t> bytes_;
  GrowingArray<float> bias_, step_, height_;
  uint32_t count_ = 0, panel_count_ = 0, words_ = 0;
};

}  // namespace vexpg::graph
