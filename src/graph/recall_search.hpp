// SPDX-License-Identifier: PostgreSQL
// One search that tells what many would have found. A best-first search with a list of ef ends when all but the last of
// the ef nearest nodes that it has met are expanded, and until then it does what one with a longer list does: so the
// longest passes the ends of all others, those by the stop rule (search.hpp) too.
//
// A scan takes its first ten rows from one list of ef (am/emission_rounds.cpp); by the stop rule, where it is not sure
// of them, it goes on for twice the rows. So do the steps here.
#pragma once
#include "graph/recall.hpp"
#include "graph/search.hpp"

namespace vexpg::graph {

struct RecallScratch {
  explicit RecallScratch(Memory memory) : exact(memory), visited(memory), met(memory) {}
  struct Met {
    float distance;
    NodeId id;
    uint16_t rows;  // of those that the query should find
    bool expanded;
  };
  ExactScratch exact;
  Visited visited;
  GrowingArray<Met> met;  // the kRecallEf nearest, nearest first
};

template <MeasuredStore S> class RecallSearch {
 public:
  // links: of a node on level 0, at most. entry: of the graph.
  RecallSearch(S &store, RecallScratch &scratch, uint32_t links, NodeId entry, int entry_level)
      : store_(store),
        visited_(scratch.visited),
        met_(scratch.met),
        links_(links),
        entry_(entry),
        entry_level_(entry_level) {
    met_.reserve(kRecallEf + 1);
  }

  // Searches for a held-out row whose nearest nodes are `truth`, and adds what it finds.
  void run(uint32_t query, const Found *truth, uint32_t truth_count, RecallSums *sums) {
    store_.set_query(query);
    if (!judge_by(truth, truth_count)) return;
    margin_ = store_.margin();
    shift_ = store_.stop_shift();
    sums_ = sums;
    few_ = query % kRecallFew == 0;
    begin();
    open_ = 0;
    for (uint32_t step = 0; step < kRecallStepCount; step++)
      if (few_ || !kRecallSteps[step].few) open_ |= 1u << step;
    while (open_ != 0) {
      for (uint32_t step = 0; step < kRecallStepCount; step++)
        if ((open_ >> step & 1) && ends(step)) close(step);
      if (open_ != 0) expand_next();
    }
  }

 private:
  using Met = RecallScratch::Met;
  template <class T> static void add(T *sum, T more) { __atomic_fetch_add(sum, more, __ATOMIC_RELAXED); }

  // The distance of the last of the nearest kRecallRows rows, and how far such nodes seem to be. False: there are none.
  bool judge_by(const Found *truth, uint32_t count) {
    NodeId ids[kRecallTruth];
    Candidate scored[kRecallTruth];
    Choice order[kRecallTruth];
    for (uint32_t i = 0; i < count; i++) ids[i] = truth[i].id;
    const int kept = count == 0 ? 0 : store_.score(ids, static_cast<int>(count), scored);
    for (int i = 0; i < kept; i++) order[i] = {store_.whole_distance(scored[i].id), scored[i].id, i};
    std::sort(order, order + kept, nearer);
    rows_ = 0;
    farthest_true_ = farthest_seeming_ = -kFarthest;
    for (int i = 0; i < kept && (rows_ < kRecallRows || order[i].distance <= farthest_true_); i++) {
      rows_ = std::min(rows_ + store_.row_count(order[i].id), kRecallRows);
      farthest_true_ = order[i].distance;
      farthest_seeming_ = std::max(farthest_seeming_, scored[order[i].index].distance);
    }
    return rows_ > 0;
  }

  void begin() {
    Candidate starts[2];
    SearchCounts descent = {};
    met_.clear();
    next_ = 0;
    for (uint32_t step = 0; step < kRecallStepCount; step++)
      wanted_[step] = kRecallSteps[step].gamma > 0 ? kRecallRows : kRecallSteps[step].ef;
    if (store_.score(&entry_, 1, starts) != 1) return;
    starts[1] = starts[0];
    descend(store_, visited_, &starts[0], entry_level_, 0, &descent);
    visited_.reset(size_t{kRecallEf} * links_ / 4);
    codes_ = descent.scored;
    for (const Candidate &start : starts)
      if (visited_.insert(start.id)) meet(start);
  }

  void meet(const Candidate &candidate) {
    Met met = {candidate.distance, candidate.id, 0, false};
    auto before = [](const Met &a, const Met &b) {
      return a.distance < b.distance || (a.distance == b.distance && a.id < b.id);
    };
    if (met_.size() == kRecallEf && !before(met, met_.back())) return;
    if (met.distance <= farthest_seeming_ && store_.whole_distance(met.id) <= farthest_true_)
      met.rows = static_cast<uint16_t>(std::min(store_.row_count(met.id), kRecallRows));
    if (met_.size() == kRecallEf) met_.pop_back();
    auto place = static_cast<size_t>(std::upper_bound(met_.begin(), met_.end(), met, before) - met_.begin());
    met_.push_back(met);
    std::memmove(met_.begin() + place + 1, met_.begin() + place, (met_.size() - 1 - place) * sizeof(Met));
    met_[place] = met;
    next_ = std::min(next_, place);
  }

  void expand_next() {
    NodeId links[kMaxLinks];
    Candidate scored[kMaxLinks];
    store_.poll();
    met_[next_].expanded = true;
    const int count = store_.links(met_[next_].id, 0, links);
    int fresh = 0;
    for (int i = 0; i < count; i++)
      if (visited_.insert(links[i])) links[fresh++] = links[i];
    const int kept = fresh == 0 ? 0 : store_.score(links, fresh, scored);
    codes_ += static_cast<uint64_t>(kept);
    for (int i = 0; i < kept; i++) meet(scored[i]);
    while (next_ < met_.size() && met_[next_].expanded) next_++;
  }

  // Whether a scan that knows all that is nearer than this goes on.
  bool unsure(float known) const {
    return met_.size() < kRecallRows || met_[kRecallRows - 1].distance > known - margin_;
  }
  // Whether a step's search does not expand the nearest node that is left.
  bool ends(uint32_t step) {
    uint32_t &wanted = wanted_[step];
    if (next_ >= met_.size()) return true;
    // The last of the list itself is not expanded.
    if (kRecallSteps[step].gamma == 0) return met_.size() >= wanted && next_ + 1 >= wanted;
    const float gain = (1 + kRecallSteps[step].gamma) * (1 + kRecallSteps[step].gamma) - 1;
    for (;; wanted *= 2) {
      const size_t counted = wanted + wanted / 4;
      if (counted > met_.size()) return false;
      const float last = met_[counted - 1].distance, limit = last + gain * std::max(last - shift_, 0.0f);
      if (!(met_[next_].distance > limit)) return false;
      if (!unsure(limit)) return true;
    }
  }
  void close(uint32_t step) {
    const size_t known = kRecallSteps[step].gamma > 0 ? met_.size() : std::min<size_t>(wanted_[step], met_.size());
    uint32_t hits = 0;
    for (size_t i = 0; i < known; i++) hits += met_[i].rows;
    for (RecallSums::Sum *sum : {&sums_->all[step], few_ ? &sums_->few[step] : nullptr}) {
      if (sum == nullptr) continue;
      add(&sum->queries, 1u);
      add(&sum->rows, rows_);
      add(&sum->hits, std::min(hits, rows_));
      add(&sum->codes, codes_);
    }
    open_ &= ~(1u << step);
  }

  S &store_;
  Visited &visited_;
  GrowingArray<Met> &met_;
  uint32_t links_;
  NodeId entry_;
  int entry_level_;
  RecallSums *sums_ = nullptr;
  uint32_t rows_ = 0;  // that the query should find
  float farthest_true_ = 0, farthest_seeming_ = 0, margin_ = 0, shift_ = 0;
  size_t next_ = 0;  // of met_, the first that is not expanded
  uint64_t codes_ = 0;
  bool few_ = false;
  uint32_t open_ = 0, wanted_[kRecallStepCount] = {};
};

// Measures the recall of a graph by all held-out rows, all workers together; the sums are then in the shared memory,
// which was initialised before.
template <MeasuredStore S, Team T>
void measure_recall(S &store, T &team, RecallScratch &scratch, const RecallMemory &memory, RecallSearch<S> search) {
  ExactPass<S>(store, scratch.exact, memory).run();
  team.barrier();
  const Reservoirs truth = memory.truth();
  for (uint32_t query; (query = claim(&memory.shared().next_query, 1)) < memory.queries();) {
    search.run(query, memory.truth_of(query), truth.counts[query], &memory.shared().sums);
    team.advance(1);
  }
}

}  // namespace vexpg::graph
