// SPDX-License-Identifier: PostgreSQL
// Overlapping partitions of nodes: each node goes to the nearest few of some random leaders, and a partition that is
// still too large is divided again (PiPNN, arXiv 2602.21247, "randomised ball carving").
#pragma once
#include "graph/join.hpp"

namespace vexpg::graph {

struct PartitionParameters {
  uint32_t largest;      // nodes in a leaf at most
  uint32_t target;       // about so many in a leaf
  uint32_t memberships;  // leaves of a node, about
  uint32_t leaders;      // at one division at most
};

// How a set of `count` nodes is divided.
struct Division {
  uint32_t leaders, fanout;  // each node goes to the nearest `fanout` of the leaders
  uint32_t left;             // memberships for the divisions below
};
inline constexpr uint32_t kMaxFanout = 16;

inline Division divide(const PartitionParameters &parameters, uint32_t count, uint32_t memberships) {
  uint64_t wanted = (uint64_t{count} * memberships + parameters.target - 1) / parameters.target;
  wanted = std::max<uint64_t>(wanted, memberships + 1);
  if (wanted <= parameters.leaders || memberships == 1)
    return {static_cast<uint32_t>(std::min<uint64_t>(wanted, parameters.leaders)), memberships, 1};
  const uint32_t fanout = std::min(memberships, 4u);
  return {parameters.leaders, fanout, (memberships + fanout / 2) / fanout};
}

// Nearest leaders of all nodes of a level of at most so many: a level of fewer nodes may need more, as its nodes go to all
// their leaders at once.
inline size_t largest_assignment(const PartitionParameters &parameters, uint32_t nodes) {
  const uint32_t divided_once = parameters.leaders * parameters.target / parameters.memberships;
  return std::max(size_t{nodes} * divide(parameters, nodes, parameters.memberships).fanout,
                  size_t{std::min(nodes, divided_once)} * parameters.memberships);
}

inline uint64_t mix(uint64_t x) {
  x = (x ^ x >> 31) * 0x9E3779B97F4A7C15u;
  x = (x ^ x >> 29) * 0xBF58476D1CE4E5B9u;
  return x ^ x >> 32;
}

struct PartitionScratch {
  explicit PartitionScratch(Memory memory)
      : leaders(memory), block(memory), points(memory), parts(memory), sizes(memory), nearest(memory) {}
  Panels leaders, block;
  GrowingArray<uint32_t> points;  // the sets that wait, one behind the other
  struct Part {
    size_t begin;
    uint32_t count, memberships;
    bool stubborn;  // no leader divides it
  };
  GrowingArray<Part> parts;
  GrowingArray<uint32_t> sizes;
  GrowingArray<uint16_t> nearest;
};

// Takes the leaders of a division from a set (points null: all positions below count): random, spread over it.
template <JoinStore S>
void take_leaders(S &store, PartitionScratch &scratch, const uint32_t *points, uint32_t count, uint32_t leaders,
                  const NodeId *nodes) {
  assert(leaders <= count);
  scratch.sizes.clear();
  uint64_t seed = mix(uint64_t{count} << 32 | (points == nullptr ? 0 : points[count / 2]));
  for (uint32_t i = 0; i < leaders; i++) {
    uint64_t from = uint64_t{count} * i / leaders, to = uint64_t{count} * (i + 1) / leaders;
    auto taken = static_cast<uint32_t>(from + mix(seed + i) % (to - from));
    scratch.sizes.push_back(points == nullptr ? taken : points[taken]);
  }
  render(store, scratch.leaders, scratch.sizes.begin(), leaders, nodes);
}

// The nearest leaders of a panel's worth of nodes so far, nearest first.
struct NearestLeaders {
  float distances[kRows][kMaxFanout];
  uint16_t *leaders;  // fanout of each node
  uint32_t fanout;

  void offer(uint32_t node, float distance, uint32_t leader) {
    float *best = distances[node];
    uint16_t *out = leaders + node * fanout;
    if (!(distance < best[fanout - 1])) return;
    uint32_t place = fanout - 1;
    for (; place > 0 && distance < best[place - 1]; place--) {
      best[place] = best[place - 1];
      out[place] = out[place - 1];
    }
    best[place] = distance;
    out[place] = static_cast<uint16_t>(leader);
  }
};

// The nearest leaders of at most kRows nodes; out: `fanout` a node.
template <JoinStore S>
void assign(S &store, PartitionScratch &scratch, const uint32_t *points, uint32_t count, uint32_t fanout, const NodeId *nodes,
            uint16_t *out) {
  assert(count <= kRows && fanout <= kMaxFanout);
  alignas(64) int32_t products[kTileColumns * kRows * kRows];
  NearestLeaders nearest = {{}, out, fanout};
  for (auto &row : nearest.distances) std::fill_n(row, fanout, kFarthest);
  std::fill_n(out, count * fanout, uint16_t{0});
  const uint32_t leaders = scratch.leaders.count(), panels = scratch.leaders.panel_count();
  render(store, scratch.block, points, count, nodes, static_cast<int>(leaders));
  for (uint32_t i = 0; i < count && store.row_words() == 0; i++) {
    store.prepare(static_cast<int>(leaders + i));
    for (uint32_t leader = 0; leader < leaders; leader++) nearest.offer(i, store.distance(static_cast<int>(leader)), leader);
  }
  for (uint32_t panel = 0; panel < panels && store.row_words() > 0; panel += kTileColumns) {
    uint32_t tiles = std::min(kTileColumns, panels - panel);
    scratch.block.multiply(0, scratch.leaders, panel, tiles, products);
    for (uint32_t at = 0; at < tiles * kRows * count; at += 4) {
      uint32_t tile = at / (kRows * count), i = at / kRows % count, leader = (panel + tile) * kRows + at % kRows;
      const int32_t *product = products + (tile * kRows + i) * kRows + at % kRows;
      FloatQuad distances = scratch.leaders.distances(scratch.block.terms(i), leader, product);
      if (!any_below(distances, nearest.distances[i][fanout - 1])) continue;
      for (uint32_t k = 0; k < 4; k++) nearest.offer(i, distances[k], leader + k);
    }
  }
}

// Replaces the last part by its divisions.
template <JoinStore S>
void split(S &store, const PartitionParameters &parameters, PartitionScratch &scratch, const NodeId *nodes) {
  PartitionScratch::Part part = scratch.parts.back();
  scratch.parts.pop_back();
  Division division = divide(parameters, part.count, part.memberships);
  scratch.nearest.reserve(size_t{part.count} * division.fanout + kRows * kMaxFanout);
  uint16_t *nearest = scratch.nearest.begin();
  const uint32_t leaders = division.leaders, fanout = division.fanout;
  take_leaders(store, scratch, scratch.points.begin() + part.begin, part.count, leaders, nodes);
  for (uint32_t at = 0; at < part.count; at += kRows) {
    store.poll();
    assign(store, scratch, scratch.points.begin() + part.begin + at, std::min(kRows, part.count - at), fanout, nodes,
           nearest + size_t{at} * fanout);
  }
  scratch.sizes.clear();
  for (uint32_t i = 0; i < leaders; i++) scratch.sizes.push_back(0);
  for (size_t i = 0; i < size_t{part.count} * fanout; i++) scratch.sizes[nearest[i]]++;
  size_t end = part.begin + part.count;
  scratch.points.truncate(end);
  scratch.points.reserve(end + size_t{part.count} * fanout);
  for (uint32_t i = 0; i < leaders; i++) {
    uint32_t size = scratch.sizes[i];
    scratch.sizes[i] = static_cast<uint32_t>(end - part.begin);
    if (size > 0) scratch.parts.push_back({end, size, division.left, size > part.count / 10 * 9});
    end += size;
  }
  uint32_t *points = scratch.points.begin() + part.begin;
  for (size_t i = 0; i < size_t{part.count} * fanout; i++) points[scratch.sizes[nearest[i]]++] = points[i / fanout];
  scratch.points.set_size(end);
}

// Cuts the last part, whose nodes are all alike to leaders, into pieces at random.
inline void cut(const PartitionParameters &parameters, PartitionScratch &scratch) {
  PartitionScratch::Part part = scratch.parts.back();
  scratch.parts.pop_back();
  uint32_t *points = scratch.points.begin() + part.begin;
  uint64_t seed = mix(part.begin << 20 ^ part.count);
  for (uint32_t i = part.count - 1; i > 0; i--) std::swap(points[i], points[mix(seed + i) % (i + 1)]);
  uint32_t pieces = (part.count + parameters.largest - 1) / parameters.largest;
  for (uint32_t i = 0; i < pieces; i++) {
    auto from = static_cast<uint32_t>(uint64_t{part.count} * i / pieces);
    auto to = static_cast<uint32_t>(uint64_t{part.count} * (i + 1) / pieces);
    scratch.parts.push_back({part.begin + from, to - from, 1, false});
  }
}

// Divides the set that is in scratch.points until its parts fit leaves; calls leaf(points, count) for each.
template <JoinStore S, class Leaf>
void partition(S &store, const PartitionParameters &parameters, PartitionScratch &scratch, uint32_t memberships,
               const NodeId *nodes, Leaf leaf) {
  scratch.parts.clear();
  scratch.parts.push_back({0, static_cast<uint32_t>(scratch.points.size()), memberships, false});
  while (!scratch.parts.empty()) {
    PartitionScratch::Part part = scratch.parts.back();
    scratch.points.truncate(part.begin + part.count);
    if (part.count <= parameters.largest) {
      leaf(scratch.points.begin() + part.begin, part.count);
      scratch.parts.pop_back();
    } else if (part.stubborn) {
      cut(parameters, scratch);
    } else {
      split(store, parameters, scratch, nodes);
    }
  }
}

}  // namespace vexpg::graph
