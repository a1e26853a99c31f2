// SPDX-License-Identifier: PostgreSQL
// What holds for the graph after any sequence of insertions, deletions and vacuums, and after an error at any call.
#include <gtest/gtest.h>

#include "fake_store.hpp"

namespace vexpg::graph {
namespace {

// One random life of a small graph; the model of what it should hold is the fake store's own list of nodes.
void random_life(uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Vectors vectors(4, seed, 0, 5);
  std::mt19937_64 &random = vectors.random();
  int m = 2 + static_cast<int>(random() % 10);
  FakeStore store(4, m, 4 + static_cast<int>(random() % 60));
  for (int step = 0; step < 12; step++) {
    Arena arena;
    for (uint64_t i = random() % 60; i > 0; i--) {
      std::vector<float> x = vectors.next();
      if (random() % 4 == 0 && !store.nodes.empty()) x = store.nodes[0].x;
      store.insert(x, vectors.level(m), arena);
    }
    ASSERT_EQ(store.broken(false), "");
    uint64_t share = random() % 100;
    for (FakeNode &node : store.nodes) node.dead |= node.used && random() % 100 < share;
    ReachResult result = store.vacuum(arena, random() % 2 ? m : kMaxLinks + 1);
    ASSERT_EQ(result.left, 0u);
    ASSERT_EQ(store.broken(true), "");
    ASSERT_EQ(store.unreachable(), 0u);
    if (store.entry == kNoNode) continue;
    std::vector<float> x = vectors.next();
    ASSERT_EQ(store.search(x, store.nodes.size(), arena), store.nearest(x, store.nodes.size()));
  }
}

TEST(GraphProperty, RandomLivesKeepTheInvariants) {
  const char *given = std::getenv("VEXPG_SEED");
  if (given != nullptr) return random_life(std::strtoull(given, nullptr, 10));
  for (uint64_t seed = 1; seed <= 200 && !testing::Test::HasFatalFailure(); seed++) random_life(seed);
}

// Rows of the same vector that cannot hang on one chain, as their attributes differ, are nodes of the same code: each
// must be found, and so must what lies behind them.
TEST(GraphProperty, CrowdsOfIdenticalNodesStayConnected) {
  for (int m : {6, 16}) {
    FakeStore store(8, m, 40);
    Vectors vectors(8, 7);
    std::vector<std::vector<float>> crowds;
    for (int i = 0; i < 5; i++) crowds.push_back(vectors.next());
    auto arena = std::make_unique<Arena>();
    for (size_t i = 0; i < 3000; i++)
      store.insert(i % 2 == 0 ? crowds[i / 2 % 5] : vectors.next(), vectors.level(m), *arena);
    EXPECT_EQ(store.broken(true), "");
    EXPECT_LE(store.unreachable(), 15u) << "m " << m;
    double found = 0;
    for (int i = 0; i < 50; i++) {
      std::vector<float> x = vectors.next();
      std::vector<NodeId> truth = store.nearest(x, 10), got = store.search(x, 60, *arena);
      for (NodeId id : truth) found += std::count(got.begin(), got.end(), id);
    }
    EXPECT_GT(found / 500, 0.9) << "m " << m;
  }
}

// The store leaves at its n-th call for n = 1, 2, ... until the operation succeeds: a server's ERROR at any point. The
// memory is the arena's (AddressSanitizer sees leaks); the graph must stay one that all operations can work on.
// A function of its own, *finished behind a pointer: setjmp may clobber the variables of the frame that calls it.
template <class Operation> void jump_once(FakeStore &store, Arena &arena, Operation operation, uint64_t n, bool *finished) {
  std::jmp_buf jump;
  store.jump_to = &jump;
  store.jump_at = n;
  if (setjmp(jump) == 0) {
    operation(store, arena);
    *finished = true;
  }
  store.jump_at = 0;
}

template <class Operation> bool jump_at(FakeStore &original, Operation operation, uint64_t n) {
  auto store = std::make_unique<FakeStore>(original);
  auto arena = std::make_unique<Arena>();
  bool finished = false;
  jump_once(*store, *arena, operation, n, &finished);
  EXPECT_EQ(store->broken(false), "") << "call " << n;
  ReachResult result = store->vacuum(*arena);
  EXPECT_EQ(result.left, 0u) << "call " << n;
  EXPECT_EQ(store->broken(true), "") << "call " << n;
  EXPECT_EQ(store->unreachable(), 0u) << "call " << n;
  return finished || testing::Test::HasFailure();
}

template <class Operation> void jump_everywhere(FakeStore &original, Operation operation) {
  for (uint64_t n = 1; !jump_at(original, operation, n);) n += 1 + n / 20;
}

FakeStore small_graph(int nodes, uint64_t seed) {
  FakeStore store(4, 4, 16);
  Vectors vectors(4, seed);
  for (int i = 0; i < nodes; i++) {
    Arena arena;
    store.insert(vectors.next(), vectors.level(4), arena);
  }
  return store;
}

TEST(GraphProperty, AnErrorAnywhereInRepairLeavesASoundGraph) {
  FakeStore store = small_graph(150, 3);
  for (NodeId id = 0; id < 150; id += 4) store.nodes[id].dead = true;
  jump_everywhere(store, [](FakeStore &s, Arena &arena) {
    RepairScratch scratch(arena.memory());
    struct Dead {
      FakeStore *store;
      bool has(NodeId id) const { return store->nodes[id].dead; }
      int links(NodeId id, int level, NodeId *out) const { return store->links(id, level, out); }
    } dead{&s};
    for (NodeId id = 0; id < s.nodes.size(); id++)
      for (int level = 0; s.is_live(id) && level <= s.nodes[id].level; level++)
        repair_links(s, {4, {kMaxLinks + 1, kMaxLinks + 1}}, dead, scratch, id, level);
  });
}

TEST(GraphProperty, AnErrorAnywhereInLinkingLeavesASoundGraph) {
  FakeStore store = small_graph(100, 4);
  for (NodeId id = 0; id < 100; id += 3) store.nodes[id].lists[0].clear();
  static Bitmap *wanted;
  Arena arena;
  Bitmap all(arena.memory());
  wanted = &all;
  all.reset(100);
  for (NodeId id = 0; id < 100; id++) all.insert(id);
  jump_everywhere(store, [](FakeStore &s, Arena &memory) {
    ReachScratch scratch(memory.memory());
    link_unreachable(s, s.parameters, scratch, {s.entry, s.nodes[s.entry].level}, *wanted);
  });
}

TEST(GraphProperty, AnErrorAnywhereInSearchAndConnectLeavesASoundGraph) {
  FakeStore store = small_graph(120, 5);
  store.add_node({0.5f, 0.5f, 0.5f, 0.5f}, 0);
  jump_everywhere(store, [](FakeStore &s, Arena &arena) {
    InsertScratch scratch(arena.memory());
    Neighbours found;
    NodeId id = static_cast<NodeId>(s.nodes.size() - 1);
    found.level = 0;
    s.fetch(&id, 1, 0);
    s.query_from(0);
    find_neighbours(s, s.parameters, scratch, s.entry_candidate(), s.nodes[s.entry].level, &found,
                    [](Results &) { return true; });
    for (int i = 0; i < found.count[0]; i++) connect(s, s.parameters, found.links[0][i].id, id, 0, true);
  });
}

}  // namespace
}  // namespace vexpg::graph
