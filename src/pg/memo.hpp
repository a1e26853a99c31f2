// SPDX-License-Identifier: PostgreSQL
// Distances of this transaction's last query to values stored out of line, remembered.
//
// A query that orders by distance computes each returned row's distance twice: when the executor orders the row, and for
// the target list, where PostgreSQL keeps the ORDER BY expression. For a value in a TOAST table each time costs several
// index and heap reads (about 6 us at 784 dimensions, the search of the index itself 50-100 us). A TOAST pointer names its
// content for as long as the transaction lives, so the second time needs no fetch. Index scans, which read values by a
// ToastReader, leave their distances here too.
#pragma once
#include "pg/pg.hpp"

namespace vexpg::pg {

using MemoFunction = PGFunction;  // which distance

// The remembered distance of the out-of-line value and the plain value among two arguments; false if there is none, or if
// the arguments are not one of each.
bool recall_distance(MemoFunction function, Datum a, Datum b, double *out);
// Remembers it. Harmless for arguments of other kinds.
void remember_distance(MemoFunction function, Datum a, Datum b, double distance);

}  // namespace vexpg::pg
