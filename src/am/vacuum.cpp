// SPDX-License-Identifier: PostgreSQL
// ambulkdelete and amvacuumcleanup (src/README.md, "Vacuum").
#include "am/am.hpp"
#include "storage/vacuum_pass.hpp"

#include <new>

namespace vexpg::am {
namespace {

// One whole pass. Calls keep nothing between them: each marks, mends and frees.
void vacuum_index(IndexVacuumInfo *info, IndexBulkDeleteResult *stats, const storage::RowCallback &rows) {
  MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "vexpg vacuum", ALLOCSET_DEFAULT_SIZES);
  MemoryContext old = MemoryContextSwitchTo(context);
  storage::MetaPage meta;
  storage::IndexModel *model = storage::load_model(info->index, &meta);
  auto *pass = static_cast<storage::VacuumPass *>(palloc(sizeof(storage::VacuumPass)));
  new (pass) storage::VacuumPass(info->index, *model, info->strategy, rows, context);
  storage::VacuumCounts counts = pass->run();
  MemoryContextSwitchTo(old);
  MemoryContextDelete(context);
  stats->num_pages = RelationGetNumberOfBlocks(info->index);
  stats->num_index_tuples = static_cast<double>(counts.rows);
  stats->estimated_count = false;
  stats->tuples_removed += static_cast<double>(counts.removed);
  stats->pages_deleted = stats->pages_free = static_cast<BlockNumber>(counts.empty_pages);
}

IndexBulkDeleteResult *new_stats() {
  return static_cast<IndexBulkDeleteResult *>(palloc0(sizeof(IndexBulkDeleteResult)));
}

}  // namespace
}  // namespace vexpg::am

extern "C" {

using namespace vexpg;

IndexBulkDeleteResult *vexpg_bulkdelete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
                                        IndexBulkDeleteCallback callback, void *state) {
  if (stats == nullptr) stats = am::new_stats();
  am::vacuum_index(info, stats, {callback, state});
  return stats;
}

// Without a call of ambulkdelete there is only work if an earlier vacuum was cut off, or if insertions dropped links: nodes
// may have lost their last one.
IndexBulkDeleteResult *vexpg_vacuumcleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats) {
  if (info->analyze_only) return stats;
  if (storage::read_meta(info->index).vacuum_due != 0) {
    if (stats == nullptr) stats = am::new_stats();
    am::vacuum_index(info, stats, {nullptr, nullptr});
  }
  if (stats == nullptr) return nullptr;
  stats->num_pages = RelationGetNumberOfBlocks(info->index);
  // Rows that came during the vacuum may have been counted twice.
  if (!info->estimated_count) stats->num_index_tuples = std::min(stats->num_index_tuples, info->num_heap_tuples);
  return stats;
}

}  // extern "C"
