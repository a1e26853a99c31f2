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

types::ByteCode *learn_byte_codes(const storage::MetaPage &meta, storage::BuildStore &store) {
  auto *codes = static_cast<types::ByteCode *>(palloc0(sizeof(types::ByteCode) * types::kMaxAttributes));
  uint32_t stride = store.size() / kByteSample + 1;
  auto *sample = static_cast<uint64_t *>(palloc(sizeof(uint64_t) * (store.size() / stride + 1)));
  for (uint32_t a = 0; a < meta.attribute_count; a++) {
    size_t count = 0;
    for (NodeId id = 0; id < store.size(); id += stride) {
      storage::Slot slot = store.slot(id);
      if (!(slot.head().nulls >> a & 1)) sample[count++] = slot.cell(a);
    }
    types::learn_byte_code({sample, count}, types::form_of(static_cast<types::AttributeKind>(meta.attribute_kinds[a])), &codes[a]);
  }
  pfree(sample);
  return codes;
}

// Towers are packed in the order of the final ids: any walk over the nodes in that order meets the same places.
class TowerLayout {
 public:
  TowerLayout(const Geometry &geometry, uint32_t first_stripe) : geometry_(geometry), stripe_(first_stripe) {}
  void place(uint32_t size) {
    uint32_t bytes = MAXALIGN(size) + sizeof(ItemIdData);
    if (offset_ > 0 && used_ + bytes > storage::kPageRoom) next_page();
    used_ += bytes;
    offset_++;
  }
  BlockNumber block() const {
    return offset_ == 0 ? storage::kNoBlock : geometry_.stripe_first_block(stripe_) + page_;
  }
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

class GraphWriter {
 public:
  GraphWriter(Relation index, const storage::MetaPage &meta, storage::BuildStore &store)
      : store_(store),
        geometry_(store.model().geometry),
        meta_(meta),
        order_(store.work()),
        place_(store.work() + store.size()),
        stripes_((store.size() + geometry_.stripe_slots - 1) / geometry_.stripe_slots),
        towers_(geometry_, stripes_),
        appender_({index, MAIN_FORKNUM, 0}) {}

  void write(bool by_links) {
    number_nodes(by_links);
    if (meta_.entry != kNoNode) meta_.entry = place_[meta_.entry];
    meta_.tower_hints[0] = last_tower_block();
    model_ = storage::make_model(appender_.index, meta_, store_.model().codec.mean, learn_byte_codes(meta_, store_));
    storage::write_model(*model_, append_page, &appender_);
    for (uint32_t stripe = 0; stripe < stripes_; stripe++) {
      CHECK_FOR_INTERRUPTS();
      if (stripe % geometry_.group_stripes == 0) write_attribute_pages(stripe / geometry_.group_stripes);
      write_node_pages(stripe);
      write_detail_pages(stripe);
      pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, std::min((stripe + 1) * geometry_.stripe_slots, store_.size()));
    }
    write_towers();
    if (RelationNeedsWAL(appender_.index))
      log_newpage_range(appender_.index, MAIN_FORKNUM, 0, RelationGetNumberOfBlocks(appender_.index), true);
  }

 private:
  // order_: the node of each final id. place_: the final id of each node. Members follow their head.
  void number_nodes(bool by_links) {
    uint32_t heads = 0, count = 0;
    graph::Memory memory = storage::context_memory(CurrentMemoryContext);
    graph::Bitmap wanted(memory);
    wanted.reset(store_.size());
    for (NodeId id = 0; id < store_.size(); id++)
      if (store_.is_head(id)) {
        wanted.insert(id);
        place_[heads++] = id;
      }
    graph::PageFiller filler(memory, geometry_.slots_per_page);
    if (by_links && heads > 0) heads = filler.order(store_, meta_.entry, wanted, place_);
    for (uint32_t i = 0; i < heads; i++)
      for (NodeId id = place_[i]; id != kNoNode; id = store_.slot(id).next()) order_[count++] = id;
    Assert(count == store_.size());
    for (uint32_t i = 0; i < count; i++) place_[order_[i]] = i;
  }

  BlockNumber last_tower_block() const {
    TowerLayout towers(geometry_, stripes_);
    for (uint32_t i = 0; i < store_.size(); i++)
      if (int level = store_.slot(order_[i]).head().level) towers.place(geometry_.tower_size(level));
    return towers.block();
  }

  void write_attribute_pages(uint32_t group) {
    for (uint32_t number = 0; number < geometry_.attribute_pages; number++) {
      storage::init_page(page_.data, PageType::kAttribute, storage::content_bytes(geometry_, PageType::kAttribute));
      uint8_t *bytes = storage::contents(page_.data);
      NodeId first = group * geometry_.group_slots + number * geometry_.attribute_slots;
      uint32_t in_group = std::min(geometry_.attribute_slots, geometry_.group_slots - number * geometry_.attribute_slots);
      for (uint32_t i = 0; i < in_group && first + i < store_.size(); i++) {
        storage::Slot slot = store_.slot(order_[first + i]);
        bytes[i] = storage::kAttributeValid;
        bytes[geometry_.attribute_nulls_offset() + i] = slot.head().nulls;
        for (uint32_t a = 0; a < geometry_.attributes; a++)
          storage::store(bytes + geometry_.attribute_cells_offset(a) + 8 * i, slot.cell(a));
      }
      append_page(&appender_, geometry_.group_block(group) + number, page_.data);
    }
  }

  // A slot as it will be on its page: final ids, the place of its tower, the bytes beside its links.
  void finish_slot(uint8_t *bytes) {
    storage::Slot slot(bytes, geometry_);
    storage::NodeHead head = slot.head();
    head.head = place_[head.head];
    if (head.next != kNoNode) head.next = place_[head.next];
    head.tower_block = storage::kNoBlock;
    if (head.level > 0) {
      towers_.place(geometry_.tower_size(head.level));
      head.tower_block = towers_.block();
      head.tower_offset = towers_.offset();
    }
    slot.set_head(head);
    for (uint32_t i = 0; i < slot.link_count(); i++) {
      storage::Slot neighbour = store_.slot(slot.link(i));
      uint8_t nulls = geometry_.attributes > 0 ? neighbour.head().nulls : uint8_t{0};
      for (uint32_t a = 0; a < geometry_.attributes; a++)
        slot.link_bytes(i)[a] = types::byte_of(model_->byte_codes[a], (nulls >> a & 1) != 0, neighbour.cell(a));
      slot.set_link(i, place_[slot.link(i)]);
    }
  }

  void write_node_pages(uint32_t stripe) {
    for (uint32_t number = 0; number < geometry_.node_pages; number++) {
      storage::init_page(page_.data, PageType::kNode, geometry_.node_page_bytes());
      NodeId base = geometry_.stripe_first_id(stripe) + number * geometry_.slots_per_page;
      uint32_t used = base >= store_.size() ? 0 : std::min(geometry_.slots_per_page, store_.size() - base);
      for (uint32_t i = 0; i < used; i++) {
        uint8_t *bytes = storage::contents(page_.data) + i * geometry_.slot_size;
        memcpy(bytes, store_.slot_bytes(order_[base + i]), geometry_.slot_size);
        finish_slot(bytes);
      }
      storage::PageTrailer trailer = storage::trailer(page_.data);
      trailer.used = static_cast<uint16_t>(used);
      storage::set_trailer(page_.data, trailer);
      append_page(&appender_, geometry_.stripe_first_block(stripe) + number, page_.data);
    }
  }

  void write_detail_pages(uint32_t stripe) {
    for (uint32_t number = 0; number < geometry_.detail_pages; number++) {
      storage::init_page(page_.data, PageType::kDetail, storage::content_bytes(geometry_, PageType::kDetail));
      uint32_t from = number * geometry_.details_per_page;
      NodeId first = geometry_.stripe_first_id(stripe) + from;
      for (uint32_t i = 0; i < geometry_.details_per_page && from + i < geometry_.stripe_slots && first + i < store_.size(); i++)
        memcpy(storage::contents(page_.data) + i * geometry_.detail_size, store_.detail_bytes(order_[first + i]), geometry_.detail_size);
      append_page(&appender_, geometry_.stripe_first_block(stripe) + geometry_.node_pages + number, page_.data);
    }
  }

  // The tower of a node with final ids, into `out`.
  void finish_tower(NodeId node, int level_count, uint8_t *out) const {
    memcpy(out, store_.tower(node), geometry_.tower_size(level_count));
    auto head = storage::load<storage::TowerHead>(out);
    head.owner = place_[node];
    storage::store(out, head);
    for (int level = 1; level <= level_count; level++) {
      uint8_t *list = out + storage::tower_list_offset(geometry_, level);
      auto count = storage::load<uint32_t>(list);
      for (uint32_t i = 0; i < count; i++) {
        uint8_t *link = list + 4 + 4 * i;
        storage::store(link, place_[storage::load<NodeId>(link)]);
      }
    }
  }

  void write_towers() {
    TowerLayout towers(geometry_, stripes_);
    BlockNumber block = storage::kNoBlock;
    auto *bytes = static_cast<uint8_t *>(palloc(geometry_.tower_size(storage::kMaxLevel)));
    for (uint32_t i = 0; i < store_.size(); i++) {
      int level = store_.slot(order_[i]).head().level;
      if (level == 0) continue;
      towers.place(geometry_.tower_size(level));
      if (towers.block() != block) {
        if (block != storage::kNoBlock) append_page(&appender_, block, page_.data);
        block = towers.block();
        storage::init_page(page_.data, PageType::kTower, 0);
      }
      finish_tower(order_[i], level, bytes);
      OffsetNumber offset = PageAddItem(page_.data, reinterpret_cast<Item>(bytes), geometry_.tower_size(level), InvalidOffsetNumber, false, false);
      if (offset != towers.offset()) elog(ERROR, "tower of node %u does not fit its page", i);
    }
    if (block != storage::kNoBlock) append_page(&appender_, block, page_.data);
  }

  storage::BuildStore &store_;
  const Geometry &geometry_;
  storage::MetaPage meta_;
  IndexModel *model_ = nullptr;
  NodeId *order_, *place_;
  uint32_t stripes_;
  TowerLayout towers_;
  Appender appender_;
  PGAlignedBlock page_;
};

}  // namespace

const types::ByteCode *empty_byte_codes() { return no_codes; }

void write_graph(Relation index, const storage::MetaPage &meta, storage::BuildStore &store, bool by_links) {
  GraphWriter writer(index, meta, store);
  writer.write(by_links);
}

void write_empty(Relation index, ForkNumber fork, const IndexModel &model) {
  Appender appender = {index, fork, 0};
  storage::write_model(model, fork == INIT_FORKNUM ? append_init_page : append_page, &appender);
}

}  // namespace vexpg::am
