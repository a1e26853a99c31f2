// SPDX-License-Identifier: PostgreSQL
// The index against its table, row by row.
#include "graph/bitmap.hpp"
#include "storage/build_store.hpp"
#include "storage/datum.hpp"
#include "storage/index_check.hpp"
#include "storage/row.hpp"

namespace vexpg::storage {
namespace {

class RowCheck {
 public:
  RowCheck(const IndexImage &image, const CheckReport &report)
      : image_(image),
        report_(report),
        tids_(context_memory(CurrentMemoryContext)),
        seen_(context_memory(CurrentMemoryContext)),
        row_(allocate_row(*image.model)),
        row_context_(AllocSetContextCreate(CurrentMemoryContext, "vexpg row check", ALLOCSET_SMALL_SIZES)) {
    seen_.reset(image.id_limit);
    for (NodeId id = 0; id < image.id_limit; id++)
      if (image.nodes[id].used() && !tid_is_none(image.nodes[id].tid))
        tids_.push_back({tid_key(image.nodes[id].tid), id});
    std::sort(tids_.begin(), tids_.end(), [](const Entry &a, const Entry &b) { return a.tid < b.tid; });
  }

  // IndexBuildCallback
  static void take_row(Relation, ItemPointer tid, Datum *values, bool *nulls, bool, void *state) {
    static_cast<RowCheck *>(state)->check_row(*tid, values, nulls);
  }

  // The columns are what the meta page says of them: else values would be read as what they are not.
  bool check_columns() {
    const MetaPage &meta = image_.meta;
    TupleDesc columns = RelationGetDescr(image_.index);
    bool same = IndexRelationGetNumberOfKeyAttributes(image_.index) == meta.attribute_count + 1 &&
                TupleDescAttr(columns, meta.vector_column)->attlen == -1;
    for (int a = 0; same && a < meta.attribute_count; a++) {
      types::AttributeKind kind;
      int column = a < meta.vector_column ? a : a + 1;
      same = attribute_kind_of_type(image_.index->rd_opcintype[column], image_.index->rd_indcollation[column], &kind) &&
             static_cast<uint8_t>(kind) == meta.attribute_kinds[a];
    }
    if (!same)
      report_.add(report_.context, Severity::kError, 0, kNoSlot, "meta page says other columns than the catalog");
    return same;
  }

  // TIDs that the snapshot did not see must still belong to some version of a row.
  void check_unseen(Relation heap) {
    BlockNumber blocks = RelationGetNumberOfBlocks(heap);
    for (size_t i = 0; i < tids_.size();) {
      auto block = static_cast<BlockNumber>(tids_[i].tid >> 16);
      size_t end = i;
      bool unseen = false;
      for (; end < tids_.size() && tids_[end].tid >> 16 == block; end++) unseen |= !seen_.has(tids_[end].id);
      if (unseen) check_unseen_of_block(heap, block, block < blocks, i, end);
      i = end;
    }
  }

 private:
  struct Entry {
    uint64_t tid;
    NodeId id;
  };

  void say(NodeId id, uint64_t tid, const char *what) {
    Geometry::Place place = image_.geometry.node_place(id);
    char text[160];
    snprintf(text, sizeof text, "row (%u,%u) %s", static_cast<unsigned>(tid >> 16), static_cast<unsigned>(tid & 0xFFFF),
             what);
    if (id == kNoNode) {
      report_.add(report_.context, Severity::kError, InvalidBlockNumber, kNoSlot, text);
    } else {
      report_.add(report_.context, Severity::kError, place.block, static_cast<int>(place.slot), text);
    }
  }

  void check_row(const ItemPointerData &pointer, const Datum *values, const bool *nulls) {
    CHECK_FOR_INTERRUPTS();
    uint16_t parts[3];
    memcpy(parts, &pointer, sizeof parts);
    uint64_t tid = tid_key(parts);
    const Entry *entry =
        std::lower_bound(tids_.begin(), tids_.end(), tid, [](const Entry &e, uint64_t t) { return e.tid < t; });
    NodeId id = entry != tids_.end() && entry->tid == tid ? entry->id : kNoNode;
    MemoryContext old = MemoryContextSwitchTo(row_context_);
    bool indexable = encode_row(*image_.model, values, nulls, row_);
    MemoryContextSwitchTo(old);
    MemoryContextReset(row_context_);
    if (id == kNoNode) {
      if (indexable) say(id, tid, "is not in the index");
      return;
    }
    seen_.insert(id);
    const NodeImage &node = image_.nodes[id];
    if (!indexable) {
      say(id, tid, "has no place in the index, but is there");
    } else if (!node.live()) {
      say(id, tid, "is visible, but its node is dead");
    } else {
      compare(id, node, tid);
    }
  }

  void compare(NodeId id, const NodeImage &node, uint64_t tid) {
    const Geometry &geometry = image_.geometry;
    if (node.code_hash != hash_code(geometry, row_->factors, row_->code)) say(id, tid, "has another code");
    if (node.refine_hash != hash_refine(geometry, row_->refine_factors, row_->refine))
      say(id, tid, "has another second code");
    if (node.cells_hash != hash_cells(geometry.attributes, row_->nulls, row_->cells))
      say(id, tid, "has other attributes");
  }

  void check_unseen_of_block(Relation heap, BlockNumber block, bool exists, size_t from, size_t to) {
    CHECK_FOR_INTERRUPTS();
    PGAlignedBlock page;
    if (exists) copy_page(heap, block, nullptr, page.data);
    for (size_t i = from; i < to; i++) {
      if (seen_.has(tids_[i].id)) continue;
      auto offset = static_cast<OffsetNumber>(tids_[i].tid & 0xFFFF);
      bool used = exists && !PageIsNew(page.data) && offset <= PageGetMaxOffsetNumber(page.data) &&
                  ItemIdIsUsed(PageGetItemId(page.data, offset));
      if (!used) say(tids_[i].id, tids_[i].tid, "is in the index, but not in the table");
    }
  }

  const IndexImage &image_;
  const CheckReport &report_;
  graph::GrowingArray<Entry> tids_;
  graph::Bitmap seen_;
  Row *row_;
  MemoryContext row_context_;
};

}  // namespace

void check_rows(const IndexImage &image, Relation heap, Snapshot snapshot, const CheckReport &report) {
  RowCheck check(image, report);
  if (!check.check_columns()) return;
  // The scan of a concurrent build: by snapshot, with the root TIDs of HOT chains, predicate and expressions applied.
  IndexInfo *info = BuildIndexInfo(image.index);
  info->ii_Concurrent = true;
  TableScanDesc scan = table_beginscan_strat(heap, snapshot, 0, nullptr, true, true);
  table_index_build_scan(heap, image.index, info, true, false, RowCheck::take_row, &check, scan);
  if (heap->rd_tableam == GetHeapamTableAmRoutine()) check.check_unseen(heap);
}

}  // namespace vexpg::storage
