// SPDX-License-Identifier: PostgreSQL
// What vacuum does to the neighbour lists of live nodes: every link to a dead node goes, and what led through it is
// replaced by links to the dead node's own neighbours. In place, one list at a time, the same on every level; cost 4 %
// of a rebuild's distances with a tenth of the nodes dead.
#pragma once
#include <algorithm>

#include "graph/insert.hpp"

namespace vexpg::graph {

// The dead nodes of one repair pass and the lists that they had.
template <class D>
concept DeadNodes = requires(D &dead, NodeId id, int level, NodeId *links) {
  // True if the node is to be forgotten.
  { dead.has(id) } -> std::same_as<bool>;
  // The list of a node for which has() is true, at most kMaxLinks; 0 if there is none or it is not known.
  { dead.links(id, level, links) } -> std::same_as<int>;
};

struct RepairParameters {
  int m;
  // A list that keeps so many links loses the dead ones and is not chosen again; above any capacity: never.
  int enough[2];  // level 0, levels above
  int enough_on(int level) const { return enough[level == 0 ? 0 : 1]; }
};

struct RepairScratch {
  explicit RepairScratch(Memory memory) : seen(memory), nearest(memory), choices(memory), rejected(memory) {}
  Visited seen;                        // candidates of this list already met
  GrowingArray<Candidate> nearest;     // candidates, scored
  GrowingArray<Choice> choices, rejected;
};

// kGone: the node is no longer fit.
enum class Repaired { kUntouched, kShortened, kChosen, kGone };

// Candidates that are looked at closely: per dead neighbour, and in all.
inline constexpr int kCandidatesPerDead = 8;
inline constexpr int kFewestCandidates = 16, kMostCandidates = 256;

// A node's list on a level, taken apart.
struct SplitList {
  NodeId node;
  int level;
  int live_count, dead_count;
  NodeId live[kMaxLinks], dead[kMaxLinks];
};

// Scores the live neighbours of the list's dead ones against the store's query and keeps the nearest in
// scratch.nearest, nearest first. scratch.seen: ids that are no candidates.
template <WritableStore S, DeadNodes D>
void gather_candidates(S &store, D &dead, RepairScratch &scratch, const SplitList &list) {
  NodeId around[kMaxLinks];
  Candidate scored[kMaxLinks];
  scratch.nearest.clear();
  for (int i = 0; i < list.dead_count; i++) {
    int count = dead.links(list.dead[i], list.level, around), fresh = 0;
    assert(count <= kMaxLinks);
    for (int j = 0; j < count; j++)
      if (!dead.has(around[j]) && scratch.seen.insert(around[j])) around[fresh++] = around[j];
    int kept = fresh == 0 ? 0 : store.score(around, fresh, scored);
    for (int j = 0; j < kept; j++)
      if (scored[j].level >= list.level && !(scored[j].flags & kUnsound)) scratch.nearest.push_back(scored[j]);
  }
  int wanted = std::clamp(kCandidatesPerDead * list.dead_count, kFewestCandidates, kMostCandidates);
  auto most = static_cast<size_t>(wanted);
  if (scratch.nearest.size() > most) {
    std::nth_element(scratch.nearest.begin(), scratch.nearest.begin() + most, scratch.nearest.end(), nearer);
    scratch.nearest.truncate(most);
  }
  std::sort(scratch.nearest.begin(), scratch.nearest.end(), nearer);
}

// Adds to the kept choices[0 .. kept) those of choices[kept .. count), nearest first, that none kept hides, then fills
// with the nearest of the others, to `size` in all. Returns how many are kept.
template <WritableStore S>
int add_neighbours(S &store, Choice *choices, int kept, int count, int size, Choice *rejected) {
  assert(kept <= count);
  int rejected_count = 0;
  for (int i = kept; i < count && kept < size; i++) {
    Choice candidate = choices[i];
    store.prepare(candidate.index);
    bool keep = true;
    for (int k = 0; k < kept && keep; k++) keep = !hides(choices[k], candidate, store.distance(choices[k].index));
    if (keep) choices[kept++] = candidate;
    else rejected[rejected_count++] = candidate;
  }
  for (int r = 0; r < rejected_count && kept < size; r++) choices[kept++] = rejected[r];
  return kept;
}

// Chooses the new list of the node, which is fetched at 0, into `chosen`; returns its length.
template <WritableStore S, DeadNodes D>
int choose_repaired(S &store, const RepairParameters &parameters, D &dead, RepairScratch &scratch,
                    const SplitList &list, NodeId *chosen) {
  scratch.seen.reset(static_cast<size_t>(list.dead_count + 1) * static_cast<size_t>(parameters.m));
  scratch.seen.insert(list.node);
  for (int i = 0; i < list.live_count; i++) scratch.seen.insert(list.live[i]);
  store.query_from(0);
  gather_candidates(store, dead, scratch, list);

  NodeId ids[kMaxLinks + kMostCandidates];
  int candidate_count = static_cast<int>(scratch.nearest.size()), old_count = list.live_count + list.dead_count;
  int size = std::max(old_count, parameters.m);
  std::copy_n(list.live, list.live_count, ids);
  for (int i = 0; i < candidate_count; i++) ids[list.live_count + i] = scratch.nearest[static_cast<size_t>(i)].id;
  store.fetch(ids, list.live_count + candidate_count, 1);
  store.prepare(0);
  scratch.choices.clear();
  for (int i = 0; i < list.live_count + candidate_count; i++)
    if (store.usable(1 + i) && store.level_of(1 + i) >= list.level)
      scratch.choices.push_back({store.distance(1 + i), ids[i], 1 + i});
  int count = static_cast<int>(scratch.choices.size()), kept = 0;
  scratch.rejected.reserve(static_cast<size_t>(count) + 1);
  Choice *choices = scratch.choices.begin();
  if (3 * list.dead_count <= old_count) {
    while (kept < count && choices[kept].index <= list.live_count) kept++;
    std::sort(choices + kept, choices + count, Nearer{list.node});
    kept = add_neighbours(store, choices, kept, count, size, scratch.rejected.begin());
  } else {
    std::sort(choices, choices + count, Nearer{list.node});
    kept = select_neighbours(store, choices, count, parameters.m, std::min(count, size), scratch.rejected.begin());
  }
  for (int i = 0; i < kept; i++) chosen[i] = choices[i].id;
  return kept;
}

struct RepairResult {
  Repaired what;
  int count;  // length of the list now, where it was changed
};

// Takes the links to dead nodes out of a node's list on a level, putting neighbours of theirs in their places: all live
// links stay where at most a third is dead, else the list is chosen again; in both cases it is filled up to its old
// length, and to m at least, or lists would shrink from vacuum to vacuum. Tries again when the list changes meanwhile.
template <WritableStore S, DeadNodes D>
RepairResult repair_links(S &store, const RepairParameters &parameters, D &dead, RepairScratch &scratch, NodeId node,
                          int level) {
  assert(level >= 0 && level <= kMaxLevel);
  NodeId old_links[kMaxLinks], chosen[kMaxLinks];
  SplitList list;
  list.node = node;
  list.level = level;
  for (;;) {
    store.poll();
    int old_count = store.links(node, level, old_links);
    assert(old_count >= 0 && old_count <= kMaxLinks);
    list.live_count = list.dead_count = 0;
    for (int i = 0; i < old_count; i++) {
      if (dead.has(old_links[i])) list.dead[list.dead_count++] = old_links[i];
      else list.live[list.live_count++] = old_links[i];
    }
    if (list.dead_count == 0) return {Repaired::kUntouched, 0};
    store.fetch(&node, 1, 0);
    if (!store.usable(0) || store.level_of(0) < level) return {Repaired::kGone, 0};
    bool enough = list.live_count >= parameters.enough_on(level);
    int count = enough ? list.live_count : choose_repaired(store, parameters, dead, scratch, list, chosen);
    if (store.replace_links(node, level, old_links, old_count, enough ? list.live : chosen, count))
      return {enough ? Repaired::kShortened : Repaired::kChosen, count};
  }
}

}  // namespace vexpg::graph
