// SPDX-License-Identifier: PostgreSQL
// Where new nodes go: a free slot near their neighbours, by the free space map, or at the end; towers; chains.
#include "storage/page_store.hpp"

namespace vexpg::storage {
namespace {

constexpr int kFreeSpaceTries = 8;

}  // namespace

// The first free slot of a node page; slots_per_page if there is none, or the page is no node page.
uint32_t PageStore::free_slot(BlockNumber block, const char *page) const {
  if (is_zero_page(page)) return 0;
  if (!page_is(page, PageType::kNode)) {
    if (!page_is(page, PageType::kTower)) report_damage(index_, block, "unexpected kind of page");
    return geometry_.slots_per_page;
  }
  if (trailer(page).used >= geometry_.slots_per_page) return geometry_.slots_per_page;
  uint32_t slot = 0;
  while (slot < geometry_.slots_per_page && ConstSlot(contents(page) + slot * geometry_.slot_size, geometry_).flags() != 0) slot++;
  return slot;
}

// Stages head, codes, cells and links of a node in a free slot; a page that is still zero is initialised. Its image holds
// one slot; pd_lower is logged with the second, for good.
void PageStore::fill_slot(PageEdit *edit, uint32_t slot_number, const NewNodeContent &content, NewNode *out) {
  uint8_t bytes[kPageRoom];
  uint32_t at = slot_number * geometry_.slot_size, killed = geometry_.node_page_bytes() + slot_number / 8;
  PageTrailer page_trailer = {static_cast<uint16_t>(PageType::kNode), 0, kFormatVersion, kPageId};
  if (edit->is_new()) edit->init(PageType::kNode);
  else edit->grow(content_bytes(geometry_, PageType::kNode)), page_trailer = trailer(edit->page());
  NodeHead head = content.head;
  head.version = out->version = ConstSlot(contents(edit->page()) + at, geometry_).version();
  if (!(head.flags & kMember)) head.head = out->id;
  write_slot(model_, *content.row, head, bytes);
  Slot slot(bytes, geometry_);
  NodeId others[kMaxLinks];  // the slot may be that of a neighbour which was freed since it was chosen
  auto end = std::remove_copy(content.links, content.links + content.link_count, others, out->id);
  set_links(slot, others, static_cast<int>(end - others));
  page_trailer.used++;
  uint32_t links = slot.link_count();
  edit->write(at, bytes, geometry_.links_offset + 4 * links);
  edit->write(at + geometry_.link_bytes_offset, slot.link_bytes(0), geometry_.attributes * links);
  edit->write_trailer(page_trailer);
  if (!edit->is_new()) edit->clear_hint(killed, static_cast<uint8_t>(1 << slot_number % 8));
}

void PageStore::fill_detail(PageEdit *edit, const Geometry::Place &at, const NewNodeContent &content, uint32_t version) {
  uint8_t bytes[kPageRoom];
  if (edit->is_new()) edit->init(PageType::kDetail);
  else expect_page(index_, at.block, edit->page(), PageType::kDetail), edit->grow(content_bytes(geometry_, PageType::kDetail));
  write_detail(*content.row, geometry_.shape.refine_bytes(), version, bytes);
  edit->write(at.slot * geometry_.detail_size, bytes, geometry_.detail_size);
}

// Writes a node into a free slot of a page, with its detail, in one record. False: the page has none.
bool PageStore::try_page(BlockNumber block, const NewNodeContent &content, NewNode *out) {
  Geometry::Cell cell = geometry_.cell_of_block(block);
  if (cell.type != PageType::kNode) return false;
  bool detailed = geometry_.shape.refine > 0;
  if (detailed) ensure_block(index_, geometry_.detail_place(cell.first_id + geometry_.slots_per_page - 1).block);
  // The slot decides the detail page, so look for it first; it may be taken meanwhile, then look again.
  for (;;) {
    uint32_t wanted = with_shared_page(index_, block, [&](const char *page) { return free_slot(block, page); }), found = wanted;
    if (wanted == geometry_.slots_per_page) return false;
    out->id = cell.first_id + wanted;
    Geometry::Place detail_at = detailed ? geometry_.detail_place(out->id) : Geometry::Place{};
    Buffer buffers[2] = {ReadBuffer(index_, block), InvalidBuffer};
    if (detailed) buffers[1] = ReadBuffer(index_, detail_at.block);
    bool done = with_edited_buffers(index_, buffers, detailed ? 2 : 1, [&](PageEdit *edits) {
      found = free_slot(block, edits[0].page());
      if (found != wanted) return false;
      fill_slot(&edits[0], wanted, content, out);
      if (detailed) fill_detail(&edits[1], detail_at, content, out->version);
      return true;
    });
    if (done || found == geometry_.slots_per_page) return done;
  }
}

// At the end of the relation. A stripe belongs to towers or to nodes as its first page says, which is initialised first.
NewNode PageStore::append(const NewNodeContent &content) {
  uint32_t stripes = geometry_.stripe_count(RelationGetNumberOfBlocks(index_));
  uint32_t stripe = stripes == 0 ? 0 : stripes - 1;
  for (;; stripe++) {
    CHECK_FOR_INTERRUPTS();
    if (static_cast<uint64_t>(stripe + 1) * geometry_.stripe_slots >= kNoNode)
      ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                      errmsg("index \"%s\" has no node ids left", RelationGetRelationName(index_)),
                      errhint("Partition the table.")));
    BlockNumber first = geometry_.stripe_first_block(stripe);
    for (uint32_t page_number = 0; page_number < geometry_.node_pages; page_number++) {
      NewNode node;
      ensure_block(index_, first + page_number);
      if (page_number > 0 && !with_shared_page(index_, first, [](const char *page) { return page_is(page, PageType::kNode); }))
        break;
      if (!try_page(first + page_number, content, &node)) continue;
      RelationSetTargetBlock(index_, first + page_number);
      return node;
    }
  }
}

NewNode PageStore::place_node(const NewNodeContent &content, const BlockNumber *preferred, int preferred_count) {
  NewNode node;
  for (int i = 0; i < preferred_count; i++)
    if (try_page(preferred[i], content, &node)) return node;
  // The page that this backend filled last, for as long as it has room.
  BlockNumber blocks = RelationGetNumberOfBlocks(index_), target = RelationGetTargetBlock(index_);
  if (target != InvalidBlockNumber && target < blocks && stripe_is_for_nodes(target) && try_page(target, content, &node)) return node;
  BlockNumber block = GetPageWithFreeSpace(index_, BLCKSZ / 2);
  for (int tries = 0; block != InvalidBlockNumber && tries < kFreeSpaceTries; tries++) {
    if (block < blocks && stripe_is_for_nodes(block) && try_page(block, content, &node)) {
      RelationSetTargetBlock(index_, block);
      return node;
    }
    block = RecordAndGetPageWithFreeSpace(index_, block, 0, BLCKSZ / 2);
  }
  return append(content);
}

// The free space map is a hint: a page of it may lie in a stripe of towers, or in one whose first page is still zero.
bool PageStore::stripe_is_for_nodes(BlockNumber block) {
  Geometry::Cell cell = geometry_.cell_of_block(block);
  if (cell.type != PageType::kNode) return false;
  if (cell.stripe_block == block) return true;
  return with_shared_page(index_, cell.stripe_block, [](const char *page) { return page_is(page, PageType::kNode); });
}

NewNode PageStore::write_node(const Row &row, const ItemPointerData &tid, const graph::Neighbours &neighbours) {
  NodeId links[kMaxLinks];
  NewNodeContent content = {&row, {}, links, neighbours.count[0]};
  memcpy(content.head.tid, &tid, sizeof content.head.tid);
  content.head.flags = kUsed;
  content.head.level = static_cast<uint8_t>(neighbours.level);
  content.head.next = kNoNode;
  content.head.tower_block = kNoBlock;
  content.head.nulls = row.nulls;
  content.head.factors = row.factors;
  BlockNumber preferred[kPreferredPages];
  int preferred_count = 0;
  for (int i = 0; i < neighbours.count[0]; i++) {
    const graph::Choice &choice = neighbours.links[0][i];
    links[i] = choice.id;
    if (preferred_count < kPreferredPages && page_has_room(choice.index))
      preferred[preferred_count++] = geometry_.node_place(choice.id).block;
  }
  return place_node(content, preferred, preferred_count);
}

NewNode PageStore::write_member(const Row &row, const ItemPointerData &tid, NodeId head, const ChainFront &front) {
  NewNodeContent content = {&row, {}, nullptr, 0};
  memcpy(content.head.tid, &tid, sizeof content.head.tid);
  content.head.flags = kUsed | kMember;
  content.head.head = head;
  content.head.next = front.next;
  content.head.serial = front.serial + 1;
  content.head.tower_block = kNoBlock;
  content.head.nulls = row.nulls;
  content.head.factors = row.factors;
  BlockNumber preferred = geometry_.node_place(head).block;
  return place_node(content, &preferred, 1);
}

template <class Change> bool PageStore::change_head(NodeId id, Change change) {
  Geometry::Place at = geometry_.node_place(id);
  uint32_t offset = at.slot * geometry_.slot_size;
  return with_edited_buffer(index_, pin(at.block, PageType::kNode), [&](PageEdit &edit) {
    expect_page(index_, at.block, edit.page(), PageType::kNode);
    auto head = load<NodeHead>(contents(edit.page()) + offset);
    if (!change(edit, &head)) return false;
    edit.write(offset, &head, sizeof head);
    return true;
  });
}

bool PageStore::take_head(const NewNode &head, const ItemPointerData &tid) {
  if (!tid_is_none(read_head(head.id).tid)) return false;
  uint32_t slot = geometry_.node_place(head.id).slot;
  return change_head(head.id, [&](PageEdit &edit, NodeHead *h) {
    bool vacant = (h->flags & (kUsed | kMember | kDead)) == kUsed && h->version == head.version && tid_is_none(h->tid);
    if (!vacant) return false;
    memcpy(h->tid, &tid, sizeof h->tid);
    edit.clear_hint(geometry_.node_page_bytes() + slot / 8, static_cast<uint8_t>(1 << slot % 8));
    return true;
  });
}

ChainFront PageStore::chain_front(NodeId head) {
  NodeHead now = read_head(head);
  return {now.next, now.serial};
}

bool PageStore::push_member(NodeId head, uint32_t head_version, const ChainFront &expected, NodeId member, ChainFront *now) {
  ChainFront wanted = expected, found = expected;
  bool pushed = change_head(head, [&](PageEdit &, NodeHead *h) {
    found = {h->next, h->serial};
    bool sound = (h->flags & (kUsed | kMember | kDead)) == kUsed && h->version == head_version;
    if (!sound || h->next != wanted.next || h->serial != wanted.serial) return false;
    h->next = member;
    h->serial = wanted.serial + 1;
    return true;
  });
  *now = found;
  return pushed;
}

void PageStore::relocate_member(const NewNode &member, const ChainFront &front) {
  change_head(member.id, [&](PageEdit &, NodeHead *h) {
    h->next = front.next;
    h->serial = front.serial + 1;
    return h->version == member.version;
  });
}

void PageStore::discard(const NewNode &node) {
  change_head(node.id, [&](PageEdit &edit, NodeHead *h) {
    if (h->version != node.version || h->flags == 0) return false;
    *h = {};
    h->version = node.version + 1;
    h->head = h->next = kNoNode;
    PageTrailer t = trailer(edit.page());
    t.used--;
    edit.write_trailer(t);
    return true;
  });
}

void PageStore::write_attributes(NodeId id, const Row &row) {
  if (geometry_.attributes == 0) return;
  Geometry::Place at = geometry_.attribute_place(id);
  with_edited_buffer(index_, ReadBuffer(index_, at.block), [&](PageEdit &edit) {
    if (edit.is_new()) edit.init(PageType::kAttribute, content_bytes(geometry_, PageType::kAttribute));
    else expect_page(index_, at.block, edit.page(), PageType::kAttribute);
    edit.overwrite(at.slot, &kAttributeValid, 1);
    edit.overwrite(geometry_.attribute_nulls_offset() + at.slot, &row.nulls, 1);
    for (uint32_t a = 0; a < geometry_.attributes; a++)
      edit.overwrite(geometry_.attribute_cells_offset(a) + 8 * at.slot, &row.cells[a], sizeof row.cells[a]);
    return true;
  });
}

void PageStore::write_tower(const NewNode &node, const graph::Neighbours &neighbours) {
  uint32_t size = geometry_.tower_size(neighbours.level);
  auto *tower = static_cast<uint8_t *>(MemoryContextAllocZero(context_, size));
  store(tower, TowerHead{node.id, node.version, static_cast<uint32_t>(neighbours.level)});
  for (int level = 1; level <= neighbours.level; level++) {
    uint8_t *list = tower + tower_list_offset(geometry_, level);
    store(list, static_cast<uint32_t>(neighbours.count[level]));
    for (int i = 0; i < neighbours.count[level]; i++) store(list + 4 + 4 * i, neighbours.links[level][i].id);
  }
  TowerPlace at = place_tower(tower, size);
  pfree(tower);
  change_head(node.id, [&](PageEdit &, NodeHead *h) {
    h->tower_block = at.block;
    h->tower_offset = at.offset;
    return h->version == node.version && (h->flags & kUsed);
  });
}

// Adds a tower to a page of towers, or to a zero page where one may be; false if there is no room.
bool PageStore::try_tower_page(BlockNumber block, const uint8_t *tower, uint32_t size, TowerPlace *out) {
  return with_logged_page(
      index_, block,
      [&](const char *page) {
        if (is_zero_page(page)) return true;
        return page_is(page, PageType::kTower) && PageGetFreeSpace(const_cast<Page>(page)) >= MAXALIGN(size);
      },
      [&](Page page) {
        if (PageIsNew(page)) init_page(page, PageType::kTower, 0);
        OffsetNumber offset = PageAddItem(page, reinterpret_cast<Item>(const_cast<uint8_t *>(tower)), size, InvalidOffsetNumber, false, false);
        if (offset == InvalidOffsetNumber) elog(ERROR, "no room for a tower in block %u", block);
        *out = {block, offset};
      });
}

PageStore::TowerPlace PageStore::place_tower(const uint8_t *tower, uint32_t size) {
  TowerPlace place;
  MetaPage meta = read_meta(index_);
  BlockNumber blocks = RelationGetNumberOfBlocks(index_);
  for (int hint = 0; hint < kTowerHints; hint++) {
    if (meta.tower_hints[hint] == kNoBlock || meta.tower_hints[hint] >= blocks) continue;
    Geometry::Cell cell = geometry_.cell_of_block(meta.tower_hints[hint]);
    if (cell.type != PageType::kNode && cell.type != PageType::kDetail) continue;
    for (BlockNumber block = meta.tower_hints[hint]; block < cell.stripe_block + geometry_.stripe_pages && block < blocks; block++)
      if (try_tower_page(block, tower, size, &place)) {
        if (block != meta.tower_hints[hint]) remember_tower_page(hint, meta.tower_hints[hint], block);
        return place;
      }
  }
  // A new stripe for towers. Another backend may take it for nodes first; then the next one.
  for (uint32_t stripe = geometry_.stripe_count(RelationGetNumberOfBlocks(index_));; stripe++) {
    BlockNumber first = geometry_.stripe_first_block(stripe);
    ensure_block(index_, first + geometry_.stripe_pages - 1);
    bool zero = with_shared_page(index_, first, is_zero_page);
    if (zero && try_tower_page(first, tower, size, &place)) break;
  }
  remember_tower_page(stripe_hint_++ % kTowerHints, kNoBlock, place.block);
  return place;
}

// Puts a tower page into the hints of the meta page: in place of `old`, if that is still there.
void PageStore::remember_tower_page(uint32_t hint, BlockNumber old, BlockNumber block) {
  with_logged_page(
      index_, 0,
      [&](const char *page) {
        expect_page(index_, 0, page, PageType::kMeta);
        auto meta = load<MetaPage>(contents(page));
        if (old == kNoBlock) {  // a free place, else the given one
          for (uint32_t i = 0; i < kTowerHints; i++)
            if (meta.tower_hints[i] == kNoBlock) {
              hint = i;
              break;
            }
          return true;
        }
        return meta.tower_hints[hint] == old;
      },
      [&](Page page) {
        auto meta = load<MetaPage>(contents(page));
        meta.tower_hints[hint] = block;
        store(contents(page), meta);
      });
}

}  // namespace vexpg::storage
