// SPDX-License-Identifier: PostgreSQL
// Stages that bring the rows: from the heap to temporary files, from there to the region or through the pages.
#include "am/build.hpp"
#include "am/row_insert.hpp"

#include <new>

namespace vexpg::am {
namespace {

void scan_row(Relation, ItemPointer tid, Datum *values, bool *isnull, bool, void *argument) {
  auto *process = static_cast<BuildProcess *>(argument);
  MemoryContext old = MemoryContextSwitchTo(process->row_context);
  if (storage::encode_row(*process->model, values, isnull, process->row)) process->file->append(*process->row, *tid);
  process->tuples++;
  if (process->leader()) pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, process->tuples);
  MemoryContextSwitchTo(old);
  MemoryContextReset(process->row_context);
}

void close_if_read(BuildProcess *process) {
  if (process->loaded < process->file->count()) return;
  process->file->close();
  process->file = nullptr;
}

}  // namespace

void scan_stage(BuildProcess *process) {
  BuildTeam *team = process->team;
  MemoryContext old = MemoryContextSwitchTo(process->context);
  process->row = storage::allocate_row(*process->model);
  process->file = new (palloc(sizeof(storage::RowFile))) storage::RowFile(*process->model);
  TableScanDesc scan = process->alone ? nullptr : table_beginscan_parallel(process->heap, process->parallel_scan);
  // Not from where another scan is: the order of rows must be the same each time.
  double tuples = table_index_build_scan(process->heap, process->index, process->info, false, process->leader(), scan_row,
                                         process, scan);
  MemoryContextSwitchTo(old);
  process->file->rewind();
  SpinLockAcquire(&team->mutex);
  team->members[process->number].rows = process->file->count();
  team->heap_tuples += tuples;
  team->index_tuples += process->file->count();
  team->broken_hot_chain |= process->info->ii_BrokenHotChain;
  SpinLockRelease(&team->mutex);
  close_if_read(process);
}

void load_stage(BuildProcess *process) {
  if (process->file == nullptr) return;  // came after the scan
  storage::NodeId first = process->team->members[process->number].first, capacity = process->team->layout.capacity;
  uint32_t wanted = first >= capacity ? 0 : std::min(process->file->count(), capacity - first);
  for (; process->loaded < wanted; process->loaded++) {
    CHECK_FOR_INTERRUPTS();
    process->file->read();
    process->store->put(first + process->loaded, process->file->slot_bytes(), process->file->detail_bytes());
  }
  close_if_read(process);
}

void pages_stage(BuildProcess *process) {
  if (process->file == nullptr) return;
  storage::MetaPage now;
  storage::IndexModel *model = storage::load_model(process->index, &now);
  RowInserter *inserter = make_inserter(process->index, *model, process->context);
  for (; process->loaded < process->file->count(); process->loaded++) {
    process->file->read();
    ItemPointerData tid = storage::take_row(*model, process->file->slot_bytes(), process->file->detail_bytes(), inserter->row);
    insert_row(*inserter, tid);
    pg_atomic_fetch_add_u64(&process->team->done, 1);
    report_done(process);
  }
  close_if_read(process);
}

}  // namespace vexpg::am
