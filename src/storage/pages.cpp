// SPDX-License-Identifier: PostgreSQL
// Pages: initialisation, damage reports, extension.
#include "storage/pages.hpp"

namespace vexpg::storage {

static_assert(kPageSize == BLCKSZ, "vexpg's layout is for 8 kB pages");
static_assert(kPageHeaderBytes == MAXALIGN(SizeOfPageHeaderData));

void init_page(Page page, PageType type, uint32_t content) {
  Assert(content <= kPageRoom);
  PageInit(page, BLCKSZ, sizeof(PageTrailer));
  if (content > 0) reinterpret_cast<PageHeader>(page)->pd_lower = static_cast<LocationIndex>(kPageHeaderBytes + content);
  set_trailer(page, {static_cast<uint16_t>(type), 0, kFormatVersion, kPageId});
}

void report_damage(Relation index, BlockNumber block, const char *what) {
  ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                  errmsg("index \"%s\" is damaged: %s in block %u", RelationGetRelationName(index), what, block),
                  errhint("Rebuild it with REINDEX INDEX.")));
  pg_unreachable();
}

void copy_page(Relation relation, BlockNumber block, BufferAccessStrategy ring, char *out) {
  Buffer buffer = ReadBufferExtended(relation, MAIN_FORKNUM, block, RBM_NORMAL, ring);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  memcpy(out, BufferGetPage(buffer), BLCKSZ);
  UnlockReleaseBuffer(buffer);
}

void ensure_block(Relation index, BlockNumber block) {
  if (block < RelationGetNumberOfBlocks(index)) return;
  if (!RELATION_IS_LOCAL(index)) LockRelationForExtension(index, ExclusiveLock);
  while (RelationGetNumberOfBlocks(index) <= block) ReleaseBuffer(pg::extend_by_zero_page(index));
  if (!RELATION_IS_LOCAL(index)) UnlockRelationForExtension(index, ExclusiveLock);
}

void append_logged_page(Relation index, ForkNumber fork, BlockNumber block, Page page) {
  Buffer buffer = pg::extend_fork_by_zero_page(index, fork);
  if (BufferGetBlockNumber(buffer) != block) elog(ERROR, "block %u was to be appended", block);
  LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
  pg::begin_critical_section();
  memcpy(BufferGetPage(buffer), page, BLCKSZ);
  MarkBufferDirty(buffer);
  log_newpage_buffer(buffer, true);
  pg::end_critical_section();
  UnlockReleaseBuffer(buffer);
}

}  // namespace vexpg::storage
