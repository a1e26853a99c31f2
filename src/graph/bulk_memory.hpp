// SPDX-License-Identifier: PostgreSQL
// What the workers of a bulk build share beside the store: one piece of memory, in which nothing is a pointer.
#pragma once
#include <utility>

#include "graph/insert.hpp"
#include "graph/partition.hpp"

namespace vexpg::graph {

struct BulkParameters {
  InsertParameters insert;
  PartitionParameters partition;
  uint32_t reservoir;  // candidates of a node on level 0
  uint32_t keep;       // of them, about so many from one partition
  // On the levels above, whose nodes are few: room for most of what the partitions give. With less, the nodes of a
  // crowd would link to each other alone there too, and the way down would miss the crowds around it.
  uint32_t wide_reservoir() const { return std::min(2 * reservoir, Reservoirs::kMaxCapacity); }
};

// The effort that ef_construction asks for: candidates in its proportion, memberships by its root (8 at 64); less than 64
// means fewer and smaller partitions, in its proportion too.
inline BulkParameters bulk_parameters(const InsertParameters &insert) {
  const auto ef = static_cast<uint32_t>(insert.ef_construction), lists = static_cast<uint32_t>(2 * insert.m);
  const uint32_t reservoir = std::clamp(std::max(ef, lists + lists / 4), 16u, Reservoirs::kMaxCapacity);
  const auto root = static_cast<uint32_t>(std::lround(std::sqrt(static_cast<float>(ef))));
  const uint32_t memberships = std::clamp(std::min(root, ef / 8), 4u, kMaxFanout), target = std::clamp(ef * 8, 250u, 500u);
  return {insert, {2 * target, target, memberships, 256}, reservoir, reservoir * 5 / 8};
}

// The effort for each of two graphs that most of the nodes are in, so that both together find what one would.
inline BulkParameters part_parameters(BulkParameters parameters) {
  uint32_t &memberships = parameters.partition.memberships;
  memberships = std::max(memberships / 2, 4u);
  return parameters;
}

struct BulkShared {
  static constexpr uint32_t kMaxLeaders = 1024;
  uint32_t next[5];  // of each stage: the first piece of work that nobody has claimed
  uint32_t count;    // nodes on the level
  Division division;
  uint32_t starts[kMaxLeaders + 1];  // of the members of each partition
};

class BulkMemory {
 public:
  // For at most so many nodes, at an address that is a multiple of 8; base may be null, and that of the room, to ask for
  // bytes() alone.
  BulkMemory(const BulkParameters &parameters, uint32_t nodes, LinkRoom room, void *base)
      : base_(static_cast<uint8_t *>(base)), nodes_(nodes), reservoir_(parameters.reservoir),
        wide_reservoir_(parameters.wide_reservoir()), room_(room) {
    const size_t count = nodes, assigned = largest_assignment(parameters.partition, nodes);
    shared_ = take(sizeof(BulkShared));
    ids_ = take(count * sizeof(NodeId));
    // Leaders are needed until reservoirs get their first entries.
    const size_t found = std::max(count * outer(reservoir_), count / kWideShare * outer(wide_reservoir_));
    found_ = nearest_ = take(std::max(found * sizeof(Found), assigned * sizeof(uint16_t)));
    members_ = take(assigned * sizeof(uint32_t));
    counts_ = take(count * sizeof(uint16_t));
    locks_ = take(count);
    chosen_ = take(count);
  }
  size_t bytes() const { return bytes_; }
  uint32_t nodes() const { return nodes_; }

  BulkShared &shared() const { return *at<BulkShared>(shared_); }
  // For a level of so many nodes.
  Reservoirs reservoirs(int level, uint32_t count) const {
    const uint32_t capacity = level > 0 && count <= nodes_ / kWideShare ? wide_reservoir_ : reservoir_;
    return {room_, ids(), at<Found>(found_), at<uint16_t>(counts_), at<uint8_t>(locks_), capacity};
  }
  // By position, which is the place of a node among those of the level.
  NodeId *ids() const { return at<NodeId>(ids_); }
  uint16_t *nearest() const { return at<uint16_t>(nearest_); }  // leaders, fanout a node; where reservoirs will be
  uint8_t *chosen() const { return at<uint8_t>(chosen_); }      // how many links a node has chosen itself
  uint32_t *members() const { return at<uint32_t>(members_); }  // positions, partition after partition

 private:
  static constexpr uint32_t kWideShare = 3;  // one node in so many may have a wide reservoir

  // Of the entries of a reservoir, how many the link room does not hold.
  size_t outer(uint32_t capacity) const {
    return capacity - Reservoirs{room_, nullptr, nullptr, nullptr, nullptr, capacity}.inner();
  }
  template <class T> T *at(size_t offset) const { return reinterpret_cast<T *>(base_ + offset); }
  size_t take(size_t bytes) { return std::exchange(bytes_, bytes_ + (bytes + 63) / 64 * 64); }

  uint8_t *base_;
  uint32_t nodes_, reservoir_, wide_reservoir_;
  LinkRoom room_;
  size_t bytes_ = 0;
  size_t shared_, ids_, found_, members_, nearest_, counts_, locks_, chosen_;
};

}  // namespace vexpg::graph
