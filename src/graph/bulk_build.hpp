// SPDX-License-Identifier: PostgreSQL
// A graph of many nodes at once (after PiPNN, arXiv 2602.21247): overlapping partitions, all pairs of nodes within each
// (join.hpp), the nearest of every node in a reservoir, of these the links that the heuristic chooses (select.hpp), then
// links back. Every level is built so, from the nodes that reach it: the links are what insertion would look for, found
// by comparisons in the cache instead of by a search per node.
//
// Any number of workers run a BulkBuild each over the same memory. A node's links are written once, by one worker.
#pragma once
#include <algorithm>
#include <iterator>
#include <utility>

#include "graph/bulk_memory.hpp"
#include "graph/insert.hpp"
#include "graph/partition.hpp"

namespace vexpg::graph {

struct BulkScratch {
  explicit BulkScratch(Memory memory) : partition(memory), join(memory), choices(memory), rejected(memory), ids(memory) {}
  PartitionScratch partition;
  JoinScratch join;
  GrowingArray<Choice> choices, rejected;
  GrowingArray<NodeId> ids;
};

template <JoinStore S, Team T> class BulkBuild {
 public:
  BulkBuild(S &store, T &team, const BulkParameters &parameters, const BulkMemory &memory, BulkScratch &scratch)
      : store_(store), team_(team), parameters_(parameters), memory_(memory), shared_(memory.shared()), ids_(memory.ids()),
        reservoirs_(memory.reservoirs(0, memory.nodes())), scratch_(scratch) {}

  // Links all nodes of the store, which have no links yet.
  void run() {
    for (int level = kMaxLevel; level >= 0; level--) {
      team_.barrier();
      if (team_.leader()) begin_level(level);
      team_.barrier();
      if (shared_.count > 1) build_level(level);
    }
    team_.barrier();
  }

 private:
  enum Stage { kAssign, kJoin, kChoose, kLinkBack, kWrite };
  static constexpr uint32_t kBlock = 64;  // nodes claimed at once

  // The nodes of the level, and how they are divided.
  void begin_level(int level) {
    uint32_t count = 0;
    for (NodeId id = 0; id < store_.size(); id++)
      if (store_.level_of_node(id) >= level) ids_[count++] = id;
    assert(count <= memory_.nodes());
    std::fill(std::begin(shared_.next), std::end(shared_.next), 0u);
    shared_.count = count;
    std::fill_n(reservoirs_.counts, count, uint16_t{0});
    std::fill_n(reservoirs_.locks, count, uint8_t{0});
    const PartitionParameters &partition = parameters_.partition;
    shared_.division = {1, 1, partition.memberships};
    if (count > partition.largest) shared_.division = divide(partition, count, partition.memberships);
  }

  void build_level(int level) {
    reservoirs_ = memory_.reservoirs(level, shared_.count);
    if (shared_.division.leaders > 1) assign_all();
    team_.barrier();
    if (team_.leader()) gather();
    team_.barrier();
    join_all(level == 0);
    team_.barrier();
    for_nodes(kChoose, [&](uint32_t node) { choose(node, level); });
    team_.barrier();
    for_nodes(kLinkBack, [&](uint32_t node) { link_back(node); });
    team_.barrier();
    for_nodes(kWrite, [&](uint32_t node) { write_links(node, level); });
  }

  template <class Body> void for_nodes(Stage stage, Body body) {
    for (uint32_t at; (at = claim(&shared_.next[stage], kBlock)) < shared_.count;)
      for (uint32_t node = at; node < std::min(at + kBlock, shared_.count); node++) {
        store_.poll();
        body(node);
      }
  }

  void assign_all() {
    uint32_t fanout = shared_.division.fanout, points[kRows];
    take_leaders(store_, scratch_.partition, nullptr, shared_.count, shared_.division.leaders, ids_);
    for (uint32_t at; (at = claim(&shared_.next[kAssign], kRows)) < shared_.count;) {
      store_.poll();
      uint32_t count = std::min(kRows, shared_.count - at);
      for (uint32_t i = 0; i < count; i++) points[i] = at + i;
      assign(store_, scratch_.partition, points, count, fanout, ids_, memory_.nearest() + size_t{at} * fanout);
    }
  }

  // The members of each partition of the first division.
  void gather() {
    uint32_t *members = memory_.members(), *starts = shared_.starts;
    const uint32_t leaders = shared_.division.leaders, fanout = shared_.division.fanout;
    const uint16_t *nearest = memory_.nearest();
    const size_t all = size_t{shared_.count} * fanout;
    std::fill_n(starts, leaders + 1, 0u);
    if (leaders == 1) starts[0] = shared_.count;
    for (size_t i = 0; leaders > 1 && i < all; i++) starts[nearest[i]]++;
    uint32_t end = 0;
    for (uint32_t i = 0; i <= leaders; i++) end += std::exchange(starts[i], end);
    for (size_t i = 0; i < all; i++) members[starts[leaders > 1 ? nearest[i] : 0]++] = static_cast<uint32_t>(i / fanout);
    for (uint32_t i = leaders; i > 0; i--) starts[i] = starts[i - 1];
    starts[0] = 0;
  }

  void join_all(bool counted) {
    // A level that is one partition offers every pair.
    uint32_t keep = shared_.division.leaders == 1 ? reservoirs_.capacity : parameters_.keep;
    Join join(scratch_.join, keep);
    GrowingArray<uint32_t> &points = scratch_.partition.points;
    for (uint32_t part; (part = claim(&shared_.next[kJoin], 1)) < shared_.division.leaders;) {
      points.clear();
      for (uint32_t i = shared_.starts[part]; i < shared_.starts[part + 1]; i++) points.push_back(memory_.members()[i]);
      if (!points.empty())
        partition(store_, parameters_.partition, scratch_.partition, shared_.division.left, ids_,
                  [&](const uint32_t *leaf, uint32_t count) {
                    render(store_, scratch_.join.panels, leaf, count, ids_);
                    join.run(store_, leaf, reservoirs_);
                  });
      if (counted) team_.advance((shared_.starts[part + 1] - shared_.starts[part]) / shared_.division.fanout);
    }
  }

  // Candidates of a node as choices, nearest first, and fetched: what its reservoir holds, and its links on the levels
  // above `level`. Those lead farther: they keep crowds, whose nodes know nothing but each other, from being islands.
  int fetch_candidates(uint32_t node, int level) {
    Found found[Reservoirs::kMaxCapacity];
    const uint32_t found_count = reservoirs_.read(node, found);
    GrowingArray<Choice> &choices = scratch_.choices;
    GrowingArray<NodeId> &ids = scratch_.ids;
    choices.clear();
    ids.clear();
    ids.push_back(ids_[node]);
    for (uint32_t i = 0; i < found_count; i++) add_candidate(ids_[found[i].id], found[i].distance);
    const size_t near = choices.size();
    NodeId links[kMaxLinks];
    for (int above = store_.level_of_node(ids_[node]); above > level; above--)
      for (int i = store_.links(ids_[node], above, links) - 1; i >= 0; i--)
        if (std::find(ids.begin(), ids.end(), links[i]) == ids.end()) add_candidate(links[i], 0);
    scratch_.rejected.reserve(choices.size());
    store_.fetch(ids.begin(), static_cast<int>(ids.size()), 0);
    const size_t measured = store_.rows_are_rough() ? 0 : near;
    if (measured < choices.size()) store_.prepare(0);
    for (size_t i = measured; i < choices.size(); i++) choices[i].distance = store_.distance(choices[i].index);
    std::sort(choices.begin(), choices.end(), order_of(ids_[node]));
    return static_cast<int>(choices.size());
  }
  void add_candidate(NodeId id, float distance) {
    scratch_.choices.push_back({distance, id, static_cast<int>(scratch_.ids.size())});
    scratch_.ids.push_back(id);
  }

  // Leaves in the node's reservoir only what it links to.
  void choose(uint32_t node, int level) {
    const int m = parameters_.insert.m, count = fetch_candidates(node, level);
    Choice *choices = scratch_.choices.begin();
    int kept = select_neighbours(store_, choices, count, m, m, scratch_.rejected.begin());
    Found links[kMaxLinks];
    for (int i = 0; i < kept; i++) links[i] = {choices[i].distance, position_of(choices[i].id)};
    reservoirs_.write(node, links, static_cast<uint32_t>(kept));
    memory_.chosen()[node] = static_cast<uint8_t>(kept);
  }

  uint32_t position_of(NodeId id) const {
    return static_cast<uint32_t>(std::lower_bound(ids_, ids_ + shared_.count, id) - ids_);
  }

  // Offers the node to those it links to.
  void link_back(uint32_t node) {
    Found links[Reservoirs::kMaxCapacity];
    reservoirs_.read_shared(node, links);
    for (uint32_t i = 0; i < memory_.chosen()[node]; i++) reservoirs_.expect(links[i].id);
    for (uint32_t i = 0; i < memory_.chosen()[node]; i++) {
      Found back = {links[i].distance, node};
      reservoirs_.merge(links[i].id, &back, 1, memory_.chosen()[links[i].id]);
    }
  }

  // The node's own links and those back, all if they find room.
  void write_links(uint32_t node, int level) {
    const InsertParameters &insert = parameters_.insert;
    int count = fetch_candidates(node, kMaxLevel), kept = count;
    Choice *choices = scratch_.choices.begin();
    if (count > insert.capacity(level))
      kept = select_neighbours(store_, choices, count, insert.m, insert.refill(level), scratch_.rejected.begin());
    NodeId links[kMaxLinks];
    for (int i = 0; i < kept; i++) links[i] = choices[i].id;
    store_.replace_links(ids_[node], level, nullptr, 0, links, kept);
  }

  S &store_;
  T &team_;
  const BulkParameters &parameters_;
  const BulkMemory &memory_;
  BulkShared &shared_;
  NodeId *ids_;
  Reservoirs reservoirs_;
  BulkScratch &scratch_;
};

}  // namespace vexpg::graph
