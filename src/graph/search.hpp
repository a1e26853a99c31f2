// SPDX-License-Identifier: PostgreSQL
// Best-first search on one level (Algorithm 2 of Malkov & Yashunin 2018) that can be resumed, and greedy descent.
//
// Differences from the paper: nodes that may not be returned (dead rows, rows that fail a filter) are walked but never
// take a place among the ef results; what a bounded search sets aside is kept, so that resume() goes on where it stopped
// and every node is returned at most once.
#pragma once
#include "graph/array.hpp"
#include "graph/heap.hpp"
#include "graph/visited.hpp"

namespace vexpg::graph {

struct SearchCounts {
  uint64_t expanded;  // nodes whose links were read
  uint64_t scored;    // codes compared with the query
};

// The state of a search on one level.
struct LevelSearch {
  explicit LevelSearch(Memory memory) : visited(memory), frontier(memory), results(memory), aside(memory) {}
  void reset(size_t ef, int links, uint32_t salt = 0) {
    visited.reset(ef * static_cast<size_t>(links) * 2);
    order.salt = salt;
    frontier.set_order(order);
    results.set_order(order);
    frontier.clear();
    results.clear();
    aside.clear();
  }
  size_t bytes() const { return visited.bytes() + frontier.bytes() + results.bytes() + aside.bytes(); }

  Nearer order;
  Visited visited;
  Frontier frontier;                // to expand
  Results results;                  // the ef nearest returnable ones of this round
  GrowingArray<Candidate> aside;    // for the next round: kToExpand and/or kToReturn
  SearchCounts counts = {};
};

// Offers one scored node to frontier and results, setting aside what does not fit.
inline void offer(LevelSearch &search, Candidate candidate, size_t ef) {
  bool full = search.results.size() >= ef;
  bool returnable = (candidate.flags & kReturnable) != 0;
  if (full && !search.order(candidate, search.results.top())) {
    candidate.flags |= static_cast<uint8_t>(kToExpand | (returnable ? kToReturn : 0));
    search.aside.push_back(candidate);
    return;
  }
  search.frontier.push(candidate);
  if (!returnable) return;
  search.results.push(candidate);
  if (!full) return;
  Candidate evicted = search.results.pop();
  evicted.flags |= kToReturn;
  search.aside.push_back(evicted);
}

// Expands the frontier until the ef nearest are found: no unexpanded node is nearer than the farthest result.
// visit_limit: stop, too, once so many nodes were scored since the search began (0: no limit).
// Returns false if it stopped at the limit.
template <ReadableStore S> bool run(S &store, LevelSearch &search, int level, size_t ef, uint64_t visit_limit) {
  NodeId links[kMaxLinks];
  Candidate scored[kMaxLinks];
  while (!search.frontier.empty()) {
    if (search.results.size() >= ef && !search.order(search.frontier.top(), search.results.top())) break;
    if (visit_limit > 0 && search.counts.scored >= visit_limit) return false;
    if constexpr (SatisfiableStore<S>)
      if (store.satisfied()) break;
    store.poll();
    Candidate node = search.frontier.pop();
    int count = store.links(node.id, level, links);
    int fresh = 0;
    for (int i = 0; i < count; i++)
      if (search.visited.insert(links[i])) links[fresh++] = links[i];
    int kept = fresh == 0 ? 0 : store.score(links, fresh, scored);
    search.counts.expanded++;
    search.counts.scored += static_cast<uint64_t>(kept);
    for (int i = 0; i < kept; i++) offer(search, scored[i], ef);
  }
  return true;
}

// Begins a search at scored entry points and runs it. Afterwards results holds at most ef nodes (see Results::sort).
template <ReadableStore S>
bool search_level(S &store, LevelSearch &search, const Candidate *entries, int entry_count, int level, size_t ef) {
  for (int i = 0; i < entry_count; i++)
    if (search.visited.insert(entries[i].id)) offer(search, entries[i], ef);
  return run(store, search, level, ef, 0);
}

// The next ef results, after the caller has taken those of the last round: nothing is returned twice. Empty results mean
// that everything reachable was returned.
template <ReadableStore S>
bool resume(S &store, LevelSearch &search, int level, size_t ef, uint64_t visit_limit) {
  search.results.clear();
  size_t kept = 0;
  for (size_t i = 0; i < search.aside.size(); i++) {
    Candidate candidate = search.aside[i];
    if (candidate.flags & kToExpand) search.frontier.push(candidate);
    candidate.flags &= static_cast<uint8_t>(~kToExpand);
    if (!(candidate.flags & kToReturn)) continue;
    search.results.push(candidate);
    if (search.results.size() > ef) candidate = search.results.pop();
    else continue;
    search.aside[kept++] = candidate;
  }
  search.aside.truncate(kept);
  return run(store, search, level, ef, visit_limit);
}

// Walks on a level to a node none of whose neighbours is nearer. `at` must be scored.
template <ReadableStore S> void descend(S &store, Candidate *at, int level, SearchCounts *counts) {
  NodeId links[kMaxLinks];
  Candidate scored[kMaxLinks];
  for (bool moved = true; moved;) {
    moved = false;
    store.poll();
    int count = store.links(at->id, level, links);
    int kept = count == 0 ? 0 : store.score(links, count, scored);
    counts->expanded++;
    counts->scored += static_cast<uint64_t>(kept);
    for (int i = 0; i < kept; i++)
      if (nearer(scored[i], *at)) {
        *at = scored[i];
        moved = true;
      }
  }
}

}  // namespace vexpg::graph
