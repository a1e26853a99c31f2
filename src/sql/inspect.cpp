// SPDX-License-Identifier: PostgreSQL
// Opening an index by its OID for the functions that look into it.
#include "sql/inspect.hpp"

// The handler of the access method, which tells our indexes from those of another library's hnsw.
extern "C" Datum vexpg_hnswhandler(PG_FUNCTION_ARGS);

namespace vexpg::sql {
namespace {

void require_index(Oid oid) {
  char kind = get_rel_relkind(oid);
  if (kind == RELKIND_INDEX) return;
  if (kind == '\0')
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", oid)));
  bool partitioned = kind == RELKIND_PARTITIONED_INDEX;
  ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not an index with pages", get_rel_name(oid)),
                  partitioned ? errhint("Look into the indexes of its partitions.") : 0));
}

bool is_ours(Relation index) {
  FmgrInfo handler;
  if (!OidIsValid(index->rd_amhandler)) return false;
  fmgr_info(index->rd_amhandler, &handler);
  return handler.fn_addr == vexpg_hnswhandler;
}

void require_readable(Relation index) {
  if (!is_ours(index))
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("index \"%s\" is not an hnsw index of vexpg", RelationGetRelationName(index))));
  if (RELATION_IS_OTHER_TEMP(index))
    ereport(ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("cannot access temporary tables of other sessions")));
  if (!RelationIsPermanent(index) && RecoveryInProgress())
    ereport(ERROR,
            (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
             errmsg("index \"%s\" is unlogged and not accessible during recovery", RelationGetRelationName(index))));
}

}  // namespace

OpenIndex open_index(Oid oid, LOCKMODE table_lock, bool (*permitted)(Oid table, Oid user)) {
  require_index(oid);
  Oid table = IndexGetRelation(oid, false);
  if (!permitted(table, GetUserId()))
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for index \"%s\"", get_rel_name(oid))));
  OpenIndex open = {table_open(table, table_lock), nullptr, table_lock};
  open.index = index_open(oid, AccessShareLock);
  require_readable(open.index);
  return open;
}

void close_index(const OpenIndex &open) {
  index_close(open.index, NoLock);
  table_close(open.table, NoLock);
}

}  // namespace vexpg::sql
