// SPDX-License-Identifier: PostgreSQL
// vexpg_recall_curve(): what the build of an index measured of it. Reads the meta page alone.
#include "sql/inspect.hpp"
#include "storage/model.hpp"

VEXPG_FUNCTION(vexpg_recall_curve) {
  using namespace vexpg;
  InitMaterializedSRF(fcinfo, 0);
  auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
  sql::OpenIndex open = sql::open_index(PG_GETARG_OID(0), AccessShareLock, sql::may_select);
  const storage::MetaPage meta = storage::read_meta(open.index);
  for (uint32_t i = 0; i < meta.recall.point_count; i++) {
    const storage::RecallPoint &point = meta.recall.points[i];
    Datum values[] = {Int32GetDatum(static_cast<int32>(point.ef)),
                      Float4GetDatum(point.gamma),
                      Float4GetDatum(point.recall),
                      Float4GetDatum(point.codes),
                      Int32GetDatum(static_cast<int32>(point.queries)),
                      Int64GetDatum(static_cast<int64>(meta.built_nodes))};
    bool nulls[std::size(values)] = {false, point.gamma == 0};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  sql::close_index(open);
  return static_cast<Datum>(0);
}
