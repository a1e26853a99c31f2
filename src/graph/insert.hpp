// SPDX-License-Identifier: PostgreSQL
// Insertion (Algorithm 1 of Malkov & Yashunin 2018), in two parts, so that a store can write the node between them:
// find_neighbours() chooses the links of a new node, connect() (connect.hpp) writes a link back from one of them.
#pragma once
#include <algorithm>
#include <cmath>

#include "graph/connect.hpp"
#include "graph/search.hpp"

namespace vexpg::graph {

// Level of a new node: floor(-ln(u) / ln(m)) for u uniform in (0, 1].
inline int level_from_uniform(double u, int m) {
  int level = static_cast<int>(-std::log(u) / std::log(static_cast<double>(m)));
  return std::clamp(level, 0, kMaxLevel);
}

// Links chosen for a new node.
struct Neighbours {
  int level;                              // lists 0..level
  int count[kMaxLevel + 1];
  Choice links[kMaxLevel + 1][kMaxLinks / 2];
};

// Scratch for insertion, over one memory.
struct InsertScratch {
  explicit InsertScratch(Memory memory) : search(memory), choices(memory), rejected(memory), ids(memory) {}
  LevelSearch search;
  GrowingArray<Choice> choices, rejected;
  GrowingArray<NodeId> ids;
  uint32_t salt = 1;      // for the order of ties; another one for each search
  NodeId self = kNoNode;  // the node itself, where it is in the graph already: no neighbour of its own
};

// Candidates of one level, nearest first, as choices: fetched, usable and on the level.
template <WritableStore S> int fetch_results(S &store, InsertScratch &scratch, int level) {
  scratch.search.results.sort();
  scratch.ids.clear();
  scratch.choices.clear();
  for (const Candidate &c : scratch.search.results)
    if (c.level >= level && !(c.flags & kUnsound) && c.id != scratch.self) {
      scratch.choices.push_back({c.distance, c.id, static_cast<int>(scratch.ids.size()), c.version});
      scratch.ids.push_back(c.id);
    }
  store.fetch(scratch.ids.begin(), static_cast<int>(scratch.ids.size()), 0);
  int count = 0;
  for (const Choice &choice : scratch.choices)
    if (store.usable(choice.index) && store.level_of(choice.index) >= level) scratch.choices[count++] = choice;
  scratch.rejected.reserve(count + 1);
  // Codes too short to prune by: score() used the first plane only, the choice is made by both.
  if constexpr (requires { store.prepare_query(); })
    if (store.prepare_query()) {
      for (int i = 0; i < count; i++) scratch.choices[i].distance = store.distance(scratch.choices[i].index);
      std::sort(scratch.choices.begin(), scratch.choices.begin() + count, scratch.search.order);
    }
  return count;
}

// Chooses neighbours for the store's query on levels min(level, entry.level) .. 0, searching from the scored `entry`.
// `on_base_results(results)` sees the results of level 0, in any order, before the choice; if it returns false (a duplicate
// was found), the search ends there and find_neighbours returns false.
template <WritableStore S, class OnBaseResults>
bool find_neighbours(S &store, const InsertParameters &parameters, InsertScratch &scratch, Candidate entry, int top_level,
                     Neighbours *out, OnBaseResults on_base_results) {
  SearchCounts counts = {};
  scratch.salt = scratch.salt * 1664525u + 1013904223u;
  descend(store, scratch.search.visited, &entry, top_level, out->level, &counts);
  for (int level = out->level; level > top_level; level--) out->count[level] = 0;
  for (int level = std::min(top_level, out->level); level >= 0; level--) {
    size_t ef = static_cast<size_t>(parameters.ef_construction);
    scratch.search.reset(ef, parameters.m, scratch.salt);
    search_level(store, scratch.search, &entry, 1, level, ef);
    if (level == 0 && !on_base_results(scratch.search.results)) return false;
    if (scratch.search.results.empty()) {
      out->count[level] = 0;
      continue;
    }
    int count = fetch_results(store, scratch, level);
    entry = *scratch.search.results.begin();
    out->count[level] =
        select_neighbours(store, scratch.choices.begin(), count, parameters.m, parameters.m, scratch.rejected.begin());
    std::copy_n(scratch.choices.begin(), out->count[level], out->links[level]);
  }
  return true;
}

}  // namespace vexpg::graph
