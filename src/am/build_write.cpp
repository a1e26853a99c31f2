// SPDX-License-Identifier: PostgreSQL
#include "am/build_write.hpp"

#include "graph/order.hpp"

namespace vexpg::am {

using storage::Geometry;
using storage::IndexModel;
using storage::kNoNode;
using storage::NodeId;
using storage::PageType;

namespace {

constexpr uint32_t kByteSample = 30000;  // cells that a byte code is learnt from
constinit types::ByteCode no_codes[types::kMaxAttributes] = {};

void append_page(void *context, BlockNumber block, Page page) {
  put_page(static_cast<Appender *>(context), block, page);
}

void append_init_page(void *context, BlockNumber block, Page page) {
  auto *appender = static_cast<Appender *>(context);
  storage::append_logged_page(appender->index, appender->fork, block, page);
}

}  // namespace

void put_page(Appender *appender, BlockNumber block, Page page) {
  for (; appender->next <= block; appender->next++)
    ReleaseBuffer(pg::extend_fork_by_zero_page(appender->index, appender->fork));
  Buffer buffer = ReadBufferExtended(appender->index, appender->fork, block, RBM_NORMAL, nullptr);
  LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
  memcpy(BufferGetPage(buffer), page, BLCKSZ);
  MarkBufferDirty(buffer);
  UnlockReleaseBuffer(buffer);
}

const types::ByteCode *empty_byte_codes() { return no_codes; }

types::ByteCode *learn_byte_codes(const storage::MetaPage &meta, const storage::BuildStore &store) {
  auto *codes = static_cast<types::ByteCode *>(palloc0(sizeof(types::ByteCode) * types::kMaxAttributes));
  uint32_t stride = store.size() / kByteSample + 1;
  auto *sample = static_cast<uint64_t *>(palloc(sizeof(uint64_t) * (store.size() / stride + 1)));
  for (uint32_t a = 0; a < meta.attribute_count; a++) {
    size_t count = 0;
    for (NodeId id = 0; id < store.size(); id += stride) {
      storage::Slot slot = store.slot(id);
      if (!(slot.head().nulls >> a & 1)) sample[count++] = slot.cell(a);
    }
    types::learn_byte_code({sample, count}, types::form_of(static_cast<types::AttributeKind>(meta.attribute_kinds[a])),
                           &codes[a]);
  }
  pfree(sample);
  return codes;
}

void TowerLayout::place(uint32_t size) {
  uint32_t bytes = MAXALIGN(size) + sizeof(ItemIdData);
  if (offset_ > 0 && used_ + bytes > storage::kPageRoom) {
    used_ = offset_ = 0;
    if (++page_ == geometry_.stripe_pages) {
      page_ = 0;
      stripe_++;
    }
  }
  used_ += bytes;
  offset_++;
}

GraphWriter::GraphWriter(Relation index, const Geometry &geometry, uint32_t count)
    : geometry_(geometry),
      appender_({index, MAIN_FORKNUM, 0}),
      count_(count),
      towers_(geometry, (count + geometry.stripe_slots - 1) / geometry.stripe_slots),
      written_towers_(towers_),
      stripe_(static_cast<char *>(palloc(static_cast<Size>(BLCKSZ) * geometry.stripe_pages))),
      attributes_(static_cast<char *>(palloc0(static_cast<Size>(BLCKSZ) * (geometry.attribute_pages + 1)))) {}

void GraphWriter::begin_stripe() {
  for (uint32_t page = 0; page < geometry_.stripe_pages; page++) {
    PageType type = page < geometry_.node_pages ? PageType::kNode : PageType::kDetail;
    storage::init_page(stripe_ + static_cast<Size>(BLCKSZ) * page, type, storage::content_bytes(geometry_, type));
  }
  if (added_ % geometry_.group_slots != 0) return;
  for (uint32_t page = 0; page < geometry_.attribute_pages; page++)
    storage::init_page(attributes_ + static_cast<Size>(BLCKSZ) * page, PageType::kAttribute,
                       storage::content_bytes(geometry_, PageType::kAttribute));
}

void GraphWriter::add(const uint8_t *slot_bytes, const uint8_t *detail_bytes) {
  uint32_t at = added_ % geometry_.stripe_slots, in_group = added_ % geometry_.group_slots;
  if (at == 0) begin_stripe();
  char *page = stripe_ + static_cast<Size>(BLCKSZ) * (at / geometry_.slots_per_page);
  uint8_t *bytes = storage::contents(page) + at % geometry_.slots_per_page * geometry_.slot_size;
  memcpy(bytes, slot_bytes, geometry_.slot_size);
  storage::Slot slot(bytes, geometry_);
  storage::NodeHead head = slot.head();
  head.tower_block = storage::kNoBlock;
  head.tower_offset = 0;
  if (head.level > 0) {
    towers_.place(geometry_.tower_size(head.level));
    head.tower_block = towers_.block();
    head.tower_offset = towers_.offset();
  }
  slot.set_head(head);
  storage::PageTrailer trailer = storage::trailer(page);
  trailer.used++;
  storage::set_trailer(page, trailer);
  if (geometry_.detail_pages > 0) {
    char *detail = stripe_ + static_cast<Size>(BLCKSZ) * (geometry_.node_pages + at / geometry_.details_per_page);
    memcpy(storage::contents(detail) + at % geometry_.details_per_page * geometry_.detail_size, detail_bytes,
           geometry_.detail_size);
  }
  if (geometry_.attribute_pages > 0) {
    uint8_t *cells =
        storage::contents(attributes_ + static_cast<Size>(BLCKSZ) * (in_group / geometry_.attribute_slots));
    uint32_t i = in_group % geometry_.attribute_slots;
    cells[i] = storage::kAttributeValid;
    cells[geometry_.attribute_nulls_offset() + i] = head.nulls;
    for (uint32_t a = 0; a < geometry_.attributes; a++)
      storage::store(cells + geometry_.attribute_cells_offset(a) + 8 * i, slot.cell(a));
  }
  added_++;
  if (added_ % geometry_.stripe_slots == 0) write_stripe();
  if (added_ % geometry_.group_slots == 0) write_attributes();
}

void GraphWriter::write_stripe() {
  CHECK_FOR_INTERRUPTS();
  BlockNumber first = geometry_.stripe_first_block((added_ - 1) / geometry_.stripe_slots);
  for (uint32_t page = 0; page < geometry_.stripe_pages; page++)
    put_page(&appender_, first + page, stripe_ + static_cast<Size>(BLCKSZ) * page);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, added_);
}

void GraphWriter::write_attributes() {
  BlockNumber first = geometry_.group_block((added_ - 1) / geometry_.group_slots);
  for (uint32_t page = 0; page < geometry_.attribute_pages; page++)
    put_page(&appender_, first + page, attributes_ + static_cast<Size>(BLCKSZ) * page);
}

void GraphWriter::end_nodes() {
  if (added_ != count_) elog(ERROR, "a build wrote %u nodes of %u", added_, count_);
  if (added_ % geometry_.stripe_slots != 0) write_stripe();
  if (added_ % geometry_.group_slots != 0) write_attributes();
}

void GraphWriter::add_tower(uint8_t *bytes, int level) {
  written_towers_.place(geometry_.tower_size(level));
  if (written_towers_.block() != tower_block_) {
    end_towers();
    tower_block_ = written_towers_.block();
    storage::init_page(tower_page_.data, PageType::kTower, 0);
  }
  OffsetNumber offset = PageAddItem(tower_page_.data, reinterpret_cast<Item>(bytes), geometry_.tower_size(level),
                                    InvalidOffsetNumber, false, false);
  if (offset != written_towers_.offset()) elog(ERROR, "tower does not fit its page");
}

void GraphWriter::end_towers() {
  if (tower_block_ != storage::kNoBlock) put_page(&appender_, tower_block_, tower_page_.data);
}

void GraphWriter::write_model(const IndexModel &model) { storage::write_model(model, append_page, &appender_); }

void GraphWriter::log() {
  if (RelationNeedsWAL(appender_.index))
    log_newpage_range(appender_.index, MAIN_FORKNUM, 0, RelationGetNumberOfBlocks(appender_.index), true);
}

uint32_t number_nodes(storage::BuildStore &store, const graph::Bitmap &heads, NodeId first, bool by_links,
                      NodeId *order, NodeId *scratch) {
  uint32_t head_count = 0, count = 0;
  graph::PageFiller filler(storage::context_memory(CurrentMemoryContext), store.model().geometry.slots_per_page);
  if (by_links && first != kNoNode) {
    head_count = filler.order(store, first, heads, scratch);
  } else {
    for (NodeId id = 0; id < store.size(); id++)
      if (heads.has(id)) scratch[head_count++] = id;
  }
  for (uint32_t i = 0; i < head_count; i++)
    for (NodeId id = scratch[i]; id != kNoNode; id = store.slot(id).next()) order[count++] = id;
  return count;
}

namespace {

// A slot with final ids and the bytes beside its links, in `out`.
void finish_slot(const IndexModel &model, const storage::BuildStore &store, NodeId node, const NodeId *place,
                 uint8_t *out) {
  const Geometry &geometry = model.geometry;
  memcpy(out, store.slot_bytes(node), geometry.slot_size);
  storage::Slot slot(out, geometry);
  storage::NodeHead head = slot.head();
  head.head = place[head.head];
  if (head.next != kNoNode) head.next = place[head.next];
  slot.set_head(head);
  for (uint32_t i = 0; i < slot.link_count(); i++) {
    storage::Slot neighbour = store.slot(slot.link(i));
    uint8_t nulls = geometry.attributes > 0 ? neighbour.head().nulls : uint8_t{0};
    for (uint32_t a = 0; a < geometry.attributes; a++)
      slot.link_bytes(i)[a] = types::byte_of(model.byte_codes[a], (nulls >> a & 1) != 0, neighbour.cell(a));
    slot.set_link(i, place[slot.link(i)]);
  }
}

}  // namespace

void write_graph(Relation index, const storage::MetaPage &meta, storage::BuildStore &store, bool by_links) {
  const Geometry &geometry = store.model().geometry;
  NodeId *order = store.numbers(), *place = order + store.size();
  graph::Bitmap heads(storage::context_memory(CurrentMemoryContext));
  heads.reset(store.size());
  for (NodeId id = 0; id < store.size(); id++)
    if (store.is_head(id)) heads.insert(id);
  uint32_t count = number_nodes(store, heads, meta.entry, by_links, order, place);
  for (uint32_t i = 0; i < count; i++) place[order[i]] = i;

  storage::MetaPage final_meta = meta;
  if (meta.entry != kNoNode) final_meta.entry = place[meta.entry];
  IndexModel *model =
      storage::make_model(index, final_meta, store.model().codec.mean, learn_byte_codes(final_meta, store));
  GraphWriter writer(index, geometry, count);
  auto *bytes = static_cast<uint8_t *>(palloc(std::max(geometry.slot_size, geometry.tower_size(storage::kMaxLevel))));
  constexpr uint32_t kAhead = 4;
  for (uint32_t i = 0; i < count; i++) {
    if (i + kAhead < count) {
      graph::expect_bytes(store.slot_bytes(order[i + kAhead]), geometry.slot_size);
      if (geometry.detail_size > 0) graph::expect_bytes(store.detail_bytes(order[i + kAhead]), geometry.detail_size);
    }
    finish_slot(*model, store, order[i], place, bytes);
    writer.add(bytes, store.detail_bytes(order[i]));
  }
  writer.end_nodes();
  for (uint32_t i = 0; i < count; i++) {
    int level = store.slot(order[i]).head().level;
    if (level == 0) continue;
    renumber_tower(
        geometry, store.tower(order[i]), level, [&](NodeId id) { return place[id]; }, bytes);
    writer.add_tower(bytes, level);
  }
  writer.end_towers();
  model->meta.tower_hints[0] = writer.last_tower();
  writer.write_model(*model);
  writer.log();
}

void write_empty(Relation index, ForkNumber fork, const IndexModel &model) {
  Appender appender = {index, fork, 0};
  storage::write_model(model, fork == INIT_FORKNUM ? append_init_page : append_page, &appender);
}

}  // namespace vexpg::am
