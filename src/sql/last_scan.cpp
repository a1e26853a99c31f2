// SPDX-License-Identifier: PostgreSQL
// vexpg_last_scan(): what the last index scan of this backend did.
#include "pg/last_scan.hpp"

VEXPG_FUNCTION(vexpg_last_scan) {
  constexpr int kColumns = 14;
  TupleDesc descriptor;
  if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE) elog(ERROR, "return type must be a row type");
  if (descriptor->natts != kColumns) elog(ERROR, "the extension's objects are not of this version of its library");
  const vexpg::pg::LastScan &scan = vexpg::pg::last_scan;
  Datum values[kColumns] = {ObjectIdGetDatum(scan.index),
                            Int64GetDatum(static_cast<int64>(scan.nodes_expanded)),
                            Int64GetDatum(static_cast<int64>(scan.codes_scored)),
                            Int64GetDatum(static_cast<int64>(scan.details_read)),
                            Int64GetDatum(static_cast<int64>(scan.pages)),
                            Int64GetDatum(static_cast<int64>(scan.prefetches)),
                            Int64GetDatum(static_cast<int64>(scan.resumes)),
                            Int64GetDatum(static_cast<int64>(scan.rows_returned)),
                            Int64GetDatum(static_cast<int64>(scan.rows_late)),
                            CStringGetTextDatum(scan.stopped),
                            CStringGetTextDatum(scan.strategy == nullptr ? "" : scan.strategy),
                            Int64GetDatum(static_cast<int64>(scan.filter_passes)),
                            Int64GetDatum(static_cast<int64>(scan.filter_rejects)),
                            Float8GetDatum(scan.match_rate)};
  bool nulls[kColumns] = {!OidIsValid(scan.index)};
  nulls[9] = scan.strategy == nullptr;
  nulls[kColumns - 1] = scan.match_rate < 0;
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
