// SPDX-License-Identifier: PostgreSQL
// Writing a graph that was built in memory: meta and model, groups of attribute, node and detail pages in the order of
// their blocks, stripes of towers at the end; then WAL, by full pages.
#pragma once
#include "storage/build_store.hpp"

namespace vexpg::am {

// Writes the whole index, which has no blocks yet, and returns its model (with byte codes learnt from all rows) in
// CurrentMemoryContext. meta: with entry point.
storage::IndexModel *write_graph(Relation index, const storage::MetaPage &meta, const storage::IndexModel &building,
                                 storage::BuildStore &store);
// Writes an index without nodes into a fork, WAL-logged in any case if it is the init fork.
void write_empty(Relation index, ForkNumber fork, const storage::IndexModel &model);

// Byte codes of attributes of which nothing is known yet.
const types::ByteCode *empty_byte_codes();

}  // namespace vexpg::am
