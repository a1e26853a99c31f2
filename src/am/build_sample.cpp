// SPDX-License-Identifier: PostgreSQL
// Before a build: mean and scale of the vectors, from blocks spread over the table.
#include "am/build.hpp"
#include "storage/datum.hpp"

namespace vexpg::am {
namespace {

constexpr uint64_t kSampleRows = 2000;
constexpr BlockNumber kSampleBlocks = 2048;

struct Sample {
  const storage::MetaPage *meta;
  MemoryContext row_context;
  codec::SampleStatistics statistics;
  double *sums;
};

void sample_row(Relation, ItemPointer, Datum *values, bool *isnull, bool, void *argument) {
  auto *sample = static_cast<Sample *>(argument);
  const storage::MetaPage &meta = *sample->meta;
  if (isnull[meta.vector_column]) return;
  MemoryContext old = MemoryContextSwitchTo(sample->row_context);
  const codec::Shape shape = storage::shape_of(meta);
  auto metric = static_cast<codec::Metric>(meta.metric);
  auto *buffer = static_cast<float *>(palloc(sizeof(float) * shape.mean_floats() + 1));
  const void *value =
      storage::read_value(values[meta.vector_column], static_cast<storage::ElementType>(meta.element_type), meta.dim, buffer);
  bool indexed = codec::indexable(shape, metric, value);
  if (indexed && shape.coding == codec::Coding::kSparse)
    codec::sample_add_sparse(metric, *static_cast<const types::SparseVector *>(value), &sample->statistics);
  else if (indexed)
    codec::sample_add(metric, shape.dim, buffer, &sample->statistics, sample->sums);
  MemoryContextSwitchTo(old);
  MemoryContextReset(sample->row_context);
}

// Elements that a code of a sparse vector keeps: those of nearly all vectors of the sample; at most what fits.
void choose_sparse_dim(const codec::SampleStatistics &statistics, storage::MetaPage *meta) {
  if (statistics.count == 0) return;
  codec::Shape shape = storage::shape_of(*meta);
  shape.dim = codec::sparse_dim_for(statistics);
  storage::Geometry geometry;
  while (!storage::make_geometry(shape, meta->m, meta->attribute_count, &geometry) && shape.dim > codec::kSparseUnit)
    shape.dim -= codec::kSparseUnit;
  meta->code_dim = shape.dim;
}

}  // namespace

void sample_table(Relation heap, Relation index, IndexInfo *info, storage::MetaPage *meta, float *mean) {
  const codec::Shape shape = storage::shape_of(*meta);
  if (shape.coding == codec::Coding::kBits) return;
  pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseSample);
  Sample sample = {meta, AllocSetContextCreate(CurrentMemoryContext, "vexpg sample row", ALLOCSET_DEFAULT_SIZES), {},
                   static_cast<double *>(palloc0(sizeof(double) * shape.mean_floats() + 1))};
  BlockNumber blocks = RelationGetNumberOfBlocks(heap), wanted = std::min(blocks, kSampleBlocks);
  // The k-th sampled block for k = 0, 1, 2, ...: bit-reversed k, so that any prefix is spread over the whole table.
  uint32_t bits = wanted <= 1 ? 0 : pg_ceil_log2_32(wanted);
  for (uint32_t k = 0; k < 1u << bits && blocks > 0 && sample.statistics.count < kSampleRows; k++) {
    uint32_t reversed = 0;
    for (uint32_t bit = 0; bit < bits; bit++) reversed |= (k >> bit & 1) << (bits - 1 - bit);
    auto block = static_cast<BlockNumber>(static_cast<uint64_t>(reversed) * blocks >> bits);
    table_index_build_range_scan(heap, index, info, false, false, false, block, 1, sample_row, &sample, nullptr);
  }
  meta->scale = codec::sample_finish(static_cast<codec::Metric>(meta->metric), shape.mean_floats(), sample.statistics, sample.sums,
                                     mean);
  if (shape.coding == codec::Coding::kSparse) choose_sparse_dim(sample.statistics, meta);
  pfree(sample.sums);
  MemoryContextDelete(sample.row_context);
}

}  // namespace vexpg::am
