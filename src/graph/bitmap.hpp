// SPDX-License-Identifier: PostgreSQL
// A set of node ids below a limit, one bit each, over the caller's memory.
#pragma once
#include <bit>
#include <cassert>
#include <cstring>

#include "graph/store.hpp"

namespace vexpg::graph {

class Bitmap {
 public:
  explicit Bitmap(Memory memory) : memory_(memory) {}

  // Empties the set and makes it one of ids below `limit`; keeps the memory if that suffices.
  void reset(NodeId limit) {
    size_t words = word_count(limit);
    if (words > capacity_) allocate(words);
    limit_ = limit;
    if (words > 0) std::memset(words_, 0, words * sizeof(uint64_t));
  }
  // Raises the limit; new ids are not in the set.
  void extend(NodeId limit) {
    if (limit <= limit_) return;
    size_t old_words = word_count(limit_), words = word_count(limit);
    if (words > capacity_) allocate(words + words / 4);
    std::memset(words_ + old_words, 0, (words - old_words) * sizeof(uint64_t));
    limit_ = limit;
  }
  // Gives the memory back; the set is empty and its limit 0.
  void release() {
    if (words_ != nullptr) memory_.resize(memory_.context, words_, 0);
    words_ = nullptr;
    capacity_ = 0;
    limit_ = 0;
  }
  NodeId limit() const { return limit_; }
  size_t bytes() const { return capacity_ * sizeof(uint64_t); }
  // False for ids at or above the limit.
  bool has(NodeId id) const { return id < limit_ && (words_[id / 64] >> (id % 64) & 1) != 0; }
  void insert(NodeId id) {
    assert(id < limit_);
    words_[id / 64] |= uint64_t{1} << (id % 64);
  }
  void erase(NodeId id) {
    assert(id < limit_);
    words_[id / 64] &= ~(uint64_t{1} << (id % 64));
  }
  // 64 ids from 64 * index, as bits; index < word_count(limit()).
  uint64_t word(size_t index) const { return words_[index]; }
  static size_t word_count(NodeId limit) { return (static_cast<size_t>(limit) + 63) / 64; }
  // The lowest id of a word's bits that are set in `bits`.
  static NodeId id_at(size_t index, uint64_t bits) {
    assert(bits != 0);
    return static_cast<NodeId>(index * 64) + static_cast<NodeId>(std::countr_zero(bits));
  }
  size_t count() const {
    size_t total = 0;
    for (size_t i = 0; i < word_count(limit_); i++) total += static_cast<size_t>(std::popcount(words_[i]));
    return total;
  }

 private:
  void allocate(size_t words) {
    words_ = static_cast<uint64_t *>(memory_.resize(memory_.context, words_, words * sizeof(uint64_t)));
    capacity_ = words;
  }

  Memory memory_;
  uint64_t *words_ = nullptr;
  size_t capacity_ = 0;
  NodeId limit_ = 0;
};

}  // namespace vexpg::graph
