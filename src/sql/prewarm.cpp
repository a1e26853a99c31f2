// SPDX-License-Identifier: PostgreSQL
// vexpg_prewarm(): brings the pages of an index into memory before the first query needs them.
#include "sql/inspect.hpp"

namespace vexpg::sql {
namespace {

enum class PrewarmMode { kBuffer, kPrefetch };

PrewarmMode mode_of(const text *name) {
  const char *mode = text_to_cstring(name);
  if (strcmp(mode, "buffer") == 0) return PrewarmMode::kBuffer;
  if (strcmp(mode, "prefetch") == 0) return PrewarmMode::kPrefetch;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid prewarm mode \"%s\"", mode),
                  errhint("Valid modes are \"buffer\" and \"prefetch\".")));
  pg_unreachable();
}

void read_all(Relation index, BlockNumber blocks) {
  pg::read_in_order(index, blocks, [](Buffer buffer) {
    CHECK_FOR_INTERRUPTS();
    ReleaseBuffer(buffer);
  });
}

void ask_for_all(Relation index, BlockNumber blocks) {
  for (BlockNumber block = 0; block < blocks; block++) {
    CHECK_FOR_INTERRUPTS();
    PrefetchBuffer(index, MAIN_FORKNUM, block);
  }
}

}  // namespace
}  // namespace vexpg::sql

VEXPG_FUNCTION(vexpg_prewarm) {
  using namespace vexpg::sql;
  PrewarmMode mode = mode_of(PG_GETARG_TEXT_PP(1));
  OpenIndex open = open_index(PG_GETARG_OID(0), AccessShareLock, may_select);
  BlockNumber blocks = RelationGetNumberOfBlocks(open.index);
  if (mode == PrewarmMode::kBuffer) read_all(open.index, blocks);
  else ask_for_all(open.index, blocks);
  close_index(open);
  PG_RETURN_INT64(static_cast<int64>(blocks));
}
