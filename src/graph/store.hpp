// SPDX-License-Identifier: PostgreSQL
// The seam between the graph algorithms and what holds the graph: Postgres pages, build memory, or a fake in a test.
//
// Rules that every store keeps:
//   * Links are hints, a slot tells the truth. A link may lead to a slot that was freed (score() leaves it out) or
// given to
//     another node (then it is a link to that node). What one call returns about one node is consistent in itself.
//   * No call returns while holding a lock, and any call of a server's store may leave by longjmp: nothing in graph/
// owns
//     anything that needs a destructor.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace vexpg::graph {

using NodeId = uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFF;
inline constexpr int kMaxLevel = 15;
inline constexpr int kMaxLinks = 200;  // 2 * the largest m

// Flags of a Candidate.
inline constexpr uint8_t kReturnable = 1;  // a result: its row is not known to be dead, and it passes the filter
inline constexpr uint8_t kChained = 2;     // duplicates hang on it
inline constexpr uint8_t kUnsound = 4;     // marked dead: walked, but never linked to
inline constexpr uint8_t kMatching = 8;    // passes the filter, whether or not its row is dead
inline constexpr uint8_t kToExpand = 16;   // search.hpp: set aside before it was expanded
inline constexpr uint8_t kToReturn = 32;   // search.hpp: set aside before it was returned

// One node as seen by score(): all fields were read together.
struct Candidate {
  float distance;    // codec::score: smaller is nearer
  NodeId id;
  uint32_t version;  // identity of the slot's content
  uint16_t tid[3];   // heap TID; all zero: none
  uint8_t flags;
  uint8_t level;
};
static_assert(sizeof(Candidate) == 20);

// Nearer first; ties by id, so that results can be repeated. An object, not a function: algorithms inline its call.
// With a salt ties are in another order, one for each salt: where a crowd of nodes has one code, each insertion must
// see others of them, or all would link to the same few.
struct Nearer {
  uint32_t salt = 0;
  uint32_t order(NodeId id) const { return salt == 0 ? id : (id ^ salt) * 0x9E3779B1u; }
  template <class T> bool operator()(const T &a, const T &b) const {
    return a.distance < b.distance || (a.distance == b.distance && order(a.id) < order(b.id));
  }
};
inline constexpr Nearer nearer{};

// A store with a prepared query: what a search needs.
template <class S>
concept ReadableStore = requires(S &s, NodeId id, int level, NodeId *links, const NodeId *ids, int count, Candidate *out) {
  // Copies the neighbours of a node on a level (at most kMaxLinks); 0 if the slot is free or has no such level.
  { s.links(id, level, links) } -> std::same_as<int>;
  // Scores count ids (at most kMaxLinks) against the query, in any order; leaves out slots that hold no node, and
  // members of chains. Returns how many.
  { s.score(ids, count, out) } -> std::same_as<int>;
  // Called once per hop without locks: interrupts.
  { s.poll() };
};

// What changing the graph needs besides. Fetched nodes are copies of codes, addressed by index 0..count-1.
template <class S>
concept WritableStore = ReadableStore<S> && requires(S &s, NodeId id, int level, NodeId *links, const NodeId *ids, int count,
                                                      const NodeId *old_links, int old_count) {
  // Copies the codes of nodes into places at .. at + count - 1. A node that is free, dead or a member becomes unusable.
  { s.fetch(ids, count, /*at*/ count) };
  { s.usable(/*index*/ count) } -> std::same_as<bool>;
  { s.level_of(/*index*/ count) } -> std::same_as<int>;
  // Makes a fetched node the left operand, then measures others against it.
  { s.prepare(/*index*/ count) };
  { s.distance(/*index*/ count) } -> std::same_as<float>;
  // Makes a fetched node the query of score().
  { s.query_from(/*index*/ count) };
  // Replaces a node's list if the node is live and its list is still old_links, else changes nothing and returns false.
  // New neighbours must be among the old ones or the fetched.
  { s.replace_links(id, level, old_links, old_count, ids, count) } -> std::same_as<bool>;
};

// What a store may have besides, where reading a list before it is written is dear: puts a link at the end of a node's list,
// if the node is live and its list has room and no such link. kFull: the list has to be chosen again. kGone: the node is no
// longer fit.
enum class Appended { kStored, kFull, kGone };
template <class S>
concept AppendingStore = requires(S &s, NodeId id, int level, NodeId link) {
  { s.append_link(id, level, link) } -> std::same_as<Appended>;
};

// A store that knows when a search has met what it was for: then the search ends.
template <class S>
concept SatisfiableStore = requires(const S &s) {
  { s.satisfied() } -> std::same_as<bool>;
};

// Memory for structures whose size is not known beforehand. resize is realloc with an error of its own kind; 0 bytes
// free.
struct Memory {
  void *(*resize)(void *context, void *old, size_t bytes);
  void *context;
};

}  // namespace vexpg::graph
