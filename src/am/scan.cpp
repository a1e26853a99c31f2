// SPDX-License-Identifier: PostgreSQL
// Ordered index scans: what the executor calls. The search is emission.cpp.
#include <new>

#include "am/am.hpp"
#include "am/emission.hpp"
#include "am/range.hpp"
#include "am/scan_keys.hpp"
#include "storage/datum.hpp"
#include "storage/kept_memory.hpp"

namespace vexpg::pg {
constinit LastScan last_scan = {InvalidOid, 0, 0, 0, 0, 0, 0, 0, 0, "no scan yet", nullptr, 0, 0, -1};
}

namespace vexpg::am {
namespace {

// What the order of rows means for this query.
enum class QueryKind : uint8_t {
  kVector,
  kNull,  // ORDER BY v <-> NULL: every distance is NULL
  kNan,   // cosine of a zero vector: every distance is NaN
};

struct ScanState {
  MemoryContext query_context;  // reset by rescan
  storage::IndexModel *model;
  storage::FilteredReader *reader;
  Emission *emission;
  HeapDistance *heap;
  float *vector, *scratch;
  int8_t *planes;
  Found returned;  // the last row
  QueryKind kind;
  bool begun, impossible, recheck;
  pg::LastScan earlier;  // what the scans before the last rescan did
};

// What the scan since the last rescan did.
void report(IndexScanDesc scan, const ScanState &state, pg::LastScan *out) {
  out->index = RelationGetRelid(scan->indexRelation);
  state.emission->report(out);
  if (state.impossible) out->stopped = "no row can match";
}

void add_counts(const pg::LastScan &more, pg::LastScan *sum) {
  sum->nodes_expanded += more.nodes_expanded;
  sum->codes_scored += more.codes_scored;
  sum->details_read += more.details_read;
  sum->pages += more.pages;
  sum->prefetches += more.prefetches;
  sum->resumes += more.resumes;
  sum->rows_returned += more.rows_returned;
  sum->rows_late += more.rows_late;
  sum->filter_passes += more.filter_passes;
  sum->filter_rejects += more.filter_rejects;
}

// query: what rows are to be near to, unless it is NULL.
void prepare_query(ScanState *state, Datum query, bool null) {
  const storage::MetaPage &meta = state->model->meta;
  auto type = static_cast<storage::ElementType>(meta.element_type);
  const codec::Model &model = state->model->codec;
  const void *value = nullptr;
  state->kind = QueryKind::kVector;
  if (null) {
    state->kind = QueryKind::kNull;
  } else {
    value = storage::read_value(query, type, meta.dim, state->vector);
    if (!codec::indexable(model.shape, model.metric, value)) state->kind = QueryKind::kNan;
  }
  if (state->kind != QueryKind::kVector) value = storage::any_value(type, meta.dim, state->vector);  // any order will do
  codec::prepare_query(model, value, state->scratch, state->planes, state->reader->query());
}

// Of the order and the spheres that are asked for; raises where there are neither.
Range range_of_scan(IndexScanDesc scan, const ScanState &state) {
  const ScanKeyData *order_by = scan->numberOfOrderBys > 0 ? &scan->orderByData[0] : nullptr;
  Range range = range_of_keys(scan->keyData, scan->numberOfKeys, state.model->meta.vector_column, order_by);
  if (order_by == nullptr && !range.given && !range.empty)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("cannot scan hnsw index without order")));
  return range;
}

void begin_scan(IndexScanDesc scan, ScanState *state) {
  if (!IsMVCCSnapshot(scan->xs_snapshot))
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("non-MVCC snapshots are not supported with hnsw")));
  Range range = range_of_scan(scan, *state);
  pgstat_count_index_scan(scan->indexRelation);
  pg::count_index_search(scan);
  storage::Filter filter;
  state->impossible = !make_filter(*state->model, scan->keyData, scan->numberOfKeys, &filter) || range.empty;
  state->recheck = range.recheck;
  state->reader->set_filter(filter);
  state->reader->allow_kills(scan->ignore_killed_tuples);
  state->reader->reattach();
  bool ordered = scan->numberOfOrderBys > 0, null = range.empty || (ordered && (scan->orderByData[0].sk_flags & SK_ISNULL));
  prepare_query(state, range.center, null);
  // Every distance is NaN, which is within no radius but NaN.
  if (state->kind == QueryKind::kNan && range.given && !std::isnan(range.radius)) state->impossible = true;
  if (state->kind == QueryKind::kVector) state->heap->begin(PointerGetDatum(PG_DETOAST_DATUM(range.center)));
  pg::IterativeScan mode = pg::settings::iterative_scan();
  if (!ordered && mode == pg::IterativeScan::kStrictOrder) mode = pg::IterativeScan::kRelaxedOrder;  // nobody asked for order
  // A radius is compared with true distances.
  bool estimates = pg::settings::rerank() == pg::Rerank::kIndex && !range.given;
  double gamma = mode == pg::IterativeScan::kOff ? 0 : pg::settings::stop_gamma();  // the rule is for scans that can go on
  double radius = range.given && state->kind == QueryKind::kVector ? range.radius : get_float8_nan();
  double multiple = pg::settings::scan_memory_multiple();
  state->emission->begin(state->kind == QueryKind::kVector && !estimates ? state->heap : nullptr,
                         {pg::settings::ef_search(), mode, static_cast<uint64_t>(pg::settings::max_scan_tuples()),
                          static_cast<Size>(multiple * work_mem * 1024.0), radius, gamma, estimates});
}

void set_order_value(IndexScanDesc scan, const ScanState &state, const Found &row) {
  if (scan->numberOfOrderBys == 0) return;
  scan->xs_orderbynulls[0] = state.kind == QueryKind::kNull;
  double value = state.kind == QueryKind::kNan ? get_float8_nan() : row.distance;
  scan->xs_orderbyvals[0] = state.kind == QueryKind::kNull ? static_cast<Datum>(0) : Float8GetDatum(value);
}

}  // namespace

bool scan_totals(IndexScanDesc scan, pg::LastScan *out) {
  const auto &state = *static_cast<const ScanState *>(scan->opaque);
  if (!state.begun && !OidIsValid(state.earlier.index)) return false;
  *out = state.earlier;
  if (!state.begun) return true;
  report(scan, state, out);
  add_counts(state.earlier, out);
  return true;
}

}  // namespace vexpg::am

extern "C" {

using namespace vexpg;

IndexScanDesc vexpg_beginscan(Relation index, int keys, int order_bys) {
  IndexScanDesc scan = RelationGetIndexScan(index, keys, order_bys);
  auto *state = static_cast<am::ScanState *>(palloc0(sizeof(am::ScanState)));
  storage::MetaPage meta;
  state->model = storage::load_model(index, &meta);
  state->reader = new (palloc(sizeof(storage::FilteredReader))) storage::FilteredReader(index, *state->model);
  state->emission = new (palloc(sizeof(am::Emission))) am::Emission(*state->reader, storage::kept_memory(CurrentMemoryContext));
  state->heap = new (palloc(sizeof(am::HeapDistance))) am::HeapDistance(scan, meta.vector_column, CurrentMemoryContext);
  state->query_context = AllocSetContextCreate(CurrentMemoryContext, "vexpg scan", ALLOCSET_SMALL_SIZES);
  const codec::Shape &shape = state->model->geometry.shape;
  state->vector = static_cast<float *>(palloc(sizeof(float) * shape.mean_floats() + 1));
  state->scratch = static_cast<float *>(palloc(sizeof(float) * shape.scratch_floats()));
  state->planes = static_cast<int8_t *>(palloc0(codec::query_entries(shape)));
  if (order_bys > 0) {
    scan->xs_orderbyvals = static_cast<Datum *>(palloc0(sizeof(Datum) * static_cast<Size>(order_bys)));
    scan->xs_orderbynulls = static_cast<bool *>(palloc(sizeof(bool) * static_cast<Size>(order_bys)));
    memset(scan->xs_orderbynulls, true, sizeof(bool) * static_cast<Size>(order_bys));
  }
  scan->opaque = state;
  return scan;
}

void vexpg_rescan(IndexScanDesc scan, ScanKey keys, int, ScanKey order_bys, int) {
  auto *state = static_cast<am::ScanState *>(scan->opaque);
  MemoryContextReset(state->query_context);
  if (keys != nullptr && scan->numberOfKeys > 0) memmove(scan->keyData, keys, sizeof(ScanKeyData) * static_cast<Size>(scan->numberOfKeys));
  if (order_bys != nullptr && scan->numberOfOrderBys > 0)
    memmove(scan->orderByData, order_bys, sizeof(ScanKeyData) * static_cast<Size>(scan->numberOfOrderBys));
  pg::LastScan totals;
  if (am::scan_totals(scan, &totals)) state->earlier = totals;
  state->begun = false;
}

bool vexpg_gettuple(IndexScanDesc scan, [[maybe_unused]] ScanDirection direction) {
  Assert(ScanDirectionIsForward(direction));
  auto *state = static_cast<am::ScanState *>(scan->opaque);
  if (!state->begun) {
    MemoryContext old = MemoryContextSwitchTo(state->query_context);
    am::begin_scan(scan, state);
    MemoryContextSwitchTo(old);
    state->begun = true;
  } else if (scan->kill_prior_tuple && state->reader->allows_kills()) {
    // The executor found the row dead to everyone; scans that read rows themselves leave out such rows.
    state->reader->kill(state->returned.id, state->returned.version, state->returned.tid);
  }
  if (state->impossible || !state->emission->next(&state->returned)) return false;
  const am::Found &row = state->returned;
  scan->xs_heaptid = row.tid;
  scan->xs_recheck = state->recheck || row.recheck;
  scan->xs_recheckorderby = false;
  am::set_order_value(scan, *state, row);
  return true;
}

void vexpg_endscan(IndexScanDesc scan) {
  auto *state = static_cast<am::ScanState *>(scan->opaque);
  state->heap->end();
  if (state->begun) am::report(scan, *state, &pg::last_scan);
}

}  // extern "C"
