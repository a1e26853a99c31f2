// SPDX-License-Identifier: PostgreSQL
// Writing a graph that was built in memory: meta and model, groups of attribute, node and detail pages in the order of
// their blocks, stripes of towers at the end; then WAL, by full pages.
#pragma once
#include "am/build.hpp"

namespace vexpg::am {

// Writes the whole index, which has no blocks yet. meta: with the entry point as the store numbers it. by_links: nodes are
// numbered anew, so that those linked to each other share pages (graph/order.hpp); else they keep their numbers.
void write_graph(Relation index, const storage::MetaPage &meta, storage::BuildStore &store, bool by_links);
// Writes an index without nodes into a fork, WAL-logged in any case if it is the init fork.
void write_empty(Relation index, ForkNumber fork, const storage::IndexModel &model);

}  // namespace vexpg::am
