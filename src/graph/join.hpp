// SPDX-License-Identifier: PostgreSQL
// The nearest neighbours of each of a few hundred nodes among all of them: every pair is measured once, by products of
// panels, and offered to both.
#pragma once
#include "graph/nearest.hpp"
#include "graph/panel.hpp"

namespace vexpg::graph {

// What the bulk build needs of a store beside WritableStore.
template <class S>
concept JoinStore = WritableStore<S> && requires(S &s, NodeId id, const int8_t **row) {
  // Ids are below.
  { s.size() } -> std::same_as<uint32_t>;
  // The highest level of a node; -1 for one that has no links of its own.
  { s.level_of_node(id) } -> std::same_as<int>;
  // Words of four entries in the row of a code, 0 if distances are no products of rows and distance() has to do; and the
  // row of a node, valid until the next call of the store.
  { s.row_words() } -> std::same_as<uint32_t>;
  { s.row(id, row) } -> std::same_as<codec::RowTerms>;
  // row() of it comes soon.
  { s.expect(id) };
  // Rows are rounder than codes: what is chosen is measured again by distance().
  { s.rows_are_rough() } -> std::same_as<bool>;
  // For the bulk build, until replace_links() on level 0. None: 0 bytes.
  { s.link_room() } -> std::same_as<LinkRoom>;
};

// Renders nodes into panels; if they have no rows, fetches them to the places from `at`.
template <JoinStore S>
void render(S &store, Panels &panels, const uint32_t *points, uint32_t count, const NodeId *nodes, int at = 0) {
  const uint32_t words = store.row_words();
  constexpr uint32_t kAhead = 4;
  panels.reset(count, words);
  for (uint32_t i = 0; i < count; i++) {
    const int8_t *row;
    if (i + kAhead < count) store.expect(nodes[points[i + kAhead]]);
    if (words == 0) {
      store.fetch(&nodes[points[i]], 1, at + static_cast<int>(i));
    } else {
      codec::RowTerms terms = store.row(nodes[points[i]], &row);
      panels.set(i, row, terms);
    }
  }
}

struct JoinScratch {
  explicit JoinScratch(Memory memory) : panels(memory), matrix(memory), least(memory), near(memory), sorted(memory) {}
  Panels panels;
  GrowingArray<float> matrix;  // distances between all rows
  GrowingArray<float> least;   // of each row, the least distance to each block
  GrowingArray<Found> near, sorted;  // candidates of one row
  NearestFirst nearest;
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

  // points: positions, in the order of the rows that render() put into scratch.panels.
  template <JoinStore S> void run(S &store, const uint32_t *points, const Reservoirs &reservoirs) {
    Panels &panels = scratch_.panels;
    blocks_ = panels.panel_count();
    near_blocks_ = expected_blocks();
    stride_ = size_t{blocks_ + 1} * kRows;  // not a power of two: columns would fall on the same lines of the cache
    scratch_.matrix.reserve(stride_ * blocks_ * kRows);
    scratch_.near.reserve(stride_);
    scratch_.sorted.reserve(stride_);
    scratch_.least.reserve(size_t{blocks_} * blocks_ * kRows);
    if (store.row_words() > 0) measure_rows(store);
    else measure_codes(store, points);
    constexpr uint32_t kAhead = 2;
    for (uint32_t row = 0; row < panels.count(); row++) {
      if (row + kAhead < panels.count()) reservoirs.expect(points[row + kAhead]);
      const float *distances = scratch_.matrix.begin() + row * stride_;
      uint32_t count = nearest(distances, row, points, reservoirs.limit(points[row]));
      reservoirs.merge(points[row], scratch_.sorted.begin(), count, 0);
    }
  }

 private:
  template <JoinStore S> void measure_rows(S &store) {
    for (uint32_t block = 0; block < blocks_; block++) {
      store.poll();
      for (uint32_t other = block; other < blocks_; other += kTileColumns) {
        uint32_t tiles = std::min(kTileColumns, blocks_ - other);
        scratch_.panels.multiply(block, scratch_.panels, other, tiles, products_);
        for (uint32_t tile = 0; tile < tiles; tile++) measure(block, other + tile, products_ + tile * kRows * kRows);
      }
    }
  }
  // Pair by pair. The lower position is always on the left: then a pair has the same distance wherever it meets.
  template <JoinStore S> void measure_codes(S &store, const uint32_t *points) {
    const uint32_t count = scratch_.panels.count();
    float *matrix = scratch_.matrix.begin(), *least = scratch_.least.begin();
    std::fill_n(least, size_t{count} * blocks_, kFarthest);
    for (uint32_t i = 0; i < count; i++) {
      store.poll();
      store.prepare(static_cast<int>(i));
      matrix[i * stride_ + i] = kFarthest;
      for (uint32_t j = 0; j < count; j++) {
        if (points[i] >= points[j]) continue;
        const float distance = store.distance(static_cast<int>(j));
        matrix[i * stride_ + j] = matrix[j * stride_ + i] = distance;
        float &of_i = least[i * blocks_ + j / kRows], &of_j = least[j * blocks_ + i / kRows];
        of_i = std::min(of_i, distance);
        of_j = std::min(of_j, distance);
      }
    }
  }
  // The distances of two blocks, on both sides of the diagonal, and the least of each row of either.
  void measure(uint32_t left, uint32_t right, const int32_t *products) {
    const Panels &panels = scratch_.panels;
    FloatQuad least_of_columns[kRows / 4];
    std::fill_n(least_of_columns, kRows / 4, FloatQuad{} + kFarthest);
    for (uint32_t i = 0; i < kRows; i += 4) {
      const uint32_t row = left * kRows + i;
      FloatQuad least_of_rows[4];
      std::fill_n(least_of_rows, 4, FloatQuad{} + kFarthest);
      for (uint32_t j = 0; j < kRows; j += 4) {
        const uint32_t column = right * kRows + j;
        FloatQuad quads[4];
        for (uint32_t k = 0; k < 4; k++) {
          quads[k] = panels.distances(panels.terms(row + k), column, products + (i + k) * kRows + j);
          if (left == right && i == j) quads[k][k] = kFarthest;
          std::memcpy(scratch_.matrix.begin() + (row + k) * stride_ + column, &quads[k], sizeof quads[k]);
          least_of_rows[k] = lesser(quads[k], least_of_rows[k]);
          least_of_columns[j / 4] = lesser(quads[k], least_of_columns[j / 4]);
        }
        if (left == right) continue;
        transpose(quads);
        for (uint32_t k = 0; k < 4; k++)
          std::memcpy(scratch_.matrix.begin() + (column + k) * stride_ + row, &quads[k], sizeof quads[k]);
      }
      transpose(least_of_rows);
      put_least(right, row, lesser(lesser(least_of_rows[0], least_of_rows[1]), lesser(least_of_rows[2], least_of_rows[3])));
    }
    for (uint32_t j = 0; j < kRows && left != right; j += 4) put_least(left, right * kRows + j, least_of_columns[j / 4]);
  }
  static FloatQuad lesser(FloatQuad a, FloatQuad b) { return a < b ? a : b; }
  // Of four rows, the least distance to the rows of a block.
  void put_least(uint32_t block, uint32_t row, FloatQuad least) {
    for (uint32_t k = 0; k < 4; k++) scratch_.least.begin()[(row + k) * blocks_ + block] = least[k];
  }

  // In how many blocks are the keep_ nearest of a row, if they fall anywhere? In all, unless the blocks are many.
  uint32_t expected_blocks() const {
    const float rows = static_cast<float>(scratch_.panels.count()), kept = static_cast<float>(keep_);
    if (kept * 4 > rows) return blocks_;
    float missed = 1 - kept / rows;
    for (int i = 0; i < 4; i++) missed *= missed;  // by each of the sixteen rows of a block
    static_assert(kRows == 16);
    return std::min(blocks_, static_cast<uint32_t>(static_cast<float>(blocks_) * (1 - missed)) + 1);
  }
  // A distance that about keep_ of a row do not exceed, nor `limit`: of the least distances of its blocks, the one at the
  // place that is expected of the keep-th.
  float bound(const float *least, float limit) {
    uint32_t near = 0;
    for (uint32_t block = 0; block < blocks_; block++) near += least[block] <= limit;
    if (near_blocks_ == blocks_ || near <= near_blocks_) return limit;
    return std::min(limit, scratch_.nearest.bound(least, blocks_, near_blocks_));
  }

  // Writes the nearest of a row to scratch.sorted; returns how many.
  uint32_t nearest(const float *distances, uint32_t row, const uint32_t *points, float limit) {
    const float *least = scratch_.least.begin() + size_t{row} * blocks_;
    limit = bound(least, limit);
    Found *near = scratch_.near.begin();
    uint32_t count = 0, rows = scratch_.panels.count();
    for (uint32_t block = 0; block < blocks_; block++) {
      if (least[block] > limit) continue;
      uint32_t end = std::min((block + 1) * kRows, rows);
      for (uint32_t k = block * kRows; k < end; k++) {
        near[count] = {distances[k], points[k]};
        count += (distances[k] <= limit) & (points[k] != points[row]);
      }
    }
    return scratch_.nearest.take(near, count, keep_ + keep_ / 2, order_of(points[row]), scratch_.sorted.begin());
  }

  JoinScratch &scratch_;
  uint32_t keep_, blocks_ = 0, near_blocks_ = 0;
  size_t stride_ = 0;
  alignas(64) int32_t products_[kTileColumns * kRows * kRows];
};

}  // namespace vexpg::graph
