// SPDX-License-Identifier: PostgreSQL
// Checks across the pages of an index. Invariants that a crash, a cancelled vacuum or a reused slot may leave unkept
// until the next vacuum are notes; the others are errors.
#include "storage/index_check.hpp"

#include "graph/bitmap.hpp"
#include "storage/build_store.hpp"

namespace vexpg::storage {
namespace {

constexpr Severity kError = Severity::kError, kNote = Severity::kNote;

class GraphCheck {
 public:
  GraphCheck(const IndexImage &image, const CheckReport &report)
      : image_(image),
        report_(report),
        marked_(context_memory(CurrentMemoryContext)),
        stack_(context_memory(CurrentMemoryContext)) {}

  void check() {
    check_nodes();
    check_towers();
    check_chains();
    if (check_entry()) check_reachability();
    check_tids();
  }

 private:
  // The finding is about a node; printf's formats.
  void say(Severity severity, NodeId id, const char *format, ...) __attribute__((format(printf, 4, 5))) {
    char text[160];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    Geometry::Place place = image_.geometry.node_place(id);
    report_.add(report_.context, severity, place.block, static_cast<int>(place.slot), text);
  }
  bool exists(NodeId id) const { return id < image_.id_limit; }
  const NodeImage &node(NodeId id) const { return image_.nodes[id]; }

  void check_nodes() {
    for (NodeId id = 0; id < image_.id_limit; id++) {
      if (id % 4096 == 0) CHECK_FOR_INTERRUPTS();
      const NodeImage &n = node(id);
      if (!n.used()) continue;
      if (!n.live()) {
        say(kNote, id, "dead node that is not freed yet");
        continue;
      }
      if (image_.geometry.shape.refine > 0 && !n.has_detail) say(kError, id, "node without a detail of its version");
      check_attributes(id, n);
      for (uint32_t i = 0; i < n.link_count; i++) {
        NodeId to = image_.links[n.first_link + i];
        if (check_link(id, to, 0)) check_link_bytes(id, to, n.first_link + i);
      }
    }
  }

  void check_attributes(NodeId id, const NodeImage &n) {
    if (image_.geometry.attributes == 0) return;
    if (n.attribute_state == kAttributeAny) {
      say(kNote, id, "attributes are not in the attribute page yet");
    } else if (n.attribute_hash != n.cells_hash) {
      say(kError, id, "the attribute page holds other values");
    }
  }

  // True if the link leads to a node. What one page alone can tell has been reported.
  bool check_link(NodeId from, NodeId to, int level) {
    if (!exists(to) || node(to).holder == Holder::kUnreadable) return false;
    if (node(to).holder == Holder::kNone) {
      say(kError, from, "link to a page that holds no nodes: %u", to);
    } else if (!node(to).used()) {
      say(kNote, from, "link to a free slot: %u", to);
    } else if (node(to).flags & kMember) {
      say(kNote, from, "link to a chain member: %u", to);
    } else if (node(to).level < level) {
      say(kNote, from, "link on level %d to a node of level %d: %u", level, node(to).level, to);
    } else {
      return true;
    }
    return false;
  }

  // A byte beside a link is of the node that the slot held when the link was written.
  void check_link_bytes(NodeId from, NodeId to, uint64_t link) {
    uint32_t attributes = image_.geometry.attributes;
    if (attributes == 0 || !node(to).live()) return;
    if (memcmp(&image_.link_bytes[link * attributes], image_.bytes + static_cast<Size>(to) * attributes, attributes) !=
        0)
      say(kNote, from, "link byte of another value, beside the link to %u", to);
  }

  void check_towers() {
    marked_.reset(image_.id_limit);
    for (const TowerImage &tower : image_.towers) {
      NodeId owner = tower.head.owner;
      if (!exists(owner) || node(owner).holder == Holder::kUnreadable) continue;
      const NodeImage &n = node(owner);
      if (!n.walkable() || n.version != tower.head.owner_version || n.tower_block != tower.block ||
          n.tower_offset != tower.offset) {
        report_.add(report_.context, Severity::kNote, tower.block, tower.offset - 1, "tower without its owner");
        continue;
      }
      marked_.insert(owner);
      if (n.level != tower.head.level_count)
        say(kError, owner, "node of level %d has a tower of %u levels", n.level, tower.head.level_count);
      check_tower_links(owner, tower);
    }
    for (NodeId id = 0; id < image_.id_limit; id++) {
      const NodeImage &n = node(id);
      if (!n.live() || !n.walkable() || n.level == 0 || marked_.has(id)) continue;
      if (n.tower_block == kNoBlock) {
        say(kNote, id, "node without its tower");
      } else {
        say(kError, id, "the node's tower is not where it says, in block %u", n.tower_block);
      }
    }
  }

  void check_tower_links(NodeId owner, const TowerImage &tower) {
    const NodeId *list = &image_.tower_links[tower.first_link];
    for (uint32_t level = 1; level <= tower.head.level_count; level++) {
      uint32_t count = *list++;
      for (uint32_t i = 0; i < count; i++) check_link(owner, *list++, static_cast<int>(level));
    }
  }

  void check_chains() {
    marked_.reset(image_.id_limit);
    for (NodeId id = 0; id < image_.id_limit; id++)
      if (node(id).walkable() && node(id).next != kNoNode) check_chain(id);
    for (NodeId id = 0; id < image_.id_limit; id++)
      if (node(id).live() && !node(id).walkable() && !marked_.has(id))
        say(kNote, id, "chain member that its chain does not reach");
  }

  // Serials fall along the chain, from the greatest that the head knows of, so that a walk always ends.
  void check_chain(NodeId head) {
    uint64_t serial = uint64_t{node(head).serial} + 1;
    for (NodeId at = node(head).next; at != kNoNode; at = node(at).next) {
      if (!exists(at) || node(at).holder == Holder::kUnreadable) return;
      const NodeImage &member = node(at);
      if (!member.used() || member.walkable() || member.head != head) {
        say(kError, head, "chain leads to a slot that is no member of it: %u", at);
        return;
      }
      if (member.serial >= serial) {
        say(kError, at, "serials do not fall along the chain: %u", member.serial);
        return;
      }
      serial = member.serial;
      marked_.insert(at);
      if (member.code_hash != node(head).code_hash || member.refine_hash != node(head).refine_hash)
        say(kError, at, "codes differ from those of its chain's head, %u", head);
      if (member.cells_hash != node(head).cells_hash)
        say(kError, at, "attributes differ from those of its chain's head, %u", head);
    }
  }

  // True if a walk can begin at the entry point.
  bool check_entry() {
    EntryPoint entry = entry_of(image_.meta);
    NodeId first = kNoNode;
    for (NodeId id = 0; id < image_.id_limit && first == kNoNode; id++)
      if (node(id).live() && node(id).walkable()) first = id;
    if (entry.id == kNoNode) {
      if (first != kNoNode) say(kNote, first, "index has nodes, but no entry point");
      return false;
    }
    if (!exists(entry.id) || !node(entry.id).walkable() || node(entry.id).version != entry.version) {
      if (exists(entry.id) && node(entry.id).holder == Holder::kUnreadable) return false;
      report_.add(report_.context, Severity::kError, 0, kNoSlot, "entry point is no node");
      return false;
    }
    if (node(entry.id).level != entry.level)
      say(kError, entry.id, "entry point of level %d is said to be of level %u", node(entry.id).level, entry.level);
    for (NodeId id = 0; id < image_.id_limit; id++)
      if (node(id).live() && node(id).walkable() && node(id).level > entry.level)
        say(kNote, id, "node of level %d above the entry point's, %u", node(id).level, entry.level);
    return true;
  }

  // On level 0, by links only: upper levels are short cuts, and a search may come down anywhere.
  void check_reachability() {
    marked_.reset(image_.id_limit);
    marked_.insert(image_.meta.entry);
    stack_.push_back(image_.meta.entry);
    while (!stack_.empty()) {
      const NodeImage &n = node(stack_.back());
      stack_.pop_back();
      for (uint32_t i = 0; i < n.link_count; i++) {
        NodeId to = image_.links[n.first_link + i];
        if (!exists(to) || !node(to).walkable() || marked_.has(to)) continue;
        marked_.insert(to);
        stack_.push_back(to);
      }
    }
    for (NodeId id = 0; id < image_.id_limit; id++)
      if (node(id).live() && node(id).walkable() && !marked_.has(id))
        say(kNote, id, "node that is not reachable from the entry point");
  }

  struct TidOfNode {
    uint64_t tid;
    NodeId id;
  };

  void check_tids() {
    graph::GrowingArray<TidOfNode> tids(context_memory(CurrentMemoryContext));
    for (NodeId id = 0; id < image_.id_limit; id++)
      if (node(id).used() && !tid_is_none(node(id).tid)) tids.push_back({tid_key(node(id).tid), id});
    std::sort(tids.begin(), tids.end(),
              [](const TidOfNode &a, const TidOfNode &b) { return a.tid < b.tid || (a.tid == b.tid && a.id < b.id); });
    for (size_t i = 1; i < tids.size(); i++)
      if (tids[i].tid == tids[i - 1].tid)
        say(kError, tids[i].id, "row (%u,%u) is in the index twice, also as node %u",
            static_cast<unsigned>(tids[i].tid >> 16), static_cast<unsigned>(tids[i].tid & 0xFFFF), tids[i - 1].id);
  }

  const IndexImage &image_;
  const CheckReport &report_;
  graph::Bitmap marked_;
  graph::GrowingArray<NodeId> stack_;
};

}  // namespace

void check_graph(const IndexImage &image, const CheckReport &report) { GraphCheck(image, report).check(); }

}  // namespace vexpg::storage
