// SPDX-License-Identifier: PostgreSQL
// ambuild: sample the table, encode and insert every row in memory, link what is unreachable, write the pages. Rows that
// maintenance_work_mem does not hold follow by insertion into the pages.
#include "am/am.hpp"
#include "am/build_write.hpp"
#include "am/row_insert.hpp"
#include "graph/reach.hpp"
#include "storage/datum.hpp"
#include "storage/vacuum_pass.hpp"

#include <new>

namespace vexpg::am {

using storage::IndexModel;
using storage::kNoNode;
using storage::MetaPage;
using storage::NodeId;

namespace {

constexpr uint64_t kSeed = 0x5EED;          // of rotation and levels: equal input builds equal graphs
constexpr uint64_t kSampleRows = 2000;      // for mean and scale
constexpr BlockNumber kSampleBlocks = 2048;
constexpr uint32_t kSparseUnit = 8;        // elements of a sparse code come in eights
constexpr uint32_t kSparseDefault = 256;   // of them, where there is no sample

struct BuildState {
  Relation heap, index;
  IndexInfo *info;
  MetaPage meta;
  IndexModel *model;
  MemoryContext context, graph_context, row_context;  // all of the build; the graph in memory; reset for each row
  // in memory
  storage::BuildStore *store;
  graph::InsertScratch *scratch;
  graph::InsertParameters parameters;
  storage::Row *row;
  graph::Neighbours neighbours;
  pg_prng_state random;
  NodeId entry;
  int entry_level;
  Size memory_limit;
  RowInserter *inserter;  // once the pages are written
  // sampling
  codec::SampleStatistics statistics;
  double *sums;
  int64 tuples;
  double indexed;
};

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
  if (!storage::coding_of(opclass.element_type, opclass.metric, &coding)) elog(ERROR, "operator class without a coding");
  codec::Shape shape = codec::default_shape(static_cast<uint32_t>(opclass.dim), coding);
  auto m = static_cast<uint32_t>(options.m), attributes = static_cast<uint32_t>(opclass.attribute_count);
  storage::Geometry geometry;
  auto fits = [&] { return storage::make_geometry(shape, m, attributes, &geometry); };
  if (coding == codec::Coding::kBits || coding == codec::Coding::kSparse) {
    const uint32_t unit = coding == codec::Coding::kBits ? 8 * uint32_t{kernels::kCodeAlign} : kSparseUnit;
    if (coding == codec::Coding::kSparse) shape.dim = kSparseDefault;
    refuse_bits(options, opclass.element_type);
    for (; !fits() && shape.dim > unit; shape.dim = (shape.dim - 1) / unit * unit) continue;
    return shape;
  }
  if (options.bits != 0) shape.bits = static_cast<uint8_t>(options.bits);
  if (options.bits != 0 && options.refine < 0) shape.refine = options.bits == 8 ? 0 : 4;
  if (options.refine >= 0) shape.refine = static_cast<uint8_t>(options.refine);
  while (options.bits == 0 && shape.bits > 1 && !fits()) {
    shape.bits /= 2;
    if (options.refine < 0) shape.refine = 4;
  }
  return shape;
}

// Elements that a code of a sparse vector keeps: one more than any of the sample has, so that bounds know that none is
// left out; at most what fits.
void choose_sparse_dim(const codec::SampleStatistics &statistics, MetaPage *meta) {
  if (statistics.count == 0) return;
  codec::Shape shape = storage::shape_of(*meta);
  shape.dim = std::min((statistics.elements + kSparseUnit) / kSparseUnit * kSparseUnit, codec::kMaxSparseDim);
  storage::Geometry geometry;
  while (!storage::make_geometry(shape, meta->m, meta->attribute_count, &geometry) && shape.dim > kSparseUnit)
    shape.dim -= kSparseUnit;
  meta->code_dim = shape.dim;
}

// Parameters of the new index, from its columns and options.
MetaPage make_meta(Relation index) {
  OpclassInfo opclass;
  describe_index(index, &opclass);
  IndexOptions options = index_options(index);
  check_options(options);
  if (opclass.dim < 0) ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("column does not have dimensions")));
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
  for (int a = 0; a < opclass.attribute_count; a++) meta.attribute_kinds[a] = static_cast<uint8_t>(opclass.attribute_kinds[a]);
  meta.scale = 1;
  meta.seed = kSeed;
  meta.entry = kNoNode;
  std::fill(std::begin(meta.tower_hints), std::end(meta.tower_hints), storage::kNoBlock);
  return meta;
}

// ---- sampling: mean and scale from blocks spread over the table

void sample_row(Relation, ItemPointer, Datum *values, bool *isnull, bool, void *argument) {
  auto *state = static_cast<BuildState *>(argument);
  int column = state->meta.vector_column;
  if (isnull[column]) return;
  MemoryContext old = MemoryContextSwitchTo(state->row_context);
  const codec::Shape shape = storage::shape_of(state->meta);
  auto metric = static_cast<codec::Metric>(state->meta.metric);
  auto *buffer = static_cast<float *>(palloc(sizeof(float) * shape.mean_floats() + 1));
  const void *value =
      storage::read_value(values[column], static_cast<storage::ElementType>(state->meta.element_type), state->meta.dim, buffer);
  if (!codec::indexable(shape, metric, value)) {
  } else if (shape.coding == codec::Coding::kSparse) {
    codec::sample_add_sparse(metric, *static_cast<const types::SparseVector *>(value), &state->statistics);
  } else {
    codec::sample_add(metric, shape.dim, buffer, &state->statistics, state->sums);
  }
  MemoryContextSwitchTo(old);
  MemoryContextReset(state->row_context);
}

void sample_table(BuildState *state, float *mean) {
  const codec::Shape shape = storage::shape_of(state->meta);
  if (shape.coding == codec::Coding::kBits) return;
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseSample);
  state->sums = static_cast<double *>(palloc0(sizeof(double) * shape.mean_floats() + 1));
  BlockNumber blocks = RelationGetNumberOfBlocks(state->heap), wanted = std::min(blocks, kSampleBlocks);
  // The k-th sampled block for k = 0, 1, 2, ...: bit-reversed k, so that any prefix is spread over the whole table.
  uint32_t bits = wanted <= 1 ? 0 : pg_ceil_log2_32(wanted);
  for (uint32_t k = 0; k < 1u << bits && blocks > 0 && state->statistics.count < kSampleRows; k++) {
    uint32_t reversed = 0;
    for (uint32_t bit = 0; bit < bits; bit++) reversed |= (k >> bit & 1) << (bits - 1 - bit);
    auto block = static_cast<BlockNumber>(static_cast<uint64_t>(reversed) * blocks >> bits);
    table_index_build_range_scan(state->heap, state->index, state->info, false, false, false, block, 1, sample_row, state, nullptr);
  }
  state->meta.scale = codec::sample_finish(static_cast<codec::Metric>(state->meta.metric), shape.mean_floats(), state->statistics, state->sums, mean);
  if (shape.coding == codec::Coding::kSparse) choose_sparse_dim(state->statistics, &state->meta);
}

// ---- insertion in memory

void insert_in_memory(BuildState *state, const ItemPointerData &tid) {
  storage::BuildStore &store = *state->store;
  NodeId duplicate = store.find_duplicate(*state->row);
  if (duplicate != kNoNode) {
    store.add_member(*state->row, tid, duplicate);
    return;
  }
  int level = graph::level_from_uniform(1.0 - pg_prng_double(&state->random), state->parameters.m);
  graph::Neighbours &chosen = state->neighbours;
  chosen.level = level;
  NodeId node = store.add(*state->row, tid, level);
  if (state->entry == kNoNode) {
    state->entry = node;
    state->entry_level = level;
    return;
  }
  store.query_row(*state->row);
  graph::Candidate entry;
  store.score(&state->entry, 1, &entry);
  graph::find_neighbours(store, state->parameters, *state->scratch, entry, state->entry_level, &chosen,
                         [](graph::Results &) { return true; });
  store.set_links(node, chosen);
  for (int l = std::min(level, state->entry_level); l >= 0; l--)
    for (int i = 0; i < chosen.count[l]; i++) graph::connect(store, state->parameters, chosen.links[l][i].id, node, l, false);
  if (level > state->entry_level) {
    state->entry = node;
    state->entry_level = level;
  }
}

// Nodes that no search would meet get a link.
void link_orphans(BuildState *state) {
  storage::BuildStore &store = *state->store;
  if (state->entry == kNoNode) return;
  graph::Bitmap heads(storage::context_memory(state->graph_context));
  heads.reset(store.size());
  for (NodeId id = 0; id < store.size(); id++)
    if (!(store.slot(id).flags() & storage::kMember)) heads.insert(id);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseOrphans);
  graph::ReachScratch reach(storage::context_memory(state->graph_context));
  graph::link_unreachable(store, state->parameters, reach, {state->entry, state->entry_level}, heads);
}

void finish_memory(BuildState *state) {
  link_orphans(state);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseWrite);
  state->meta.entry = state->entry;
  state->meta.entry_level = static_cast<uint32_t>(state->entry == kNoNode ? 0 : state->entry_level);
  state->meta.built_nodes = state->store->size();
  state->model = write_graph(state->index, state->meta, *state->model, *state->store);
  state->store = nullptr;
  MemoryContextDelete(state->graph_context);
}

// The rest of the rows goes through the pages.
void spill(BuildState *state) {
  ereport(NOTICE, (errmsg("hnsw graph no longer fits into maintenance_work_mem after " INT64_FORMAT " tuples", state->tuples),
                   errdetail("Building will take significantly more time."),
                   errhint("Increase maintenance_work_mem to speed up builds.")));
  finish_memory(state);
  state->inserter = make_inserter(state->index, *state->model, state->context);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseLoad);
}

// Rows that went through the pages may have cost others their last link: what the next vacuum would mend is mended now.
void finish_pages(BuildState *state) {
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseOrphans);
  auto *pass = new (palloc(sizeof(storage::VacuumPass)))
      storage::VacuumPass(state->index, *state->model, nullptr, {nullptr, nullptr}, state->context);
  pass->run();
}

void build_row(Relation, ItemPointer tid, Datum *values, bool *isnull, bool, void *argument) {
  auto *state = static_cast<BuildState *>(argument);
  MemoryContext old = MemoryContextSwitchTo(state->row_context);
  if (state->inserter == nullptr && state->store->memory_used() > state->memory_limit) {
    MemoryContextSwitchTo(state->context);
    spill(state);
    MemoryContextSwitchTo(state->row_context);
  }
  storage::Row *row = state->inserter != nullptr ? state->inserter->row : state->row;
  if (storage::encode_row(*state->model, values, isnull, row)) {
    if (state->inserter != nullptr) insert_row(*state->inserter, *tid);
    else insert_in_memory(state, *tid);
    state->indexed++;
  }
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, ++state->tuples);
  MemoryContextSwitchTo(old);
  MemoryContextReset(state->row_context);
}

BuildState *begin_build(Relation heap, Relation index, IndexInfo *info) {
  auto *state = static_cast<BuildState *>(palloc0(sizeof(BuildState)));
  state->heap = heap;
  state->index = index;
  state->info = info;
  state->meta = make_meta(index);
  state->context = AllocSetContextCreate(CurrentMemoryContext, "vexpg build", ALLOCSET_DEFAULT_SIZES);
  state->graph_context = AllocSetContextCreate(state->context, "vexpg graph", ALLOCSET_DEFAULT_SIZES);
  state->row_context = AllocSetContextCreate(state->context, "vexpg build row", ALLOCSET_DEFAULT_SIZES);
  state->entry = kNoNode;
  state->parameters = {state->meta.m, state->meta.ef_construction};
  state->memory_limit = static_cast<Size>(maintenance_work_mem) * 1024;
  pg_prng_seed(&state->random, kSeed);
  return state;
}

}  // namespace
}  // namespace vexpg::am

extern "C" IndexBuildResult *vexpg_build(Relation heap, Relation index, IndexInfo *info) {
  using namespace vexpg;
  if (RelationGetNumberOfBlocks(index) != 0) elog(ERROR, "index \"%s\" already contains data", RelationGetRelationName(index));
  if (info->ii_ExclusionOps != nullptr)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("access method \"hnsw\" does not support exclusion constraints")));
  am::BuildState *state = am::begin_build(heap, index, info);
  MemoryContext old = MemoryContextSwitchTo(state->context);
  auto *mean = static_cast<float *>(palloc0(sizeof(float) * storage::shape_of(state->meta).mean_floats() + 1));
  am::sample_table(state, mean);
  state->model = storage::make_model(state->meta, mean, am::empty_byte_codes());
  state->store = new (palloc(sizeof(storage::BuildStore))) storage::BuildStore(*state->model, state->graph_context);
  state->scratch = new (palloc(sizeof(graph::InsertScratch))) graph::InsertScratch(storage::context_memory(state->graph_context));
  state->row = storage::allocate_row(*state->model);
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, am::kPhaseLoad);
  double reltuples = table_index_build_scan(heap, index, info, true, true, am::build_row, state, nullptr);
  if (state->inserter == nullptr) am::finish_memory(state);
  else am::finish_pages(state);
  auto *result = static_cast<IndexBuildResult *>(MemoryContextAlloc(old, sizeof(IndexBuildResult)));
  result->heap_tuples = reltuples;
  result->index_tuples = state->indexed;
  MemoryContextSwitchTo(old);
  MemoryContextDelete(state->context);
  return result;
}

// The init fork of an unlogged index: an empty graph.
extern "C" void vexpg_buildempty(Relation index) {
  using namespace vexpg;
  storage::MetaPage meta = am::make_meta(index);
  auto *mean = static_cast<float *>(palloc0(sizeof(float) * storage::shape_of(meta).mean_floats() + 1));
  am::write_empty(index, INIT_FORKNUM, *storage::make_model(meta, mean, am::empty_byte_codes()));
}
