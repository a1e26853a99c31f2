// SPDX-License-Identifier: PostgreSQL
// Stages that bring the rows: from the heap to temporary files, from there to the region.
#include "am/build.hpp"
#include "pg/toast_reader.hpp"

#include <new>

namespace vexpg::am {
namespace {

struct Scan {
  BuildProcess *process;
  pg::ToastReader toast;
};

void scan_row(Relation, ItemPointer tid, Datum *values, bool *isnull, bool, void *argument) {
  auto *scan = static_cast<Scan *>(argument);
  BuildProcess *process = scan->process;
  MemoryContext old = MemoryContextSwitchTo(process->row_context);
  const int column = process->model->meta.vector_column;
  const struct varlena *vector = isnull[column] ? nullptr : scan->toast.read(values[column]);
  if (vector != nullptr) values[column] = PointerGetDatum(vector);
  if (storage::encode_row(*process->model, values, isnull, process->row)) process->file->append(*process->row, *tid);
  process->tuples++;
  if (process->leader()) pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, process->tuples);
  MemoryContextSwitchTo(old);
  MemoryContextReset(process->row_context);
}

}  // namespace

void scan_stage(BuildProcess *process) {
  BuildTeam *team = process->team;
  MemoryContext old = MemoryContextSwitchTo(process->context);
  process->row = storage::allocate_row(*process->model);
  process->file = new (palloc(sizeof(storage::RowFile))) storage::RowFile(*process->model);
  auto *state = new (palloc(sizeof(Scan))) Scan{process, {process->heap, process->context, true}};
  TableScanDesc scan = process->alone ? nullptr : table_beginscan_parallel(process->heap, process->parallel_scan);
  // Alone, not from where another scan is: the order of rows must be the same each time. (A parallel scan has its own say.)
  double tuples = table_index_build_scan(process->heap, process->index, process->info, !process->alone, process->leader(),
                                         scan_row, state, scan);
  state->toast.end();
  MemoryContextSwitchTo(old);
  process->file->rewind();
  SpinLockAcquire(&team->mutex);
  team->members[process->number].rows = process->file->count();
  team->heap_tuples += tuples;
  team->index_tuples += process->file->count();
  team->broken_hot_chain |= process->info->ii_BrokenHotChain;
  SpinLockRelease(&team->mutex);
  if (process->file->count() > 0) return;
  process->file->close();
  process->file = nullptr;
}

void load_stage(BuildProcess *process) {
  if (process->file == nullptr) return;  // came after the scan
  storage::NodeId id = process->team->members[process->number].first;
  process->loaded = process->file;
  process->first_loaded = id;
  for (uint32_t i = 0; i < process->file->count(); i++, id++) {
    CHECK_FOR_INTERRUPTS();
    process->file->read();
    int level = storage::build_level(id, static_cast<int>(process->model->geometry.m));
    process->store->put(id, process->file->slot_bytes(), process->file->detail_bytes(), level, id);
  }
}

void details_stage(BuildProcess *process) {
  storage::RowFile *file = process->loaded;
  if (file == nullptr) return;
  process->loaded = nullptr;
  if (process->store->details_are_lost()) {
    file->rewind();
    for (uint32_t i = 0; i < file->count(); i++) {
      CHECK_FOR_INTERRUPTS();
      file->read();
      process->store->put_detail(process->first_loaded + i, file->detail_bytes());
    }
  }
  file->close();
}

}  // namespace vexpg::am
