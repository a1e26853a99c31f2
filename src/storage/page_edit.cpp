// SPDX-License-Identifier: PostgreSQL
#include "storage/page_edit.hpp"

namespace vexpg::storage {
namespace {

constexpr uint32_t kLowerOffset = offsetof(PageHeaderData, pd_lower);

}  // namespace

void PageEdit::add_fragment(uint32_t offset, const uint8_t *bytes, uint32_t count) {
  Fragment fragment = {static_cast<OffsetNumber>(offset), static_cast<OffsetNumber>(count)};
  if (delta_bytes_ + sizeof fragment + count > sizeof delta_) elog(ERROR, "too many changes of one page");
  store(delta_ + delta_bytes_, fragment);
  memcpy(delta_ + delta_bytes_ + sizeof fragment, bytes, count);
  delta_bytes_ += static_cast<uint32_t>(sizeof fragment) + count;
}

// Runs of equal bytes that are longer than a fragment's header divide the fragments.
void PageEdit::stage(uint32_t offset, const void *bytes, uint32_t count, bool grows) {
  writes_++;
  Assert(offset + count <= kPageSize && writes_ <= kMaxWrites);
  auto *wanted = static_cast<const uint8_t *>(bytes);
  auto *there = reinterpret_cast<const uint8_t *>(page()) + offset;
  if (grows) lower_ = std::max(lower_, offset + count);
  for (uint32_t i = 0; i < count;) {
    if (wanted[i] == there[i]) {
      i++;
      continue;
    }
    uint32_t begin = i, end = i + 1;  // of the fragment; i looks for more of it
    for (i = end; i < count && i - end <= sizeof(Fragment); i++)
      if (wanted[i] != there[i]) end = i + 1;
    add_fragment(offset + begin, wanted + begin, end - begin);
    i = end;
  }
}

// As replay does it.
void PageEdit::apply() {
  Page page = BufferGetPage(buffer_);
  if (init_ != PageType{}) init_page(page, init_, lower_ - kPageHeaderBytes);
  for (uint32_t at = 0; at < delta_bytes_;) {
    auto fragment = load<Fragment>(delta_ + at);
    at += static_cast<uint32_t>(sizeof fragment);
    memcpy(page + fragment.offset, delta_ + at, fragment.length);
    at += fragment.length;
  }
  if (hint_bits_ != 0) contents(page)[hint_at_] &= static_cast<uint8_t>(~hint_bits_);
  MarkBufferDirty(buffer_);
}

void log_edits(Relation index, PageEdit *edits, int count) {
  PageEdit *staged[kMaxEdits];
  int staged_count = 0;
  for (int i = 0; i < count; i++) {
    PageEdit &edit = edits[i];
    auto lower = static_cast<LocationIndex>(edit.lower_);
    if (edit.init_ == PageType{} && lower > reinterpret_cast<const PageHeaderData *>(edit.page())->pd_lower)
      edit.add_fragment(kLowerOffset, reinterpret_cast<const uint8_t *>(&lower), sizeof lower);
    if (!edit.is_empty()) staged[staged_count++] = &edit;
  }
  if (staged_count == 0) return;
  bool logged = RelationNeedsWAL(index);
  pg::begin_critical_section();
  for (int i = 0; i < staged_count; i++) staged[i]->apply();
  if (logged) {
    XLogBeginInsert();
    for (int i = 0; i < staged_count; i++) {
      const PageEdit &edit = *staged[i];
      bool image = edit.init_ != PageType{};
      auto flags = static_cast<uint8>(REGBUF_STANDARD | (image ? REGBUF_FORCE_IMAGE : 0));
      XLogRegisterBuffer(static_cast<uint8>(i), edit.buffer_, flags);
      if (!image) XLogRegisterBufData(static_cast<uint8>(i), const_cast<char *>(edit.delta_), edit.delta_bytes_);
    }
    XLogRecPtr end = XLogInsert(RM_GENERIC_ID, 0);
    for (int i = 0; i < staged_count; i++) PageSetLSN(BufferGetPage(staged[i]->buffer_), end);
  }
  pg::end_critical_section();
}

}  // namespace vexpg::storage
