// SPDX-License-Identifier: PostgreSQL
// The candidates of a scan under a filter, in rounds: from the graph, or from an exact pass over the rows that match,
// whichever reads less. What the graph did not come to, the exact pass adds at the end; nothing is lost or comes twice.
#pragma once
#include "graph/filtered_search.hpp"
#include "storage/filtered_reader.hpp"

namespace vexpg::am {

// What an exact pass costs in visits, which read one slot of another page and score its code on the way through the graph:
// looking at one row of the dense column, and scoring a code, which takes no links and reads pages in order.
inline constexpr double kColumnVisits = 0.003, kPassVisits = 0.3;

class FilteredRounds {
 public:
  FilteredRounds(storage::FilteredReader &reader, graph::Memory memory) : reader_(reader), search_(memory), matches_(memory) {}

  void begin(int ef, uint64_t visit_limit);
  // Whether the first round will search the graph; then start() says from where.
  bool wants_graph();
  void start(const graph::Candidate *entries, int count) {
    entries_[0] = entries[0];
    entry_count_ = count;
    if (count > 1) entries_[1] = entries[1];
  }
  // The next candidates, in results(); at least `wanted` of them if there are so many. False: there are no more, or the
  // limit was met.
  bool next(size_t wanted);
  graph::Results &results() { return search_.results; }
  // Later rounds are hardly worth waiting for with candidates that are nearer than this.
  float horizon() const { return horizon_; }
  // Whether later rounds certainly have none, as far as estimates tell.
  bool exact() const { return exact_done_; }
  // No later round has any.
  bool complete() const { return exact_done_ && search_.aside.empty(); }

  const graph::SearchCounts &counts() const { return search_.counts; }
  size_t bytes() const { return search_.bytes() + matches_.bytes(); }
  uint64_t passed() const { return search_.passed; }
  double rate() const { return rate_; }
  const char *strategy() const { return !exact_done_ ? "graph" : graph_ ? "graph, then exact" : "exact"; }

 private:
  void survey();
  bool exact_is_cheaper(double rate, double exact) const;
  bool exact_pass();
  bool serve(size_t wanted);
  graph::FilteredTask task(size_t wanted) const;

  storage::FilteredReader &reader_;
  graph::FilteredSearch search_;
  graph::Bitmap matches_;  // after the dense column was read: ids that may match
  graph::Candidate entries_[2];
  int entry_count_ = 0;
  size_t ef_ = 0;
  uint64_t visit_limit_ = 0;
  double rows_ = 0, rate_ = 0, exact_ = 0;
  float horizon_ = 0;
  bool surveyed_ = false, listed_ = false, graph_ = false, started_ = false, exact_done_ = false;
};

}  // namespace vexpg::am
