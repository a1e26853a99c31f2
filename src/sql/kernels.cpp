// SPDX-License-Identifier: PostgreSQL
// vexpg_kernels(): which sets of distance kernels this server can run, and which one it runs.
#include "kernels/kernels.hpp"

#include "pg/pg.hpp"

using namespace vexpg;

VEXPG_FUNCTION(vexpg_kernels) {
  InitMaterializedSRF(fcinfo, 0);
  ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
  const kernels::Kernels *tables[16];
  const size_t count = std::min(kernels::list_available(tables, std::size(tables)), std::size(tables));
  for (size_t i = 0; i < count; i++) {
    Datum values[] = {CStringGetTextDatum(tables[i]->name), CStringGetTextDatum(tables[i]->description),
                      BoolGetDatum(tables[i] == &kernels::active()), BoolGetDatum(tables[i] == &kernels::best())};
    bool nulls[std::size(values)] = {};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return static_cast<Datum>(0);
}
