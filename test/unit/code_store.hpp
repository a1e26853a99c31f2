// SPDX-License-Identifier: PostgreSQL
// Codes in memory as a store, seen through one view for each worker: what a build's store is to its processes.
#pragma once
#include "codec_data.hpp"
#include "graph/bulk_build.hpp"

namespace vexpg::graph {

// What all views share. Levels are drawn from ids.
struct CodeGraph {
  CodeGraph(codec::Shape shape, codec::Metric metric, const std::vector<codec::Vector> &vectors, int m)
      : model(shape, metric, vectors) {
    for (const codec::Vector &x : vectors) {
      codes.push_back(codec::encoded(model.model, x));
      levels.push_back(level_from_uniform(static_cast<double>(mix(codes.size()) % 1000000 + 1) / 1000000, m));
      lists.emplace_back(static_cast<size_t>(levels.back()) + 1);
    }
    room.resize(codes.size() * room_bytes);
  }
  NodeId entry() const {
    return static_cast<NodeId>(std::max_element(levels.begin(), levels.end()) - levels.begin());
  }
  codec::OwnedModel model;
  std::vector<codec::Code> codes;
  std::vector<int> levels;
  std::vector<std::vector<std::vector<NodeId>>> lists;
  // Of the links of level 0, for a bulk build; not in their place, and may be set to 0.
  size_t room_bytes = 2 * 16 * sizeof(NodeId);
  std::vector<uint8_t> room;
};

class CodeStore {
 public:
  explicit CodeStore(CodeGraph &graph)
      : graph_(graph), planes_(codec::query_entries(shape())), query_planes_(planes_.size()), fetched_(4096) {}

  int links(NodeId id, int level, NodeId *out) {
    if (level > graph_.levels[id]) return 0;
    const std::vector<NodeId> &list = graph_.lists[id][static_cast<size_t>(level)];
    std::copy(list.begin(), list.end(), out);
    return static_cast<int>(list.size());
  }
  int score(const NodeId *ids, int count, Candidate *out) {
    for (int i = 0; i < count; i++) {
      const codec::Code &code = graph_.codes[ids[i]];
      float distance = codec::score(query_, code.first.data(), code.factors);
      out[i] = {distance, ids[i], 0, {0, 0, 1}, kReturnable, static_cast<uint8_t>(graph_.levels[ids[i]])};
    }
    scored += static_cast<uint64_t>(count);
    return count;
  }
  void poll() {}
  void fetch(const NodeId *ids, int count, int at) { std::copy_n(ids, count, fetched_.begin() + at); }
  bool usable(int) const { return true; }
  int level_of(int index) const { return graph_.levels[fetched(index)]; }
  void prepare(int index) { prepare_from(fetched(index), planes_, &operand_); }
  float distance(int index) const {
    const codec::Code &code = graph_.codes[fetched(index)];
    if (!rows_are_rough()) return codec::score(operand_, code.first.data(), code.factors);
    return codec::score_both(operand_, code.first.data(), code.second.data(), code.refine);
  }
  void query_from(int index) { prepare_from(fetched(index), query_planes_, &query_); }
  bool prepare_query() {
    operand_ = query_;
    return rows_are_rough();
  }
  bool replace_links(NodeId id, int level, const NodeId *, int, const NodeId *ids, int count) {
    graph_.lists[id][static_cast<size_t>(level)].assign(ids, ids + count);
    return true;
  }
  uint32_t size() const { return static_cast<uint32_t>(graph_.codes.size()); }
  int level_of_node(NodeId id) const { return graph_.levels[id]; }
  uint32_t row_words() const { return (shape().dim + 3) / 4; }
  void expect(NodeId) const {}
  LinkRoom link_room() const { return {graph_.room.data(), graph_.room_bytes, graph_.room_bytes}; }
  bool rows_are_rough() const { return shape().graph_uses_both_planes(); }
  codec::RowTerms row(NodeId id, const int8_t **row) {
    codec::RowTerms terms;
    prepare_from(id, planes_, &operand_);
    *row = codec::row_of(operand_, &terms);
    return terms;
  }

  // A whole search for a caller's vector; the ef nearest by code, nearest first.
  std::vector<NodeId> search(const codec::Vector &x, size_t ef, Memory memory) {
    codec::Vector scratch(x.size());
    codec::prepare_query(graph_.model.model, x.data(), scratch.data(), query_planes_.data(), &query_);
    NodeId entry = graph_.entry();
    Candidate at;
    SearchCounts counts = {};
    score(&entry, 1, &at);
    LevelSearch state(memory);
    descend(*this, state.visited, &at, graph_.levels[entry], 0, &counts);
    state.reset(ef, 2 * 16);
    search_level(*this, state, &at, 1, 0, ef);
    state.results.sort();
    std::vector<NodeId> ids;
    for (const Candidate &c : state.results) ids.push_back(c.id);
    return ids;
  }
  uint64_t scored = 0;

 private:
  const codec::Shape &shape() const { return graph_.model.model.shape; }
  NodeId fetched(int index) const { return fetched_[static_cast<size_t>(index)]; }
  void prepare_from(NodeId id, std::vector<int8_t> &planes, codec::Query *query) const {
    const codec::Code &code = graph_.codes[id];
    codec::Metric metric = graph_.model.model.metric;
    if (rows_are_rough())
      codec::prepare_code_both(shape(), metric, code.first.data(), code.second.data(), code.refine, planes.data(), query);
    else codec::prepare_code(shape(), metric, code.first.data(), code.factors, planes.data(), query);
  }
  CodeGraph &graph_;
  std::vector<int8_t> planes_, query_planes_;
  std::vector<NodeId> fetched_;
  codec::Query query_ = {}, operand_ = {};
};

static_assert(JoinStore<CodeStore>);

}  // namespace vexpg::graph
