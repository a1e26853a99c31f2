// SPDX-License-Identifier: PostgreSQL
#include "am/filtered_rounds.hpp"

#include "am/code_pass.hpp"

namespace vexpg::am {
namespace {

constexpr double kVisitsPerRate = 30;     // of a filtered search, over the share of rows that match
constexpr size_t kLeastEf = 40;           // a shorter list misses matches that lie apart

}  // namespace

void FilteredRounds::begin(int ef, uint64_t visit_limit) {
  ef_ = std::max(static_cast<size_t>(ef), kLeastEf);
  visit_limit_ = visit_limit;
  rows_ = rate_ = exact_ = 0;
  horizon_ = std::numeric_limits<float>::infinity();
  surveyed_ = listed_ = graph_ = started_ = exact_done_ = false;
  search_.reset(task(1), static_cast<int>(reader_.geometry().m), reader_.slot_limit());
}

graph::FilteredTask FilteredRounds::task(size_t wanted) const {
  graph::FilteredTask task;
  task.wanted = wanted;
  task.ef = ef_;
  task.rate = std::max(rate_, 1 / std::max(rows_, 1.0));
  task.exact = exact_;
  task.visit_limit = visit_limit_;
  bool squared = reader_.query()->metric != codec::Metric::kInnerProduct;
  task.origin = squared ? 0 : -std::numeric_limits<float>::infinity();
  return task;
}

bool FilteredRounds::exact_is_cheaper(double rate, double exact) const {
  return graph::kVisitsPerResult * static_cast<double>(ef_) + kVisitsPerRate / rate > exact;
}

// Learns how many rows match, first from a sample, then, if they seem few, from the whole dense column: and so what the
// graph and what an exact pass will cost.
void FilteredRounds::survey() {
  surveyed_ = true;
  double slots = reader_.slot_limit();
  storage::MatchSample sample = reader_.sample(static_cast<uint64_t>(4 * std::sqrt(slots)));
  rows_ = sample.slots > 0 ? slots * static_cast<double>(sample.rows) / static_cast<double>(sample.slots) : 0;
  rate_ = sample.rate();
  exact_ = slots * kColumnVisits + kPassVisits * rate_ * rows_;
  graph_ = sample.matches >= 2 && !exact_is_cheaper(rate_, exact_);
  if (graph_) return;
  sample = reader_.find_matches(&matches_);
  listed_ = true;
  rows_ = static_cast<double>(sample.rows);
  rate_ = sample.rate();
  exact_ = kPassVisits * static_cast<double>(matches_.count());
  graph_ = sample.matches >= 2 && !exact_is_cheaper(rate_, exact_);
}

bool FilteredRounds::wants_graph() {
  if (!surveyed_) survey();
  return graph_;
}

bool FilteredRounds::next(size_t wanted) {
  if (!surveyed_) survey();
  if (exact_done_) return serve(wanted);
  if (!graph_) return exact_pass() && serve(wanted);
  graph::FilteredTask now = task(wanted);
  graph::FilteredEnd end;
  if (!started_) {
    started_ = true;
    end = graph::search_filtered(reader_, search_, entries_, entry_count_, now);
  } else {
    end = graph::resume_filtered(reader_, search_, now);
  }
  if (end == graph::FilteredEnd::kFound || end == graph::FilteredEnd::kLimit) {
    size_t found = search_.results.size();
    if (found == 0) return false;
    search_.results.sort();
    // Those beyond are what a search for more of them would find better.
    horizon_ = (search_.results.begin() + std::min(wanted, found) - 1)->distance;
    return true;
  }
  return exact_pass() && serve(wanted);
}

// Scores all rows that may match and were not met by the graph, page by page; with what the graph found they are
// everything that is left. False if the limit was met and nothing was found.
bool FilteredRounds::exact_pass() {
  exact_done_ = true;
  if (!listed_) reader_.find_matches(&matches_);
  listed_ = true;
  for (const graph::Candidate &c : search_.results) search_.aside.push_back(c);
  search_.results.clear();
  auto take = [this](const graph::Candidate &scored) {
    search_.counts.scored++;
    search_.passed += (scored.flags & graph::kMatching) != 0;
    if (scored.flags & graph::kReturnable) search_.aside.push_back(scored);
  };
  CodePass pass(reader_);
  auto may_score = [&] {
    if (visit_limit_ == 0 || search_.counts.scored + pass.waiting() < visit_limit_) return true;
    pass.finish(take);  // not all slots hold what is scored
    return search_.counts.scored < visit_limit_;
  };
  size_t words = graph::Bitmap::word_count(matches_.limit());
  for (size_t index = 0; index < words && may_score(); index++)
    for (uint64_t bits = matches_.word(index); bits != 0 && may_score(); bits &= bits - 1) {
      graph::NodeId id = graph::Bitmap::id_at(index, bits);
      if (!started_ || search_.visited.insert(id)) pass.add(id, take);
    }
  pass.finish(take);
  return !search_.aside.empty();
}

// Hands out the nearest of what is left.
bool FilteredRounds::serve(size_t wanted) {
  auto &left = search_.aside;
  search_.results.clear();
  size_t count = std::min(left.size(), std::max(2 * wanted, ef_));
  std::nth_element(left.begin(), left.begin() + count, left.end(), graph::nearer);
  for (size_t i = 0; i < count; i++) search_.results.push(left[i]);
  size_t kept = 0;
  horizon_ = std::numeric_limits<float>::infinity();
  for (size_t i = count; i < left.size(); i++) {
    horizon_ = std::min(horizon_, left[i].distance);
    left[kept++] = left[i];
  }
  left.truncate(kept);
  return count > 0;
}

}  // namespace vexpg::am
