// SPDX-License-Identifier: PostgreSQL
// The order in which a scan hands rows to the executor.
//
// The executor is given each row with a lower bound of its distance and recomputes the distance from the heap
// (xs_recheckorderby); its queue then returns rows in exact order as long as the bounds never fall. So candidates leave in
// the order of their bounds. A bound costs a read of the second plane, which only those candidates get that may come next
// as far as their estimates tell (codec::margin).
#pragma once
#include "graph/search.hpp"
#include "pg/guc.hpp"
#include "pg/last_scan.hpp"
#include "storage/page_reader.hpp"

namespace vexpg::am {

// A row ready to be returned, or the rest of a chain of duplicates.
struct Ready {
  double bound;
  storage::NodeId id;  // chain: the head
  uint32_t version;
  storage::NodeId next;  // chain: where to go on; kNoNode for a row
  uint32_t serial;       // chain: of the last member returned
  uint16_t tid[3];
  bool chain;
};

struct Returned {
  storage::NodeId id;  // the slot of the row, and its version
  uint32_t version;
  double bound;
  ItemPointerData tid;
  bool late;  // nearer than a row that was returned before
};

class Emission {
 public:
  Emission(storage::PageReader &reader, graph::Memory memory)
      : reader_(reader), search_(memory), waiting_(memory), ready_(memory), held_(memory) {}

  // Begins a scan for the reader's query. Nothing is read yet.
  void begin(int ef, pg::IterativeScan mode, uint64_t max_scored, Size max_bytes);
  // The next row; false at the end.
  bool next(Returned *out);
  // What the scan has done.
  void report(pg::LastScan *out) const;

 private:
  bool first_round();
  bool next_round();
  void take_results();
  void refine_some();
  void push_ready(const Ready &ready);
  Ready pop_ready();
  bool pop_row(Ready *out);
  double estimate_low(const graph::Candidate &candidate) const;
  void widen_margin(float norm2);

  storage::PageReader &reader_;
  graph::LevelSearch search_;
  graph::GrowingArray<graph::Candidate> waiting_;  // not refined; from first_waiting_ on, nearest first
  graph::GrowingArray<Ready> ready_;               // heap by bound
  graph::GrowingArray<Ready> held_;                // late rows of a strict scan
  size_t first_waiting_ = 0, first_held_ = 0;
  size_t ef_ = 0;
  pg::IterativeScan mode_ = pg::IterativeScan::kStrictOrder;
  uint64_t max_scored_ = 0;
  Size max_bytes_ = 0;
  graph::SearchCounts descent_ = {};
  double horizon_ = 0;      // rows with a bound beyond it wait for the next round
  double last_bound_ = 0;
  float norm2_ = 0;      // the longest node that the candidates are known to hold, squared
  float margin_ = 0;     // one standard deviation of their estimates
  float margins_ = 0;    // so many of these may an estimate be above the truth
  double slack_ = 0;     // the most that a bound was below its refined estimate
  bool begun_ = false, exhausted_ = false;
  uint64_t resumes_ = 0, returned_ = 0, late_ = 0;
  const char *stopped_ = "not exhausted";
};

}  // namespace vexpg::am
