// SPDX-License-Identifier: PostgreSQL
// The set of nodes already met in a search: open addressing over the caller's memory, at most half full.
#pragma once
#include <cassert>
#include <cstring>

#include "graph/store.hpp"

namespace vexpg::graph {

class Visited {
 public:
  explicit Visited(Memory memory) : memory_(memory) {}

  // Empties the set and makes room for about `expected` ids; keeps the memory.
  void reset(size_t expected) {
    size_t wanted = 256;
    while (wanted < 2 * expected) wanted *= 2;
    if (wanted > capacity_) allocate(wanted);
    std::memset(slots_, 0xFF, capacity_ * sizeof(NodeId));
    count_ = 0;
  }
  // True if the id was not in the set before. kNoNode is in every set.
  bool insert(NodeId id) {
    assert(capacity_ > 0);
    if (id == kNoNode) return false;
    size_t at = hash(id) & (capacity_ - 1);
    while (slots_[at] != kNoNode) {
      if (slots_[at] == id) return false;
      at = (at + 1) & (capacity_ - 1);
    }
    slots_[at] = id;
    if (++count_ * 2 > capacity_) grow();
    return true;
  }
  size_t size() const { return count_; }
  size_t bytes() const { return capacity_ * sizeof(NodeId); }

 private:
  static size_t hash(NodeId id) {
    uint64_t h = id * 0x9E3779B97F4A7C15ull;
    return static_cast<size_t>(h >> 32);
  }
  void allocate(size_t capacity) {
    slots_ = static_cast<NodeId *>(memory_.resize(memory_.context, slots_, capacity * sizeof(NodeId)));
    capacity_ = capacity;
  }
  void grow() {
    NodeId *old = slots_;
    size_t old_capacity = capacity_;
    slots_ = nullptr;
    allocate(2 * old_capacity);
    std::memset(slots_, 0xFF, capacity_ * sizeof(NodeId));
    for (size_t i = 0; i < old_capacity; i++) {
      if (old[i] == kNoNode) continue;
      size_t at = hash(old[i]) & (capacity_ - 1);
      while (slots_[at] != kNoNode) at = (at + 1) & (capacity_ - 1);
      slots_[at] = old[i];
    }
    memory_.resize(memory_.context, old, 0);
  }

  Memory memory_;
  NodeId *slots_ = nullptr;
  size_t count_ = 0, capacity_ = 0;
};

}  // namespace vexpg::graph
