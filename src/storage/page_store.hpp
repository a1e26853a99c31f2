// SPDX-License-Identifier: PostgreSQL
// The graph on pages, for insert and vacuum: a WritableStore. Reads as PageReader does; writes one node page (with its
// detail page) or one tower page at a time, each change one WAL record, computed without locks from what was read and
// applied only if nothing of it has changed.
#pragma once
#include "graph/insert.hpp"
#include "storage/page_edit.hpp"
#include "storage/page_reader.hpp"
#include "storage/row.hpp"

namespace vexpg::storage {

inline constexpr int kPreferredPages = 4;  // pages of neighbours that are tried for a new node

// Where a chain begins: its first member, and the greatest serial that it ever had. A new member takes the next serial, so
// that a front whose first member was freed and filled again is not taken for the old one.
struct ChainFront {
  NodeId next;
  uint32_t serial;
};

// A node where it was just written.
struct NewNode {
  NodeId id;
  uint32_t version;
};

using Relistings = graph::GrowingArray<graph::Relisting>;

class PageStore : public PageReader {
 public:
  // Scratch memory of the store comes from `context` and lives as long as that.
  PageStore(Relation index, const IndexModel &model, MemoryContext context);

  // graph::WritableStore
  void fetch(const NodeId *ids, int count, int at);
  bool usable(int index) const { return fetched_[index].usable; }
  int level_of(int index) const { return fetched_[index].level; }
  void prepare(int index);
  float distance(int index) const;
  void query_from(int index);
  bool prepare_query();
  bool replace_links(NodeId id, int level, const NodeId *old_links, int old_count, const NodeId *new_links, int new_count);
  // Whether the bytes beside the first `count` links of a node on level 0 are those of the fetched nodes 0, 1, ...
  void compare_link_bytes(NodeId id, int count, bool *same);
  // graph::connect()
  graph::Appended append_link(NodeId id, int level, NodeId link);
  // The same for many nodes on level 0, a record for each few pages. results[i] is that of ids[i]. A full list that is still
  // the old one of one of `lists` is replaced by the new one, which has the link.
  void append_links(const NodeId *ids, int count, NodeId link, Relistings *lists, graph::Appended *results);

  // Makes a row that is not in the graph yet the query of score(). look_for_duplicate: a search for it ends as soon as it
  // meets a node that equals the row.
  void query_row(const Row &row, bool look_for_duplicate);
  int score(const NodeId *ids, int count, graph::Candidate *out);
  bool satisfied() const { return duplicate_.id != kNoNode; }
  const NewNode &duplicate() const { return duplicate_; }
  // True once a list was written without a link that it had before: its neighbour may have lost its last in-link.
  bool dropped_links() const { return dropped_links_; }
  void forget_dropped_links() { dropped_links_ = false; }
  // Of fetched nodes: the version, whether the list of level 0 was full, and whether the page had a free slot.
  uint32_t version_of(int index) const { return fetched_[index].version; }
  bool list_is_full(int index) const { return fetched_[index].link_count >= geometry_.max_links(0); }
  bool page_has_room(int index) const { return fetched_[index].page_has_room; }

  uint32_t version_now(NodeId id) { return exists(id) ? read_head(id).version : 0; }
  // True if the node (of this version) is a live head with the same codes and cells as the row.
  bool is_duplicate(NodeId id, uint32_t version, const Row &row);
  // Writes a row as a new node with its links of level 0 (of fetched nodes) into a free slot: of a page of its neighbours,
  // nearest first, else by the free space map, else at the end. Its tower follows by write_tower.
  NewNode write_node(const Row &row, const ItemPointerData &tid, const graph::Neighbours &neighbours);
  // Gives the row to a head whose own is gone. False: it has one, or is no longer that head.
  bool take_head(const NewNode &head, const ItemPointerData &tid);
  // The front of a head's chain now.
  ChainFront chain_front(NodeId head);
  // Writes a row as a member of a chain, not on it yet.
  NewNode write_member(const Row &row, const ItemPointerData &tid, NodeId head, const ChainFront &front);
  // Gives a new node its tower, levels 1 .. neighbours.level, and points the node at it.
  void write_tower(const NewNode &node, const graph::Neighbours &neighbours);
  // Hangs a written member at the front of its chain. False if the head's version changed, it died, or the front is not
  // `expected` (*now says what it is).
  bool push_member(NodeId head, uint32_t head_version, const ChainFront &expected, NodeId member, ChainFront *now);
  // Rewrites next and serial of a member that is not on its chain yet, for another front.
  void relocate_member(const NewNode &member, const ChainFront &front);
  // Empties the slot of a new node that nothing leads to.
  void discard(const NewNode &node);
  // Cells of a new node in the dense column.
  void write_attributes(NodeId id, const Row &row);

 private:
  struct Fetched {
    NodeId id;
    uint32_t version;
    codec::CodeFactors factors;
    codec::RefineFactors refine_factors;
    uint8_t bytes[kMaxAttributes];
    uint8_t level, link_count;
    bool usable, page_has_room;
  };
  void make_room(int count);
  uint8_t *code_at(int index) const { return codes_ + static_cast<Size>(index) * stride_; }
  uint8_t *refine_at(int index) const { return code_at(index) + geometry_.shape.code_bytes(); }
  void copy_node(const Wanted &wanted, const uint8_t *page, Fetched *fetched, uint8_t *code);
  void copy_refine(Fetched *fetched, uint8_t *code);
  struct NewNodeContent {
    const Row *row;
    NodeHead head;  // version and (but for members) head are filled in
    const NodeId *links;
    int link_count;
  };
  struct TowerPlace {
    BlockNumber block;
    OffsetNumber offset;
  };
  uint32_t free_slot(BlockNumber block, const char *page) const;
  void fill_slot(PageEdit *edit, uint32_t slot_number, const NewNodeContent &content, NewNode *out);
  void fill_detail(PageEdit *edit, const Geometry::Place &at, const NewNodeContent &content, uint32_t version);
  bool try_page(BlockNumber block, const NewNodeContent &content, NewNode *out);
  NewNode append(const NewNodeContent &content);
  NewNode place_node(const NewNodeContent &content, const BlockNumber *preferred, int preferred_count);
  bool stripe_is_for_nodes(BlockNumber block);
  template <class Change> bool change_head(NodeId id, Change change);
  bool try_tower_page(BlockNumber block, const uint8_t *tower, uint32_t size, TowerPlace *out);
  TowerPlace place_tower(const uint8_t *tower, uint32_t size);
  void remember_tower_page(uint32_t hint, BlockNumber old, BlockNumber block);
  bool replace_base_links(const graph::Relisting &list);
  bool replace_tower_links(const graph::Relisting &list);
  graph::Appended append_base_link(NodeId id, NodeId link);
  bool stage_append(PageEdit *edit, uint32_t slot_number, NodeId link, graph::Appended *result);
  bool stage_list(PageEdit *edit, uint32_t slot_number, const graph::Relisting &list);
  bool stage_link(PageEdit *edit, const Wanted &at, NodeId link, const Relistings *lists, graph::Appended *result);
  void note_dropped(const graph::Relisting &list);
  graph::Appended append_tower_link(NodeId id, int level, NodeId link);
  Buffer pin_tower(NodeId id, int level, NodeHead *head);
  void set_links(const Slot &slot, const NodeId *new_links, int new_count);
  const uint8_t *find_tower_list(const char *page, const NodeHead &head, NodeId id, int level) const;
  const Fetched *find_fetched(NodeId id) const;
  const uint8_t *fetched_bytes(NodeId id) const;

  MemoryContext context_;
  bool both_planes_;
  uint32_t stride_;
  Fetched *fetched_ = nullptr;
  uint8_t *codes_ = nullptr;
  int capacity_ = 0, fetched_count_ = 0;
  codec::Query operand_ = {};
  int8_t *operand_plane_, *query_plane_;
  const Row *wanted_ = nullptr;  // whose duplicate is looked for
  float wanted_score_ = 0;       // that a duplicate has
  NewNode duplicate_ = {kNoNode, 0};
  bool dropped_links_ = false;
  uint32_t stripe_hint_ = 0;  // place in the meta page's hints that a new page of towers takes if none is free
};

static_assert(graph::WritableStore<PageStore> && graph::AppendingStore<PageStore>);

}  // namespace vexpg::storage
