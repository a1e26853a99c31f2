// SPDX-License-Identifier: PostgreSQL
// The page checker: sound pages of every type give no finding, each kind of damage gives its own.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "storage/page_check.hpp"

namespace vexpg::storage {
namespace {

constexpr uint32_t kBlocks = 1000;

// One page in memory of its own size, so that a byte outside is seen by the sanitizer.
class PageCheck : public testing::Test {
 protected:
  PageCheck() : page_(kPageSize) { EXPECT_TRUE(make_geometry({100, 4, 4}, 16, 2, &g_)); }

  template <class T>
  void put(uint32_t offset, T value) {
    store(page_.data() + offset, value);
  }

  void init(PageType type, uint32_t content) {
    std::fill(page_.begin(), page_.end(), uint8_t{0});
    put<uint16_t>(12, static_cast<uint16_t>(kPageHeaderBytes + content));
    put<uint16_t>(14, kPageEnd);
    put<uint16_t>(16, kPageEnd);
    put<uint16_t>(18, kPageSize | 4);
    put(kPageEnd, PageTrailer{static_cast<uint16_t>(type), 0, kFormatVersion, kPageId});
  }
  uint32_t block_of(PageType type) const {
    uint32_t block = g_.first_group_block;
    while (g_.cell_of_block(block).type != type) block++;
    return block;
  }
  Slot slot(uint32_t i) { return Slot(page_.data() + kPageHeaderBytes + i * g_.slot_size, g_); }
  static NodeHead head_of(NodeId id) {
    NodeHead head = {};
    head.version = 1;
    head.tid[2] = 1;
    head.flags = kUsed;
    head.head = id;
    head.next = kNoNode;
    head.tower_block = kNoBlock;
    return head;
  }
  void init_node_page(uint32_t used) {
    init(PageType::kNode, g_.node_page_bytes());
    for (uint32_t i = 0; i < used; i++) {
      slot(i).set_head(head_of(i));
      slot(i).set_link(0, i + 1);
      slot(i).set_link_count(1);
    }
    set_used(used);
  }
  void set_used(uint32_t used) { put<uint16_t>(kPageEnd + 2, static_cast<uint16_t>(used)); }
  void change_head(uint32_t i, void (*change)(NodeHead *head)) {
    NodeHead head = slot(i).head();
    change(&head);
    slot(i).set_head(head);
  }

  // All findings as "E3 text: 7\n" (severity, slot).
  static void add(void *context, const Finding &finding) {
    auto *out = static_cast<std::string *>(context);
    *out += finding.severity == Severity::kError ? 'E' : 'N';
    if (finding.slot != kNoSlot) *out += std::to_string(finding.slot);
    *out += std::string(" ") + finding.what;
    if (finding.has_value) *out += ": " + std::to_string(finding.value);
    *out += '\n';
  }
  std::string check(uint32_t block) {
    std::string text;
    check_page(g_, block, kBlocks, page_.data(), {add, &text});
    return text;
  }
  std::string check_node() { return check(block_of(PageType::kNode)); }

  // A tower page with one tuple per owner, each of `levels` levels.
  void init_tower_page(std::vector<NodeId> owners, uint32_t levels) {
    init(PageType::kTower, 0);
    uint32_t size = g_.tower_size(static_cast<int>(levels)), upper = kPageEnd, item = 0;
    for (NodeId owner : owners) {
      upper = (upper - size) & ~7u;
      put(kPageHeaderBytes + 4 * item++, upper | 1u << 15 | size << 17);
      put(upper, TowerHead{owner, 1, levels});
    }
    put<uint16_t>(12, static_cast<uint16_t>(kPageHeaderBytes + 4 * item));
    put<uint16_t>(14, static_cast<uint16_t>(upper));
  }

  Geometry g_;
  std::vector<uint8_t> page_;
};

TEST_F(PageCheck, SoundPagesGiveNothing) {
  init_node_page(3);
  EXPECT_EQ(check_node(), "");
  init(PageType::kDetail, content_bytes(g_, PageType::kDetail));
  EXPECT_EQ(check(block_of(PageType::kDetail)), "");
  init(PageType::kAttribute, content_bytes(g_, PageType::kAttribute));
  EXPECT_EQ(check(block_of(PageType::kAttribute)), "");
  init(PageType::kModel, kPageRoom);
  EXPECT_EQ(check(1), "");
  init_tower_page({4, 5, 6}, 2);
  EXPECT_EQ(check(block_of(PageType::kNode)), "");
  EXPECT_EQ(check(block_of(PageType::kDetail)), "");
  EXPECT_EQ(tower_count(page_.data()), 3u);
  EXPECT_NE(tower_at(g_, page_.data(), 2), nullptr);
  EXPECT_EQ(tower_at(g_, page_.data(), 3), nullptr);
}

TEST_F(PageCheck, HeaderAndTrailer) {
  init_node_page(1);
  put<uint16_t>(12, 20);
  EXPECT_EQ(check_node(), "E page header is damaged\n");
  init_node_page(1);
  put<uint16_t>(16, 8192);
  EXPECT_EQ(check_node(), "E page header is damaged\n");
  init_node_page(1);
  put<uint16_t>(kPageEnd + 6, 0xFF83);
  EXPECT_EQ(check_node(), "E page is not of a vexpg index\n");
  init_node_page(1);
  put<uint16_t>(kPageEnd + 4, 2);
  EXPECT_EQ(check_node(), "E unknown format of page: 2\n");
  init_node_page(1);
  EXPECT_EQ(check(block_of(PageType::kDetail)), "E unexpected type of page: 3\n");
  set_used(2);
  EXPECT_EQ(check_node(), "E wrong count of used slots: 2\n");
  EXPECT_FALSE(all_zero(page_.data()));
  std::fill(page_.begin(), page_.end(), uint8_t{0});
  EXPECT_TRUE(all_zero(page_.data()));
}

TEST_F(PageCheck, SlotsThatWereNeverUsedMayLieInTheHole) {
  uint32_t second = kPageHeaderBytes + g_.slot_size, end = second + g_.link_bytes_offset + g_.attributes;
  init_node_page(2);
  put<uint16_t>(12, static_cast<uint16_t>(end));
  EXPECT_EQ(check_node(), "");
  put<uint16_t>(12, static_cast<uint16_t>(end - 1));
  EXPECT_EQ(check_node(), "E1 slot in the hole of its page\n");
  init_node_page(0);
  put<uint16_t>(12, kPageHeaderBytes);
  EXPECT_EQ(check_node(), "");
  put<uint16_t>(12, static_cast<uint16_t>(kPageHeaderBytes + g_.node_page_bytes() + 1));
  EXPECT_EQ(check_node(), "E page header is damaged\n");
  init(PageType::kDetail, g_.detail_size);
  EXPECT_EQ(check(block_of(PageType::kDetail)), "");
  init(PageType::kAttribute, content_bytes(g_, PageType::kAttribute) - 1);
  EXPECT_EQ(check(block_of(PageType::kAttribute)), "E page header is damaged\n");
}

TEST_F(PageCheck, Links) {
  init_node_page(3);
  slot(0).set_link(0, 0);
  slot(1).set_link(0, g_.id_limit(kBlocks));
  slot(2).set_link(1, 3);
  slot(2).set_link_count(2);
  EXPECT_EQ(check_node(), "E0 link to itself\nE1 link out of range: " + std::to_string(g_.id_limit(kBlocks)) +
                              "\nE2 double link: 3\n");
  init_node_page(1);
  slot(0).set_link_count(33);
  for (uint32_t i = 0; i < 32; i++) slot(0).set_link(i, i + 1);
  EXPECT_EQ(check_node(), "E0 too many links: 33\n");
}

TEST_F(PageCheck, HeadsOfNodes) {
  init_node_page(6);
  change_head(0, [](NodeHead *head) { head->flags = kDead; });
  change_head(1, [](NodeHead *head) { head->tid[2] = 0; });
  change_head(2, [](NodeHead *head) { head->nulls = 4; });
  change_head(3, [](NodeHead *head) { head->level = 16; });
  change_head(4, [](NodeHead *head) { head->head = 9; });
  change_head(5, [](NodeHead *head) { head->next = 5; });
  EXPECT_EQ(check_node(),
            "E0 unknown flags: 2\nN1 node without a row\nE2 null bits of no attribute: 4\nE3 impossible level: 16\n"
            "E4 not a chain member, but with a head: 9\nE5 next of chain is itself\n");
}

TEST_F(PageCheck, MembersAndTowers) {
  init_node_page(4);
  for (uint32_t i = 0; i < 4; i++) {
    slot(i).set_link_count(0);
    change_head(i, [](NodeHead *head) { head->flags = kUsed | kMember, head->head = 100; });
  }
  EXPECT_EQ(check_node(), "");
  slot(0).set_link_count(1);
  change_head(1, [](NodeHead *head) { head->level = 1; });
  change_head(2, [](NodeHead *head) { head->head = 2; });
  change_head(3, [](NodeHead *head) { head->flags = kUsed, head->head = 3, head->level = 1, head->tower_block = 0; });
  EXPECT_EQ(check_node(),
            "E0 chain member with links: 1\nE1 chain member on a level: 1\nE2 impossible head of chain: 2\n"
            "E3 impossible tower block: 0\n");
}

TEST_F(PageCheck, Towers) {
  init_tower_page({4, 5}, 2);
  uint32_t first = load<uint32_t>(page_.data() + kPageHeaderBytes) & 0x7FFF;
  put(first + tower_list_offset(g_, 1), uint32_t{17});
  for (uint32_t i = 0; i < 16; i++) put(first + tower_list_offset(g_, 1) + 4 + 4 * i, 100 + i);
  put(first + tower_list_offset(g_, 2), uint32_t{1});
  put(first + tower_list_offset(g_, 2) + 4, uint32_t{4});
  EXPECT_EQ(check_node(), "E0 too many links on a level: 17\nE0 link to itself\n");

  init_tower_page({4, 5}, 2);
  put(kPageHeaderBytes + 4, load<uint32_t>(page_.data() + kPageHeaderBytes));
  EXPECT_EQ(check_node(), "E1 tower tuple overlaps another\n");
  put(kPageHeaderBytes + 4, uint32_t{0});
  EXPECT_EQ(check_node(), "");
  put(kPageHeaderBytes + 4, uint32_t{8100 | 1 << 15 | 200u << 17});
  EXPECT_EQ(check_node(), "E1 impossible tower tuple\n");
}

TEST_F(PageCheck, Attributes) {
  init(PageType::kAttribute, content_bytes(g_, PageType::kAttribute));
  page_[kPageHeaderBytes + 5] = 2;
  page_[kPageHeaderBytes + g_.attribute_nulls_offset() + 6] = 4;
  EXPECT_EQ(check(block_of(PageType::kAttribute)),
            "E5 unknown state of attributes: 2\nE6 null bits of no attribute: 4\n");
}

TEST_F(PageCheck, MetaPage) {
  MetaPage meta = {};
  meta.magic = kMagic;
  meta.format = kFormatVersion;
  meta.dim = meta.code_dim = 100;
  meta.metric = 1, meta.element_type = 1, meta.bits = 4, meta.refine = 4, meta.m = 16, meta.ef_construction = 64;
  meta.scale = 1;
  meta.entry = kNoNode;
  auto check_meta = [&](MetaPage changed) {
    init(PageType::kMeta, sizeof(MetaPage));
    put(kPageHeaderBytes, changed);
    std::string text;
    MetaPage read;
    Geometry geometry;
    bool sound = check_meta_page(page_.data(), {add, &text}, &read, &geometry);
    EXPECT_EQ(sound, text.empty());
    return text;
  };
  EXPECT_EQ(check_meta(meta), "");
  auto with = [&](void (*change)(MetaPage *)) {
    MetaPage changed = meta;
    change(&changed);
    return check_meta(changed);
  };
  const std::string impossible = "E impossible value in the meta page\n";
  EXPECT_EQ(with([](MetaPage *m) { m->magic = 1; }), "E not a meta page\n");
  EXPECT_EQ(with([](MetaPage *m) { m->format = 2; }), "E unknown format of index: 2\n");
  EXPECT_EQ(with([](MetaPage *m) { m->dim = m->code_dim = 0; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->dim = m->code_dim = 16001; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->bits = 3; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->bits = 8, m->dim = m->code_dim = 16000; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->scale = std::numeric_limits<float>::quiet_NaN(); }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->attribute_count = 9; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->attribute_count = 1, m->attribute_kinds[0] = 0; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->attribute_count = 1, m->attribute_kinds[0] = static_cast<uint8_t>(types::kLastAttributeKind) + 1; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->entry = 0, m->entry_level = 16; }), impossible);
  // Codes as the type and the metric want them: bits 5, sparse vectors 4; L1 4, Hamming 5.
  EXPECT_EQ(with([](MetaPage *m) { m->code_dim = 99; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 4; }), "");
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 5; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 5, m->element_type = 5; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 5, m->element_type = 5, m->bits = 1, m->refine = 0; }), "");
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 5, m->element_type = 5, m->bits = 1, m->refine = 0, m->code_dim = 96; }), "");
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 1, m->element_type = 4, m->bits = 32, m->refine = 0, m->dim = 1000000000; }), "");
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 1, m->element_type = 4, m->bits = 32, m->refine = 0, m->dim = 1000000001; }),
            impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->metric = 1, m->element_type = 4, m->bits = 32, m->refine = 0, m->code_dim = 2049; }),
            impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->element_type = 6; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->recall.point_count = 1, m->recall.points[0] = {40, 0, 256, 0.95f, 500}; }), "");
  EXPECT_EQ(with([](MetaPage *m) { m->recall.point_count = 1; }), impossible);
  EXPECT_EQ(with([](MetaPage *m) { m->recall.point_count = kMaxRecallPoints + 1; }), impossible);
  const RecallPoint wrong[] = {{0, 0, 256, 0.95f, 500}, {10001, 0, 256, 0.95f, 500}, {40, -1, 256, 0.95f, 500},
                               {40, 0, 0, 0.95f, 500}, {40, 0, 1025, 0.95f, 500}, {40, 0, 256, 1.01f, 500},
                               {40, 0, 256, -0.1f, 500}, {40, 0, 256, std::numeric_limits<float>::quiet_NaN(), 500},
                               {40, 0, 256, 0.95f, -1}, {40, 0, 256, 0.95f, std::numeric_limits<float>::infinity()}};
  for (const RecallPoint &point : wrong) {
    MetaPage changed = meta;
    changed.recall.point_count = 1, changed.recall.points[0] = point;
    EXPECT_EQ(check_meta(changed), impossible);
  }
}

TEST_F(PageCheck, ModelStream) {
  std::vector<uint8_t> stream(g_.model_bytes);
  std::string text;
  EXPECT_TRUE(check_model_stream(stream.data(), g_, {add, &text}));
  types::ByteCode code = {};
  code.count = 2;
  store(stream.data() + 400 + sizeof code, code);
  EXPECT_FALSE(check_model_stream(stream.data(), g_, {add, &text}));
  code = {};
  code.form = types::ByteForm::kSignature;
  store(stream.data() + 400 + sizeof code, code);
  std::string more;
  EXPECT_TRUE(check_model_stream(stream.data(), g_, {add, &more}));
  for (int broken = 0; broken < 2; broken++) {
    code.count = broken == 0 ? 1 : 0;
    code.form = static_cast<types::ByteForm>(broken == 0 ? 2 : 3);
    store(stream.data() + 400 + sizeof code, code);
    EXPECT_FALSE(check_model_stream(stream.data(), g_, {add, &more}));
  }
  EXPECT_EQ(more, "E impossible byte code of attribute: 1\nE impossible byte code of attribute: 1\n");
  store(stream.data() + 8, std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(check_model_stream(stream.data(), g_, {add, &text}));
  EXPECT_EQ(text, "E impossible byte code of attribute: 1\nE mean that is not finite, in dimension: 2\n");
}

}  // namespace
}  // namespace vexpg::storage
