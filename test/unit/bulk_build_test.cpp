// SPDX-License-Identifier: PostgreSQL
// The bulk build: its parts on random codes, the graph that it makes beside one of insertions, crowds, errors at any
// call, and several workers.
#include <gtest/gtest.h>

#include <barrier>
#include <cmath>
#include <limits>
#include <numeric>
#include <thread>

#include "code_store.hpp"
#include "fake_store.hpp"

namespace vexpg::graph {
namespace {

using codec::Metric;
using codec::Shape;

std::vector<codec::Vector> embeddings(uint32_t dim, size_t count, uint32_t seed) {
  codec::Embeddings source(dim, seed);
  std::vector<codec::Vector> vectors(count);
  for (codec::Vector &x : vectors) x = source.next();
  return vectors;
}

std::vector<uint32_t> numbers(uint32_t count) {
  std::vector<uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

// ---- parts

TEST(Panels, DistancesAreThoseOfCodes) {
  const Shape shapes[] = {{33, 8, 0}, {100, 4, 4}, {70, 2, 4}, {64, 1, 8}};
  for (const Shape &shape : shapes)
    for (Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine}) {
      SCOPED_TRACE("bits " + std::to_string(shape.bits) + ", metric " + std::to_string(static_cast<int>(metric)));
      CodeGraph graph(shape, metric, embeddings(shape.dim, 40, 3), 16);
      CodeStore store(graph);
      Arena arena;
      Panels panels(arena.memory());
      std::vector<uint32_t> all = numbers(40);
      render(store, panels, all.data(), 40, all.data());
      ASSERT_EQ(panels.panel_count(), 3u);
      store.fetch(all.data(), 40, 0);
      std::vector<std::vector<float>> found(48, std::vector<float>(48));
      std::vector<int32_t> products(3 * kRows * kRows);
      for (uint32_t panel = 0; panel < 3; panel++) {
        panels.multiply(panel, panels, 0, 3, products.data());
        for (uint32_t i = 0; i < kRows; i++)
          for (uint32_t j = 0; j < 48; j += 4) {
            const int32_t *at = products.data() + (j / kRows * kRows + i) * kRows + j % kRows;
            FloatQuad quad = panels.distances(panels.terms(panel * kRows + i), j, at);
            for (uint32_t k = 0; k < 4; k++) found[panel * kRows + i][j + k] = quad[k];
          }
      }
      const float tolerance = store.rows_are_rough() ? 0.05f : 1e-5f;
      for (uint32_t i = 0; i < 40; i++) {
        store.prepare(static_cast<int>(i));
        for (uint32_t j = 0; j < 40; j++) {
          ASSERT_NEAR(found[i][j], store.distance(static_cast<int>(j)), tolerance) << i << ", " << j;
          ASSERT_EQ(found[i][j], found[j][i]) << i << ", " << j;
        }
        for (uint32_t j = 40; j < 48; j++) ASSERT_GE(found[i][j], kFarthest);
      }
    }
}

struct OwnedReservoirs {
  // inner: entries in the link room, which is not aligned to them.
  OwnedReservoirs(uint32_t nodes, uint32_t capacity, uint32_t inner)
      : ids(numbers(nodes)), room(size_t{nodes} * (8 * inner + 4) + 4), found(size_t{nodes} * (capacity - inner)), counts(nodes),
        locks(nodes), view{{room.data() + 4, 8 * inner + 4, 8 * inner}, ids.data(), found.data(), counts.data(), locks.data(),
                           capacity} {}
  std::vector<Found> of(uint32_t node) const {
    std::vector<Found> all(view.capacity);
    all.resize(view.read(node, all.data()));
    return all;
  }
  std::vector<NodeId> ids;
  std::vector<uint8_t> room;
  std::vector<Found> found;
  std::vector<uint16_t> counts;
  std::vector<uint8_t> locks;
  Reservoirs view;
};

TEST(Reservoirs, KeepTheNearestOnceInWhateverOrderTheyCome) {
  std::mt19937 random(5);
  OwnedReservoirs first(1, 20, 0), second(1, 20, 6);
  std::vector<Found> offers;
  for (uint32_t i = 0; i < 60; i++) offers.push_back({static_cast<float>(random() % 30), i});
  std::vector<Found> nearest = offers;
  std::sort(nearest.begin(), nearest.end(), order_of(0));
  for (int round = 0; round < 50; round++)
    for (OwnedReservoirs *reservoirs : {&first, &second}) {
      std::shuffle(offers.begin(), offers.end(), random);
      std::vector<Found> some(offers.begin(), offers.begin() + 1 + random() % 30);
      std::sort(some.begin(), some.end(), order_of(0));
      reservoirs->view.merge(0, some.data(), static_cast<uint32_t>(some.size()), 0);
    }
  ASSERT_EQ(first.counts[0], 20);
  ASSERT_EQ(second.counts[0], 20);
  for (size_t i = 0; i < 20; i++) {
    EXPECT_EQ(first.of(0)[i].id, nearest[i].id);
    EXPECT_EQ(second.of(0)[i].id, nearest[i].id);
  }
  EXPECT_EQ(first.view.limit(0), nearest[19].distance);
  EXPECT_EQ(second.view.limit(0), nearest[19].distance);
  // What is fixed stays in front, and is no part of the order; it is not added again.
  Found far = {99, 77}, near = {-1, 78};
  for (OwnedReservoirs *reservoirs : {&first, &second}) {
    reservoirs->view.write(0, &far, 1);
    for (const Found *offered : {&near, &far}) reservoirs->view.merge(0, offered, 1, 1);
    ASSERT_EQ(reservoirs->counts[0], 2);
    EXPECT_EQ(reservoirs->of(0)[0].id, 77u);
    EXPECT_EQ(reservoirs->of(0)[1].id, 78u);
  }
}

TEST(NearestFirst, TakesWhatASortWouldTake) {
  std::mt19937 random(9);
  NearestFirst nearest;
  for (int round = 0; round < 600; round++) {
    SCOPED_TRACE("round " + std::to_string(round));
    const uint32_t count = random() % (round % 10 == 0 ? 1100 : 90), wanted = 1 + random() % 70;
    std::vector<Found> from(count), out(count), sorted;
    std::vector<float> distances;
    for (uint32_t i = 0; i < count; i++) {
      // Spread evenly, crowded at the far end, few different ones, all equal, one far away from the others.
      const float even = static_cast<float>(random() % 1000000) / 1e6f;
      const float kinds[] = {even, std::pow(even, 0.05f), std::floor(even * 4), 1, i == 3 ? 3e38f : even - 0.5f};
      from[i] = {kinds[round % 5], i};
      distances.push_back(from[i].distance);
    }
    sorted = from;
    std::sort(sorted.begin(), sorted.end(), order_of(7));
    const uint32_t kept = nearest.take(from.data(), count, wanted, order_of(7), out.data());
    ASSERT_EQ(kept, std::min(count, wanted));
    for (uint32_t i = 0; i < kept; i++) ASSERT_EQ(out[i].id, sorted[i].id) << i;
    if (count == 0) continue;
    const float bound = nearest.bound(distances.data(), count, kept);
    ASSERT_GE(bound, sorted[kept - 1].distance);
    ASSERT_GE(std::count(distances.begin(), distances.end(), bound), 1) << "one of them";
  }
  // What is no number loses nothing.
  const float none = std::numeric_limits<float>::quiet_NaN(), endless = std::numeric_limits<float>::infinity();
  const Found odd[] = {{2, 0}, {none, 1}, {1, 2}, {endless, 3}};
  Found out[4];
  ASSERT_EQ(nearest.take(odd, 4, 4, order_of(7), out), 4u);
  std::vector<uint32_t> ids;
  for (const Found &found : out) ids.push_back(found.id);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, numbers(4));
}

TEST(Reservoirs, LieInTheLinkRoomAltogetherIfTheyFit) {
  OwnedReservoirs reservoirs(3, 4, 4);
  for (uint32_t node : {2u, 0u, 1u})
    for (uint32_t i = 0; i < 6; i++) {
      Found found = {static_cast<float>(6 - i), 10 * node + i};
      reservoirs.view.merge(node, &found, 1, 0);
    }
  for (uint32_t node = 0; node < 3; node++) {
    ASSERT_EQ(reservoirs.of(node).size(), 4u);
    for (uint32_t i = 0; i < 4; i++) EXPECT_EQ(reservoirs.of(node)[i].id, 10 * node + 5 - i);
    EXPECT_EQ(reservoirs.view.limit(node), 4.0f);
  }
}

// Wide ones, of a third of the nodes, lie where those of all nodes do.
TEST(BulkMemory, UpperLevelsHaveWiderReservoirs) {
  const BulkParameters parameters = bulk_parameters({16, 64});
  constexpr uint32_t kNodes = 400;
  for (uint32_t inner : {0u, 20u, 64u, 100u, 200u}) {
    SCOPED_TRACE("inner " + std::to_string(inner));
    std::vector<uint8_t> room(size_t{kNodes} * inner * 8 + 8);
    const LinkRoom links = {room.data(), size_t{inner} * 8, size_t{inner} * 8};
    std::vector<uint64_t> shared(BulkMemory(parameters, kNodes, links, nullptr).bytes() / 8);
    BulkMemory memory(parameters, kNodes, links, shared.data());
    EXPECT_EQ(memory.reservoirs(0, kNodes).capacity, 64u);
    EXPECT_EQ(memory.reservoirs(0, 1).capacity, 64u);
    EXPECT_EQ(memory.reservoirs(1, kNodes / 3 + 1).capacity, 64u);
    Reservoirs wide = memory.reservoirs(1, kNodes / 3);
    ASSERT_EQ(wide.capacity, 128u);
    std::iota(memory.ids(), memory.ids() + kNodes, 0u);
    std::fill_n(memory.chosen(), kNodes, uint8_t{7});
    std::vector<Found> entries(wide.capacity);
    for (uint32_t node = 0; node < kNodes / 3; node++) {
      for (uint32_t i = 0; i < wide.capacity; i++) entries[i] = {static_cast<float>(i), node * 1000 + i};
      wide.write(node, entries.data(), wide.capacity);
    }
    for (uint32_t node = 0; node < kNodes / 3; node++) {
      ASSERT_EQ(wide.read(node, entries.data()), wide.capacity);
      for (uint32_t i = 0; i < wide.capacity; i++) ASSERT_EQ(entries[i].id, node * 1000 + i);
    }
    for (uint32_t node = 0; node < kNodes; node++) ASSERT_EQ(memory.ids()[node], node);
    EXPECT_EQ(std::count(memory.chosen(), memory.chosen() + kNodes, 7), kNodes);
  }
}

TEST(Join, FindsTheNearestOfEveryRow) {
  for (uint32_t count : {2u, 15u, 16u, 17u, 300u}) {
    CodeGraph graph({40, 4, 4}, Metric::kL2, embeddings(40, count, count), 16);
    CodeStore store(graph);
    Arena arena;
    JoinScratch scratch(arena.memory());
    std::vector<uint32_t> all = numbers(count);
    OwnedReservoirs reservoirs(count, 40, count % 2 == 0 ? 0 : 12);
    render(store, scratch.panels, all.data(), count, all.data());
    Join(scratch, 16).run(store, all.data(), reservoirs.view);
    store.fetch(all.data(), static_cast<int>(count), 0);
    for (uint32_t i = 0; i < count; i++) {
      std::vector<float> distances;
      store.prepare(static_cast<int>(i));
      for (uint32_t j = 0; j < count; j++)
        if (j != i) distances.push_back(store.distance(static_cast<int>(j)));
      std::sort(distances.begin(), distances.end());
      // About as many as wanted, and of all the nearest.
      ASSERT_GE(reservoirs.counts[i], std::min(8u, count - 1)) << "row " << i << " of " << count;
      for (uint32_t k = 0; k < reservoirs.counts[i]; k++)
        ASSERT_NEAR(reservoirs.of(i)[k].distance, distances[k], 1e-5) << "row " << i << " of " << count;
    }
  }
}

TEST(Partition, CoversEveryNodeWithLeavesOfTheRightSize) {
  const PartitionParameters parameters = {100, 50, 8, 32};
  for (bool alike : {false, true}) {
    std::vector<codec::Vector> vectors = embeddings(16, 3000, 9);
    for (size_t i = 0; alike && i < 2000; i++) vectors[i] = vectors[2999];
    CodeGraph graph({16, 8, 0}, Metric::kL2, vectors, 16);
    CodeStore store(graph);
    Arena arena;
    PartitionScratch scratch(arena.memory());
    std::vector<uint32_t> all = numbers(3000), met(3000);
    for (uint32_t point : all) scratch.points.push_back(point);
    partition(store, parameters, scratch, parameters.memberships, all.data(), [&](const uint32_t *leaf, uint32_t count) {
      ASSERT_LE(count, 100u);
      ASSERT_EQ(std::set<uint32_t>(leaf, leaf + count).size(), count) << "a node twice in a leaf";
      for (uint32_t i = 0; i < count; i++) met[leaf[i]]++;
    });
    EXPECT_EQ(std::count(met.begin(), met.end(), 0u), 0);
    double memberships = std::accumulate(met.begin(), met.end(), 0.0) / 3000;
    EXPECT_GE(memberships, 4) << alike;
    EXPECT_LE(memberships, 16) << alike;
  }
}

// ---- the graph

double recall_of(FakeStore &store, Vectors &vectors, size_t ef, Arena &arena) {
  double found = 0;
  for (int i = 0; i < 100; i++) {
    std::vector<float> x = vectors.next();
    std::vector<NodeId> truth = store.nearest(x, 10), got = store.search(x, ef, arena);
    for (NodeId id : truth) found += static_cast<double>(std::count(got.begin(), got.end(), id));
  }
  return found / 1000;
}

TEST(BulkBuild, SmallGraphsKeepTheInvariantsAndFindEveryNode) {
  for (uint64_t seed = 1; seed <= 60; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Vectors vectors(4, seed, 0, 5);
    std::mt19937_64 &random = vectors.random();
    int m = 2 + static_cast<int>(random() % 20);
    FakeStore store(4, m, 4 + static_cast<int>(random() % 100));
    store.has_rows = random() % 2 == 0;
    size_t count = seed < 6 ? seed - 1 : random() % 300;
    for (size_t i = 0; i < count; i++) {
      std::vector<float> x = random() % 4 == 0 && i > 0 ? store.nodes[0].x : vectors.next();
      store.nodes[store.add_node(x, vectors.level(m))].member = random() % 8 == 0;
    }
    Arena arena;
    store.build(arena);
    ASSERT_EQ(store.broken(true), "");
    ASSERT_EQ(store.unreachable(), 0u);
    if (store.entry == kNoNode) continue;
    std::vector<float> x = vectors.next();
    ASSERT_EQ(store.search(x, count, arena), store.nearest(x, count));
  }
}

TEST(BulkBuild, CrowdsAreNoIslands) {
  for (int m : {6, 16}) {
    FakeStore store(8, m, 40);
    store.has_rows = m == 6;
    Vectors vectors(8, 7);
    std::vector<std::vector<float>> crowds;
    for (int i = 0; i < 5; i++) crowds.push_back(vectors.next());
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < 3000; i++) {
      std::vector<float> x = i % 2 == 0 ? crowds[i / 2 % 5] : vectors.next();
      // Copies, and near copies.
      for (float &v : x) v += i % 4 == 0 ? 0.01f * normal(vectors.random()) : 0;
      store.add_node(x, vectors.level(m));
    }
    Arena arena;
    EXPECT_LE(store.build(arena), 60u) << "m " << m;
    EXPECT_EQ(store.broken(true), "");
    EXPECT_EQ(store.unreachable(), 0u);
    EXPECT_GT(recall_of(store, vectors, 60, arena), 0.9) << "m " << m;
  }
}

// Where every node has hundreds of near copies, the way from one crowd to another leads through few nodes; it must still
// be there when half of them are gone.
TEST(BulkBuild, CrowdsStayReachableWhenHalfOfThemIsDeleted) {
  FakeStore store(16, 16, 64);
  Vectors vectors(16, 11, 0, 40);
  for (int i = 0; i < 2000; i++) store.add_node(vectors.next(), vectors.level(16));
  Arena arena;
  store.build(arena);
  EXPECT_GT(recall_of(store, vectors, 40, arena), 0.97);
  for (NodeId id = 0; id < 2000; id++) store.nodes[id].dead = vectors.random()() % 2 == 0;
  EXPECT_EQ(store.vacuum(arena).left, 0u);
  EXPECT_EQ(store.broken(true), "");
  EXPECT_GT(recall_of(store, vectors, 40, arena), 0.97);
}

// The store leaves at its n-th call: what is there must stay a graph that all operations can work on.
void build_until(FakeStore &store, Arena &arena, uint64_t n, bool *finished) {
  std::jmp_buf jump;
  store.jump_to = &jump;
  store.jump_at = n;
  if (setjmp(jump) == 0) {
    store.build(arena);
    *finished = true;
  }
  store.jump_at = 0;
}

TEST(BulkBuild, AnErrorAnywhereLeavesASoundGraph) {
  FakeStore original(4, 4, 16);
  Vectors vectors(4, 2);
  for (int i = 0; i < 120; i++) original.add_node(vectors.next(), vectors.level(4));
  bool finished = false;
  for (uint64_t n = 1; !finished; n += 1 + n / 10) {
    auto store = std::make_unique<FakeStore>(original);
    auto arena = std::make_unique<Arena>();
    build_until(*store, *arena, n, &finished);
    ASSERT_EQ(store->broken(false), "") << "call " << n;
    store->entry = store->highest_live();
    ASSERT_EQ(store->vacuum(*arena).left, 0u) << "call " << n;
    ASSERT_EQ(store->unreachable(), 0u) << "call " << n;
  }
}

// ---- on codes, beside insertion, by several workers

struct ThreadWorker {
  std::barrier<> *all;
  bool first;
  bool leader() const { return first; }
  void barrier() { all->arrive_and_wait(); }
  void advance(uint32_t) {}
};

void build_with(CodeGraph &graph, const InsertParameters &insert, int workers) {
  BulkParameters parameters = bulk_parameters(insert);
  parameters.partition = {200, 100, 8, 64};  // several divisions of a few thousand nodes
  auto count = static_cast<uint32_t>(graph.codes.size());
  std::vector<uint64_t> shared(BulkMemory(parameters, count, CodeStore(graph).link_room(), nullptr).bytes() / 8 + 1, 0x5555555555555555);
  std::barrier<> all(workers);
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; i++)
    threads.emplace_back([&, i] {
      CodeStore store(graph);
      Arena arena;
      BulkScratch scratch(arena.memory());
      BulkMemory memory(parameters, count, store.link_room(), shared.data());
      ThreadWorker worker{&all, i == 0};
      BulkBuild<CodeStore, ThreadWorker>(store, worker, parameters, memory, scratch).run();
    });
  for (std::thread &thread : threads) thread.join();
}

void insert_all(CodeGraph &graph, const InsertParameters &parameters) {
  CodeStore store(graph);
  Arena arena;
  InsertScratch scratch(arena.memory());
  auto found = std::make_unique<Neighbours>();
  NodeId entry = 0;
  for (NodeId id = 1; id < graph.codes.size(); id++) {
    Candidate at;
    NodeId links[kMaxLinks];
    found->level = graph.levels[id];
    store.fetch(&id, 1, 0);
    store.query_from(0);
    store.score(&entry, 1, &at);
    find_neighbours(store, parameters, scratch, at, graph.levels[entry], found.get(), [](Results &) { return true; });
    for (int level = 0; level <= found->level; level++) {
      for (int i = 0; i < found->count[level]; i++) links[i] = found->links[level][i].id;
      store.replace_links(id, level, nullptr, 0, links, found->count[level]);
      for (int i = 0; i < found->count[level]; i++) connect(store, parameters, links[i], id, level, false);
    }
    if (graph.levels[id] > graph.levels[entry]) entry = id;
  }
}

// The distance of what a search finds, judged by the codes, and what it cost.
double found_of(CodeGraph &graph, uint32_t dim, size_t ef, double *cost) {
  CodeStore store(graph);
  Arena arena;
  double found = 0;
  std::vector<codec::Vector> queries = embeddings(dim, 100, 21);
  std::vector<NodeId> all = numbers(store.size());
  for (const codec::Vector &x : queries) {
    uint64_t before = store.scored;
    std::vector<NodeId> got = store.search(x, ef, arena.memory());
    *cost += static_cast<double>(store.scored - before) / 100;
    std::vector<Candidate> truth(all.size());
    store.score(all.data(), static_cast<int>(all.size()), truth.data());
    std::sort(truth.begin(), truth.end(), nearer);
    for (size_t i = 0; i < 10; i++) found += static_cast<double>(std::count(got.begin(), got.end(), truth[i].id));
  }
  return found / 1000;
}

TEST(BulkBuild, FindsAsMuchAsInsertionForTheSameCost) {
  const InsertParameters parameters = {16, 64};
  for (const Shape &shape : {Shape{48, 4, 4}, Shape{48, 2, 4}}) {
    CodeGraph joined(shape, Metric::kCosine, embeddings(48, 4000, 21), 16), inserted(shape, Metric::kCosine, embeddings(48, 4000, 21), 16);
    build_with(joined, parameters, 1);
    insert_all(inserted, parameters);
    double joined_cost = 0, inserted_cost = 0;
    double joined_recall = found_of(joined, 48, 30, &joined_cost), inserted_recall = found_of(inserted, 48, 30, &inserted_cost);
    EXPECT_GT(joined_recall, inserted_recall - 0.02) << static_cast<int>(shape.bits);
    EXPECT_LT(joined_cost, inserted_cost * 1.05) << static_cast<int>(shape.bits);
  }
}

TEST(BulkBuild, AnyNumberOfWorkersMakesTheSameGraphInAnyRoom) {
  std::vector<codec::Vector> vectors = embeddings(24, 3000, 4);
  for (size_t i = 0; i < 300; i++) vectors[i] = vectors[0];
  std::vector<std::vector<std::vector<std::vector<NodeId>>>> graphs;
  for (int workers : {1, 1, 4}) {
    CodeGraph graph({24, 8, 0}, Metric::kL2, vectors, 16);
    if (graphs.empty()) graph.room_bytes = 0;
    build_with(graph, {16, 64}, workers);
    graphs.push_back(graph.lists);
  }
  EXPECT_EQ(graphs[0], graphs[1]);
  EXPECT_EQ(graphs[0], graphs[2]);
}

}  // namespace
}  // namespace vexpg::graph
