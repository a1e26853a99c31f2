// SPDX-License-Identifier: PostgreSQL
// The measurement of recall: which rows are held out, and that one search tells what searches with every list and every
// stop rule find, against true neighbours by brute force.
#include <gtest/gtest.h>

#include <set>

#include "code_store.hpp"
#include "fake_store.hpp"
#include "graph/recall_search.hpp"

namespace vexpg::graph {
namespace {

TEST(HeldOut, OneRowOfEachRun) {
  for (uint64_t rows : {2000u, 2001u, 9999u, 60000u, 1000003u}) {
    const HeldOut held = held_out(rows, true, {16, 64});
    ASSERT_EQ(held.count, std::min<uint64_t>(rows / 200, 256));
    std::set<uint64_t> chosen;
    for (uint32_t i = 0; i < held.count; i++) {
      EXPECT_GE(held.row(i), rows * i / held.count);
      EXPECT_LT(held.row(i), rows * (i + 1) / held.count);
      chosen.insert(held.row(i));
    }
    EXPECT_EQ(chosen.size(), held.count);
    uint32_t count = 0;
    for (uint64_t row = 0; row < rows; row++) {
      ASSERT_EQ(held.has(row), chosen.count(row) == 1) << row;
      count += held.has(row);
    }
    EXPECT_EQ(count, held.count);
  }
  EXPECT_EQ(held_out(1999, true, {16, 64}).count, 0u);
  EXPECT_FALSE(held_out(1999, true, {16, 64}).has(0));
  EXPECT_EQ(held_out(0, true, {16, 64}).count, 0u);
  EXPECT_LT(held_out(100000, false, {16, 64}).count, held_out(100000, true, {16, 64}).count);
  EXPECT_LT(held_out(100000, true, {8, 32}).count, held_out(100000, true, {16, 64}).count);
}

// Codes of which some are held out: they have no level, and no node leads to them.
class MeasuredCodes {
 public:
  MeasuredCodes(CodeGraph &graph, std::vector<NodeId> held, bool products)
      : store_(graph), held_(std::move(held)), products_(products) {}

  uint32_t size() const { return store_.size(); }
  int level_of_node(NodeId id) const { return store_.level_of_node(id); }
  uint32_t row_words() const { return products_ ? store_.row_words() : 0; }
  codec::RowTerms row(NodeId id, const int8_t **row) { return store_.row(id, row); }
  void set_query(uint32_t q) {
    query_ = held_[q];
    store_.fetch(&query_, 1, 0);
    store_.query_from(0);
  }
  codec::RowTerms query_row(const int8_t **row) { return store_.row(query_, row); }
  void set_node(NodeId id) {
    store_.fetch(&id, 1, 1);
    store_.prepare(1);
  }
  float distance_to(uint32_t q) {
    store_.fetch(&held_[q], 1, 2);
    return store_.distance(2);
  }
  float whole_distance(NodeId id) {
    store_.fetch(&id, 1, 3);
    store_.prepare_query();
    return store_.distance(3);
  }
  uint32_t row_count(NodeId) const { return 1; }
  float margin() const { return 0; }
  float stop_shift() const { return 0; }
  int links(NodeId id, int level, NodeId *out) { return store_.links(id, level, out); }
  int score(const NodeId *ids, int count, Candidate *out) { return store_.score(ids, count, out); }
  void poll() {}

 private:
  CodeStore store_;
  std::vector<NodeId> held_;
  bool products_;
  NodeId query_ = 0;
};
static_assert(MeasuredStore<MeasuredCodes>);

struct MeasuredGraph {
  MeasuredGraph(uint32_t rows, uint32_t dim) : graph({dim, 8, 0}, codec::Metric::kL2, vectors_of(rows, dim), 16) {
    for (NodeId id = 5; id < rows; id += 100) {
      if (graph.levels[id] > 0) continue;
      graph.levels[id] = -1;
      held.push_back(id);
    }
    CodeStore store(graph);
    LoneWorker team;
    BulkParameters parameters = bulk_parameters({5, 16});
    std::vector<uint64_t> bytes(BulkMemory(parameters, rows, store.link_room(), nullptr).bytes() / 8 + 1);
    BulkMemory memory(parameters, rows, store.link_room(), bytes.data());
    BulkScratch scratch(arena.memory());
    BulkBuild<CodeStore, LoneWorker>(store, team, parameters, memory, scratch).run();
  }
  static std::vector<codec::Vector> vectors_of(uint32_t rows, uint32_t dim) {
    codec::Embeddings source(dim, 11);
    std::vector<codec::Vector> vectors(rows);
    for (codec::Vector &x : vectors) x = source.next();
    return vectors;
  }
  RecallSums measure(bool products) {
    MeasuredCodes measured(graph, held, products);
    std::vector<uint64_t> bytes(RecallMemory(count(), nullptr).bytes() / 8 + 1);
    RecallMemory memory(count(), bytes.data());
    memory.initialize();
    RecallScratch scratch(arena.memory());
    LoneWorker team;
    RecallSearch<MeasuredCodes> search(measured, scratch, 32, graph.entry(), graph.levels[graph.entry()]);
    measure_recall(measured, team, scratch, memory, search);
    return memory.shared().sums;
  }
  uint32_t count() const { return static_cast<uint32_t>(held.size()); }

  // What a search by itself finds and compares.
  RecallSums::Sum search_alone(const RecallStep &step) {
    MeasuredCodes measured(graph, held, true);
    RecallSums::Sum sum = {};
    for (uint32_t q = 0; q < count(); q += step.few ? kRecallFew : 1) {
      measured.set_query(q);
      std::vector<float> all;
      for (NodeId id = 0; id < measured.size(); id++)
        if (measured.level_of_node(id) >= 0) all.push_back(measured.whole_distance(id));
      std::nth_element(all.begin(), all.begin() + kRecallRows - 1, all.end());
      const float farthest = all[kRecallRows - 1];
      NodeId entry = graph.entry();
      Candidate starts[2];
      SearchCounts descent = {};
      measured.score(&entry, 1, starts);
      starts[1] = starts[0];
      LevelSearch search(arena.memory());
      descend(measured, search.visited, &starts[0], graph.levels[entry], 0, &descent);
      search.reset(step.ef, 32);
      if (step.gamma > 0) {
        search.stop = {kRecallRows + kRecallRows / 4, (1 + step.gamma) * (1 + step.gamma) - 1, 0};
        search_level<true>(measured, search, starts, 2, 0, step.ef);
      } else {
        search_level(measured, search, starts, 2, 0, step.ef);
      }
      uint32_t hits = 0;
      for (const Candidate &c : search.results) hits += measured.whole_distance(c.id) <= farthest;
      sum.queries++;
      sum.rows += kRecallRows;
      sum.hits += std::min(hits, kRecallRows);
      sum.codes += descent.scored + search.counts.scored;
    }
    return sum;
  }

  Arena arena;
  CodeGraph graph;
  std::vector<NodeId> held;
};

TEST(Recall, OneSearchTellsWhatAllOthersFind) {
  MeasuredGraph measured(4000, 24);
  ASSERT_GT(measured.count(), 30u);
  const RecallSums sums = measured.measure(true);
  for (uint32_t step = 0; step < kRecallStepCount; step++) {
    SCOPED_TRACE(step);
    const RecallSums::Sum alone = measured.search_alone(kRecallSteps[step]);
    EXPECT_EQ(sums.all[step].queries, alone.queries);
    EXPECT_EQ(sums.all[step].rows, alone.rows);
    EXPECT_EQ(sums.all[step].hits, alone.hits);
    EXPECT_EQ(sums.all[step].codes, alone.codes);
  }
  EXPECT_LT(sums.all[0].recall(), 1.0);
}

TEST(Recall, TheExactPassNeedsNoProducts) {
  MeasuredGraph measured(2500, 16);
  const RecallSums rows = measured.measure(true), codes = measured.measure(false);
  for (uint32_t step = 0; step < kRecallStepCount; step++) {
    EXPECT_EQ(rows.all[step].hits, codes.all[step].hits);
    EXPECT_EQ(rows.all[step].codes, codes.all[step].codes);
  }
}

TEST(Recall, FewQueriesSayWhatLongSearchesAdd) {
  RecallSums sums = {};
  uint32_t base = 0, lone = 0;
  while (!kRecallSteps[base + 1].few) base++;
  lone = base + 1;
  sums.all[base] = {4000, 40, 400, 360};  // 0.9
  sums.few[base] = {800, 10, 100, 80};    // 0.8, harder than all
  sums.all[lone] = sums.few[lone] = {1600, 10, 100, 85};
  EXPECT_NEAR(sums.recall(base), 0.9, 1e-9);
  EXPECT_NEAR(sums.recall(lone), 0.95, 1e-9);
  EXPECT_NEAR(sums.codes(lone), 180, 1e-9);
  sums.all[lone] = sums.few[lone] = {1600, 10, 100, 100};
  EXPECT_EQ(sums.recall(lone), 1.0);
}

}  // namespace
}  // namespace vexpg::graph
