// SPDX-License-Identifier: PostgreSQL
// The nearest candidates of each node that a bulk build has found so far, in shared memory: a sorted list of bounded
// length per node, each under a lock of one byte. What is kept does not depend on the order in which it was offered.
#pragma once
#include <algorithm>

#include "graph/search.hpp"
#include "graph/team.hpp"

namespace vexpg::graph {

// A candidate of a node; id: the candidate's position among the nodes of the level.
struct Found {
  float distance;
  uint32_t id;
};
static_assert(sizeof(Found) == 8);

// Ties are in another order for each node: where a crowd has one code, not all of it may link to the same few.
inline Nearer order_of(uint32_t node) { return Nearer{node * 0x85EBCA6Bu + 1}; }

struct Reservoirs {
  Found *found;      // capacity entries per node
  uint16_t *counts;
  uint8_t *locks;
  uint32_t capacity;

  Found *of(uint32_t node) const { return found + size_t{node} * capacity; }

  // The distance that a candidate of the node must not exceed to be kept.
  float limit(uint32_t node) const {
    lock_byte(&locks[node]);
    float limit = counts[node] < capacity ? 3e38f : of(node)[capacity - 1].distance;
    unlock_byte(&locks[node]);
    return limit;
  }
  // Adds sorted candidates; what is already there is kept once. The first `fixed` of the node stay where they are.
  void merge(uint32_t node, const Found *offered, uint32_t offered_count, uint32_t fixed) const {
    Found merged[kMaxCapacity];
    Nearer order = order_of(node);
    lock_byte(&locks[node]);
    const Found *old = of(node) + fixed;
    uint32_t old_count = counts[node] - fixed, room = capacity - fixed, i = 0, j = 0, count = 0;
    while (count < room && (i < old_count || j < offered_count)) {
      bool from_old = j == offered_count || (i < old_count && !order(offered[j], old[i]));
      if (from_old && j < offered_count && offered[j].id == old[i].id) j++;
      merged[count++] = from_old ? old[i++] : offered[j++];
    }
    std::copy_n(merged, count, of(node) + fixed);
    counts[node] = static_cast<uint16_t>(fixed + count);
    unlock_byte(&locks[node]);
  }

  static constexpr uint32_t kMaxCapacity = 512;
};

}  // namespace vexpg::graph
