// SPDX-License-Identifier: PostgreSQL
#include "storage/page_reader.hpp"

#include "pg/prefetch.hpp"

namespace vexpg::storage {
namespace {

using pg::prefetch_line;
constexpr uint64_t kMaxRestarts = 1000000;  // of a walk along a chain that vacuum and inserts change at the same time

uint8_t flags_of(const Filter &filter, const ConstSlot &slot, const NodeHead &head) {
  bool dead = (head.flags & kDead) != 0, chained = head.next != kNoNode;
  bool has_row = !dead && (chained || !tid_is_none(head.tid));
  bool matching = matches(filter, slot);
  return static_cast<uint8_t>((has_row && matching ? graph::kReturnable : 0) | (matching ? graph::kMatching : 0) |
                              (chained ? graph::kChained : 0) | (dead ? graph::kUnsound : 0));
}

}  // namespace

Buffer PageReader::pin(BlockNumber block, PageType expected) {
  counts_.pages++;
  Buffer known = pg::pin_remembered(map_, index_, block);
  return known != InvalidBuffer ? known : read_page(block, expected);
}

Buffer PageReader::read_page(BlockNumber block, PageType expected) {
  auto reads = pgBufferUsage.shared_blks_read;
  Buffer buffer = ReadBuffer(index_, block);
  if (pgBufferUsage.shared_blks_read != reads) cold_ = kColdAccesses;
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  expect_page(index_, block, BufferGetPage(buffer), expected);
  LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
  pg::remember_buffer(map_, block, buffer);
  return buffer;
}

// Asks the disk for blocks that are not where they were last seen, all at once. Where there is one alone, nothing is won.
void PageReader::prefetch_missing(const BlockNumber *blocks, int count) {
  BlockNumber missing[graph::kMaxLinks];
  int found = 0;
  for (int i = 0; i < count; i++) {
    Buffer known = pg::remembered_buffer(map_, blocks[i]);
    bool there = known < 0 || (known > 0 && GetBufferDescriptor(known - 1)->tag.blockNum == blocks[i]);  // a glance without a lock
    if (!there && (found == 0 || missing[found - 1] != blocks[i])) missing[found++] = blocks[i];
  }
  cold_ -= std::min<uint32_t>(cold_, static_cast<uint32_t>(count));
  if (found < 2 || effective_io_concurrency == 0) return;
  for (int i = 0; i < found; i++)
    if (PrefetchBuffer(index_, MAIN_FORKNUM, missing[i]).initiated_io) counts_.prefetches++;
}

bool PageReader::exists(NodeId id) {
  if (id < id_limit_) [[likely]] return true;
  if (id == kNoNode) report_damage(index_, 0, "impossible link");
  id_limit_ = geometry_.id_limit(RelationGetNumberOfBlocks(index_));
  // The last stripe may be there in part.
  if (id < id_limit_ && geometry_.node_place(id).block >= RelationGetNumberOfBlocks(index_)) return false;
  return id < id_limit_;
}

void PageReader::prefetch_slot(const Geometry::Place &at, uint32_t slot_size, uint32_t bytes) {
  Buffer known = pg::remembered_buffer(map_, at.block);
  if (known <= 0) return;
  prefetch_line(GetBufferDescriptor(known - 1));
  const char *page = BufferGetPage(known);
  const char *slot = page + kPageHeaderBytes + at.slot * slot_size;
  pg::prefetch_lines(slot, bytes);
}

void PageReader::prefetch_killed(BlockNumber block) {
  Buffer known = pg::remembered_buffer(map_, block);
  if (known > 0) prefetch_line(BufferGetPage(known) + kPageHeaderBytes + geometry_.node_page_bytes());
}

int PageReader::place(const NodeId *ids, int count, uint32_t bytes, Wanted *wanted) {
  int placed = 0;
  for (int i = 0; i < count; i++) {
    if (!exists(ids[i])) continue;
    Geometry::Place at = geometry_.node_place(ids[i]);
    prefetch_slot(at, geometry_.slot_size, bytes);
    if (honour_killed_) prefetch_killed(at.block);
    int where = placed++;
    for (; where > 0 && wanted[where - 1].block > at.block; where--) wanted[where] = wanted[where - 1];
    wanted[where] = {at.block, at.slot, ids[i], i};
  }
  if (cold_ > 0) [[unlikely]] {
    BlockNumber blocks[graph::kMaxLinks];
    for (int i = 0; i < placed; i++) blocks[i] = wanted[i].block;
    prefetch_missing(blocks, placed);
  }
  return placed;
}

int PageReader::score(const NodeId *ids, int count, graph::Candidate *out) {
  Assert(count <= graph::kMaxLinks);
  Wanted wanted[graph::kMaxLinks];
  int placed = place(ids, count, geometry_.links_offset, wanted), scored = 0;
  for (int i = 0; i < placed;) {
    BlockNumber block = wanted[i].block;
    Buffer buffer = pin(block, PageType::kNode);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Page page = BufferGetPage(buffer);
    pg::test_for_old_snapshot(index_, page);
    for (; i < placed && wanted[i].block == block; i++) {
      ConstSlot slot(contents(static_cast<const char *>(page)) + wanted[i].slot * geometry_.slot_size, geometry_);
      NodeHead head = slot.head();
      if ((head.flags & (kUsed | kMember)) != kUsed) continue;
      forget_killed(page, wanted[i].slot, &head);
      graph::Candidate &c = out[scored++];
      c.distance = codec::score(query_, slot.code(), head.factors);
      c.id = wanted[i].id;
      c.version = head.version;
      memcpy(c.tid, head.tid, sizeof c.tid);
      c.flags = flags_of(filter_, slot, head);
      c.level = head.level;
    }
    UnlockReleaseBuffer(buffer);
  }
  return scored;
}

int PageReader::links(NodeId id, int level, NodeId *out) {
  if (!exists(id)) return 0;
  Geometry::Place at = geometry_.node_place(id);
  Buffer buffer = pin(at.block, PageType::kNode);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  const char *page = BufferGetPage(buffer);
  ConstSlot slot(contents(page) + at.slot * geometry_.slot_size, geometry_);
  NodeHead head = slot.head();
  bool node = (head.flags & (kUsed | kMember)) == kUsed;
  links_version_ = head.version;
  int count = node && level == 0 ? static_cast<int>(slot.link_count()) : 0;
  memcpy(out, slot.links(), sizeof(NodeId) * static_cast<Size>(count));
  UnlockReleaseBuffer(buffer);
  if (!node || level == 0 || level > head.level || head.tower_block == kNoBlock) return count;
  return tower_links(id, head, level, out);
}

Buffer PageReader::pin_tower_page(NodeId id, BlockNumber block) {
  PageType type = geometry_.cell_of_block(block).type;
  if (block >= blocks_) blocks_ = RelationGetNumberOfBlocks(index_);
  if (block >= blocks_ || (type != PageType::kNode && type != PageType::kDetail))
    report_damage(index_, geometry_.node_place(id).block, "tower outside of the tower pages");
  return pin(block, PageType::kTower);
}

int PageReader::tower_links(NodeId id, const NodeHead &head, int level, NodeId *out) {
  Buffer buffer = pin_tower_page(id, head.tower_block);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  const uint8_t *tower = find_tower(BufferGetPage(buffer), head.tower_offset, id, head.version);
  int count = 0;
  if (tower != nullptr && level <= static_cast<int>(load<TowerHead>(tower).level_count)) {
    const uint8_t *list = tower + tower_list_offset(geometry_, level);
    count = static_cast<int>(std::min(load<uint32_t>(list), geometry_.m));
    memcpy(out, list + 4, sizeof(NodeId) * static_cast<Size>(count));
  }
  UnlockReleaseBuffer(buffer);
  return count;
}

const uint8_t *PageReader::find_tower(Page page, OffsetNumber offset, NodeId owner, uint32_t version) const {
  if (!page_is(page, PageType::kTower) || offset < FirstOffsetNumber || offset > PageGetMaxOffsetNumber(page)) return nullptr;
  ItemId item = PageGetItemId(page, offset);
  if (!ItemIdIsNormal(item) || uint32_t{ItemIdGetOffset(item)} + ItemIdGetLength(item) > kPageEnd ||
      ItemIdGetLength(item) < sizeof(TowerHead))
    return nullptr;
  auto *tower = reinterpret_cast<const uint8_t *>(PageGetItem(page, item));
  auto head = load<TowerHead>(tower);
  bool fits = head.level_count <= kMaxLevel && geometry_.tower_size(static_cast<int>(head.level_count)) <= ItemIdGetLength(item);
  return fits && head.owner == owner && head.owner_version == version ? tower : nullptr;
}

bool PageReader::is_node_page(BlockNumber block, NodeId *first) {
  Geometry::Cell cell = geometry_.cell_of_block(block);
  *first = cell.first_id;
  return cell.type == PageType::kNode &&
         with_shared_page(index_, block, [](const char *page) { return page_is(page, PageType::kNode); });
}

int PageReader::refine(const graph::Candidate *candidates, int count, RefinedCandidate *out) {
  Assert(count <= graph::kMaxLinks);
  bool detailed = geometry_.shape.refine > 0;
  NodeId ids[graph::kMaxLinks];
  for (int i = 0; i < count; i++) {
    ids[i] = candidates[i].id;
    if (detailed) prefetch_slot(geometry_.detail_place(ids[i]), geometry_.detail_size, geometry_.detail_size);
  }
  if (detailed && cold_ > 0) {
    BlockNumber blocks[graph::kMaxLinks];
    for (int i = 0; i < count; i++) blocks[i] = geometry_.detail_place(ids[i]).block;
    prefetch_missing(blocks, count);
  }
  Wanted wanted[graph::kMaxLinks];
  int placed = place(ids, count, geometry_.links_offset, wanted), refined = 0;
  for (int i = 0; i < placed; i++)
    if (refine_one(candidates[wanted[i].order], wanted[i], &out[refined])) refined++;
  counts_.detail_reads += static_cast<uint64_t>(placed);
  return refined;
}

bool PageReader::refine_one(const graph::Candidate &candidate, const Wanted &wanted, RefinedCandidate *out) {
  Buffer buffer = pin(wanted.block, PageType::kNode), detail_buffer = InvalidBuffer;
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  ConstSlot slot(contents(static_cast<const char *>(BufferGetPage(buffer))) + wanted.slot * geometry_.slot_size, geometry_);
  NodeHead head = slot.head();
  forget_killed(BufferGetPage(buffer), wanted.slot, &head);
  bool same = (head.flags & (kUsed | kMember | kDead)) == kUsed && head.version == candidate.version;
  if (same) {
    codec::RefineFactors factors;
    const uint8_t *refine_code = nullptr;
    if (geometry_.shape.refine == 0) {
      factors = slot.refine_factors();
    } else {
      Geometry::Place at = geometry_.detail_place(wanted.id);
      detail_buffer = pin(at.block, PageType::kDetail);
      LockBuffer(detail_buffer, BUFFER_LOCK_SHARE);
      const uint8_t *bytes = contents(static_cast<const char *>(BufferGetPage(detail_buffer))) + at.slot * geometry_.detail_size;
      auto detail = load<DetailHead>(bytes);
      if (detail.version != head.version) report_damage(index_, at.block, "detail of another node");
      factors = detail.factors;
      refine_code = bytes + sizeof(DetailHead);
    }
    codec::Refined distance = codec::refined_distance(query_, slot.code(), refine_code, factors);
    out->bound = distance.bound;
    out->estimate = distance.estimate;
    out->norm2 = factors.norm2;
    out->id = wanted.id;
    out->version = head.version;
    memcpy(out->tid, head.tid, sizeof out->tid);
    out->has_tid = !tid_is_none(head.tid);
    out->chained = head.next != kNoNode;
    out->recheck = needs_recheck(filter_, slot);
  }
  if (BufferIsValid(detail_buffer)) UnlockReleaseBuffer(detail_buffer);
  UnlockReleaseBuffer(buffer);
  return same;
}

NodeHead PageReader::read_head(NodeId id) {
  Geometry::Place at = geometry_.node_place(id);
  Buffer buffer = pin(at.block, PageType::kNode);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  const char *page = BufferGetPage(buffer);
  auto head = load<NodeHead>(contents(page) + at.slot * geometry_.slot_size);
  forget_killed(page, at.slot, &head);
  UnlockReleaseBuffer(buffer);
  return head;
}

void PageReader::forget_killed(const char *page, uint32_t slot, NodeHead *head) const {
  if (honour_killed_ && is_killed(page, geometry_, slot)) head->tid[2] = 0;
}

void PageReader::allow_kills(bool allowed) {
  allow_kills_ = allowed;
  honour_killed_ = allowed && with_shared_page(index_, 0, [](const char *page) { return contents(page)[sizeof(MetaPage)] != 0; });
}

// The executor found the row dead to every snapshot. The slot may have been freed and filled again since: then its version
// is another.
void PageReader::kill(NodeId id, uint32_t version, const ItemPointerData &tid) {
  VEXPG_POINT("vexpg-scan-kill");
  if (!exists(id)) return;
  Geometry::Place at = geometry_.node_place(id);
  Buffer buffer = pin(at.block, PageType::kNode);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  Page page = BufferGetPage(buffer);
  auto head = load<NodeHead>(contents(page) + at.slot * geometry_.slot_size);
  if ((head.flags & kUsed) && head.version == version && memcmp(head.tid, &tid, sizeof tid) == 0 &&
      !is_killed(page, geometry_, at.slot)) {
    killed_bits(page, geometry_)[at.slot / 8] |= static_cast<uint8_t>(1 << at.slot % 8);
    MarkBufferDirtyHint(buffer, true);
  }
  UnlockReleaseBuffer(buffer);
  if (honour_killed_) return;
  Buffer meta = ReadBuffer(index_, 0);
  LockBuffer(meta, BUFFER_LOCK_SHARE);
  contents(BufferGetPage(meta))[sizeof(MetaPage)] = 1;
  MarkBufferDirtyHint(meta, true);
  UnlockReleaseBuffer(meta);
  honour_killed_ = true;
}

// A member that was read may have been unlinked and its slot given to another row, even to a younger member of the same
// chain. Serials fall strictly along a chain, so a slot that is not a member of this chain with a smaller serial than the
// last one sends the walk back to the head, where members that were already seen are passed over.
bool PageReader::chain_next(NodeId head, uint32_t head_version, NodeId from, uint32_t serial, ChainMember *out) {
  NodeId at = from;
  uint32_t last = from == head ? kNoSerial : serial;
  for (uint64_t restarts = 0;;) {
    CHECK_FOR_INTERRUPTS();
    if (at == kNoNode) return false;
    NodeHead node = exists(at) ? read_head(at) : NodeHead{};
    if (at == head) {
      if ((node.flags & (kUsed | kMember)) != kUsed || node.version != head_version) return false;
      at = node.next;
      last = kNoSerial;
      continue;
    }
    bool sound = (node.flags & (kUsed | kMember)) == (kUsed | kMember) && node.head == head && node.serial < last;
    if (!sound) {
      if (++restarts > kMaxRestarts) report_damage(index_, geometry_.node_place(head).block, "endless chain of duplicates");
      at = head;
      continue;
    }
    last = node.serial;
    if (last < serial) {
      *out = {at, node.version, node.next, last, {node.tid[0], node.tid[1], node.tid[2]}, !(node.flags & kDead) && !tid_is_none(node.tid)};
      return true;
    }
    at = node.next;
  }
}

}  // namespace vexpg::storage
