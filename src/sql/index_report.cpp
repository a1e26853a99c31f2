// SPDX-License-Identifier: PostgreSQL
// vexpg_index_check(): every invariant of an index, one row for each that does not hold.
//
// Locks the table against writers (ShareLock), as amcheck's bt_index_parent_check does, so that what it reads page by
// page belongs together. A standby allows no such lock: there the check is repeated if replay went on beside it.
#include "sql/inspect.hpp"
#include "storage/build_store.hpp"
#include "storage/index_check.hpp"

namespace vexpg::sql {
namespace {

constexpr int kStandbyAttempts = 5;

struct Rows {
  ReturnSetInfo *result;
  uint64 errors;
};

void add_row(void *context, storage::Severity severity, BlockNumber block, int slot, const char *text) {
  auto *rows = static_cast<Rows *>(context);
  bool error = severity == storage::Severity::kError;
  Datum values[] = {CStringGetTextDatum(error ? "error" : "note"), Int64GetDatum(static_cast<int64>(block)),
                    Int32GetDatum(slot), CStringGetTextDatum(text)};
  bool nulls[] = {false, block == InvalidBlockNumber, slot == storage::kNoSlot, false};
  tuplestore_putvalues(rows->result->setResult, rows->result->setDesc, values, nulls);
  rows->errors += error;
}

bool owns(Oid table, Oid user) { return pg::owns_relation(table, user); }

// Rows older than a broken HOT chain's repair may be missing for a snapshot that is older than the index.
void require_usable_snapshot(Relation index, Snapshot snapshot) {
  if (!IsolationUsesXactSnapshot() || !index->rd_index->indcheckxmin ||
      TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), snapshot->xmin))
    return;
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("index \"%s\" cannot be checked with the snapshot of this transaction",
                         RelationGetRelationName(index)),
                  errhint("Repeat it in a new transaction.")));
}

// One pass over index and table. The snapshot comes first: what it sees was in the index by then.
void check_once(const OpenIndex &open, const storage::CheckReport &report) {
  Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
  require_usable_snapshot(open.index, snapshot);
  PushActiveSnapshot(snapshot);
  storage::IndexImage image(open.index, storage::context_memory(CurrentMemoryContext));
  if (storage::read_index(report, &image)) {
    storage::check_graph(image, report);
    if (open.index->rd_index->indisvalid) {
      storage::check_rows(image, open.table, snapshot, report);
    } else {
      report.add(report.context, storage::Severity::kNote, 0, storage::kNoSlot,
                 "index is not valid: rows are not compared");
    }
  }
  PopActiveSnapshot();
  UnregisterSnapshot(snapshot);
}

void check_until_stable(const OpenIndex &open, Rows *rows) {
  storage::CheckReport report = {add_row, rows};
  MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "vexpg index check", ALLOCSET_DEFAULT_SIZES);
  for (int attempt = 1;; attempt++) {
    XLogRecPtr start = RecoveryInProgress() ? GetXLogReplayRecPtr(nullptr) : InvalidXLogRecPtr;
    MemoryContext old = MemoryContextSwitchTo(context);
    check_once(open, report);
    MemoryContextSwitchTo(old);
    MemoryContextReset(context);
    if (rows->errors == 0 || start == InvalidXLogRecPtr || GetXLogReplayRecPtr(nullptr) == start) break;
    if (attempt == kStandbyAttempts) {
      ereport(NOTICE, (errmsg("changes were replayed during each of %d checks; errors may be of their making", attempt),
                       errhint("Repeat the check while replay is paused: SELECT pg_wal_replay_pause().")));
      break;
    }
    tuplestore_clear(rows->result->setResult);
    rows->errors = 0;
  }
  MemoryContextDelete(context);
}

}  // namespace
}  // namespace vexpg::sql

VEXPG_FUNCTION(vexpg_index_check) {
  using namespace vexpg;
  InitMaterializedSRF(fcinfo, 0);
  sql::Rows rows = {reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo), 0};
  sql::OpenIndex open =
      sql::open_index(PG_GETARG_OID(0), RecoveryInProgress() ? AccessShareLock : ShareLock, sql::owns);

  // Functions of index expressions and predicates run as the table's owner.
  Oid user;
  int security;
  GetUserIdAndSecContext(&user, &security);
  SetUserIdAndSecContext(open.table->rd_rel->relowner, security | SECURITY_RESTRICTED_OPERATION);
  int settings = NewGUCNestLevel();
  pg::restrict_search_path();
  sql::check_until_stable(open, &rows);
  AtEOXact_GUC(false, settings);
  SetUserIdAndSecContext(user, security);
  sql::close_index(open);
  return static_cast<Datum>(0);
}
