// SPDX-License-Identifier: PostgreSQL
// Bracket functions: the only places where buffers are pinned, locked, changed and logged.
//
// A body gets a page that is valid until it returns and must not read other pages. On ERROR the server's abort releases
// pins and locks. Lock order: src/README.md, "Locks".
#pragma once
#include "pg/pg.hpp"
#include "storage/layout.hpp"

namespace vexpg::storage {

inline const uint8_t *contents(const char *page) { return reinterpret_cast<const uint8_t *>(page) + kPageHeaderBytes; }
inline uint8_t *contents(char *page) { return reinterpret_cast<uint8_t *>(page) + kPageHeaderBytes; }
inline PageTrailer trailer(const char *page) { return load<PageTrailer>(page + kPageEnd); }
inline void set_trailer(char *page, const PageTrailer &value) { store(page + kPageEnd, value); }
inline bool page_is(const char *page, PageType type) {
  PageTrailer t = trailer(page);
  return t.page_id == kPageId && t.format == kFormatVersion && t.type == static_cast<uint16_t>(type);
}

// Initialises a page; content_bytes go below pd_lower (0 for tower pages, which grow by line pointers).
void init_page(Page page, PageType type, uint32_t content_bytes);

// ERROR XX002 with a REINDEX hint. `what` is lower case, without full stop.
[[noreturn]] void report_damage(Relation index, BlockNumber block, const char *what);
// Raises unless the page is of this type.
inline void expect_page(Relation index, BlockNumber block, const char *page, PageType type) {
  if (!page_is(page, type)) [[unlikely]] report_damage(index, block, "unexpected kind of page");
}

template <class Body> auto with_locked_page(Relation index, BlockNumber block, int lock, Body body) {
  Buffer buffer = ReadBuffer(index, block);
  LockBuffer(buffer, lock);
  if constexpr (std::is_void_v<decltype(body(static_cast<const char *>(nullptr)))>) {
    body(static_cast<const char *>(BufferGetPage(buffer)));
    UnlockReleaseBuffer(buffer);
  } else {
    auto result = body(static_cast<const char *>(BufferGetPage(buffer)));
    UnlockReleaseBuffer(buffer);
    return result;
  }
}
template <class Body> auto with_shared_page(Relation index, BlockNumber block, Body body) {
  return with_locked_page(index, block, BUFFER_LOCK_SHARE, body);
}

// Reads a page that is already pinned, under its share lock; gives the pin back.
template <class Body> void with_shared_buffer(Buffer buffer, Body body) {
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  body(static_cast<const char *>(BufferGetPage(buffer)));
  UnlockReleaseBuffer(buffer);
}

// Replay takes a zero page for one that is missing, so the first record of a page is an image, whatever full_page_writes
// says.
inline int image_flag(Buffer buffer) { return PageIsNew(BufferGetPage(buffer)) ? GENERIC_XLOG_FULL_IMAGE : 0; }

// One logged change of one page: under the exclusive lock `check` sees the page and decides; if it returns true, `change`
// edits a copy that becomes the page and its WAL record. Returns what check returned. The page is pinned already; the pin
// is given back.
template <class Check, class Change>
bool with_logged_buffer(Relation index, Buffer buffer, Check check, Change change) {
  LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
  bool wanted = check(static_cast<const char *>(BufferGetPage(buffer)));
  if (wanted) {
    GenericXLogState *record = GenericXLogStart(index);
    change(GenericXLogRegisterBuffer(record, buffer, image_flag(buffer)));
    GenericXLogFinish(record);
  }
  UnlockReleaseBuffer(buffer);
  return wanted;
}
template <class Check, class Change>
bool with_logged_page(Relation index, BlockNumber block, Check check, Change change) {
  return with_logged_buffer(index, ReadBuffer(index, block), check, change);
}

// Copies a page under its share lock; for readers of a whole relation, through a ring of few buffers (null: without).
void copy_page(Relation relation, BlockNumber block, BufferAccessStrategy ring, char *out);

// Extends the relation with zero pages until `block` exists.
void ensure_block(Relation index, BlockNumber block);

// Appends a page to a fork and logs it whatever the relation's persistence: for init forks.
void append_logged_page(Relation index, ForkNumber fork, BlockNumber block, Page page);

// Rows known to be dead to everyone ("killed"): a bit per slot at the start of a node page's hole, which is neither logged
// nor part of page images. A hint: lost at any logged change of the page, and cleared when its slot is filled. The first
// byte of the meta page's hole says that there are such bits, so that scans of an index without dead rows look for none.
inline uint8_t *killed_bits(char *page, const Geometry &geometry) { return contents(page) + geometry.node_page_bytes(); }
inline bool is_killed(const char *page, const Geometry &geometry, uint32_t slot) {
  return (contents(page)[geometry.node_page_bytes() + slot / 8] >> slot % 8 & 1) != 0;
}

// A page of the grid that may still be all zero; initialises it in `change` of a logged bracket.
inline bool is_zero_page(const char *page) { return PageIsNew(const_cast<Page>(page)); }

}  // namespace vexpg::storage
