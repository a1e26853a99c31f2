// SPDX-License-Identifier: PostgreSQL
#include "storage/recall_store.hpp"

namespace vexpg::storage {

HeldRows::HeldRows(const BuildStore &rows, const NodeId *ids, codec::Query *query, MemoryContext context)
    : rows_(rows),
      geometry_(rows.model().geometry),
      ids_(ids),
      query_(query),
      query_planes_(static_cast<int8_t *>(MemoryContextAllocZero(context, codec::query_entries(geometry_.shape)))),
      operand_planes_(static_cast<int8_t *>(MemoryContextAllocZero(context, codec::query_entries(geometry_.shape)))) {}

void HeldRows::prepare(const uint8_t *slot_bytes, const uint8_t *detail_bytes, int8_t *planes,
                       codec::Query *query) const {
  const ConstSlot slot(slot_bytes, geometry_);
  const codec::Metric metric = rows_.model().codec.metric;
  if (geometry_.shape.refine > 0) {
    codec::prepare_code_both(geometry_.shape, metric, slot.code(), detail_bytes + sizeof(DetailHead),
                             load<DetailHead>(detail_bytes).factors, planes, query);
  } else {
    codec::prepare_code(geometry_.shape, metric, slot.code(), slot.factors(), planes, query);
  }
  codec::act_as_vector(query);
}

float HeldRows::whole(const codec::Query &query, const uint8_t *slot_bytes, const uint8_t *detail_bytes) const {
  const ConstSlot slot(slot_bytes, geometry_);
  if (geometry_.shape.refine == 0) return codec::score(query, slot.code(), slot.factors());
  return codec::score_both(query, slot.code(), detail_bytes + sizeof(DetailHead),
                           load<DetailHead>(detail_bytes).factors);
}

void HeldRows::set_query(uint32_t q) {
  prepare(slot_bytes(q), detail_bytes(q), query_planes_, query_);
  norm2_ = ConstSlot(slot_bytes(q), geometry_).factors().norm2;
}

codec::RowTerms HeldRows::query_row(const int8_t **row) const {
  codec::RowTerms terms;
  *row = codec::row_of(*query_, &terms);
  return terms;
}

// As a scan takes it (am/emission.cpp): near nodes are about as long as the query.
float HeldRows::margin() const {
  const bool product = query_->metric == codec::Metric::kInnerProduct;
  const float margin = codec::margin(*query_, product ? std::max(norm2_, 1.0f) : norm2_);
  return std::isfinite(margin) ? margin : 0;
}

float HeldRows::stop_shift() const {
  return query_->metric == codec::Metric::kInnerProduct ? -(norm2_ + codec::kSphereNorm2) / 2 : 0;
}

PageRecallStore::PageRecallStore(PageReader &graph, uint32_t nodes, const BuildStore &rows, const NodeId *ids,
                                 MemoryContext context)
    : HeldRows(rows, ids, graph.query(), context),
      graph_(graph),
      nodes_(nodes),
      node_page_(static_cast<char *>(MemoryContextAlloc(context, BLCKSZ))),
      detail_page_(static_cast<char *>(MemoryContextAlloc(context, BLCKSZ))) {}

const uint8_t *PageRecallStore::slot_of(NodeId id) {
  const Geometry::Place at = geometry_.node_place(id);
  if (at.block != node_block_) {
    copy_page(graph_.index(), at.block, nullptr, node_page_);
    expect_page(graph_.index(), at.block, node_page_, PageType::kNode);
    node_block_ = at.block;
  }
  return contents(static_cast<const char *>(node_page_)) + at.slot * geometry_.slot_size;
}

const uint8_t *PageRecallStore::detail_of(NodeId id) {
  if (geometry_.shape.refine == 0) return nullptr;
  const Geometry::Place at = geometry_.detail_place(id);
  if (at.block != detail_block_) {
    copy_page(graph_.index(), at.block, nullptr, detail_page_);
    expect_page(graph_.index(), at.block, detail_page_, PageType::kDetail);
    detail_block_ = at.block;
  }
  return contents(static_cast<const char *>(detail_page_)) + at.slot * geometry_.detail_size;
}

int PageRecallStore::level_of_node(NodeId id) {
  const NodeHead head = ConstSlot(slot_of(id), geometry_).head();
  return (head.flags & (kUsed | kMember)) == kUsed ? head.level : -1;
}

// As a row of the build (BuildStore::row).
codec::RowTerms PageRecallStore::row(NodeId id, const int8_t **row) {
  const ConstSlot slot(slot_of(id), geometry_);
  codec::RowTerms terms;
  if (geometry_.shape.graph_uses_both_planes()) set_operand(slot.bytes(), detail_of(id));
  else
    codec::prepare_code(geometry_.shape, rows_.model().codec.metric, slot.code(), slot.factors(), operand_planes_,
                        &operand_);
  *row = codec::row_of(operand_, &terms);
  return terms;
}

}  // namespace vexpg::storage
