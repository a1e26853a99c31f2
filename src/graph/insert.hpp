// SPDX-License-Identifier: PostgreSQL
// Insertion (Algorithm 1 of Malkov & Yashunin 2018), in two parts, so that a store can write the node between them:
// find_neighbours() chooses the links of a new node, connect() writes a link back from one of them.
#pragma once
#include <algorithm>
#include <cmath>

#include "graph/search.hpp"
#include "graph/select.hpp"

namespace vexpg::graph {

// Level of a new node: floor(-ln(u) / ln(m)) for u uniform in (0, 1].
inline int level_from_uniform(double u, int m) {
  int level = static_cast<int>(-std::log(u) / std::log(static_cast<double>(m)));
  return std::clamp(level, 0, kMaxLevel);
}

struct InsertParameters {
  int m;                // links chosen per level; lists hold 2m on level 0, m above
  int ef_construction;  // candidates per level
  int capacity(int level) const { return level == 0 ? 2 * m : m; }
  // A full list is cut to the heuristic's choice and filled to this many: room for the next ones without cutting again.
  int refill(int level) const { return level == 0 ? m + m / 2 : m; }
};

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

enum class Connected { kStored, kRejected, kGone };

// Writes a link from `neighbour` to `node` on a level. A list with room takes it; a full list is chosen again among its
// links and the node. kRejected: the heuristic prefers the links that are there (never if `must`). kGone: the neighbour is
// no longer fit.
template <WritableStore S>
Connected connect(S &store, const InsertParameters &parameters, NodeId neighbour, NodeId node,
                  int level, bool must) {
  assert(neighbour != node && level <= kMaxLevel);
  NodeId old_links[kMaxLinks], new_links[kMaxLinks + 1];
  Choice choices[kMaxLinks + 1], rejected[kMaxLinks + 1];
  if constexpr (AppendingStore<S>) {
    store.poll();
    Appended appended = store.append_link(neighbour, level, node);
    if (appended != Appended::kFull) return appended == Appended::kStored ? Connected::kStored : Connected::kGone;
  }
  for (;;) {
    store.poll();
    int old_count = store.links(neighbour, level, old_links);
    if (std::find(old_links, old_links + old_count, node) != old_links + old_count) return Connected::kStored;
    NodeId ends[2] = {neighbour, node};
    store.fetch(ends, 2, 0);
    if (!store.usable(0) || !store.usable(1) || store.level_of(0) < level) return Connected::kGone;
    int new_count = 0;
    if (old_count < parameters.capacity(level)) {
      new_count = std::copy_n(old_links, old_count, new_links) - new_links;
      new_links[new_count++] = node;
    } else {
      store.fetch(old_links, old_count, 2);
      store.prepare(0);
      int count = 0;
      for (int i = 0; i < old_count; i++)
        if (store.usable(2 + i)) choices[count++] = {store.distance(2 + i), old_links[i], 2 + i};
      choices[count++] = {store.distance(1), node, 1};
      std::sort(choices, choices + count, Nearer{node * 0x85EBCA6Bu + neighbour});
      int kept = select_neighbours(store, choices, count, parameters.m, std::min(parameters.refill(level), count), rejected);
      bool found = false;
      for (int i = 0; i < kept; i++) found |= (new_links[new_count++] = choices[i].id) == node;
      if (!found && !must) return Connected::kRejected;
      if (!found) new_links[new_count - 1] = node;
    }
    if (store.replace_links(neighbour, level, old_links, old_count, new_links, new_count)) return Connected::kStored;
  }
}

}  // namespace vexpg::graph
