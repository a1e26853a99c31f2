// SPDX-License-Identifier: PostgreSQL
// Scan keys on filter columns as a filter over cells.
#pragma once
#include "storage/filter.hpp"
#include "storage/model.hpp"

namespace vexpg::am {

// Builds the filter in CurrentMemoryContext. False if no row can pass.
bool make_filter(const storage::IndexModel &model, ScanKey keys, int key_count, storage::Filter *out);

}  // namespace vexpg::am
