// SPDX-License-Identifier: PostgreSQL
// The arithmetic of places on disk: every id has one place, every place one id, and nothing lies outside of its page.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "storage/layout.hpp"

namespace vexpg::storage {
namespace {

// Calls body(geometry) for geometries over many dimensions, planes, m and attribute counts that fit a page.
template <class Body>
void for_each_geometry(Body body) {
  int fitting = 0;
  for (uint32_t dim :
       {1u, 3u, 17u, 64u, 100u, 256u, 257u, 384u, 768u, 784u, 1024u, 1536u, 2000u, 4096u, 8192u, 16000u}) {
    for (uint8_t bits : {1, 2, 4, 8}) {
      for (uint8_t refine : {0, 4, 8}) {
        for (uint32_t m : {2u, 5u, 16u, 48u, 100u}) {
          for (uint32_t attributes : {0u, 1u, 3u, 8u}) {
            Geometry geometry;
            if (!make_geometry({dim, bits, refine}, m, attributes, &geometry)) continue;
            fitting++;
            SCOPED_TRACE(testing::Message() << "dim " << dim << " bits " << int{bits} << " refine " << int{refine}
                                            << " m " << m << " attributes " << attributes);
            body(geometry);
            if (testing::Test::HasFailure()) return;
          }
        }
      }
    }
  }
  EXPECT_GT(fitting, 1000);
}

TEST(Layout, PartsOfASlotFollowEachOtherWithinThePage) {
  for_each_geometry([](const Geometry &g) {
    EXPECT_EQ(g.refine_factors_offset, sizeof(NodeHead));
    EXPECT_EQ(g.cells_offset - g.refine_factors_offset, g.shape.refine == 0 ? sizeof(codec::RefineFactors) : 0);
    EXPECT_EQ(g.code_offset, g.cells_offset + 8 * g.attributes);
    EXPECT_EQ(g.links_offset, g.code_offset + g.shape.code_bytes());
    EXPECT_EQ(g.link_bytes_offset, g.links_offset + 4 * g.max_links(0));
    EXPECT_GE(g.slot_size, g.link_bytes_offset + g.max_links(0) * g.attributes);
    EXPECT_EQ(g.slot_size % 4, 0u);
    EXPECT_GE(g.slots_per_page, 1u);
    EXPECT_LE(g.slots_per_page, kMaxSlotsPerPage);
    EXPECT_LE(g.node_page_bytes() + kKilledBytes, kPageRoom);
    EXPECT_LE(g.tower_size(kMaxLevel) + 8, kPageRoom);
    EXPECT_EQ(content_bytes(g, PageType::kNode), g.node_page_bytes());
    EXPECT_LE(content_bytes(g, PageType::kDetail), kPageRoom);
    EXPECT_LE(content_bytes(g, PageType::kAttribute), kPageRoom);
    EXPECT_GE(uint64_t{g.model_pages} * kPageRoom, g.model_bytes);
  });
}

TEST(Layout, DetailsAndAttributesCoverTheirSlots) {
  for_each_geometry([](const Geometry &g) {
    EXPECT_EQ(g.detail_pages > 0, g.shape.refine > 0);
    EXPECT_GE(g.detail_pages * g.details_per_page, g.detail_pages > 0 ? g.stripe_slots : 0);
    if (g.attributes > 0) {
      EXPECT_GE(g.attribute_pages * g.attribute_slots, g.group_slots);
      EXPECT_EQ(g.attribute_cells_offset(g.attributes), content_bytes(g, PageType::kAttribute));
      EXPECT_EQ(g.attribute_cells_offset(0) % 8, 0u);
    } else {
      EXPECT_EQ(g.attribute_pages, 0u);
    }
  });
}

TEST(Layout, PlacesAndIdsAreInverse) {
  for_each_geometry([](const Geometry &g) {
    for (NodeId start : {0u, 5 * g.group_slots, 1000 * g.group_slots + g.group_slots / 2}) {
      for (NodeId id = start; id < start + std::min(2 * g.group_slots, 3000u); id++) {
        Geometry::Place place = g.node_place(id);
        Geometry::Cell cell = g.cell_of_block(place.block);
        ASSERT_EQ(cell.type, PageType::kNode);
        ASSERT_LT(place.slot, g.slots_per_page);
        ASSERT_EQ(cell.first_id + place.slot, id);
        ASSERT_EQ(cell.stripe, id / g.stripe_slots);
        ASSERT_EQ(cell.stripe_block, g.stripe_first_block(cell.stripe));
        ASSERT_EQ(g.stripe_first_id(cell.stripe), id / g.stripe_slots * g.stripe_slots);
        if (g.detail_pages > 0) {
          Geometry::Place detail = g.detail_place(id);
          ASSERT_EQ(g.cell_of_block(detail.block).type, PageType::kDetail);
          ASSERT_EQ(g.cell_of_block(detail.block).stripe, cell.stripe);
          ASSERT_LT(detail.slot, g.details_per_page);
        }
        if (g.attributes > 0) {
          Geometry::Place attribute = g.attribute_place(id);
          ASSERT_EQ(g.cell_of_block(attribute.block).type, PageType::kAttribute);
          ASSERT_LT(attribute.slot, g.attribute_slots);
          ASSERT_EQ(g.cell_of_block(attribute.block).first_id + attribute.slot, id);
        }
      }
    }
  });
}

TEST(Layout, NoTwoIdsShareAPlace) {
  Geometry g;
  for (uint32_t attributes : {0u, 1u, 8u}) {
    for (uint8_t refine : {0, 4}) {
      ASSERT_TRUE(make_geometry({100, 4, refine}, 16, attributes, &g));
      std::set<std::pair<uint32_t, uint32_t>> nodes, details, cells;
      for (NodeId id = 0; id < 4 * g.group_slots; id++) {
        EXPECT_TRUE(nodes.insert({g.node_place(id).block, g.node_place(id).slot}).second);
        if (refine > 0) {
          EXPECT_TRUE(details.insert({g.detail_place(id).block, g.detail_place(id).slot}).second);
        }
        if (attributes > 0) {
          EXPECT_TRUE(cells.insert({g.attribute_place(id).block, g.attribute_place(id).slot}).second);
        }
      }
    }
  }
}

// Every block after the model pages has one type, and a stripe's blocks are adjacent.
TEST(Layout, BlocksOfAGroup) {
  for_each_geometry([](const Geometry &g) {
    EXPECT_EQ(g.cell_of_block(0).type, PageType::kMeta);
    for (uint32_t block = 1; block < g.first_group_block; block++)
      EXPECT_EQ(g.cell_of_block(block).type, PageType::kModel);
    uint32_t nodes = 0, details = 0, attributes = 0;
    for (uint32_t i = 0; i < g.group_pages; i++) {
      PageType type = g.cell_of_block(g.group_block(7) + i).type;
      nodes += type == PageType::kNode;
      details += type == PageType::kDetail;
      attributes += type == PageType::kAttribute;
    }
    EXPECT_EQ(nodes, g.group_stripes * g.node_pages);
    EXPECT_EQ(details, g.group_stripes * g.detail_pages);
    EXPECT_EQ(attributes, g.attribute_pages);
  });
}

TEST(Layout, IdLimitCountsStripesThatHaveAPage) {
  for_each_geometry([](const Geometry &g) {
    EXPECT_EQ(g.id_limit(0), 0u);
    EXPECT_EQ(g.id_limit(g.first_group_block), 0u);
    EXPECT_EQ(g.id_limit(g.first_group_block + g.attribute_pages), 0u);
    EXPECT_EQ(g.id_limit(g.first_group_block + g.attribute_pages + 1), g.stripe_slots);
    EXPECT_EQ(g.id_limit(g.group_block(3)), 3 * g.group_slots);
    for (NodeId id : {0u, g.stripe_slots - 1, g.stripe_slots, 2 * g.group_slots + 1}) {
      uint32_t first = g.stripe_first_block(id / g.stripe_slots);
      EXPECT_LE(g.id_limit(first), id);
      EXPECT_GT(g.id_limit(first + 1), id);
    }
  });
  Geometry g;
  ASSERT_TRUE(make_geometry({1, 1, 0}, 2, 0, &g));
  EXPECT_EQ(g.id_limit(0xFFFFFFFE), kNoNode);  // more slots than ids
}

TEST(Layout, WhatDoesNotFitIsRefused) {
  Geometry g;
  EXPECT_FALSE(make_geometry({16000, 8, 0}, 16, 0, &g));
  EXPECT_FALSE(make_geometry({16000, 2, 8}, 16, 0, &g));
  EXPECT_TRUE(make_geometry({16000, 2, 0}, 100, 8, &g));
  EXPECT_TRUE(make_geometry({16000, 2, 4}, 16, 0, &g));
}

TEST(Layout, ASlotKeepsWhatIsWritten) {
  Geometry g;
  ASSERT_TRUE(make_geometry({100, 4, 0}, 16, 3, &g));
  std::vector<uint8_t> bytes(g.slot_size);
  Slot slot(bytes.data(), g);
  NodeHead head = {};
  head.version = 7;
  head.flags = kUsed;
  head.next = 9;
  head.factors = {1.5f, 2.5f};
  slot.set_head(head);
  slot.set_refine_factors({1, 2, 3});
  for (uint32_t a = 0; a < 3; a++) slot.set_cell(a, uint64_t{1} << (60 + a));
  for (uint32_t i = 0; i < 32; i++) slot.set_link(i, 100 + i);
  slot.set_link_count(32);
  slot.link_bytes(31)[2] = 252;
  ConstSlot read(bytes.data(), g);
  EXPECT_EQ(read.version(), 7u);
  EXPECT_EQ(read.flags(), kUsed);
  EXPECT_EQ(read.next(), 9u);
  EXPECT_EQ(read.factors().scale, 2.5f);
  EXPECT_EQ(read.refine_factors().residual, 3.0f);
  EXPECT_EQ(read.cell(2), uint64_t{1} << 62);
  EXPECT_EQ(read.link(31), 131u);
  EXPECT_EQ(read.link_bytes(31)[2], 252);
  slot.set_link_count(255);
  EXPECT_EQ(read.link_count(), 32u);  // a damaged count is clamped
}

}  // namespace
}  // namespace vexpg::storage
