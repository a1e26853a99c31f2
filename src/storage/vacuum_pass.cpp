// SPDX-License-Identifier: PostgreSQL
// The order of a vacuum, its marking pass, and chains. Links: vacuum_graph.cpp; freeing: vacuum_free.cpp.
#include "storage/vacuum_pass.hpp"

namespace vexpg::storage {

VacuumPass::VacuumPass(Relation index, const IndexModel &model, BufferAccessStrategy strategy, const RowCallback &rows,
                       MemoryContext context)
    : index_(index),
      geometry_(model.geometry),
      strategy_(strategy),
      rows_(rows),
      store_(index, model, context),
      memory_(context_memory(context)),
      dead_(memory_),
      doubtful_(memory_),
      chains_(memory_),
      live_(memory_),
      tower_stripes_(memory_),
      dry_(memory_),
      repair_scratch_(memory_),
      repair_{model.meta.m, {graph::kMaxLinks + 1, graph::kMaxLinks + 1}},
      insert_{model.meta.m, model.meta.ef_construction} {}

VacuumCounts VacuumPass::run() {
  bool leftovers = read_meta(index_).vacuum_due != 0;
  set_vacuum_due(index_, true);
  NodeId limit = geometry_.id_limit(RelationGetNumberOfBlocks(index_));
  for (graph::Bitmap *bitmap : {&dead_, &doubtful_, &chains_}) bitmap->reset(limit);
  each_node_page([&](BlockNumber block, NodeId first_id) { mark_page(block, first_id); });
  VEXPG_POINT("vexpg-vacuum-marked");
  bool to_free = dead_heads_ > 0 || dead_members_ > 0 || leftovers;
  if (to_free) unlink_chains();
  VEXPG_POINT("vexpg-vacuum-unlinked");
  mend_graph();  // inserts, too, leave nodes that no path leads to
  VEXPG_POINT("vexpg-vacuum-mended");
  if (to_free) {
    free_attributes();
    each_node_page([&](BlockNumber block, NodeId first_id) {
      if (any_dead(first_id, first_id + geometry_.slots_per_page)) free_page(block, first_id);
    });
    for (uint32_t stripe : tower_stripes_) {
      BlockNumber first = geometry_.stripe_first_block(stripe);
      for (BlockNumber block = first; block < first + geometry_.stripe_pages; block++) sweep_tower_page(block);
    }
  }
  VEXPG_POINT("vexpg-vacuum-freed");
  finish_meta();
  IndexFreeSpaceMapVacuum(index_);
  return counts_;
}

// A head keeps its place, without a row, as long as its chain has members; so does one whose row is already gone.
VacuumPass::Verdict VacuumPass::judge(const NodeHead &head) const {
  bool has_row = !tid_is_none(head.tid);
  if (head.flags & kDead) return {false, has_row};
  if (has_row && !rows_.is_gone(head.tid)) return {false, false};
  bool keeps_chain = !(head.flags & kMember) && head.next != kNoNode;
  return {!keeps_chain, has_row};
}

// Remembers a used slot and what becomes of it.
void VacuumPass::note(NodeId id, const NodeHead &head, const Verdict &verdict) {
  bool member = (head.flags & kMember) != 0, dead = (head.flags & kDead) != 0 || verdict.dies;
  if (verdict.loses_row) counts_.removed++;
  else if (!dead && !tid_is_none(head.tid)) counts_.rows++;
  if (member) {
    doubtful_.insert(id);
    if (dead && head.head < chains_.limit()) chains_.insert(head.head);
  } else {
    heads_++;
    base_links_ += head.link_count;
  }
  if (!dead) return;
  dead_.insert(id);
  if (member) dead_members_++;
  else dead_heads_++;
}

void VacuumPass::mark_page(BlockNumber block, NodeId first_id) {
  Verdict verdicts[kMaxSlotsPerPage];
  NodeId limit = first_id + geometry_.slots_per_page;
  for (graph::Bitmap *bitmap : {&dead_, &doubtful_, &chains_}) bitmap->extend(limit);
  uint32_t used = 0;
  bool towers = false;
  with_logged_buffer(
      index_, read(block),
      [&](const char *page) {
        if (is_zero_page(page)) return false;
        if ((towers = page_is(page, PageType::kTower))) return false;
        expect_page(index_, block, page, PageType::kNode);
        bool changes = false;
        for (uint32_t i = 0; i < geometry_.slots_per_page; i++) {
          NodeHead head = ConstSlot(contents(page) + i * geometry_.slot_size, geometry_).head();
          verdicts[i] = {false, false};
          if (!(head.flags & kUsed)) {
            doubtful_.insert(first_id + i);
            continue;
          }
          used++;
          verdicts[i] = judge(head);
          changes |= verdicts[i].dies || verdicts[i].loses_row;
          note(first_id + i, head, verdicts[i]);
        }
        return changes;
      },
      [&](Page page) {
        for (uint32_t i = 0; i < geometry_.slots_per_page; i++) {
          if (!verdicts[i].dies && !verdicts[i].loses_row) continue;
          Slot slot(contents(page) + i * geometry_.slot_size, geometry_);
          NodeHead head = slot.head();
          memset(head.tid, 0, sizeof head.tid);
          if (verdicts[i].dies) head.flags |= kDead;
          slot.set_head(head);
        }
      });
  if (towers) {
    uint32_t stripe = geometry_.cell_of_block(block).stripe;
    if (tower_stripes_.empty() || tower_stripes_.back() != stripe) tower_stripes_.push_back(stripe);
    return;
  }
  if (used == 0) counts_.empty_pages++;
  if (used < geometry_.slots_per_page) RecordPageWithFreeSpace(index_, block, BLCKSZ - 1);
}

// Changes the head of a used slot, if check(head, a) allows it.
bool VacuumPass::change_head(NodeId id, bool (*check)(const NodeHead &head, NodeId a), NodeId a,
                             void (*change)(NodeHead *head, NodeId b), NodeId b) {
  Geometry::Place at = geometry_.node_place(id);
  uint32_t offset = at.slot * geometry_.slot_size;
  return with_logged_page(
      index_, at.block,
      [&](const char *page) {
        expect_page(index_, at.block, page, PageType::kNode);
        auto head = load<NodeHead>(contents(page) + offset);
        return (head.flags & kUsed) != 0 && check(head, a);
      },
      [&](Page page) {
        auto head = load<NodeHead>(contents(page) + offset);
        change(&head, b);
        store(contents(page) + offset, head);
      });
}

// What follows a member on its chain. *serial is that of the node before, and becomes the member's.
NodeId VacuumPass::next_in_chain(NodeId head, NodeId member, uint32_t *serial) {
  NodeHead node = store_.head_of(member);
  bool is_member = (node.flags & (kUsed | kMember)) == (kUsed | kMember);
  bool sound = is_member && node.head == head && node.serial < *serial;
  if (!sound) report_damage(index_, geometry_.node_place(head).block, "broken chain of duplicates");
  *serial = node.serial;
  return node.next;
}

// Takes the dead members off one chain, runs of them at a time. Inserts push at the head meanwhile and nowhere else, so
// only the head's next can have changed: then it is read again. A dead member keeps its own next, for scans that stand
// on it.
void VacuumPass::unlink_dead(NodeId head) {
  NodeHead node = store_.head_of(head);
  if ((node.flags & (kUsed | kMember)) != kUsed) return;  // of members that never got onto a chain
  NodeId before = head, next = node.next;
  uint32_t serial = kNoSerial;
  while (next != kNoNode) {
    pg::vacuum_pause();
    NodeId first = next, after = next;
    uint32_t last = serial;
    while (after != kNoNode && dead_.has(after)) {
      pg::vacuum_pause();
      after = next_in_chain(head, after, &last);
    }
    auto still = [](const NodeHead &h, NodeId expected) { return h.next == expected; };
    auto skip = [](NodeHead *h, NodeId wanted) { h->next = wanted; };
    bool changed = after == first || change_head(before, still, first, skip, after);
    if (!changed) {
      Assert(before == head);
      next = store_.head_of(head).next;
      continue;
    }
    if (after == kNoNode) break;
    serial = last;
    before = after;
    next = next_in_chain(head, after, &serial);
  }
  // A head whose row and chain are gone dies; under its lock no member can be pushed any more.
  bool died = change_head(
      head,
      [](const NodeHead &h, NodeId) {
        return (h.flags & (kMember | kDead)) == 0 && tid_is_none(h.tid) && h.next == kNoNode;
      },
      kNoNode, [](NodeHead *h, NodeId) { h->flags |= kDead; }, kNoNode);
  if (!died) return;
  dead_.insert(head);
  dead_heads_++;
}

void VacuumPass::unlink_chains() {
  for (size_t word = 0; word < graph::Bitmap::word_count(chains_.limit()); word++)
    for (uint64_t rest = chains_.word(word); rest != 0; rest &= rest - 1) unlink_dead(graph::Bitmap::id_at(word, rest));
}

}  // namespace vexpg::storage
