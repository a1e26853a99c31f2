// SPDX-License-Identifier: PostgreSQL
// The order in which a scan hands rows to the executor: exactly by distance, as far as the search has come.
//
// A candidate passes four stages. Its estimate comes with the search. Its bound, a distance that it is certainly not
// nearer than, costs a read of the second plane; only those candidates get one that may come next as far as their
// estimates tell (codec::margin). Its distance costs a read of the heap row, in the order of the bounds. It is returned
// when no bound, no estimate and no later round can be nearer.
#pragma once
#include "am/heap_distance.hpp"
#include "am/filtered_rounds.hpp"
#include "graph/search.hpp"
#include "pg/guc.hpp"
#include "pg/last_scan.hpp"

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
  bool recheck;  // whether it passes the filter is for the executor to decide
};

// A row with its distance.
struct Found {
  double distance;
  storage::NodeId id;
  uint32_t version;
  ItemPointerData tid;
  bool recheck;
};

class Emission {
 public:
  Emission(storage::FilteredReader &reader, graph::Memory memory)
      : reader_(reader), search_(memory), filtered_(reader, memory), waiting_(memory), ready_(memory), found_(memory),
        held_(memory) {}

  // Begins a scan for the reader's query. Nothing is read yet. heap: null if all distances are alike (NULL, NaN).
  struct Limits {
    int ef;
    pg::IterativeScan mode;
    uint64_t max_scored;  // 0: none
    Size max_bytes;       // 0: none
    double radius;        // rows beyond it are not wanted; NaN: all are
    double gamma;         // of the stop rule (graph/search.hpp); 0: none
    bool estimates;       // order by the estimates from both planes; no row is read
  };
  void begin(HeapDistance *heap, const Limits &limits);
  // The next row; false at the end.
  bool next(Found *out);
  // What the scan has done.
  void report(pg::LastScan *out) const;

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static constexpr size_t kFirstWanted = 10;  // rows that a query is taken to want until it asks for more

  bool find_starts(graph::Candidate starts[2]);
  bool first_round();
  bool filtered_round();
  void set_stop_rule();
  void search_on();
  bool next_round();
  size_t round_ef() const;
  bool resumed_round();
  bool sweep_is_due() const;
  void sweep_pages(size_t most);
  bool sweep();
  void take_results();
  void take_swept();
  void take_filtered();
  void add_waiting(const graph::Results &results);
  uint64_t scored() const { return reader_.filtered() ? filtered_.counts().scored : search_.counts.scored; }
  Size bytes() const;
  void stop(const char *limit);
  bool end();
  void refine_some();
  bool pop_row(Ready *out);
  void measure(const Ready &row);
  bool pop_found(Found *out);
  bool confirm_radius();
  // Later rounds reach farther than the first one was sure of.
  double horizon() const { return returned_ < sure_ ? std::max(sure_horizon_, horizon_) : horizon_; }
  double nearest_pending() const;
  double estimate_low(const graph::Candidate &candidate) const;
  void widen_margin(float norm2);

  storage::FilteredReader &reader_;
  graph::LevelSearch search_;   // without a filter
  FilteredRounds filtered_;     // with one
  graph::GrowingArray<graph::Candidate> waiting_;  // not refined; from first_waiting_ on, nearest first
  graph::GrowingArray<Ready> ready_;               // heap by bound
  graph::GrowingArray<Found> found_;               // heap by distance
  graph::GrowingArray<Found> held_;                // heap by distance: late rows of a strict scan
  HeapDistance *heap_ = nullptr;
  Limits limits_ = {};
  size_t first_waiting_ = 0;
  size_t wanted_ = 0;  // rows that the stop rule is to be good for
  size_t taken_ = 0;   // candidates that the rounds found
  graph::SearchCounts descent_ = {};
  double horizon_ = 0;      // rows with a bound beyond it wait for the next round
  double last_distance_ = 0;
  float norm2_ = 0;      // the longest node that the candidates are known to hold, squared
  float margin_ = 0;     // one standard deviation of their estimates
  float margins_ = 0;    // so many of these may an estimate be above the truth
  double slack_ = 0;     // the most that a bound was below its refined estimate
  bool begun_ = false, exhausted_ = false, limited_ = false, ended_ = false;
  bool swept_ = false, rows_left_ = true;  // all codes were looked at; there are more than were taken
  uint64_t resumes_ = 0, returned_ = 0, late_ = 0;
  uint64_t sure_ = 0;    // so many rows are returned up to another horizon, that of the round's own results
  double sure_horizon_ = 0;
  uint64_t beyond_ = 0;  // so many refined candidates in a row have a bound beyond the radius
  const char *stopped_ = "not exhausted";
};

}  // namespace vexpg::am
