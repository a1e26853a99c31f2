// SPDX-License-Identifier: PostgreSQL
// Stages that build the graph over the region.
#include "am/build.hpp"
#include "graph/reach.hpp"

namespace vexpg::am {
namespace {

// The team of a build as the graph knows it.
struct GraphTeam {
  BuildProcess *process;
  bool leader() const { return process->leader(); }
  void barrier() { wait_for_team(process); }
  void advance(uint32_t nodes) {
    pg_atomic_fetch_add_u64(&process->team->done, nodes);
    report_done(process);
  }
};

}  // namespace

void set_phase(BuildPhase phase, int64 total) {
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, 0);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL, total);
}

void report_done(BuildProcess *process) {
  if (!process->leader()) return;
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE,
                               static_cast<int64>(pg_atomic_read_u64(&process->team->done)));
}

void graph_stage(BuildProcess *process) {
  GraphTeam team = {process};
  graph::BulkParameters parameters = process->bulk_parameters();
  storage::BuildStore &store = *process->store;
  graph::BulkMemory memory(parameters, store.size(), store.link_room(), store.bulk_room());
  graph::BulkScratch scratch(storage::context_memory(process->graph_context));
  graph::BulkBuild<storage::BuildStore, GraphTeam>(store, team, parameters, memory, scratch).run();
}

void link_orphans(BuildProcess *leader) {
  storage::BuildStore &store = *leader->store;
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseOrphans);
  graph::Bitmap heads(storage::context_memory(leader->graph_context));
  heads.reset(store.size());
  for (storage::NodeId id = 0; id < store.size(); id++)
    if (store.is_head(id)) heads.insert(id);
  graph::ReachScratch reach(storage::context_memory(leader->graph_context));
  storage::NodeId entry = leader->team->entry;
  graph::link_unreachable(store, leader->parameters(), reach, {entry, store.slot(entry).head().level}, heads);
}

}  // namespace vexpg::am
