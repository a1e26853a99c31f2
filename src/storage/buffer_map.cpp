// SPDX-License-Identifier: PostgreSQL
#include "storage/buffer_map.hpp"

namespace vexpg::storage {
namespace {

constexpr int kMaps = 16;                               // indexes remembered; the least recently used makes room
constexpr BlockNumber kMaxBlocks = 64 * 1024 * 1024;    // 512 GB of index: 256 MB of memory at the very most
constinit BufferMap maps[kMaps] = {};
constinit uint64 clock = 0;

bool same_file(const pg::FileLocator &a, const pg::FileLocator &b) { return memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

BufferMap *buffer_map(Relation index) {
  pg::FileLocator file = pg::file_locator(index);
  BufferMap *oldest = &maps[0];
  for (BufferMap &map : maps) {
    if (map.last_use > 0 && same_file(map.file, file)) {
      map.last_use = ++clock;
      return &map;
    }
    if (map.last_use < oldest->last_use) oldest = &map;
  }
  if (oldest->buffers != nullptr) pfree(oldest->buffers);
  *oldest = {file, nullptr, 0, ++clock};
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

}  // namespace vexpg::storage
