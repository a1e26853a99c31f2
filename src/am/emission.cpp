// SPDX-License-Identifier: PostgreSQL
// The order of what a scan returns. What its rounds find is emission_rounds.cpp.
#include "am/emission.hpp"

namespace vexpg::am {

using storage::kNoNode;

namespace {

constexpr int kFirstBatch = 20, kBatch = 8;  // candidates refined together
constexpr int kConfirmed = 32;  // candidates in a row whose bounds lie beyond a radius: then the rest do, too
static_assert(kFirstBatch <= pg::RowsAhead::kMost);

// Heaps with the least on top; ties by id and chains last, so that results can be repeated. NaN is the greatest distance.
struct Later {
  bool operator()(const Ready &a, const Ready &b) const {
    if (a.bound != b.bound) return a.bound > b.bound;
    return a.id != b.id ? a.id > b.id : a.chain > b.chain;
  }
  bool operator()(const Found &a, const Found &b) const {
    int order = float8_cmp_internal(a.distance, b.distance);
    return order != 0 ? order > 0 : a.id > b.id;
  }
};

template <class T> void push(graph::GrowingArray<T> &heap, const T &item) {
  heap.push_back(item);
  std::push_heap(heap.begin(), heap.end(), Later{});
}

template <class T> T pop(graph::GrowingArray<T> &heap) {
  std::pop_heap(heap.begin(), heap.end(), Later{});
  T top = heap.back();
  heap.pop_back();
  return top;
}

ItemPointerData tid_of(const uint16_t *stored) {
  ItemPointerData tid;
  memcpy(&tid, stored, sizeof tid);
  return tid;
}

}  // namespace

void Emission::begin(HeapDistance *heap, const Limits &limits) {
  heap_ = heap;
  limits_ = limits;
  reader_.reset_counts();
  search_.counts = descent_ = {};
  wanted_ = kFirstWanted;
  if (reader_.filtered()) filtered_.begin(limits.ef, limits.max_scored);
  waiting_.clear();
  ready_.clear();
  found_.clear();
  held_.clear();
  first_waiting_ = 0;
  horizon_ = last_distance_ = -kInfinity;
  begun_ = swept_ = exhausted_ = limited_ = ended_ = false;
  rows_left_ = true;
  taken_ = 0;
  resumes_ = returned_ = late_ = beyond_ = sure_ = 0;
  stopped_ = "not exhausted";
  // The more candidates, the farther from the truth is the worst of their estimates: 3 deviations at 40, 4.5 at 10,000.
  margins_ = static_cast<float>(std::sqrt(2 * std::log(std::max(2.25 * limits.ef, 90.0))));
  // Near nodes are about as long as the query, unless candidates turn out to be longer.
  norm2_ = margin_ = 0;
  slack_ = codec::has_margin(*reader_.query()) ? 0 : kInfinity;
  widen_margin(reader_.query()->metric == codec::Metric::kInnerProduct ? 1.0f : static_cast<float>(reader_.query()->norm2));
}

void Emission::widen_margin(float norm2) {
  if (!(norm2 > norm2_)) return;
  norm2_ = norm2;
  float margin = codec::margin(*reader_.query(), norm2_);
  if (std::isfinite(margin)) margin_ = margin;
}

// What a candidate's bound will hardly be below.
double Emission::estimate_low(const graph::Candidate &candidate) const {
  if (slack_ == kInfinity) return -kInfinity;
  return codec::operator_distance(*reader_.query(), candidate.distance - margins_ * margin_) - slack_;
}

// Bounds for the nearest waiting candidates.
void Emission::refine_some() {
  storage::RefinedCandidate refined[kFirstBatch];
  size_t left = waiting_.size() - first_waiting_;
  int count = static_cast<int>(std::min<size_t>(left, returned_ == 0 && first_waiting_ == 0 ? kFirstBatch : kBatch));
  int kept = reader_.refine(waiting_.begin() + first_waiting_, count, refined);
  first_waiting_ += static_cast<size_t>(count);
  ItemPointerData rows[kFirstBatch];
  int row_count = 0;
  for (int i = 0; i < kept; i++) {
    const storage::RefinedCandidate &r = refined[i];
    if (codec::margin_follows_nodes(*reader_.query())) widen_margin(r.norm2);
    double bound = limits_.estimates ? r.estimate : r.bound;
    beyond_ = bound > limits_.radius ? beyond_ + 1 : 0;
    slack_ = std::max(slack_, r.estimate - bound);  // infinite where nothing can be said: all are refined
    if (r.has_tid && heap_ != nullptr && reader_.is_cold()) heap_->prefetch(tid_of(r.tid));
    if (r.has_tid) rows[row_count++] = tid_of(r.tid);
    if (r.has_tid) push(ready_, {bound, r.id, r.version, kNoNode, 0, {r.tid[0], r.tid[1], r.tid[2]}, false, r.recheck});
    if (r.chained) push(ready_, {bound, r.id, r.version, r.id, storage::kNoSerial, {}, true, r.recheck});
  }
  if (heap_ != nullptr) heap_->prefetch_memory(rows, row_count);
}

// The ready row with the least bound; chains yield their members one by one. False if nothing is ready.
bool Emission::pop_row(Ready *out) {
  while (!ready_.empty()) {
    Ready top = pop(ready_);
    if (!top.chain) {
      *out = top;
      return true;
    }
    storage::ChainMember member;
    if (!reader_.chain_next(top.id, top.version, top.next, top.serial, &member)) continue;
    top.next = member.next;
    top.serial = member.serial;
    if (member.next != kNoNode) push(ready_, top);
    if (!member.has_tid) continue;
    *out = top;
    out->id = member.id;
    out->version = member.version;
    memcpy(out->tid, member.tid, sizeof out->tid);
    return true;
  }
  return false;
}

// Reads the row from the heap; what no snapshot sees any more is marked for the next scans.
void Emission::measure(const Ready &row) {
  Found found = {row.bound, row.id, row.version, tid_of(row.tid), row.recheck};
  HeapDistance::Row state = heap_ == nullptr ? HeapDistance::Row::kVisible : heap_->measure(found.tid, &found.distance);
  if (state == HeapDistance::Row::kVisible) push(found_, found);
  if (state == HeapDistance::Row::kDead && reader_.allows_kills()) reader_.kill(row.id, row.version, found.tid);
}

// A distance that nothing outside of found_ is nearer than.
double Emission::nearest_pending() const {
  double nearest = exhausted_ ? kInfinity : horizon();
  if (first_waiting_ < waiting_.size()) nearest = std::min(nearest, estimate_low(waiting_[first_waiting_]));
  if (!ready_.empty()) nearest = std::min(nearest, ready_[0].bound);
  return nearest;
}

// The nearest found row, if nothing that is pending may be nearer. A row that is nearer than one returned before is
// returned at once by relaxed scans; strict ones keep it for the end.
bool Emission::pop_found(Found *out) {
  while (!found_.empty()) {
    double pending = nearest_pending();
    if (pending < kInfinity && !(found_[0].distance <= pending)) return false;
    *out = pop(found_);
    if (!(out->distance < last_distance_)) return true;
    late_++;
    if (limits_.mode == pg::IterativeScan::kRelaxedOrder) return true;
    push(held_, *out);
  }
  return false;
}

// Nothing that is pending lies within the radius, as far as estimates tell. Estimates may err by more than their margin
// where all distances are nearly alike, so the bounds of the nearest ones have to confirm it. True: there is nothing more
// within; false: look again.
bool Emission::confirm_radius() {
  if (beyond_ < kConfirmed && first_waiting_ < waiting_.size()) {
    refine_some();
    return false;
  }
  if (beyond_ < kConfirmed && !exhausted_) {
    next_round();
    return false;
  }
  if (!exhausted_) stopped_ = "radius";
  exhausted_ = true;
  first_waiting_ = waiting_.size();
  ready_.clear();
  found_.clear();
  return true;
}

// The executor wants more rows than there are, or than the user's limits let the scan find: those who watch are told.
bool Emission::end() {
  if (limited_ && !ended_)
    ereport(DEBUG1, (errmsg("scan of index \"%s\" ended before it had enough rows: %s", RelationGetRelationName(reader_.index()), stopped_),
                     errdetail("It returned %llu rows and compared %llu codes.", static_cast<unsigned long long>(returned_),
                               static_cast<unsigned long long>(scored() + descent_.scored))));
  ended_ = true;
  return false;
}

bool Emission::next(Found *out) {
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    if (pop_found(out) && float8_le(out->distance, limits_.radius)) break;
    if (nearest_pending() > limits_.radius && !confirm_radius()) continue;
    bool waiting = first_waiting_ < waiting_.size();
    if (waiting && (ready_.empty() || estimate_low(waiting_[first_waiting_]) <= ready_[0].bound)) {
      refine_some();
    } else if (!exhausted_ && (ready_.empty() || ready_[0].bound > horizon())) {
      next_round();
    } else if (!ready_.empty()) {
      Ready row;
      if (pop_row(&row)) measure(row);
    } else if (found_.empty()) {
      if (held_.empty()) return end();
      *out = pop(held_);
      break;
    }
  }
  if (out->distance > last_distance_) last_distance_ = out->distance;
  returned_++;
  return true;
}

void Emission::report(pg::LastScan *out) const {
  const graph::SearchCounts &counts = reader_.filtered() ? filtered_.counts() : search_.counts;
  out->nodes_expanded = counts.expanded + descent_.expanded;
  out->codes_scored = counts.scored + descent_.scored;
  out->details_read = reader_.counts().detail_reads;
  out->pages = reader_.counts().pages;
  out->prefetches = reader_.counts().prefetches;
  out->resumes = resumes_;
  out->rows_returned = returned_;
  out->rows_late = late_;
  out->stopped = stopped_;
  out->strategy = reader_.filtered() ? filtered_.strategy() : swept_ ? "unfiltered, then exact" : "unfiltered";
  out->filter_passes = reader_.filtered() ? filtered_.passed() : 0;
  out->filter_rejects = reader_.filtered() ? counts.scored - filtered_.passed() : 0;
  out->match_rate = reader_.filtered() ? filtered_.rate() : -1;
}

}  // namespace vexpg::am
