// SPDX-License-Identifier: PostgreSQL
// Reading a whole index for the checker: each page is copied under its share lock, judged, and reduced to what the
// checks across pages need.
#include "storage/index_image.hpp"

namespace vexpg::storage {
namespace {

class ImageReader {
 public:
  ImageReader(const CheckReport &report, IndexImage *image)
      : report_(report),
        image_(image),
        geometry_(image->geometry),
        findings_({take_finding, this}),
        ring_(GetAccessStrategy(BAS_BULKREAD)) {}

  bool read() {
    image_->blocks = RelationGetNumberOfBlocks(image_->index);
    if (!read_meta() || !read_model()) return false;
    allocate();
    for (block_ = geometry_.first_group_block; block_ < image_->blocks; block_++) read_block();
    FreeAccessStrategy(ring_);
    return true;
  }

 private:
  static void take_finding(void *context, const Finding &finding) {
    auto *self = static_cast<ImageReader *>(context);
    char text[128];
    if (finding.has_value) {
      snprintf(text, sizeof text, "%s: %u", finding.what, finding.value);
    } else {
      snprintf(text, sizeof text, "%s", finding.what);
    }
    self->report_.add(self->report_.context, finding.severity, self->block_, finding.slot, text);
  }

  void copy() {
    CHECK_FOR_INTERRUPTS();
    copy_page(image_->index, block_, ring_, page_.data);
  }
  const uint8_t *page() const { return reinterpret_cast<const uint8_t *>(page_.data); }

  bool read_meta() {
    block_ = 0;
    if (image_->blocks == 0) {
      findings_.error(kNoSlot, "no meta page");
      return false;
    }
    copy();
    if (!check_meta_page(page(), findings_, &image_->meta, &image_->geometry)) return false;
    if (image_->blocks >= geometry_.first_group_block) return true;
    findings_.error(kNoSlot, "model pages are missing");
    return false;
  }

  bool read_model() {
    auto *stream = static_cast<uint8_t *>(palloc(geometry_.model_pages * static_cast<Size>(kPageRoom)));
    for (block_ = 1; block_ <= geometry_.model_pages; block_++) {
      copy();
      if (!check_page(geometry_, block_, image_->blocks, page(), findings_)) return false;
      memcpy(stream + (block_ - 1) * static_cast<Size>(kPageRoom), contents(page_.data), kPageRoom);
    }
    block_ = 1;
    bool sound = check_model_stream(stream, geometry_, findings_);
    pfree(stream);
    MetaPage now;
    if (sound) image_->model = load_model(image_->index, &now);
    return sound;
  }

  void allocate() {
    image_->id_limit = geometry_.id_limit(image_->blocks);
    Size count = image_->id_limit + Size{1};
    image_->nodes =
        static_cast<NodeImage *>(palloc_extended(count * sizeof(NodeImage), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO));
    image_->bytes =
        static_cast<uint8_t *>(palloc_extended(count * geometry_.attributes + 1, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO));
  }

  void read_block() {
    copy();
    Geometry::Cell cell = geometry_.cell_of_block(block_);
    bool first = block_ == cell.stripe_block;
    if (first) stripe_type_ = 0;
    if (all_zero(page())) return;
    bool sound = check_page(geometry_, block_, image_->blocks, page(), findings_);
    PageType type = page_type(page());
    if (cell.type != PageType::kAttribute && sound) sound = check_stripe(type, first);
    if (!sound) {
      if (first) stripe_type_ = kUnknownStripe;
      if (cell.type == PageType::kNode) set_holder(cell.first_id, Holder::kUnreadable);
    } else if (type == PageType::kNode) {
      take_node_page(cell.first_id);
    } else if (type == PageType::kDetail) {
      take_detail_page(cell);
    } else if (type == PageType::kTower) {
      take_tower_page();
    } else {
      take_attribute_page(cell.first_id);
    }
  }

  // All pages of a stripe are of towers, or none; its first page says so, and is written before the others.
  bool check_stripe(PageType type, bool first) {
    int kind = type == PageType::kTower ? kTowerStripe : kNodeStripe;
    if (first) stripe_type_ = kind;
    if (stripe_type_ == kUnknownStripe || stripe_type_ == kind) return true;
    findings_.error(kNoSlot, stripe_type_ == 0 ? "page of a stripe whose first page is not initialised"
                                               : "type of page differs from that of its stripe");
    return false;
  }

  void set_holder(NodeId first_id, Holder holder) {
    for (uint32_t i = 0; i < geometry_.slots_per_page; i++) image_->nodes[first_id + i].holder = holder;
  }

  void take_node_page(NodeId first_id) {
    set_holder(first_id, Holder::kNodePage);
    for (uint32_t i = 0; i < geometry_.slots_per_page; i++) {
      ConstSlot slot(contents(static_cast<const char *>(page_.data)) + i * geometry_.slot_size, geometry_);
      NodeHead head = slot.head();
      NodeImage &node = image_->nodes[first_id + i];
      node.version = head.version;
      if (!(head.flags & kUsed)) continue;
      memcpy(node.tid, head.tid, sizeof node.tid);
      node.flags = head.flags;
      node.level = head.level;
      node.head = head.head;
      node.next = head.next;
      node.tower_block = head.tower_block;
      node.serial = head.serial;
      node.tower_offset = head.tower_offset;
      node.code_hash = hash_code(geometry_, head.factors, slot.code());
      if (geometry_.shape.refine == 0) node.refine_hash = hash_refine(geometry_, slot.refine_factors(), nullptr);
      take_cells(slot, head.nulls, first_id + i);
      take_links(slot, &node);
    }
  }

  void take_cells(const ConstSlot &slot, uint8_t nulls, NodeId id) {
    uint64_t cells[kMaxAttributes];
    for (uint32_t a = 0; a < geometry_.attributes; a++) {
      cells[a] = slot.cell(a);
      image_->bytes[static_cast<Size>(id) * geometry_.attributes + a] =
          types::byte_of(image_->model->byte_codes[a], (nulls >> a & 1) != 0, cells[a]);
    }
    image_->nodes[id].cells_hash = hash_cells(geometry_.attributes, nulls, cells);
  }

  void take_links(const ConstSlot &slot, NodeImage *node) {
    node->first_link = image_->links.size();
    node->link_count = static_cast<uint8_t>(slot.link_count());
    for (uint32_t i = 0; i < slot.link_count(); i++) {
      image_->links.push_back(slot.link(i));
      for (uint32_t a = 0; a < geometry_.attributes; a++) image_->link_bytes.push_back(slot.link_bytes(i)[a]);
    }
  }

  void take_detail_page(const Geometry::Cell &cell) {
    uint32_t first = (block_ - cell.stripe_block - geometry_.node_pages) * geometry_.details_per_page;
    for (uint32_t i = 0; i < geometry_.details_per_page && first + i < geometry_.stripe_slots; i++) {
      NodeImage &node = image_->nodes[geometry_.stripe_first_id(cell.stripe) + first + i];
      if (!node.used()) continue;
      const uint8_t *bytes = contents(static_cast<const char *>(page_.data)) + i * geometry_.detail_size;
      auto detail = load<DetailHead>(bytes);
      node.refine_hash = hash_refine(geometry_, detail.factors, bytes + sizeof(DetailHead));
      node.has_detail = detail.version == node.version;
    }
  }

  void take_tower_page() {
    for (uint32_t item = 0; item < tower_count(page()); item++) {
      const uint8_t *tuple = tower_at(geometry_, page(), item);
      if (tuple == nullptr) continue;
      TowerImage tower = {block_, static_cast<OffsetNumber>(item + 1), load<TowerHead>(tuple),
                          image_->tower_links.size()};
      image_->towers.push_back(tower);
      for (uint32_t level = 1; level <= tower.head.level_count; level++) {
        const uint8_t *list = tuple + tower_list_offset(geometry_, static_cast<int>(level));
        uint32_t count = std::min(load<uint32_t>(list), geometry_.m);
        image_->tower_links.push_back(count);
        for (uint32_t i = 0; i < count; i++) image_->tower_links.push_back(load<NodeId>(list + 4 + 4 * i));
      }
    }
  }

  void take_attribute_page(NodeId first_id) {
    const uint8_t *bytes = contents(static_cast<const char *>(page_.data));
    for (uint32_t i = 0; i < geometry_.attribute_slots && first_id + i < image_->id_limit; i++) {
      if (first_id % geometry_.group_slots + i >= geometry_.group_slots) break;  // the last page of a group is not full
      uint64_t cells[kMaxAttributes];
      for (uint32_t a = 0; a < geometry_.attributes; a++)
        cells[a] = load<uint64_t>(bytes + geometry_.attribute_cells_offset(a) + 8 * i);
      NodeImage &node = image_->nodes[first_id + i];
      node.attribute_state = bytes[i];
      node.attribute_hash = hash_cells(geometry_.attributes, bytes[geometry_.attribute_nulls_offset() + i], cells);
    }
  }

  static constexpr int kNodeStripe = 1, kTowerStripe = 2, kUnknownStripe = 3;

  const CheckReport &report_;
  IndexImage *image_;
  const Geometry &geometry_;
  Findings findings_;
  BufferAccessStrategy ring_;
  BlockNumber block_ = 0;
  int stripe_type_ = 0;  // of the stripe being read; 0: its first page is zero
  PGAlignedBlock page_;
};

uint32_t hash_more(uint32_t seed, const void *bytes, Size count) {
  return static_cast<uint32_t>(
      hash_bytes_extended(static_cast<const unsigned char *>(bytes), static_cast<int>(count), seed));
}

}  // namespace

uint32_t hash_code(const Geometry &geometry, const codec::CodeFactors &factors, const uint8_t *code) {
  return hash_more(hash_more(1, &factors, sizeof factors), code, geometry.shape.code_bytes());
}

uint32_t hash_refine(const Geometry &geometry, const codec::RefineFactors &factors, const uint8_t *plane) {
  return hash_more(hash_more(1, &factors, sizeof factors), plane, geometry.shape.refine_bytes());
}

uint32_t hash_cells(uint32_t attributes, uint8_t nulls, const uint64_t *cells) {
  return hash_more(nulls + 1u, cells, attributes * sizeof(uint64_t));
}

bool read_index(const CheckReport &report, IndexImage *image) {
  ImageReader reader(report, image);
  return reader.read();
}

}  // namespace vexpg::storage
