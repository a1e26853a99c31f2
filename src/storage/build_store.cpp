// SPDX-License-Identifier: PostgreSQL
#include "storage/build_store.hpp"

namespace vexpg::storage {
namespace {

constexpr Size kChunkBytes = 1024 * 1024;
constexpr uint32_t kCacheLine = 64;

void *resize_in_context(void *context, void *old, size_t bytes) {
  if (bytes == 0) {
    if (old != nullptr) pfree(old);
    return nullptr;
  }
  return old == nullptr ? MemoryContextAllocHuge(static_cast<MemoryContext>(context), bytes) : repalloc_huge(old, bytes);
}

uint64_t hash_content(const codec::CodeFactors &factors, const uint8_t *code, uint32_t code_bytes) {
  uint64_t seed;
  memcpy(&seed, &factors, sizeof seed);
  return hash_bytes_extended(code, static_cast<int>(code_bytes), seed);
}

}  // namespace

graph::Memory context_memory(MemoryContext context) { return {resize_in_context, context}; }

BuildStore::BuildStore(const IndexModel &model, MemoryContext context)
    : model_(model),
      geometry_(model.geometry),
      context_(context),
      both_planes_(model.geometry.shape.graph_uses_both_planes()),
      slots_(context_memory(context)),
      details_(context_memory(context)),
      towers_(context_memory(context)),
      fetched_(context_memory(context)),
      query_plane_(static_cast<int8_t *>(MemoryContextAllocZero(context, codec::query_entries(model.geometry.shape)))),
      operand_plane_(static_cast<int8_t *>(MemoryContextAllocZero(context, codec::query_entries(model.geometry.shape)))) {
  shift_ = 4;
  while ((static_cast<Size>(2) << shift_) * geometry_.slot_size <= kChunkBytes) shift_++;
  mask_ = (1u << shift_) - 1;
}

void *BuildStore::allocate(Size bytes) {
  memory_used_ += bytes;
  return MemoryContextAllocHuge(context_, bytes);
}

NodeId BuildStore::add_slot(const Row &row, NodeHead head) {
  NodeId id = count_++;
  if ((id & mask_) == 0) {
    slots_.push_back(static_cast<uint8_t *>(allocate(static_cast<Size>(mask_ + 1) * geometry_.slot_size)));
    if (geometry_.detail_size > 0)
      details_.push_back(static_cast<uint8_t *>(allocate(static_cast<Size>(mask_ + 1) * geometry_.detail_size)));
  }
  head.flags |= kUsed;
  head.nulls = row.nulls;
  head.factors = row.factors;
  if (!(head.flags & kMember)) head.head = id;
  write_slot(model_, row, head, slot_bytes(id));
  if (geometry_.detail_size > 0) write_detail(row, geometry_.shape.refine_bytes(), 0, detail_bytes(id));
  return id;
}

NodeId BuildStore::add(const Row &row, const ItemPointerData &tid, int level) {
  NodeHead head = {};
  memcpy(head.tid, &tid, sizeof head.tid);
  head.next = kNoNode;
  head.level = static_cast<uint8_t>(level);
  head.tower_block = kNoBlock;
  if (level > 0) {
    uint32_t size = geometry_.tower_size(level);
    auto *bytes = static_cast<uint8_t *>(allocate(size));
    memset(bytes, 0, size);
    store(bytes, TowerHead{count_, 0, static_cast<uint32_t>(level)});
    head.tower_block = static_cast<uint32_t>(towers_.size());
    towers_.push_back(bytes);
  }
  NodeId id = add_slot(row, head);
  if (2 * ++heads_ > duplicates_capacity_) grow_duplicates();
  uint32_t at = static_cast<uint32_t>(hash_slot(id)) & (duplicates_capacity_ - 1);
  while (duplicates_[at] != kNoNode) at = (at + 1) & (duplicates_capacity_ - 1);
  duplicates_[at] = id;
  return id;
}

NodeId BuildStore::add_member(const Row &row, const ItemPointerData &tid, NodeId head_id) {
  NodeHead owner = slot(head_id).head();
  NodeHead head = {};
  memcpy(head.tid, &tid, sizeof head.tid);
  head.flags = kMember;
  head.head = head_id;
  head.next = owner.next;
  head.serial = ++owner.serial;
  head.tower_block = kNoBlock;
  NodeId id = add_slot(row, head);
  owner.next = id;
  slot(head_id).set_head(owner);
  return id;
}

uint64_t BuildStore::hash_slot(NodeId id) const {
  Slot node = slot(id);
  return hash_content(node.factors(), node.code(), geometry_.shape.code_bytes());
}

void BuildStore::grow_duplicates() {
  uint32_t capacity = std::max<uint32_t>(1024, 2 * duplicates_capacity_), old_capacity = duplicates_capacity_;
  NodeId *old = duplicates_;
  duplicates_ = static_cast<NodeId *>(allocate(sizeof(NodeId) * static_cast<Size>(capacity)));
  duplicates_capacity_ = capacity;
  memset(duplicates_, 0xFF, sizeof(NodeId) * static_cast<Size>(capacity));
  for (uint32_t i = 0; i < old_capacity; i++) {
    if (old[i] == kNoNode) continue;
    uint32_t at = static_cast<uint32_t>(hash_slot(old[i])) & (capacity - 1);
    while (duplicates_[at] != kNoNode) at = (at + 1) & (capacity - 1);
    duplicates_[at] = old[i];
  }
  memory_used_ -= sizeof(NodeId) * static_cast<Size>(old_capacity);
  if (old != nullptr) pfree(old);
}

NodeId BuildStore::find_duplicate(const Row &row) {
  if (duplicates_capacity_ == 0) return kNoNode;
  uint32_t at = static_cast<uint32_t>(hash_content(row.factors, row.code, geometry_.shape.code_bytes())) & (duplicates_capacity_ - 1);
  for (; duplicates_[at] != kNoNode; at = (at + 1) & (duplicates_capacity_ - 1)) {
    NodeId id = duplicates_[at];
    const uint8_t *detail = geometry_.detail_size > 0 ? detail_bytes(id) : nullptr;
    if (same_row(model_, row, ConstSlot(slot_bytes(id), geometry_), detail)) return id;
  }
  return kNoNode;
}

uint8_t *BuildStore::tower(NodeId id) const {
  NodeHead head = slot(id).head();
  return head.level > 0 && !(head.flags & kMember) ? towers_[head.tower_block] : nullptr;
}

void BuildStore::set_links(NodeId id, const graph::Neighbours &neighbours) {
  NodeId links[kMaxLinks];
  for (int level = 0; level <= neighbours.level; level++) {
    for (int i = 0; i < neighbours.count[level]; i++) links[i] = neighbours.links[level][i].id;
    replace_links(id, level, nullptr, 0, links, neighbours.count[level]);
  }
}

int BuildStore::links(NodeId id, int level, NodeId *out) {
  Slot node = slot(id);
  if (level == 0) {
    uint32_t count = node.link_count();
    memcpy(out, node.links(), sizeof(NodeId) * count);
    return static_cast<int>(count);
  }
  const uint8_t *bytes = tower(id);
  if (bytes == nullptr || level > node.head().level) return 0;
  const uint8_t *list = bytes + tower_list_offset(geometry_, level);
  auto count = load<uint32_t>(list);
  memcpy(out, list + 4, sizeof(NodeId) * count);
  return static_cast<int>(count);
}

int BuildStore::score(const NodeId *ids, int count, graph::Candidate *out) {
  for (int i = 0; i < count; i++)
    for (uint32_t at = 0; at < geometry_.links_offset; at += kCacheLine) __builtin_prefetch(slot_bytes(ids[i]) + at);
  for (int i = 0; i < count; i++) {
    Slot node = slot(ids[i]);
    graph::Candidate &c = out[i];
    c = {codec::score(query_, node.code(), node.factors()), ids[i], 0, {0, 0, 0}, graph::kReturnable, node.head().level};
  }
  return count;
}

void BuildStore::prepare_from(NodeId id, int8_t *planes, codec::Query *query) const {
  Slot node = slot(id);
  if (both_planes_) {
    const uint8_t *detail = detail_bytes(id);
    codec::prepare_code_both(geometry_.shape, model_.codec.metric, node.code(), detail + sizeof(DetailHead),
                             load<DetailHead>(detail).factors, planes, query);
  } else {
    codec::prepare_code(geometry_.shape, model_.codec.metric, node.code(), node.factors(), planes, query);
  }
}

void BuildStore::fetch(const NodeId *ids, int count, int at) {
  fetched_.reserve(static_cast<size_t>(at + count));
  while (fetched_.size() < static_cast<size_t>(at + count)) fetched_.push_back(kNoNode);
  std::copy_n(ids, count, fetched_.begin() + at);
}

void BuildStore::prepare(int index) { prepare_from(fetched_[index], operand_plane_, &operand_); }
void BuildStore::query_from(int index) { prepare_from(fetched_[index], query_plane_, &query_); }

bool BuildStore::prepare_query() {
  operand_ = query_;
  return both_planes_;
}

void BuildStore::query_row(const Row &row) {
  codec::Metric metric = model_.codec.metric;
  if (both_planes_)
    codec::prepare_code_both(geometry_.shape, metric, row.code, row.refine, row.refine_factors, query_plane_, &query_);
  else codec::prepare_code(geometry_.shape, metric, row.code, row.factors, query_plane_, &query_);
}

float BuildStore::distance(int index) const {
  Slot node = slot(fetched_[index]);
  if (!both_planes_) return codec::score(operand_, node.code(), node.factors());
  const uint8_t *detail = detail_bytes(fetched_[index]);
  return codec::score_both(operand_, node.code(), detail + sizeof(DetailHead), load<DetailHead>(detail).factors);
}

bool BuildStore::replace_links(NodeId id, int level, const NodeId *, int, const NodeId *new_links, int new_count) {
  Assert(new_count <= static_cast<int>(geometry_.max_links(level)));
  Size bytes = sizeof(NodeId) * static_cast<Size>(new_count);
  if (level == 0) {
    Slot node = slot(id);
    memset(node.links(), 0, sizeof(NodeId) * geometry_.max_links(0));
    memcpy(node.links(), new_links, bytes);
    node.set_link_count(static_cast<uint32_t>(new_count));
  } else {
    uint8_t *list = tower(id) + tower_list_offset(geometry_, level);
    store(list, static_cast<uint32_t>(new_count));
    memset(list + 4, 0, sizeof(NodeId) * geometry_.m);
    memcpy(list + 4, new_links, bytes);
  }
  return true;
}

}  // namespace vexpg::storage
