// SPDX-License-Identifier: PostgreSQL
// The graph in memory while an index is built: a WritableStore over one flat region, which all workers of a build may
// share. Its nodes are already the slots and details that will be written, addressed by id from the region's start;
// nothing in it is a pointer. Every node is there before the first link, so workers change lists of links only, each
// under a spinlock.
#pragma once
#include "graph/bulk_build.hpp"
#include "storage/row.hpp"

namespace vexpg::storage {

// A flag of a slot in build memory, never on a page: the row is held out of the graph until its recall was measured.
inline constexpr uint8_t kHeldOut = 8;

// realloc and free over a memory context, for graph structures.
graph::Memory context_memory(MemoryContext context);

// Where the parts of a region are, in bytes from its start.
struct BuildLayout {
  uint32_t capacity;     // nodes
  bool details_stay;     // the graph needs them; else the bulk build takes their place
  Size slots, tags, towers, details;
  Size numbers;          // where the bulk build works as well
  Size bytes;
};

// What the links of a node on level 0 take in its slot.
inline Size link_room_bytes(const Geometry &geometry) { return sizeof(NodeId) * geometry.max_links(0); }
// The level of a node, from its id alone: any worker draws the same.
int build_level(NodeId id, int m);
// The bytes of the towers of so many nodes with those levels.
Size build_tower_bytes(const Geometry &geometry, uint32_t count);
// The region for so many nodes and a bulk build of them, and how many a region of so many bytes takes (0: not one).
BuildLayout build_layout(const Geometry &geometry, const graph::BulkParameters &bulk, uint32_t capacity,
                         Size tower_bytes);
uint32_t build_capacity(const Geometry &geometry, const graph::BulkParameters &bulk, Size memory);

class BuildStore {
 public:
  // base: the region, MAXALIGNed. shared: other processes work on it at the same time. Scratch comes from `context`.
  BuildStore(const IndexModel &model, const BuildLayout &layout, uint8_t *base, bool shared, MemoryContext context);

  // Before anything else, once a region: its spinlocks.
  void initialize();
  // Writes a node without links from the bytes of its slot up to the links, and of its detail (null if refine = 0).
  // level: unless it becomes a member of a chain. tag: whatever the caller wants to know of it later.
  void put(NodeId id, const uint8_t *slot_bytes, const uint8_t *detail_bytes, int level, uint32_t tag);
  // Writes the detail once more, after a bulk build that took its place.
  void put_detail(NodeId id, const uint8_t *detail_bytes);
  bool details_are_lost() const { return !layout_.details_stay && geometry_.detail_size > 0; }
  uint32_t tag(NodeId id) const { return reinterpret_cast<uint32_t *>(base_ + layout_.tags)[id]; }
  // Hangs the nodes that have the codes, cells and tower_offset (which tells kinds of nodes apart) of an earlier one on
  // its chain.
  void chain_duplicates();
  // Gives the nodes that have a level a tower. Returns the one of the highest level, the first of those: the entry
  // point.
  NodeId place_towers();

  // Takes a node without links out of the graph, or lets it in.
  void hold_out(NodeId id, bool held);
  // What score() compares with, and where its planes are.
  codec::Query *query() { return &query_; }
  int8_t *query_plane() { return query_plane_; }

  uint32_t size() const { return layout_.capacity; }
  const IndexModel &model() const { return model_; }
  uint8_t *base() const { return base_; }
  // Two numbers a node for whoever needs them; undefined after chain_duplicates() and the bulk build.
  uint32_t *numbers() const { return reinterpret_cast<uint32_t *>(base_ + layout_.numbers); }
  // The room of the bulk build. It takes the place of the numbers, and of the details unless these stay.
  void *bulk_room() const { return base_ + layout_.numbers; }
  uint8_t *slot_bytes(NodeId id) const {
    Assert(id < layout_.capacity);
    return slots_ + static_cast<Size>(id) * geometry_.slot_size;
  }
  Slot slot(NodeId id) const { return Slot(slot_bytes(id), geometry_); }
  uint8_t *detail_bytes(NodeId id) const { return details_ + static_cast<Size>(id) * geometry_.detail_size; }
  // The tower of a node of level > 0; null otherwise.
  uint8_t *tower(NodeId id) const;
  bool is_head(NodeId id) const { return !(slot(id).flags() & kMember); }

  // graph::WritableStore
  int links(NodeId id, int level, NodeId *out);
  int score(const NodeId *ids, int count, graph::Candidate *out);
  void poll() { CHECK_FOR_INTERRUPTS(); }
  void fetch(const NodeId *ids, int count, int at);
  bool usable(int) const { return true; }
  int level_of(int index) const { return slot(fetched_[index]).head().level; }
  void prepare(int index) { prepare_node(fetched_[index], operand_plane_, &operand_); }
  float distance(int index) const;
  // The query of score() from a node that is not in the region, given as to put().
  void query_bytes(const uint8_t *slot_bytes, const uint8_t *detail_bytes) {
    prepare_from(slot_bytes, detail_bytes, query_plane_, &query_);
  }
  void query_from(int index) { prepare_node(fetched_[index], query_plane_, &query_); }
  bool prepare_query();
  bool replace_links(NodeId id, int level, const NodeId *old_links, int old_count, const NodeId *new_links,
                     int new_count);

  // graph::JoinStore
  int level_of_node(NodeId id) const {
    return (slot(id).flags() & (kMember | kHeldOut)) == 0 ? slot(id).head().level : -1;
  }
  uint32_t row_words() const {
    return geometry_.shape.coding == codec::Coding::kRotated ? (geometry_.shape.dim + 3) / 4 : 0;
  }
  void expect(NodeId id) const;
  codec::RowTerms row(NodeId id, const int8_t **row);
  bool rows_are_rough() const { return both_planes_; }
  graph::LinkRoom link_room() const {
    return {slots_ + geometry_.links_offset, geometry_.slot_size, link_room_bytes(geometry_)};
  }

 private:
  // The list of a node on a level: where its count and its ids are. No ids: the node has no such level.
  struct List {
    uint8_t *count, *ids;
    bool on_base;
    int size() const { return static_cast<int>(on_base ? *count : load<uint32_t>(count)); }
  };
  List list_of(NodeId id, int level) const;
  void write_list(const List &list, int level, const NodeId *links, int count) const;
  slock_t *lock_of(NodeId id) const;
  void acquire(NodeId id) const {
    if (shared_) SpinLockAcquire(lock_of(id));
  }
  void release(NodeId id) const {
    if (shared_) SpinLockRelease(lock_of(id));
  }
  void prepare_node(NodeId id, int8_t *planes, codec::Query *query) const {
    prepare_from(slot_bytes(id), detail_bytes(id), planes, query);
  }
  void prepare_from(const uint8_t *slot_bytes, const uint8_t *detail_bytes, int8_t *planes, codec::Query *query) const;
  uint64_t hash_content(NodeId id) const;
  bool same_content(NodeId a, NodeId b) const;
  void add_member(NodeId member, NodeId head);

  const IndexModel &model_;
  const Geometry &geometry_;
  BuildLayout layout_;
  uint8_t *base_, *slots_, *details_;
  bool shared_, both_planes_;
  graph::GrowingArray<NodeId> fetched_;
  codec::Query query_ = {}, operand_ = {};
  int8_t *query_plane_, *operand_plane_;
};

static_assert(graph::JoinStore<BuildStore>);

}  // namespace vexpg::storage
