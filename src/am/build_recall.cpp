// SPDX-License-Identifier: PostgreSQL
// The build measures the recall of its own graph by some rows that were held out of it, which are then inserted as any
// other row that comes later. It is done with the graph in memory, or, if that was built in parts, on the pages.
#include "am/build.hpp"
#include "am/row_insert.hpp"
#include "graph/recall_search.hpp"
#include "storage/recall_store.hpp"

#include <new>

namespace vexpg::am {

using graph::RecallMemory;
using storage::BuildStore;
using storage::kNoNode;
using storage::NodeId;

namespace {

constexpr uint64_t kInsertSeed = 0x5EED;  // of levels and ties: equal input builds equal indexes

// The processes that measure: the whole team, or the leader alone while others wait for the next stage.
struct RecallTeam {
  BuildProcess *process;
  bool whole;
  bool leader() const { return process->leader(); }
  void barrier() {
    if (whole) wait_for_team(process);
  }
  void advance(uint32_t queries) {
    pg_atomic_fetch_add_u64(&process->team->done, queries);
    report_done(process);
  }
};

static_assert(graph::kRecallStepCount <= storage::kMaxRecallPoints);
storage::RecallCurve curve_of(const graph::RecallSums &sums) {
  storage::RecallCurve curve = {};
  for (uint32_t i = 0; i < graph::kRecallStepCount && sums.all[0].queries > 0; i++) {
    const graph::RecallStep &step = graph::kRecallSteps[i];
    curve.points[curve.point_count++] = {step.ef, step.gamma, sums.all[i].queries, static_cast<float>(sums.recall(i)),
                                         static_cast<float>(sums.codes(i))};
  }
  return curve;
}

// A node that the graph can do without until the end: no level, no duplicates, not where searches begin.
bool can_wait(const BuildStore &store, NodeId id, NodeId entry) {
  const storage::NodeHead head = store.slot(id).head();
  return !(head.flags & storage::kMember) && head.next == kNoNode && head.level == 0 && id != entry;
}

template <class Store>
void measure(BuildProcess *process, Store &store, const RecallMemory &memory, NodeId entry, uint32_t entry_level) {
  graph::RecallScratch scratch(storage::context_memory(CurrentMemoryContext));
  RecallTeam team = {process, std::is_same_v<Store, storage::BuildRecallStore>};
  graph::RecallSearch<Store> search(store, scratch, 2u * process->team->meta.m, entry, static_cast<int>(entry_level));
  graph::measure_recall(store, team, scratch, memory, search);
}

// Into the graph of the region, as an insertion would; should no other node link to it, link_orphans() will.
void insert_node(BuildStore &store, const graph::InsertParameters &parameters, graph::InsertScratch &scratch,
                 NodeId entry, NodeId node, graph::Neighbours *found) {
  NodeId links[graph::kMaxLinks];
  graph::Candidate start;
  store.hold_out(node, false);
  store.fetch(&node, 1, 0);
  store.query_from(0);
  store.score(&entry, 1, &start);
  found->level = 0;
  graph::find_neighbours(store, parameters, scratch, start, start.level, found, [](graph::Results &) { return true; });
  for (int i = 0; i < found->count[0]; i++) links[i] = found->links[0][i].id;
  store.replace_links(node, 0, nullptr, 0, links, found->count[0]);
  for (int i = 0; i < found->count[0]; i++) graph::connect(store, parameters, links[i], node, 0, false);
}

}  // namespace

NodeId *hold_rows_out(BuildProcess *leader) {
  BuildStore &store = *leader->store;
  const graph::HeldOut held = graph::held_out(store.size(), store.row_words() > 0, leader->parameters());
  auto *ids = static_cast<NodeId *>(MemoryContextAlloc(leader->context, sizeof(NodeId) * held.count + 1));
  uint32_t count = 0;
  for (uint32_t i = 0; i < held.count; i++) {
    auto id = static_cast<NodeId>(held.row(i)), end = static_cast<NodeId>(held.rows * (i + 1) / held.count);
    while (id < end && !can_wait(store, id, leader->team->entry)) id++;
    if (id == end) continue;
    store.hold_out(id, true);
    ids[count++] = id;
  }
  leader->team->recall_queries = count;
  return ids;
}

void recall_stage(BuildProcess *process) {
  BuildStore &store = *process->store;
  const RecallMemory memory(process->team->recall_queries, store.numbers());
  const NodeId entry = process->team->entry;
  MemoryContext old = MemoryContextSwitchTo(process->graph_context);
  storage::BuildRecallStore measured(store, memory.ids(), process->graph_context);
  measure(process, measured, memory, entry, store.slot(entry).head().level);
  MemoryContextSwitchTo(old);
}

void measure_region(BuildProcess *leader, const NodeId *held) {
  BuildTeam *team = leader->team;
  const uint32_t count = team->recall_queries;
  if (count == 0) return;
  BuildStore &store = *leader->store;
  // There is room for two numbers a node, and of two hundred nodes one at most is held out.
  const RecallMemory memory(count, store.numbers());
  memory.initialize();
  std::copy_n(held, count, memory.ids());
  pg_atomic_write_u64(&team->done, 0);
  set_phase(kPhaseRecall, count);
  run_stage(leader, BuildStage::kRecall);
  team->meta.recall = curve_of(memory.shared().sums);
  graph::InsertScratch scratch(storage::context_memory(leader->graph_context));
  auto *found = static_cast<graph::Neighbours *>(MemoryContextAlloc(leader->graph_context, sizeof(graph::Neighbours)));
  for (uint32_t i = 0; i < count; i++)
    insert_node(store, leader->parameters(), scratch, team->entry, held[i], found);
}

void load_held_stage(BuildProcess *process) {
  if (process->held_file == nullptr) return;
  NodeId id = 0;
  for (int m = 0; m < process->number; m++) id += process->team->members[m].held;
  for (uint32_t i = 0; i < process->held_file->count(); i++, id++) {
    process->held_file->read();
    process->store->put(id, process->held_file->slot_bytes(), process->held_file->detail_bytes(), 0, 0);
  }
  process->held_file->close();
}

void measure_pages(BuildProcess *leader) {
  BuildTeam *team = leader->team;
  const uint32_t count = team->held.count;
  if (count == 0) return;
  create_region(leader, storage::build_layout(leader->model->geometry, leader->bulk_parameters(), count, 0));
  run_stage(leader, BuildStage::kLoadHeld);
  pg_atomic_write_u64(&team->done, 0);
  set_phase(kPhaseRecall, count);
  MemoryContext old = MemoryContextSwitchTo(leader->graph_context);
  storage::MetaPage meta;
  storage::IndexModel *model = storage::load_model(leader->index, &meta);
  const RecallMemory memory(count, palloc(RecallMemory(count, nullptr).bytes()));
  memory.initialize();
  for (uint32_t i = 0; i < count; i++) memory.ids()[i] = i;
  storage::PageReader reader(leader->index, *model);
  storage::PageRecallStore measured(reader, static_cast<uint32_t>(meta.built_nodes), *leader->store, memory.ids(),
                                    leader->graph_context);
  measure(leader, measured, memory, meta.entry, meta.entry_level);
  storage::set_recall(leader->index, curve_of(memory.shared().sums), meta.built_nodes + count);
  RowInserter *inserter = make_inserter(leader->index, *model, leader->graph_context);
  pg_prng_state random;
  pg_prng_seed(&random, kInsertSeed);
  inserter->random = &random;
  for (NodeId i = 0; i < count; i++) {
    CHECK_FOR_INTERRUPTS();
    const storage::NodeHead head = leader->store->slot(i).head();
    ItemPointerData tid;
    memcpy(&tid, head.tid, sizeof tid);
    storage::read_row(*model, leader->store->slot_bytes(i), leader->store->detail_bytes(i), inserter->row);
    insert_row(*inserter, tid);
  }
  MemoryContextSwitchTo(old);
  drop_region(leader);
}

}  // namespace vexpg::am
