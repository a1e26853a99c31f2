// SPDX-License-Identifier: PostgreSQL
// One call of vacuum on one index (src/README.md, "Vacuum"): marks what is dead, takes it off its chains, mends the
// graph around it, frees it. Every step may be cut off anywhere: the next call finds what was left and goes on from
// there.
#pragma once
#include "graph/bitmap.hpp"
#include "graph/reach.hpp"
#include "graph/repair.hpp"
#include "storage/build_store.hpp"
#include "storage/page_store.hpp"

namespace vexpg::storage {

// A page store that pauses, where the others only look for interrupts.
class VacuumStore : public PageStore {
 public:
  using PageStore::find_tower;
  using PageStore::PageStore;
  void poll() { pg::vacuum_pause(); }
  // A zero head for slots that do not exist.
  NodeHead head_of(NodeId id) { return id != kNoNode && exists(id) ? read_head(id) : NodeHead{}; }
};

static_assert(graph::WritableStore<VacuumStore>);

// Says whether a row is gone, as the server knows it; null: none is.
struct RowCallback {
  IndexBulkDeleteCallback function;
  void *state;
  bool is_gone(const uint16_t *tid) const {
    ItemPointerData pointer;
    memcpy(&pointer, tid, sizeof pointer);
    return function != nullptr && function(&pointer, state);
  }
};

struct VacuumCounts {
  uint64_t rows;         // that stay, members of chains among them
  uint64_t removed;      // rows that this call took out
  uint64_t empty_pages;  // node pages without a node
};

class VacuumPass {
 public:
  VacuumPass(Relation index, const IndexModel &model, BufferAccessStrategy strategy, const RowCallback &rows,
             MemoryContext context);
  VacuumCounts run();

 private:
  // What happens to a slot in the marking pass.
  struct Verdict {
    bool dies, loses_row;
  };
  // vacuum_pass.cpp: marking and chains
  template <class Visit> void each_node_page(Visit visit);
  Buffer read(BlockNumber block) { return ReadBufferExtended(index_, MAIN_FORKNUM, block, RBM_NORMAL, strategy_); }
  Verdict judge(const NodeHead &head) const;
  void note(NodeId id, const NodeHead &head, const Verdict &verdict);
  void mark_page(BlockNumber block, NodeId first_id);
  bool change_head(NodeId id, bool (*check)(const NodeHead &head, NodeId a), NodeId a,
                   void (*change)(NodeHead *head, NodeId b), NodeId b);
  NodeId next_in_chain(NodeId head, NodeId member, uint32_t *serial);
  void unlink_dead(NodeId head);
  void unlink_chains();
  // vacuum_graph.cpp: links, entry point, reachability
  void choose_thrift();
  bool strip_page(BlockNumber block);
  void repair_page(BlockNumber block, NodeId first_id);
  void repair_node(NodeId id, int level);
  EntryPoint mend_entry();
  void mend_graph();
  // vacuum_free.cpp: slots, towers, free space
  bool any_dead(NodeId from, NodeId to) const;
  void free_attributes();
  void free_page(BlockNumber block, NodeId first_id);
  void sweep_tower_page(BlockNumber block);
  bool has_tower_room(BlockNumber from, BlockNumber blocks);
  void finish_meta();

  Relation index_;
  const Geometry &geometry_;
  BufferAccessStrategy strategy_;
  RowCallback rows_;
  VacuumStore store_;
  graph::Memory memory_;
  graph::Bitmap dead_;      // slots marked dead
  graph::Bitmap doubtful_;  // slots that held no graph node when they were marked: free ones, members
  graph::Bitmap chains_;    // heads with a dead member
  graph::Bitmap live_;      // graph nodes, as the repair pass saw them
  graph::GrowingArray<uint32_t> tower_stripes_;
  struct Dry {
    NodeId id;
    int level;
  };
  graph::GrowingArray<Dry> dry_;  // lists that repair left short
  graph::RepairScratch repair_scratch_;
  graph::RepairParameters repair_;
  graph::InsertParameters insert_;
  EntryPoint best_ = {kNoNode, 0, 0};  // the live node of the highest level
  uint64_t heads_ = 0, base_links_ = 0, dead_heads_ = 0, dead_members_ = 0;
  BlockNumber roomy_tower_pages_[kTowerHints];
  int roomy_count_ = 0;
  VacuumCounts counts_ = {};
};

// Calls visit(block, first id) for each page where nodes may be, in order, until the relation has grown no more.
template <class Visit> void VacuumPass::each_node_page(Visit visit) {
  BlockNumber block = geometry_.first_group_block;
  for (BlockNumber blocks; block < (blocks = RelationGetNumberOfBlocks(index_));)
    for (; block < blocks; block++) {
      Geometry::Cell cell = geometry_.cell_of_block(block);
      if (cell.type != PageType::kNode) continue;
      pg::vacuum_pause();
      visit(block, cell.first_id);
    }
}

}  // namespace vexpg::storage
