// SPDX-License-Identifier: PostgreSQL
// Is one page of an index sound in itself? Pure: bytes in, findings out; no byte outside of the page is ever read,
// whatever it holds. What needs a second page or the table is storage/index_check.
#pragma once
#include <cstdint>

#include "storage/layout.hpp"

namespace vexpg::storage {

// kError: an invariant is broken. kNote: the next vacuum mends it.
enum class Severity : uint8_t { kError, kNote };

inline constexpr int kNoSlot = -1;  // the finding is about the page

struct Finding {
  Severity severity;
  int slot;          // of a node, detail or attribute page; line pointer of a tower page, from 0; or kNoSlot
  const char *what;  // a constant
  bool has_value;
  uint32_t value;  // said after `what`
};

// Where findings go.
struct Findings {
  void (*report)(void *context, const Finding &finding);
  void *context;

  void error(int slot, const char *what) const { report(context, {Severity::kError, slot, what, false, 0}); }
  void error(int slot, const char *what, uint32_t value) const {
    report(context, {Severity::kError, slot, what, true, value});
  }
  void note(int slot, const char *what) const { report(context, {Severity::kNote, slot, what, false, 0}); }
  void note(int slot, const char *what, uint32_t value) const {
    report(context, {Severity::kNote, slot, what, true, value});
  }
};

// All values of a meta page lie in their ranges and a geometry follows from them. The entry point may be anything that
// a relation could have.
bool sound_meta(const MetaPage &meta, Geometry *geometry);

// Block 0. True, with *meta and *geometry, if the other pages can be judged by it.
bool check_meta_page(const uint8_t *page, const Findings &findings, MetaPage *meta, Geometry *geometry);

// Keys and form of a byte code are possible, so that it can be looked up in.
bool sound_byte_code(const types::ByteCode &code);

// The byte stream of all model pages (geometry.model_bytes).
bool check_model_stream(const uint8_t *stream, const Geometry &geometry, const Findings &findings);

// Any other page that is not all zero. True if header and trailer are sound, so that the contents may be read: slots of
// node, detail and attribute pages, and tower tuples through tower_at.
bool check_page(const Geometry &geometry, uint32_t block, uint32_t blocks, const uint8_t *page,
                const Findings &findings);

bool all_zero(const uint8_t *page);
inline PageType page_type(const uint8_t *page) {
  return static_cast<PageType>(load<PageTrailer>(page + kPageEnd).type);
}

// The tower tuples of a tower page whose header is sound: number of line pointers, and the tuple of one (from 0), null
// if it is unused or unsound.
uint32_t tower_count(const uint8_t *page);
const uint8_t *tower_at(const Geometry &geometry, const uint8_t *page, uint32_t item);

}  // namespace vexpg::storage
