// SPDX-License-Identifier: PostgreSQL
// Choice of neighbours: Algorithm 4 of Malkov & Yashunin 2018 (no extendCandidates) over fetched nodes.
#pragma once
#include <algorithm>
#include <cassert>
#include <cmath>

#include "graph/store.hpp"

namespace vexpg::graph {

// A fetched node with its distance to the base.
struct Choice {
  float distance;
  NodeId id;
  int index;  // of the fetched node
  uint32_t version = 0;  // when it was scored
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
// the rejected up to `fill` in all (keepPrunedConnections of the paper). scratch: room for count choices.
// Each kept one is prepared once and measured against what is left, so that no more than m nodes are prepared.
template <WritableStore S> int select_neighbours(S &store, Choice *choices, int count, int m, int fill, Choice *scratch) {
  assert(count >= 0 && m > 0);
  // In scratch all stay in their order; hidden ones carry the complement of their index.
  std::copy_n(choices, count, scratch);
  int kept = 0, next = 0;
  for (; next < count && kept < m; next++) {
    if (scratch[next].index < 0) continue;
    const Choice &base = choices[kept++] = scratch[next];
    if (kept == m) continue;
    store.prepare(base.index);
    for (int i = next + 1; i < count; i++)
      if (scratch[i].index >= 0 && hides(base, scratch[i], store.distance(scratch[i].index))) scratch[i].index = ~scratch[i].index;
  }
  for (int i = 0; i < count && kept < fill; i++) {
    if (i < next && scratch[i].index >= 0) continue;
    choices[kept] = scratch[i];
    if (scratch[i].index < 0) choices[kept].index = ~scratch[i].index;
    kept++;
  }
  return kept;
}

}  // namespace vexpg::graph
