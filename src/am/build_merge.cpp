// SPDX-License-Identifier: PostgreSQL
// The leader's work between the stages of a build in parts: each part is written as soon as it is built, with the
// numbers of rows as links; then the upper levels are built from the few nodes that have one; then the pages are gone
// through once more to bring in what copies of a node are linked to in other parts, and the final ids.
#include "am/build_merge.hpp"

#include <new>

namespace vexpg::am {

using storage::Geometry;
using storage::kNoNode;
using storage::NodeId;

namespace {

// Lists of the copies of one part's rows, on a temporary file: the row's number, how many links, the links.
struct CopyLists {
  BufFile *file;
  uint32_t count;
};

class Merger {
 public:
  Merger(BuildProcess *leader, uint32_t capacity, bool by_links)
      : leader_(leader),
        plan_(leader->team->plan),
        geometry_(leader->model->geometry),
        by_links_(by_links),
        level_m_(static_cast<int>(std::max(geometry_.m, plan_.rows / capacity + 1))),
        ids_(static_cast<NodeId *>(allocate(sizeof(NodeId) * static_cast<Size>(plan_.rows)))),
        bytes_(static_cast<uint8_t *>(allocate(static_cast<Size>(geometry_.attributes) * plan_.rows + 1))),
        slot_(static_cast<uint8_t *>(palloc(std::max(geometry_.slot_size, geometry_.tower_size(storage::kMaxLevel))))),
        upper_(*leader->model),
        writer_(leader->index, geometry_, plan_.rows) {
    for (uint32_t part = 0; part <= plan_.parts; part++) base_[part] = first_own(*leader->team, part, 0);
  }

  void take_part(uint32_t part);
  void build_upper();
  void finish(const storage::MetaPage &meta);

 private:
  static void *allocate(Size bytes) { return MemoryContextAllocHuge(CurrentMemoryContext, bytes); }
  uint32_t list_words() const { return 2 + 2 * geometry_.m; }
  uint32_t part_of(NodeId number) const {
    uint32_t part = 0;
    while (number >= base_[part + 1]) part++;
    return part;
  }
  void write_node(NodeId node, NodeId id, NodeId head);
  void keep_copy(NodeId node);
  void read_copies(uint32_t part);
  void learn_bytes();
  void join_page(NodeId first, uint32_t count);
  void join_slot(NodeId id, uint8_t *bytes);
  int add_link(NodeId *links, int count, NodeId self, NodeId number) const;

  BuildProcess *leader_;
  const PartPlan &plan_;
  const Geometry &geometry_;
  bool by_links_;
  int level_m_;     // levels are drawn by this instead of m, so that all nodes that have one fit the memory
  NodeId *ids_;     // the node of each row, by its number: for members of a chain that of the head
  uint8_t *bytes_;  // byte codes of each node's cells
  uint8_t *slot_;
  storage::RowFile upper_;
  Size tower_bytes_ = 0;
  GraphWriter writer_;
  NodeId base_[kMaxParts + 1];
  CopyLists copies_[kMaxParts] = {};
  NodeId *lists_ = nullptr;         // of the part being joined
  uint32_t *list_of_ = nullptr;     // 1 + the list of each of its nodes; 0: none
  uint32_t list_part_ = kMaxParts;  // the part that they are of
  NodeId entry_ = 0;
  int entry_level_ = 0;
  storage::IndexModel *model_ = nullptr;
};

// A node as it is written first: final ids but in its links, which are numbers of rows.
void Merger::write_node(NodeId node, NodeId id, NodeId head_id) {
  storage::BuildStore &store = *leader_->store;
  memcpy(slot_, store.slot_bytes(node), geometry_.slot_size);
  storage::Slot slot(slot_, geometry_);
  storage::NodeHead head = slot.head();
  head.head = head_id;
  if (head.next != kNoNode) head.next = id + 1;
  head.level = id == head_id ? static_cast<uint8_t>(storage::build_level(store.tag(node), level_m_)) : 0;
  head.tower_offset = 0;
  if (head.level > 0) {
    storage::NodeHead upper = head;
    upper.serial = id;  // see build_upper()
    slot.set_head(upper);
    upper_.append_bytes(slot_, store.detail_bytes(node));
    tower_bytes_ += geometry_.tower_size(head.level);
  }
  slot.set_head(head);
  for (uint32_t i = 0; i < slot.link_count(); i++) slot.set_link(i, store.tag(slot.link(i)));
  writer_.add(slot_, store.detail_bytes(node));
}

// What a copy is linked to here is kept for the part of its row.
void Merger::keep_copy(NodeId node) {
  storage::BuildStore &store = *leader_->store;
  storage::Slot slot = store.slot(node);
  CopyLists &lists = copies_[part_of(store.tag(node))];
  if (lists.file == nullptr) lists.file = BufFileCreateTemp(false);
  NodeId words[2 + storage::kMaxLinks] = {store.tag(node), slot.link_count()};
  for (uint32_t i = 0; i < slot.link_count(); i++) words[2 + i] = store.tag(slot.link(i));
  BufFileWrite(lists.file, words, sizeof(NodeId) * list_words());
  lists.count++;
}

// The part is in the region, linked.
void Merger::take_part(uint32_t part) {
  storage::BuildStore &store = *leader_->store;
  graph::Bitmap heads(storage::context_memory(leader_->graph_context));
  heads.reset(store.size());
  NodeId first = kNoNode, head_id = 0;
  for (NodeId id = 0; id < store.size(); id++) {
    if (!store.is_head(id)) continue;
    if (store.slot(id).head().tower_offset != 0) {
      keep_copy(id);
      continue;
    }
    heads.insert(id);
    if (first == kNoNode) first = id;
  }
  NodeId *order = store.numbers();
  uint32_t count = number_nodes(store, heads, first, by_links_, order, order + store.size());
  if (count != base_[part + 1] - base_[part]) elog(ERROR, "part %u of an index build has %u nodes", part, count);
  for (uint32_t i = 0; i < count; i++) {
    NodeId id = base_[part] + i;
    if (store.is_head(order[i])) head_id = id;
    ids_[store.tag(order[i])] = head_id;
    write_node(order[i], id, head_id);
  }
}

// The levels above 0: a graph of the nodes that have one. The region holds them in the order of their ids.
void Merger::build_upper() {
  writer_.end_nodes();
  upper_.rewind();
  create_region(leader_, storage::build_layout(geometry_, leader_->bulk_parameters(), upper_.count(), tower_bytes_));
  storage::BuildStore &store = *leader_->store;
  for (NodeId id = 0; id < upper_.count(); id++) {
    CHECK_FOR_INTERRUPTS();
    upper_.read();
    auto head = storage::load<storage::NodeHead>(upper_.slot_bytes());
    store.put(id, upper_.slot_bytes(), upper_.detail_bytes(), head.level, head.serial);
  }
  upper_.close();
  NodeId entry = store.place_towers();
  leader_->team->entry = entry;
  if (entry != kNoNode) {
    run_stage(leader_, BuildStage::kGraph);
    entry_ = store.tag(entry);
    entry_level_ = store.slot(entry).head().level;
  }
  for (NodeId id = 0; id < store.size(); id++) {
    int level = store.slot(id).head().level;
    renumber_tower(
        geometry_, store.tower(id), level, [&](NodeId node) { return store.tag(node); }, slot_);
    writer_.add_tower(slot_, level);
  }
  writer_.end_towers();
  model_ = storage::make_model(leader_->index, leader_->team->meta, leader_->model->codec.mean,
                               learn_byte_codes(leader_->team->meta, store));
  drop_region(leader_);
}

// The byte codes of all nodes, from their cells.
void Merger::learn_bytes() {
  PGAlignedBlock page;
  for (NodeId first = 0; first < plan_.rows && geometry_.attributes > 0; first += geometry_.slots_per_page) {
    CHECK_FOR_INTERRUPTS();
    storage::copy_page(leader_->index, geometry_.node_place(first).block, nullptr, page.data);
    for (uint32_t i = 0; i < std::min(geometry_.slots_per_page, plan_.rows - first); i++) {
      storage::Slot slot(storage::contents(page.data) + i * geometry_.slot_size, geometry_);
      for (uint32_t a = 0; a < geometry_.attributes; a++)
        bytes_[static_cast<Size>(first + i) * geometry_.attributes + a] =
            types::byte_of(model_->byte_codes[a], (slot.head().nulls >> a & 1) != 0, slot.cell(a));
    }
  }
}

void Merger::read_copies(uint32_t part) {
  CopyLists &lists = copies_[part];
  Size bytes = sizeof(NodeId) * list_words() * static_cast<Size>(lists.count), nodes = base_[part + 1] - base_[part];
  if (lists_ != nullptr) pfree(lists_);
  if (list_of_ != nullptr) pfree(list_of_);
  lists_ = static_cast<NodeId *>(allocate(bytes + 1));
  list_of_ = static_cast<uint32_t *>(allocate(sizeof(uint32_t) * nodes + 1));
  memset(list_of_, 0, sizeof(uint32_t) * nodes);
  list_part_ = part;
  if (lists.file == nullptr) return;
  if (BufFileSeek(lists.file, 0, 0, SEEK_SET) != 0 || BufFileRead(lists.file, lists_, bytes) != bytes)
    ereport(ERROR, (errcode(ERRCODE_IO_ERROR), errmsg("could not read temporary file of an index build")));
  BufFileClose(lists.file);
  lists.file = nullptr;
  for (uint32_t i = 0; i < lists.count; i++)
    list_of_[ids_[lists_[static_cast<Size>(i) * list_words()]] - base_[part]] = i + 1;
}

int Merger::add_link(NodeId *links, int count, NodeId self, NodeId number) const {
  NodeId id = ids_[number];
  if (id == self || std::find(links, links + count, id) != links + count) return count;
  links[count] = id;
  return count + 1;
}

// A node's links: at most m of those of its copy in another part, its own, nearest first, in the rest of the list.
void Merger::join_slot(NodeId id, uint8_t *bytes) {
  storage::Slot slot(bytes, geometry_);
  NodeId links[storage::kMaxLinks];
  int count = 0, capacity = static_cast<int>(geometry_.max_links(0));
  uint32_t list = list_of_[id - base_[list_part_]];
  const NodeId *copied = list == 0 ? nullptr : lists_ + static_cast<Size>(list - 1) * list_words();
  for (uint32_t i = 0; copied != nullptr && i < copied[1] && count < capacity / 2; i++)
    count = add_link(links, count, id, copied[2 + i]);
  for (uint32_t i = 0; i < slot.link_count() && count < capacity; i++) count = add_link(links, count, id, slot.link(i));
  memset(slot.links(), 0, sizeof(NodeId) * geometry_.max_links(0));
  memset(slot.link_bytes(0), 0, static_cast<Size>(geometry_.max_links(0)) * geometry_.attributes);
  slot.set_link_count(static_cast<uint32_t>(count));
  for (int i = 0; i < count; i++) {
    auto at = static_cast<uint32_t>(i);
    slot.set_link(at, links[i]);
    if (geometry_.attributes > 0)
      memcpy(slot.link_bytes(at), bytes_ + static_cast<Size>(links[i]) * geometry_.attributes, geometry_.attributes);
  }
}

void Merger::join_page(NodeId first, uint32_t count) {
  PGAlignedBlock page;
  BlockNumber block = geometry_.node_place(first).block;
  storage::copy_page(leader_->index, block, nullptr, page.data);
  for (NodeId id = first; id < first + count; id++) {
    uint8_t *bytes = storage::contents(page.data) + (id - first) * geometry_.slot_size;
    while (list_part_ == kMaxParts || id >= base_[list_part_ + 1])
      read_copies(list_part_ == kMaxParts ? 0 : list_part_ + 1);
    if (!(storage::Slot(bytes, geometry_).flags() & storage::kMember)) join_slot(id, bytes);
  }
  writer_.rewrite(block, page.data);
}

void Merger::finish(const storage::MetaPage &meta) {
  learn_bytes();
  for (NodeId first = 0; first < plan_.rows; first += geometry_.slots_per_page) {
    CHECK_FOR_INTERRUPTS();
    join_page(first, std::min(geometry_.slots_per_page, plan_.rows - first));
  }
  model_->meta = meta;
  model_->meta.entry = entry_;
  model_->meta.entry_level = static_cast<uint32_t>(entry_level_);
  model_->meta.built_nodes = plan_.rows;
  model_->meta.tower_hints[0] = writer_.last_tower();
  writer_.write_model(*model_);
  writer_.log();
}

}  // namespace

void build_in_parts(BuildProcess *leader, uint32_t rows, uint32_t capacity, bool by_links) {
  BuildTeam *team = leader->team;
  plan_parts(leader, rows, capacity);
  auto *merger = new (palloc(sizeof(Merger))) Merger(leader, capacity, by_links);
  team->in_part = true;
  for (uint32_t part = 0; part < team->plan.parts; part++) {
    uint32_t count = pg_atomic_read_u32(&team->plan.own[part]) + pg_atomic_read_u32(&team->plan.copies[part]);
    team->plan.part = part;
    create_region(leader, storage::build_layout(leader->model->geometry, leader->bulk_parameters(), count, 0));
    run_stage(leader, BuildStage::kLoadPart);
    leader->store->chain_duplicates();
    team->entry = leader->store->place_towers();
    run_stage(leader, BuildStage::kGraph);
    run_stage(leader, BuildStage::kDetails);
    merger->take_part(part);
    drop_region(leader);
  }
  team->in_part = false;
  merger->build_upper();
  merger->finish(team->meta);
}

}  // namespace vexpg::am
