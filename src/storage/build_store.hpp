// SPDX-License-Identifier: PostgreSQL
// The graph in memory while an index is built: a WritableStore whose nodes are already the slots and details that will be
// written. Ids are dense, in insertion order, and stay what they are on pages.
#pragma once
#include "graph/array.hpp"
#include "graph/insert.hpp"
#include "storage/row.hpp"

namespace vexpg::storage {

// realloc and free over a memory context, for graph structures.
graph::Memory context_memory(MemoryContext context);

class BuildStore {
 public:
  BuildStore(const IndexModel &model, MemoryContext context);

  uint32_t size() const { return count_; }
  Size memory_used() const { return memory_used_; }
  const IndexModel &model() const { return model_; }
  codec::Query *query() { return &query_; }

  // Adds a row without links; a member of `head`'s chain if that is a node.
  NodeId add(const Row &row, const ItemPointerData &tid, int level);
  NodeId add_member(const Row &row, const ItemPointerData &tid, NodeId head);
  // The node that has the same codes and cells, or kNoNode; and the memory of it.
  NodeId find_duplicate(const Row &row);
  // Writes the links chosen for a new node.
  void set_links(NodeId id, const graph::Neighbours &neighbours);
  void query_row(const Row &row);

  uint8_t *slot_bytes(NodeId id) const { return slots_[id >> shift_] + static_cast<Size>(id & mask_) * geometry_.slot_size; }
  Slot slot(NodeId id) const { return Slot(slot_bytes(id), geometry_); }
  uint8_t *detail_bytes(NodeId id) const { return details_[id >> shift_] + static_cast<Size>(id & mask_) * geometry_.detail_size; }
  // The tower of a node of level > 0; null otherwise.
  uint8_t *tower(NodeId id) const;

  // graph::WritableStore
  int links(NodeId id, int level, NodeId *out);
  int score(const NodeId *ids, int count, graph::Candidate *out);
  void poll() { CHECK_FOR_INTERRUPTS(); }
  void fetch(const NodeId *ids, int count, int at);
  bool usable(int) const { return true; }
  int level_of(int index) const { return slot(fetched_[index]).head().level; }
  void prepare(int index);
  float distance(int index) const;
  void query_from(int index);
  bool prepare_query();
  bool replace_links(NodeId id, int level, const NodeId *old_links, int old_count, const NodeId *new_links, int new_count);

 private:
  NodeId add_slot(const Row &row, NodeHead head);
  void prepare_from(NodeId id, int8_t *planes, codec::Query *query) const;
  void *allocate(Size bytes);
  void grow_duplicates();
  uint64_t hash_slot(NodeId id) const;

  const IndexModel &model_;
  const Geometry &geometry_;
  MemoryContext context_;
  bool both_planes_;
  int shift_;
  uint32_t mask_, count_ = 0, heads_ = 0;
  Size memory_used_ = 0;
  graph::GrowingArray<uint8_t *> slots_, details_, towers_;
  graph::GrowingArray<NodeId> fetched_;
  NodeId *duplicates_ = nullptr;  // open addressing by content, at most half full
  uint32_t duplicates_capacity_ = 0;
  codec::Query query_ = {}, operand_ = {};
  int8_t *query_plane_, *operand_plane_;
};

static_assert(graph::WritableStore<BuildStore>);

}  // namespace vexpg::storage
