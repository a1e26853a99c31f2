// SPDX-License-Identifier: PostgreSQL
// The index on disk: page kinds, structures, and the arithmetic from node ids to blocks. Pure: no Postgres.
//
//   block 0                 meta page
//   blocks 1 .. P           model pages: one byte stream, mean (mean_floats() floats), then one ByteCode per attribute
//   blocks P + 1 ..         groups of equal size:
//                             [attribute pages][stripe][stripe]...      a stripe is [node pages][detail pages]
// A node id is the number of its slot: page and slot are computed, never looked up. A stripe whose first page is a tower
// page holds towers on all of its pages, and its ids are never used. A stripe's first page is initialised before any
// other page of it. All-zero pages are legal anywhere after the meta and model pages: not yet initialised.
//
// Every page is a standard PostgreSQL page: 24 bytes of header (written by storage/pages), contents up to pd_lower, a hole
// that carries nothing that matters, and a PageTrailer as special space.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "codec/codec.hpp"
#include "types/attribute.hpp"

namespace vexpg::storage {

inline constexpr uint32_t kPageSize = 8192;
inline constexpr uint32_t kPageHeaderBytes = 24;
inline constexpr uint32_t kMagic = 0x76787067;  // "vxpg"
inline constexpr uint32_t kFormatVersion = 1;
inline constexpr uint16_t kPageId = 0xFFA7;  // last two bytes of every page, so that tools can tell whose it is

using NodeId = uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFF;
inline constexpr uint32_t kNoBlock = 0xFFFFFFFF;
inline constexpr int kMinM = 2, kMaxM = 100, kDefaultM = 16;
inline constexpr int kMinEfConstruction = 4, kMaxEfConstruction = 1000, kDefaultEfConstruction = 64;
inline constexpr uint32_t kMaxEfSearch = 10000;
inline constexpr int kMaxLevel = 15;  // levels 0..15
inline constexpr int kMaxLinks = 2 * kMaxM;
inline constexpr int kMaxAttributes = types::kMaxAttributes;

// DO NOT CHANGE THESE ENUM VALUES: they are embedded in the on-disk data structures.
enum class PageType : uint16_t { kMeta = 1, kModel = 2, kNode = 3, kDetail = 4, kTower = 5, kAttribute = 6 };
enum class ElementType : uint8_t { kVector = 1, kHalfvec = 2, kInt8vec = 3, kSparsevec = 4, kBit = 5 };

// Special space of every page.
struct PageTrailer {
  uint16_t type;     // PageType
  uint16_t used;     // node pages: slots in use; other pages: 0
  uint16_t format;   // kFormatVersion
  uint16_t page_id;  // kPageId
};
static_assert(sizeof(PageTrailer) == 8 && offsetof(PageTrailer, page_id) == 6);

inline constexpr uint32_t kPageEnd = kPageSize - sizeof(PageTrailer);   // where the special space begins
inline constexpr uint32_t kPageRoom = kPageEnd - kPageHeaderBytes;      // bytes for contents: 8,160
inline constexpr uint32_t kKilledBytes = 16;                            // of a node page's hole: a bit per slot, a hint
inline constexpr uint32_t kMaxSlotsPerPage = 8 * kKilledBytes;
inline constexpr int kTowerHints = 16;

// The recall of a fresh graph as the build measured it: searches with a list of ef, or that and a stop rule, for rows that
// were held out of it.
inline constexpr uint32_t kMaxRecallPoints = 24, kMaxRecallQueries = 1024;
struct RecallPoint {
  uint32_t ef;
  float gamma;  // 0: no stop rule
  uint32_t queries;
  float recall;  // mean share of the 10 nearest rows
  float codes;   // mean number of codes compared
};
struct RecallCurve {
  uint32_t point_count;  // 0: not measured
  RecallPoint points[kMaxRecallPoints];
};
static_assert(sizeof(RecallPoint) == 20 && sizeof(RecallCurve) == 484);

// Contents of block 0. Written by build; afterwards only the fields below the line change, under the exclusive lock of
// the page, which is taken alone and last.
struct MetaPage {
  uint32_t magic;
  uint32_t format;
  uint64_t build_id;  // random; caches of another build are stale
  uint32_t dim;
  uint8_t metric;        // codec::Metric
  uint8_t element_type;  // ElementType
  uint8_t bits, refine;
  uint16_t m;
  uint16_t ef_construction;
  uint8_t attribute_count;
  uint8_t vector_column;                   // position of the vector among the key columns, from 0
  uint8_t attribute_kinds[kMaxAttributes]; // types::AttributeKind, in key order without the vector
  uint8_t unused[2];
  uint32_t vacuum_due;  // 1: a vacuum began and did not end, or insertions dropped links; changed as what is below the line
  float scale;
  uint64_t seed;
  uint64_t built_nodes;  // nodes at build time
  uint32_t code_dim;     // of the codes: dim, less where a bit string does not fit a slot; kSparsevec: elements kept
  uint32_t unused_too;
  // ---- changed by insert and vacuum
  NodeId entry;            // kNoNode: empty
  uint32_t entry_version;  // of its slot
  uint32_t entry_level;
  uint32_t generation;     // counts changes of the entry point and of the upper levels by vacuum
  uint32_t tower_hints[kTowerHints];  // tower pages that may have room; kNoBlock: none
  // ---- by build alone
  RecallCurve recall;
  uint32_t unused_at_end;
};
static_assert(sizeof(MetaPage) == 640 && std::is_trivially_copyable_v<MetaPage> && std::is_standard_layout_v<MetaPage>);
static_assert(offsetof(MetaPage, build_id) == 8 && offsetof(MetaPage, seed) == 48 && offsetof(MetaPage, entry) == 72);
static_assert(offsetof(MetaPage, recall) == 152);

// How values of a type become codes for a metric. False if the index has no such metric for the type.
bool coding_of(ElementType type, codec::Metric metric, codec::Coding *coding);
// The most dimensions that an indexed column of a type may have.
uint32_t max_dim(ElementType type);
// The codes of an index. Call only for a sound meta page (page_check.hpp).
codec::Shape shape_of(const MetaPage &meta);

// DO NOT CHANGE THESE VALUES: flags of a node slot on disk. No flag: the slot is free.
inline constexpr uint8_t kUsed = 1;    // holds a node
inline constexpr uint8_t kDead = 2;    // its row is gone; marked by vacuum, walked but never returned, freed later
inline constexpr uint8_t kMember = 4;  // a duplicate on the chain of `head`, without links of its own

// The head of a node slot. Behind it: [RefineFactors if refine = 0][cells][code][links][link bytes].
struct NodeHead {
  uint32_t version;       // identity of the content: grows each time that the slot is freed
  uint16_t tid[3];        // heap TID as ItemPointerData: block high, block low, offset; all zero: none
  uint8_t flags;
  uint8_t level;          // highest level of the node
  NodeId head;            // member: the head of its chain; else the node's own id
  NodeId next;            // next older duplicate of the chain, or kNoNode
  uint32_t tower_block;   // level > 0: where the tower is; kNoBlock: none
  uint16_t tower_offset;
  uint8_t link_count;     // level 0
  uint8_t nulls;          // bit i: attribute i is NULL
  uint32_t serial;        // member: falls strictly along the chain; head: the greatest that its chain ever had
  codec::CodeFactors factors;
};
static_assert(sizeof(NodeHead) == 40 && std::is_trivially_copyable_v<NodeHead> && std::is_standard_layout_v<NodeHead>);
static_assert(offsetof(NodeHead, tid) == 4 && offsetof(NodeHead, flags) == 10 && offsetof(NodeHead, head) == 12);
static_assert(offsetof(NodeHead, tower_block) == 20 && offsetof(NodeHead, serial) == 28 && offsetof(NodeHead, factors) == 32);

// The head of a detail slot; the second plane follows.
struct DetailHead {
  uint32_t version;  // equal to the node slot's, or the detail is not this node's
  codec::RefineFactors factors;
};
static_assert(sizeof(DetailHead) == 16);

// A tower tuple on a tower page (an ordinary line-pointer page): links of the levels 1..level_count.
// Behind the head, per level: uint32 count, then m NodeIds.
struct TowerHead {
  NodeId owner;
  uint32_t owner_version;
  uint32_t level_count;
};
static_assert(sizeof(TowerHead) == 12);

// An attribute page holds, for a run of slots in id order: state bytes, null bytes, then one column of cells per
// attribute. State 0: may match anything (free, or not written yet); 1: the cells are those of the slot.
inline constexpr uint8_t kAttributeAny = 0, kAttributeValid = 1;

inline uint32_t align_up(uint32_t value, uint32_t unit) { return (value + unit - 1) / unit * unit; }

// Everything that follows from shape, m and the number of attributes.
struct Geometry {
  codec::Shape shape;
  uint32_t m, attributes;
  // node slot
  uint32_t refine_factors_offset, cells_offset, code_offset, links_offset, link_bytes_offset, slot_size, slots_per_page;
  // detail slot; 0 pages if refine = 0
  uint32_t detail_size, details_per_page;
  // stripe and group
  uint32_t node_pages, detail_pages, stripe_pages, stripe_slots;
  uint32_t attribute_pages, attribute_slots;  // pages per group, slots per attribute page (0 without attributes)
  uint32_t group_stripes, group_pages, group_slots;
  uint32_t model_pages, model_bytes, first_group_block;

  uint32_t max_links(int level) const { return level == 0 ? 2 * m : m; }
  uint32_t tower_size(int level) const { return static_cast<uint32_t>(sizeof(TowerHead)) + static_cast<uint32_t>(level) * (4 + 4 * m); }
  uint32_t node_page_bytes() const { return slots_per_page * slot_size; }

  struct Place { uint32_t block, slot; };
  Place node_place(NodeId id) const {
    uint32_t in_group = id % group_slots, in_stripe = in_group % stripe_slots;
    return {group_block(id / group_slots) + attribute_pages + in_group / stripe_slots * stripe_pages + in_stripe / slots_per_page,
            in_stripe % slots_per_page};
  }
  Place detail_place(NodeId id) const {
    uint32_t in_group = id % group_slots, in_stripe = in_group % stripe_slots;
    return {group_block(id / group_slots) + attribute_pages + in_group / stripe_slots * stripe_pages + node_pages +
                in_stripe / details_per_page,
            in_stripe % details_per_page};
  }
  Place attribute_place(NodeId id) const {
    uint32_t in_group = id % group_slots;
    return {group_block(id / group_slots) + in_group / attribute_slots, in_group % attribute_slots};
  }
  uint32_t group_block(uint32_t group) const { return first_group_block + group * group_pages; }

  // What the grid has at a block.
  struct Cell {
    PageType type;        // kMeta, kModel, kAttribute; kNode or kDetail for pages of a stripe (kTower if the stripe says so)
    uint32_t stripe;      // number of the stripe over the whole index
    NodeId first_id;      // kNode: id of slot 0; kAttribute: id of its first cell
    uint32_t stripe_block;  // first block of the stripe
  };
  Cell cell_of_block(uint32_t block) const;
  uint32_t stripe_first_block(uint32_t stripe) const {
    return group_block(stripe / group_stripes) + attribute_pages + stripe % group_stripes * stripe_pages;
  }
  NodeId stripe_first_id(uint32_t stripe) const { return stripe * stripe_slots; }
  // The number of ids that a relation of so many blocks can hold (ids of tower stripes counted), saturating.
  uint32_t id_limit(uint32_t blocks) const;
  // Stripes that have at least one block in a relation of so many blocks.
  uint32_t stripe_count(uint32_t blocks) const;
  // offsets of the columns of an attribute page, from the page's contents
  uint32_t attribute_nulls_offset() const { return attribute_slots; }
  uint32_t attribute_cells_offset(uint32_t attribute) const { return 2 * attribute_slots + 8 * attribute_slots * attribute; }
};

// False if a node slot or a detail slot does not fit a page.
bool make_geometry(const codec::Shape &shape, uint32_t m, uint32_t attributes, Geometry *geometry);

// Bytes below pd_lower that a page of this type has in this index, without the header; 0 for tower pages, which grow by
// line pointers.
uint32_t content_bytes(const Geometry &geometry, PageType type);

// Unaligned access to page bytes.
template <class T> T load(const void *p) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
template <class T> void store(void *p, const T &value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(p, &value, sizeof value);
}

inline bool tid_is_none(const uint16_t *tid) { return tid[2] == 0; }  // offsets start at 1

// A node slot in a page, in build memory or in a test. Readers hold the page's lock; every field may hold anything on a
// damaged page, so counts are clamped before they guard memory.
template <class Byte> class SlotView {
 public:
  SlotView(Byte *bytes, const Geometry &geometry) : bytes_(bytes), geometry_(geometry) {}
  Byte *bytes() const { return bytes_; }
  NodeHead head() const { return load<NodeHead>(bytes_); }
  uint8_t flags() const { return static_cast<uint8_t>(bytes_[offsetof(NodeHead, flags)]); }
  uint32_t version() const { return load<uint32_t>(bytes_ + offsetof(NodeHead, version)); }
  NodeId next() const { return load<NodeId>(bytes_ + offsetof(NodeHead, next)); }
  codec::CodeFactors factors() const { return load<codec::CodeFactors>(bytes_ + offsetof(NodeHead, factors)); }
  codec::RefineFactors refine_factors() const { return load<codec::RefineFactors>(bytes_ + geometry_.refine_factors_offset); }
  Byte *code() const { return bytes_ + geometry_.code_offset; }
  uint64_t cell(uint32_t attribute) const { return load<uint64_t>(bytes_ + geometry_.cells_offset + 8 * attribute); }
  uint32_t link_count() const {
    uint32_t count = static_cast<uint8_t>(bytes_[offsetof(NodeHead, link_count)]);
    return count <= 2 * geometry_.m ? count : 2 * geometry_.m;
  }
  NodeId link(uint32_t i) const { return load<NodeId>(bytes_ + geometry_.links_offset + 4 * i); }
  Byte *links() const { return bytes_ + geometry_.links_offset; }
  // Byte codes of link i, one per attribute, adjacent.
  Byte *link_bytes(uint32_t i) const { return bytes_ + geometry_.link_bytes_offset + i * geometry_.attributes; }

  void set_head(const NodeHead &head) const { store(bytes_, head); }
  void set_refine_factors(const codec::RefineFactors &f) const { store(bytes_ + geometry_.refine_factors_offset, f); }
  void set_cell(uint32_t attribute, uint64_t cell) const { store(bytes_ + geometry_.cells_offset + 8 * attribute, cell); }
  void set_link_count(uint32_t count) const { bytes_[offsetof(NodeHead, link_count)] = static_cast<uint8_t>(count); }
  void set_link(uint32_t i, NodeId id) const { store(bytes_ + geometry_.links_offset + 4 * i, id); }

 private:
  Byte *bytes_;
  const Geometry &geometry_;
};
using Slot = SlotView<uint8_t>;
using ConstSlot = SlotView<const uint8_t>;

// Level lists inside a tower tuple. `level` from 1.
inline uint32_t tower_list_offset(const Geometry &geometry, int level) {
  return static_cast<uint32_t>(sizeof(TowerHead)) + static_cast<uint32_t>(level - 1) * (4 + 4 * geometry.m);
}

}  // namespace vexpg::storage
