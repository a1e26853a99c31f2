// SPDX-License-Identifier: PostgreSQL
// Best-first search on one level (Algorithm 2 of Malkov & Yashunin 2018) that can be resumed, and greedy descent.
//
// Differences from the paper: nodes that may not be returned (dead rows, rows that fail a filter) are walked but never
// take a place among the ef results; what a bounded search sets aside is kept, so that resume() goes on where it stopped
// and every node is returned at most once.
#pragma once
#include <limits>

#include "graph/array.hpp"
#include "graph/heap.hpp"
#include "graph/visited.hpp"

namespace vexpg::graph {

struct SearchCounts {
  uint64_t expanded;  // nodes whose links were read
  uint64_t scored;    // codes compared with the query
};

// Stop early: no node is expanded that is farther than (1 + gamma) times the k-th nearest returnable one, as Euclidean
// distances go. A Candidate's distance is a squared one plus `shift`.
struct StopRule {
  size_t k;           // 0: no rule
  float square_gain;  // (1 + gamma)^2 - 1
  float shift;
};

// The state of a search on one level.
struct LevelSearch {
  explicit LevelSearch(Memory memory)
      : visited(memory), frontier(memory), results(memory), aside(memory), nearest(memory), taken(memory) {}
  // ids: they are below it, as far as is known (Visited::reset).
  void reset(size_t ef, int links, uint32_t salt = 0, NodeId ids = 0) {
    visited.reset(ef * static_cast<size_t>(links) * 2, ids);
    order.salt = salt;
    frontier.set_order(order);
    results.set_order(order);
    frontier.clear();
    results.clear();
    aside.clear();
    stop = {};
    clear_nearest();
    taken.clear();
  }
  void clear_nearest() {
    nearest.clear();
    limit = std::numeric_limits<float>::infinity();
    stopped = false;
  }
  size_t bytes() const {
    return visited.bytes() + frontier.bytes() + results.bytes() + aside.bytes() + nearest.bytes() + taken.bytes();
  }

  Nearer order;
  Visited visited;
  Frontier frontier;                // to expand
  Results results;                  // the ef nearest returnable ones of this round
  GrowingArray<Candidate> aside;    // for the next round: kToExpand and/or kToReturn
  SearchCounts counts = {};
  // Of the stop rule; idle without one.
  StopRule stop = {};
  GrowingArray<float> nearest;  // heap: the k nearest distances, the farthest on top
  GrowingArray<float> taken;    // distances of the results of earlier rounds
  float limit = 0;              // what is farther is not expanded in this round
  bool stopped = false;         // the rule ended the round, before ef was reached
};

// A type of our own: with a standard one the algorithms' instances would name none of our types.
struct Less {
  bool operator()(float a, float b) const { return a < b; }
};

inline void note_distance(LevelSearch &search, float distance) {
  assert(search.stop.k > 0);
  auto &heap = search.nearest;
  if (heap.size() >= search.stop.k) {
    if (!(distance < heap[0])) return;
    std::pop_heap(heap.begin(), heap.end(), Less{});
    heap.pop_back();
  }
  heap.push_back(distance);
  std::push_heap(heap.begin(), heap.end(), Less{});
  if (heap.size() >= search.stop.k) search.limit = heap[0] + search.stop.square_gain * std::max(heap[0] - search.stop.shift, 0.0f);
}

inline void set_aside(LevelSearch &search, const Candidate &candidate, int flags) {
  search.aside.push_back(candidate);
  search.aside.back().flags |= static_cast<uint8_t>(flags);
}

// Offers one scored node to frontier and results, setting aside what does not fit.
template <bool kStops> void offer(LevelSearch &search, const Candidate &candidate, size_t ef) {
  bool full = search.results.size() >= ef;
  bool returnable = (candidate.flags & kReturnable) != 0;
  if constexpr (kStops)
    if (returnable) note_distance(search, candidate.distance);
  if (full && !search.order(candidate, search.results.top())) {
    set_aside(search, candidate, kToExpand | (returnable ? kToReturn : 0));
    return;
  }
  if (kStops && candidate.distance > search.limit) set_aside(search, candidate, kToExpand);
  else search.frontier.push(candidate);
  if (!returnable) return;
  if (full) {
    set_aside(search, search.results.top(), kToReturn);
    search.results.replace_top(candidate);
  } else {
    search.results.push(candidate);
  }
}

// Expands the frontier until the ef nearest are found: no unexpanded node is nearer than the farthest result; or, with
// kStops, until the rule says so. visit_limit: stop, too, once so many nodes were scored since the search began (0: no limit).
// Returns false if it stopped at the limit.
template <bool kStops, ReadableStore S> bool run(S &store, LevelSearch &search, int level, size_t ef, uint64_t visit_limit) {
  NodeId links[kMaxLinks];
  Candidate scored[kMaxLinks];
  while (!search.frontier.empty()) {
    if (search.results.size() >= ef && !search.order(search.frontier.top(), search.results.top())) break;
    if (kStops && search.frontier.top().distance > search.limit) {
      search.stopped = true;
      break;
    }
    if (visit_limit > 0 && search.counts.scored >= visit_limit) return false;
    if constexpr (SatisfiableStore<S>)
      if (store.satisfied()) break;
    store.poll();
    Candidate node = search.frontier.pop();
    int count = store.links(node.id, level, links);
    int fresh = 0;
    for (int i = 0; i < count; i++) {
      links[fresh] = links[i];
      fresh += search.visited.insert(links[i]);  // whether it was is as good as random: no branch
    }
    int kept = fresh == 0 ? 0 : store.score(links, fresh, scored);
    search.counts.expanded++;
    search.counts.scored += static_cast<uint64_t>(kept);
    for (int i = 0; i < kept; i++) offer<kStops>(search, scored[i], ef);
  }
  return true;
}

// Begins a search at scored entry points and runs it. Afterwards results holds at most ef nodes (see Results::sort).
template <bool kStops = false, ReadableStore S>
bool search_level(S &store, LevelSearch &search, const Candidate *entries, int entry_count, int level, size_t ef) {
  for (int i = 0; i < entry_count; i++)
    if (search.visited.insert(entries[i].id)) offer<kStops>(search, entries[i], ef);
  return run<kStops>(store, search, level, ef, 0);
}

// The next ef results, after the caller has taken those of the last round: nothing is returned twice. Empty results mean
// that everything reachable was returned, or, with kStops, that stop.k has to grow.
template <bool kStops = false, ReadableStore S>
bool resume(S &store, LevelSearch &search, int level, size_t ef, uint64_t visit_limit) {
  if constexpr (kStops) {
    search.clear_nearest();
    for (const Candidate &c : search.results) search.taken.push_back(c.distance);
    for (size_t i = 0; i < search.taken.size(); i++) note_distance(search, search.taken[i]);
  }
  search.results.clear();
  size_t kept = 0;
  for (size_t i = 0; i < search.aside.size(); i++) {
    Candidate candidate = search.aside[i];
    if (candidate.flags & kToExpand) search.frontier.push(candidate);
    candidate.flags &= static_cast<uint8_t>(~kToExpand);
    if (!(candidate.flags & kToReturn)) continue;
    if constexpr (kStops) note_distance(search, candidate.distance);
    search.results.push(candidate);
    if (search.results.size() > ef) candidate = search.results.pop();
    else continue;
    search.aside[kept++] = candidate;
  }
  search.aside.truncate(kept);
  return run<kStops>(store, search, level, ef, visit_limit);
}

// Fills the results of a round up to `count` with the nearest of those set aside, which are compared already; for rounds
// of few.
inline constexpr size_t kMostFilled = 16;
inline void fill_up(LevelSearch &search, size_t count) {
  assert(count <= kMostFilled);
  if (search.results.size() >= count) return;
  size_t room = count - search.results.size(), taken = 0;
  Candidate *nearest[kMostFilled];
  for (Candidate &c : search.aside) {
    if (!(c.flags & kToReturn) || (taken == room && !search.order(c, *nearest[taken - 1]))) continue;
    size_t at = taken < room ? taken++ : taken - 1;
    for (; at > 0 && search.order(c, *nearest[at - 1]); at--) nearest[at] = nearest[at - 1];
    nearest[at] = &c;
  }
  for (size_t i = 0; i < taken; i++) {
    nearest[i]->flags &= static_cast<uint8_t>(~kToReturn);
    search.results.push(*nearest[i]);
  }
}

// Walks on a level to a node none of whose neighbours is nearer.
template <ReadableStore S> void descend_on(S &store, Visited &seen, Candidate *at, int level, SearchCounts *counts) {
  NodeId links[kMaxLinks];
  Candidate scored[kMaxLinks];
  for (bool moved = true; moved;) {
    moved = false;
    store.poll();
    int count = store.links(at->id, level, links), fresh = 0;
    for (int i = 0; i < count; i++) {
      links[fresh] = links[i];
      fresh += seen.insert(links[i]);
    }
    int kept = fresh == 0 ? 0 : store.score(links, fresh, scored);
    counts->expanded++;
    counts->scored += static_cast<uint64_t>(kept);
    for (int i = 0; i < kept; i++)
      if (nearer(scored[i], *at)) {
        *at = scored[i];
        moved = true;
      }
  }
}

// From the scored node `at` through the levels from .. to + 1. What was seen on the way, on whatever level, is not nearer than
// where the walk is, and is not looked at again.
template <ReadableStore S>
void descend(S &store, Visited &seen, Candidate *at, int from, int to, SearchCounts *counts) {
  seen.reset(0);
  seen.insert(at->id);
  for (int level = from; level > to; level--) descend_on(store, seen, at, level, counts);
}

}  // namespace vexpg::graph
