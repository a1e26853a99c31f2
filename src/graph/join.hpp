// SPDX-License-Identifier: PostgreSQL
// The nearest neighbours of each of a few hundred nodes among all of them: every pair is measured once, by products of
// panels, and offered to both.
#pragma once
#include "graph/panel.hpp"
#include "graph/reservoir.hpp"

namespace vexpg::graph {

// What the bulk build needs of a store beside WritableStore.
template <class S>
concept JoinStore = WritableStore<S> && requires(S &s, NodeId id, const int8_t **row) {
  // Ids are below.
  { s.size() } -> std::same_as<uint32_t>;
  // The highest level of a node; -1 for one that has no links of its own.
  { s.level_of_node(id) } -> std::same_as<int>;
  // Words of four entries in the row of a code, and the row of a node, valid until the next call of the store.
  { s.row_words() } -> std::same_as<uint32_t>;
  { s.row(id, row) } -> std::same_as<codec::RowTerms>;
  // Rows are rounder than codes: what is chosen is measured again by distance().
  { s.rows_are_rough() } -> std::same_as<bool>;
};

struct JoinScratch {
  explicit JoinScratch(Memory memory) : panels(memory), matrix(memory), least(memory), near(memory) {}
  Panels panels;
  GrowingArray<float> matrix;  // distances between all rows
  GrowingArray<float> least;   // of each block of one row
  GrowingArray<Found> near;    // candidates of one row
};

inline constexpr uint32_t kTileColumns = 8;  // panels per call: their products stay in the first-level cache

// Four rows of four become four columns.
inline void transpose(FloatQuad *rows) {
  FloatQuad a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5), b = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
  FloatQuad c = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5), d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
  rows[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  rows[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  rows[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  rows[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

class Join {
 public:
  // keep: about how many of each row's nearest are wanted.
  Join(JoinScratch &scratch, uint32_t keep) : scratch_(scratch), keep_(keep) {}

  // points: positions, in the order of the rows of scratch.panels, which are filled.
  template <JoinStore S> void run(S &store, const uint32_t *points, const Reservoirs &reservoirs) {
    Panels &panels = scratch_.panels;
    uint32_t blocks = panels.panel_count();
    stride_ = size_t{blocks + 1} * kRows;  // not a power of two: columns would fall on the same lines of the cache
    scratch_.matrix.reserve(stride_ * blocks * kRows);
    scratch_.near.reserve(stride_);
    scratch_.least.reserve(size_t{blocks} * 2);
    for (uint32_t block = 0; block < blocks; block++) {
      store.poll();
      for (uint32_t other = block; other < blocks; other += kTileColumns) {
        uint32_t tiles = std::min(kTileColumns, blocks - other);
        panels.multiply(block, panels, other, tiles, products_);
        for (uint32_t tile = 0; tile < tiles; tile++) measure(block, other + tile, products_ + tile * kRows * kRows);
      }
    }
    for (uint32_t row = 0; row < panels.count(); row++) {
      float *distances = scratch_.matrix.begin() + row * stride_;
      distances[row] = kFarthest;
      uint32_t count = nearest(distances, row, points, reservoirs.limit(points[row]));
      reservoirs.merge(points[row], scratch_.near.begin(), count, 0);
    }
  }

 private:
  // The distances of two blocks, on both sides of the diagonal.
  void measure(uint32_t left, uint32_t right, const int32_t *products) {
    const Panels &panels = scratch_.panels;
    for (uint32_t i = 0; i < kRows; i += 4) {
      uint32_t row = left * kRows + i;
      for (uint32_t j = 0; j < kRows; j += 4) {
        uint32_t column = right * kRows + j;
        FloatQuad quads[4];
        for (uint32_t k = 0; k < 4; k++) {
          quads[k] = panels.distances(panels.terms(row + k), column, products + (i + k) * kRows + j);
          std::memcpy(scratch_.matrix.begin() + (row + k) * stride_ + column, &quads[k], sizeof quads[k]);
        }
        if (left == right) continue;
        transpose(quads);
        for (uint32_t k = 0; k < 4; k++)
          std::memcpy(scratch_.matrix.begin() + (column + k) * stride_ + row, &quads[k], sizeof quads[k]);
      }
    }
  }

  // The least distance of each block of a row, in scratch.least; returns one that at least keep_ of the row do not exceed:
  // the keep-th of them. Of a few hundred rows about half as many again are as near.
  float bound(const float *distances) {
    uint32_t blocks = scratch_.panels.panel_count();
    float *least = scratch_.least.begin();
    for (uint32_t block = 0; block < blocks; block++) {
      const float *at = distances + block * kRows;
      FloatQuad low = load_quad<FloatQuad>(at);
      for (uint32_t i = 4; i < kRows; i += 4) {
        FloatQuad more = load_quad<FloatQuad>(at + i);
        low = more < low ? more : low;
      }
      least[block] = std::min(std::min(low[0], low[1]), std::min(low[2], low[3]));
    }
    if (blocks <= keep_) return kFarthest;
    std::copy_n(least, blocks, least + blocks);
    std::nth_element(least + blocks, least + blocks + keep_ - 1, least + 2 * blocks, [](float a, float b) { return a < b; });
    return least[blocks + keep_ - 1];
  }

  // Writes the nearest of a row to scratch.near, sorted; returns how many.
  uint32_t nearest(const float *distances, uint32_t row, const uint32_t *points, float limit) {
    Nearer order = order_of(points[row]);
    limit = std::min(limit, bound(distances));
    Found *near = scratch_.near.begin();
    uint32_t count = 0, rows = scratch_.panels.count();
    for (uint32_t block = 0; block < scratch_.panels.panel_count(); block++) {
      if (scratch_.least.begin()[block] > limit) continue;
      uint32_t end = std::min((block + 1) * kRows, rows);
      for (uint32_t k = block * kRows; k < end; k++) {
        near[count] = {distances[k], points[k]};
        count += (distances[k] <= limit) & (points[k] != points[row]);
      }
    }
    uint32_t kept = std::min(count, keep_ + keep_ / 2);
    if (kept < count) std::nth_element(near, near + kept - 1, near + count, order);
    std::sort(near, near + kept, order);
    return kept;
  }

  JoinScratch &scratch_;
  uint32_t keep_;
  size_t stride_ = 0;
  alignas(64) int32_t products_[kTileColumns * kRows * kRows];
};

}  // namespace vexpg::graph
