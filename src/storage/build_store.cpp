// SPDX-License-Identifier: PostgreSQL
#include "storage/build_store.hpp"

#include "pg/prefetch.hpp"

namespace vexpg::storage {
namespace {

constexpr uint32_t kCacheLine = 64;
constexpr uint32_t kLocks = 1 << 14;  // of nodes, by the low bits of their ids
constexpr uint32_t kNumbersPerNode = 2;
constexpr uint64_t kLevelSeed = 0x9E3779B97F4A7C15;

void *resize_in_context(void *context, void *old, size_t bytes) {
  if (bytes == 0) {
    if (old != nullptr) pfree(old);
    return nullptr;
  }
  return old == nullptr ? MemoryContextAllocHuge(static_cast<MemoryContext>(context), bytes)
                        : repalloc_huge(old, bytes);
}

Size align_line(Size bytes) { return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine; }

}  // namespace

graph::Memory context_memory(MemoryContext context) { return {resize_in_context, context}; }

int build_level(NodeId id, int m) {
  uint64_t bits = (id + 1) * kLevelSeed;  // the finish of splitmix64
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EB;
  bits ^= bits >> 31;
  return graph::level_from_uniform((static_cast<double>(bits >> 11) + 1) * 0x1p-53, m);
}

Size build_tower_bytes(const Geometry &geometry, uint32_t count) {
  Size bytes = 0;
  for (NodeId id = 0; id < count; id++) {
    int level = build_level(id, static_cast<int>(geometry.m));
    if (level > 0) bytes += geometry.tower_size(level);
  }
  return bytes;
}

BuildLayout build_layout(const Geometry &geometry, const graph::BulkParameters &bulk, uint32_t capacity,
                         Size tower_bytes) {
  BuildLayout layout = {};
  layout.capacity = capacity;
  layout.details_stay = geometry.shape.graph_uses_both_planes();
  layout.slots = align_line(kLocks * sizeof(slock_t));
  layout.tags = layout.slots + align_line(static_cast<Size>(capacity) * geometry.slot_size);
  layout.towers = layout.tags + align_line(sizeof(uint32_t) * static_cast<Size>(capacity));
  Size details = align_line(static_cast<Size>(capacity) * geometry.detail_size);
  Size numbers = align_line(sizeof(uint32_t) * kNumbersPerNode * static_cast<Size>(capacity));
  Size graph = graph::BulkMemory(bulk, capacity, {nullptr, 0, link_room_bytes(geometry)}, nullptr).bytes();
  Size rest = layout.towers + align_line(tower_bytes);
  layout.numbers = layout.details_stay ? rest + details : rest;
  layout.details = layout.details_stay ? rest : rest + numbers;
  layout.bytes = std::max({layout.details + details, layout.numbers + numbers, layout.numbers + graph});
  return layout;
}

uint32_t build_capacity(const Geometry &geometry, const graph::BulkParameters &bulk, Size memory) {
  // One node in m has a level, one in m of these another.
  double towers = static_cast<double>(geometry.tower_size(1)) / (geometry.m - 1);
  uint32_t fits = 0, too_many = kNoNode;
  while (too_many - fits > 1) {
    uint32_t middle = fits + (too_many - fits) / 2;
    if (build_layout(geometry, bulk, middle, static_cast<Size>(towers * middle)).bytes <= memory) fits = middle;
    else too_many = middle;
  }
  return fits;
}

BuildStore::BuildStore(const IndexModel &model, const BuildLayout &layout, uint8_t *base, bool shared,
                       MemoryContext context)
    : model_(model),
      geometry_(model.geometry),
      layout_(layout),
      base_(base),
      slots_(base + layout.slots),
      details_(base + layout.details),
      shared_(shared),
      both_planes_(model.geometry.shape.graph_uses_both_planes()),
      fetched_(context_memory(context)),
      query_plane_(static_cast<int8_t *>(MemoryContextAllocZero(context, codec::query_entries(model.geometry.shape)))),
      operand_plane_(
          static_cast<int8_t *>(MemoryContextAllocZero(context, codec::query_entries(model.geometry.shape)))) {}

void BuildStore::initialize() {
  for (uint32_t i = 0; i < kLocks; i++) SpinLockInit(lock_of(i));
}

slock_t *BuildStore::lock_of(NodeId id) const { return reinterpret_cast<slock_t *>(base_) + id % kLocks; }

void BuildStore::put(NodeId id, const uint8_t *bytes, const uint8_t *detail, int level, uint32_t tag) {
  memcpy(slot_bytes(id), bytes, geometry_.links_offset);
  memset(slot_bytes(id) + geometry_.links_offset, 0, geometry_.slot_size - geometry_.links_offset);
  if (geometry_.detail_size > 0) put_detail(id, detail);
  NodeHead head = slot(id).head();
  head.head = id;
  head.level = static_cast<uint8_t>(level);
  head.serial = 0;
  head.link_count = 0;
  slot(id).set_head(head);
  reinterpret_cast<uint32_t *>(base_ + layout_.tags)[id] = tag;
}

void BuildStore::put_detail(NodeId id, const uint8_t *detail) {
  memcpy(detail_bytes(id), detail, geometry_.detail_size);
}

// ---- duplicates: an open-addressed table in the numbers, at most half full

uint64_t BuildStore::hash_content(NodeId id) const {
  Slot node = slot(id);
  uint64_t seed;
  codec::CodeFactors factors = node.factors();
  memcpy(&seed, &factors, sizeof seed);
  return hash_bytes_extended(node.code(), static_cast<int>(geometry_.shape.code_bytes()), seed);
}

bool BuildStore::same_content(NodeId a, NodeId b) const {
  NodeHead first = slot(a).head(), second = slot(b).head();
  uint32_t from = sizeof(NodeHead), bytes = geometry_.links_offset - from;
  return first.nulls == second.nulls && first.tower_offset == second.tower_offset &&
         memcmp(&first.factors, &second.factors, sizeof first.factors) == 0 &&
         memcmp(slot_bytes(a) + from, slot_bytes(b) + from, bytes) == 0 &&
         memcmp(detail_bytes(a), detail_bytes(b), geometry_.detail_size) == 0;
}

void BuildStore::add_member(NodeId member, NodeId owner) {
  NodeHead head = slot(owner).head(), link = slot(member).head();
  link.flags |= kMember;
  link.level = 0;
  link.head = owner;
  link.next = head.next;
  link.serial = ++head.serial;
  head.next = member;
  slot(member).set_head(link);
  slot(owner).set_head(head);
}

void BuildStore::chain_duplicates() {
  NodeId *table = numbers();
  uint64_t capacity = kNumbersPerNode * static_cast<uint64_t>(size());
  memset(table, 0xFF, sizeof(NodeId) * capacity);
  for (NodeId id = 0; id < size(); id++) {
    if (id % 1024 == 0) CHECK_FOR_INTERRUPTS();
    uint64_t at = (hash_content(id) >> 32) * capacity >> 32;
    while (table[at] != kNoNode && !same_content(table[at], id)) at = at + 1 == capacity ? 0 : at + 1;
    if (table[at] == kNoNode) table[at] = id;
    else add_member(id, table[at]);
  }
}

NodeId BuildStore::place_towers() {
  NodeId entry = kNoNode;
  Size offset = 0;
  int entry_level = -1;
  for (NodeId id = 0; id < size(); id++) {
    NodeHead head = slot(id).head();
    if (head.flags & kMember) continue;
    if (head.level > 0) {
      uint8_t *bytes = base_ + layout_.towers + offset;
      uint32_t tower_bytes = geometry_.tower_size(head.level);
      head.tower_block = static_cast<uint32_t>(offset / 4);
      memset(bytes, 0, tower_bytes);
      store(bytes, TowerHead{id, 0, head.level});
      offset += tower_bytes;
      slot(id).set_head(head);
    }
    if (head.level > entry_level) {
      entry = id;
      entry_level = head.level;
    }
  }
  return entry;
}

void BuildStore::hold_out(NodeId id, bool held) {
  NodeHead head = slot(id).head();
  head.flags = static_cast<uint8_t>(held ? head.flags | kHeldOut : head.flags & ~kHeldOut);
  slot(id).set_head(head);
}

uint8_t *BuildStore::tower(NodeId id) const {
  NodeHead head = slot(id).head();
  if (head.level == 0 || (head.flags & kMember)) return nullptr;
  return base_ + layout_.towers + 4 * static_cast<Size>(head.tower_block);
}

// ---- links

BuildStore::List BuildStore::list_of(NodeId id, int level) const {
  if (level == 0) return {slot_bytes(id) + offsetof(NodeHead, link_count), slot(id).links(), true};
  uint8_t *bytes = level <= slot(id).head().level ? tower(id) : nullptr;
  if (bytes == nullptr) return {nullptr, nullptr, false};
  bytes += tower_list_offset(geometry_, level);
  return {bytes, bytes + 4, false};
}

void BuildStore::write_list(const List &list, int level, const NodeId *links, int count) const {
  Assert(count <= static_cast<int>(geometry_.max_links(level)));
  if (list.on_base) *list.count = static_cast<uint8_t>(count);
  else store(list.count, static_cast<uint32_t>(count));
  if (count > 0) memcpy(list.ids, links, sizeof(NodeId) * static_cast<Size>(count));
  memset(list.ids + 4 * count, 0, sizeof(NodeId) * (geometry_.max_links(level) - static_cast<Size>(count)));
}

int BuildStore::links(NodeId id, int level, NodeId *out) {
  List list = list_of(id, level);
  if (list.ids == nullptr) return 0;
  acquire(id);
  int count = list.size();
  memcpy(out, list.ids, sizeof(NodeId) * static_cast<Size>(count));
  release(id);
  return count;
}

bool BuildStore::replace_links(NodeId id, int level, const NodeId *old_links, int old_count, const NodeId *new_links,
                               int new_count) {
  List list = list_of(id, level);
  Assert(list.ids != nullptr);
  acquire(id);
  bool same = list.size() == old_count &&
              (old_count == 0 || memcmp(list.ids, old_links, sizeof(NodeId) * static_cast<Size>(old_count)) == 0);
  if (same) write_list(list, level, new_links, new_count);
  release(id);
  return same;
}

// ---- distances

void BuildStore::expect(NodeId id) const {
  pg::prefetch_lines(reinterpret_cast<const char *>(slot_bytes(id)), geometry_.links_offset);
  if (both_planes_) pg::prefetch_lines(reinterpret_cast<const char *>(detail_bytes(id)), geometry_.detail_size);
}

int BuildStore::score(const NodeId *ids, int count, graph::Candidate *out) {
  for (int i = 0; i < count; i++) expect(ids[i]);
  for (int i = 0; i < count; i++) {
    Slot node = slot(ids[i]);
    graph::Candidate &c = out[i];
    c = {
        codec::score(query_, node.code(), node.factors()), ids[i], 0, {0, 0, 0}, graph::kReturnable, node.head().level};
  }
  return count;
}

void BuildStore::prepare_from(const uint8_t *slot_bytes, const uint8_t *detail, int8_t *planes,
                              codec::Query *query) const {
  ConstSlot node(slot_bytes, geometry_);
  if (both_planes_) {
    codec::prepare_code_both(geometry_.shape, model_.codec.metric, node.code(), detail + sizeof(DetailHead),
                             load<DetailHead>(detail).factors, planes, query);
  } else {
    codec::prepare_code(geometry_.shape, model_.codec.metric, node.code(), node.factors(), planes, query);
  }
}

codec::RowTerms BuildStore::row(NodeId id, const int8_t **row) {
  codec::RowTerms terms;
  prepare_node(id, operand_plane_, &operand_);
  *row = codec::row_of(operand_, &terms);
  return terms;
}

void BuildStore::fetch(const NodeId *ids, int count, int at) {
  fetched_.reserve(static_cast<size_t>(at + count));
  while (fetched_.size() < static_cast<size_t>(at + count)) fetched_.push_back(kNoNode);
  std::copy_n(ids, count, fetched_.begin() + at);
  for (int i = 0; i < count; i++) expect(ids[i]);
}

bool BuildStore::prepare_query() {
  operand_ = query_;
  return both_planes_;
}

float BuildStore::distance(int index) const {
  Slot node = slot(fetched_[index]);
  if (!both_planes_) return codec::score(operand_, node.code(), node.factors());
  const uint8_t *detail = detail_bytes(fetched_[index]);
  return codec::score_both(operand_, node.code(), detail + sizeof(DetailHead), load<DetailHead>(detail).factors);
}

}  // namespace vexpg::storage
