// SPDX-License-Identifier: PostgreSQL
// Memory of searches that a backend keeps from one scan to the next: blocks of a hundred kilobytes that come fresh from
// the operating system cost more in page faults than a search at a low ef takes in all.
#pragma once
#include "graph/store.hpp"
#include "pg/pg.hpp"

namespace vexpg::storage {

// Blocks that belong to whoever lives in `owner`: when that context goes, in whatever way, they are kept for the next one,
// up to a limit for the backend.
graph::Memory kept_memory(MemoryContext owner);

}  // namespace vexpg::storage
