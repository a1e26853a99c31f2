// SPDX-License-Identifier: PostgreSQL
// A fresh graph, in build memory or on pages, as the measurement of its recall reads it (graph/recall.hpp).
#pragma once
#include "graph/recall.hpp"
#include "storage/build_store.hpp"
#include "storage/page_reader.hpp"

namespace vexpg::storage {

// The rows that were held out, as queries, and distances by all that codes tell: what both stores share. The rows are
// nodes of a build store, of the graph's own or of one that has nothing else.
class HeldRows {
 public:
  // ids: of the rows. query: what the graph's score() compares with; its planes are here.
  HeldRows(const BuildStore &rows, const NodeId *ids, codec::Query *query, MemoryContext context);

  // graph::MeasuredStore
  void set_query(uint32_t q);
  codec::RowTerms query_row(const int8_t **row) const;
  float distance_to(uint32_t q) const { return whole(operand_, slot_bytes(q), detail_bytes(q)); }
  float margin() const;
  float stop_shift() const;
  uint32_t row_words() const { return rows_.row_words(); }

 protected:
  const uint8_t *slot_bytes(uint32_t q) const { return rows_.slot_bytes(ids_[q]); }
  const uint8_t *detail_bytes(uint32_t q) const { return rows_.detail_bytes(ids_[q]); }
  // Prepares a code by all that it tells, in the part of a caller's vector.
  void prepare(const uint8_t *slot_bytes, const uint8_t *detail_bytes, int8_t *planes, codec::Query *query) const;
  void set_operand(const uint8_t *slot_bytes, const uint8_t *detail_bytes) {
    prepare(slot_bytes, detail_bytes, operand_planes_, &operand_);
  }
  float whole(const codec::Query &query, const uint8_t *slot_bytes, const uint8_t *detail_bytes) const;

  const BuildStore &rows_;
  const Geometry &geometry_;
  const NodeId *ids_;
  codec::Query *query_;
  codec::Query operand_ = {};
  int8_t *query_planes_, *operand_planes_;
  float norm2_ = 0;  // of the query
};

class BuildRecallStore : public HeldRows {
 public:
  BuildRecallStore(BuildStore &graph, const NodeId *ids, MemoryContext context)
      : HeldRows(graph, ids, graph.query(), context), graph_(graph) {}

  uint32_t size() const { return graph_.size(); }
  int level_of_node(NodeId id) const { return graph_.level_of_node(id); }
  codec::RowTerms row(NodeId id, const int8_t **row) { return graph_.row(id, row); }
  void set_node(NodeId id) { set_operand(graph_.slot_bytes(id), graph_.detail_bytes(id)); }
  float whole_distance(NodeId id) const { return whole(*query_, graph_.slot_bytes(id), graph_.detail_bytes(id)); }
  uint32_t row_count(NodeId id) const { return 1 + graph_.slot(id).head().serial; }
  int links(NodeId id, int level, NodeId *out) { return graph_.links(id, level, out); }
  int score(const NodeId *ids, int count, graph::Candidate *out) { return graph_.score(ids, count, out); }
  void poll() { graph_.poll(); }

 private:
  BuildStore &graph_;
};

// Nobody else may change the index meanwhile.
class PageRecallStore : public HeldRows {
 public:
  // nodes: that the index has, from 0 on.
  PageRecallStore(PageReader &graph, uint32_t nodes, const BuildStore &rows, const NodeId *ids, MemoryContext context);

  uint32_t size() const { return nodes_; }
  int level_of_node(NodeId id);
  codec::RowTerms row(NodeId id, const int8_t **row);
  void set_node(NodeId id) { set_operand(slot_of(id), detail_of(id)); }
  float whole_distance(NodeId id) { return whole(*query_, slot_of(id), detail_of(id)); }
  uint32_t row_count(NodeId id) { return 1 + ConstSlot(slot_of(id), geometry_).head().serial; }
  int links(NodeId id, int level, NodeId *out) { return graph_.links(id, level, out); }
  int score(const NodeId *ids, int count, graph::Candidate *out) { return graph_.score(ids, count, out); }
  void poll() { graph_.poll(); }

 private:
  const uint8_t *slot_of(NodeId id);
  const uint8_t *detail_of(NodeId id);

  PageReader &graph_;
  uint32_t nodes_;
  BlockNumber node_block_ = kNoBlock, detail_block_ = kNoBlock;  // of the pages below
  char *node_page_, *detail_page_;
};

static_assert(graph::MeasuredStore<BuildRecallStore> && graph::MeasuredStore<PageRecallStore>);

}  // namespace vexpg::storage
