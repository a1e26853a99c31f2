// SPDX-License-Identifier: PostgreSQL
// A graph of many nodes at once (after PiPNN, arXiv 2602.21247): overlapping partitions, all pairs of nodes within each
// (join.hpp), the nearest of every node in a reservoir, of these the links that the heuristic chooses (select.hpp), then
// links back. Every level is built so, from the nodes that reach it: the links are what insertion would look for, found
// by comparisons in the cache instead of by a search per node.
//
// Any number of workers run bulk_build() together. Links of a node are written by one worker, once.
#pragma once
#include "graph/insert.hpp"
#include "graph/partition.hpp"
#include "graph/reach.hpp"

#include <utility>

namespace vexpg::graph {

struct BulkParameters {
  InsertParameters insert;
  PartitionParameters partition;
  uint32_t reservoir;  // candidates of a node
  uint32_t keep;       // of them, at most so many from one partition
};

inline BulkParameters bulk_parameters(const InsertParameters &insert) {
  auto ef = static_cast<uint32_t>(insert.ef_construction), lists = static_cast<uint32_t>(2 * insert.m);
  uint32_t reservoir = std::clamp(std::max(ef, lists), 16u, Reservoirs::kMaxReservoir);
  return {insert, {1000, 500, 8, 256}, reservoir, 20};
}

// Counters and the division of a level, in shared memory.
struct BulkShared {
  static constexpr uint32_t kMaxLeaders = 1024;
  uint32_t next[6];  // work that is not claimed yet, by stage
  uint32_t count;    // nodes on the level
  Division division;
  uint32_t starts[kMaxLeaders + 1];
};

// Where things lie in the shared memory of a build of so many nodes.
class BulkMemory {
 public:
  BulkMemory(const BulkParameters &parameters, uint32_t nodes) : nodes_(nodes), reservoir_(parameters.reservoir) {
    // As many as any level needs: lower levels have more nodes.
    for (Place *place : {&shared_, &ids_, &found_, &members_, &counts_, &nearest_, &locks_, &chosen_}) place->at = 0;
    fanout_ = kMaxFanout < parameters.partition.memberships ? kMaxFanout : parameters.partition.memberships;
    size_t count = nodes;
    take(&shared_, sizeof(BulkShared));
    take(&ids_, count * sizeof(NodeId));
    take(&found_, count * reservoir_ * sizeof(Found));
    take(&members_, count * fanout_ * sizeof(uint32_t));
    take(&counts_, count * sizeof(uint16_t));
    take(&nearest_, count * fanout_ * sizeof(uint16_t));
    take(&locks_, count);
    take(&chosen_, count);
  }
  size_t bytes() const { return bytes_; }
  void set_base(void *base) { base_ = static_cast<uint8_t *>(base); }
  uint32_t nodes() const { return nodes_; }

  BulkShared &shared() const { return *at<BulkShared>(shared_); }
  NodeId *ids() const { return at<NodeId>(ids_); }  // of the nodes of the level, by position
  Reservoirs reservoirs() const { return {at<Found>(found_), at<uint16_t>(counts_), at<uint8_t>(locks_), reservoir_}; }
  uint32_t *members() const { return at<uint32_t>(members_); }    // positions, partition after partition
  uint16_t *nearest() const { return at<uint16_t>(nearest_); }    // leaders of each position
  uint8_t *chosen() const { return at<uint8_t>(chosen_); }        // how many links a node has chosen itself

 private:
  struct Place {
    size_t at;
  };
  template <class T> T *at(Place place) const { return reinterpret_cast<T *>(base_ + place.at); }
  void take(Place *place, size_t bytes) {
    place->at = bytes_;
    bytes_ += (bytes + 63) / 64 * 64;
  }
  Place shared_, ids_, found_, members_, counts_, nearest_, locks_, chosen_;
  uint32_t nodes_, reservoir_, fanout_;
  size_t bytes_ = 0;
  uint8_t *base_ = nullptr;
};

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
      : store_(store), team_(team), parameters_(parameters), memory_(memory), shared_(memory.shared()),
        reservoirs_(memory.reservoirs()), scratch_(scratch) {}

  // memory.ids() holds the nodes, ascending, all without links.
  void run() {
    for (int level = 0; level <= kMaxLevel; level++) {
      team_.barrier();
      if (team_.leader()) begin_level(level);
      team_.barrier();
      if (shared_.count < 2) break;
      build_level(level);
    }
    team_.barrier();
  }

 private:
  static constexpr uint32_t kBlock = 256;  // nodes claimed at once

  // The nodes of the level, and how they are divided.
  void begin_level(int level) {
    NodeId *ids = memory_.ids();
    uint32_t from = level == 0 ? memory_.nodes() : shared_.count, count = 0;
    for (uint32_t i = 0; i < from; i++)
      if (level == 0 || store_.level_of_node(ids[i]) >= level) ids[count++] = ids[i];
    std::fill(std::begin(shared_.next), std::end(shared_.next), 0u);
    shared_.count = count;
    std::fill_n(reservoirs_.counts, count, uint16_t{0});
    std::fill_n(reservoirs_.locks, count, uint8_t{0});
    const PartitionParameters &partition = parameters_.partition;
    shared_.division = {1, 1, partition.memberships};
    if (count > partition.largest) shared_.division = divide(partition, count, partition.memberships);
  }

  void build_level(int level) {
    if (shared_.division.leaders > 1) assign_all();
    team_.barrier();
    if (team_.leader()) gather();
    team_.barrier();
    join_all();
    team_.barrier();
    for_blocks(1, [&](uint32_t node) { choose(node, level); });
    team_.barrier();
    for_blocks(2, [&](uint32_t node) { link_back(node); });
    team_.barrier();
    for_blocks(3, [&](uint32_t node) { write_links(node, level); });
  }

  template <class Body> void for_blocks(int stage, Body body) {
    for (uint32_t at; (at = claim(&shared_.next[stage], kBlock)) < shared_.count;)
      for (uint32_t node = at; node < std::min(at + kBlock, shared_.count); node++) {
        store_.poll();
        body(node);
      }
  }

  void assign_all() {
    uint32_t fanout = shared_.division.fanout, points[kRows];
    GrowingArray<uint32_t> &all = scratch_.partition.points;
    all.clear();
    for (uint32_t i = 0; i < shared_.count; i++) all.push_back(i);
    take_leaders(store_, scratch_.partition, all.begin(), shared_.count, shared_.division.leaders, memory_.ids());
    for (uint32_t at; (at = claim(&shared_.next[0], kRows)) < shared_.count;) {
      store_.poll();
      uint32_t count = std::min(kRows, shared_.count - at);
      for (uint32_t i = 0; i < count; i++) points[i] = at + i;
      assign(store_, scratch_.partition, points, count, fanout, memory_.ids(), memory_.nearest() + size_t{at} * fanout);
    }
  }
  // The members of each partition of the first division.
  void gather() {
    uint32_t *members = memory_.members(), *starts = shared_.starts, leaders = shared_.division.leaders;
    size_t all = size_t{shared_.count} * shared_.division.fanout;
    std::fill_n(starts, leaders + 1, 0u);
    if (leaders == 1) {
      for (uint32_t i = 0; i < shared_.count; i++) members[i] = i;
      starts[1] = shared_.count;
      return;
    }
    const uint16_t *nearest = memory_.nearest();
    for (size_t i = 0; i < all; i++) starts[nearest[i]]++;
    uint32_t end = 0;
    for (uint32_t i = 0; i <= leaders; i++) end += std::exchange(starts[i], end);
    for (size_t i = 0; i < all; i++) members[starts[nearest[i]]++] = static_cast<uint32_t>(i / shared_.division.fanout);
    for (uint32_t i = leaders; i > 0; i--) starts[i] = starts[i - 1];
    starts[0] = 0;
  }
  void join_all() {
    // A level that is one partition offers every pair.
    uint32_t keep = shared_.division.leaders == 1 ? parameters_.reservoir : parameters_.keep;
    Join join(scratch_.join, keep);
    for (uint32_t part; (part = claim(&shared_.next[4], 1)) < shared_.division.leaders;) {
      GrowingArray<uint32_t> &points = scratch_.partition.points;
      points.clear();
      for (uint32_t i = shared_.starts[part]; i < shared_.starts[part + 1]; i++) points.push_back(memory_.members()[i]);
      if (points.empty()) continue;
      partition(store_, parameters_.partition, scratch_.partition, shared_.division.left, memory_.ids(),
                [&](const uint32_t *leaf, uint32_t count) {
                  render(store_, scratch_.join.panels, leaf, count, memory_.ids());
                  join.run(store_, leaf, reservoirs_);
                });
    }
  }

  // Candidates of a node as choices, sorted and fetched; level: of the lists.
  int fetch_candidates(uint32_t node) {
    const Found *found = reservoirs_.of(node);
    scratch_.choices.clear();
    scratch_.ids.clear();
    for (uint32_t i = 0; i < reservoirs_.counts[node]; i++) {
      NodeId id = memory_.ids()[found[i].id];
      scratch_.choices.push_back({found[i].distance, id, static_cast<int>(i)});
      scratch_.ids.push_back(id);
    }
    int count = static_cast<int>(scratch_.ids.size());
    scratch_.rejected.reserve(static_cast<size_t>(count) + 1);
    store_.fetch(scratch_.ids.begin(), count, 0);
    return count;
  }

  // Leaves in the node's reservoir only what it links to.
  void choose(uint32_t node, int) {
    int m = parameters_.insert.m, count = fetch_candidates(node);
    Choice *choices = scratch_.choices.begin();
    int kept = select_neighbours(store_, choices, count, m, m, scratch_.rejected.begin());
    Found chosen[kMaxLinks];
    for (int i = 0; i < kept; i++) chosen[i] = reservoirs_.of(node)[choices[i].index];
    std::copy_n(chosen, kept, reservoirs_.of(node));
    reservoirs_.counts[node] = static_cast<uint16_t>(kept);
    memory_.chosen()[node] = static_cast<uint8_t>(kept);
  }

  // Offers the node to those it links to.
  void link_back(uint32_t node) {
    const uint8_t *chosen = memory_.chosen();
    for (uint32_t i = 0; i < chosen[node]; i++) {
      Found link = reservoirs_.of(node)[i], back = {link.distance, node};
      const Found *theirs = reservoirs_.of(link.id), *end = theirs + chosen[link.id];
      if (std::find_if(theirs, end, [&](const Found &f) { return f.id == node; }) != end) continue;
      reservoirs_.merge(link.id, &back, 1, chosen[link.id]);
    }
  }

  void write_links(uint32_t node, int level) {
    int count = fetch_candidates(node), kept = count;
    Choice *choices = scratch_.choices.begin();
    if (count > parameters_.insert.capacity(level)) {
      std::sort(choices, choices + count, order_of(node));
      kept = select_neighbours(store_, choices, count, parameters_.insert.m, parameters_.insert.refill(level), scratch_.rejected.begin());
    }
    NodeId links[kMaxLinks];
    for (int i = 0; i < kept; i++) links[i] = choices[i].id;
    store_.replace_links(memory_.ids()[node], level, nullptr, 0, links, kept);
  }

  S &store_;
  T &team_;
  const BulkParameters &parameters_;
  const BulkMemory &memory_;
  BulkShared &shared_;
  Reservoirs reservoirs_;
  BulkScratch &scratch_;
};

}  // namespace vexpg::graph
