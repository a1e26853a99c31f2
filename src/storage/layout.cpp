// SPDX-License-Identifier: PostgreSQL
// Sizes and places on disk, computed from a few numbers of the meta page. Pure: no Postgres.
#include "storage/layout.hpp"

namespace vexpg::storage {
namespace {

// Node pages per stripe: few enough for small tables, enough that detail pages are nearly full.
constexpr uint32_t kMaxNodePages = 8;
// A larger stripe must save at least this share of the space to be worth it.
constexpr double kWorthwhile = 0.985;

void choose_stripe(Geometry *g) {
  g->node_pages = 1;
  g->detail_pages = 0;
  if (g->shape.refine > 0) {
    double best = 0;
    for (uint32_t nodes = 1; nodes <= kMaxNodePages; nodes++) {
      uint32_t details = (nodes * g->slots_per_page + g->details_per_page - 1) / g->details_per_page;
      double pages_per_node = static_cast<double>(nodes + details) / static_cast<double>(nodes * g->slots_per_page);
      if (nodes == 1 || pages_per_node < best * kWorthwhile) {
        best = pages_per_node;
        g->node_pages = nodes;
        g->detail_pages = details;
      }
    }
  }
  g->stripe_pages = g->node_pages + g->detail_pages;
  g->stripe_slots = g->node_pages * g->slots_per_page;
}

void choose_group(Geometry *g) {
  g->attribute_pages = g->attribute_slots = 0;
  g->group_stripes = 1;
  if (g->attributes > 0) {
    g->attribute_slots = kPageRoom / (2 + 8 * g->attributes) / 8 * 8;
    if (g->attribute_slots >= g->stripe_slots) {
      g->attribute_pages = 1;
      g->group_stripes = g->attribute_slots / g->stripe_slots;
    } else {
      g->attribute_pages = (g->stripe_slots + g->attribute_slots - 1) / g->attribute_slots;
    }
  }
  g->group_pages = g->attribute_pages + g->group_stripes * g->stripe_pages;
  g->group_slots = g->group_stripes * g->stripe_slots;
}

}  // namespace

bool coding_of(ElementType type, codec::Metric metric, codec::Coding *coding) {
  using codec::Metric;
  if (metric < Metric::kL2 || metric > Metric::kJaccard) return false;
  const bool of_bits = metric == Metric::kHamming || metric == Metric::kJaccard;
  switch (type) {
    case ElementType::kVector:
    case ElementType::kHalfvec:
    case ElementType::kInt8vec:
      *coding = metric == Metric::kL1 ? codec::Coding::kGrid : codec::Coding::kRotated;
      return !of_bits;
    case ElementType::kSparsevec: *coding = codec::Coding::kSparse; return !of_bits;
    case ElementType::kBit: *coding = codec::Coding::kBits; return of_bits;
  }
  return false;
}

uint32_t max_dim(ElementType type) {
  switch (type) {
    case ElementType::kSparsevec: return types::kMaxSparseDimensions;
    case ElementType::kBit: return 64000;
    default: return codec::kMaxDim;
  }
}

codec::Shape shape_of(const MetaPage &meta) {
  codec::Shape shape{meta.code_dim, meta.bits, meta.refine};
  coding_of(static_cast<ElementType>(meta.element_type), static_cast<codec::Metric>(meta.metric), &shape.coding);
  return shape;
}

bool make_geometry(const codec::Shape &shape, uint32_t m, uint32_t attributes, Geometry *g) {
  *g = {};
  g->shape = shape;
  g->m = m;
  g->attributes = attributes;
  g->refine_factors_offset = sizeof(NodeHead);
  g->cells_offset = g->refine_factors_offset + (shape.refine == 0 ? static_cast<uint32_t>(sizeof(codec::RefineFactors)) : 0);
  g->code_offset = g->cells_offset + 8 * attributes;
  g->links_offset = g->code_offset + shape.code_bytes();
  g->link_bytes_offset = g->links_offset + 4 * 2 * m;
  g->slot_size = align_up(g->link_bytes_offset + 2 * m * attributes, 4);
  g->slots_per_page = (kPageRoom - kKilledBytes) / g->slot_size;
  if (g->slots_per_page > kMaxSlotsPerPage) g->slots_per_page = kMaxSlotsPerPage;
  if (g->slots_per_page == 0) return false;
  if (shape.refine > 0) {
    g->detail_size = static_cast<uint32_t>(sizeof(DetailHead)) + shape.refine_bytes();
    g->details_per_page = kPageRoom / g->detail_size;
    if (g->details_per_page == 0) return false;
  }
  choose_stripe(g);
  choose_group(g);
  g->model_bytes = 4 * shape.mean_floats() + attributes * static_cast<uint32_t>(sizeof(types::ByteCode));
  g->model_pages = (g->model_bytes + kPageRoom - 1) / kPageRoom;
  g->first_group_block = 1 + g->model_pages;
  return true;
}

uint32_t content_bytes(const Geometry &geometry, PageType type) {
  switch (type) {
    case PageType::kMeta: return sizeof(MetaPage);
    case PageType::kModel: return kPageRoom;
    case PageType::kNode: return geometry.node_page_bytes();
    case PageType::kDetail: return geometry.details_per_page * geometry.detail_size;
    case PageType::kAttribute: return geometry.attribute_cells_offset(geometry.attributes);
    case PageType::kTower: return 0;
  }
  return 0;
}

Geometry::Cell Geometry::cell_of_block(uint32_t block) const {
  if (block == 0) return {PageType::kMeta, 0, kNoNode, 0};
  if (block < first_group_block) return {PageType::kModel, 0, kNoNode, 0};
  uint32_t group = (block - first_group_block) / group_pages, in_group = (block - first_group_block) % group_pages;
  if (in_group < attribute_pages) return {PageType::kAttribute, 0, group * group_slots + in_group * attribute_slots, 0};
  uint32_t stripe = group * group_stripes + (in_group - attribute_pages) / stripe_pages;
  uint32_t in_stripe = (in_group - attribute_pages) % stripe_pages;
  uint32_t stripe_block = block - in_stripe;
  if (in_stripe < node_pages) return {PageType::kNode, stripe, stripe * stripe_slots + in_stripe * slots_per_page, stripe_block};
  return {PageType::kDetail, stripe, kNoNode, stripe_block};
}

uint32_t Geometry::stripe_count(uint32_t blocks) const {
  if (blocks <= first_group_block) return 0;
  uint32_t groups = (blocks - first_group_block) / group_pages, rest = (blocks - first_group_block) % group_pages;
  uint32_t in_rest = rest <= attribute_pages ? 0 : (rest - attribute_pages + stripe_pages - 1) / stripe_pages;
  return groups * group_stripes + in_rest;
}

uint32_t Geometry::id_limit(uint32_t blocks) const {
  uint64_t ids = static_cast<uint64_t>(stripe_count(blocks)) * stripe_slots;
  return ids < kNoNode ? static_cast<uint32_t>(ids) : kNoNode;
}

}  // namespace vexpg::storage
