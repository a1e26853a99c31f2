// SPDX-License-Identifier: PostgreSQL
#include "storage/filtered_reader.hpp"

#include "kernels/kernels.hpp"
#include "pg/prefetch.hpp"

namespace vexpg::storage {
namespace {

constexpr uint32_t kSampledPages = 16;
constexpr uint32_t kRepresentedPages = 256;  // at the most: they may have to be read from disk
constexpr uint32_t kAhead = 32;  // attribute pages that the disk is asked for together

// Bit b of each of 64 bytes, as a word.
uint64_t bit_of_bytes(const uint8_t *bytes, int b) {
  // Most often all are alike: rows have their cells, and these are not NULL.
  uint64_t bits = uint64_t{0x0101010101010101} << b, any = 0, all = bits;
  for (int i = 0; i < 8; i++) {
    any |= load<uint64_t>(bytes + 8 * i);
    all &= load<uint64_t>(bytes + 8 * i);
  }
  if ((any & bits) == 0) return 0;
  if (all == bits) return UINT64_MAX;
  uint64_t word = 0;
  for (int i = 0; i < 8; i++) {
    uint64_t ones = load<uint64_t>(bytes + 8 * i) >> b & 0x0101010101010101u;
    // The product's top byte gathers the ones: byte k goes to bit k.
    word |= (ones * 0x0102040810204080u >> 56) << 8 * i;
  }
  return word;
}

bool is_one_range(const Condition &condition) { return condition.kind == Condition::Kind::kRanges && condition.range_count == 1; }

// For each of up to 64 cells whether it lies in a range.
uint64_t cells_in(const CellRange &range, const uint8_t *cells, int count) {
  if (range.low > range.high) return 0;
  return kernels::active().within(cells, static_cast<size_t>(count), range.low, range.high - range.low);
}

// For each whether a condition holds. null: those that are NULL.
uint64_t cells_that_hold(const Condition &condition, uint64_t null, const uint8_t *cells, int count) {
  if (condition.kind == Condition::Kind::kIsNull) return null;
  if (condition.kind == Condition::Kind::kIsNotNull) return ~null;
  uint64_t word = 0;
  for (int i = 0; i < count; i++) word |= static_cast<uint64_t>(holds(condition, false, load<uint64_t>(cells + 8 * i))) << i;
  return word & ~null;
}

}  // namespace

void FilteredReader::set_filter(const Filter &filter) {
  filter_ = filter;
  column_count_ = 0;
  judged_ = judged_stripe_ = InvalidBlockNumber;
  for (int i = 0; i < filter.count; i++) {
    const Condition &condition = filter.conditions[i];
    types::ByteMask mask = mask_of(model_.byte_codes[condition.attribute], condition);
    int at = 0;
    while (at < column_count_ && columns_[at].attribute != condition.attribute) at++;
    Column &column = columns_[at];
    if (at == column_count_) {
      column_count_++;
      column = {condition.attribute, mask, {0, UINT64_MAX}, false, false};
    }
    column.mask = types::mask_and(column.mask, mask);
    if (!is_one_range(condition)) {
      column.other = true;
      continue;
    }
    column.ranged = true;
    column.range = {std::max(column.range.low, condition.ranges[0].low), std::min(column.range.high, condition.ranges[0].high)};
  }
}

int FilteredReader::links_matching(NodeId id, NodeId *out, uint8_t *may_match) {
  if (!exists(id)) return 0;
  Geometry::Place at = geometry_.node_place(id);
  Buffer buffer = pin(at.block, PageType::kNode);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  ConstSlot slot(contents(static_cast<const char *>(BufferGetPage(buffer))) + at.slot * geometry_.slot_size, geometry_);
  int count = (slot.flags() & (kUsed | kMember)) == kUsed ? static_cast<int>(slot.link_count()) : 0;
  memcpy(out, slot.links(), sizeof(NodeId) * static_cast<Size>(count));
  memset(may_match, 1, static_cast<Size>(count));
  const uint8_t *bytes = slot.link_bytes(0);
  for (int c = 0; c < column_count_; c++)
    for (int i = 0; i < count; i++)
      may_match[i] &= static_cast<uint8_t>(
          columns_[c].mask.test(bytes[static_cast<uint32_t>(i) * geometry_.attributes + columns_[c].attribute]));
  UnlockReleaseBuffer(buffer);
  return count;
}

uint32_t FilteredReader::attribute_page_count() const {
  BlockNumber blocks = RelationGetNumberOfBlocks(index_);
  if (blocks <= geometry_.first_group_block) return 0;
  uint32_t groups = (blocks - geometry_.first_group_block + geometry_.group_pages - 1) / geometry_.group_pages;
  uint32_t last = blocks - geometry_.group_block(groups - 1);
  return (groups - 1) * geometry_.attribute_pages + std::min(last, geometry_.attribute_pages);
}

// As pin(), but the page may be zero.
Buffer FilteredReader::pin_attributes(BlockNumber block) {
  counts_.pages++;
  Buffer known = pg::pin_remembered(map_, index_, block);
  if (known != InvalidBuffer) return known;
  auto reads = pgBufferUsage.shared_blks_read;
  Buffer buffer = ReadBuffer(index_, block);
  if (pgBufferUsage.shared_blks_read != reads) cold_ = kColdAccesses;
  pg::remember_buffer(map_, block, buffer);
  return buffer;
}

// Asks the memory for what match_page() will read, by a glance without pin or lock.
void FilteredReader::prefetch_page(uint32_t number) {
  Buffer known = pg::remembered_buffer(map_, attribute_block(number));
  if (known <= 0) return;
  pg::prefetch_line(GetBufferDescriptor(known - 1));
  const char *page = BufferGetPage(known);
  pg::prefetch_line(page + kPageEnd);
  pg::prefetch_lines(page, kPageHeaderBytes + geometry_.attribute_nulls_offset());  // NULLs matter where a cell matches
  for (int c = 0; c < column_count_; c++)
    pg::prefetch_lines(page + kPageHeaderBytes + geometry_.attribute_cells_offset(columns_[c].attribute), 8 * geometry_.attribute_slots);
}

// Before the attribute page `number` is read: asks the memory for the next one, and every kAhead pages the disk for those
// that come next.
void FilteredReader::read_ahead(uint32_t number, uint32_t step, uint32_t pages) {
  if (step < pages - number) prefetch_page(number + step);
  if (number / step % kAhead != 0) return;
  BlockNumber blocks[kAhead];
  int count = 0;
  for (uint32_t next = number; next < pages && count < static_cast<int>(kAhead); next += step) blocks[count++] = attribute_block(next);
  prefetch_missing(blocks, count);
}

// Which of `count` slots from `from` on satisfy all conditions by their cells. The bytes behind a page's last slots are
// those of its next column: read, and dropped by the caller.
uint64_t FilteredReader::match_slots(const uint8_t *states, uint32_t from, int count) const {
  uint64_t held = UINT64_MAX;
  for (int c = 0; c < column_count_ && held != 0; c++) {
    const Column &column = columns_[c];
    const uint8_t *cells = states + geometry_.attribute_cells_offset(column.attribute) + 8 * from;
    if (column.ranged) held &= cells_in(column.range, cells, count);
    if (held == 0) break;
    uint64_t null = bit_of_bytes(states + geometry_.attribute_nulls_offset() + from, static_cast<int>(column.attribute));
    if (column.ranged) held &= ~null;
    for (int i = 0; column.other && i < filter_.count; i++)
      if (filter_.conditions[i].attribute == column.attribute && !is_one_range(filter_.conditions[i]))
        held &= cells_that_hold(filter_.conditions[i], null, cells, count);
  }
  return held;
}

void FilteredReader::match_page(uint32_t number, PageMatches *out, MatchSample *sample) {
  BlockNumber block = attribute_block(number);
  uint32_t in_group = number % geometry_.attribute_pages * geometry_.attribute_slots;
  out->first = number / geometry_.attribute_pages * geometry_.group_slots + in_group;
  out->slots = std::min(geometry_.attribute_slots, geometry_.group_slots - in_group);
  memset(out->known, 0, sizeof out->known);
  memset(out->may_match, 0xFF, sizeof out->may_match);
  sample->slots += out->slots;
  Buffer buffer = pin_attributes(block);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  const char *page = BufferGetPage(buffer);
  if (!is_zero_page(page)) {
    expect_page(index_, block, page, PageType::kAttribute);
    const uint8_t *states = contents(page);
    for (uint32_t from = 0; from < out->slots; from += 64) {
      int count = static_cast<int>(std::min(out->slots - from, 64u));
      uint64_t all = count < 64 ? (uint64_t{1} << count) - 1 : UINT64_MAX, known = bit_of_bytes(states + from, 0) & all;
      uint64_t held = match_slots(states, from, count);
      out->known[from / 64] = known;
      out->may_match[from / 64] = held | ~known;
      sample->rows += static_cast<uint64_t>(known == all ? count : std::popcount(known));
      if ((known & held) != 0) sample->matches += static_cast<uint64_t>(std::popcount(known & held));
    }
  }
  UnlockReleaseBuffer(buffer);
}

MatchSample FilteredReader::sample(uint64_t slots) {
  MatchSample result = {};
  uint32_t pages = attribute_page_count();
  // Rows that came together often have like attributes: many pages tell more than many rows of one.
  uint64_t wanted = std::max<uint64_t>(kSampledPages, slots / geometry_.attribute_slots);
  uint32_t step = static_cast<uint32_t>(std::max<uint64_t>(1, pages / wanted));
  PageMatches matches;
  uint32_t read = 0;
  for (uint32_t number = 0; number < pages; number += step, read++) {
    poll();
    read_ahead(number, step, pages);
    match_page(number, &matches, &result);
  }
  result.complete = read == pages;
  return result;
}

// One of 64 slots at the most, from many pages: rows that lie near each other often have slots near each other.
int FilteredReader::representatives(NodeId *ids, int count) {
  PageMatches matches;
  MatchSample ignored = {};
  uint32_t pages = attribute_page_count(), step = pages / kRepresentedPages + 1;
  int per_page = std::max(1, count / static_cast<int>(pages / step + 1)), found = 0;
  for (uint32_t number = 0; number < pages && found < count; number += step) {
    poll();
    read_ahead(number, step, pages);
    match_page(number, &matches, &ignored);
    int taken = 0;
    for (uint32_t from = 0; from < matches.slots && taken < per_page && found < count; from += 64) {
      uint64_t bits = matches.may_match[from / 64] & matches.known[from / 64];
      if (bits == 0) continue;
      ids[found++] = matches.first + from + static_cast<uint32_t>(std::countr_zero(bits));
      taken++;
    }
  }
  return found;
}

MatchSample FilteredReader::find_matches(graph::Bitmap *ids) {
  MatchSample result = {};
  result.complete = true;
  BlockNumber blocks = RelationGetNumberOfBlocks(index_);
  ids->reset(geometry_.id_limit(blocks));
  PageMatches matches;
  uint32_t pages = attribute_page_count();
  for (uint32_t number = 0; number < pages; number++) {
    poll();
    read_ahead(number, 1, pages);
    match_page(number, &matches, &result);
    for (uint32_t from = 0; from < matches.slots; from += 64)
      for (uint64_t bits = matches.may_match[from / 64]; bits != 0; bits &= bits - 1) {
        uint32_t slot = from + static_cast<uint32_t>(std::countr_zero(bits));
        NodeId id = matches.first + slot;
        if (slot >= matches.slots || id >= ids->limit()) break;
        bool known = (matches.known[from / 64] >> slot % 64 & 1) != 0;
        if (geometry_.node_place(id).block >= blocks) {
          if (known) report_damage(index_, attribute_block(number), "cells of a node that is not there");
        } else if (known || on_node_page(id)) {
          ids->insert(id);
        }
      }
  }
  return result;
}

// Whether a slot without cells lies on a page of nodes: it may be one of towers, or not initialised.
bool FilteredReader::on_node_page(NodeId id) {
  BlockNumber block = geometry_.node_place(id).block;
  if (block == judged_) return judged_node_;
  BlockNumber stripe = geometry_.cell_of_block(block).stripe_block;
  if (stripe != judged_stripe_) {
    judged_stripe_ = stripe;
    judged_towers_ = with_shared_page(index_, stripe, [](const char *page) { return page_is(page, PageType::kTower); });
  }
  NodeId first;
  judged_ = block;
  judged_node_ = !judged_towers_ && is_node_page(block, &first);
  return judged_node_;
}

}  // namespace vexpg::storage
