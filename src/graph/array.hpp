// SPDX-License-Identifier: PostgreSQL
// A growing array over the caller's memory. Trivially destructible: the memory goes with its context.
#pragma once
#include <cassert>
#include <type_traits>

#include "graph/store.hpp"

namespace vexpg::graph {

template <class T> class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit GrowingArray(Memory memory) : memory_(memory) {}
  T *begin() { return items_; }
  T *end() { return items_ + count_; }
  const T *begin() const { return items_; }
  const T *end() const { return items_ + count_; }
  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  size_t bytes() const { return capacity_ * sizeof(T); }
  T &operator[](size_t i) { assert(i < count_); return items_[i]; }
  const T &operator[](size_t i) const { assert(i < count_); return items_[i]; }
  T &back() { assert(count_ > 0); return items_[count_ - 1]; }
  void push_back(const T &item) {
    if (count_ == capacity_) reserve(capacity_ == 0 ? 64 : capacity_ * 2);
    items_[count_++] = item;
  }
  void pop_back() { assert(count_ > 0); count_--; }
  void clear() { count_ = 0; }
  void truncate(size_t count) { assert(count <= count_); count_ = count; }
  // Items that the caller wrote behind the last, in reserved room, belong to it from now on.
  void set_size(size_t count) { assert(count <= capacity_); count_ = count; }
  void reserve(size_t capacity) {
    if (capacity <= capacity_) return;
    items_ = static_cast<T *>(memory_.resize(memory_.context, items_, capacity * sizeof(T)));
    capacity_ = capacity;
  }
  Memory memory() const { return memory_; }

 private:
  Memory memory_;
  T *items_ = nullptr;
  size_t count_ = 0, capacity_ = 0;
};

}  // namespace vexpg::graph
