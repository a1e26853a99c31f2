// SPDX-License-Identifier: PostgreSQL
// Is an index as a whole what the invariants of src/README.md say? Read-only; reports findings and never raises for
// damage.
//
// The caller holds locks that keep writers and vacuum away (or, on a standby, takes replay in the meantime into
// account).
#pragma once
#include "storage/index_image.hpp"

namespace vexpg::storage {

// Everything within the index: links, towers, chains, entry point, reachability, TIDs, the attribute column.
void check_graph(const IndexImage &image, const CheckReport &report);

// The index against its table: every row that `snapshot` sees and that has a place in the index is there once, encoded
// as it would be now, and every TID in the index has a row.
void check_rows(const IndexImage &image, Relation heap, Snapshot snapshot, const CheckReport &report);

}  // namespace vexpg::storage
