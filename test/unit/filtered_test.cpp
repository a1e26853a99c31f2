// SPDX-License-Identifier: PostgreSQL
// Search under a filter: recall over selectivity and correlation, what it costs, and that rounds lose and repeat nothing.
#include <gtest/gtest.h>

#include <cmath>

#include "fake_store.hpp"

namespace vexpg::graph {
namespace {

constexpr int kDim = 12, kM = 12;

// A graph that knows nothing of the filters that are set on it later.
struct World {
  explicit World(int rows, uint64_t seed) : store(kDim, kM, 64), vectors(kDim, seed, 0, 30) {
    for (int i = 0; i < rows; i++) {
      Arena arena;
      store.insert(vectors.next(), vectors.level(kM), arena);
    }
  }
  std::vector<NodeId> by_distance(const std::vector<float> &x) const {
    std::vector<NodeId> ids(store.nodes.size());
    for (NodeId id = 0; id < ids.size(); id++) ids[id] = id;
    std::sort(ids.begin(), ids.end(), [&](NodeId a, NodeId b) { return store.distance_to(x, a) < store.distance_to(x, b); });
    return ids;
  }
  size_t matching() const {
    size_t count = 0;
    for (const FakeNode &node : store.nodes) count += node.used && node.matches;
    return count;
  }
  void match(const std::vector<NodeId> &ids) {
    for (FakeNode &node : store.nodes) node.matches = false;
    for (NodeId id : ids) store.nodes[id].matches = true;
  }
  FakeStore store;
  Vectors vectors;
};

World &world() {
  static World *shared = new World(6000, 11);
  return *shared;
}

enum class Kind { kRandom, kNear, kFar };

// Some rows of a share of all: any, the nearest to the query, or the farthest but for a twentieth.
void set_filter(World &w, Kind kind, double share, const std::vector<float> &x) {
  std::vector<NodeId> ids = w.by_distance(x);
  size_t count = std::max<size_t>(1, static_cast<size_t>(share * static_cast<double>(ids.size())));
  if (kind == Kind::kRandom) std::shuffle(ids.begin(), ids.end(), w.vectors.random());
  if (kind == Kind::kFar) std::reverse(ids.begin(), ids.end());
  ids.resize(count);
  w.match(ids);
}

FilteredTask task_of(const World &w, size_t wanted = 10) {
  FilteredTask task;
  double rows = static_cast<double>(w.store.nodes.size()), matching = static_cast<double>(w.matching());
  task.wanted = wanted;
  task.rate = std::max(matching, 1.0) / rows;
  task.exact = 0.003 * rows + matching;
  return task;
}

// The descent, then the first round.
FilteredEnd begin(World &w, FilteredSearch &search, const std::vector<float> &x, const FilteredTask &task) {
  w.store.set_query(x);
  Candidate starts[2] = {w.store.entry_candidate(), w.store.entry_candidate()};
  SearchCounts counts = {};
  descend(w.store, search.visited, &starts[0], w.store.nodes[w.store.entry].level, 0, &counts);
  search.reset(task, 2 * kM);
  return search_filtered(w.store, search, starts, 2, task);
}

struct Cell {
  double recall = 0, visits = 0, exact = 0;
};

// Searches for several queries as an access method does: what the graph leaves to an exact pass, that finds.
Cell measure(World &w, Kind kind, double share, bool budget) {
  constexpr int kQueries = 12;
  Cell cell;
  for (int query = 0; query < kQueries; query++) {
    Arena arena;
    FilteredSearch search(arena.memory());
    std::vector<float> x = w.vectors.next();
    set_filter(w, kind, share, x);
    FilteredTask task = task_of(w);
    cell.exact += task.exact / kQueries;
    if (!budget) task.exact = 1e9;
    FilteredEnd end = begin(w, search, x, task);
    search.results.sort();
    std::vector<NodeId> truth = w.store.nearest(x, 10);
    std::set<NodeId> found(truth.begin(), truth.end());
    if (end != FilteredEnd::kBudget) found.clear();
    for (const Candidate &c : search.results) {
      EXPECT_TRUE(w.store.nodes[c.id].matches);
      if (found.size() < 10) found.insert(c.id);
    }
    double hits = 0;
    for (NodeId id : truth) hits += static_cast<double>(found.count(id));
    cell.recall += hits / static_cast<double>(truth.size()) / kQueries;
    double passed = end == FilteredEnd::kBudget ? task.exact : 0;
    cell.visits += (static_cast<double>(search.counts.scored) + passed) / kQueries;
  }
  return cell;
}

TEST(FilteredSearch, RecallInEveryCell) {
  World &w = world();
  double rows = static_cast<double>(w.store.nodes.size());
  for (uint32_t noise : {0u, 9u})
    for (Kind kind : {Kind::kRandom, Kind::kNear, Kind::kFar})
      for (double share : {0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.005}) {
        std::string what = "kind " + std::to_string(static_cast<int>(kind)) + " share " + std::to_string(share) +
                           " noise " + std::to_string(noise);
        w.store.byte_noise = noise;
        Cell cell = measure(w, kind, share, true);
        EXPECT_GE(cell.recall, 0.95) << what;
        EXPECT_LE(cell.visits, 2 * cell.exact + 400) << what;
        if (kind == Kind::kFar) continue;
        // Where the matches are not far, the graph alone finds them, too.
        cell = measure(w, kind, share, false);
        EXPECT_GE(cell.recall, 0.95) << what;
        EXPECT_LE(cell.visits, rows + kRepresentatives) << what;
      }
  w.store.byte_noise = 0;
}

TEST(FilteredSearch, AFilterThatAllPassCostsAboutWhatNoneCosts) {
  World &w = world();
  double with = 0, without = 0;
  for (int query = 0; query < 20; query++) {
    Arena arena;
    FilteredSearch search(arena.memory());
    std::vector<float> x = w.vectors.next();
    set_filter(w, Kind::kRandom, 1, x);
    begin(w, search, x, task_of(w));
    with += static_cast<double>(search.counts.scored);
    uint64_t before = w.store.scored;
    w.store.search(x, 40, arena);
    without += static_cast<double>(w.store.scored - before);
  }
  EXPECT_LE(with, 1.5 * without);
}

// A filter that holds for a far cluster alone is found out by the links around the query.
TEST(FilteredSearch, FarMatchesLeaveForAnExactPassThatIsCheap) {
  World &w = world();
  std::vector<float> x = w.vectors.next();
  Arena arena;
  FilteredSearch search(arena.memory());
  set_filter(w, Kind::kFar, 0.1, x);
  FilteredTask task = task_of(w);
  EXPECT_EQ(begin(w, search, x, task), FilteredEnd::kBudget);
  EXPECT_LE(search.counts.scored, 1000u);
}

// Where an exact pass is out of the question, a far region is searched from starts inside it: what it costs to find the
// nearest there is not a multiple of the list that a region of the query's own needs.
TEST(FilteredSearch, AFarRegionIsSearchedFromWithin) {
  World &w = world();
  double visits = 0, hits = 0;
  constexpr int kQueries = 20;
  for (int query = 0; query < kQueries; query++) {
    Arena arena;
    FilteredSearch search(arena.memory());
    std::vector<float> x = w.vectors.next();
    set_filter(w, Kind::kNear, 0.4, w.store.nodes[w.by_distance(x).back()].x);
    FilteredTask task = task_of(w);
    task.exact = 1e9;
    task.ef = 120;
    begin(w, search, x, task);
    visits += static_cast<double>(search.counts.scored) / kQueries;
    search.results.sort();
    for (NodeId id : w.store.nearest(x, 10))
      hits += std::any_of(search.results.begin(), search.results.end(), [&](const Candidate &c) { return c.id == id; });
  }
  EXPECT_GE(hits, 0.95 * 10 * kQueries);
  EXPECT_LE(visits, 0.5 * static_cast<double>(w.store.nodes.size()));
}

TEST(FilteredSearch, NoMatchEndsWithinTheBudget) {
  World &w = world();
  std::vector<float> x = w.vectors.next();
  Arena arena;
  FilteredSearch search(arena.memory());
  w.match({});
  FilteredTask task = task_of(w);
  task.exact = 500;
  EXPECT_EQ(begin(w, search, x, task), FilteredEnd::kBudget);
  EXPECT_TRUE(search.results.empty());
  EXPECT_LE(search.counts.scored, 900u);
  // Where nothing can match at all, what is left is to walk all that can be reached: it ends, too.
  Arena other;
  FilteredSearch walk(other.memory());
  task.exact = 1e9;
  EXPECT_EQ(begin(w, walk, x, task), FilteredEnd::kExhausted);
}

TEST(FilteredSearch, TheVisitLimitHolds) {
  World &w = world();
  std::vector<float> x = w.vectors.next();
  Arena arena;
  FilteredSearch search(arena.memory());
  set_filter(w, Kind::kRandom, 0.3, x);
  FilteredTask task = task_of(w);
  task.visit_limit = 150;
  EXPECT_EQ(begin(w, search, x, task), FilteredEnd::kLimit);
  EXPECT_GE(search.counts.scored, 150u);
  EXPECT_LE(search.counts.scored, 150u + 2 * kM * (kMaxBridges + 1));
}

// All rounds until nothing is left, then what an exact pass would add: every matching row once.
void all_rounds(World &w, const std::vector<float> &x, FilteredTask task, const std::string &what) {
  Arena arena;
  FilteredSearch search(arena.memory());
  std::set<NodeId> returned;
  auto take_all = [&](auto &candidates) {
    for (const Candidate &c : candidates) EXPECT_TRUE(returned.insert(c.id).second) << what << ": twice " << c.id;
  };
  FilteredEnd end = begin(w, search, x, task);
  for (int round = 0; end == FilteredEnd::kFound; round++) {
    ASSERT_LT(round, 100000) << what;
    take_all(search.results);
    end = resume_filtered(w.store, search, task);
  }
  take_all(search.results);
  take_all(search.aside);
  for (NodeId id = 0; id < w.store.nodes.size(); id++) {
    const FakeNode &node = w.store.nodes[id];
    bool wanted = w.store.is_live(id) && node.matches && node.returnable;
    if (returned.count(id)) EXPECT_TRUE(wanted) << what << ": " << id;
    else EXPECT_TRUE(!wanted || search.visited.insert(id)) << what << ": lost " << id;
  }
}

TEST(FilteredSearch, RoundsLoseAndRepeatNothing) {
  World &w = world();
  for (Kind kind : {Kind::kRandom, Kind::kNear, Kind::kFar})
    for (double share : {0.5, 0.05, 0.005})
      for (double exact : {100.0, 2000.0, 1e9}) {
        std::vector<float> x = w.vectors.next();
        set_filter(w, kind, share, x);
        for (NodeId id = 0; id < w.store.nodes.size(); id++) w.store.nodes[id].returnable = id % 5 != 0;
        FilteredTask task = task_of(w, 7);
        task.exact = exact;
        all_rounds(w, x, task, "kind " + std::to_string(static_cast<int>(kind)) + " share " + std::to_string(share));
        for (FakeNode &node : w.store.nodes) node.returnable = true;
      }
}

// Small graphs with dead nodes and filters of every kind; a store that leaves by longjmp loses no memory (the arena's).
TEST(FilteredSearch, RandomLives) {
  const char *given = std::getenv("VEXPG_SEED");
  uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1, last = given != nullptr ? first : 60;
  for (uint64_t seed = first; seed <= last; seed++) {
    World w(1 + static_cast<int>(seed * 37 % 400), seed);
    auto &random = w.vectors.random();
    for (FakeNode &node : w.store.nodes) node.dead = random() % 5 == 0;
    std::vector<float> x = w.vectors.next();
    double share = std::pow(10.0, -static_cast<double>(random() % 300) / 100);
    set_filter(w, static_cast<Kind>(random() % 3), share, x);
    w.store.byte_noise = random() % 2 ? 3 : 0;
    FilteredTask task = task_of(w, 1 + random() % 20);
    task.exact = random() % 2 ? 1e9 : 50;
    task.origin = random() % 2 ? 0 : -std::numeric_limits<float>::infinity();
    all_rounds(w, x, task, "seed " + std::to_string(seed));
  }
}

// A thousand copies of one vector, each with an attribute value of its own: a crowd of nodes of equal distance.
TEST(FilteredSearch, OneOfACrowdIsFound) {
  World w(1500, 3);
  std::vector<float> x = w.vectors.next();
  std::vector<NodeId> crowd;
  for (int i = 0; i < 1000; i++) {
    Arena arena;
    crowd.push_back(w.store.insert(x, w.vectors.level(kM), arena));
  }
  int found = 0;
  for (size_t i = 0; i < crowd.size(); i += 50) {
    w.match({crowd[i]});
    Arena arena;
    FilteredSearch search(arena.memory());
    FilteredTask task = task_of(w);
    task.exact = 1e9;
    begin(w, search, x, task);
    found += search.results.size() == 1 && search.results.top().id == crowd[i];
  }
  EXPECT_EQ(found, 20);
}

}  // namespace
}  // namespace vexpg::graph
