// SPDX-License-Identifier: PostgreSQL
// vexpg_index_size_estimate(rows, dim, ...): what an index takes before it is built.
#include "pg/pg.hpp"
#include "storage/index_size.hpp"

namespace vexpg::sql {
namespace {

int argument_between(FunctionCallInfo fcinfo, int number, const char *name, int low, int high) {
  int value = PG_GETARG_INT32(number);
  if (value < low || value > high)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be between %d and %d", name, low, high)));
  return value;
}

int argument_of(FunctionCallInfo fcinfo, int number, const char *name, std::initializer_list<int> allowed) {
  int value = PG_GETARG_INT32(number);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value %d for option \"%s\"", value, name)));
  return value;
}

constexpr int kLargestDim = 16000;

}  // namespace
}  // namespace vexpg::sql

VEXPG_FUNCTION(vexpg_index_size_estimate) {
  using namespace vexpg;
  int64 rows = PG_GETARG_INT64(0);
  if (rows < 0 || rows >= storage::kNoNode)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s must be between %u and %u", "rows", 0u, storage::kNoNode - 1)));
  auto dim = static_cast<uint32_t>(sql::argument_between(fcinfo, 1, "dim", 1, sql::kLargestDim));
  int m = sql::argument_between(fcinfo, 2, "m", storage::kMinM, storage::kMaxM);
  int ef =
      sql::argument_between(fcinfo, 3, "ef_construction", storage::kMinEfConstruction, storage::kMaxEfConstruction);
  int bits = sql::argument_of(fcinfo, 4, "bits", {0, 1, 2, 4, 8}),
      refine = sql::argument_of(fcinfo, 5, "refine", {-1, 0, 4, 8});
  auto attributes = static_cast<uint32_t>(sql::argument_between(fcinfo, 6, "attributes", 0, storage::kMaxAttributes));
  codec::Shape shape =
      storage::choose_shape(codec::Coding::kRotated, dim, bits, refine, static_cast<uint32_t>(m), attributes);
  storage::Geometry geometry;
  if (!storage::make_geometry(shape, static_cast<uint32_t>(m), attributes, &geometry)) storage::report_no_fit(dim);
  storage::IndexSize size =
      storage::estimate_size(geometry, graph::bulk_parameters({m, ef}), static_cast<uint32_t>(rows));
  TupleDesc columns;
  if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "return type must be a row type");
  Datum values[] = {Int64GetDatum(static_cast<int64>(size.index_bytes)),
                    Int64GetDatum(static_cast<int64>(size.build_bytes))};
  bool nulls[std::size(values)] = {};
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls)));
}
