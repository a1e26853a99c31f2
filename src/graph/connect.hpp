// SPDX-License-Identifier: PostgreSQL
// A link into a list, which may be full: then the list is chosen again, and no node loses its last way in by that.
//
// A link that goes is one whose target the new list leads on to: whatever was reached through the list is reached still,
// by one hop more or two. Nodes in a crowd of near copies hide each other, so the heuristic alone would keep
// the same few of them in every list around and leave the others without any link.
#pragma once
#include <algorithm>
#include <cassert>

#include "graph/select.hpp"

namespace vexpg::graph {

struct InsertParameters {
  int m;                // links chosen per level; lists hold 2m on level 0, m above
  int ef_construction;  // candidates per level
  int capacity(int level) const { return level == 0 ? 2 * m : m; }
  // A full list is cut to the heuristic's choice and filled to this many: room for the next ones without cutting again.
  int refill(int level) const { return level == 0 ? m + m / 2 : m; }
};

// A list of a node, and what is to take its place.
struct Relisting {
  NodeId node;
  int level, old_count, new_count;
  NodeId old_links[kMaxLinks], new_links[kMaxLinks + 1];
};

inline constexpr int kNearWords = 256;

// What a choice of a full list works with.
struct Cut {
  const Relisting *planned;       // lists that are about to be written, taken for what they will be; then the one that
  int planned_count;              // is chosen
  int level, kept, rejected_count;
  Choice choices[kMaxLinks + 1];     // the first `kept` stay
  Choice rejected[kMaxLinks + 1];
  bool led_to[kMaxLinks + 1];        // rejected[i] stays, or links that stay lead on to it
  uint64_t near[kNearWords];         // a bit for each node that links that stay lead to by one hop, found by hash
  static uint32_t near_bit(NodeId id) { return (id * 0x9E3779B1u) >> 18; }

  bool has(NodeId id) const {
    return std::find_if(choices, choices + kept, [&](const Choice &c) { return c.id == id; }) != choices + kept;
  }
  bool is_near(NodeId id) const { return (near[near_bit(id) / 64] >> near_bit(id) % 64 & 1) != 0; }
  bool leads_to_all() const { return std::find(led_to, led_to + rejected_count, false) == led_to + rejected_count; }
};

// Links as they will be.
template <ReadableStore S> int links_to_be(S &store, const Cut &cut, NodeId node, NodeId *links) {
  for (const Relisting *list = cut.planned; list < cut.planned + cut.planned_count; list++)
    if (list->node == node && list->level == cut.level) {
      std::copy_n(list->new_links, list->new_count, links);
      return list->new_count;
    }
  return store.links(node, cut.level, links);
}

// Notes where a link that stays leads to.
template <ReadableStore S> void follow(S &store, Cut *cut, NodeId to) {
  NodeId links[kMaxLinks];
  int count = links_to_be(store, *cut, to, links);
  for (int i = 0; i < count; i++) {
    uint32_t bit = Cut::near_bit(links[i]);
    cut->near[bit / 64] |= uint64_t{1} << bit % 64;
  }
  for (int i = 0; i < cut->rejected_count; i++)
    if (!cut->led_to[i] && cut->is_near(cut->rejected[i].id))
      cut->led_to[i] = std::find(links, links + count, cut->rejected[i].id) != links + count;
}

// Whether a neighbour of the rejected one, which links that stay lead to, leads on to it. Links mostly go both ways.
template <ReadableStore S> bool has_way_around(S &store, const Cut &cut, NodeId rejected) {
  NodeId links[kMaxLinks], back[kMaxLinks];
  int count = links_to_be(store, cut, rejected, links);
  for (int i = 0; i < count; i++) {
    if (links[i] == cut.planned[cut.planned_count].node || !cut.is_near(links[i])) continue;
    int back_count = links_to_be(store, cut, links[i], back);
    if (std::find(back, back + back_count, rejected) != back + back_count) return true;
  }
  return false;
}

// Of `count` choices (nearest first) those that stay: the heuristic's, `node` if it must, then what they do not lead on
// to, then the nearest of the rest up to refill(level). `node` is not linked yet: it has no other claim to stay. The ways
// of the upper levels are short cuts, which may go.
template <WritableStore S>
void cut_list(S &store, const InsertParameters &parameters, Cut *cut, int count, NodeId node, bool must) {
  Choice all[kMaxLinks + 1];
  std::copy_n(cut->choices, count, all);
  cut->kept = select_neighbours(store, cut->choices, count, parameters.m, 0, cut->rejected);
  if (must && !cut->has(node)) {
    cut->kept = std::min(cut->kept, parameters.capacity(cut->level) - 1);
    cut->choices[cut->kept++] = *std::find_if(all, all + count, [&](const Choice &c) { return c.id == node; });
  }
  cut->rejected_count = 0;
  std::fill_n(cut->near, kNearWords, 0);
  for (int i = 0; i < count; i++) {
    if (cut->has(all[i].id)) continue;
    cut->led_to[cut->rejected_count] = cut->level > 0 || all[i].id == node;
    cut->rejected[cut->rejected_count++] = all[i];
  }
  for (int i = 0; i < cut->kept && !cut->leads_to_all(); i++) follow(store, cut, cut->choices[i].id);
  for (int i = 0; i < cut->rejected_count && cut->kept < parameters.capacity(cut->level); i++) {
    if (cut->led_to[i]) continue;
    cut->led_to[i] = true;
    if (has_way_around(store, *cut, cut->rejected[i].id)) continue;
    cut->choices[cut->kept++] = cut->rejected[i];
    follow(store, cut, cut->rejected[i].id);
  }
  for (int i = 0; i < cut->rejected_count && cut->kept < parameters.refill(cut->level); i++)
    if (!cut->has(cut->rejected[i].id)) cut->choices[cut->kept++] = cut->rejected[i];
}

// Puts a link at the end of a list, if it has room.
template <WritableStore S>
bool add_link(S &store, const InsertParameters &parameters, NodeId from, NodeId to, int level) {
  if constexpr (AppendingStore<S>) {
    return store.append_link(from, level, to) == Appended::kStored;
  } else {
    NodeId links[kMaxLinks + 1];
    int count = store.links(from, level, links);
    if (std::find(links, links + count, to) != links + count) return true;
    if (count >= parameters.capacity(level)) return false;
    links[count] = to;
    store.fetch(&to, 1, 0);
    return store.usable(0) && store.replace_links(from, level, links, count, links, count + 1);
  }
}

// kStored: the link is there. kRejected: the heuristic prefers the links that are there. kGone: the neighbour is no
// longer fit. kChosen: there is a new list with the link, which is to be written.
enum class Connected { kStored, kRejected, kGone, kChosen };

// Reads the list of lists[at].node and chooses what it is with a link to `node`; kRejected only if it need not. The
// lists before lists[at] are about to be written as well. What the new list does not lead to, `node` leads to.
template <WritableStore S>
Connected choose_list(S &store, const InsertParameters &parameters, Relisting *lists, size_t at, NodeId node, bool must) {
  Relisting &list = lists[at];
  int level = list.level;
  NodeId ends[2] = {list.node, node};
  list.old_count = store.links(list.node, level, list.old_links);
  NodeId *end = list.old_links + list.old_count;
  if (std::find(list.old_links, end, node) != end) return Connected::kStored;
  store.fetch(ends, 2, 0);
  if (!store.usable(0) || !store.usable(1) || store.level_of(0) < level) return Connected::kGone;
  if (list.old_count < parameters.capacity(level)) {
    *std::copy(list.old_links, end, list.new_links) = node;
    list.new_count = list.old_count + 1;
    return Connected::kChosen;
  }
  Cut cut;
  cut.planned = lists, cut.planned_count = static_cast<int>(at), cut.level = level;
  store.fetch(list.old_links, list.old_count, 2);
  store.prepare(0);
  int count = 0;
  for (int i = 0; i < list.old_count; i++)
    if (store.usable(2 + i)) cut.choices[count++] = {store.distance(2 + i), list.old_links[i], 2 + i};
  cut.choices[count++] = {store.distance(1), node, 1};
  std::sort(cut.choices, cut.choices + count, Nearer{node * 0x85EBCA6Bu + list.node});
  cut_list(store, parameters, &cut, count, node, must);
  if (!cut.has(node)) return Connected::kRejected;
  for (list.new_count = 0; list.new_count < cut.kept; list.new_count++)
    list.new_links[list.new_count] = cut.choices[list.new_count].id;
  for (int i = 0; i < cut.rejected_count; i++)
    if (!cut.led_to[i]) add_link(store, parameters, node, cut.rejected[i].id, level);
  if (!cut.leads_to_all()) store.fetch(ends, 2, 0);
  return Connected::kChosen;
}

// Writes a link from `neighbour` to `node` on a level. A list with room takes it; a full list is chosen again among its
// links and the node. Never kChosen.
template <WritableStore S>
Connected connect(S &store, const InsertParameters &parameters, NodeId neighbour, NodeId node,
                  int level, bool must) {
  assert(neighbour != node && level <= kMaxLevel);
  if constexpr (AppendingStore<S>) {
    store.poll();
    Appended appended = store.append_link(neighbour, level, node);
    if (appended != Appended::kFull) return appended == Appended::kStored ? Connected::kStored : Connected::kGone;
  }
  Relisting list;
  list.node = neighbour, list.level = level;
  for (;;) {
    store.poll();
    Connected result = choose_list(store, parameters, &list, 0, node, must);
    if (result != Connected::kChosen) return result;
    if (store.replace_links(neighbour, level, list.old_links, list.old_count, list.new_links, list.new_count))
      return Connected::kStored;
  }
}

}  // namespace vexpg::graph
