// SPDX-License-Identifier: PostgreSQL
// Choice of neighbours: Algorithm 4 of Malkov & Yashunin 2018 (no extendCandidates) over fetched nodes.
#pragma once
#include <cassert>
#include <cmath>

#include "graph/store.hpp"

namespace vexpg::graph {

// A fetched node with its distance to the base.
struct Choice {
  float distance;
  NodeId id;
  int index;  // of the fetched node
};

// Distances closer to each other than this count as equal: a distance of codes is symmetric only up to float rounding.
// The unit is that of scores, where a typical squared norm is 1.
inline constexpr float kTie = 1e-5f;

// True if a kept neighbour hides the candidate: it is nearer to it than the base is. Where both are as near, it does so
// unless it is nearer to the base than the candidate: of two nodes with the same code none hides from the other what lies
// around both, or a crowd of such nodes would lose all links but those among themselves.
inline bool hides(const Choice &kept, const Choice &candidate, float distance) {
  float tie = kTie * (1 + std::fabs(candidate.distance));
  if (distance < candidate.distance - tie) return true;
  return distance <= candidate.distance + tie && kept.distance >= candidate.distance - tie;
}

// Moves the chosen of `choices` (nearest first, all usable) to the front, in their order, and returns how many: at most m
// by the heuristic (a candidate is kept if none kept before hides it), then the nearest of
// the rejected up to `fill` in all (keepPrunedConnections of the paper). rejected: room for count choices.
template <WritableStore S> int select_neighbours(S &store, Choice *choices, int count, int m, int fill, Choice *rejected) {
  assert(count >= 0 && m > 0);
  int kept = 0, rejected_count = 0, i = 0;
  for (; i < count && kept < m; i++) {
    Choice candidate = choices[i];
    bool keep = true;
    if (kept > 0) {
      store.prepare(candidate.index);
      for (int k = 0; k < kept && keep; k++) keep = !hides(choices[k], candidate, store.distance(choices[k].index));
    }
    if (keep) choices[kept++] = candidate;
    else rejected[rejected_count++] = candidate;
  }
  for (; i < count; i++) rejected[rejected_count++] = choices[i];
  for (int r = 0; r < rejected_count && kept < fill; r++) choices[kept++] = rejected[r];
  return kept;
}

}  // namespace vexpg::graph
