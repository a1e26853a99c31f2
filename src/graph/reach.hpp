// SPDX-License-Identifier: PostgreSQL
// After a build or a vacuum: no live node that a search cannot reach. link_unreachable() walks level 0 from the entry
// point and gives each node that it did not meet a link from a node that it met; relink() gives a node whose list ran dry
// a new one, as an insertion would.
//
// A plain build leaves up to 0.3 % of the nodes without a path from the entry point.
#pragma once
#include <algorithm>

#include "graph/bitmap.hpp"
#include "graph/insert.hpp"

namespace vexpg::graph {

struct EntryNode {
  NodeId id;
  int level;
};

struct ReachScratch {
  explicit ReachScratch(Memory memory) : reached(memory), expanded(memory), stack(memory), insert(memory) {}
  Bitmap reached, expanded;
  GrowingArray<NodeId> stack;  // reached, to be expanded next
  bool spilled = false;        // some reached nodes wait outside the stack
  InsertScratch insert;
};

struct ReachResult {
  uint64_t unreachable;  // nodes that had no path from the entry point
  uint64_t left;         // of these, how many still have none
};

inline constexpr size_t kReachStack = 4096;
inline constexpr int kReachRounds = 8;

// Reads a node's links, marking what they reach. Only nodes in `wanted` are reached.
template <ReadableStore S> void expand(S &store, ReachScratch &scratch, const Bitmap &wanted, NodeId node, bool deep) {
  NodeId links[kMaxLinks];
  store.poll();
  scratch.expanded.insert(node);
  int count = store.links(node, 0, links);
  for (int i = 0; i < count; i++) {
    if (!wanted.has(links[i]) || scratch.reached.has(links[i])) continue;
    scratch.reached.insert(links[i]);
    if (deep && scratch.stack.size() < kReachStack) scratch.stack.push_back(links[i]);
    else scratch.spilled = true;
  }
}

// Expands all reached nodes in the order of their ids, again and again until none is left: pages are read in order.
template <ReadableStore S> void sweep(S &store, ReachScratch &scratch, const Bitmap &wanted) {
  while (scratch.spilled) {
    scratch.spilled = false;
    for (size_t word = 0; word < Bitmap::word_count(wanted.limit()); word++)
      for (uint64_t waiting; (waiting = scratch.reached.word(word) & ~scratch.expanded.word(word)) != 0;)
        expand(store, scratch, wanted, Bitmap::id_at(word, waiting), false);
  }
}

// Marks a node and all that can be reached from it.
template <ReadableStore S> void reach_from(S &store, ReachScratch &scratch, const Bitmap &wanted, NodeId node) {
  assert(wanted.has(node));
  scratch.reached.insert(node);
  scratch.stack.clear();
  scratch.stack.push_back(node);
  while (!scratch.stack.empty()) {
    NodeId next = scratch.stack.back();
    scratch.stack.pop_back();
    expand(store, scratch, wanted, next, true);
  }
  sweep(store, scratch, wanted);
}

// The nodes on a level near `node`, which becomes the store's query, in scratch.search.results. descend_first: through
// the upper levels; else from the entry point on the level itself. False if the node or the entry point is gone.
template <WritableStore S>
bool search_around(S &store, const InsertParameters &parameters, InsertScratch &scratch, const EntryNode &entry, NodeId node,
                   int level, bool descend_first) {
  Candidate at;
  SearchCounts counts = {};
  store.fetch(&node, 1, 0);
  if (!store.usable(0) || store.level_of(0) < level) return false;
  store.query_from(0);
  if (store.score(&entry.id, 1, &at) != 1) return false;
  if (descend_first) descend(store, scratch.search.visited, &at, static_cast<int>(entry.level), level, &counts);
  size_t ef = static_cast<size_t>(parameters.ef_construction);
  scratch.search.reset(ef, parameters.m, node);
  search_level(store, scratch.search, &at, 1, level, ef);
  scratch.search.results.sort();
  return true;
}

// Puts link `to` in the place of `from`'s link to a node that `to` leads to as well, so that nothing is cut off: a node
// that is already a neighbour of both, else the last of from's list if `to` has room for it.
template <WritableStore S> bool splice(S &store, const InsertParameters &parameters, NodeId from, NodeId to) {
  NodeId from_links[kMaxLinks], to_links[kMaxLinks], new_links[kMaxLinks];
  int from_count = store.links(from, 0, from_links), to_count = store.links(to, 0, to_links);
  if (std::find(from_links, from_links + from_count, to) != from_links + from_count) return true;
  if (from_count == 0) return false;
  int shared = -1;
  for (int i = from_count - 1; i >= 0 && shared < 0; i--)
    if (std::find(to_links, to_links + to_count, from_links[i]) != to_links + to_count) shared = i;
  if (shared < 0) {
    shared = from_count - 1;
    if (to_count >= parameters.capacity(0)) return false;
    store.fetch(&from_links[shared], 1, 0);
    if (!store.usable(0)) return false;
    std::copy_n(to_links, to_count, new_links);
    new_links[to_count] = from_links[shared];
    if (!store.replace_links(to, 0, to_links, to_count, new_links, to_count + 1)) return false;
  }
  store.fetch(&to, 1, 0);
  if (!store.usable(0)) return false;
  std::copy_n(from_links, from_count, new_links);
  new_links[shared] = to;
  return store.replace_links(from, 0, from_links, from_count, new_links, from_count);
}

// Gives `node` a link from the nearest reached node of the results that has room; else one by splice().
template <WritableStore S>
bool link_from_results(S &store, const InsertParameters &parameters, ReachScratch &scratch, NodeId node) {
  NodeId links[kMaxLinks];
  Results &results = scratch.insert.search.results;
  for (const Candidate &c : results) {
    if (c.id == node || !scratch.reached.has(c.id) || store.links(c.id, 0, links) >= parameters.capacity(0)) continue;
    // The list may have been filled since: then the heuristic decides, and another node has to do.
    if (connect(store, parameters, c.id, node, 0, false) == Connected::kStored) return true;
  }
  for (const Candidate &c : results)
    if (c.id != node && scratch.reached.has(c.id) && splice(store, parameters, c.id, node)) return true;
  return false;
}

// Gives `node` a link from any reached node that has room, however far: a search finds it, if late. Every id is tried once
// in a round; *next is where the last call stopped.
template <WritableStore S>
bool link_from_anywhere(S &store, const InsertParameters &parameters, ReachScratch &scratch, NodeId node, NodeId *next) {
  NodeId links[kMaxLinks];
  for (; *next < scratch.reached.limit(); ++*next) {
    if (*next == node || !scratch.reached.has(*next)) continue;
    store.poll();
    if (store.links(*next, 0, links) >= parameters.capacity(0)) continue;
    if (connect(store, parameters, *next, node, 0, false) == Connected::kStored) return true;
  }
  return false;
}

// Gives `node` the place of a link of a reached node that may have been needed: another round has to tell.
template <WritableStore S>
bool link_by_force(S &store, const InsertParameters &parameters, ReachScratch &scratch, NodeId node) {
  for (const Candidate &c : scratch.insert.search.results) {
    if (c.id == node || !scratch.reached.has(c.id)) continue;
    if (connect(store, parameters, c.id, node, 0, true) == Connected::kStored) return true;
  }
  return false;
}

// Links every node of `wanted` (the sound nodes on level 0) that cannot be reached from the entry point, which must be
// among them. Memory: two bits per id.
template <WritableStore S>
ReachResult link_unreachable(S &store, const InsertParameters &parameters, ReachScratch &scratch, const EntryNode &entry,
                             const Bitmap &wanted) {
  ReachResult result = {};
  for (int round = 0; round < kReachRounds; round++) {
    bool cut = false;
    NodeId next_with_room = 0;
    scratch.reached.reset(wanted.limit());
    scratch.expanded.reset(wanted.limit());
    if (!wanted.has(entry.id)) return result;
    scratch.reached.insert(entry.id);
    scratch.spilled = true;
    sweep(store, scratch, wanted);
    result.left = 0;
    for (size_t word = 0; word < Bitmap::word_count(wanted.limit()); word++)
      for (uint64_t tried = 0, cut_off; (cut_off = wanted.word(word) & ~scratch.reached.word(word) & ~tried) != 0;) {
        NodeId node = Bitmap::id_at(word, cut_off);
        tried |= uint64_t{1} << node % 64;
        if (round == 0) result.unreachable++;
        // A walk through the upper levels may end in the node's own island; one on level 0 meets reached nodes only.
        bool linked = false;
        for (bool descend_first : {true, false})
          if (!linked && search_around(store, parameters, scratch.insert, entry, node, 0, descend_first))
            linked = link_from_results(store, parameters, scratch, node);
        if (!linked) linked = link_from_anywhere(store, parameters, scratch, node, &next_with_room);
        if (!linked && link_by_force(store, parameters, scratch, node)) cut = linked = true;
        if (linked) reach_from(store, scratch, wanted, node);
        else result.left++;
      }
    if (!cut && result.left == 0) break;
  }
  return result;
}

// Adds to a node's list on a level the neighbours that an insertion would choose now, up to m in all, and links them back.
template <WritableStore S>
void relink(S &store, const InsertParameters &parameters, InsertScratch &scratch, const EntryNode &entry, NodeId node,
            int level) {
  NodeId old_links[kMaxLinks], links[kMaxLinks];
  if (level > entry.level || !search_around(store, parameters, scratch, entry, node, level, true)) return;
  int old_count = store.links(node, level, old_links);
  int count = fetch_results(store, scratch, level), usable = 0, kept = old_count;
  for (int i = 0; i < count; i++)
    if (scratch.choices[static_cast<size_t>(i)].id != node)
      scratch.choices[static_cast<size_t>(usable++)] = scratch.choices[static_cast<size_t>(i)];
  int chosen = select_neighbours(store, scratch.choices.begin(), usable, parameters.m, parameters.m, scratch.rejected.begin());
  std::copy_n(old_links, old_count, links);
  for (int i = 0; i < chosen && kept < parameters.m; i++) {
    NodeId id = scratch.choices[static_cast<size_t>(i)].id;
    if (std::find(links, links + kept, id) == links + kept) links[kept++] = id;
  }
  if (kept == old_count || !store.replace_links(node, level, old_links, old_count, links, kept)) return;
  for (int i = old_count; i < kept; i++) connect(store, parameters, links[i], node, level, false);
}

}  // namespace vexpg::graph
