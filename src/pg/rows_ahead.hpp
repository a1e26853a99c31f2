// SPDX-License-Identifier: PostgreSQL
// Rows that will be read soon, one after the other: each would wait for its buffer's descriptor, its page's header, its line
// pointer, itself, and as many things more where its vector lies out of line. Asked for all rows together, they wait once.
//
// All looks are glances at pages that are neither pinned nor locked; what they see decides only what is asked for.
#pragma once
#include "pg/toast_reader.hpp"

namespace vexpg::pg {

class RowsAhead {
 public:
  static constexpr int kMost = 20;
  RowsAhead(Relation table, AttrNumber attribute);
  // A row was read, into a slot of the table's own kind, and this is its value of the attribute.
  void saw(const TupleTableSlot *slot, Datum value);
  // At most kMost rows.
  void prefetch(const ItemPointerData *tids, int count, ToastReader *toast) const;

 private:
  Relation table_;
  AttrNumber attribute_;
  BufferMap *map_;
};

}  // namespace vexpg::pg
