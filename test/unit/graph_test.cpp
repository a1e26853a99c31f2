// SPDX-License-Identifier: PostgreSQL
// The graph's parts one by one: heaps, visited set, bitmap, search and its resumption, selection, connection, repair,
// reachability.
#include <gtest/gtest.h>

#include <map>

#include "fake_store.hpp"

namespace vexpg::graph {
namespace {

FakeStore made_graph(int nodes, int m, uint64_t seed, int dim = 8) {
  FakeStore store(dim, m);
  Vectors vectors(dim, seed);
  for (int i = 0; i < nodes; i++) {
    Arena arena;
    store.insert(vectors.next(), vectors.level(m), arena);
  }
  return store;
}

double recall(FakeStore &store, uint64_t seed, size_t ef, size_t k = 10, int queries = 50) {
  Vectors vectors(store.dim, seed, 1);
  double found = 0;
  for (int i = 0; i < queries; i++) {
    Arena arena;
    std::vector<float> x = vectors.next();
    std::vector<NodeId> truth = store.nearest(x, k), got = store.search(x, ef, arena);
    if (got.size() > k) got.resize(k);
    for (NodeId id : truth) found += std::count(got.begin(), got.end(), id);
  }
  return found / static_cast<double>(k) / queries;
}

Candidate candidate(float distance, NodeId id) { return {distance, id, 1, {0, 0, 1}, kReturnable, 0}; }

// As bits, as a hash table, and as what an earlier search left.
TEST(Visited, SaysOnceThatAnIdIsNew) {
  Arena arena;
  Visited visited(arena.memory());
  std::mt19937 random(1);
  struct { size_t expected; NodeId limit; } resets[] = {{10, 0}, {4000, 7001}, {10, 1u << 20}, {20000, 0}, {10, 64}};
  for (auto [expected, limit] : resets) {
    visited.reset(expected, limit);
    EXPECT_EQ(visited.size(), 0u);
    std::set<NodeId> truth;
    for (int i = 0; i < 20000; i++) {
      NodeId id = random() % 8000 + (i % 2 ? 0 : 0xFFFF0000u - 8000);
      EXPECT_EQ(visited.has(id), truth.count(id) > 0) << id;
      EXPECT_EQ(visited.insert(id), truth.insert(id).second) << id;
      EXPECT_TRUE(visited.has(id)) << id;
    }
    EXPECT_EQ(visited.size(), truth.size());
    EXPECT_TRUE(visited.has(kNoNode));
    EXPECT_FALSE(visited.insert(kNoNode));
    EXPECT_TRUE(visited.insert(kNoNode - 1));
  }
}

TEST(Visited, SmallBitsInsteadOfATable) {
  Arena arena;
  Visited bits(arena.memory()), table(arena.memory());
  bits.reset(4000, 8000);
  table.reset(4000);
  EXPECT_LT(bits.bytes(), table.bytes() / 8);
}

TEST(Heap, ReplacesTheTopAsIfPoppedAndPushed) {
  std::mt19937 random(3);
  for (size_t size : {1, 2, 3, 4, 7, 8, 100}) {
    Arena arena;
    Results replaced(arena.memory()), plain(arena.memory());
    for (size_t i = 0; i < 1000; i++) {
      Candidate next = candidate(static_cast<float>(random() % 50), static_cast<NodeId>(i));
      plain.push(next);
      if (plain.size() > size) plain.pop();
      if (replaced.size() < size) replaced.push(next);
      else if (nearer(next, replaced.top())) replaced.replace_top(next);
      ASSERT_EQ(replaced.top().id, plain.top().id);
    }
    while (!plain.empty()) EXPECT_EQ(replaced.pop().id, plain.pop().id);
    EXPECT_TRUE(replaced.empty());
  }
}

TEST(Heap, PopsInOrderWithTiesById) {
  Arena arena;
  Frontier frontier(arena.memory());
  Results results(arena.memory());
  std::mt19937 random(2);
  std::vector<std::pair<float, NodeId>> truth;
  for (NodeId i = 0; i < 500; i++) {
    float distance = static_cast<float>(random() % 50);
    truth.emplace_back(distance, i);
    frontier.push(candidate(distance, i));
    results.push(candidate(distance, i));
  }
  std::sort(truth.begin(), truth.end());
  for (size_t i = 0; i < truth.size(); i++) {
    EXPECT_EQ(frontier.pop().id, truth[i].second);
    EXPECT_EQ(results.pop().id, truth[truth.size() - 1 - i].second);
  }
  EXPECT_TRUE(frontier.empty() && results.empty());
}

// A store that notes what is scored.
struct WatchedStore : FakeStore {
  std::vector<NodeId> seen;
  int score(const NodeId *ids, int count, Candidate *out) {
    seen.insert(seen.end(), ids, ids + count);
    return FakeStore::score(ids, count, out);
  }
};

TEST(Search, FillsUpWithTheNearestThatItCompared) {
  WatchedStore store{made_graph(2000, 6, 6), {}};
  Vectors vectors(store.dim, 6, 1);
  for (size_t ef : {2, 5, 10, 15, 16, 30}) {
    Arena arena;
    LevelSearch search(arena.memory());
    store.set_query(vectors.next());
    Candidate at = store.entry_candidate();
    search.reset(ef, 12);
    store.seen = {at.id};
    search_level(store, search, &at, 1, 0, ef);
    std::vector<Candidate> all(store.seen.size());
    store.score(std::vector<NodeId>(store.seen).data(), static_cast<int>(all.size()), all.data());
    std::sort(all.begin(), all.end(), nearer);
    fill_up(search, kMostFilled);
    ASSERT_EQ(search.results.size(), std::min(std::max(ef, kMostFilled), all.size()));
    std::set<NodeId> returned;
    search.results.sort();
    for (size_t i = 0; i < search.results.size(); i++) {
      EXPECT_EQ(search.results.begin()[i].id, all[i].id);
      returned.insert(all[i].id);
    }
    // Later rounds return the others, each once.
    for (resume(store, search, 0, ef, 0); !search.results.empty(); resume(store, search, 0, ef, 0))
      for (const Candidate &c : search.results) EXPECT_TRUE(returned.insert(c.id).second) << c.id;
    EXPECT_EQ(returned.size(), store.nodes.size());
  }
}

TEST(Descent, LooksAtNoNodeTwiceAndEndsWhereNoNeighbourIsNearer) {
  WatchedStore store{made_graph(2000, 6, 5), {}};
  Vectors vectors(store.dim, 5, 1);
  for (int i = 0; i < 30; i++) {
    Arena arena;
    Visited visited(arena.memory());
    store.set_query(vectors.next());
    Candidate at = store.entry_candidate();
    SearchCounts counts = {};
    store.seen = {at.id};
    int top = store.nodes[at.id].level;
    ASSERT_GE(top, 2);
    descend(store, visited, &at, top, 0, &counts);
    EXPECT_EQ(std::set<NodeId>(store.seen.begin(), store.seen.end()).size(), store.seen.size());
    EXPECT_EQ(counts.scored + 1, store.seen.size());
    NodeId links[kMaxLinks];
    Candidate scored[kMaxLinks];
    int count = store.links(at.id, 1, links), kept = store.score(links, count, scored);
    for (int k = 0; k < kept; k++) EXPECT_FALSE(nearer(scored[k], at));
  }
}

TEST(Bitmap, HoldsIdsBelowItsLimit) {
  Arena arena;
  Bitmap bitmap(arena.memory());
  EXPECT_FALSE(bitmap.has(0));
  bitmap.reset(100);
  bitmap.insert(0);
  bitmap.insert(63);
  bitmap.insert(99);
  EXPECT_TRUE(bitmap.has(0) && bitmap.has(63) && bitmap.has(99));
  EXPECT_FALSE(bitmap.has(64) || bitmap.has(100) || bitmap.has(kNoNode));
  bitmap.extend(1000);
  EXPECT_EQ(bitmap.count(), 3u);
  bitmap.insert(999);
  bitmap.erase(63);
  EXPECT_FALSE(bitmap.has(63));
  EXPECT_EQ(bitmap.count(), 3u);
  bitmap.reset(1000);
  EXPECT_EQ(bitmap.count(), 0u);
  bitmap.release();
  EXPECT_EQ(arena.blocks(), 0u);
}

TEST(Level, IsDrawnFromTheExponentialDistribution) {
  EXPECT_EQ(level_from_uniform(1, 16), 0);
  EXPECT_EQ(level_from_uniform(1.0 / 16 - 1e-9, 16), 1);
  EXPECT_EQ(level_from_uniform(1e-300, 2), kMaxLevel);
}

TEST(Search, WithAllCandidatesIsExact) {
  FakeStore store = made_graph(400, 6, 11);
  Arena arena;
  store.link_all(arena);
  ASSERT_EQ(store.unreachable(), 0u);
  Vectors vectors(store.dim, 12);
  for (int i = 0; i < 20; i++) {
    std::vector<float> x = vectors.next();
    EXPECT_EQ(store.search(x, 400, arena), store.nearest(x, 400));
  }
}

TEST(Search, FindsMostNeighboursWithFewCandidates) {
  FakeStore store = made_graph(2000, 16, 13, 16);
  EXPECT_GT(recall(store, 13, 40), 0.97);
  EXPECT_GT(recall(store, 13, 100), 0.99);
}

TEST(Search, WalksNodesThatItMayNotReturn) {
  FakeStore store = made_graph(1000, 8, 15);
  std::mt19937 random(16);
  for (FakeNode &node : store.nodes) node.returnable = random() % 5 == 0;
  Arena arena;
  store.link_all(arena);
  Vectors vectors(store.dim, 17);
  std::vector<float> x = vectors.next();
  std::vector<NodeId> all = store.nearest(x, 1000);
  EXPECT_EQ(store.search(x, all.size(), arena), all);
  EXPECT_GT(recall(store, 15, 40), 0.95);
}

TEST(Search, StopsAtTheVisitLimit) {
  FakeStore store = made_graph(1000, 8, 19);
  Arena arena;
  LevelSearch state(arena.memory());
  store.set_query(store.nodes[500].x);
  Candidate at = store.entry_candidate();
  state.reset(10, 16);
  search_level(store, state, &at, 1, 0, 10);
  uint64_t scored = state.counts.scored;
  EXPECT_FALSE(resume(store, state, 0, 500, scored + 20));
  EXPECT_LE(state.counts.scored, scored + 20 + kMaxLinks);
}

TEST(Resume, ReturnsEveryNodeOnce) {
  FakeStore store = made_graph(600, 6, 21);
  Arena arena;
  store.link_all(arena);
  ASSERT_EQ(store.unreachable(), 0u);
  for (size_t ef : {1, 7, 40, 599, 600, 2000}) {
    LevelSearch state(arena.memory());
    store.set_query(store.nodes[ef % 600].x);
    Candidate at = store.entry_candidate();
    state.reset(ef, 12);
    search_level(store, state, &at, 1, 0, ef);
    std::map<NodeId, int> seen;
    while (!state.results.empty()) {
      EXPECT_LE(state.results.size(), ef);
      for (const Candidate &c : state.results) seen[c.id]++;
      resume(store, state, 0, ef, 0);
    }
    EXPECT_EQ(seen.size(), 600u) << "ef " << ef;
    for (auto [id, times] : seen) EXPECT_EQ(times, 1) << id;
  }
}

TEST(Resume, ReturnsNearerRoundsFirstMostly) {
  FakeStore store = made_graph(1000, 12, 22);
  Arena arena;
  LevelSearch state(arena.memory());
  store.set_query(store.nodes[3].x);
  Candidate at = store.entry_candidate();
  state.reset(50, 24);
  search_level(store, state, &at, 1, 0, 50);
  std::vector<NodeId> truth = store.nearest(store.nodes[3].x, 200), got;
  for (int round = 0; round < 4; round++) {
    state.results.sort();
    for (const Candidate &c : state.results) got.push_back(c.id);
    resume(store, state, 0, 50, 0);
  }
  ASSERT_EQ(got.size(), 200u);
  int found = 0;
  for (NodeId id : truth) found += std::count(got.begin(), got.end(), id) > 0;
  EXPECT_GT(found, 190);
}

TEST(StopRule, SavesWorkAtTheSameRecall) {
  FakeStore store = made_graph(3000, 8, 23);
  Arena arena;
  LevelSearch state(arena.memory());
  uint64_t scored[2] = {};
  int found = 0;
  for (int query = 0; query < 20; query++) {
    store.set_query(store.nodes[static_cast<size_t>(query) * 7].x);
    std::vector<NodeId> truth = store.nearest(store.nodes[static_cast<size_t>(query) * 7].x, 10);
    Candidate at = store.entry_candidate();
    for (bool rule : {false, true}) {
      state.reset(400, 16);
      state.counts = {};
      state.stop = {10, rule ? 0.2f : 0, 0};
      if (rule) search_level<true>(store, state, &at, 1, 0, 400);
      else search_level(store, state, &at, 1, 0, 400);
      EXPECT_EQ(state.stopped, rule);
      scored[rule] += state.counts.scored;
      state.results.sort();
      // Nothing that was left unexpanded is nearer than the limit.
      if (!rule) continue;
      EXPECT_TRUE(state.frontier.empty() || state.frontier.top().distance > state.limit);
      for (size_t i = 0; i < 10; i++) found += std::count(truth.begin(), truth.end(), state.results.begin()[i].id) > 0;
    }
  }
  EXPECT_LT(scored[1] * 2, scored[0]);
  EXPECT_GT(found, 195);
}

TEST(StopRule, ReturnsEveryNodeOnceWhileKGrows) {
  FakeStore store = made_graph(600, 6, 24);
  Arena arena;
  store.link_all(arena);
  ASSERT_EQ(store.unreachable(), 0u);
  for (size_t ef : {5, 40, 2000}) {
    for (float shift : {0.0f, -3.0f}) {
      LevelSearch state(arena.memory());
      store.set_query(store.nodes[ef % 600].x);
      Candidate at = store.entry_candidate();
      state.reset(ef, 12);
      state.stop = {4, 0.1f, shift};
      search_level<true>(store, state, &at, 1, 0, ef);
      std::map<NodeId, int> seen;
      std::vector<NodeId> truth = store.nearest(store.nodes[ef % 600].x, 600);
      int rounds = 0;
      while (!state.results.empty() || state.stopped) {
        EXPECT_LE(state.results.size(), ef);
        for (const Candidate &c : state.results) seen[c.id]++;
        // The nearest k are known by the time the rule says so, but for a few.
        size_t k = state.stop.k, known = 0;
        for (size_t i = 0; state.stopped && i < k; i++) known += seen.count(truth[i]);
        EXPECT_TRUE(!state.stopped || known * 10 >= k * 7) << "ef " << ef << " k " << k;
        state.stop.k = std::min<size_t>(2 * state.stop.k, 1 << 20);
        resume<true>(store, state, 0, ef, 0);
        ASSERT_LT(++rounds, 1000);
      }
      EXPECT_EQ(seen.size(), 600u) << "ef " << ef;
      for (auto [id, times] : seen) EXPECT_EQ(times, 1) << id;
    }
  }
}

TEST(Select, KeepsTheNearestAndWhatIsInOtherDirections) {
  // Around the origin: two points to the right, one behind the other, and one to the left, farther away.
  FakeStore store(1, 4);
  for (float x : {0.0f, 1.0f, 1.5f, -1.2f}) store.add_node({x}, 0);
  NodeId ids[4] = {0, 1, 2, 3};
  store.fetch(ids, 4, 0);
  Choice choices[3] = {{1.0f, 1, 1}, {1.44f, 3, 3}, {2.25f, 2, 2}}, rejected[3];
  ASSERT_EQ(select_neighbours(store, choices, 3, 3, 0, rejected), 2);
  EXPECT_EQ(choices[0].id, 1u);
  EXPECT_EQ(choices[1].id, 3u);
  Choice again[3] = {{1.0f, 1, 1}, {1.44f, 3, 3}, {2.25f, 2, 2}};
  ASSERT_EQ(select_neighbours(store, again, 3, 3, 3, rejected), 3);
  EXPECT_EQ(again[2].id, 2u);
  Choice one[3] = {{1.0f, 1, 1}, {1.44f, 3, 3}, {2.25f, 2, 2}};
  EXPECT_EQ(select_neighbours(store, one, 3, 1, 1, rejected), 1);
  EXPECT_EQ(select_neighbours(store, one, 0, 3, 3, rejected), 0);
}

TEST(Connect, NeverExceedsTheCapacityAndMustMeansMust) {
  FakeStore store(2, 2);  // capacity 4 on level 0
  Vectors vectors(2, 31);
  for (int i = 0; i < 40; i++) store.add_node(vectors.next(), 0);
  for (NodeId id = 1; id < 40; id++) {
    Connected result = connect(store, store.parameters, 0, id, 0, id % 2 == 0);
    const auto &list = store.nodes[0].lists[0];
    EXPECT_LE(list.size(), 4u);
    bool there = std::count(list.begin(), list.end(), id) == 1;
    EXPECT_EQ(there, result == Connected::kStored);
    EXPECT_TRUE(there || id % 2 != 0);
    EXPECT_EQ(store.broken(true), "");
  }
  NodeId held = store.nodes[0].lists[0][0];
  EXPECT_EQ(connect(store, store.parameters, 0, held, 0, false), Connected::kStored);
  EXPECT_EQ(store.broken(true), "");
}

TEST(Connect, LeavesDeadNodesAlone) {
  FakeStore store(2, 4);
  for (int i = 0; i < 3; i++) store.add_node({static_cast<float>(i), 0}, 0);
  store.nodes[1].dead = true;
  EXPECT_EQ(connect(store, store.parameters, 1, 0, 0, true), Connected::kGone);
  EXPECT_EQ(connect(store, store.parameters, 0, 1, 0, true), Connected::kGone);
  EXPECT_EQ(connect(store, store.parameters, 0, 2, 1, true), Connected::kGone);  // not on that level
  EXPECT_TRUE(store.nodes[0].lists[0].empty() && store.nodes[1].lists[0].empty());
}

TEST(Connect, TriesAgainWhenTheListChanged) {
  FakeStore store(2, 4);
  for (int i = 0; i < 3; i++) store.add_node({static_cast<float>(i), 0}, 0);
  static FakeStore *changed;
  static int refusals;
  changed = &store;
  refusals = 0;
  store.on_replace = [](NodeId, int) {
    if (refusals++ > 0) return false;
    changed->nodes[0].lists[0].push_back(2);  // another backend was faster
    return true;
  };
  EXPECT_EQ(connect(store, store.parameters, 0, 1, 0, false), Connected::kStored);
  EXPECT_EQ(store.nodes[0].lists[0], (std::vector<NodeId>{2, 1}));
}

// Puts links at the ends of lists without reading them first, and knows a node that it looks for, as PageStore does.
class AppendingStore : public FakeStore {
 public:
  using FakeStore::FakeStore;
  Appended append_link(NodeId id, int level, NodeId link) {
    if (nodes[id].dead || level > nodes[id].level) return Appended::kGone;
    auto &list = nodes[id].lists[static_cast<size_t>(level)];
    if (std::count(list.begin(), list.end(), link) > 0) return Appended::kStored;
    if (static_cast<int>(list.size()) == parameters.capacity(level)) return Appended::kFull;
    list.push_back(link);
    appended++;
    return Appended::kStored;
  }
  int score(const NodeId *ids, int count, Candidate *out) {
    int kept = FakeStore::score(ids, count, out);
    for (int i = 0; i < kept; i++) met |= out[i].id == wanted;
    return kept;
  }
  bool satisfied() const { return met; }

  int appended = 0;
  NodeId wanted = kNoNode;
  bool met = false;
};

TEST(Connect, AppendsWhereThereIsRoomAndChoosesWhereThereIsNone) {
  AppendingStore store(2, 2);
  Vectors vectors(2, 31);
  for (int i = 0; i < 12; i++) store.add_node(vectors.next(), 0);
  for (NodeId id = 1; id <= 4; id++) EXPECT_EQ(connect(store, store.parameters, 0, id, 0, false), Connected::kStored);
  EXPECT_EQ(store.appended, 4);
  EXPECT_EQ(connect(store, store.parameters, 0, 3, 0, false), Connected::kStored);
  EXPECT_EQ(store.nodes[0].lists[0].size(), 4u);
  for (NodeId id = 1; id <= 5; id++)  // each leads to all others
    for (NodeId to = 1; to <= 5; to++)
      if (to != id) store.nodes[id].lists[0].push_back(to);
  EXPECT_EQ(connect(store, store.parameters, 0, 5, 0, true), Connected::kStored);
  EXPECT_EQ(store.appended, 4);
  EXPECT_LT(store.nodes[0].lists[0].size(), 4u);
  store.nodes[6].dead = true;
  EXPECT_EQ(connect(store, store.parameters, 6, 1, 0, true), Connected::kGone);
  EXPECT_EQ(store.broken(true), "");
}

// Near copies hide each other: by the heuristic alone later nodes of a crowd take the last links of older ones.
TEST(Connect, TakesNoNodesLastLinkInACrowd) {
  for (uint64_t seed = 1; seed <= 5; seed++) {
    FakeStore store(8, 4, 16);
    Vectors vectors(8, seed);
    std::vector<std::vector<float>> centres;
    for (int i = 0; i < 3; i++) centres.push_back(vectors.next());
    for (int i = 0; i < 600; i++) {
      Arena arena;
      std::vector<float> x = vectors.next();
      for (size_t k = 0; k < x.size(); k++) x[k] = centres[static_cast<size_t>(i) % 3][k] + 0.001f * x[k];
      store.insert(x, vectors.level(4), arena);
    }
    EXPECT_EQ(store.unreachable(), 0u) << seed;
    EXPECT_EQ(store.broken(true), "");
  }
}

// What is left out of a list for a node that must be in it is led to by that node.
TEST(Connect, WhatMustLinkTakesOverWhatItDisplaces) {
  FakeStore store(2, 2);  // capacity 4 on level 0
  for (int i = 0; i < 6; i++) store.add_node({i == 0 ? 0.0f : 1 + 0.01f * static_cast<float>(i), 0}, 0);
  store.nodes[0].lists[0] = {1, 2, 3, 4};
  store.entry = 0;
  EXPECT_EQ(connect(store, store.parameters, 0, 5, 0, true), Connected::kStored);
  EXPECT_EQ(store.nodes[0].lists[0].size(), 4u);
  EXPECT_EQ(store.nodes[5].lists[0].size(), 1u);
  EXPECT_EQ(store.unreachable(), 0u);
}

TEST(Search, EndsWhereAStoreHasMetWhatItLookedFor) {
  AppendingStore store(8, 16);
  Vectors vectors(8, 5);
  for (int i = 0; i < 500; i++) {
    Arena arena;
    store.insert(vectors.next(), vectors.level(16), arena);
  }
  uint64_t before = store.scored;
  for (NodeId id : {NodeId{17}, NodeId{250}, kNoNode}) {
    Arena arena;
    store.wanted = id;
    store.met = false;
    store.set_query(store.nodes[id == kNoNode ? 99 : id].x);
    LevelSearch search(arena.memory());
    search.reset(400, 16);
    Candidate entry;
    store.score(&store.entry, 1, &entry);
    before = store.scored;
    search_level(store, search, &entry, 1, 0, 400);
    EXPECT_EQ(store.met, id != kNoNode);
    if (id == kNoNode) EXPECT_GT(store.scored - before, 450u);
    else EXPECT_LT(store.scored - before, 300u);
  }
}

class Repair : public testing::TestWithParam<int> {};  // per cent dead

TEST_P(Repair, KeepsRecallAndLeavesNoLinkToTheDead) {
  FakeStore store = made_graph(2000, 12, 41, 12);
  std::mt19937 random(42);
  for (FakeNode &node : store.nodes) node.dead = static_cast<int>(random() % 100) < GetParam();
  Arena arena;
  store.scored = 0;
  ReachResult result = store.vacuum(arena);
  EXPECT_EQ(result.left, 0u);
  EXPECT_EQ(store.broken(true), "");
  EXPECT_EQ(store.unreachable(), 0u);
  EXPECT_GT(recall(store, 41, 40), 0.96) << GetParam() << " % dead";
}
INSTANTIATE_TEST_SUITE_P(Shares, Repair, testing::Values(1, 10, 30, 50, 80));

TEST(Repair, ShortensListsThatKeepEnough) {
  FakeStore store = made_graph(1500, 12, 44, 12);
  std::mt19937 random(45);
  for (FakeNode &node : store.nodes) node.dead = random() % 100 < 8;
  Arena arena;
  store.vacuum(arena, 14);
  EXPECT_EQ(store.broken(true), "");
  EXPECT_EQ(store.unreachable(), 0u);
  EXPECT_GT(recall(store, 44, 40), 0.96);
}

TEST(Repair, SurvivesTheDeathOfNearlyAll) {
  FakeStore store = made_graph(500, 6, 47);
  for (NodeId id = 0; id < 500; id++) store.nodes[id].dead = id % 100 != 7;
  Arena arena;
  EXPECT_EQ(store.vacuum(arena).left, 0u);
  EXPECT_EQ(store.broken(true), "");
  EXPECT_EQ(store.unreachable(), 0u);
  for (FakeNode &node : store.nodes) node.dead = node.used;
  store.vacuum(arena);
  EXPECT_EQ(store.entry, kNoNode);
}

TEST(Reach, LinksIslands) {
  // Clusters without a link between them, the lists of the entry point's cluster full.
  for (int m : {2, 3, 8}) {
    FakeStore store(2, m);
    int per_island = 2 * m + 1;
    for (int island = 0; island < 20; island++)
      for (int i = 0; i < per_island; i++)
        store.add_node({static_cast<float>(island * 100), static_cast<float>(i)}, 0);
    for (NodeId id = 0; id < store.nodes.size(); id++)
      for (int i = 0; i < per_island; i++) {
        NodeId other = id / static_cast<NodeId>(per_island) * static_cast<NodeId>(per_island) + static_cast<NodeId>(i);
        if (other != id) store.nodes[id].lists[0].push_back(other);
      }
    store.entry = 0;
    Arena arena;
    EXPECT_GT(store.unreachable(), 0u);
    ReachResult result = store.link_all(arena);
    EXPECT_EQ(result.unreachable, 19u) << "one search for each island";
    EXPECT_EQ(result.left, 0u);
    EXPECT_EQ(store.unreachable(), 0u);
    EXPECT_EQ(store.broken(true), "");
  }
}

TEST(Reach, GivesADryNodeNeighboursBack) {
  FakeStore store = made_graph(500, 8, 51);
  NodeId node = 100;
  store.nodes[node].lists[0].clear();
  Arena arena;
  InsertScratch scratch(arena.memory());
  relink(store, store.parameters, scratch, {store.entry, store.nodes[store.entry].level}, node, 0);
  EXPECT_GE(store.nodes[node].lists[0].size(), 3u);
  EXPECT_EQ(store.broken(true), "");
}

}  // namespace
}  // namespace vexpg::graph
