// SPDX-License-Identifier: PostgreSQL
// Insertion into pages: the node first, the links back after, the entry point last (src/README.md, "Insert").
#include "am/row_insert.hpp"

#include <new>

namespace vexpg::am {

using storage::EntryPoint;
using storage::kNoNode;
using storage::NewNode;
using storage::NodeId;

namespace {

// Hangs the row on a chain, or gives it to a head that has lost its own: who scans with a snapshot from before does not see
// the row anyway. False if the head is gone: then the row must be inserted anew.
bool insert_member(RowInserter &inserter, const NewNode &duplicate, const ItemPointerData &tid) {
  storage::PageStore &store = inserter.store;
  VEXPG_POINT("vexpg-insert-duplicate");
  if (store.take_head(duplicate, tid)) return true;
  storage::ChainFront front = store.chain_front(duplicate.id);
  NewNode member = store.write_member(*inserter.row, tid, duplicate.id, front);
  store.write_attributes(member.id, *inserter.row);
  VEXPG_POINT("vexpg-insert-member");
  for (;;) {
    if (store.push_member(duplicate.id, duplicate.version, front, member.id, &front)) return true;
    if (!store.is_duplicate(duplicate.id, duplicate.version, *inserter.row)) {
      store.discard(member);
      return false;
    }
    store.relocate_member(member, front);
  }
}

// Scores the entry point. Vacuum may have replaced it since it was read, and frees the old one only after that: then
// *entry becomes the new one. False: the index is empty.
bool score_entry(RowInserter &inserter, EntryPoint *entry, graph::Candidate *at) {
  while (entry->id != kNoNode) {
    if (inserter.store.score(&entry->id, 1, at) == 1 && at->version == entry->version) return true;
    EntryPoint now = entry_of(storage::read_meta(inserter.store.index()));
    if (now.id == entry->id && now.version == entry->version)
      storage::report_damage(inserter.store.index(), 0, "entry point that is no node");
    *entry = now;
  }
  return false;
}

// Neighbours for the row from the entry point. True: the store has met a duplicate instead, which is looked for unless the
// row's node is in the graph already.
bool search_neighbours(RowInserter &inserter, EntryPoint *entry) {
  storage::PageStore &store = inserter.store;
  for (int level = 0; level <= inserter.neighbours.level; level++) inserter.neighbours.count[level] = 0;
  store.query_row(*inserter.row, inserter.scratch.self == kNoNode);
  graph::Candidate at;
  if (!score_entry(inserter, entry, &at)) return false;
  if (!graph::find_neighbours(store, inserter.parameters, inserter.scratch, at, static_cast<int>(entry->level),
                              &inserter.neighbours, [&](graph::Results &) { return !store.satisfied(); }))
    return true;
  const graph::Choice *chosen = inserter.neighbours.links[0];
  for (int i = 0; i < inserter.neighbours.count[0]; i++) inserter.full[i] = store.list_is_full(chosen[i].index);
  return false;
}

// A neighbour may have been marked as dead since it was chosen, after vacuum passed the node's page, or freed and its slot
// given to another row: of another level, or far away, and the byte beside the link would be of the old one, which no later
// vacuum could tell. What becomes dead from now on, vacuum finds linked from here.
void drop_stale_links(RowInserter &inserter, NodeId node, int level) {
  storage::PageStore &store = inserter.store;
  const graph::Choice *chosen = inserter.neighbours.links[level], *end = chosen + inserter.neighbours.count[level];
  for (;;) {
    NodeId old_links[graph::kMaxLinks], links[graph::kMaxLinks];
    bool same_bytes[graph::kMaxLinks];
    int old_count = store.links(node, level, old_links), count = 0;
    store.fetch(old_links, old_count, 0);
    std::fill_n(same_bytes, old_count, true);
    if (level == 0) store.compare_link_bytes(node, old_count, same_bytes);
    for (int i = 0; i < old_count; i++) {
      NodeId id = old_links[i];
      const graph::Choice *choice = std::find_if(chosen, end, [&](const graph::Choice &c) { return c.id == id; });
      bool replaced = choice != end && choice->version != store.version_of(i);
      if (store.usable(i) && store.level_of(i) >= level && same_bytes[i] && !replaced) links[count++] = id;
    }
    if (count == old_count || store.replace_links(node, level, old_links, old_count, links, count)) return;
    CHECK_FOR_INTERRUPTS();
  }
}

// Links of level 0 from the chosen neighbours to the node, in as few records as there may be. What a list says that has no
// room and became so since it was looked at is kFull in appended[i].
void link_back_at_once(RowInserter &inserter, NodeId node, graph::Appended *appended) {
  const graph::Neighbours &chosen = inserter.neighbours;
  storage::Relistings &lists = inserter.lists;
  NodeId ids[graph::kMaxLinks];
  int count = 0, places[graph::kMaxLinks];
  graph::Appended results[graph::kMaxLinks];
  lists.clear();
  for (int i = 0; i < chosen.count[0]; i++) {
    NodeId id = chosen.links[0][i].id;
    appended[i] = graph::Appended::kGone;
    if (inserter.full[i]) {
      lists.push_back({});
      lists.back().node = id;
      graph::Connected result = graph::choose_list(inserter.store, inserter.parameters, lists.begin(), lists.size() - 1, node, false);
      if (result != graph::Connected::kChosen) lists.pop_back();
      if (result == graph::Connected::kRejected) continue;
    }
    places[count] = i;
    ids[count++] = id;
  }
  inserter.store.append_links(ids, count, node, &lists, results);
  for (int i = 0; i < count; i++) appended[places[i]] = results[i];
}

// Links from the chosen neighbours to the node. True if one of level 0 was stored in a node that is still the one that the
// search found: vacuum may have freed it since, and its slot may hold a row from far away by now.
bool link_back(RowInserter &inserter, NodeId node) {
  const graph::Neighbours &chosen = inserter.neighbours;
  storage::PageStore &store = inserter.store;
  bool stored = false;
  auto count_stored = [&](const graph::Choice &from) { stored = stored || store.version_now(from.id) == from.version; };
  auto link_from = [&](const graph::Choice &from, int level, bool must) {
    graph::Connected result = graph::connect(store, inserter.parameters, from.id, node, level, must);
    if (level == 0 && result == graph::Connected::kStored) count_stored(from);
  };
  for (int level = chosen.level; level > 0; level--)
    for (int i = 0; i < chosen.count[level]; i++) link_from(chosen.links[level][i], level, false);
  graph::Appended appended[graph::kMaxLinks];
  link_back_at_once(inserter, node, appended);
  for (int i = 0; i < chosen.count[0]; i++) {
    if (appended[i] == graph::Appended::kStored) count_stored(chosen.links[0][i]);
    else if (appended[i] == graph::Appended::kFull) link_from(chosen.links[0][i], 0, false);
  }
  for (int i = 0; i < chosen.count[0] && !stored; i++) link_from(chosen.links[0][i], 0, true);
  // Without link bytes a stale link of level 0 is found by the next vacuum.
  for (int level = inserter.model.geometry.attributes > 0 ? 0 : 1; level <= chosen.level; level++)
    drop_stale_links(inserter, node, level);
  return stored;
}

// After a second search: the node's own lists get the neighbours found by it, besides those they have.
void add_own_links(RowInserter &inserter, NodeId node) {
  NodeId old_links[graph::kMaxLinks], links[graph::kMaxLinks];
  for (int level = 0; level <= inserter.neighbours.level; level++)
    for (;;) {
      int old_count = inserter.store.links(node, level, old_links), count = old_count;
      std::copy_n(old_links, old_count, links);
      for (int i = 0; i < inserter.neighbours.count[level] && count < inserter.parameters.capacity(level); i++) {
        NodeId id = inserter.neighbours.links[level][i].id;
        if (std::find(links, links + count, id) == links + count) links[count++] = id;
      }
      if (count == old_count || inserter.store.replace_links(node, level, old_links, old_count, links, count)) break;
      CHECK_FOR_INTERRUPTS();
    }
}

// A chosen neighbour may have been freed before the node was written, into its very slot.
void forget(graph::Neighbours &chosen, NodeId node) {
  for (int level = 0; level <= chosen.level; level++) {
    graph::Choice *links = chosen.links[level];
    auto end = std::remove_if(links, links + chosen.count[level], [&](const graph::Choice &c) { return c.id == node; });
    chosen.count[level] = static_cast<int>(end - links);
  }
}

void insert_linked(RowInserter &inserter, const ItemPointerData &tid, EntryPoint entry) {
  Relation index = inserter.store.index();
  inserter.scratch.self = kNoNode;
  inserter.scratch.salt = pg_prng_uint32(inserter.random);
  inserter.neighbours.level = graph::level_from_uniform(1.0 - pg_prng_double(inserter.random), inserter.parameters.m);
  for (; search_neighbours(inserter, &entry); entry = entry_of(storage::read_meta(index)))
    if (insert_member(inserter, inserter.store.duplicate(), tid)) return;

  VEXPG_POINT("vexpg-insert-searched");
  bool alone = inserter.neighbours.count[0] == 0;
  NewNode node = inserter.store.write_node(*inserter.row, tid, inserter.neighbours);
  forget(inserter.neighbours, node.id);
  if (inserter.neighbours.level > 0) inserter.store.write_tower(node, inserter.neighbours);
  inserter.store.write_attributes(node.id, *inserter.row);
  // Whoever loses a race for the entry point, or finds its neighbours gone, searches again from what is there now, and
  // leaves only when it is linked or is the entry point itself.
  VEXPG_POINT("vexpg-insert-written");
  EntryPoint own = {node.id, node.version, static_cast<uint32_t>(inserter.neighbours.level)};
  for (inserter.scratch.self = node.id;;) {
    bool linked = link_back(inserter, node.id);
    VEXPG_POINT("vexpg-insert-linked");
    if (alone || own.level > entry.level) {
      if (storage::set_entry(index, entry, own, &entry)) return;
    } else {
      if (linked) return;
      entry = entry_of(storage::read_meta(index));
    }
    CHECK_FOR_INTERRUPTS();
    search_neighbours(inserter, &entry);
    alone = inserter.neighbours.count[0] == 0;
    add_own_links(inserter, node.id);
  }
}

}  // namespace

RowInserter *make_inserter(Relation index, const storage::IndexModel &model, MemoryContext memory) {
  MemoryContext old = MemoryContextSwitchTo(memory);
  auto *inserter = new (palloc(sizeof(RowInserter))) RowInserter(index, model, memory);
  MemoryContextSwitchTo(old);
  return inserter;
}

void insert_row(RowInserter &inserter, const ItemPointerData &tid) {
  Relation index = inserter.store.index();
  inserter.store.reattach();
  inserter.store.forget_dropped_links();
  storage::MetaPage meta = storage::read_meta(index);
  insert_linked(inserter, tid, entry_of(meta));
  if (inserter.store.dropped_links() && meta.vacuum_due == 0) storage::set_vacuum_due(index, true);
}

}  // namespace vexpg::am
