// SPDX-License-Identifier: PostgreSQL
// A graph in memory for tests of src/graph: exact float distances, the invariants that every store must keep, and an
// exit by longjmp at any chosen call, as a server's ERROR would leave.
#pragma once
#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/bulk_build.hpp"
#include "graph/filtered_search.hpp"
#include "graph/insert.hpp"
#include "graph/reach.hpp"
#include "graph/repair.hpp"

namespace vexpg::graph {

// Blocks of memory that are freed together, like a memory context: whatever a jump leaves behind is found here.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena &) = delete;
  ~Arena() {
    for (void *block : blocks_) std::free(block);
  }
  Memory memory() { return {&resize, this}; }
  size_t blocks() const { return blocks_.size(); }

 private:
  static void *resize(void *context, void *old, size_t bytes) {
    auto &blocks = static_cast<Arena *>(context)->blocks_;
    if (old != nullptr) blocks.erase(old);
    if (bytes == 0) {
      std::free(old);
      return nullptr;
    }
    void *block = std::realloc(old, bytes);
    blocks.insert(block);
    return block;
  }
  std::set<void *> blocks_;
};

struct FakeNode {
  std::vector<float> x;
  bool used = true, dead = false, member = false, returnable = true, matches = true;
  int level = 0;
  uint32_t version = 1;
  std::vector<std::vector<NodeId>> lists;
};

class FakeStore {
 public:
  FakeStore(int dimensions, int m, int ef_construction = 64)
      : dim(dimensions), parameters{m, ef_construction}, fetched_(2 * 1024), query_(static_cast<size_t>(dimensions)) {}

  // --- the seam
  int links(NodeId id, int level, NodeId *out) {
    may_jump();
    if (!is_used(id) || level >= static_cast<int>(nodes[id].lists.size())) return 0;
    const auto &list = nodes[id].lists[static_cast<size_t>(level)];
    std::copy(list.begin(), list.end(), out);
    return static_cast<int>(list.size());
  }
  int score(const NodeId *ids, int count, Candidate *out) {
    may_jump();
    int kept = 0;
    for (int i = count - 1; i >= 0; i--) {  // an order of its own, as a store that groups by pages has
      if (!is_used(ids[i]) || nodes[ids[i]].member) continue;
      const FakeNode &node = nodes[ids[i]];
      uint8_t flags = node.dead ? kUnsound : node.returnable && node.matches ? kReturnable : 0;
      if (node.matches) flags |= kMatching;
      out[kept++] = {distance_between(query_, node.x), ids[i], node.version, {0, 0, 1}, flags,
                     static_cast<uint8_t>(node.level)};
    }
    scored += static_cast<uint64_t>(count);
    return kept;
  }
  // The byte of a link tells at least the truth; every byte_noise-th non-matching neighbour may match as far as it says.
  int links_matching(NodeId id, NodeId *out, uint8_t *may_match) {
    int count = links(id, 0, out);
    for (int i = 0; i < count; i++)
      may_match[i] = !is_used(out[i]) || nodes[out[i]].matches || (byte_noise > 0 && out[i] % byte_noise == 0);
    return count;
  }
  int representatives(NodeId *ids, int count) {
    may_jump();
    size_t step = nodes.size() / 2000 + 1;
    int found = 0;
    for (size_t id = 0; id < nodes.size() && found < count; id += step)
      if (nodes[id].used && nodes[id].matches) ids[found++] = static_cast<NodeId>(id);
    return found;
  }
  void poll() { may_jump(); }
  void fetch(const NodeId *ids, int count, int at) {
    may_jump();
    fetched_end_ = static_cast<size_t>(at + count);
    for (int i = 0; i < count; i++) {
      Fetched &f = fetched_[static_cast<size_t>(at + i)];
      f = {ids[i], is_used(ids[i]) && !nodes[ids[i]].dead && !nodes[ids[i]].member};
    }
  }
  bool usable(int index) const { return fetched_[static_cast<size_t>(index)].usable; }
  int level_of(int index) const { return node_at(index).level; }
  void prepare(int index) { prepared_ = &node_at(index).x; }
  float distance(int index) const { return distance_between(*prepared_, node_at(index).x); }
  void query_from(int index) { query_ = node_at(index).x; }
  bool replace_links(NodeId id, int level, const NodeId *old_links, int old_count, const NodeId *ids, int count) {
    may_jump();
    if (on_replace && on_replace(id, level)) return false;
    if (!is_used(id) || nodes[id].dead || nodes[id].member || level > nodes[id].level) return false;
    auto &list = nodes[id].lists[static_cast<size_t>(level)];
    if (!std::equal(list.begin(), list.end(), old_links, old_links + old_count)) return false;
    for (int i = 0; i < count; i++) {
      bool known = std::find(old_links, old_links + old_count, ids[i]) != old_links + old_count;
      for (size_t f = 0; !known && f < fetched_end_; f++) known = fetched_[f].id == ids[i] && fetched_[f].usable;
      if (!known) errors.push_back("a new link to a node that was not fetched");
    }
    list.assign(ids, ids + count);
    return true;
  }

  // --- the seam of a bulk build: rows are vectors rounded to int8
  uint32_t size() const { return static_cast<uint32_t>(nodes.size()); }
  int level_of_node(NodeId id) const { return is_live(id) ? nodes[id].level : -1; }
  uint32_t row_words() const { return has_rows ? static_cast<uint32_t>(dim + 3) / 4 : 0; }
  bool rows_are_rough() const { return true; }
  void expect(NodeId) const {}
  LinkRoom link_room() const { return {nullptr, 0, 0}; }
  codec::RowTerms row(NodeId id, const int8_t **out) {
    may_jump();
    const std::vector<float> &x = nodes[id].x;
    float largest = 1e-20f, norm2 = 0;
    for (float v : x) largest = std::max(largest, std::fabs(v));
    row_.assign(size_t{row_words()} * 4, 0);
    for (size_t i = 0; i < x.size(); i++) {
      row_[i] = static_cast<int8_t>(std::lround(x[i] / largest * 127));
      norm2 += static_cast<float>(row_[i] * row_[i]);
    }
    const float step = largest / 127;
    *out = row_.data();
    return {norm2 * step * step, step * std::sqrt(2.0f), 0};
  }

  // --- what tests do with it
  void set_query(const std::vector<float> &x) { query_ = x; }
  NodeId add_node(const std::vector<float> &x, int level) {
    FakeNode node;
    node.x = x;
    node.level = level;
    node.lists.resize(static_cast<size_t>(level) + 1);
    for (size_t id = 0; id < nodes.size(); id++)
      if (!nodes[id].used) {
        node.version = nodes[id].version + 1;
        nodes[id] = node;
        return static_cast<NodeId>(id);
      }
    nodes.push_back(node);
    return static_cast<NodeId>(nodes.size() - 1);
  }
  Candidate entry_candidate() {
    Candidate c;
    if (score(&entry, 1, &c) != 1) std::abort();
    return c;
  }
  // Inserts a node the way that an access method does: neighbours, the node, links back, the entry point.
  NodeId insert(const std::vector<float> &x, int level, Arena &arena) {
    if (entry == kNoNode) return entry = add_node(x, level);
    InsertScratch scratch(arena.memory());
    scratch.salt = static_cast<uint32_t>(nodes.size());
    Neighbours found;
    found.level = level;
    set_query(x);
    int top = nodes[entry].level;
    find_neighbours(*this, parameters, scratch, entry_candidate(), top, &found, [](Results &) { return true; });
    NodeId id = add_node(x, level);
    for (int l = 0; l <= level; l++)
      for (int i = 0; i < found.count[l]; i++)
        nodes[id].lists[static_cast<size_t>(l)].push_back(found.links[l][i].id);
    bool linked = false;
    for (int l = level; l >= 0; l--)
      for (int i = 0; i < found.count[l]; i++)
        linked |= connect(*this, parameters, found.links[l][i].id, id, l, false) == Connected::kStored && l == 0;
    for (int i = 0; i < found.count[0] && !linked; i++)
      linked = connect(*this, parameters, found.links[0][i].id, id, 0, true) == Connected::kStored;
    if (level > top) entry = id;
    return id;
  }
  // Links all nodes, which have no links yet, at once. Returns how many of them had no path from the entry point before
  // they got one.
  uint64_t build(Arena &arena) {
    BulkParameters bulk = bulk_parameters(parameters);
    void *memory = arena.memory().resize(&arena, nullptr, BulkMemory(bulk, size(), link_room(), nullptr).bytes());
    BulkMemory shared(bulk, size(), link_room(), memory);
    BulkScratch scratch(arena.memory());
    LoneWorker worker;
    BulkBuild<FakeStore, LoneWorker>(*this, worker, bulk, shared, scratch).run();
    entry = highest_live();
    return entry == kNoNode ? 0 : link_all(arena).unreachable;
  }
  // A vacuum of nodes that the test marked dead: repair of every list, entry point, reachability, then the slots.
  ReachResult vacuum(Arena &arena, int enough = kMaxLinks + 1) {
    FakeDead dead{this};
    RepairScratch scratch(arena.memory());
    RepairParameters repair{parameters.m, {enough, kMaxLinks + 1}};
    for (NodeId id = 0; id < nodes.size(); id++)
      for (int level = 0; is_live(id) && level <= nodes[id].level; level++)
        repair_links(*this, repair, dead, scratch, id, level);
    if (entry != kNoNode && !is_live(entry)) entry = highest_live();
    ReachResult result = {};
    if (entry != kNoNode) result = link_all(arena);
    for (FakeNode &node : nodes)
      if (node.used && node.dead) node.used = node.dead = false, node.lists.clear();
    return result;
  }
  ReachResult link_all(Arena &arena) {
    Bitmap wanted(arena.memory());
    ReachScratch scratch(arena.memory());
    wanted.reset(static_cast<NodeId>(nodes.size()));
    for (NodeId id = 0; id < nodes.size(); id++)
      if (is_live(id)) wanted.insert(id);
    return link_unreachable(*this, parameters, scratch, {entry, nodes[entry].level}, wanted);
  }
  // Live nodes that a walk over level 0 from the entry point does not meet.
  size_t unreachable() const {
    std::vector<bool> met(nodes.size());
    std::vector<NodeId> waiting;
    if (entry != kNoNode) met[entry] = true, waiting.push_back(entry);
    while (!waiting.empty()) {
      NodeId id = waiting.back();
      waiting.pop_back();
      for (NodeId link : nodes[id].lists[0])
        if (is_live(link) && !met[link]) met[link] = true, waiting.push_back(link);
    }
    size_t missing = 0;
    for (NodeId id = 0; id < nodes.size(); id++) missing += is_live(id) && !met[id];
    return missing;
  }
  // The first broken invariant, or "". clean: no link may lead to a dead or free node.
  std::string broken(bool clean) const {
    if (!errors.empty()) return errors[0];
    for (NodeId id = 0; id < nodes.size(); id++)
      for (int level = 0; nodes[id].used && level <= nodes[id].level; level++) {
        const auto &list = nodes[id].lists[static_cast<size_t>(level)];
        std::string where = " of node " + std::to_string(id) + " on level " + std::to_string(level);
        if (static_cast<int>(list.size()) > parameters.capacity(level)) return "too many links" + where;
        if (std::set<NodeId>(list.begin(), list.end()).size() != list.size()) return "a double link" + where;
        for (NodeId link : list) {
          if (link == id) return "a link to itself" + where;
          if (link >= nodes.size()) return "a link out of range" + where;
          if (clean && !nodes[id].dead && !is_live(link)) return "a link to a dead node" + where;
          if (clean && !nodes[id].dead && nodes[link].level < level) return "a link to a node of lower level" + where;
        }
      }
    return "";
  }
  bool is_live(NodeId id) const { return is_used(id) && !nodes[id].dead && !nodes[id].member; }
  NodeId highest_live() const {
    NodeId best = kNoNode;
    for (NodeId id = 0; id < nodes.size(); id++)
      if (is_live(id) && (best == kNoNode || nodes[id].level > nodes[best].level)) best = id;
    return best;
  }
  // The k nearest live nodes, nearest first, by looking at all.
  std::vector<NodeId> nearest(const std::vector<float> &x, size_t k) const {
    std::vector<std::pair<float, NodeId>> all;
    for (NodeId id = 0; id < nodes.size(); id++)
      if (is_live(id) && nodes[id].returnable && nodes[id].matches) all.emplace_back(distance_between(x, nodes[id].x), id);
    std::sort(all.begin(), all.end());
    std::vector<NodeId> ids;
    for (size_t i = 0; i < std::min(k, all.size()); i++) ids.push_back(all[i].second);
    return ids;
  }
  // A whole search: descent and ef candidates of level 0, nearest first.
  std::vector<NodeId> search(const std::vector<float> &x, size_t ef, Arena &arena) {
    set_query(x);
    Candidate at = entry_candidate();
    SearchCounts counts = {};
    LevelSearch state(arena.memory());
    descend(*this, state.visited, &at, nodes[entry].level, 0, &counts);
    state.reset(ef, 2 * parameters.m);
    // The entry point as well: only from there is every node known to be reachable.
    Candidate starts[2] = {at, entry_candidate()};
    search_level(*this, state, starts, 2, 0, ef);
    state.results.sort();
    std::vector<NodeId> ids;
    for (const Candidate &c : state.results) ids.push_back(c.id);
    return ids;
  }
  float distance_to(const std::vector<float> &x, NodeId id) const { return distance_between(x, nodes[id].x); }
  static float distance_between(const std::vector<float> &a, const std::vector<float> &b) {
    float sum = 0;
    for (size_t i = 0; i < a.size(); i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
  }

  int dim;
  InsertParameters parameters;
  std::vector<FakeNode> nodes;
  NodeId entry = kNoNode;
  uint64_t scored = 0;
  uint32_t byte_noise = 0;
  bool has_rows = true;  // for a bulk build
  std::vector<std::string> errors;
  // Leave by longjmp at the n-th call from now (0: never).
  uint64_t jump_at = 0;
  std::jmp_buf *jump_to = nullptr;
  // Called before a list is replaced; true refuses the change, as if another backend had been faster.
  bool (*on_replace)(NodeId id, int level) = nullptr;

 private:
  struct Fetched {
    NodeId id = kNoNode;
    bool usable = false;
  };
  struct FakeDead {
    FakeStore *store;
    bool has(NodeId id) const { return id < store->nodes.size() && store->nodes[id].used && store->nodes[id].dead; }
    int links(NodeId id, int level, NodeId *out) const { return store->links(id, level, out); }
  };
  void may_jump() {
    if (jump_at > 0 && --jump_at == 0) std::longjmp(*jump_to, 1);
  }
  bool is_used(NodeId id) const { return id < nodes.size() && nodes[id].used; }
  const FakeNode &node_at(int index) const { return nodes[fetched_[static_cast<size_t>(index)].id]; }

  std::vector<Fetched> fetched_;
  size_t fetched_end_ = 0;
  std::vector<float> query_;
  std::vector<int8_t> row_;
  const std::vector<float> *prepared_ = nullptr;
};

static_assert(JoinStore<FakeStore> && FilteredStore<FakeStore>);

// Vectors for tests: clustered, as real ones are. Generators of one seed and different streams share the clusters.
class Vectors {
 public:
  Vectors(int dim, uint64_t seed, uint64_t stream = 0, int clusters = 20)
      : random_(seed), dim_(static_cast<size_t>(dim)) {
    for (int i = 0; i < clusters; i++) {
      centres_.emplace_back(dim_);
      for (float &v : centres_.back()) v = normal_(random_) * 2;
    }
    random_.seed(seed * 1000 + stream);
  }
  std::vector<float> next() {
    std::vector<float> x = centres_[random_() % centres_.size()];
    for (float &v : x) v += normal_(random_);
    return x;
  }
  int level(int m) { return level_from_uniform((static_cast<double>(random_() % 1000000) + 1) / 1000000, m); }
  std::mt19937_64 &random() { return random_; }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<float> normal_;
  size_t dim_;
  std::vector<std::vector<float>> centres_;
};

}  // namespace vexpg::graph
