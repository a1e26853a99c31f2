// SPDX-License-Identifier: PostgreSQL
// ambuild: sample the table, encode every row, build the graph in memory as a whole or in parts, link what is
// unreachable, write the pages.
#include "am/build.hpp"
#include "am/build_write.hpp"
#include "storage/datum.hpp"
#include "storage/index_size.hpp"
#include "storage/vacuum_pass.hpp"

#include <new>

namespace vexpg::am {

using storage::kNoNode;
using storage::MetaPage;
using storage::NodeId;

namespace {

constexpr uint64_t kSeed = 0x5EED;        // of rotation and levels: equal input builds equal graphs
constexpr uint32_t kSparseDefault = 256;  // elements of a sparse code, where there is no sample

// Codes of fixed size have no choice of bits.
void refuse_bits(const IndexOptions &options, storage::ElementType type) {
  if (options.bits == 0 && options.refine < 0) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("option \"%s\" does not apply to a column of type %s", options.bits != 0 ? "bits" : "refine",
                         storage::type_name(type))));
}

// The codes of a new index. Where a node does not fit its page, codes get shorter unless the user chose their bits, bit
// strings lose their end.
codec::Shape choose_shape(const OpclassInfo &opclass, const IndexOptions &options) {
  codec::Coding coding = codec::Coding::kRotated;
  if (!storage::coding_of(opclass.element_type, opclass.metric, &coding))
    elog(ERROR, "operator class without a coding");
  auto dim = static_cast<uint32_t>(opclass.dim);
  auto m = static_cast<uint32_t>(options.m), attributes = static_cast<uint32_t>(opclass.attribute_count);
  if (coding != codec::Coding::kBits && coding != codec::Coding::kSparse)
    return storage::choose_shape(coding, dim, options.bits, options.refine, m, attributes);
  const uint32_t unit = coding == codec::Coding::kBits ? 8 * uint32_t{kernels::kCodeAlign} : codec::kSparseUnit;
  codec::Shape shape = codec::default_shape(dim, coding);
  if (coding == codec::Coding::kSparse) shape.dim = kSparseDefault;
  refuse_bits(options, opclass.element_type);
  storage::Geometry geometry;
  while (!storage::make_geometry(shape, m, attributes, &geometry) && shape.dim > unit)
    shape.dim = (shape.dim - 1) / unit * unit;
  return shape;
}

// Parameters of the new index, from its columns and options.
MetaPage make_meta(Relation index) {
  OpclassInfo opclass;
  describe_index(index, &opclass);
  IndexOptions options = index_options(index);
  check_options(options);
  if (opclass.dim < 0)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("column does not have dimensions")));
  uint32_t max_dim = storage::max_dim(opclass.element_type);
  if (opclass.dim > static_cast<int32_t>(max_dim))
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("column cannot have more than %u dimensions for hnsw index", max_dim)));
  codec::Shape shape = choose_shape(opclass, options);

  MetaPage meta = {};
  meta.magic = storage::kMagic;
  meta.format = storage::kFormatVersion;
  if (!pg_strong_random(&meta.build_id, sizeof meta.build_id)) meta.build_id = pg_prng_uint64(&pg_global_prng_state);
  meta.dim = static_cast<uint32_t>(opclass.dim);
  meta.code_dim = shape.dim;
  meta.metric = static_cast<uint8_t>(opclass.metric);
  meta.element_type = static_cast<uint8_t>(opclass.element_type);
  meta.bits = shape.bits;
  meta.refine = shape.refine;
  meta.m = static_cast<uint16_t>(options.m);
  meta.ef_construction = static_cast<uint16_t>(options.ef_construction);
  meta.attribute_count = static_cast<uint8_t>(opclass.attribute_count);
  meta.vector_column = static_cast<uint8_t>(opclass.vector_column);
  for (int a = 0; a < opclass.attribute_count; a++)
    meta.attribute_kinds[a] = static_cast<uint8_t>(opclass.attribute_kinds[a]);
  meta.scale = 1;
  meta.seed = kSeed;
  meta.entry = kNoNode;
  std::fill(std::begin(meta.tower_hints), std::end(meta.tower_hints), storage::kNoBlock);
  return meta;
}

// Numbers the rows of all members; returns how many there are.
uint32_t number_rows(BuildTeam *team) {
  uint64_t rows = 0;
  for (uint32_t i = 0; i < pg_atomic_read_u32(&team->member_count); i++) {
    team->members[i].first = static_cast<NodeId>(rows);
    rows += team->members[i].rows;
    if (rows >= kNoNode)
      ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("table has too many rows for an hnsw index")));
  }
  return static_cast<uint32_t>(rows);
}

// The graph of all rows, in one region.
void build_graph(BuildProcess *leader, uint32_t count) {
  const storage::Geometry &geometry = leader->model->geometry;
  create_region(leader, storage::build_layout(geometry, leader->bulk_parameters(), count,
                                              storage::build_tower_bytes(geometry, count)));
  if (count == 0) return;
  run_stage(leader, BuildStage::kLoad);
  leader->store->chain_duplicates();
  leader->team->entry = leader->store->place_towers();
  const NodeId *held = hold_rows_out(leader);
  set_phase(kPhaseGraph, count);
  run_stage(leader, BuildStage::kGraph);
  run_stage(leader, BuildStage::kDetails);
  measure_region(leader, held);
}

void write_pages(BuildProcess *leader, bool by_links) {
  MetaPage meta = leader->team->meta;
  storage::BuildStore &store = *leader->store;
  set_phase(kPhaseWrite, store.size());
  meta.entry = leader->team->entry;
  if (meta.entry != kNoNode) meta.entry_level = store.slot(meta.entry).head().level;
  meta.built_nodes = store.size();
  write_graph(leader->index, meta, store, by_links);
  drop_region(leader);
}

// Nodes that cannot be reached get a link, through the pages.
void mend(BuildProcess *leader) {
  set_phase(kPhaseOrphans, 0);
  MetaPage now;
  storage::IndexModel *model = storage::load_model(leader->index, &now);
  auto *pass = new (palloc(sizeof(storage::VacuumPass)))
      storage::VacuumPass(leader->index, *model, nullptr, {nullptr, nullptr}, leader->context);
  pass->run();
}

// How many rows the memory holds at a time, if that is not all of them: besides the region a build in parts needs a
// node id and the byte codes of each row.
uint32_t part_capacity(const BuildProcess *leader, uint32_t count, Size memory) {
  const storage::Geometry &geometry = leader->model->geometry;
  Size tables = (sizeof(NodeId) + geometry.attributes) * static_cast<Size>(count);
  return storage::build_capacity(geometry, leader->bulk_parameters(),
                                 std::max(memory / 2, memory - std::min(memory, tables)));
}

void build_index(Relation heap, Relation index, IndexInfo *info, IndexBuildResult *result) {
  MetaPage meta = make_meta(index);
  auto *mean = static_cast<float *>(palloc0(sizeof(float) * storage::shape_of(meta).mean_floats() + 1));
  sample_table(heap, index, info, &meta, mean);
  TeamHandle *handle;
  BuildProcess *leader = begin_team(heap, index, info, meta, mean, &handle);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseLoad);
  run_stage(leader, BuildStage::kScan);
  result->heap_tuples = leader->team->heap_tuples;
  result->index_tuples = leader->team->index_tuples;
  info->ii_BrokenHotChain |= leader->team->broken_hot_chain;
  uint32_t count = number_rows(leader->team);
  bool by_links = index_options(index).profile != Profile::kInstant;
  Size memory = static_cast<Size>(maintenance_work_mem) * 1024;
  if (count <= storage::build_capacity(leader->model->geometry, leader->bulk_parameters(), memory)) {
    build_graph(leader, count);
    end_team(leader, handle);
    if (count > 0) link_orphans(leader);
    write_pages(leader, by_links);
    return;
  }
  const storage::Geometry &geometry = leader->model->geometry;
  Size wanted =
      storage::build_layout(geometry, leader->bulk_parameters(), count, storage::build_tower_bytes(geometry, count))
          .bytes;
  ereport(NOTICE, (errmsg("hnsw graph of %u rows does not fit into maintenance_work_mem", count),
                   errdetail("It is built in parts, which takes longer."),
                   errhint("With maintenance_work_mem of %zu MB it is built as a whole.", wanted / (1024 * 1024) + 1)));
  set_phase(kPhaseGraph, count);
  build_in_parts(leader, count, part_capacity(leader, count, memory), by_links);
  measure_pages(leader);
  end_team(leader, handle);
  mend(leader);
}

}  // namespace
}  // namespace vexpg::am

extern "C" IndexBuildResult *vexpg_build(Relation heap, Relation index, IndexInfo *info) {
  using namespace vexpg;
  if (RelationGetNumberOfBlocks(index) != 0)
    elog(ERROR, "index \"%s\" already contains data", RelationGetRelationName(index));
  if (info->ii_ExclusionOps != nullptr)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("access method \"hnsw\" does not support exclusion constraints")));
  auto *result = static_cast<IndexBuildResult *>(palloc0(sizeof(IndexBuildResult)));
  MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "vexpg build", ALLOCSET_DEFAULT_SIZES);
  MemoryContext old = MemoryContextSwitchTo(context);
  am::build_index(heap, index, info, result);
  MemoryContextSwitchTo(old);
  MemoryContextDelete(context);
  return result;
}

// The init fork of an unlogged index: an empty graph.
extern "C" void vexpg_buildempty(Relation index) {
  using namespace vexpg;
  storage::MetaPage meta = am::make_meta(index);
  auto *mean = static_cast<float *>(palloc0(sizeof(float) * storage::shape_of(meta).mean_floats() + 1));
  am::write_empty(index, INIT_FORKNUM, *storage::make_model(index, meta, mean, am::empty_byte_codes()));
}
