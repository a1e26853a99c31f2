// SPDX-License-Identifier: PostgreSQL
// The processes of a build: how many, what they share, how they meet. Contract of a worker: it opens the relations with
// the locks that the leader holds, builds the model from the shared meta page and mean, and does what the leader's
// stage says.
//
//   leader                                  worker
//   phase 0: prepares                       attaches; waits until a stage begins
//   run_stage: stage = X, arrive      ->    reads the stage
//   phase 1: works                          works (a stage may have further phases inside)
//   arrive, wait for all              <-    arrives
//   phase 2: prepares ...                   waits ...
//   stage = kEnd, arrive and detach   ->    detaches
//
// A worker that comes while a stage is in its first phase joins it; one that comes in a later phase goes home.
// A process that fails raises its error in the leader, whose abort ends the others: waits on the barrier take
// interrupts.
#include <new>

#include "am/build.hpp"
#include "pg/huge_pages.hpp"

namespace vexpg::am {

struct TeamHandle {
  ParallelContext *parallel;
  Snapshot snapshot;
  WalUsage *wal;
  BufferUsage *buffers;
};

namespace {

enum TocKey : uint64 { kKeyTeam = 0x7665787067000001, kKeyScan, kKeyMean, kKeyQuery, kKeyWal, kKeyBuffers };

Size team_bytes(int members) {
  return offsetof(BuildTeam, members) + sizeof(BuildTeam::Member) * static_cast<Size>(members);
}

void initialize_team(BuildTeam *team, Relation heap, Relation index, const IndexInfo *info,
                     const storage::MetaPage &meta) {
  team->heap = RelationGetRelid(heap);
  team->index = RelationGetRelid(index);
  team->concurrent = info->ii_Concurrent;
  team->meta = meta;
  team->region = DSM_HANDLE_INVALID;
  team->entry = storage::kNoNode;
  team->first_phase = 1;
  BarrierInit(&team->barrier, 0);
  pg_atomic_init_u32(&team->member_count, 0);
  pg_atomic_init_u32(&team->next, 0);
  pg_atomic_init_u64(&team->done, 0);
  SpinLockInit(&team->mutex);
}

BuildProcess *make_process(BuildTeam *team, bool alone, Relation heap, Relation index, IndexInfo *info,
                           const float *mean) {
  auto *process = static_cast<BuildProcess *>(palloc0(sizeof(BuildProcess)));
  process->team = team;
  process->alone = alone;
  process->number = static_cast<int>(pg_atomic_fetch_add_u32(&team->member_count, 1));
  process->heap = heap;
  process->index = index;
  process->info = info;
  process->attached = DSM_HANDLE_INVALID;
  process->context = CurrentMemoryContext;
  process->row_context = AllocSetContextCreate(CurrentMemoryContext, "vexpg build row", ALLOCSET_DEFAULT_SIZES);
  process->model = storage::make_model(index, team->meta, mean, empty_byte_codes());
  return process;
}

// Workers that the server's rules allow. A small table of large out-of-line vectors is much work: if any worker is
// worth it, all are.
int wanted_workers(Relation heap, [[maybe_unused]] Relation index, [[maybe_unused]] const IndexInfo *info) {
  if (RelationGetNumberOfBlocks(heap) == 0 || IsInParallelMode()) return 0;
#if PG_VERSION_NUM >= 170000
  int planned = info->ii_ParallelWorkers;
#else
  int planned = plan_create_index_workers(RelationGetRelid(heap), RelationGetRelid(index));
#endif
  if (planned == 0) return 0;
  int stored = RelationGetParallelWorkers(heap, -1);
  return stored >= 0 ? std::min(stored, max_parallel_maintenance_workers) : max_parallel_maintenance_workers;
}

void *insert_chunk(ParallelContext *parallel, uint64 key, Size bytes) {
  void *chunk = shm_toc_allocate(parallel->toc, bytes);
  memset(chunk, 0, bytes);
  shm_toc_insert(parallel->toc, key, chunk);
  return chunk;
}

void estimate_chunk(ParallelContext *parallel, Size bytes) {
  shm_toc_estimate_chunk(&parallel->estimator, bytes);
  shm_toc_estimate_keys(&parallel->estimator, 1);
}

void release_parallel(TeamHandle *handle) {
  if (IsMVCCSnapshot(handle->snapshot)) UnregisterSnapshot(handle->snapshot);
  DestroyParallelContext(handle->parallel);
  ExitParallelMode();
}

// Starts workers; null if none came.
BuildProcess *begin_parallel(Relation heap, Relation index, IndexInfo *info, const storage::MetaPage &meta,
                             const float *mean, int workers, TeamHandle *handle) {
  EnterParallelMode();
  ParallelContext *parallel = CreateParallelContext("vexpg", "vexpg_build_worker", workers);
  handle->parallel = parallel;
  handle->snapshot = info->ii_Concurrent ? RegisterSnapshot(GetTransactionSnapshot()) : SnapshotAny;
  Size usages = static_cast<Size>(workers), mean_bytes = sizeof(float) * storage::shape_of(meta).mean_floats();
  Size scan_bytes = table_parallelscan_estimate(heap, handle->snapshot);
  const char *query = debug_query_string == nullptr ? "" : debug_query_string;
  estimate_chunk(parallel, team_bytes(workers + 1));
  estimate_chunk(parallel, scan_bytes);
  estimate_chunk(parallel, mean_bytes);
  estimate_chunk(parallel, strlen(query) + 1);
  estimate_chunk(parallel, usages * sizeof(WalUsage));
  estimate_chunk(parallel, usages * sizeof(BufferUsage));
  InitializeParallelDSM(parallel);
  if (parallel->seg == nullptr) {  // the server has no segment left
    release_parallel(handle);
    return nullptr;
  }
  auto *team = static_cast<BuildTeam *>(insert_chunk(parallel, kKeyTeam, team_bytes(workers + 1)));
  initialize_team(team, heap, index, info, meta);
  auto *scan = static_cast<ParallelTableScanDesc>(insert_chunk(parallel, kKeyScan, scan_bytes));
  table_parallelscan_initialize(heap, scan, handle->snapshot);
  memcpy(insert_chunk(parallel, kKeyMean, mean_bytes), mean, mean_bytes);
  memcpy(insert_chunk(parallel, kKeyQuery, strlen(query) + 1), query, strlen(query) + 1);
  handle->wal = static_cast<WalUsage *>(insert_chunk(parallel, kKeyWal, usages * sizeof(WalUsage)));
  handle->buffers = static_cast<BufferUsage *>(insert_chunk(parallel, kKeyBuffers, usages * sizeof(BufferUsage)));
  BuildProcess *leader = make_process(team, false, heap, index, info, mean);
  leader->parallel_scan = scan;
  BarrierAttach(&team->barrier);
  LaunchParallelWorkers(parallel);
  if (parallel->nworkers_launched > 0) return leader;
  release_parallel(handle);
  return nullptr;
}

void perform(BuildProcess *process, BuildStage stage) {
  switch (stage) {
    case BuildStage::kScan:
      return scan_stage(process);
    case BuildStage::kLoad:
      return load_stage(process);
    case BuildStage::kGraph:
      return graph_stage(process);
    case BuildStage::kRecall:
      return recall_stage(process);
    case BuildStage::kLeaders:
      return leaders_stage(process);
    case BuildStage::kPartition:
      return partition_stage(process);
    case BuildStage::kDetails:
      return details_stage(process);
    case BuildStage::kLoadPart:
      return load_part_stage(process);
    case BuildStage::kLoadHeld:
      return load_held_stage(process);
    case BuildStage::kEnd:
      return;
  }
}

void begin_stage(BuildTeam *team, BuildStage stage) {
  team->stage = stage;
  pg_atomic_write_u32(&team->next, 0);
  team->first_phase = BarrierPhase(&team->barrier) + 1;
  team->working = true;
}

// The store over a region, with what a search through it needs.
void open_store(BuildProcess *process, uint8_t *base) {
  process->graph_context = AllocSetContextCreate(process->context, "vexpg graph", ALLOCSET_DEFAULT_SIZES);
  MemoryContext old = MemoryContextSwitchTo(process->graph_context);
  process->store = new (palloc(sizeof(storage::BuildStore)))
      storage::BuildStore(*process->model, process->team->layout, base, !process->alone, process->graph_context);
  MemoryContextSwitchTo(old);
}

// A worker follows the leader to the region of the stage.
void follow_region(BuildProcess *process) {
  dsm_handle region = process->team->region;
  if (process->attached == region) return;
  drop_region(process);
  process->attached = region;
  if (region == DSM_HANDLE_INVALID) return;
  process->segment = dsm_attach(region);
  if (process->segment == nullptr) elog(ERROR, "could not attach to the memory of an index build");
  open_store(process, static_cast<uint8_t *>(dsm_segment_address(process->segment)));
}

void work(BuildProcess *process) {
  BuildTeam *team = process->team;
  int phase = BarrierAttach(&team->barrier);
  bool late = team->working && phase > team->first_phase;
  if (!late && phase != team->first_phase) wait_for_team(process);
  for (BuildStage stage; !late && (stage = team->stage) != BuildStage::kEnd;) {
    follow_region(process);
    perform(process, stage);
    wait_for_team(process);
    wait_for_team(process);
  }
  BarrierDetach(&team->barrier);
  drop_region(process);
}

}  // namespace

void wait_for_team(BuildProcess *process) {
  if (!process->alone) BarrierArriveAndWait(&process->team->barrier, WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
}

BuildProcess *begin_team(Relation heap, Relation index, IndexInfo *info, const storage::MetaPage &meta,
                         const float *mean, TeamHandle **handle) {
  int workers = wanted_workers(heap, index, info);
  *handle = static_cast<TeamHandle *>(palloc0(sizeof(TeamHandle)));
  BuildProcess *leader = workers > 0 ? begin_parallel(heap, index, info, meta, mean, workers, *handle) : nullptr;
  if (leader != nullptr) return leader;
  *handle = nullptr;
  auto *team = static_cast<BuildTeam *>(palloc0(team_bytes(1)));
  initialize_team(team, heap, index, info, meta);
  return make_process(team, true, heap, index, info, mean);
}

void run_stage(BuildProcess *leader, BuildStage stage) {
  begin_stage(leader->team, stage);
  wait_for_team(leader);
  perform(leader, stage);
  wait_for_team(leader);
  leader->team->working = false;
}

void end_team(BuildProcess *leader, TeamHandle *handle) {
  if (handle == nullptr) return;
  begin_stage(leader->team, BuildStage::kEnd);
  BarrierArriveAndDetach(&leader->team->barrier);
  WaitForParallelWorkersToFinish(handle->parallel);
  ereport(DEBUG1, (errmsg_internal("index \"%s\" was built by %u processes", RelationGetRelationName(leader->index),
                                   pg_atomic_read_u32(&leader->team->member_count))));
  for (int i = 0; i < handle->parallel->nworkers_launched; i++)
    InstrAccumParallelQuery(&handle->buffers[i], &handle->wal[i]);
  // What the leader still needs of the shared part lives on in its own memory.
  Size bytes = team_bytes(1);
  auto *team = static_cast<BuildTeam *>(palloc(bytes));
  memcpy(team, leader->team, bytes);
  leader->team = team;
  leader->alone = true;
  release_parallel(handle);
}

void create_region(BuildProcess *leader, const storage::BuildLayout &layout) {
  BuildTeam *team = leader->team;
  team->layout = layout;
  uint8_t *base;
  if (leader->alone) {
    base = static_cast<uint8_t *>(MemoryContextAllocHuge(leader->context, layout.bytes));
  } else {
    leader->segment = dsm_create(layout.bytes, 0);
    team->region = leader->attached = dsm_segment_handle(leader->segment);
    base = static_cast<uint8_t *>(dsm_segment_address(leader->segment));
  }
  pg::ask_for_huge_pages(base, layout.bytes);  // its nodes are met at random
  open_store(leader, base);
  leader->store->initialize();
}

void drop_region(BuildProcess *process) {
  if (process->store == nullptr) return;
  uint8_t *base = process->store->base();
  process->store = nullptr;
  MemoryContextDelete(process->graph_context);
  if (process->segment != nullptr) dsm_detach(process->segment);
  else pfree(base);
  process->segment = nullptr;
  process->attached = DSM_HANDLE_INVALID;
  if (process->leader()) process->team->region = DSM_HANDLE_INVALID;
}

}  // namespace vexpg::am

extern "C" PGDLLEXPORT void vexpg_build_worker(dsm_segment *segment, shm_toc *toc) {
  using namespace vexpg::am;
  (void)segment;
  auto *team = static_cast<BuildTeam *>(shm_toc_lookup(toc, kKeyTeam, false));
  debug_query_string = static_cast<const char *>(shm_toc_lookup(toc, kKeyQuery, false));
  pgstat_report_activity(STATE_RUNNING, debug_query_string);
  Relation heap = table_open(team->heap, team->concurrent ? ShareUpdateExclusiveLock : ShareLock);
  Relation index = index_open(team->index, team->concurrent ? RowExclusiveLock : AccessExclusiveLock);
  IndexInfo *info = BuildIndexInfo(index);
  info->ii_Concurrent = team->concurrent;
  InstrStartParallelQuery();
  BuildProcess *process =
      make_process(team, false, heap, index, info, static_cast<const float *>(shm_toc_lookup(toc, kKeyMean, false)));
  process->parallel_scan = static_cast<ParallelTableScanDesc>(shm_toc_lookup(toc, kKeyScan, false));
  work(process);
  InstrEndParallelQuery(&static_cast<BufferUsage *>(shm_toc_lookup(toc, kKeyBuffers, false))[ParallelWorkerNumber],
                        &static_cast<WalUsage *>(shm_toc_lookup(toc, kKeyWal, false))[ParallelWorkerNumber]);
  index_close(index, team->concurrent ? RowExclusiveLock : AccessExclusiveLock);
  table_close(heap, team->concurrent ? ShareUpdateExclusiveLock : ShareLock);
}
