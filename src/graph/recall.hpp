// SPDX-License-Identifier: PostgreSQL
// The recall of a graph that was just built, measured by nodes that were held out of it: which rows are held out, their
// true neighbours among all others, and what the workers of a build share meanwhile. recall_search.hpp searches.
//
// Nodes of the graph would not do as queries: their neighbours lead to them, and to each other through them.
#pragma once
#include <algorithm>
#include <iterator>

#include "graph/connect.hpp"
#include "graph/join.hpp"
#include "graph/partition.hpp"

namespace vexpg::graph {

inline constexpr uint32_t kRecallRows = 10;   // recall is the share of so many nearest rows that a search finds
inline constexpr uint32_t kRecallEf = 640;    // of the longest search
inline constexpr uint32_t kRecallTruth = 64;  // nearest nodes by rows of int8; the true ones are among them

// The searches whose recall is measured: with a list of ef, and with a stop rule. Long ones, which find nearly all, are
// done for a few of the queries.
struct RecallStep {
  uint32_t ef;
  float gamma;
  bool few;
};
inline constexpr uint32_t kRecallFew = 4;  // each of so many queries is one of the few
inline constexpr RecallStep kRecallSteps[] = {
    {20, 0, false},      {30, 0, false},      {40, 0, false},      {60, 0, false},      {80, 0, false},
    {120, 0, false},     {160, 0, false},     {240, 0, true},      {320, 0, true},      {640, 0, true},
    {640, 0.01f, false}, {640, 0.02f, false}, {640, 0.03f, false}, {640, 0.04f, false}, {640, 0.06f, false},
    {640, 0.08f, false}, {640, 0.1f, true},   {640, 0.15f, true},
};
inline constexpr uint32_t kRecallStepCount = std::size(kRecallSteps);

// One row is held out of each of `count` equal runs of rows, at random: the table may have its rows in any order.
struct HeldOut {
  uint64_t rows;
  uint32_t count;

  uint64_t row(uint32_t i) const {
    uint64_t from = rows * i / count, to = rows * (i + 1) / count;
    return from + mix(rows + i) % (to - from);
  }
  bool has(uint64_t number) const {
    return count > 0 && row(static_cast<uint32_t>(((number + 1) * count - 1) / rows)) == number;
  }
};

// Few enough to cost at most a twentieth of the build; none of a table that any search covers. product_rows: distances
// are products of rows (JoinStore::row_words), else they cost more. A build of small effort has time for half as many.
inline HeldOut held_out(uint64_t rows, bool product_rows, const InsertParameters &insert) {
  constexpr uint64_t kLeastRows = 2000, kShare = 200;
  const uint64_t all = product_rows ? 256 : 64, most = insert.ef_construction < 64 ? all / 2 : all;
  return {rows, rows < kLeastRows ? 0 : static_cast<uint32_t>(std::min(rows / kShare, most))};
}

struct RecallSums {
  struct Sum {
    uint64_t codes;                // compared with the queries
    uint32_t queries, rows, hits;  // rows that they should have found, and did
    double recall() const { return rows == 0 ? 0 : static_cast<double>(hits) / rows; }
    double mean_codes() const { return queries == 0 ? 0 : static_cast<double>(codes) / queries; }
  };
  // Of all queries, and of the few.
  Sum all[kRecallStepCount], few[kRecallStepCount];

  // What a step that only the few did adds to the longest that all did: they may be harder or easier than all.
  double recall(uint32_t step) const {
    const uint32_t base = base_of(step);
    if (base == step) return all[step].recall();
    return std::clamp(all[base].recall() + few[step].recall() - few[base].recall(), 0.0, 1.0);
  }
  double codes(uint32_t step) const {
    const uint32_t base = base_of(step);
    if (base == step) return all[step].mean_codes();
    return std::max(all[base].mean_codes() + few[step].mean_codes() - few[base].mean_codes(), 0.0);
  }
  static uint32_t base_of(uint32_t step) {
    while (kRecallSteps[step].few) step--;
    return step;
  }
};

struct RecallShared {
  uint32_t next_node, next_query;  // work that nobody has claimed
  RecallSums sums;
};

// What the workers share, in a piece of memory without pointers.
class RecallMemory {
 public:
  // base: a multiple of 8, or null to ask for bytes() alone.
  RecallMemory(uint32_t queries, void *base)
      : shared_(static_cast<RecallShared *>(base)), queries_(queries) {}
  size_t bytes() const { return sizeof(RecallShared) + queries_ * (kRecallTruth * sizeof(Found) + sizeof(NodeId) + 3); }
  uint32_t queries() const { return queries_; }
  RecallShared &shared() const { return *shared_; }
  Reservoirs truth() const {
    auto *counts = reinterpret_cast<uint16_t *>(ids() + queries_);
    return {LinkRoom{}, nullptr, found(), counts, reinterpret_cast<uint8_t *>(counts + queries_), kRecallTruth};
  }
  const Found *truth_of(uint32_t query) const { return found() + size_t{query} * kRecallTruth; }
  // Of the queries.
  NodeId *ids() const { return reinterpret_cast<NodeId *>(found() + size_t{queries_} * kRecallTruth); }
  void initialize() const {
    *shared_ = {};
    std::fill_n(truth().counts, queries_, uint16_t{0});
    std::fill_n(truth().locks, queries_, uint8_t{0});
  }

 private:
  Found *found() const { return reinterpret_cast<Found *>(shared_ + 1); }
  RecallShared *shared_;
  uint32_t queries_;
};
static_assert(sizeof(RecallShared) % 8 == 0);

// What measuring needs of a store: a graph, and rows that are not in it, by their number.
template <class S>
concept MeasuredStore = ReadableStore<S> && requires(S &s, NodeId id, uint32_t query, const int8_t **row) {
  // As of a JoinStore; no row that is held out is a node.
  { s.size() } -> std::same_as<uint32_t>;
  { s.level_of_node(id) } -> std::same_as<int>;
  { s.row_words() } -> std::same_as<uint32_t>;
  { s.row(id, row) } -> std::same_as<codec::RowTerms>;
  // Makes a held-out row the query of score() and whole_distance(), by all that its code tells; and its row.
  { s.set_query(query) };
  { s.query_row(row) } -> std::same_as<codec::RowTerms>;
  // From a node to a held-out row, in any unit, where there are no rows.
  { s.set_node(id) };
  { s.distance_to(query) } -> std::same_as<float>;
  // The distance from the query by all that a node's code tells.
  { s.whole_distance(id) } -> std::same_as<float>;
  // Rows that are at a node: itself and its duplicates.
  { s.row_count(id) } -> std::same_as<uint32_t>;
  // Of the query: one standard deviation of score(), and StopRule::shift.
  { s.margin() } -> std::same_as<float>;
  { s.stop_shift() } -> std::same_as<float>;
};

struct ExactScratch {
  explicit ExactScratch(Memory memory) : queries(memory), block(memory), nearest(memory), counts(memory) {}
  Panels queries, block;
  GrowingArray<Found> nearest;    // kRecallTruth of each query, nearest first
  GrowingArray<uint32_t> counts;  // of them
};

// Finds the nearest nodes of each held-out row by measuring all of them.
template <MeasuredStore S> class ExactPass {
 public:
  ExactPass(S &store, ExactScratch &scratch, const RecallMemory &memory)
      : store_(store), scratch_(scratch), memory_(memory), count_(memory.queries()) {}

  // A worker's share of it. Afterwards what it found is in the reservoirs.
  void run() {
    scratch_.nearest.reserve(size_t{count_} * kRecallTruth);
    scratch_.counts.clear();
    for (uint32_t q = 0; q < count_; q++) scratch_.counts.push_back(0);
    if (store_.row_words() > 0) render_queries();
    for (uint32_t at; (at = claim(&memory_.shared().next_node, kBlock)) < store_.size();)
      for (NodeId id = at, end = std::min(at + kBlock, store_.size()); id < end;) {
        store_.poll();
        uint32_t found = 0;
        for (; id < end && found < kTileColumns * kRows; id++)
          if (store_.level_of_node(id) >= 0) ids_[found++] = id;
        if (found == 0) continue;
        store_.row_words() > 0 ? measure_rows(found) : measure_codes(found);
      }
    for (uint32_t q = 0; q < count_; q++) memory_.truth().merge(q, nearest_of(q), scratch_.counts[q], 0);
  }

 private:
  static constexpr uint32_t kBlock = 1024;  // nodes claimed at once

  Found *nearest_of(uint32_t query) { return scratch_.nearest.begin() + size_t{query} * kRecallTruth; }

  void render_queries() {
    scratch_.queries.reset(count_, store_.row_words());
    for (uint32_t q = 0; q < count_; q++) {
      const int8_t *row;
      store_.set_query(q);
      codec::RowTerms terms = store_.query_row(&row);
      scratch_.queries.set(q, row, terms);
    }
  }
  void measure_rows(uint32_t found) {
    alignas(64) int32_t products[kTileColumns * kRows * kRows];
    Panels &block = scratch_.block;
    block.reset(found, store_.row_words());
    for (uint32_t i = 0; i < found; i++) {
      const int8_t *row;
      codec::RowTerms terms = store_.row(ids_[i], &row);
      block.set(i, row, terms);
    }
    for (uint32_t panel = 0; panel < scratch_.queries.panel_count(); panel++) {
      scratch_.queries.multiply(panel, block, 0, block.panel_count(), products);
      for (uint32_t i = 0; i < kRows && panel * kRows + i < count_; i++) {
        const uint32_t query = panel * kRows + i;
        const codec::RowTerms terms = scratch_.queries.terms(query);
        float limit = limit_of(query);
        for (uint32_t at = 0; at < block.panel_count() * kRows; at += 4) {
          FloatQuad distances = block.distances(terms, at, products + (at / kRows * kRows + i) * kRows + at % kRows);
          if (!any_below(distances, limit)) continue;
          for (uint32_t k = 0; k < 4; k++)
            if (distances[k] < limit) limit = take(query, distances[k], ids_[at + k]);
        }
      }
    }
  }
  void measure_codes(uint32_t found) {
    for (uint32_t i = 0; i < found; i++) {
      store_.set_node(ids_[i]);
      for (uint32_t q = 0; q < count_; q++) {
        const float distance = store_.distance_to(q);
        if (distance < limit_of(q)) take(q, distance, ids_[i]);
      }
    }
  }
  float limit_of(uint32_t query) {
    return scratch_.counts[query] < kRecallTruth ? kFarthest : nearest_of(query)[kRecallTruth - 1].distance;
  }
  // Returns what the next one must be nearer than.
  float take(uint32_t query, float distance, NodeId id) {
    Found *list = nearest_of(query);
    uint32_t &count = scratch_.counts[query];
    uint32_t place = count < kRecallTruth ? count++ : kRecallTruth - 1;
    for (; place > 0 && distance < list[place - 1].distance; place--) list[place] = list[place - 1];
    list[place] = {distance, id};
    return limit_of(query);
  }

  S &store_;
  ExactScratch &scratch_;
  const RecallMemory &memory_;
  uint32_t count_;
  NodeId ids_[kTileColumns * kRows];
};

}  // namespace vexpg::graph
