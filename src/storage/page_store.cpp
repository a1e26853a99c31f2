// SPDX-License-Identifier: PostgreSQL
// Fetched nodes, distances between them, and changes of neighbour lists. Placing new nodes: page_place.cpp.
#include "storage/page_store.hpp"

namespace vexpg::storage {
namespace {

int8_t *allocate_planes(MemoryContext context, const codec::Shape &shape) {
  return static_cast<int8_t *>(MemoryContextAllocZero(context, codec::query_entries(shape)));
}

bool same_list(const uint8_t *stored, uint32_t stored_count, const NodeId *links, int count) {
  return static_cast<int>(stored_count) == count &&
         (count == 0 || memcmp(stored, links, sizeof(NodeId) * static_cast<Size>(count)) == 0);
}

bool is_sound(const NodeHead &head) { return (head.flags & (kUsed | kMember | kDead)) == kUsed; }

// Whether a link is to be put at the end of a list; *result: what append_link() says.
bool has_room(const uint8_t *links, uint32_t count, uint32_t capacity, NodeId link, graph::Appended *result) {
  *result = graph::Appended::kStored;
  for (uint32_t i = 0; i < count; i++)
    if (load<NodeId>(links + 4 * i) == link) return false;
  if (count >= capacity) *result = graph::Appended::kFull;
  return count < capacity;
}

// A new list in such an order that the old links in it keep their places: only what was replaced is logged.
void keep_places(const NodeId *old_links, int old_count, const NodeId *new_links, int new_count, NodeId *ordered) {
  bool placed[kMaxLinks] = {};
  int filled = 0;
  for (int i = 0; i < new_count; i++) {
    int at = static_cast<int>(std::find(old_links, old_links + std::min(old_count, new_count), new_links[i]) - old_links);
    placed[i] = at < std::min(old_count, new_count);
    if (placed[i]) ordered[at] = new_links[i];
  }
  for (int i = 0; i < new_count; i++) {
    if (placed[i]) continue;
    while (filled < old_count && std::find(new_links, new_links + new_count, old_links[filled]) != new_links + new_count) filled++;
    ordered[filled++] = new_links[i];
  }
}

}  // namespace

PageStore::PageStore(Relation index, const IndexModel &model, MemoryContext context)
    : PageReader(index, model),
      context_(context),
      both_planes_(model.geometry.shape.graph_uses_both_planes()),
      stride_(model.geometry.shape.code_bytes() + (both_planes_ ? model.geometry.shape.refine_bytes() : 0)),
      operand_plane_(allocate_planes(context, model.geometry.shape)),
      query_plane_(allocate_planes(context, model.geometry.shape)) {}

void PageStore::make_room(int count) {
  if (count <= capacity_) return;
  int capacity = std::max(count, 2 * capacity_);
  Size records = sizeof(Fetched) * static_cast<Size>(capacity), codes = static_cast<Size>(stride_) * static_cast<Size>(capacity);
  if (capacity_ == 0) {
    fetched_ = static_cast<Fetched *>(MemoryContextAlloc(context_, records));
    codes_ = static_cast<uint8_t *>(MemoryContextAllocHuge(context_, codes));
  } else {
    fetched_ = static_cast<Fetched *>(repalloc(fetched_, records));
    codes_ = static_cast<uint8_t *>(repalloc_huge(codes_, codes));
  }
  capacity_ = capacity;
}

void PageStore::copy_node(const Wanted &wanted, const uint8_t *page, Fetched *fetched, uint8_t *code) {
  ConstSlot slot(page + wanted.slot * geometry_.slot_size, geometry_);
  NodeHead head = slot.head();
  fetched->version = head.version;
  fetched->level = head.level;
  fetched->link_count = head.link_count;
  fetched->factors = head.factors;
  fetched->usable = (head.flags & (kUsed | kMember | kDead)) == kUsed;
  for (uint32_t a = 0; a < geometry_.attributes; a++)
    fetched->bytes[a] = types::byte_of(model_.byte_codes[a], (head.nulls >> a & 1) != 0, slot.cell(a));
  memcpy(code, slot.code(), geometry_.shape.code_bytes());
}

// The second plane, where graphs are pruned by both.
void PageStore::copy_refine(Fetched *fetched, uint8_t *code) {
  Geometry::Place at = geometry_.detail_place(fetched->id);
  Buffer buffer = pin(at.block, PageType::kDetail);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  const uint8_t *bytes = contents(static_cast<const char *>(BufferGetPage(buffer))) + at.slot * geometry_.detail_size;
  auto detail = load<DetailHead>(bytes);
  fetched->usable = detail.version == fetched->version;
  fetched->refine_factors = detail.factors;
  memcpy(code + geometry_.shape.code_bytes(), bytes + sizeof(DetailHead), geometry_.shape.refine_bytes());
  UnlockReleaseBuffer(buffer);
}

void PageStore::fetch(const NodeId *ids, int count, int at) {
  make_room(at + count);
  fetched_count_ = at + count;
  for (int i = 0; i < count; i++) {
    fetched_[at + i] = {};
    fetched_[at + i].id = ids[i];
  }
  Wanted wanted[graph::kMaxLinks];
  for (int done = 0; done < count; done += graph::kMaxLinks) {
    int placed = place(ids + done, std::min(count - done, graph::kMaxLinks), geometry_.links_offset, wanted);
    for (int i = 0; i < placed;) {
      BlockNumber block = wanted[i].block;
      Buffer buffer = pin(block, PageType::kNode);
      LockBuffer(buffer, BUFFER_LOCK_SHARE);
      const char *page = BufferGetPage(buffer);
      bool room = trailer(page).used < geometry_.slots_per_page;
      for (; i < placed && wanted[i].block == block; i++) {
        int index = at + done + wanted[i].order;
        copy_node(wanted[i], contents(page), &fetched_[index], code_at(index));
        fetched_[index].page_has_room = room;
      }
      UnlockReleaseBuffer(buffer);
    }
  }
  if (!both_planes_) return;
  for (int i = at; i < at + count; i++)
    if (fetched_[i].usable) copy_refine(&fetched_[i], code_at(i));
}

void PageStore::prepare(int index) {
  Assert(index < fetched_count_);
  const Fetched &f = fetched_[index];
  codec::Metric metric = model_.codec.metric;
  if (both_planes_)
    codec::prepare_code_both(geometry_.shape, metric, code_at(index), refine_at(index), f.refine_factors, operand_plane_, &operand_);
  else codec::prepare_code(geometry_.shape, metric, code_at(index), f.factors, operand_plane_, &operand_);
}

float PageStore::distance(int index) const {
  const Fetched &f = fetched_[index];
  return both_planes_ ? codec::score_both(operand_, code_at(index), refine_at(index), f.refine_factors)
                      : codec::score(operand_, code_at(index), f.factors);
}

void PageStore::query_from(int index) {
  Assert(index < fetched_count_);
  const Fetched &f = fetched_[index];
  codec::Metric metric = model_.codec.metric;
  if (both_planes_)
    codec::prepare_code_both(geometry_.shape, metric, code_at(index), refine_at(index), f.refine_factors, query_plane_, &query_);
  else codec::prepare_code(geometry_.shape, metric, code_at(index), f.factors, query_plane_, &query_);
}

void PageStore::query_row(const Row &row, bool look_for_duplicate) {
  codec::Metric metric = model_.codec.metric;
  if (both_planes_)
    codec::prepare_code_both(geometry_.shape, metric, row.code, row.refine, row.refine_factors, query_plane_, &query_);
  else codec::prepare_code(geometry_.shape, metric, row.code, row.factors, query_plane_, &query_);
  wanted_ = look_for_duplicate ? &row : nullptr;
  wanted_score_ = codec::score(query_, row.code, row.factors);
  duplicate_ = {kNoNode, 0};
}

// Equal codes have the very score that the row's own code has.
int PageStore::score(const NodeId *ids, int count, graph::Candidate *out) {
  int scored = PageReader::score(ids, count, out);
  for (int i = 0; wanted_ != nullptr && i < scored; i++)
    if (out[i].distance == wanted_score_ && is_duplicate(out[i].id, out[i].version, *wanted_)) duplicate_ = {out[i].id, out[i].version};
  return scored;
}

bool PageStore::prepare_query() {
  operand_ = query_;
  return both_planes_;
}

bool PageStore::is_duplicate(NodeId id, uint32_t version, const Row &row) {
  if (!exists(id)) return false;
  Geometry::Place at = geometry_.node_place(id), detail_at = {};
  Buffer buffer = pin(at.block, PageType::kNode), detail_buffer = InvalidBuffer;
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  ConstSlot slot(contents(static_cast<const char *>(BufferGetPage(buffer))) + at.slot * geometry_.slot_size, geometry_);
  NodeHead head = slot.head();
  bool same = (head.flags & (kUsed | kMember | kDead)) == kUsed && head.version == version;
  if (same) {
    const uint8_t *detail = nullptr;
    if (geometry_.shape.refine > 0) {
      detail_at = geometry_.detail_place(id);
      detail_buffer = pin(detail_at.block, PageType::kDetail);
      LockBuffer(detail_buffer, BUFFER_LOCK_SHARE);
      detail = contents(static_cast<const char *>(BufferGetPage(detail_buffer))) + detail_at.slot * geometry_.detail_size;
    }
    same = same_row(model_, row, slot, detail);
  }
  if (BufferIsValid(detail_buffer)) UnlockReleaseBuffer(detail_buffer);
  UnlockReleaseBuffer(buffer);
  return same;
}

const PageStore::Fetched *PageStore::find_fetched(NodeId id) const {
  for (int i = 0; i < fetched_count_; i++)
    if (fetched_[i].id == id) return &fetched_[i];
  return nullptr;
}

const uint8_t *PageStore::fetched_bytes(NodeId id) const {
  const Fetched *fetched = find_fetched(id);
  if (fetched == nullptr) report_damage(index_, geometry_.node_place(id).block, "link that comes and goes");
  return fetched->bytes;
}

// Writes a list and its link bytes: those of old links stay with them, those of new ones come from the fetched nodes.
void PageStore::set_links(const Slot &slot, const NodeId *new_links, int new_count) {
  uint8_t bytes[kMaxLinks * kMaxAttributes];
  uint32_t old_count = slot.link_count(), width = geometry_.attributes, count = static_cast<uint32_t>(new_count);
  for (uint32_t i = 0; width > 0 && i < count; i++) {
    uint32_t old = 0;
    while (old < old_count && slot.link(old) != new_links[i]) old++;
    memcpy(bytes + i * width, old < old_count ? slot.link_bytes(old) : fetched_bytes(new_links[i]), width);
  }
  if (count > 0) memcpy(slot.links(), new_links, 4 * count);
  memcpy(slot.link_bytes(0), bytes, width * count);
  slot.set_link_count(count);
}

void PageStore::compare_link_bytes(NodeId id, int count, bool *same) {
  Assert(count <= fetched_count_);
  Geometry::Place at = geometry_.node_place(id);
  with_shared_buffer(pin(at.block, PageType::kNode), [&](const char *page) {
    ConstSlot slot(contents(page) + at.slot * geometry_.slot_size, geometry_);
    int links = static_cast<int>(slot.link_count());
    for (int i = 0; i < count; i++)
      same[i] = i < links && memcmp(slot.link_bytes(static_cast<uint32_t>(i)), fetched_[i].bytes, geometry_.attributes) == 0;
  });
}

bool PageStore::replace_links(NodeId id, int level, const NodeId *old_links, int old_count, const NodeId *new_links, int new_count) {
  Assert(new_count <= static_cast<int>(geometry_.max_links(level)));
  graph::Relisting list;
  list.node = id, list.level = level, list.old_count = old_count, list.new_count = new_count;
  std::copy_n(old_links, old_count, list.old_links);
  keep_places(old_links, old_count, new_links, new_count, list.new_links);
  return level == 0 ? replace_base_links(list) : replace_tower_links(list);
}

void PageStore::note_dropped(const graph::Relisting &list) {
  const NodeId *end = list.new_links + list.new_count;
  for (int i = 0; i < list.old_count && !dropped_links_; i++) dropped_links_ = std::find(list.new_links, end, list.old_links[i]) == end;
}

// Stages a list, if it still is what it was. True if there is something to log.
bool PageStore::stage_list(PageEdit *edit, uint32_t slot_number, const graph::Relisting &list) {
  uint8_t bytes[kPageRoom];
  uint32_t offset = slot_number * geometry_.slot_size, count = static_cast<uint32_t>(list.new_count), count_at = offsetof(NodeHead, link_count);
  memcpy(bytes, contents(edit->page()) + offset, geometry_.slot_size);
  Slot slot(bytes, geometry_);
  if (!is_sound(slot.head()) || !same_list(slot.links(), slot.link_count(), list.old_links, list.old_count)) return false;
  set_links(slot, list.new_links, list.new_count);
  edit->write(offset + count_at, bytes + count_at, 1);
  edit->write(offset + geometry_.links_offset, slot.links(), 4 * count);
  edit->write(offset + geometry_.link_bytes_offset, slot.link_bytes(0), geometry_.attributes * count);
  return true;
}

bool PageStore::replace_base_links(const graph::Relisting &list) {
  if (!exists(list.node)) return false;
  Geometry::Place at = geometry_.node_place(list.node);
  note_dropped(list);
  return with_edited_buffer(index_, pin(at.block, PageType::kNode), [&](PageEdit &edit) {
    expect_page(index_, at.block, edit.page(), PageType::kNode);
    return stage_list(&edit, at.slot, list);
  });
}

// Pins the tower page of a node's level; InvalidBuffer if there is none.
Buffer PageStore::pin_tower(NodeId id, int level, NodeHead *head) {
  if (!exists(id)) return InvalidBuffer;
  *head = read_head(id);
  if (!is_sound(*head) || level > head->level || head->tower_block == kNoBlock) return InvalidBuffer;
  return pin_tower_page(id, head->tower_block);
}

// The list of a level in a node's tower, or null; the tower page's lock is held.
const uint8_t *PageStore::find_tower_list(const char *page, const NodeHead &head, NodeId id, int level) const {
  const uint8_t *tower = find_tower(const_cast<Page>(page), head.tower_offset, id, head.version);
  if (tower == nullptr || level > static_cast<int>(load<TowerHead>(tower).level_count)) return nullptr;
  return tower + tower_list_offset(geometry_, level);
}

bool PageStore::replace_tower_links(const graph::Relisting &list) {
  NodeHead head;
  Buffer buffer = pin_tower(list.node, list.level, &head);
  if (!BufferIsValid(buffer)) return false;
  return with_edited_buffer(index_, buffer, [&](PageEdit &edit) {
    const uint8_t *stored = find_tower_list(edit.page(), head, list.node, list.level);
    if (stored == nullptr || !same_list(stored + 4, load<uint32_t>(stored), list.old_links, list.old_count)) return false;
    uint32_t at = static_cast<uint32_t>(stored - contents(edit.page())), count = static_cast<uint32_t>(list.new_count);
    edit.overwrite(at, &count, sizeof count);
    edit.overwrite(at + 4, list.new_links, 4 * count);
    return true;
  });
}

graph::Appended PageStore::append_link(NodeId id, int level, NodeId link) {
  return level == 0 ? append_base_link(id, link) : append_tower_link(id, level, link);
}

graph::Appended PageStore::append_base_link(NodeId id, NodeId link) {
  graph::Appended result;
  append_links(&id, 1, link, nullptr, &result);
  return result;
}

// Stages a link at the end of a slot's list. True if there is something to log.
bool PageStore::stage_append(PageEdit *edit, uint32_t slot_number, NodeId link, graph::Appended *result) {
  uint32_t at = slot_number * geometry_.slot_size, width = geometry_.attributes;
  ConstSlot slot(contents(edit->page()) + at, geometry_);
  uint32_t count = slot.link_count();
  uint8_t new_count = static_cast<uint8_t>(count + 1);
  if (!is_sound(slot.head()) || !has_room(slot.links(), count, geometry_.max_links(0), link, result)) return false;
  edit->write(at + static_cast<uint32_t>(offsetof(NodeHead, link_count)), &new_count, 1);
  edit->write(at + geometry_.links_offset + 4 * count, &link, sizeof link);
  if (width > 0) edit->write(at + geometry_.link_bytes_offset + count * width, fetched_bytes(link), width);
  return true;
}

// Stages a link at the end of a slot's list, or the new list if it is full and there is one.
bool PageStore::stage_link(PageEdit *edit, const Wanted &at, NodeId link, const Relistings *lists, graph::Appended *result) {
  bool staged = stage_append(edit, at.slot, link, result);
  if (lists == nullptr || *result != graph::Appended::kFull) return staged;
  auto list = std::find_if(lists->begin(), lists->end(), [&](const graph::Relisting &l) { return l.node == at.id; });
  if (list == lists->end() || !stage_list(edit, at.slot, *list)) return staged;
  *result = graph::Appended::kStored;
  return true;
}

void PageStore::append_links(const NodeId *ids, int count, NodeId link, Relistings *lists, graph::Appended *results) {
  Wanted wanted[graph::kMaxLinks];
  // Anew: what was fetched may be a dead node whose slot is this one's now.
  if (geometry_.attributes > 0) fetch(&link, 1, 0);
  for (int i = 0; lists != nullptr && i < static_cast<int>(lists->size()); i++) {
    graph::Relisting &list = (*lists)[static_cast<size_t>(i)];
    NodeId chosen[kMaxLinks];
    std::copy_n(list.new_links, list.new_count, chosen);
    keep_places(list.old_links, list.old_count, chosen, list.new_count, list.new_links);
    note_dropped(list);
  }
  std::fill(results, results + count, graph::Appended::kGone);
  int placed = place(ids, count, geometry_.links_offset, wanted);
  for (int done = 0; done < placed;) {
    Buffer buffers[kMaxEdits];
    int pages = 0, end = done;
    for (; end < placed; end++) {
      bool same_page = end > done && wanted[end].block == wanted[end - 1].block;
      if (!same_page && pages == kMaxEdits) break;
      if (!same_page) buffers[pages++] = pin(wanted[end].block, PageType::kNode);
    }
    with_edited_buffers(index_, buffers, pages, [&](PageEdit *edits) {
      bool any = false;
      for (PageEdit *edit = edits; done < end; done++) {
        if (edit->block() != wanted[done].block) edit++;
        expect_page(index_, wanted[done].block, edit->page(), PageType::kNode);
        any |= stage_link(edit, wanted[done], link, lists, &results[wanted[done].order]);
      }
      return any;
    });
  }
}

graph::Appended PageStore::append_tower_link(NodeId id, int level, NodeId link) {
  NodeHead head;
  Buffer buffer = pin_tower(id, level, &head);
  graph::Appended result = graph::Appended::kGone;
  if (!BufferIsValid(buffer)) return result;
  with_edited_buffer(index_, buffer, [&](PageEdit &edit) {
    const uint8_t *list = find_tower_list(edit.page(), head, id, level);
    if (list == nullptr) return false;
    uint32_t count = std::min(load<uint32_t>(list), geometry_.m), new_count = count + 1;
    if (!has_room(list + 4, count, geometry_.m, link, &result)) return false;
    uint32_t at = static_cast<uint32_t>(list - contents(edit.page()));
    edit.overwrite(at, &new_count, sizeof new_count);
    edit.overwrite(at + 4 + 4 * count, &link, sizeof link);
    return true;
  });
  return result;
}

}  // namespace vexpg::storage
