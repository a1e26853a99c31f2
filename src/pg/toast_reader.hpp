// SPDX-License-Identifier: PostgreSQL
// Values of one table stored out of line, many of them one after the other: the table's TOAST relation, its index and the
// scan of it stay open between values, where the server's detoasting opens and closes all of them each time.
#pragma once
#include "pg/pg.hpp"

namespace vexpg::pg {

class ToastReader {
 public:
  // memory: lives as long as the reader.
  ToastReader(Relation table, MemoryContext memory) : table_(table), memory_(memory) {}

  // The whole value of an uncompressed out-of-line datum, in CurrentMemoryContext; null for any other datum, or if
  // anything about it is not as expected: then the server's own detoasting decides what to say.
  struct varlena *read(Datum value);
  // Releases everything; must be called before the memory goes.
  void end();

 private:
  bool open(Oid toast_table);
  Size copy_chunks(char *to, Size size);

  Relation table_;
  MemoryContext memory_;
  Relation toast_ = nullptr, index_ = nullptr;
  IndexScanDesc scan_ = nullptr;
  TupleTableSlot *slot_ = nullptr;
  SnapshotData snapshot_;
  bool failed_ = false;
};

}  // namespace vexpg::pg
