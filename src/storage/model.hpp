// SPDX-License-Identifier: PostgreSQL
// What a backend knows of an index: its parameters, geometry, rotation and mean, read from the meta and model pages.
#pragma once
#include "codec/codec.hpp"
#include "storage/pages.hpp"
#include "types/attribute.hpp"

namespace vexpg::storage {

// Immutable for one build of the index (build_id). One chunk of memory: pointers lead into itself.
struct IndexModel {
  MetaPage meta;  // the part above the line is valid for ever; the entry point only at the time of reading
  Geometry geometry;
  codec::Model codec;
  const types::ByteCode *byte_codes;  // meta.attribute_count
  Oid collations[kMaxAttributes];     // of the attributes' columns
  Size bytes;
};

// Raises XX002 unless the bytes are a sound meta page of ours (0A000 with a hint for a newer format).
void check_meta(Relation index, const MetaPage &meta);
// The meta page now, under its share lock.
MetaPage read_meta(Relation index);
// The model in CurrentMemoryContext, from the relation's cache if that is of the same build; *meta is the meta page now.
IndexModel *load_model(Relation index, MetaPage *meta);
// Raises 54000: a node is larger than a page.
[[noreturn]] void report_no_fit(uint32_t dim);
// The same from parts, in CurrentMemoryContext: for build. mean: mean_floats(); byte_codes: attribute_count.
IndexModel *make_model(Relation index, const MetaPage &meta, const float *mean, const types::ByteCode *byte_codes);

// Writes meta and model pages of a new index into `fork`, one page at a time through `write(block, page)`.
using PageWriter = void (*)(void *context, BlockNumber block, Page page);
void write_model(const IndexModel &model, PageWriter write, void *context);

// Stores the recall of an index that is being built, and how many nodes it gets in all.
void set_recall(Relation index, const RecallCurve &curve, uint64_t nodes);
// Sets or clears MetaPage::vacuum_due; no record if it is so already.
void set_vacuum_due(Relation index, bool due);

// Changes the entry point if it is still `expected` (compare and set under the meta page's lock). Returns what it is now.
struct EntryPoint {
  NodeId id;
  uint32_t version;
  uint32_t level;
};
inline EntryPoint entry_of(const MetaPage &meta) { return {meta.entry, meta.entry_version, meta.entry_level}; }
// Compare-and-set. By value, since *now is often the caller's `expected`.
bool set_entry(Relation index, EntryPoint expected, EntryPoint wanted, EntryPoint *now);

}  // namespace vexpg::storage
