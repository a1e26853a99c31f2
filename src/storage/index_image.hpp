// SPDX-License-Identifier: PostgreSQL
// A whole index read into compact arrays, page by page, for the checker: about 56 bytes a slot and 4 bytes a link.
#pragma once
#include "graph/array.hpp"
#include "storage/model.hpp"
#include "storage/page_check.hpp"

namespace vexpg::storage {

// Where the checker's findings go. `block` is InvalidBlockNumber where a finding has no place in the index; the text is
// copied.
struct CheckReport {
  void (*add)(void *context, Severity severity, BlockNumber block, int slot, const char *text);
  void *context;
};

// What lies where a slot should be. kNone: no page, a zero page or a page of towers.
enum class Holder : uint8_t { kNone, kNodePage, kUnreadable };

struct NodeImage {
  uint32_t version;
  uint16_t tid[3];
  uint8_t flags, level;
  NodeId head, next;
  uint32_t tower_block;
  uint32_t serial;
  uint16_t tower_offset;
  uint8_t link_count;
  uint8_t attribute_state;  // of the attribute page
  Holder holder;
  bool has_detail;  // a detail slot of this version
  // Hashes of what must equal the heap row: first plane, second plane, attributes; and of the attribute page's cells.
  uint32_t code_hash, refine_hash, cells_hash, attribute_hash;
  uint64_t first_link;  // in IndexImage::links

  bool used() const { return (flags & kUsed) != 0; }
  bool live() const { return (flags & (kUsed | kDead)) == kUsed; }
  bool walkable() const { return (flags & (kUsed | kMember)) == kUsed; }  // what a scan expands: dead ones too
};

struct TowerImage {
  BlockNumber block;
  OffsetNumber offset;
  TowerHead head;
  uint64_t first_link;  // in IndexImage::tower_links: per level a count and as many ids
};

struct IndexImage {
  explicit IndexImage(Relation relation, graph::Memory memory)
      : index(relation), links(memory), tower_links(memory), link_bytes(memory), towers(memory) {}

  Relation index;
  MetaPage meta = {};
  Geometry geometry = {};
  IndexModel *model = nullptr;
  BlockNumber blocks = 0;
  NodeId id_limit = 0;
  NodeImage *nodes = nullptr;         // id_limit
  uint8_t *bytes = nullptr;           // id_limit * attributes: the byte codes of each node's cells
  graph::GrowingArray<NodeId> links;  // of level 0
  graph::GrowingArray<NodeId> tower_links;
  graph::GrowingArray<uint8_t> link_bytes;  // attributes per entry of links
  graph::GrowingArray<TowerImage> towers;
};

// A heap TID as a number that sorts like it: block, then offset in the low 16 bits.
inline uint64_t tid_key(const uint16_t *tid) {
  return static_cast<uint64_t>(tid[0]) << 32 | static_cast<uint64_t>(tid[1]) << 16 | tid[2];
}

// Hashes as in NodeImage.
uint32_t hash_code(const Geometry &geometry, const codec::CodeFactors &factors, const uint8_t *code);
uint32_t hash_refine(const Geometry &geometry, const codec::RefineFactors &factors, const uint8_t *plane);
uint32_t hash_cells(uint32_t attributes, uint8_t nulls, const uint64_t *cells);

// Reads and judges every page by itself. False: meta or model pages are unsound, and nothing else was read. Memory
// comes from CurrentMemoryContext.
bool read_index(const CheckReport &report, IndexImage *image);

}  // namespace vexpg::storage
