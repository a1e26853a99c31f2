// SPDX-License-Identifier: PostgreSQL
#include "storage/index_size.hpp"

namespace vexpg::storage {

codec::Shape choose_shape(codec::Coding coding, uint32_t dim, int bits, int refine, uint32_t m, uint32_t attributes) {
  codec::Shape shape = codec::default_shape(dim, coding);
  if (bits != 0) shape.bits = static_cast<uint8_t>(bits);
  if (bits != 0 && refine < 0) shape.refine = bits == 8 ? 0 : 4;
  if (refine >= 0) shape.refine = static_cast<uint8_t>(refine);
  Geometry geometry;
  while (bits == 0 && shape.bits > 1 && !make_geometry(shape, m, attributes, &geometry)) {
    shape.bits /= 2;
    if (refine < 0) shape.refine = 4;
  }
  return shape;
}

IndexSize estimate_size(const Geometry &geometry, const graph::BulkParameters &bulk, uint32_t rows) {
  // Nodes of a level, and what their towers take in memory and on pages.
  double nodes = rows, memory_bytes = 0, page_bytes = 0;
  for (int level = 1; level <= kMaxLevel; level++) {
    double above = nodes / geometry.m, here = nodes - above;
    if (level > 1) {
      memory_bytes += here * geometry.tower_size(level - 1);
      page_bytes += here * static_cast<double>(MAXALIGN(geometry.tower_size(level - 1)) + sizeof(ItemIdData));
    }
    nodes = above;
  }
  uint32_t stripes = rows / geometry.stripe_slots + (rows % geometry.stripe_slots != 0);
  double blocks =
      static_cast<double>(stripes / geometry.group_stripes) * geometry.group_pages + geometry.first_group_block;
  if (uint32_t rest = stripes % geometry.group_stripes)
    blocks += geometry.attribute_pages + rest * geometry.stripe_pages;
  // A tower page has half a tower of room left.
  double tower_pages = std::ceil(page_bytes / (kPageRoom - geometry.tower_size(1) / 2.0));
  double build = static_cast<double>(build_layout(geometry, bulk, rows, static_cast<Size>(memory_bytes)).bytes);
  constexpr double kMargin = 1.005;  // levels are drawn
  return {static_cast<uint64_t>((blocks + tower_pages) * BLCKSZ), static_cast<uint64_t>(build * kMargin)};
}

}  // namespace vexpg::storage
