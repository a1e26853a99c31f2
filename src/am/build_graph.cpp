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

constexpr uint32_t kPiece = 16;  // nodes that a process claims at a time

void insert_node(BuildProcess *process, graph::InsertScratch &scratch, graph::Neighbours &chosen,
                 storage::NodeId node) {
  storage::BuildStore &store = *process->store;
  const graph::InsertParameters parameters = process->parameters();
  graph::Candidate at;
  chosen.level = store.slot(node).head().level;
  store.fetch(&node, 1, 0);
  store.query_from(0);
  store.score(&process->team->entry, 1, &at);
  graph::find_neighbours(store, parameters, scratch, at, store.slot(at.id).head().level, &chosen,
                         [](graph::Results &) { return true; });
  storage::NodeId links[graph::kMaxLinks];
  for (int level = chosen.level; level >= 0; level--) {
    for (int i = 0; i < chosen.count[level]; i++) links[i] = chosen.links[level][i].id;
    store.replace_links(node, level, nullptr, 0, links, chosen.count[level]);
  }
  for (int level = chosen.level; level >= 0; level--)
    for (int i = 0; i < chosen.count[level]; i++)
      graph::connect(store, parameters, chosen.links[level][i].id, node, level, false);
}

// The entry point is of the highest level and there from the start, so no insertion ever has to raise it.
void insert_all(BuildProcess *process) {
  BuildTeam *team = process->team;
  storage::BuildStore &store = *process->store;
  graph::InsertScratch scratch(storage::context_memory(process->graph_context));
  auto *chosen = static_cast<graph::Neighbours *>(palloc(sizeof(graph::Neighbours)));
  for (uint32_t first; (first = pg_atomic_fetch_add_u32(&team->next, kPiece)) < store.size();) {
    uint32_t end = std::min(first + kPiece, store.size());
    for (storage::NodeId node = first; node < end; node++)
      if (node != team->entry && store.is_head(node)) insert_node(process, scratch, *chosen, node);
    pg_atomic_fetch_add_u64(&team->done, end - first);
    report_done(process);
  }
}

}  // namespace

void report_done(BuildProcess *process) {
  if (!process->leader()) return;
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE,
                               static_cast<int64>(pg_atomic_read_u64(&process->team->done)));
}

void graph_stage(BuildProcess *process) {
  if (process->model->geometry.shape.coding != codec::Coding::kRotated) {
    insert_all(process);
    return;
  }
  GraphTeam team = {process};
  graph::BulkParameters parameters = process->bulk_parameters();
  graph::BulkMemory memory(parameters, process->store->size(), process->store->work());
  graph::BulkScratch scratch(storage::context_memory(process->graph_context));
  graph::BulkBuild<storage::BuildStore, GraphTeam>(*process->store, team, parameters, memory, scratch).run();
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
