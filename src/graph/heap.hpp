// SPDX-License-Identifier: PostgreSQL
// Binary heaps of candidates over a GrowingArray: the frontier (nearest on top) and the results (farthest on top).
#pragma once
#include <algorithm>

#include "graph/array.hpp"

namespace vexpg::graph {

// kNearestOnTop: pop() takes the nearest; else the farthest.
template <bool kNearestOnTop> class CandidateHeap {
 public:
  explicit CandidateHeap(Memory memory) : items_(memory) {}
  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  size_t bytes() const { return items_.bytes(); }
  const Candidate &top() const { return items_[0]; }
  void clear() { items_.clear(); }
  // The order of ties; before the first push.
  void set_order(Nearer order) { below_.order = order; }
  void push(const Candidate &candidate) {
    items_.push_back(candidate);
    std::push_heap(items_.begin(), items_.end(), below_);
  }
  Candidate pop() {
    std::pop_heap(items_.begin(), items_.end(), below_);
    Candidate top = items_.back();
    items_.pop_back();
    return top;
  }
  // Puts another in the place of the top: one way down instead of two.
  void replace_top(const Candidate &candidate) {
    assert(!empty());
    size_t at = 0, count = items_.size();
    for (size_t child = 1; child + 1 < count; child = 2 * at + 1) {
      child += below_(items_[child], items_[child + 1]);
      items_[at] = items_[child];
      at = child;
    }
    if (2 * at + 2 == count) {
      items_[at] = items_[count - 1];
      at = count - 1;
    }
    // What is new is mostly far from the top.
    for (; at > 0 && below_(items_[(at - 1) / 2], candidate); at = (at - 1) / 2) items_[at] = items_[(at - 1) / 2];
    items_[at] = candidate;
  }
  Candidate *begin() { return items_.begin(); }
  Candidate *end() { return items_.end(); }
  const Candidate *begin() const { return items_.begin(); }
  const Candidate *end() const { return items_.end(); }
  // Orders the items, nearest first; the heap is then only good to be read and cleared.
  void sort() { std::sort(items_.begin(), items_.end(), below_.order); }

 private:
  // A type, not a function: the standard algorithms inline its call.
  struct Below {
    Nearer order;
    bool operator()(const Candidate &a, const Candidate &b) const { return kNearestOnTop ? order(b, a) : order(a, b); }
  };
  Below below_;
  GrowingArray<Candidate> items_;
};

using Frontier = CandidateHeap<true>;
using Results = CandidateHeap<false>;

}  // namespace vexpg::graph
