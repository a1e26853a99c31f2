// SPDX-License-Identifier: PostgreSQL
#include "pg/buffer_map.hpp"

namespace vexpg::pg {
namespace {

constexpr int kMaps = 64;                             // relations remembered; the least recently used makes room
constexpr BlockNumber kMaxBlocks = 64 * 1024 * 1024;  // 512 GB of a relation: 256 MB of memory at the very most
// One access in so many raises the buffer's usage count, so that hot pages look hot to the server's replacement.
constexpr uint32_t kTouchEvery = 32;
constinit BufferMap maps[kMaps] = {};
constinit uint64 clock = 0;

bool same_file(const FileLocator &a, const FileLocator &b) { return memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

BufferMap *buffer_map(Relation relation) {
  FileLocator file = file_locator(relation);
  BufferMap *oldest = &maps[0];
  for (BufferMap &map : maps) {
    if (map.last_use > 0 && same_file(map.file, file)) {
      map.last_use = ++clock;
      return &map;
    }
    if (map.last_use < oldest->last_use) oldest = &map;
  }
  if (oldest->buffers != nullptr) pfree(oldest->buffers);
  *oldest = {file, nullptr, 0, 0, ++clock};
  return oldest;
}

void remember_buffer(BufferMap *map, BlockNumber block, Buffer buffer) {
  if (block >= map->capacity) {
    if (block >= kMaxBlocks) return;
    BlockNumber capacity = std::max<BlockNumber>(1024, map->capacity);
    while (capacity <= block) capacity *= 2;
    Size bytes = static_cast<Size>(capacity) * sizeof(Buffer);
    auto *grown = static_cast<Buffer *>(MemoryContextAllocHuge(TopMemoryContext, bytes));
    memset(grown, 0, bytes);
    if (map->buffers != nullptr) {
      memcpy(grown, map->buffers, static_cast<Size>(map->capacity) * sizeof(Buffer));
      pfree(map->buffers);
    }
    map->buffers = grown;
    map->capacity = capacity;
  }
  map->buffers[block] = buffer;
}

Buffer pin_remembered(BufferMap *map, Relation relation, BlockNumber block) {
  Buffer known = remembered_buffer(map, block);
  if (known == InvalidBuffer || !same_file(map->file, file_locator(relation))) return InvalidBuffer;
  if (!ReadRecentBuffer(map->file, MAIN_FORKNUM, block, known)) return InvalidBuffer;
  // ReadRecentBuffer raises the usage count of a buffer that is pinned already, and only of that.
  if (++map->tick % kTouchEvery == 0 && ReadRecentBuffer(map->file, MAIN_FORKNUM, block, known)) ReleaseBuffer(known);
  pgstat_count_buffer_read(relation);
  pgstat_count_buffer_hit(relation);
  return known;
}

}  // namespace vexpg::pg
