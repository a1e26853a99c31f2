// SPDX-License-Identifier: PostgreSQL
// The set of nodes already met in a search, over the caller's memory: a bit for each node of a graph of known size, if that
// is not much more memory than the search will need; else, and for nodes beyond that size, open addressing, at most half
// full.
#pragma once
#include <cassert>
#include <cstring>

#include "graph/store.hpp"

namespace vexpg::graph {

class Visited {
 public:
  explicit Visited(Memory memory) : memory_(memory) {}

  // Empties the set and makes room for about `expected` ids, most of them below `limit`; keeps the memory.
  void reset(size_t expected, NodeId limit = 0) {
    size_t wanted = kFewest;
    while (wanted < 2 * expected) wanted *= 2;
    size_t words = (static_cast<size_t>(limit) + 63) / 64;
    dense_ = words * sizeof(uint64_t) <= kBitsPerHash * wanted * sizeof(NodeId) ? limit : 0;
    if (dense_ > 0) {
      wanted = kFewest;
      if (words > words_) grow_bits(words);
      std::memset(bits_, 0, words * sizeof(uint64_t));
    }
    if (wanted > capacity_) allocate(wanted);
    // What an earlier search left is larger than what this one needs, and clearing costs time.
    mask_ = wanted - 1;
    std::memset(slots_, 0xFF, wanted * sizeof(NodeId));
    hashed_ = count_ = 0;
  }
  // True if the id was not in the set before. kNoNode is in every set.
  bool insert(NodeId id) {
    assert(capacity_ > 0);
    if (id < dense_) {
      uint64_t &word = bits_[id / 64], bit = uint64_t{1} << id % 64;
      bool fresh = (word & bit) == 0;
      word |= bit;
      count_ += fresh;
      return fresh;
    }
    return insert_hashed(id);
  }
  // kNoNode is in every set.
  bool has(NodeId id) const {
    if (id < dense_) return (bits_[id / 64] >> id % 64 & 1) != 0;
    if (id == kNoNode) return true;
    size_t at = hash(id) & mask_;
    while (slots_[at] != kNoNode && slots_[at] != id) at = (at + 1) & mask_;
    return slots_[at] == id;
  }
  size_t size() const { return count_; }
  size_t bytes() const { return capacity_ * sizeof(NodeId) + words_ * sizeof(uint64_t); }

 private:
  static constexpr size_t kFewest = 256;      // places
  static constexpr size_t kBitsPerHash = 4;   // so many times the memory may bits take
  bool insert_hashed(NodeId id) {
    if (id == kNoNode) return false;
    size_t at = hash(id) & mask_;
    while (slots_[at] != kNoNode) {
      if (slots_[at] == id) return false;
      at = (at + 1) & mask_;
    }
    slots_[at] = id;
    count_++;
    if (++hashed_ * 2 > mask_ + 1) grow();
    return true;
  }
  static size_t hash(NodeId id) {
    uint64_t h = id * 0x9E3779B97F4A7C15ull;
    return static_cast<size_t>(h >> 32);
  }
  void grow_bits(size_t words) {
    bits_ = static_cast<uint64_t *>(memory_.resize(memory_.context, bits_, words * sizeof(uint64_t)));
    words_ = words;
  }
  void allocate(size_t capacity) {
    slots_ = static_cast<NodeId *>(memory_.resize(memory_.context, slots_, capacity * sizeof(NodeId)));
    capacity_ = capacity;
  }
  void grow() {
    NodeId *old = slots_;
    size_t old_used = mask_ + 1;
    slots_ = nullptr;
    allocate(2 * old_used);
    mask_ = 2 * old_used - 1;
    std::memset(slots_, 0xFF, 2 * old_used * sizeof(NodeId));
    for (size_t i = 0; i < old_used; i++) {
      if (old[i] == kNoNode) continue;
      size_t at = hash(old[i]) & mask_;
      while (slots_[at] != kNoNode) at = (at + 1) & mask_;
      slots_[at] = old[i];
    }
    memory_.resize(memory_.context, old, 0);
  }

  Memory memory_;
  NodeId dense_ = 0;  // ids below are bits
  uint64_t *bits_ = nullptr;
  NodeId *slots_ = nullptr;
  size_t count_ = 0, hashed_ = 0;
  size_t words_ = 0, capacity_ = 0;  // that there is memory for
  size_t mask_ = 0;                  // of the places in use
};

}  // namespace vexpg::graph
