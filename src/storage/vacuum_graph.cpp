// SPDX-License-Identifier: PostgreSQL
// Vacuum on the graph: no list keeps a link to a dead node, the entry point lives, every live node can be reached.
#include "storage/vacuum_pass.hpp"

namespace vexpg::storage {
namespace {

// With at most this share of dead nodes a list is chosen again only if it falls below kEnough of the average length:
// four times cheaper, at the same recall.
constexpr double kFewDead = 0.10, kEnough = 0.8;
constexpr size_t kMaxDry = 1 << 20;

// Links are hints: one that leads to a free slot, a member of a chain or a node below the list's level goes as well, if it
// still does. Dead nodes keep their lists until they are freed, so these are read from the pages and cost no memory.
struct GoneNodes {
  VacuumStore &store;
  const graph::Bitmap &dead, &doubtful;
  int of_level;
  bool has(NodeId id) {
    if (dead.has(id)) return true;
    if (of_level == 0 && !doubtful.has(id)) return false;
    NodeHead head = store.head_of(id);
    return (head.flags & (kUsed | kMember)) != kUsed || head.level < of_level;
  }
  int links(NodeId id, int level, NodeId *out) { return dead.has(id) ? store.links(id, level, out) : 0; }
};

bool is_sound(const NodeHead &head) { return (head.flags & (kUsed | kMember | kDead)) == kUsed; }

// Takes the links to dead nodes out of a list in place.
void strip(const Slot &slot, const graph::Bitmap &dead, uint32_t width) {
  uint32_t kept = 0, count = slot.link_count();
  for (uint32_t i = 0; i < count; i++) {
    NodeId id = slot.link(i);
    if (dead.has(id)) continue;
    slot.set_link(kept, id);
    memmove(slot.link_bytes(kept), slot.link_bytes(i), width);
    kept++;
  }
  for (uint32_t i = kept; i < count; i++) slot.set_link(i, 0);
  memset(slot.link_bytes(kept), 0, (count - kept) * width);
  slot.set_link_count(kept);
}

}  // namespace

void VacuumPass::choose_thrift() {
  if (heads_ == 0 || static_cast<double>(dead_heads_) > kFewDead * static_cast<double>(heads_)) return;
  double average = static_cast<double>(base_links_) / static_cast<double>(heads_);
  repair_.enough[0] = std::max(static_cast<int>(kEnough * average), insert_.m);
}

// Shortens all lists of a page that keep enough links without the dead ones, in one record.
bool VacuumPass::strip_page(BlockNumber block) {
  bool shorten[kMaxSlotsPerPage];
  return with_logged_page(
      index_, block,
      [&](const char *page) {
        expect_page(index_, block, page, PageType::kNode);
        bool any = false;
        for (uint32_t i = 0; i < geometry_.slots_per_page; i++) {
          ConstSlot slot(contents(page) + i * geometry_.slot_size, geometry_);
          uint32_t count = slot.link_count(), dead = 0;
          for (uint32_t k = 0; k < count; k++) dead += dead_.has(slot.link(k));
          shorten[i] = dead > 0 && static_cast<int>(count - dead) >= repair_.enough[0] && is_sound(slot.head());
          any |= shorten[i];
        }
        return any;
      },
      [&](Page page) {
        for (uint32_t i = 0; i < geometry_.slots_per_page; i++)
          if (shorten[i]) strip(Slot(contents(page) + i * geometry_.slot_size, geometry_), dead_, geometry_.attributes);
      });
}

// The live nodes of a page, and the repair of their lists. All dead were marked before: whatever is linked from now on
// is linked from live nodes.
void VacuumPass::repair_page(BlockNumber block, NodeId first_id) {
  struct Work {
    NodeId id;
    int level;
    bool base;
  } work[kMaxSlotsPerPage];
  int count = 0;
  bool shorten = false;
  live_.extend(first_id + geometry_.slots_per_page);
  with_shared_buffer(read(block), [&](const char *page) {
    if (!page_is(page, PageType::kNode)) return;
    for (uint32_t i = 0; i < geometry_.slots_per_page; i++) {
      ConstSlot slot(contents(page) + i * geometry_.slot_size, geometry_);
      NodeHead head = slot.head();
      if (!is_sound(head)) continue;
      live_.insert(first_id + i);
      if (best_.id == kNoNode || head.level > best_.level) best_ = {first_id + i, head.version, head.level};
      int links = static_cast<int>(slot.link_count()), dead = 0, doubtful = 0;
      for (uint32_t k = 0; k < slot.link_count(); k++) {
        if (dead_.has(slot.link(k))) dead++;
        else doubtful += doubtful_.has(slot.link(k));
      }
      bool enough = doubtful == 0 && links - dead >= repair_.enough[0];
      shorten |= enough && dead > 0;
      bool base = !enough && dead + doubtful > 0;
      if (base || head.level > 0) work[count++] = {first_id + i, std::min<int>(head.level, kMaxLevel), base};
    }
  });
  if (shorten) strip_page(block);
  for (int i = 0; i < count; i++)
    for (int level = work[i].base ? 0 : 1; level <= work[i].level; level++) repair_node(work[i].id, level);
}

void VacuumPass::repair_node(NodeId id, int level) {
  GoneNodes gone{store_, dead_, doubtful_, level};
  graph::RepairResult result = graph::repair_links(store_, repair_, gone, repair_scratch_, id, level);
  if (result.what == graph::Repaired::kChosen && result.count < insert_.m / 2 && dry_.size() < kMaxDry)
    dry_.push_back({id, level});
}

// Replaces an entry point that is dead, no node at all, or below a node that came while an earlier vacuum replaced it;
// whoever changes it meanwhile is asked again.
EntryPoint VacuumPass::mend_entry() {
  EntryPoint entry = entry_of(read_meta(index_));
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    NodeHead head = store_.head_of(entry.id);
    bool holds = entry.id != kNoNode && is_sound(head) && head.version == entry.version;
    if (best_.id == kNoNode ? holds || entry.id == kNoNode : holds && entry.level >= best_.level) return entry;
    if (set_entry(index_, entry, best_, &entry)) return entry;
  }
}

void VacuumPass::mend_graph() {
  choose_thrift();
  live_.reset(dead_.limit());
  each_node_page([&](BlockNumber block, NodeId first_id) { repair_page(block, first_id); });
  EntryPoint entry = mend_entry();
  if (entry.id == kNoNode) return;
  // A node that became the entry point after its page was passed.
  live_.extend(entry.id + 1);
  live_.insert(entry.id);
  graph::EntryNode start = {entry.id, static_cast<int>(entry.level)};
  graph::ReachScratch scratch(memory_);
  for (const Dry &list : dry_) graph::relink(store_, insert_, scratch.insert, start, list.id, list.level);
  graph::ReachResult result = graph::link_unreachable(store_, insert_, scratch, start, live_);
  if (result.left > 0)
    ereport(DEBUG1, (errmsg_internal("index \"%s\": %llu nodes without a path from the entry point",
                                     RelationGetRelationName(index_), static_cast<unsigned long long>(result.left))));
}

}  // namespace vexpg::storage
