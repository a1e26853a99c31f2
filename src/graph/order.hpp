// SPDX-License-Identifier: PostgreSQL
// An order of the nodes in which those that a search reads together are near each other, so that they share pages.
#pragma once
#include <algorithm>

#include "graph/bitmap.hpp"
#include "graph/search.hpp"

namespace vexpg::graph {

// Fills one page after another: with the node that has the most links from those on the page already. A page begins with
// the node that had the most from the page before, or if all of these are placed, with a link of the earliest node that
// has one left: breadth first.
class PageFiller {
 public:
  PageFiller(Memory memory, uint32_t per_page) : placed_(memory), near_(memory), per_page_(per_page) {}

  // Writes all nodes of `wanted` into order, each once, and returns how many. The entry point comes first.
  template <ReadableStore S> uint32_t order(S &store, NodeId entry, const Bitmap &wanted, NodeId *order) {
    NodeId links[kMaxLinks], next = entry, unlinked = 0;
    uint32_t count = 0, expanded = 0;
    placed_.reset(wanted.limit());
    while (next != kNoNode) {
      near_.clear();
      for (uint32_t i = 0; i < per_page_ && next != kNoNode; i++) {
        store.poll();
        placed_.insert(next);
        order[count++] = next;
        int link_count = store.links(next, 0, links);
        for (int k = 0; k < link_count; k++)
          if (wanted.has(links[k]) && !placed_.has(links[k])) note(links[k]);
        next = take_nearest();
      }
      for (; next == kNoNode && expanded < count; expanded++) {
        int link_count = store.links(order[expanded], 0, links);
        for (int k = 0; k < link_count && next == kNoNode; k++)
          if (wanted.has(links[k]) && !placed_.has(links[k])) next = links[k];
      }
      for (; next == kNoNode && unlinked < wanted.limit(); unlinked++)
        if (wanted.has(unlinked) && !placed_.has(unlinked)) next = unlinked;
    }
    return count;
  }

 private:
  struct Near {
    NodeId node;
    uint32_t links;  // from nodes of the page
  };
  void note(NodeId node) {
    for (Near &n : near_)
      if (n.node == node) {
        n.links++;
        return;
      }
    near_.push_back({node, 1});
  }
  NodeId take_nearest() {
    if (near_.empty()) return kNoNode;
    Near *best = near_.begin();
    for (Near *n = near_.begin(); n < near_.end(); n++)
      if (n->links > best->links) best = n;
    NodeId node = best->node;
    std::copy(best + 1, near_.end(), best);
    near_.pop_back();
    return node;
  }

  Bitmap placed_;
  GrowingArray<Near> near_;
  uint32_t per_page_;
};

}  // namespace vexpg::graph
