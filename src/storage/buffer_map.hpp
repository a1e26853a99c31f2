// SPDX-License-Identifier: PostgreSQL
// Remembered buffers: where this backend last saw each block of an index, so that a page is pinned without the buffer
// table (ReadRecentBuffer checks the tag; a stale memory costs one ordinary look-up and nothing else).
#pragma once
#include "storage/pages.hpp"

namespace vexpg::storage {

struct BufferMap {
  pg::FileLocator file;
  Buffer *buffers;       // by block; InvalidBuffer: not known
  BlockNumber capacity;
  uint64 last_use;
};

// The map of an index file, for this backend; valid until the next call (a handful of indexes is remembered).
BufferMap *buffer_map(Relation index);
void remember_buffer(BufferMap *map, BlockNumber block, Buffer buffer);

inline Buffer remembered_buffer(const BufferMap *map, BlockNumber block) {
  return block < map->capacity ? map->buffers[block] : InvalidBuffer;
}

}  // namespace vexpg::storage
