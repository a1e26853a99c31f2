// SPDX-License-Identifier: PostgreSQL
// What a scan under a filter reads besides: the bytes beside the links, and the dense attribute column, a page per some
// hundred slots that holds their cells in slot order. Both may say that a row matches which does not (its cells are not
// written yet, its byte code is shared); the slot decides. Neither says that a row fails which does not.
#pragma once
#include "graph/bitmap.hpp"
#include "graph/filtered_search.hpp"
#include "storage/page_reader.hpp"

namespace vexpg::storage {

// What some pages of the dense column say of the filter.
struct MatchSample {
  uint64_t slots, rows, matches;  // slots looked at; of those, with cells; of those, matching
  bool complete;                  // all there are
  double rate() const { return rows > 0 ? static_cast<double>(matches) / static_cast<double>(rows) : 0; }
};

class FilteredReader : public PageReader {
 public:
  FilteredReader(Relation index, const IndexModel &model) : PageReader(index, model) {}
  // The filter's conditions must outlive the scan.
  void set_filter(const Filter &filter);
  bool filtered() const { return filter_.count > 0; }

  // graph::FilteredStore
  int links_matching(NodeId id, NodeId *out, uint8_t *may_match);
  int representatives(NodeId *ids, int count);

  // Looks at some pages of the dense column, evenly spread, at least so many slots of them.
  MatchSample sample(uint64_t slots);
  // Looks at all of it: the ids of all slots that may match; none of them lies outside of the pages of nodes.
  MatchSample find_matches(graph::Bitmap *ids);
  // Slots that the relation has room for.
  NodeId slot_limit() const { return geometry_.id_limit(RelationGetNumberOfBlocks(index_)); }

 private:
  // For each slot of an attribute page (counted over the index) a bit: whether it has cells, and whether it may match.
  static constexpr uint32_t kMaxWords = kPageRoom / 10 / 64 + 1;
  struct PageMatches {
    NodeId first;
    uint32_t slots;
    uint64_t known[kMaxWords], may_match[kMaxWords];
  };
  uint32_t attribute_page_count() const;
  BlockNumber attribute_block(uint32_t number) const {
    return geometry_.group_block(number / geometry_.attribute_pages) + number % geometry_.attribute_pages;
  }
  // Adds what it sees to the sample.
  void match_page(uint32_t number, PageMatches *out, MatchSample *sample);
  Buffer pin_attributes(BlockNumber block);
  bool on_node_page(NodeId id);
  void prefetch_page(uint32_t number);
  void read_ahead(uint32_t number, uint32_t step, uint32_t pages);

  uint64_t match_slots(const uint8_t *states, uint32_t from, int count) const;

  // What the conditions on one attribute come to.
  struct Column {
    uint32_t attribute;
    types::ByteMask mask;  // of the bytes beside links
    CellRange range;       // of those that are one range: where all of them hold
    bool ranged;
    bool other;            // there are conditions of another kind
  };
  Column columns_[kMaxAttributes];
  int column_count_ = 0;
  BlockNumber judged_ = InvalidBlockNumber;  // on_node_page: the block looked at last, and what it was
  bool judged_node_ = false;
  BlockNumber judged_stripe_ = InvalidBlockNumber;
  bool judged_towers_ = false;
};

static_assert(graph::FilteredStore<FilteredReader>);

}  // namespace vexpg::storage
