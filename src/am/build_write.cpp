// SPDX-License-Identifier: PostgreSQL
#include "am/build_write.hpp"

namespace vexpg::am {

using storage::Geometry;
using storage::IndexModel;
using storage::kNoNode;
using storage::NodeId;
using storage::PageType;

namespace {

constexpr uint32_t kByteSample = 30000;  // cells that a byte code is learnt from
constinit types::ByteCode no_codes[types::kMaxAttributes] = {};

// Appends pages to a fork; blocks that are passed over become zero pages.
struct Appender {
  Relation index;
  ForkNumber fork;
  BlockNumber next;
};

void append_page(void *context, BlockNumber block, Page page) {
  auto *appender = static_cast<Appender *>(context);
  Assert(block >= appender->next);
  for (; appender->next <= block; appender->next++) {
    Buffer buffer = pg::extend_fork_by_zero_page(appender->index, appender->fork);
    LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    if (appender->next == block) memcpy(BufferGetPage(buffer), page, BLCKSZ);
    MarkBufferDirty(buffer);
    UnlockReleaseBuffer(buffer);
  }
}

void append_init_page(void *context, BlockNumber block, Page page) {
  auto *appender = static_cast<Appender *>(context);
  storage::append_logged_page(appender->index, appender->fork, block, page);
}

types::ByteCode *learn_byte_codes(const Geometry &geometry, storage::BuildStore &store) {
  auto *codes = static_cast<types::ByteCode *>(palloc0(sizeof(types::ByteCode) * types::kMaxAttributes));
  uint32_t stride = store.size() / kByteSample + 1;
  auto *sample = static_cast<uint64_t *>(palloc(sizeof(uint64_t) * (store.size() / stride + 1)));
  for (uint32_t a = 0; a < geometry.attributes; a++) {
    size_t count = 0;
    for (NodeId id = 0; id < store.size(); id += stride) {
      storage::Slot slot = store.slot(id);
      if (!(slot.head().nulls >> a & 1)) sample[count++] = slot.cell(a);
    }
    types::learn_byte_code({sample, count}, &codes[a]);
  }
  pfree(sample);
  return codes;
}

// Bytes beside the links: known only now that the byte codes are.
void fill_link_bytes(const IndexModel &model, storage::BuildStore &store) {
  for (NodeId id = 0; id < store.size() && model.geometry.attributes > 0; id++) {
    storage::Slot slot = store.slot(id);
    for (uint32_t i = 0; i < slot.link_count(); i++) {
      storage::Slot neighbour = store.slot(slot.link(i));
      uint8_t nulls = neighbour.head().nulls;
      for (uint32_t a = 0; a < model.geometry.attributes; a++)
        slot.link_bytes(i)[a] = types::byte_of(model.byte_codes[a], (nulls >> a & 1) != 0, neighbour.cell(a));
    }
  }
}

// Towers are packed in id order; here each is given its page and line pointer, before any page is written.
class TowerLayout {
 public:
  TowerLayout(const Geometry &geometry, uint32_t first_stripe) : geometry_(geometry), stripe_(first_stripe) {}
  void place(uint32_t size) {
    uint32_t bytes = MAXALIGN(size) + sizeof(ItemIdData);
    if (offset_ > 0 && used_ + bytes > storage::kPageRoom) next_page();
    used_ += bytes;
    offset_++;
  }
  BlockNumber block() const { return geometry_.stripe_first_block(stripe_) + page_; }
  OffsetNumber offset() const { return static_cast<OffsetNumber>(offset_); }

 private:
  void next_page() {
    used_ = offset_ = 0;
    if (++page_ < geometry_.stripe_pages) return;
    page_ = 0;
    stripe_++;
  }
  const Geometry &geometry_;
  uint32_t stripe_, page_ = 0, used_ = 0, offset_ = 0;
};

// Points nodes at their towers; returns the last tower page, or kNoBlock.
BlockNumber place_towers(const Geometry &geometry, storage::BuildStore &store, uint8_t **towers) {
  TowerLayout layout(geometry, (store.size() + geometry.stripe_slots - 1) / geometry.stripe_slots);
  BlockNumber last = storage::kNoBlock;
  for (NodeId id = 0; id < store.size(); id++) {
    uint8_t *tower = store.tower(id);
    towers[id] = tower;
    if (tower == nullptr) continue;
    storage::NodeHead head = store.slot(id).head();
    layout.place(geometry.tower_size(head.level));
    head.tower_block = last = layout.block();
    head.tower_offset = layout.offset();
    store.slot(id).set_head(head);
  }
  return last;
}

void write_towers(const Geometry &geometry, storage::BuildStore &store, uint8_t **towers, Appender *appender) {
  PGAlignedBlock page;
  BlockNumber block = storage::kNoBlock;
  for (NodeId id = 0; id < store.size(); id++) {
    if (towers[id] == nullptr) continue;
    storage::NodeHead head = store.slot(id).head();
    if (head.tower_block != block) {
      if (block != storage::kNoBlock) append_page(appender, block, page.data);
      block = head.tower_block;
      storage::init_page(page.data, PageType::kTower, 0);
    }
    OffsetNumber offset = PageAddItem(page.data, reinterpret_cast<Item>(towers[id]), geometry.tower_size(head.level), InvalidOffsetNumber, false, false);
    if (offset != head.tower_offset) elog(ERROR, "tower of node %u does not fit its page", id);
  }
  if (block != storage::kNoBlock) append_page(appender, block, page.data);
}

void write_attribute_pages(const Geometry &geometry, storage::BuildStore &store, uint32_t group, Appender *appender) {
  PGAlignedBlock page;
  for (uint32_t number = 0; number < geometry.attribute_pages; number++) {
    storage::init_page(page.data, PageType::kAttribute, storage::content_bytes(geometry, PageType::kAttribute));
    uint8_t *bytes = storage::contents(page.data);
    NodeId first = group * geometry.group_slots + number * geometry.attribute_slots;
    uint32_t in_group = std::min(geometry.attribute_slots, geometry.group_slots - number * geometry.attribute_slots);
    for (uint32_t i = 0; i < in_group && first + i < store.size(); i++) {
      storage::Slot slot = store.slot(first + i);
      bytes[i] = storage::kAttributeValid;
      bytes[geometry.attribute_nulls_offset() + i] = slot.head().nulls;
      for (uint32_t a = 0; a < geometry.attributes; a++)
        storage::store(bytes + geometry.attribute_cells_offset(a) + 8 * i, slot.cell(a));
    }
    append_page(appender, geometry.group_block(group) + number, page.data);
  }
}

void write_stripe(const Geometry &geometry, storage::BuildStore &store, uint32_t stripe, Appender *appender) {
  PGAlignedBlock page;
  NodeId first = geometry.stripe_first_id(stripe);
  for (uint32_t number = 0; number < geometry.node_pages; number++) {
    storage::init_page(page.data, PageType::kNode, geometry.node_page_bytes());
    NodeId base = first + number * geometry.slots_per_page;
    uint32_t used = base >= store.size() ? 0 : std::min(geometry.slots_per_page, store.size() - base);
    for (uint32_t i = 0; i < used; i++)
      memcpy(storage::contents(page.data) + i * geometry.slot_size, store.slot_bytes(base + i), geometry.slot_size);
    storage::PageTrailer trailer = storage::trailer(page.data);
    trailer.used = static_cast<uint16_t>(used);
    storage::set_trailer(page.data, trailer);
    append_page(appender, geometry.stripe_first_block(stripe) + number, page.data);
  }
  for (uint32_t number = 0; number < geometry.detail_pages; number++) {
    storage::init_page(page.data, PageType::kDetail, storage::content_bytes(geometry, PageType::kDetail));
    uint32_t from = number * geometry.details_per_page;
    for (uint32_t i = 0; i < geometry.details_per_page && from + i < geometry.stripe_slots && first + from + i < store.size(); i++)
      memcpy(storage::contents(page.data) + i * geometry.detail_size, store.detail_bytes(first + from + i), geometry.detail_size);
    append_page(appender, geometry.stripe_first_block(stripe) + geometry.node_pages + number, page.data);
  }
}

}  // namespace

const types::ByteCode *empty_byte_codes() { return no_codes; }

IndexModel *write_graph(Relation index, const storage::MetaPage &meta, const IndexModel &building, storage::BuildStore &store) {
  const Geometry &geometry = building.geometry;
  auto *towers = static_cast<uint8_t **>(MemoryContextAllocHuge(CurrentMemoryContext, sizeof(uint8_t *) * (static_cast<Size>(store.size()) + 1)));
  storage::MetaPage final_meta = meta;
  final_meta.tower_hints[0] = place_towers(geometry, store, towers);
  IndexModel *model = storage::make_model(final_meta, building.codec.mean, learn_byte_codes(geometry, store));
  fill_link_bytes(*model, store);

  Appender appender = {index, MAIN_FORKNUM, 0};
  storage::write_model(*model, append_page, &appender);
  uint32_t stripes = (store.size() + geometry.stripe_slots - 1) / geometry.stripe_slots;
  for (uint32_t stripe = 0; stripe < stripes; stripe++) {
    CHECK_FOR_INTERRUPTS();
    if (stripe % geometry.group_stripes == 0) write_attribute_pages(geometry, store, stripe / geometry.group_stripes, &appender);
    write_stripe(geometry, store, stripe, &appender);
  }
  write_towers(geometry, store, towers, &appender);
  pfree(towers);
  if (RelationNeedsWAL(index)) log_newpage_range(index, MAIN_FORKNUM, 0, RelationGetNumberOfBlocks(index), true);
  return model;
}

void write_empty(Relation index, ForkNumber fork, const IndexModel &model) {
  Appender appender = {index, fork, 0};
  storage::write_model(model, fork == INIT_FORKNUM ? append_init_page : append_page, &appender);
}

}  // namespace vexpg::am
