// SPDX-License-Identifier: PostgreSQL
#include "am/emission.hpp"

namespace vexpg::am {

using storage::kNoNode;

namespace {

constexpr int kFirstBatch = 20, kBatch = 8;  // candidates refined together
constexpr size_t kFewest = 16;                  // candidates of a first round
static_assert(kFirstBatch <= pg::RowsAhead::kMost && kFewest <= graph::kMostFilled);
constexpr int kConfirmed = 32;  // candidates in a row whose bounds lie beyond a radius: then the rest do, too
constexpr size_t kFirstWanted = 10;           // rows that a query is taken to want until it asks for more
constexpr size_t kMostWanted = size_t{1} << 40;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

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

// Descent through the upper levels. False if the index is empty.
bool Emission::find_starts(graph::Candidate starts[2]) {
  storage::MetaPage meta = storage::read_meta(reader_.index());
  if (meta.entry == kNoNode) return false;
  graph::Candidate entry;
  if (!reader_.score_one(meta.entry, &entry) || entry.version != meta.entry_version) {
    // Vacuum may have replaced the entry point since the meta page was read; it frees the old one only after that.
    meta = storage::read_meta(reader_.index());
    if (meta.entry == kNoNode) return false;
    if (!reader_.score_one(meta.entry, &entry)) storage::report_damage(reader_.index(), 0, "entry point that is no node");
  }
  // From the entry point as well as from where the descent ends: only from there is every node known to be reachable.
  starts[0] = starts[1] = entry;
  graph::descend(reader_, search_.visited, &starts[0], static_cast<int>(meta.entry_level), 0, &descent_);
  return true;
}

// ef results of level 0. False if the index is empty.
bool Emission::first_round() {
  graph::Candidate starts[2];
  if (!find_starts(starts)) return false;
  search_.reset(static_cast<size_t>(limits_.ef), static_cast<int>(reader_.geometry().m), 0, reader_.id_limit());
  if (limits_.gamma > 0) {
    set_stop_rule();
    graph::search_level<true>(reader_, search_, starts, 2, 0, static_cast<size_t>(limits_.ef));
  } else {
    graph::search_level(reader_, search_, starts, 2, 0, static_cast<size_t>(limits_.ef));
  }
  return true;
}

// A quarter more than the rows that are wanted, since estimates decide which are the k nearest.
void Emission::set_stop_rule() {
  const codec::Query &query = *reader_.query();
  float gain = static_cast<float>((1 + limits_.gamma) * (1 + limits_.gamma) - 1);
  // Inner product: -<q, o> is half the squared distance on the sphere of codec::kSphereNorm2, less a constant.
  bool product = query.metric == codec::Metric::kInnerProduct;
  float shift = product ? -(static_cast<float>(query.norm2) + codec::kSphereNorm2) / 2 : 0;
  search_.stop = {wanted_ + wanted_ / 4, gain, shift};
}

// The search goes on. Whoever asks for more rows than the stop rule was set for will ask for yet more.
void Emission::search_on() {
  if (!(limits_.gamma > 0)) {
    graph::resume(reader_, search_, 0, static_cast<size_t>(limits_.ef), limits_.max_scored);
    return;
  }
  do {
    wanted_ = std::min(2 * wanted_, kMostWanted);
    set_stop_rule();
    graph::resume<true>(reader_, search_, 0, static_cast<size_t>(limits_.ef), limits_.max_scored);
  } while (search_.results.empty() && search_.stopped);
}

// The next candidates that pass the filter. False if there are none.
bool Emission::filtered_round() {
  if (!begun_ && filtered_.wants_graph()) {
    graph::Candidate starts[2];
    if (!find_starts(starts)) return false;
    filtered_.start(starts, 2);
  }
  // The LIMIT is not known here: a quarter of ef_search stands for it, then twice what was returned until now.
  return filtered_.next(std::max<size_t>({10, static_cast<size_t>(limits_.ef) / 4, 2 * static_cast<size_t>(returned_)}));
}

Size Emission::bytes() const {
  Size lists = waiting_.bytes() + ready_.bytes() + found_.bytes() + held_.bytes();
  return lists + (reader_.filtered() ? filtered_.bytes() : search_.bytes());
}

// More candidates, if there may be any. False: the scan has seen all that it will see.
bool Emission::next_round() {
  if (exhausted_) return false;
  bool more = true, filtered = reader_.filtered();
  if (!begun_) {
    more = filtered ? filtered_round() : first_round();
    begun_ = true;
    if (!more) stopped_ = filtered ? "index exhausted" : "empty index";
  } else if (filtered && filtered_.complete()) {
    more = false;
    stopped_ = "index exhausted";
  } else if (limits_.mode == pg::IterativeScan::kOff) {
    more = false;
    stop("iterative scan is off");
  } else if (limits_.max_scored > 0 && scored() >= limits_.max_scored) {
    more = false;
    stop("max_scan_tuples");
  } else if (limits_.max_bytes > 0 && bytes() > limits_.max_bytes) {
    more = false;
    stop("scan memory");
  } else if (filtered) {
    resumes_++;
    more = filtered_round();
    if (!more) stopped_ = "index exhausted";
  } else {
    resumes_++;
    search_on();
    more = !search_.results.empty() || sweep();
    if (!more) stopped_ = "index exhausted";
  }
  if (more) {
    filtered ? take_filtered() : take_results();
    return true;
  }
  exhausted_ = true;
  horizon_ = kInfinity;
  if (limits_.max_scored > 0 && scored() >= limits_.max_scored && limits_.mode != pg::IterativeScan::kOff) stop("max_scan_tuples");
  return false;
}

// Notes which limit of the user's ends the scan.
void Emission::stop(const char *limit) {
  stopped_ = limit;
  limited_ = true;
}

// Whoever wants more than the graph leads to gets the rest page by page: insertions may have cut off a node since the last
// vacuum. False if there is none.
bool Emission::sweep() {
  if (swept_) return false;
  swept_ = true;
  graph::NodeId ids[graph::kMaxLinks], first;
  graph::Candidate scored[graph::kMaxLinks];
  const storage::Geometry &geometry = reader_.geometry();
  for (BlockNumber block = 0, blocks = RelationGetNumberOfBlocks(reader_.index()); block < blocks; block++) {
    if (limits_.max_scored > 0 && search_.counts.scored >= limits_.max_scored) break;
    reader_.poll();
    if (!reader_.is_node_page(block, &first)) continue;
    int fresh = 0;
    for (uint32_t slot = 0; slot < geometry.slots_per_page; slot++)
      if (search_.visited.insert(first + slot)) ids[fresh++] = first + slot;
    int kept = fresh == 0 ? 0 : reader_.score(ids, fresh, scored);
    search_.counts.scored += static_cast<uint64_t>(kept);
    for (int i = 0; i < kept; i++)
      if (scored[i].flags & graph::kReturnable) search_.results.push(scored[i]);
  }
  return !search_.results.empty();
}

void Emission::add_waiting(const graph::Results &results) {
  size_t kept = 0;
  for (size_t i = first_waiting_; i < waiting_.size(); i++) waiting_[kept++] = waiting_[i];
  waiting_.truncate(kept);
  first_waiting_ = 0;
  for (const graph::Candidate &c : results) waiting_.push_back(c);
  std::sort(waiting_.begin(), waiting_.end(), graph::nearer);
  // A squared distance well above the query's squared norm is mostly that of the node.
  if (!waiting_.empty()) widen_margin(codec::norm2_at_least(*reader_.query(), waiting_.back().distance));
}

// Of a filtered round the rows that were wanted are returned before the next one is begun, which costs much.
void Emission::take_filtered() {
  add_waiting(filtered_.results());
  bool last = limits_.mode == pg::IterativeScan::kOff || filtered_.complete();
  // Who wants all rows within a radius gets them from later rounds, too.
  bool certain = filtered_.exact() || !std::isnan(limits_.radius);
  float sure = filtered_.horizon() + (certain ? -margins_ : margins_) * margin_;
  horizon_ = last ? kInfinity : codec::operator_distance(*reader_.query(), sure);
}

// Moves the results of a round among the waiting.
void Emission::take_results() {
  bool first = resumes_ == 0 && limits_.mode != pg::IterativeScan::kOff;
  bool full = search_.results.size() >= static_cast<size_t>(limits_.ef);
  float farthest = full ? search_.results.top().distance : 0;
  if (full && first && !search_.stopped) graph::fill_up(search_, kFewest);  // estimates err about who is among the first few
  add_waiting(search_.results);
  if (search_.stopped) {
    horizon_ = codec::operator_distance(*reader_.query(), search_.limit - margin_);
    return;
  }
  // What the next round finds is hardly nearer than the farthest of this one.
  horizon_ = full && limits_.mode != pg::IterativeScan::kOff
                 ? codec::operator_distance(*reader_.query(), farthest - margin_)
                 : kInfinity;
  // But the first few rows come from the first round alone. A radius wants all.
  if (!full || !first || !std::isnan(limits_.radius)) return;
  sure_ = std::min(kFirstWanted, static_cast<size_t>(limits_.ef));
  sure_horizon_ = codec::operator_distance(*reader_.query(), farthest + margins_ * margin_);
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
                               static_cast<unsigned long long>(scored()))));
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
  out->strategy = reader_.filtered() ? filtered_.strategy() : "unfiltered";
  out->filter_passes = reader_.filtered() ? filtered_.passed() : 0;
  out->filter_rejects = reader_.filtered() ? counts.scored - filtered_.passed() : 0;
  out->match_rate = reader_.filtered() ? filtered_.rate() : -1;
}

}  // namespace vexpg::am
