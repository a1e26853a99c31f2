// SPDX-License-Identifier: PostgreSQL
// What differs between the supported servers (15, 17, 18), named once. Included by pg/pg.hpp only.
#pragma once

#if PG_VERSION_NUM < 150000
#error "vexpg needs PostgreSQL 15 or later"
#endif

// A place where a test may halt a backend or make it fail (test/tap/014_interleavings.pl), on servers that were built with
// injection points; nothing elsewhere. No lock is held there.
#if PG_VERSION_NUM >= 180000
#define VEXPG_POINT(name) INJECTION_POINT(name, nullptr)
#elif PG_VERSION_NUM >= 170000
#define VEXPG_POINT(name) INJECTION_POINT(name)
#else
#define VEXPG_POINT(name) ((void)name)
#endif

namespace vexpg::pg {

#if PG_VERSION_NUM >= 160000
using FileLocator = RelFileLocator;
inline FileLocator file_locator(Relation relation) { return relation->rd_locator; }
inline RelFileNumber file_number(const FileLocator &locator) { return locator.relNumber; }
inline Oid file_database(const FileLocator &locator) { return locator.dbOid; }
inline Oid file_tablespace(const FileLocator &locator) { return locator.spcOid; }
#else
using FileLocator = RelFileNode;
inline FileLocator file_locator(Relation relation) { return relation->rd_node; }
inline Oid file_number(const FileLocator &locator) { return locator.relNode; }
inline Oid file_database(const FileLocator &locator) { return locator.dbNode; }
inline Oid file_tablespace(const FileLocator &locator) { return locator.spcNode; }
#endif

// Memory for what a setting's check hook leaves in `extra`; nullptr when there is none.
inline void *guc_allocate(size_t bytes) {
#if PG_VERSION_NUM >= 160000
  return guc_malloc(LOG, bytes);
#else
  return malloc(bytes);  // the server frees it
#endif
}

// Of this backend's current transaction; unique in the backend until it has wrapped around.
inline LocalTransactionId local_transaction_id() {
#if PG_VERSION_NUM >= 170000
  return MyProc->vxid.lxid;
#else
  return MyProc->lxid;
#endif
}

inline void vacuum_pause() {
#if PG_VERSION_NUM >= 180000
  vacuum_delay_point(false);
#else
  vacuum_delay_point();
#endif
}

// Raises "snapshot too old" where the server has that feature (15).
inline void test_for_old_snapshot([[maybe_unused]] Relation relation, [[maybe_unused]] Page page) {
#if PG_VERSION_NUM < 170000
  if (ActiveSnapshotSet()) TestForOldSnapshot(GetActiveSnapshot(), relation, page);
#endif
}

// A snapshot that sees every chunk that a TOAST pointer of a visible row leads to. *memory: for it, where it needs one.
inline Snapshot toast_snapshot([[maybe_unused]] SnapshotData *memory) {
#if PG_VERSION_NUM >= 180000
  return get_toast_snapshot();
#else
  init_toast_snapshot(memory);
  return memory;
#endif
}

inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int keys) {
#if PG_VERSION_NUM >= 180000
  return index_beginscan(table, index, snapshot, nullptr, keys, 0);
#else
  return index_beginscan(table, index, snapshot, keys, 0);
#endif
}

// Counts one search of an index scan for EXPLAIN ANALYZE (18).
inline void count_index_search([[maybe_unused]] IndexScanDesc scan) {
#if PG_VERSION_NUM >= 180000
  if (scan->instrument) scan->instrument->nsearches++;
#endif
}

// START_CRIT_SECTION and END_CRIT_SECTION without ++ on a volatile, which C++20 deprecates.
inline void begin_critical_section() { CritSectionCount = CritSectionCount + 1; }
inline void end_critical_section() {
  Assert(CritSectionCount > 0);
  CritSectionCount = CritSectionCount - 1;
}

// A new zero page at the end of the relation, pinned; the extension lock is held.
inline Buffer extend_by_zero_page(Relation relation) {
#if PG_VERSION_NUM >= 160000
  return ExtendBufferedRel(BMR_REL(relation), MAIN_FORKNUM, nullptr, EB_SKIP_EXTENSION_LOCK);
#else
  return ReadBuffer(relation, P_NEW);
#endif
}

// The same for any fork of an index that nobody else sees yet.
inline Buffer extend_fork_by_zero_page(Relation relation, ForkNumber fork) {
#if PG_VERSION_NUM >= 160000
  return ExtendBufferedRel(BMR_REL(relation), fork, nullptr, EB_SKIP_EXTENSION_LOCK);
#else
  return ReadBufferExtended(relation, fork, P_NEW, RBM_NORMAL, nullptr);
#endif
}

// Reads the blocks of a relation in order, as far ahead as the server thinks fit; use(buffer) releases the pin.
template <class Use> void read_in_order(Relation relation, BlockNumber blocks, Use use) {
#if PG_VERSION_NUM >= 170000
  struct Progress {
    BlockNumber next, end;
  } progress = {0, blocks};
  ReadStreamBlockNumberCB next_block = [](ReadStream *, void *state, void *) -> BlockNumber {
    auto *at = static_cast<Progress *>(state);
    return at->next < at->end ? at->next++ : InvalidBlockNumber;
  };
  ReadStream *stream = read_stream_begin_relation(READ_STREAM_FULL, nullptr, relation, MAIN_FORKNUM, next_block, &progress, 0);
  for (BlockNumber block = 0; block < blocks; block++) use(read_stream_next_buffer(stream, nullptr));
  read_stream_end(stream);
#else
  const auto ahead = static_cast<BlockNumber>(std::max(maintenance_io_concurrency, 0));
  for (BlockNumber block = 0, asked = 0; block < blocks; block++) {
    for (; ahead > 0 && asked < blocks && asked <= block + ahead; asked++)
      if (asked > block) PrefetchBuffer(relation, MAIN_FORKNUM, asked);
    use(ReadBuffer(relation, block));
  }
#endif
}

// Whether a role owns a relation; superusers own all.
inline bool owns_relation(Oid relation, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(RelationRelationId, relation, role);
#else
  return pg_class_ownercheck(relation, role);
#endif
}

// Whether strings under a collation are ordered as their bytes.
inline bool collation_orders_by_bytes(Oid collation) {
#if PG_VERSION_NUM >= 180000
  return pg_newlocale_from_collation(collation)->collate_is_c;
#else
  return lc_collate_is_c(collation);
#endif
}

// The search path for functions that run as a table's owner, where the server has such a thing.
inline void restrict_search_path() {
#if PG_VERSION_NUM >= 170000
  RestrictSearchPath();
#endif
}

}  // namespace vexpg::pg
