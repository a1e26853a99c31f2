// SPDX-License-Identifier: PostgreSQL
// Best-first search on level 0 for the nearest nodes that pass a filter.
//
// The cost of a search is the number of slots that it reads, so it reads first what is likely to pass: beside each link
// stands a byte that tells which neighbours certainly fail (FilteredStore), and those are read only as bridges, where a
// node has few neighbours that may pass. How far the search goes follows the share of passing neighbours that it sees:
// where few pass, the k nearest lie far apart, and a short list of results covers as wide a region as a long one does
// without a filter. It stops when reading as many slots as should have held ten passing ones has changed nothing.
// Queries whose matches live elsewhere in the graph are recognised by the links around the query, or by how long they
// take. They begin again at the nearest of many passing nodes from anywhere, go on from passing nodes alone while there are
// any within reach of the list, and stop only when the last half of the work has changed nothing among the k best. When
// a search has read as many slots as an exact pass over all passing rows would, it says so and leaves the rest to that.
//
// As in search.hpp nothing is lost between rounds: every node is returned at most once, whoever resumes gets the rest.
#pragma once
#include <limits>

#include "graph/search.hpp"

namespace vexpg::graph {

// What a filtered search needs besides: score() sets kMatching for nodes that pass.
template <class S>
concept FilteredStore = ReadableStore<S> && requires(S &s, NodeId id, NodeId *ids, uint8_t *may_match, int count) {
  // Copies the neighbours on level 0; may_match[i] is 0 if neighbour i certainly fails the filter, else 1.
  { s.links_matching(id, ids, may_match) } -> std::same_as<int>;
  // At most count nodes that pass, from all over the graph. Returns how many.
  { s.representatives(ids, count) } -> std::same_as<int>;
};

// Measured on five data sets (59,000 to 340,000 rows, 100 to 784 dimensions), selectivities from 50 to 0.01 %, filters
// that follow, ignore and oppose the query: the least cost at which every cell kept a recall of 0.95.
inline constexpr double kFilteredEf = 2;        // ef within the query's own region, in units of ef
inline constexpr double kElsewhereEf = 4;       // ef where the matches live elsewhere, at first
inline constexpr double kElsewhereGrowth = 1.5; // while the search does not settle
inline constexpr double kSettled = 2;           // times the visits until the k best changed last: no more is to be expected
inline constexpr double kElsewhereExact = 12;   // visits of such a search, per unit of ef and kVisitsPerResult, where few pass
inline constexpr double kEnoughLinks = 0.2;     // at this share of passing links ef is whole
inline constexpr double kPatienceMatches = 10;  // so many passing nodes may change nothing before a search gives up
inline constexpr double kPatienceVisits = 200;
inline constexpr double kLongSweep = 5;         // a plain search so many times as long as others looks in the wrong place
inline constexpr double kElsewhere = 0.3;       // the query's region has this share of the matches of theirs, or less
inline constexpr double kVisitsPerResult = 20;  // of an unfiltered search, per unit of ef
inline constexpr double kFarther = 3;           // so much farther (squared) than others may a passing node be, to go first
inline constexpr double kSweepEf = 1.5;         // ef of such a search, in units of ef times the share
inline constexpr double kManyLinks = 0.25;       // from this share of passing links on the search is the plain one
inline constexpr int kRegionPops = 8;           // expansions that look at the query's region
inline constexpr int kFewLinks = 16;            // with fewer passing neighbours bridges are read
inline constexpr int kMaxBridges = 6;
inline constexpr int kRepresentatives = 1024, kBestRepresentatives = 32;
inline constexpr int kMinLinkBytes = 60;        // before a share of passing links means anything

struct FilteredTask {
  size_t wanted = 10;        // rows that the caller will need
  size_t ef = 40;            // of an unfiltered search with the recall that is wished
  double rate = 1;           // share of all nodes that pass, above 0
  double exact = 0;          // what an exact pass over them costs, in visits
  uint64_t visit_limit = 0;  // stop, too, once so many nodes were scored since the search began (0: no limit)
  float origin = 0;          // what distances are relative to: 0 if they are squared ones, -infinity if they may be negative
};

enum class FilteredEnd : uint8_t {
  kFound,      // results are what a search of this recall finds
  kExhausted,  // no more can be reached
  kBudget,     // an exact pass is cheaper now
  kLimit,      // visit_limit
};

struct FilteredSearch {
  explicit FilteredSearch(Memory memory)
      : visited(memory), matching(memory), others(memory), results(memory), best(memory), aside(memory) {}
  // ids: most nodes have lesser ones (0: not known).
  void reset(const FilteredTask &task, int links, NodeId ids = 0) {
    visited.reset(task.ef * static_cast<size_t>(links) * 2, ids);
    matching.clear();
    others.clear();
    results.clear();
    best.clear();
    aside.clear();
    counts = {};
    passed = links_seen = links_passing = region_seen = region_passing = 0;
    represented = false;
  }
  size_t bytes() const {
    return visited.bytes() + matching.bytes() + others.bytes() + results.bytes() + best.bytes() + aside.bytes();
  }
  // Share of the links of passing nodes that pass: s of the filter before any was seen.
  double link_rate(double rate) const {
    if (links_seen >= kMinLinkBytes) return static_cast<double>(links_passing) / static_cast<double>(links_seen);
    return std::max(rate, region_rate(rate));
  }
  // The same around the query, shrunk to the filter's.
  double region_rate(double rate) const {
    return (static_cast<double>(region_passing) + 1) / (static_cast<double>(region_seen) + 1 / rate);
  }

  Visited visited;
  Frontier matching, others;      // to expand
  Results results;                // the ef nearest that pass, of this round
  Results best;                   // the nearest `wanted` of them
  GrowingArray<Candidate> aside;  // pass, for a later round
  SearchCounts counts = {};
  uint64_t passed = 0;                               // scored nodes that pass
  uint64_t links_seen = 0, links_passing = 0;        // of expanded nodes that pass
  uint64_t region_seen = 0, region_passing = 0;      // of the nodes nearest to the query
  uint64_t changed_at = 0, best_changed_at = 0;      // counts.scored when results, best changed last
  uint64_t round_at = 0;                             // counts.scored when the round began
  size_t ef = 0;
  double grow = 1;
  bool represented = false;
};

namespace filtered {

inline constexpr float kNever = std::numeric_limits<float>::infinity();

inline float top_of(const Frontier &frontier) { return frontier.empty() ? kNever : frontier.top().distance; }
inline float worst_of(const FilteredSearch &search) {
  return search.results.size() < search.ef ? kNever : search.results.top().distance;
}

inline void trim(FilteredSearch &search) {
  while (search.results.size() > search.ef) search.aside.push_back(search.results.pop());
}

inline void add_result(FilteredSearch &search, const Candidate &candidate, size_t wanted) {
  if (candidate.distance < worst_of(search)) search.changed_at = search.counts.scored;
  search.results.push(candidate);
  if (search.best.size() < wanted || nearer(candidate, search.best.top())) {
    search.best.push(candidate);
    if (search.best.size() > wanted) search.best.pop();
    search.best_changed_at = search.counts.scored;
  }
  trim(search);
}

// Puts scored nodes where they belong.
inline void take(FilteredSearch &search, const Candidate *scored, int count, size_t wanted) {
  search.counts.scored += static_cast<uint64_t>(count);
  for (int i = 0; i < count; i++) {
    bool passes = (scored[i].flags & kMatching) != 0;
    search.passed += passes;
    (passes ? search.matching : search.others).push(scored[i]);
    if (scored[i].flags & kReturnable) add_result(search, scored[i], wanted);
  }
}

// Scores those of the ids that were not visited.
template <FilteredStore S>
void visit(S &store, FilteredSearch &search, NodeId *ids, int count, size_t wanted) {
  Candidate scored[kMaxLinks];
  int fresh = 0;
  for (int i = 0; i < count; i++)
    if (search.visited.insert(ids[i])) ids[fresh++] = ids[i];
  if (fresh > 0) take(search, scored, store.score(ids, fresh, scored), wanted);
}

// Neighbours of a node in the order: those that may pass, then those that do not.
struct Neighbourhood {
  NodeId ids[kMaxLinks];
  int passing, count;
};
template <FilteredStore S> void read_neighbours(S &store, NodeId id, Neighbourhood *out) {
  NodeId links[kMaxLinks];
  uint8_t may_match[kMaxLinks];
  out->count = store.links_matching(id, links, may_match);
  out->passing = 0;
  for (int i = 0; i < out->count; i++)
    if (may_match[i]) out->ids[out->passing++] = links[i];
  int at = out->passing;
  for (int i = 0; i < out->count; i++)
    if (!may_match[i]) out->ids[at++] = links[i];
}

// Reads non-passing neighbours for the passing ones behind them, until as many as kFewLinks were seen.
template <FilteredStore S>
void cross_bridges(S &store, FilteredSearch &search, const Neighbourhood &around, const FilteredTask &task) {
  int seen = around.passing, used = 0, at = around.passing;
  double per_bridge = std::max(search.link_rate(task.rate) * around.count, 1.0);
  while (seen < kFewLinks && used < kMaxBridges && at < around.count) {
    int batch = std::min(kMaxBridges - used, static_cast<int>((kFewLinks - seen) / per_bridge) + 1);
    NodeId bridges[kMaxBridges];
    Candidate scored[kMaxBridges];
    int fresh = 0;
    for (; at < around.count && fresh < batch; at++)
      if (search.visited.insert(around.ids[at])) bridges[fresh++] = around.ids[at];
    if (fresh == 0) return;
    used += fresh;
    take(search, scored, store.score(bridges, fresh, scored), task.wanted);
    for (int i = 0; i < fresh; i++) {
      Neighbourhood behind;
      read_neighbours(store, bridges[i], &behind);
      seen += behind.passing;
      visit(store, search, behind.ids, behind.passing, task.wanted);
    }
  }
}

// Where most nodes pass, around the query as well, the plain search is the best: nearest first, all neighbours.
inline bool sweeps(const FilteredSearch &search, const FilteredTask &task) {
  return std::min(search.link_rate(task.rate), search.region_rate(task.rate)) >= kManyLinks;
}

template <FilteredStore S>
void expand(S &store, FilteredSearch &search, const Candidate &node, const FilteredTask &task) {
  Neighbourhood around;
  store.poll();
  read_neighbours(store, node.id, &around);
  search.counts.expanded++;
  if (node.flags & kMatching) {
    search.links_seen += static_cast<uint64_t>(around.count);
    search.links_passing += static_cast<uint64_t>(around.passing);
  }
  if (sweeps(search, task)) return visit(store, search, around.ids, around.count, task.wanted);
  visit(store, search, around.ids, around.passing, task.wanted);
  if (around.passing < kFewLinks) cross_bridges(store, search, around, task);
}

// Looks at the region of the query: its nearest nodes with all of their neighbours.
template <FilteredStore S> void look_around(S &store, FilteredSearch &search, const FilteredTask &task) {
  for (int pops = 0; pops < kRegionPops; pops++) {
    float passing = top_of(search.matching), other = top_of(search.others);
    if (passing == kNever && other == kNever) return;
    Candidate node = passing <= other ? search.matching.pop() : search.others.pop();
    Neighbourhood around;
    store.poll();
    read_neighbours(store, node.id, &around);
    search.counts.expanded++;
    search.region_seen += static_cast<uint64_t>(around.count);
    search.region_passing += static_cast<uint64_t>(around.passing);
    visit(store, search, around.ids, around.count, task.wanted);
  }
}

// Begins at passing nodes from anywhere: those nearest to the query.
template <FilteredStore S> void represent(S &store, FilteredSearch &search, const FilteredTask &task) {
  NodeId ids[kRepresentatives];
  Candidate scored[kRepresentatives];
  search.represented = true;
  int count = store.representatives(ids, kRepresentatives), kept = 0;
  for (int from = 0; from < count; from += kMaxLinks)
    kept += store.score(ids + from, std::min(count - from, kMaxLinks), scored + kept);
  search.counts.scored += static_cast<uint64_t>(kept);
  int best = std::min(kept, kBestRepresentatives);
  std::partial_sort(scored, scored + best, scored + kept, nearer);
  for (int i = 0; i < best; i++) {
    if (!search.visited.insert(scored[i].id)) continue;
    search.counts.scored--;
    take(search, &scored[i], 1, task.wanted);
  }
}

inline size_t list_length(const FilteredSearch &search, const FilteredTask &task, bool elsewhere) {
  double wanted = static_cast<double>(task.wanted), ef = static_cast<double>(task.ef);
  if (elsewhere) return static_cast<size_t>(search.grow * std::max(1.5 * wanted, kElsewhereEf * ef));
  if (sweeps(search, task)) return static_cast<size_t>(std::max(1.5 * wanted, kSweepEf * ef * search.link_rate(task.rate)));
  double share = std::min(1.0, search.link_rate(task.rate) / kEnoughLinks);
  return static_cast<size_t>(std::max(1.3 * wanted, wanted + std::max(kFilteredEf * ef - wanted, 0.0) * share));
}

// Whether nothing is to be gained by going on.
inline bool enough(FilteredSearch &search, const FilteredTask &task, bool elsewhere) {
  float worst = worst_of(search);
  if (top_of(search.matching) <= worst) return false;
  uint64_t visits = search.counts.scored - search.round_at;
  bool impatient = (elsewhere || !sweeps(search, task)) && search.results.size() >= task.wanted &&
                   static_cast<double>(search.counts.scored - search.changed_at) > kPatienceVisits + kPatienceMatches / task.rate;
  if (top_of(search.others) <= worst && !impatient) return false;
  double until_changed = static_cast<double>(search.best_changed_at - search.round_at);
  if (!elsewhere || kSettled * until_changed <= static_cast<double>(visits)) return true;
  search.grow *= kElsewhereGrowth;
  search.changed_at = search.counts.scored;
  return false;
}

inline bool passing_first(const FilteredSearch &search, const FilteredTask &task, bool elsewhere) {
  float passing = top_of(search.matching), other = top_of(search.others);
  if (passing == kNever) return false;
  if (other == kNever) return true;
  if (elsewhere) return passing <= worst_of(search);
  if (sweeps(search, task)) return passing <= other;
  return passing <= worst_of(search) && passing - task.origin <= kFarther * (other - task.origin);
}

// Whether the matches live elsewhere in the graph: few are around the query, or a plain search takes long to reach them.
inline bool is_elsewhere(const FilteredSearch &search, const FilteredTask &task, double visits) {
  if (sweeps(search, task)) return visits > kLongSweep * kVisitsPerResult * static_cast<double>(task.ef);
  return search.region_rate(task.rate) < kElsewhere * std::max(search.link_rate(task.rate), task.rate);
}

template <FilteredStore S> FilteredEnd run(S &store, FilteredSearch &search, const FilteredTask &task) {
  for (;;) {
    double visits = static_cast<double>(search.counts.scored);
    double of_round = static_cast<double>(search.counts.scored - search.round_at);
    if (task.visit_limit > 0 && search.counts.scored >= task.visit_limit) return FilteredEnd::kLimit;
    if (visits > task.exact) return FilteredEnd::kBudget;
    bool elsewhere = is_elsewhere(search, task, of_round);
    double far = kElsewhereExact * (1 - task.rate) * static_cast<double>(task.ef) * kVisitsPerResult;
    if (elsewhere && task.exact <= far && of_round > 100) return FilteredEnd::kBudget;
    double lost = kPatienceVisits + 0.5 * static_cast<double>(task.wanted) / task.rate;
    bool astray = elsewhere || (search.results.size() < task.wanted && of_round > lost);
    if (astray && !search.represented) represent(store, search, task);
    search.ef = list_length(search, task, elsewhere);
    trim(search);
    if (search.matching.empty() && search.others.empty()) return FilteredEnd::kExhausted;
    if (enough(search, task, elsewhere)) return FilteredEnd::kFound;
    bool passing = passing_first(search, task, elsewhere) || search.others.empty();
    Candidate node = passing ? search.matching.pop() : search.others.pop();
    expand(store, search, node, task);
  }
}

inline void begin_round(FilteredSearch &search, const FilteredTask &task) {
  search.round_at = search.changed_at = search.best_changed_at = search.counts.scored;
  search.grow = 1;
  search.ef = list_length(search, task, false);
}

}  // namespace filtered

// Begins at scored entry points, in a search that was reset for the task.
template <FilteredStore S>
FilteredEnd search_filtered(S &store, FilteredSearch &search, const Candidate *entries, int entry_count,
                            const FilteredTask &task) {
  assert(task.rate > 0);
  filtered::begin_round(search, task);
  for (int i = 0; i < entry_count; i++)
    if (search.visited.insert(entries[i].id)) filtered::take(search, &entries[i], 1, task.wanted);
  filtered::look_around(store, search, task);
  return filtered::run(store, search, task);
}

// The next results, after the caller has taken those of the last round.
template <FilteredStore S>
FilteredEnd resume_filtered(S &store, FilteredSearch &search, const FilteredTask &task) {
  search.results.clear();
  search.best.clear();
  filtered::begin_round(search, task);
  size_t kept = std::min(search.aside.size(), search.ef), left = 0;
  std::nth_element(search.aside.begin(), search.aside.begin() + kept, search.aside.end(), nearer);
  for (size_t i = 0; i < search.aside.size(); i++) {
    if (i < kept) filtered::add_result(search, search.aside[i], task.wanted);
    else search.aside[left++] = search.aside[i];
  }
  search.aside.truncate(left);
  return filtered::run(store, search, task);
}

}  // namespace vexpg::graph
