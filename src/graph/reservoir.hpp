// SPDX-License-Identifier: PostgreSQL
// The nearest candidates of each node that a bulk build has found so far, in shared memory: a sorted list of bounded
// length per node, each under a lock of one byte. What is kept does not depend on the order in which it was offered. The
// first candidates lie where the node's links will be.
#pragma once
#include <algorithm>
#include <cassert>
#include <cstring>

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

// Memory of each node of a store that is free until its links on level 0 are written: so many bytes at base + id * stride.
struct LinkRoom {
  uint8_t *base;
  size_t stride, bytes;
};

// Asks the memory for bytes that will be read or written soon.
inline __attribute__((always_inline)) void expect_bytes(const void *at, size_t bytes) {
  constexpr size_t kLine = 64;
  const auto *from = static_cast<const uint8_t *>(at);
  for (size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(from + i, 1);
  __builtin_prefetch(from + bytes - 1, 1);
}

struct Reservoirs {
  LinkRoom room;
  const NodeId *ids;  // of the nodes by position
  Found *found;       // the entries of a node that its link room does not hold
  uint16_t *counts;
  uint8_t *locks;
  uint32_t capacity;

  static constexpr uint32_t kMaxCapacity = 512;

  // Of the entries of a node, how many lie in the link room.
  uint32_t inner() const { return std::min(capacity, static_cast<uint32_t>(room.bytes / sizeof(Found))); }

  // The node's are read or changed soon.
  __attribute__((always_inline)) void expect(uint32_t node) const {
    __builtin_prefetch(&counts[node], 1);
    __builtin_prefetch(&locks[node], 1);
    if (inner() > 0) expect_bytes(room_of(node), inner() * sizeof(Found));
    if (inner() < capacity) expect_bytes(rest_of(node), (capacity - inner()) * sizeof(Found));
  }

  // Copies the candidates of a node; returns how many. Nobody changes them meanwhile, or read_shared().
  uint32_t read(uint32_t node, Found *out) const {
    const uint32_t count = counts[node], in_room = std::min(count, inner());
    if (in_room > 0) std::memcpy(out, room_of(node), in_room * sizeof(Found));
    std::copy_n(rest_of(node), count - in_room, out + in_room);
    return count;
  }
  uint32_t read_shared(uint32_t node, Found *out) const {
    lock_byte(&locks[node]);
    const uint32_t count = read(node, out);
    unlock_byte(&locks[node]);
    return count;
  }
  void write(uint32_t node, const Found *from, uint32_t count) const {
    const uint32_t in_room = std::min(count, inner());
    if (in_room > 0) std::memcpy(room_of(node), from, in_room * sizeof(Found));
    std::copy_n(from + in_room, count - in_room, rest_of(node));
    counts[node] = static_cast<uint16_t>(count);
  }

  // The distance that a candidate of the node must not exceed to be kept.
  float limit(uint32_t node) const {
    Found last = {3e38f, 0};
    lock_byte(&locks[node]);
    if (counts[node] == capacity) {
      if (inner() < capacity) last = rest_of(node)[capacity - inner() - 1];
      else std::memcpy(&last, room_of(node) + (capacity - 1) * sizeof(Found), sizeof(Found));
    }
    unlock_byte(&locks[node]);
    return last.distance;
  }
  // Adds sorted candidates; what is already there is kept once. The first `fixed` of the node stay where they are, and
  // if there are any, one candidate is offered at a time.
  void merge(uint32_t node, const Found *offered, uint32_t offered_count, uint32_t fixed) const {
    Found old[kMaxCapacity], merged[kMaxCapacity];
    Nearer order = order_of(node);
    lock_byte(&locks[node]);
    const uint32_t old_count = read(node, old);
    uint32_t i = fixed, j = 0, count = fixed;
    assert(fixed == 0 || offered_count == 1);
    if (std::any_of(old, old + fixed, [&](const Found &f) { return f.id == offered->id; })) j = offered_count;
    std::copy_n(old, fixed, merged);
    while (count < capacity && (i < old_count || j < offered_count)) {
      bool from_old = j == offered_count || (i < old_count && !order(offered[j], old[i]));
      if (from_old && j < offered_count && offered[j].id == old[i].id) j++;
      merged[count++] = from_old ? old[i++] : offered[j++];
    }
    write(node, merged, count);
    unlock_byte(&locks[node]);
  }

 private:
  uint8_t *room_of(uint32_t node) const { return room.base + ids[node] * room.stride; }
  Found *rest_of(uint32_t node) const { return found + size_t{node} * (capacity - inner()); }
};

}  // namespace vexpg::graph
