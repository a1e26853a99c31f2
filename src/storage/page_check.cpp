// SPDX-License-Identifier: PostgreSQL
// Is one page of an index sound in itself?
#include "storage/page_check.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vexpg::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "line pointers are read as on little-endian machines");

// Of the server's page header.
constexpr uint32_t kLowerOffset = 12, kUpperOffset = 14, kSpecialOffset = 16, kSizeVersionOffset = 18;
constexpr uint32_t kSizeVersion = kPageSize | 4;
constexpr uint32_t kLinePointerBytes = 4;
constexpr uint32_t kItemNormal = 1;
constexpr uint8_t kKnownFlags = kUsed | kDead | kMember;

uint32_t field(const uint8_t *page, uint32_t offset) { return load<uint16_t>(page + offset); }

struct LinePointer {
  uint32_t offset, state, length;
};
LinePointer line_pointer(const uint8_t *page, uint32_t item) {
  uint32_t word = load<uint32_t>(page + kPageHeaderBytes + kLinePointerBytes * item);
  return {word & 0x7FFF, word >> 15 & 3, word >> 17};
}

// Of node and detail pages the slots that were never used may lie in the hole.
bool check_header(const uint8_t *page, uint32_t content, PageType type, const Findings &findings) {
  uint32_t lower = field(page, kLowerOffset), upper = field(page, kUpperOffset);
  bool sound = field(page, kSpecialOffset) == kPageEnd && field(page, kSizeVersionOffset) == kSizeVersion;
  bool grows = type == PageType::kNode || type == PageType::kDetail;
  if (type == PageType::kTower) {
    sound = sound && lower >= kPageHeaderBytes && lower <= upper && upper <= kPageEnd && lower % kLinePointerBytes == 0;
  } else {
    uint32_t least = grows ? kPageHeaderBytes : kPageHeaderBytes + content;
    sound = sound && lower >= least && lower <= kPageHeaderBytes + content && upper == kPageEnd;
  }
  if (!sound) findings.error(kNoSlot, "page header is damaged");
  return sound;
}

bool check_trailer(const PageTrailer &trailer, const Findings &findings) {
  if (trailer.page_id != kPageId) {
    findings.error(kNoSlot, "page is not of a vexpg index");
  } else if (trailer.format != kFormatVersion) {
    findings.error(kNoSlot, "unknown format of page", trailer.format);
  } else {
    return true;
  }
  return false;
}

// Links of one list: in range, not to the node itself, none twice.
void check_links(const uint8_t *links, uint32_t count, NodeId self, NodeId id_limit, int slot,
                 const Findings &findings) {
  NodeId sorted[kMaxLinks];
  for (uint32_t i = 0; i < count; i++) {
    sorted[i] = load<NodeId>(links + 4 * i);
    if (sorted[i] >= id_limit) findings.error(slot, "link out of range", sorted[i]);
    if (sorted[i] == self) findings.error(slot, "link to itself");
  }
  std::sort(sorted, sorted + count, [](NodeId a, NodeId b) { return a < b; });  // not the library's own order: an export
  for (uint32_t i = 1; i < count; i++)
    if (sorted[i] == sorted[i - 1]) findings.error(slot, "double link", sorted[i]);
}

class NodePageCheck {
 public:
  NodePageCheck(const Geometry &geometry, uint32_t blocks, const Findings &findings)
      : geometry_(geometry), blocks_(blocks), id_limit_(geometry.id_limit(blocks)), findings_(findings) {}

  void check(const uint8_t *page, NodeId first_id) const {
    uint32_t used = 0;
    for (uint32_t i = 0; i < geometry_.slots_per_page; i++) {
      ConstSlot slot(page + kPageHeaderBytes + i * geometry_.slot_size, geometry_);
      if (slot.flags() == 0) continue;
      used++;
      check_slot(slot, first_id + i, static_cast<int>(i));
      uint32_t end = kPageHeaderBytes + i * geometry_.slot_size + bytes_used(slot);
      if (end > field(page, kLowerOffset)) findings_.error(static_cast<int>(i), "slot in the hole of its page");
    }
    uint32_t said = load<PageTrailer>(page + kPageEnd).used;
    if (said != used) findings_.error(kNoSlot, "wrong count of used slots", said);
  }

 private:
  // Of a slot, up to the end of its links and their bytes.
  uint32_t bytes_used(const ConstSlot &slot) const {
    uint32_t links = slot.link_count();
    return geometry_.attributes > 0 && links > 0 ? geometry_.link_bytes_offset + links * geometry_.attributes
                                                 : geometry_.links_offset + 4 * links;
  }
  void check_slot(const ConstSlot &slot, NodeId id, int at) const {
    NodeHead head = slot.head();
    if ((head.flags & ~kKnownFlags) != 0 || !(head.flags & kUsed)) {
      findings_.error(at, "unknown flags", head.flags);
      return;
    }
    check_row(head, at);
    if (head.nulls >> geometry_.attributes != 0) findings_.error(at, "null bits of no attribute", head.nulls);
    if (head.link_count > geometry_.max_links(0)) findings_.error(at, "too many links", head.link_count);
    check_chain(head, id, at);
    if (head.flags & kMember) {
      if (head.level != 0) findings_.error(at, "chain member on a level", head.level);
      if (head.link_count != 0) findings_.error(at, "chain member with links", head.link_count);
    } else {
      check_tower(head, at);
    }
    check_links(slot.links(), slot.link_count(), id, id_limit_, at, findings_);
  }

  // A head whose row is gone stays as long as its chain does.
  void check_row(const NodeHead &head, int at) const {
    if ((head.flags & kDead) || !tid_is_none(head.tid)) return;
    if (head.flags & kMember) {
      findings_.error(at, "live chain member without a row");
    } else if (head.next == kNoNode) {
      findings_.note(at, "node without a row");
    }
  }

  void check_chain(const NodeHead &head, NodeId id, int at) const {
    bool member = (head.flags & kMember) != 0;
    if (head.next != kNoNode && head.next >= id_limit_) findings_.error(at, "next of chain out of range", head.next);
    if (head.next == id) findings_.error(at, "next of chain is itself");
    if (!member && head.head != id) findings_.error(at, "not a chain member, but with a head", head.head);
    if (member && (head.head >= id_limit_ || head.head == id))
      findings_.error(at, "impossible head of chain", head.head);
  }

  void check_tower(const NodeHead &head, int at) const {
    if (head.level > kMaxLevel) findings_.error(at, "impossible level", head.level);
    if (head.level == 0 || head.tower_block == kNoBlock) return;
    bool possible =
        head.tower_block >= geometry_.first_group_block && head.tower_block < blocks_ && head.tower_offset > 0;
    if (!possible) findings_.error(at, "impossible tower block", head.tower_block);
  }

  const Geometry &geometry_;
  uint32_t blocks_;
  NodeId id_limit_;
  const Findings &findings_;
};

// One tower tuple that lies within its page.
void check_tower_tuple(const Geometry &geometry, const uint8_t *tuple, NodeId id_limit, int at,
                       const Findings &findings) {
  auto head = load<TowerHead>(tuple);
  if (head.owner >= id_limit) findings.error(at, "owner of tower out of range", head.owner);
  for (uint32_t level = 1; level <= head.level_count; level++) {
    const uint8_t *list = tuple + tower_list_offset(geometry, static_cast<int>(level));
    auto count = load<uint32_t>(list);
    if (count > geometry.m) {
      findings.error(at, "too many links on a level", count);
      count = geometry.m;
    }
    check_links(list + 4, count, head.owner, id_limit, at, findings);
  }
}

void check_tower_page(const Geometry &geometry, const uint8_t *page, NodeId id_limit, const Findings &findings) {
  uint64_t taken[kPageSize / 64] = {};  // a bit per byte of the page
  for (uint32_t i = 0; i < tower_count(page); i++) {
    int at = static_cast<int>(i);
    LinePointer item = line_pointer(page, i);
    if (item.state == 0) continue;
    const uint8_t *tuple = tower_at(geometry, page, i);
    if (tuple == nullptr) {
      findings.error(at, "impossible tower tuple");
      continue;
    }
    bool overlaps = false;
    for (uint32_t byte = item.offset; byte < item.offset + item.length; byte++) {
      overlaps |= (taken[byte / 64] >> byte % 64 & 1) != 0;
      taken[byte / 64] |= uint64_t{1} << byte % 64;
    }
    if (overlaps) findings.error(at, "tower tuple overlaps another");
    check_tower_tuple(geometry, tuple, id_limit, at, findings);
  }
}

void check_attribute_page(const Geometry &geometry, const uint8_t *page, const Findings &findings) {
  const uint8_t *states = page + kPageHeaderBytes, *nulls = states + geometry.attribute_nulls_offset();
  for (uint32_t i = 0; i < geometry.attribute_slots; i++) {
    if (states[i] > kAttributeValid) findings.error(static_cast<int>(i), "unknown state of attributes", states[i]);
    if (nulls[i] >> geometry.attributes != 0)
      findings.error(static_cast<int>(i), "null bits of no attribute", nulls[i]);
  }
}

// Whether the grid of the index may have this type there. Any page of a stripe may be a tower page.
bool type_fits(PageType type, PageType grid) {
  return type == grid || (type == PageType::kTower && (grid == PageType::kNode || grid == PageType::kDetail));
}

// Sizes of codes that an index may have.
bool sound_shape(const MetaPage &meta) {
  codec::Coding coding;
  auto type = static_cast<ElementType>(meta.element_type);
  if (!coding_of(type, static_cast<codec::Metric>(meta.metric), &coding)) return false;
  if (meta.dim < 1 || meta.dim > max_dim(type) || meta.code_dim < 1) return false;
  switch (coding) {
    case codec::Coding::kRotated:
    case codec::Coding::kGrid:
      return meta.code_dim == meta.dim && meta.bits >= 1 && meta.bits <= 8 && std::has_single_bit(meta.bits) &&
             (meta.refine == 0 || meta.refine == 4 || meta.refine == 8);
    case codec::Coding::kBits: return meta.code_dim <= meta.dim && meta.bits == 1 && meta.refine == 0;
    case codec::Coding::kSparse: return meta.code_dim <= codec::kMaxSparseDim && meta.bits == 32 && meta.refine == 0;
  }
  return false;
}

bool sound_recall(const RecallCurve &curve) {
  if (curve.point_count > kMaxRecallPoints) return false;
  return std::all_of(curve.points, curve.points + curve.point_count, [](const RecallPoint &point) {
    return point.queries >= 1 && point.queries <= kMaxRecallQueries && point.ef >= 1 && point.ef <= kMaxEfSearch && point.gamma >= 0 && point.gamma <= 1 && point.recall >= 0 &&
           point.recall <= 1 && point.codes >= 0 && std::isfinite(point.codes);
  });
}

}  // namespace

bool all_zero(const uint8_t *page) {
  return std::all_of(page, page + kPageSize, [](uint8_t byte) { return byte == 0; });
}

bool sound_meta(const MetaPage &meta, Geometry *geometry) {
  bool sound = sound_shape(meta) && meta.m >= kMinM && meta.m <= kMaxM && meta.ef_construction >= kMinEfConstruction &&
               meta.ef_construction <= kMaxEfConstruction && meta.attribute_count <= kMaxAttributes &&
               meta.vector_column <= meta.attribute_count && std::isfinite(meta.scale) && meta.scale > 0 &&
               (meta.entry == kNoNode || meta.entry_level <= kMaxLevel) && sound_recall(meta.recall);
  for (int a = 0; sound && a < meta.attribute_count; a++)
    sound = meta.attribute_kinds[a] >= 1 && meta.attribute_kinds[a] <= static_cast<int>(types::kLastAttributeKind);
  return sound && make_geometry(shape_of(meta), meta.m, meta.attribute_count, geometry);
}

bool sound_byte_code(const types::ByteCode &code) {
  if (code.count > types::kMaxByteKeys || code.form > types::ByteForm::kSignature) return false;
  if (code.form == types::ByteForm::kSignature && code.count > 0) return false;
  for (uint32_t i = 1; i < code.count; i++)
    if (code.keys[i] <= code.keys[i - 1]) return false;
  return true;
}

bool check_meta_page(const uint8_t *page, const Findings &findings, MetaPage *meta, Geometry *geometry) {
  auto trailer = load<PageTrailer>(page + kPageEnd);
  *meta = load<MetaPage>(page + kPageHeaderBytes);
  if (!check_trailer(trailer, findings)) return false;
  if (static_cast<PageType>(trailer.type) != PageType::kMeta || meta->magic != kMagic) {
    findings.error(kNoSlot, "not a meta page");
  } else if (meta->format != kFormatVersion) {
    findings.error(kNoSlot, "unknown format of index", meta->format);
  } else if (!sound_meta(*meta, geometry)) {
    findings.error(kNoSlot, "impossible value in the meta page");
  } else {
    return check_header(page, content_bytes(*geometry, PageType::kMeta), PageType::kMeta, findings);
  }
  return false;
}

bool check_model_stream(const uint8_t *stream, const Geometry &geometry, const Findings &findings) {
  uint32_t dim = geometry.shape.mean_floats();
  for (uint32_t i = 0; i < dim; i++) {
    if (std::isfinite(load<float>(stream + 4 * i))) continue;
    findings.error(kNoSlot, "mean that is not finite, in dimension", i);
    return false;
  }
  for (uint32_t a = 0; a < geometry.attributes; a++) {
    auto code = load<types::ByteCode>(stream + 4 * dim + a * sizeof(types::ByteCode));
    if (sound_byte_code(code)) continue;
    findings.error(kNoSlot, "impossible byte code of attribute", a);
    return false;
  }
  return true;
}

bool check_page(const Geometry &geometry, uint32_t block, uint32_t blocks, const uint8_t *page,
                const Findings &findings) {
  auto trailer = load<PageTrailer>(page + kPageEnd);
  if (!check_trailer(trailer, findings)) return false;
  auto type = static_cast<PageType>(trailer.type);
  Geometry::Cell cell = geometry.cell_of_block(block);
  if (!type_fits(type, cell.type)) {
    findings.error(kNoSlot, "unexpected type of page", trailer.type);
    return false;
  }
  if (!check_header(page, content_bytes(geometry, type), type, findings)) return false;
  if (type != PageType::kNode && trailer.used != 0) findings.error(kNoSlot, "trailer counts slots", trailer.used);
  switch (type) {
    case PageType::kNode: NodePageCheck(geometry, blocks, findings).check(page, cell.first_id); break;
    case PageType::kTower: check_tower_page(geometry, page, geometry.id_limit(blocks), findings); break;
    case PageType::kAttribute: check_attribute_page(geometry, page, findings); break;
    case PageType::kMeta:
    case PageType::kModel:
    case PageType::kDetail: break;
  }
  return true;
}

uint32_t tower_count(const uint8_t *page) {
  uint32_t lower = std::min(field(page, kLowerOffset), kPageEnd);
  return lower < kPageHeaderBytes ? 0 : (lower - kPageHeaderBytes) / kLinePointerBytes;
}

const uint8_t *tower_at(const Geometry &geometry, const uint8_t *page, uint32_t item) {
  if (item >= tower_count(page)) return nullptr;
  LinePointer at = line_pointer(page, item);
  if (at.state != kItemNormal || at.length < sizeof(TowerHead) || at.offset < field(page, kUpperOffset) ||
      at.offset + at.length > kPageEnd)
    return nullptr;
  auto head = load<TowerHead>(page + at.offset);
  if (head.level_count < 1 || head.level_count > static_cast<uint32_t>(kMaxLevel)) return nullptr;
  return at.length == geometry.tower_size(static_cast<int>(head.level_count)) ? page + at.offset : nullptr;
}

}  // namespace vexpg::storage
