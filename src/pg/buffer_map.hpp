// SPDX-License-Identifier: PostgreSQL
// Remembered buffers: where this backend last saw each block of a relation, so that a page is pinned without the buffer
// table (ReadRecentBuffer checks the tag; a stale memory costs one ordinary look-up and nothing else).
#pragma once
#include "pg/pg.hpp"

namespace vexpg::pg {

struct BufferMap {
  FileLocator file;
  Buffer *buffers;       // by block; InvalidBuffer: not known
  BlockNumber capacity;
  uint32_t tick;
  uint64 last_use;
};

// The map of a relation's file, for this backend. Only so many are kept: after calls for others it may be another file's,
// which then costs look-ups and nothing else.
BufferMap *buffer_map(Relation relation);
void remember_buffer(BufferMap *map, BlockNumber block, Buffer buffer);

inline Buffer remembered_buffer(const BufferMap *map, BlockNumber block) {
  return block < map->capacity ? map->buffers[block] : InvalidBuffer;
}


// Pins a block where the map knows it to be; InvalidBuffer if it is not there.
Buffer pin_remembered(BufferMap *map, Relation relation, BlockNumber block);

}  // namespace vexpg::pg
