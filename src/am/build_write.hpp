// SPDX-License-Identifier: PostgreSQL
// Writing the pages of a new index: meta and model, groups of attribute, node and detail pages in the order of their
// blocks, stripes of towers at the end; then WAL, by full pages.
#pragma once
#include "am/build.hpp"
#include "graph/bitmap.hpp"

namespace vexpg::am {

// Appends pages to a fork; blocks that are passed over become zero pages, and may be written later.
struct Appender {
  Relation index;
  ForkNumber fork;
  BlockNumber next;
};
void put_page(Appender *appender, BlockNumber block, Page page);

// Towers are packed in the order of their nodes' ids: any walk over the nodes in that order meets the same places.
class TowerLayout {
 public:
  TowerLayout(const storage::Geometry &geometry, uint32_t first_stripe) : geometry_(geometry), stripe_(first_stripe) {}
  void place(uint32_t size);
  BlockNumber block() const { return offset_ == 0 ? storage::kNoBlock : geometry_.stripe_first_block(stripe_) + page_; }
  OffsetNumber offset() const { return static_cast<OffsetNumber>(offset_); }

 private:
  const storage::Geometry &geometry_;
  uint32_t stripe_, page_ = 0, used_ = 0, offset_ = 0;
};

// Takes the nodes in the order of their ids, then the towers in the same order.
class GraphWriter {
 public:
  GraphWriter(Relation index, const storage::Geometry &geometry, uint32_t count);

  // A node as it will be on its page, but for the place of its tower. detail: null if refine = 0.
  void add(const uint8_t *slot_bytes, const uint8_t *detail_bytes);
  void end_nodes();
  // A tower with final ids.
  void add_tower(uint8_t *bytes, int level);
  void end_towers();
  // Meta and model pages, once all else is known.
  void write_model(const storage::IndexModel &model);
  // Where the last tower is, kNoBlock if there is none.
  BlockNumber last_tower() const { return written_towers_.block(); }
  // A page that was written before, again.
  void rewrite(BlockNumber block, Page page) { put_page(&appender_, block, page); }
  void log();

 private:
  void begin_stripe();
  void write_stripe();
  void write_attributes();

  const storage::Geometry &geometry_;
  Appender appender_;
  uint32_t count_, added_ = 0;
  TowerLayout towers_, written_towers_;
  char *stripe_, *attributes_;  // images of the pages of the stripe, and of the attribute pages of the group
  BlockNumber tower_block_ = storage::kNoBlock;
  PGAlignedBlock tower_page_;
};

// Learns byte codes from the cells of a store's nodes.
types::ByteCode *learn_byte_codes(const storage::MetaPage &meta, const storage::BuildStore &store);
// Numbers the nodes of a store for which `wanted` is set, members of chains after their head: order[i] is the node of
// the i-th. place: scratch for as many. by_links: so that those linked to each other share pages (graph/order.hpp),
// from `first` on; else heads keep their order. Returns how many there are.
uint32_t number_nodes(storage::BuildStore &store, const graph::Bitmap &heads, storage::NodeId first, bool by_links,
                      storage::NodeId *order, storage::NodeId *scratch);
// The tower of a node with the ids that place() gives them, into `out`.
template <class Place>
void renumber_tower(const storage::Geometry &geometry, const uint8_t *tower, int level_count, Place place,
                    uint8_t *out) {
  memcpy(out, tower, geometry.tower_size(level_count));
  auto head = storage::load<storage::TowerHead>(out);
  head.owner = place(head.owner);
  storage::store(out, head);
  for (int level = 1; level <= level_count; level++) {
    uint8_t *list = out + storage::tower_list_offset(geometry, level);
    auto count = storage::load<uint32_t>(list);
    for (uint32_t i = 0; i < count; i++) {
      uint8_t *link = list + 4 + 4 * i;
      storage::store(link, place(storage::load<storage::NodeId>(link)));
    }
  }
}

// Writes the whole index from one store, which has no blocks yet. meta: with the entry point as the store numbers it.
void write_graph(Relation index, const storage::MetaPage &meta, storage::BuildStore &store, bool by_links);
// Writes an index without nodes into a fork, WAL-logged in any case if it is the init fork.
void write_empty(Relation index, ForkNumber fork, const storage::IndexModel &model);

}  // namespace vexpg::am
