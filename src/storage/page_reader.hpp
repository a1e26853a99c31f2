// SPDX-License-Identifier: PostgreSQL
// The graph on pages, for reading: a ReadableStore with remembered buffers and prefetch of the whole hop.
//
// Every method locks one node page at a time in share mode (refine: a node page, then its detail page; a tower page
// alone) and returns with no lock and no pin. What one call says about one node was read together.
#pragma once
#include "codec/codec.hpp"
#include "graph/store.hpp"
#include "pg/buffer_map.hpp"
#include "storage/filter.hpp"
#include "storage/model.hpp"

namespace vexpg::storage {

// What a scan returns for a candidate, from both planes.
struct RefinedCandidate {
  double bound, estimate;
  float norm2;  // of its code
  NodeId id;
  uint32_t version;
  uint16_t tid[3];
  bool has_tid;
  bool chained;
  bool recheck;  // the cells do not tell for certain that the row passes the filter
};

struct ChainMember {
  NodeId id;
  uint32_t version;
  NodeId next;
  uint32_t serial;
  uint16_t tid[3];
  bool has_tid;
};

inline constexpr uint32_t kNoSerial = 0xFFFFFFFF;

struct ReadCounts {
  uint64_t pages;         // page accesses
  uint64_t detail_reads;  // refined candidates
  uint64_t prefetches;    // pages that the disk was asked for ahead of their use
};

// After a page came from the disk, so many accesses are preceded by prefetching.
inline constexpr uint32_t kColdAccesses = 256;

class PageReader {
 public:
  PageReader(Relation index, const IndexModel &model)
      : index_(index), model_(model), geometry_(model.geometry), map_(pg::buffer_map(index)) {}

  Relation index() const { return index_; }
  const IndexModel &model() const { return model_; }
  const Geometry &geometry() const { return geometry_; }
  codec::Query *query() { return &query_; }
  void set_filter(const Filter &filter) { filter_ = filter; }
  // Whether rows may be marked by kill(); then those marked before are left out.
  void allow_kills(bool allowed);
  bool allows_kills() const { return allow_kills_; }
  const ReadCounts &counts() const { return counts_; }
  void reset_counts() { counts_ = {}; }
  // Whether pages of late came from the disk, so that what will be read soon is better asked for now.
  bool is_cold() const { return cold_ > 0; }
  // Ids are below it, as far as is known.
  NodeId id_limit() const { return id_limit_; }
  // After other indexes may have been read: the map belongs to the backend and may have been given away.
  void reattach() { map_ = pg::buffer_map(index_); }

  // graph::ReadableStore
  int links(NodeId id, int level, NodeId *out);
  int score(const NodeId *ids, int count, graph::Candidate *out);
  void poll() { CHECK_FOR_INTERRUPTS(); }

  // Scores one id and reports its version; false if the slot holds no node.
  bool score_one(NodeId id, graph::Candidate *out) { return score(&id, 1, out) == 1; }
  // True if a block of the relation is a page of nodes; *first is the id of its first slot.
  bool is_node_page(BlockNumber block, NodeId *first);
  // Bounds from both planes; leaves out slots whose version changed since they were scored. Returns how many.
  int refine(const graph::Candidate *candidates, int count, RefinedCandidate *out);
  // The first member of a chain whose serial is below `serial` (kNoSerial: the first of all), looked for from `from`: the
  // `next` of the last member, or the head.
  // False: the chain has no more.
  bool chain_next(NodeId head, uint32_t head_version, NodeId from, uint32_t serial, ChainMember *out);

  // Marks the row of a slot as dead to everyone, if the slot still holds that very row. A hint (pages.hpp).
  void kill(NodeId id, uint32_t version, const ItemPointerData &tid);

 protected:
  // Pins a page; the caller locks and releases it. `expected`: raises XX002 if a page not seen before is of another type.
  Buffer pin(BlockNumber block, PageType expected);
  // True if the relation has the block of this id; raises XX002 for an id that no slot can have.
  bool exists(NodeId id);

  // Sorted by page: ids with their places.
  struct Wanted {
    BlockNumber block;
    uint32_t slot;
    NodeId id;
    int order;
  };
  // Fills `wanted` with the places of existing ids, in page order, and prefetches `bytes` of each slot. Returns how many.
  int place(const NodeId *ids, int count, uint32_t bytes, Wanted *wanted);
  // The tower tuple of a node version, or null; a tower page's lock is held.
  const uint8_t *find_tower(Page page, OffsetNumber offset, NodeId owner, uint32_t version) const;
  // The head of a node; with no TID if its row was killed.
  NodeHead read_head(NodeId id);
  void forget_killed(const char *page, uint32_t slot, NodeHead *head) const;
  // Pins the page of a node's tower; raises XX002 for a block where no tower can be.
  Buffer pin_tower_page(NodeId id, BlockNumber block);
  int tower_links(NodeId id, const NodeHead &head, int level, NodeId *out);
  bool refine_one(const graph::Candidate &candidate, const Wanted &wanted, RefinedCandidate *out);
  Buffer read_page(BlockNumber block, PageType expected);
  void prefetch_missing(const BlockNumber *blocks, int count);
  void prefetch_killed(BlockNumber block);
  void prefetch_slot(const Geometry::Place &at, uint32_t slot_size, uint32_t bytes);

  Relation index_;
  const IndexModel &model_;
  const Geometry &geometry_;
  pg::BufferMap *map_;
  NodeId id_limit_ = 0;
  BlockNumber blocks_ = 0;  // that there are, as far as is known
  uint32_t cold_ = 0;  // so many page accesses more are taken to go to the disk
  uint32_t links_version_ = 0;  // version of the node whose links were read last
  ReadCounts counts_ = {};
  Filter filter_ = {};
  bool allow_kills_ = false, honour_killed_ = false;
  codec::Query query_ = {};
};

static_assert(graph::ReadableStore<PageReader>);

}  // namespace vexpg::storage
