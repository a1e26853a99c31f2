// SPDX-License-Identifier: PostgreSQL
// Opening an index by its OID for the functions that look into it.
#pragma once
#include "pg/pg.hpp"

namespace vexpg::sql {

struct OpenIndex {
  Relation table, index;
  LOCKMODE table_lock;
};

// Locks the table, then the index in AccessShareLock. Raises unless it is an hnsw index of this library, of a table
// that the user may inspect and that this server can read now.
OpenIndex open_index(Oid index, LOCKMODE table_lock, bool (*permitted)(Oid table, Oid user));
// Who may read the table may inspect the index.
inline bool may_select(Oid table, Oid user) { return pg_class_aclcheck(table, user, ACL_SELECT) == ACLCHECK_OK; }
// Closes both; the locks stay until the transaction ends.
void close_index(const OpenIndex &open);

}  // namespace vexpg::sql
