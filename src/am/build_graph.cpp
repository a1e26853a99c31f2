// SPDX-License-Identifier: PostgreSQL
// Stages that build the graph over the region.
#include "am/build.hpp"
#include "graph/reach.hpp"

namespace vexpg::am {
namespace {

constexpr uint32_t kPiece = 16;  // nodes that a process claims at a time

void insert_node(BuildProcess *process, storage::NodeId node, const graph::EntryNode &entry) {
  storage::BuildStore &store = *process->store;
  graph::Neighbours &chosen = process->neighbours;
  graph::Candidate at;
  chosen.level = store.slot(node).head().level;
  store.query_node(node);
  store.score(&entry.id, 1, &at);
  graph::find_neighbours(store, process->parameters(), *process->scratch, at, entry.level, &chosen,
                         [](graph::Results &) { return true; });
  store.set_links(node, chosen);
  for (int level = chosen.level; level >= 0; level--)
    for (int i = 0; i < chosen.count[level]; i++)
      graph::connect(store, process->parameters(), chosen.links[level][i].id, node, level, false);
}

}  // namespace

void report_done(BuildProcess *process) {
  if (!process->leader()) return;
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE,
                               static_cast<int64>(pg_atomic_read_u64(&process->team->done)));
}

// The entry point is of the highest level and there from the start, so no insertion ever has to raise it.
void insert_stage(BuildProcess *process) {
  BuildTeam *team = process->team;
  storage::BuildStore &store = *process->store;
  graph::EntryNode entry = {team->entry, store.slot(team->entry).head().level};
  for (uint32_t first; (first = pg_atomic_fetch_add_u32(&team->next, kPiece)) < store.size();) {
    uint32_t end = std::min(first + kPiece, store.size());
    for (storage::NodeId node = first; node < end; node++)
      if (node != entry.id && store.is_head(node)) insert_node(process, node, entry);
    pg_atomic_fetch_add_u64(&team->done, end - first);
    report_done(process);
  }
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
