// SPDX-License-Identifier: PostgreSQL
// What the last index scan of this backend did: written by the access method, read by vexpg_last_scan().
#pragma once
#include "pg/pg.hpp"

namespace vexpg::pg {

struct LastScan {
  Oid index;                // InvalidOid: no scan yet
  uint64 nodes_expanded;    // nodes whose links were read
  uint64 codes_scored;      // codes compared with the query
  uint64 details_read;      // candidates refined by the second plane
  uint64 pages;             // page accesses
  uint64 prefetches;        // pages that the disk was asked for ahead of their use
  uint64 resumes;           // rounds after the first
  uint64 rows_returned;     // heap TIDs handed to the executor
  uint64 rows_late;         // found nearer than a row already returned
  const char *stopped;      // why no more rows were looked for
  const char *strategy;     // how rows were looked for
  uint64 filter_passes;     // scored nodes that passed the conditions of the index
  uint64 filter_rejects;    // and that failed them
  double match_rate;        // share of the rows that match, as the scan took it to be; below 0: no filter
};

extern LastScan last_scan;

}  // namespace vexpg::pg
