// SPDX-License-Identifier: PostgreSQL
// CREATE INDEX inside: what the files build*.cpp share.
//
// A build is a sequence of stages that all processes of a team run together: the leader (the backend of CREATE INDEX)
// and its parallel workers, or the leader alone. Between stages only the leader works. Stages claim their work by
// atomic counters, so a worker may come at any time or never.
#pragma once
#include "am/am.hpp"
#include "graph/recall.hpp"
#include "storage/build_store.hpp"
#include "storage/row_file.hpp"

namespace vexpg::am {

enum class BuildStage : int32_t {
  kScan,       // heap rows are encoded, each process into a file of its own
  kLoad,       // each process puts its rows into the region
  kGraph,      // nodes are linked to each other
  kRecall,     // rows that were held out of the graph are searched for in it
  kLeaders,    // build_parts.cpp: the region gets the leaders of the parts
  kPartition,  // each process divides its rows among the parts
  kDetails,    // what the graph took the place of in the region is loaded once more
  kLoadPart,   // each process puts its rows of one part into the region
  kLoadHeld,   // each process puts its rows that are in no part into the region
  kEnd,
};

inline constexpr uint32_t kMaxParts = 128;
inline constexpr uint32_t kMaxPartLeaders = 1024;

// How the rows of an index are divided into parts, if the memory does not hold them all: each goes to the part with the
// nearest mean of leaders (rows of the table), and if it is near the border of another part, a copy of it there.
struct PartPlan {
  uint32_t rows, parts, leaders;
  uint32_t part;                   // the one in the region
  uint32_t own_limit, copy_limit;  // rows of a part
  float border;                    // a row is copied if the other part's mean is not farther by so much
  float spread[kMaxParts];         // mean distance of the leaders of a part to their mean
  uint8_t part_of[kMaxPartLeaders];
  pg_atomic_uint32 own[kMaxParts], copies[kMaxParts];
};

// What the processes of a team share: in dynamic shared memory, or in the leader's own if it is alone.
struct BuildTeam {
  Oid heap, index;
  bool concurrent;
  storage::MetaPage meta;
  Barrier barrier;
  BuildStage stage;   // this one, or the next while the leader prepares
  int first_phase;    // the phase of the barrier in which it begins
  bool working;       // it has begun and not ended
  dsm_handle region;  // the memory that holds the graph, DSM_HANDLE_INVALID: none, or the leader's own
  storage::BuildLayout layout;
  storage::NodeId entry;
  bool in_part;  // the region is for a part, and most of its rows are in another one as well
  uint32_t recall_queries;  // rows held out of the graph in the region
  graph::HeldOut held;      // build_parts.cpp: rows that go to no part
  PartPlan plan;
  pg_atomic_uint32 member_count;  // processes that came so far; numbers them
  pg_atomic_uint32 next;          // the next piece of work of this stage
  pg_atomic_uint64 done;          // nodes linked or inserted
  slock_t mutex;                  // of what follows
  double heap_tuples, index_tuples;
  bool broken_hot_chain;
  // Per member, at the end of the scan: how many rows it has, and (set by the leader) the node id of its first; then
  // how many of its rows, and of copies, are in each part.
  struct Member {
    uint32_t rows;
    storage::NodeId first;
    uint32_t own[kMaxParts], copies[kMaxParts];
    uint32_t held;  // its rows that go to no part
  } members[FLEXIBLE_ARRAY_MEMBER];
};

// One process of a team.
struct BuildProcess {
  BuildTeam *team;
  bool alone;
  int number;  // 0: the leader
  Relation heap, index;
  IndexInfo *info;
  ParallelTableScanDesc parallel_scan;  // null if alone
  storage::IndexModel *model;
  MemoryContext context, row_context;  // all of the build; reset for each row
  // Scan.
  storage::Row *row;
  storage::RowFile *file;
  int64 tuples;                   // of the heap
  storage::RowFile **part_files;  // of each part; null if there are none
  storage::RowFile *loaded;       // the rows that this process put into the region, from this node on
  storage::NodeId first_loaded;
  storage::RowFile *held_file;    // of the rows that go to no part; null if there are none
  // Graph.
  MemoryContext graph_context;
  dsm_segment *segment;
  dsm_handle attached;
  storage::BuildStore *store;

  bool leader() const { return number == 0; }
  graph::InsertParameters parameters() const { return {team->meta.m, team->meta.ef_construction}; }
  graph::BulkParameters bulk_parameters() const {
    graph::BulkParameters bulk = graph::bulk_parameters(parameters());
    return team->in_part ? graph::part_parameters(bulk) : bulk;
  }
};

// A phase begins, of so many pieces of work.
void set_phase(BuildPhase phase, int64 total);
// Byte codes of attributes of which nothing is known yet.
const types::ByteCode *empty_byte_codes();

// ---- build_sample.cpp
// Fills mean (dim floats) and meta->scale from rows spread over the table.
void sample_table(Relation heap, Relation index, IndexInfo *info, storage::MetaPage *meta, float *mean);

// ---- build_team.cpp
struct TeamHandle;
// Creates a team of the leader and as many workers as the server gives (perhaps none). mean: dim floats.
BuildProcess *begin_team(Relation heap, Relation index, IndexInfo *info, const storage::MetaPage &meta,
                         const float *mean, TeamHandle **handle);
// Runs a stage with all members of the team; returns when all are done with it.
void run_stage(BuildProcess *leader, BuildStage stage);
// Waits until all members of a team have come here.
void wait_for_team(BuildProcess *process);
// Sends the workers home.
void end_team(BuildProcess *leader, TeamHandle *handle);
// A region for the nodes of the layout, in memory that the team can reach, as the leader's store; and its end.
void create_region(BuildProcess *leader, const storage::BuildLayout &layout);
void drop_region(BuildProcess *leader);

// ---- build_scan.cpp, build_graph.cpp: stages
void scan_stage(BuildProcess *process);
void load_stage(BuildProcess *process);
// Ends the reading of rows.
void details_stage(BuildProcess *process);
// Links the nodes of the region: those of rotated codes by joins of partitions, others by insertion.
void graph_stage(BuildProcess *process);
// Tells the progress of graph_stage.
void report_done(BuildProcess *process);
// Gives nodes that no search would meet a link. By the leader, between stages.
void link_orphans(BuildProcess *leader);

// ---- build_recall.cpp: the recall of the graph, measured by rows that come into it last
// Takes nodes out of the region's graph, which has no links yet.
storage::NodeId *hold_rows_out(BuildProcess *leader);
// Measures the recall of the region's graph, which goes into team->meta, and inserts the nodes that were held out.
void measure_region(BuildProcess *leader, const storage::NodeId *held);
void recall_stage(BuildProcess *process);
// The same for a build in parts: rows that go to no part, written to a file of the process by partition_stage().
void load_held_stage(BuildProcess *process);
void measure_pages(BuildProcess *leader);

// ---- build_parts.cpp
void leaders_stage(BuildProcess *process);
void partition_stage(BuildProcess *process);
void load_part_stage(BuildProcess *process);
// Builds the whole index, part by part, each of at most `capacity` nodes, and writes it. by_links: as write_graph().
void build_in_parts(BuildProcess *leader, uint32_t rows, uint32_t capacity, bool by_links);

}  // namespace vexpg::am
