// SPDX-License-Identifier: PostgreSQL
#include "am/heap_distance.hpp"

#include <new>

#include "pg/memo.hpp"

namespace vexpg::am {

// What the first row needs; most scans of a plan that is only explained never get here.
void HeapDistance::prepare() {
  MemoryContext old = MemoryContextSwitchTo(memory_);
  Relation index = scan_->indexRelation;
  row_context_ = AllocSetContextCreate(memory_, "vexpg row", ALLOCSET_SMALL_SIZES);
  fetch_ = table_index_fetch_begin(scan_->heapRelation);
  slot_ = table_slot_create(scan_->heapRelation, nullptr);
  toast_ = new (palloc(sizeof(pg::ToastReader))) pg::ToastReader(scan_->heapRelation, memory_, false);
  auto attribute = static_cast<AttrNumber>(column_ + 1);
  AttrNumber key = index->rd_index->indkey.values[column_];
  if (key != 0 && scan_->heapRelation->rd_tableam == GetHeapamTableAmRoutine())
    ahead_ = new (palloc(sizeof(pg::RowsAhead))) pg::RowsAhead(scan_->heapRelation, key);
  function_ = index_getprocinfo(index, attribute, kDistanceFunction);
  collation_ = index->rd_indcollation[column_];
  if (key == 0) {
    expressions_ = BuildIndexInfo(index);
    estate_ = CreateExecutorState();
    GetPerTupleExprContext(estate_)->ecxt_scantuple = slot_;
  }
  MemoryContextSwitchTo(old);
}

// The indexed value of the row in the slot.
Datum HeapDistance::value(bool *null) {
  if (expressions_ == nullptr) return slot_getattr(slot_, scan_->indexRelation->rd_index->indkey.values[column_], null);
  Datum values[INDEX_MAX_KEYS];
  bool nulls[INDEX_MAX_KEYS];
  ResetPerTupleExprContext(estate_);
  FormIndexDatum(expressions_, slot_, estate_, values, nulls);
  *null = nulls[column_];
  return values[column_];
}

double HeapDistance::distance_to(Datum stored) {
  struct varlena *fetched = toast_->read(stored);
  Datum plain = fetched != nullptr ? PointerGetDatum(fetched) : stored;
  double distance = DatumGetFloat8(FunctionCall2Coll(function_, collation_, plain, query_));
  if (fetched != nullptr) pg::remember_distance(function_->fn_addr, stored, query_, distance);
  return distance;
}

HeapDistance::Row HeapDistance::measure(const ItemPointerData &tid, double *distance) {
  if (fetch_ == nullptr) prepare();
  ItemPointerData at = tid;  // the server moves it along the row's versions
  bool again = false, all_dead = false;
  if (!table_index_fetch_tuple(fetch_, &at, scan_->xs_snapshot, slot_, &again, &all_dead))
    return all_dead ? Row::kDead : Row::kInvisible;
  MemoryContext old = MemoryContextSwitchTo(row_context_);
  bool null;
  Datum stored = value(&null);
  if (!null && ahead_ != nullptr) ahead_->saw(slot_, stored);
  if (!null) *distance = distance_to(stored);
  MemoryContextSwitchTo(old);
  MemoryContextReset(row_context_);
  return null ? Row::kInvisible : Row::kVisible;
}

void HeapDistance::prefetch(const ItemPointerData &tid) {
  if (effective_io_concurrency == 0 || scan_->heapRelation->rd_tableam != GetHeapamTableAmRoutine()) return;
  PrefetchBuffer(scan_->heapRelation, MAIN_FORKNUM, ItemPointerGetBlockNumber(&tid));
}

void HeapDistance::prefetch_memory(const ItemPointerData *tids, int count) {
  if (fetch_ == nullptr) prepare();
  if (ahead_ != nullptr) ahead_->prefetch(tids, count, toast_);
}

void HeapDistance::end() {
  if (fetch_ == nullptr) return;
  toast_->end();
  ExecDropSingleTupleTableSlot(slot_);
  table_index_fetch_end(fetch_);
  if (estate_ != nullptr) FreeExecutorState(estate_);
  fetch_ = nullptr;
}

}  // namespace vexpg::am
