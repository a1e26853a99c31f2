// SPDX-License-Identifier: PostgreSQL
// Changes of pages that insertions make by the dozen, logged as a list of overwritten bytes.
//
// The records are those of the server's generic resource manager, so stock replay applies them. GenericXLog, which
// makes the same records, copies and compares whole pages: a quarter of an insertion's time. Its rules are kept here:
// pages are locked exclusively from before the first byte is staged until the record is written; a change is staged
// first, then applied in a critical section by the very bytes that are logged; a new page is logged as an image; the
// hole carries nothing.
#pragma once
#include "storage/pages.hpp"

namespace vexpg::storage {

inline constexpr int kMaxEdits = MAX_GENERIC_XLOG_PAGES;  // pages of one record

class PageEdit {
 public:
  // Begins with a page whose exclusive lock is held.
  void begin(Buffer buffer) { buffer_ = buffer; }
  BlockNumber block() const { return BufferGetBlockNumber(buffer_); }
  const char *page() const { return BufferGetPage(buffer_); }
  bool is_new() const { return is_zero_page(page()); }
  // Initialises a page that is new, with so many bytes of contents at least.
  void init(PageType type, uint32_t content = 0) { init_ = type, lower_ = kPageHeaderBytes + content; }
  // Takes that many bytes of contents out of the hole.
  void grow(uint32_t content) { lower_ = std::max(lower_, kPageHeaderBytes + content); }
  // Stages bytes for contents()[at ..], each at most once; what is there already is not logged. pd_lower grows with
  // them: what lies behind them is part of the hole and costs no image anything.
  void write(uint32_t at, const void *bytes, uint32_t count) { stage(kPageHeaderBytes + at, bytes, count, true); }
  // The same inside of what the page holds.
  void overwrite(uint32_t at, const void *bytes, uint32_t count) { stage(kPageHeaderBytes + at, bytes, count, false); }
  void write_trailer(const PageTrailer &value) { stage(kPageEnd, &value, sizeof value, false); }
  // Stages the end of a hint of the hole: bits of contents()[at]. It is not logged.
  void clear_hint(uint32_t at, uint8_t bits) { hint_at_ = at, hint_bits_ = bits; }

 private:
  friend void log_edits(Relation index, PageEdit *edits, int count);
  static constexpr int kMaxWrites = 3 * kMaxLinks;  // of one record; each costs one header of a fragment at most
  struct Fragment {
    OffsetNumber offset, length;
  };
  void stage(uint32_t offset, const void *bytes, uint32_t count, bool grows);
  void add_fragment(uint32_t offset, const uint8_t *bytes, uint32_t count);
  void apply();

  bool is_empty() const { return init_ == PageType{} && delta_bytes_ == 0 && hint_bits_ == 0; }

  Buffer buffer_ = InvalidBuffer;
  PageType init_{};
  uint32_t lower_ = 0;  // end of the contents that were written so as to grow
  uint32_t hint_at_ = 0, delta_bytes_ = 0;
  int writes_ = 0;
  uint8_t hint_bits_ = 0;
  char delta_[kPageSize + (kMaxWrites + 1) * sizeof(Fragment)];
};

// Writes the record of staged edits and applies them; at most kMaxEdits, those without any change are left out.
void log_edits(Relation index, PageEdit *edits, int count);

// One logged edit of several pages: under their exclusive locks `body(edits)` looks at the pages, stages what it wants, and
// returns whether it is to be done. The pages are pinned already, in ascending order of their blocks: that is the order
// of locks. The pins are given back.
template <class Body> bool with_edited_buffers(Relation index, const Buffer *buffers, int count, Body body) {
  PageEdit edits[kMaxEdits];
  Assert(count <= kMaxEdits);
  for (int i = 0; i < count; i++) {
    Assert(i == 0 || BufferGetBlockNumber(buffers[i - 1]) < BufferGetBlockNumber(buffers[i]));
    LockBuffer(buffers[i], BUFFER_LOCK_EXCLUSIVE);
    edits[i].begin(buffers[i]);
  }
  bool wanted = body(edits);
  if (wanted) log_edits(index, edits, count);
  for (int i = count - 1; i >= 0; i--) UnlockReleaseBuffer(buffers[i]);
  return wanted;
}

// The same for one page: body(edit).
template <class Body> bool with_edited_buffer(Relation index, Buffer buffer, Body body) {
  PageEdit edit;
  LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
  edit.begin(buffer);
  bool wanted = body(edit);
  if (wanted) log_edits(index, &edit, 1);
  UnlockReleaseBuffer(buffer);
  return wanted;
}

}  // namespace vexpg::storage
