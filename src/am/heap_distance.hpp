// SPDX-License-Identifier: PostgreSQL
// Exact distances: reads a row from the heap with the scan's snapshot and computes what the SQL operator computes.
//
// The scan does this itself and not through xs_recheckorderby: the executor's reorder queue returns copies of tuples
// whose slot has lost its TID, so that SELECT ctid and FOR UPDATE of such a scan go wrong (ExecForceStoreHeapTuple, seen
// on 15 to 18).
#pragma once
#include "am/am.hpp"
#include "pg/rows_ahead.hpp"

namespace vexpg::am {

class HeapDistance {
 public:
  // memory: lives as long as the scan.
  HeapDistance(IndexScanDesc scan, int vector_column, MemoryContext memory)
      : scan_(scan), column_(vector_column), memory_(memory) {}

  // A new query: the operator's right-hand side, not NULL, valid until the next begin().
  void begin(Datum query) { query_ = query; }
  enum class Row {
    kVisible,    // *distance is set
    kInvisible,  // not in this snapshot
    kDead,       // in no snapshot any more
  };
  Row measure(const ItemPointerData &tid, double *distance);
  // Asks the disk for the page of a row that will likely be measured.
  void prefetch(const ItemPointerData &tid);
  // Asks the memory for what measuring these rows will read (pg/rows_ahead.hpp).
  void prefetch_memory(const ItemPointerData *tids, int count);
  // Releases pins; must be called before the scan's memory goes.
  void end();

 private:
  void prepare();
  Datum value(bool *null);
  double distance_to(Datum stored);

  IndexScanDesc scan_;
  int column_;
  MemoryContext memory_;
  MemoryContext row_context_ = nullptr;
  IndexFetchTableData *fetch_ = nullptr;
  pg::ToastReader *toast_ = nullptr;
  pg::RowsAhead *ahead_ = nullptr;  // null for tables of another kind
  TupleTableSlot *slot_ = nullptr;
  FmgrInfo *function_ = nullptr;
  Oid collation_ = InvalidOid;
  IndexInfo *expressions_ = nullptr;  // of an index on an expression
  EState *estate_ = nullptr;
  Datum query_ = 0;
};

}  // namespace vexpg::am
