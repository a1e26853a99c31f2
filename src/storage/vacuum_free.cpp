// SPDX-License-Identifier: PostgreSQL
// The end of a vacuum: dead slots become free ones, towers without an owner go, the meta page learns where towers have
// room.
#include "storage/vacuum_pass.hpp"

namespace vexpg::storage {

bool VacuumPass::any_dead(NodeId from, NodeId to) const {
  for (NodeId id = from; id < to; id++)
    if (dead_.has(id)) return true;
  return false;
}

// Cells of dead slots say 'any' before the slots can be used again: a new node's cells may be written late, never
// early.
void VacuumPass::free_attributes() {
  if (geometry_.attributes == 0) return;
  BlockNumber blocks = RelationGetNumberOfBlocks(index_);
  for (uint32_t group = 0; geometry_.group_block(group) < blocks; group++)
    for (uint32_t page_number = 0; page_number < geometry_.attribute_pages; page_number++) {
      BlockNumber block = geometry_.group_block(group) + page_number;
      NodeId group_end = (group + 1) * geometry_.group_slots;
      NodeId from = group * geometry_.group_slots + page_number * geometry_.attribute_slots;
      NodeId to = std::min(from + geometry_.attribute_slots, group_end);
      pg::vacuum_pause();
      if (block >= blocks || !any_dead(from, to)) continue;
      with_logged_page(
          index_, block,
          [&](const char *page) {
            if (is_zero_page(page)) return false;
            expect_page(index_, block, page, PageType::kAttribute);
            return true;
          },
          [&](Page page) {
            uint8_t *bytes = contents(page);
            for (NodeId id = from; id < to; id++) {
              if (!dead_.has(id)) continue;
              bytes[id - from] = kAttributeAny;
              bytes[geometry_.attribute_nulls_offset() + (id - from)] = 0;
            }
          });
    }
}

// Frees the dead slots of a page in one record.
void VacuumPass::free_page(BlockNumber block, NodeId first_id) {
  uint32_t freed = 0, used = 0;
  with_logged_buffer(
      index_, read(block),
      [&](const char *page) {
        expect_page(index_, block, page, PageType::kNode);
        for (uint32_t i = 0; i < geometry_.slots_per_page; i++)
          freed += dead_.has(first_id + i) && (load<NodeHead>(contents(page) + i * geometry_.slot_size).flags & kDead);
        return freed > 0;
      },
      [&](Page page) {
        for (uint32_t i = 0; i < geometry_.slots_per_page; i++) {
          uint8_t *bytes = contents(page) + i * geometry_.slot_size;
          auto old = load<NodeHead>(bytes);
          if (!dead_.has(first_id + i) || !(old.flags & kDead)) continue;
          NodeHead head = {};
          head.version = old.version + 1;
          head.head = head.next = kNoNode;
          store(bytes, head);
        }
        PageTrailer t = trailer(page);
        t.used = static_cast<uint16_t>(t.used - freed);
        set_trailer(page, t);
        used = t.used;
      });
  if (freed == 0) return;
  RecordPageWithFreeSpace(index_, block, BLCKSZ - 1);
  if (used == 0) counts_.empty_pages++;
}

// Deletes the towers of a page whose node is gone: freed, or replaced by another. A tower that was just written for a
// new node has that node's version, though the node may not point at it yet.
void VacuumPass::sweep_tower_page(BlockNumber block) {
  struct Owned {
    OffsetNumber offset;
    NodeId owner;
    uint32_t version;
  } towers[kPageRoom / sizeof(TowerHead)];
  int count = 0;
  Size room = 0;
  if (block >= RelationGetNumberOfBlocks(index_)) return;
  pg::vacuum_pause();
  auto collect = [&](const char *const_page) {
    auto page = const_cast<Page>(const_page);
    if (!page_is(page, PageType::kTower)) return;
    room = PageGetFreeSpace(page);
    for (OffsetNumber offset = FirstOffsetNumber; offset <= PageGetMaxOffsetNumber(page); offset++) {
      ItemId item = PageGetItemId(page, offset);
      if (!ItemIdIsNormal(item)) continue;
      uint32_t from = ItemIdGetOffset(item), length = ItemIdGetLength(item);
      if (length < sizeof(TowerHead) || from + length > kPageEnd) report_damage(index_, block, "impossible tower");
      auto head = load<TowerHead>(PageGetItem(page, item));
      towers[count++] = {offset, head.owner, head.owner_version};
    }
  };
  with_shared_buffer(read(block), collect);
  int gone = 0;
  for (int i = 0; i < count; i++) {
    NodeHead head = store_.head_of(towers[i].owner);
    if (!(head.flags & kUsed) || head.version != towers[i].version) towers[gone++] = towers[i];
  }
  if (gone > 0)
    with_logged_buffer(
        index_, read(block),
        [&](const char *page) {
          expect_page(index_, block, page, PageType::kTower);
          int same = 0;  // nobody else deletes towers; looked at again all the same
          for (int i = 0; i < gone; i++)
            if (store_.find_tower(const_cast<Page>(page), towers[i].offset, towers[i].owner, towers[i].version))
              towers[same++] = towers[i];
          gone = same;
          return gone > 0;
        },
        [&](Page page) {
          for (int i = gone - 1; i >= 0; i--) PageIndexTupleDeleteNoCompact(page, towers[i].offset);
          PageSetHasFreeLinePointers(page);
          room = PageGetFreeSpace(page);
        });
  if (room >= kPageRoom / 4 && roomy_count_ < kTowerHints) roomy_tower_pages_[roomy_count_++] = block;
}

// True if a hint is still good: from its page to the end of the stripe there is room for a tower of one level.
bool VacuumPass::has_tower_room(BlockNumber from, BlockNumber blocks) {
  if (from >= blocks || from < geometry_.first_group_block) return false;
  Size smallest = MAXALIGN(geometry_.tower_size(1));
  BlockNumber end = std::min(geometry_.cell_of_block(from).stripe_block + geometry_.stripe_pages, blocks);
  for (BlockNumber block = from; block < end; block++) {
    bool room = with_shared_page(index_, block, [&](const char *page) {
      return is_zero_page(page) ||
             (page_is(page, PageType::kTower) && PageGetFreeSpace(const_cast<Page>(page)) >= smallest);
    });
    if (room) return true;
  }
  return false;
}

// From here on a cancelled vacuum leaves something behind.
// Hints to towers' room in place of those that lost it, and the end of the vacuum, in one record.
void VacuumPass::finish_meta() {
  MetaPage before = read_meta(index_);
  BlockNumber blocks = RelationGetNumberOfBlocks(index_);
  bool good[kTowerHints];
  for (int i = 0; i < kTowerHints; i++)
    good[i] = roomy_count_ == 0 || (before.tower_hints[i] != kNoBlock && has_tower_room(before.tower_hints[i], blocks));
  with_logged_page(
      index_, 0,
      [&](const char *page) {
        expect_page(index_, 0, page, PageType::kMeta);
        return true;
      },
      [&](Page page) {
        auto meta = load<MetaPage>(contents(page));
        for (int i = 0, next = 0; i < kTowerHints; i++) {
          if (good[i] || meta.tower_hints[i] != before.tower_hints[i]) continue;
          auto hinted = [&](BlockNumber block) {
            return std::find(meta.tower_hints, meta.tower_hints + kTowerHints, block) != meta.tower_hints + kTowerHints;
          };
          while (next < roomy_count_ && hinted(roomy_tower_pages_[next])) next++;
          meta.tower_hints[i] = next < roomy_count_ ? roomy_tower_pages_[next++] : kNoBlock;
        }
        meta.vacuum_due = 0;
        meta.generation++;
        store(contents(page), meta);
      });
}

}  // namespace vexpg::storage
