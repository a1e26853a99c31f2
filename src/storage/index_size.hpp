// SPDX-License-Identifier: PostgreSQL
// What an index will be like, before it is built: its codes by dimension, its size, the memory of its build.
#pragma once
#include "storage/build_store.hpp"

namespace vexpg::storage {

// The codes of an index on floats: bits and refine as the options say, chosen by dimension where these are 0 and -1; by
// default shorter where a node would not fit its page.
codec::Shape choose_shape(codec::Coding coding, uint32_t dim, int bits, int refine, uint32_t m, uint32_t attributes);

struct IndexSize {
  uint64_t index_bytes;
  uint64_t build_bytes;  // of maintenance_work_mem, for a build as a whole
};
// Of an index of so many rows that all differ.
IndexSize estimate_size(const Geometry &geometry, const graph::BulkParameters &bulk, uint32_t rows);

}  // namespace vexpg::storage
