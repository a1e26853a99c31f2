// SPDX-License-Identifier: PostgreSQL
// The rounds of a scan: each finds further candidates, and tells how far what is known reaches.
#include "am/code_pass.hpp"
#include "am/emission.hpp"

namespace vexpg::am {

using storage::kNoNode;

namespace {

constexpr size_t kFewest = 16;  // candidates of a first round
static_assert(kFewest <= graph::kMostFilled);
constexpr size_t kMostWanted = size_t{1} << 40;
// A later round returns this share of what it finds before the next: the rest is what the next may still come before.
constexpr double kSureShare = 0.5;
// Once one row in so many was taken, looking at all codes costs no more than the scan did until then.
constexpr size_t kSweepDue = 64, kSweepLeast = 200;
constexpr size_t kSweepRows = 3;  // nearest ones that such a look keeps, for each row taken until then

}  // namespace

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

// Whoever has taken the rows of a round and wants more mostly drops them by a filter of his own, and will want many more:
// a later round looks for as many as all before it found.
size_t Emission::round_ef() const {
  return std::max(static_cast<size_t>(limits_.ef), taken_);
}

// The search goes on. Whoever asks for more rows than the stop rule was set for will ask for yet more.
void Emission::search_on() {
  if (!(limits_.gamma > 0)) {
    graph::resume(reader_, search_, 0, round_ef(), limits_.max_scored);
    return;
  }
  do {
    wanted_ = std::min(2 * wanted_, kMostWanted);
    set_stop_rule();
    graph::resume<true>(reader_, search_, 0, round_ef(), limits_.max_scored);
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
  } else {
    resumes_++;
    more = filtered ? filtered_round() : resumed_round();
    if (!more) stopped_ = "index exhausted";
  }
  if (more) {
    filtered ? take_filtered() : swept_ ? take_swept() : take_results();
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

// The next candidates of a scan without conditions. False if there are none.
bool Emission::resumed_round() {
  if (!swept_ && !sweep_is_due()) {
    search_on();
    if (!search_.results.empty()) return true;
  }
  return sweep();
}

// A limit on what is looked at is meant for what is near.
bool Emission::sweep_is_due() const {
  if (limits_.max_scored > 0 || taken_ < kSweepLeast) return false;
  BlockNumber blocks = RelationGetNumberOfBlocks(reader_.index());
  return taken_ * kSweepDue >= reader_.geometry().id_limit(blocks);
}

// The `most` nearest of all nodes that no search came to, page by page.
void Emission::sweep_pages(size_t most) {
  graph::Results &results = search_.results;
  auto take = [&](const graph::Candidate &scored) {
    search_.counts.scored++;
    if (!(scored.flags & graph::kReturnable)) return;
    if (results.size() < most) return results.push(scored);
    rows_left_ = true;
    if (graph::nearer(scored, results.top())) results.replace_top(scored);
  };
  CodePass pass(reader_);
  const storage::Geometry &geometry = reader_.geometry();
  graph::NodeId first;
  for (BlockNumber block = 0, blocks = RelationGetNumberOfBlocks(reader_.index()); block < blocks; block++) {
    if (limits_.max_scored > 0 && search_.counts.scored >= limits_.max_scored) break;
    if (!reader_.is_node_page(block, &first)) continue;
    for (uint32_t slot = 0; slot < geometry.slots_per_page; slot++)
      if (!search_.visited.has(first + slot)) pass.add(first + slot, take);
  }
  pass.finish(take);
}

// The nearest of all rows that are left, by a look at every code. Whoever wants all rows gets those that the graph does
// not lead to, since insertions may have cut off a node since the last vacuum; and whoever has taken very many gets the
// rest sooner so, and none too late. False if there is none.
bool Emission::sweep() {
  if (!rows_left_) return false;
  swept_ = true;
  rows_left_ = false;
  size_t most = std::max(round_ef(), kSweepRows * taken_), kept = 0;
  graph::Results &results = search_.results;
  results.clear();
  search_.frontier.clear();
  sweep_pages(most);
  // Nodes that the search set aside are known by their mark; the others are found again, unless they are taken.
  auto &aside = search_.aside;
  for (size_t i = 0; i < aside.size(); i++) {
    graph::Candidate candidate = aside[i];
    if (!(candidate.flags & graph::kToReturn)) continue;
    if (results.size() >= most && graph::nearer(candidate, results.top())) {
      graph::Candidate farthest = results.top();
      results.replace_top(candidate);
      candidate = farthest;
    } else if (results.size() < most) {
      results.push(candidate);
      continue;
    }
    rows_left_ = true;
    if (candidate.flags & graph::kToReturn) aside[kept++] = candidate;
  }
  aside.truncate(kept);
  for (const graph::Candidate &c : results)
    if (!(c.flags & graph::kToReturn)) search_.visited.insert(c.id);
  return !results.empty();
}

void Emission::add_waiting(const graph::Results &results) {
  size_t kept = 0;
  for (size_t i = first_waiting_; i < waiting_.size(); i++) waiting_[kept++] = waiting_[i];
  waiting_.truncate(kept);
  first_waiting_ = 0;
  for (const graph::Candidate &c : results) waiting_.push_back(c);
  taken_ += results.size();
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

// What is left is farther than all of these, as far as estimates tell.
void Emission::take_swept() {
  float sure = search_.results.top().distance - margins_ * margin_;
  add_waiting(search_.results);
  horizon_ = rows_left_ ? codec::operator_distance(*reader_.query(), sure) : kInfinity;
}

// Moves the results of a round among the waiting.
void Emission::take_results() {
  bool first = resumes_ == 0 && limits_.mode != pg::IterativeScan::kOff;
  bool full = search_.results.size() >= round_ef();
  float farthest = full ? search_.results.top().distance : 0;
  if (full && first && !search_.stopped) graph::fill_up(search_, kFewest);  // estimates err about who is among the first few
  add_waiting(search_.results);
  if (search_.stopped) {
    horizon_ = codec::operator_distance(*reader_.query(), search_.limit - margin_);
    return;
  }
  if (full && resumes_ > 0) {
    search_.results.sort();
    farthest = search_.results.begin()[static_cast<size_t>(kSureShare * static_cast<double>(search_.results.size()))].distance;
  }
  // What the next round finds is hardly nearer than that.
  horizon_ = full && limits_.mode != pg::IterativeScan::kOff
                 ? codec::operator_distance(*reader_.query(), farthest - margin_)
                 : kInfinity;
  // But the first few rows come from the first round alone. A radius wants all.
  if (!full || !first || !std::isnan(limits_.radius)) return;
  sure_ = std::min(kFirstWanted, static_cast<size_t>(limits_.ef));
  sure_horizon_ = codec::operator_distance(*reader_.query(), farthest + margins_ * margin_);
}

}  // namespace vexpg::am
