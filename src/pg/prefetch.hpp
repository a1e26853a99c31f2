// SPDX-License-Identifier: PostgreSQL
// Asks the memory for lines that will be read soon.
#pragma once
#include "pg/buffer_map.hpp"

namespace vexpg::pg {

inline constexpr uint32_t kCacheLine = 64;

// Into the second-level cache: a hop asks for more lines than the first level can wait for at a time.
// Not __builtin_prefetch in a helper: g++ 12 deletes calls of a function that does nothing else.
inline __attribute__((always_inline)) void prefetch_line(const void *p) {
#if defined(__x86_64__)
  asm volatile("prefetcht1 %0" : : "m"(*static_cast<const char *>(p)));
#else
  __builtin_prefetch(p, 0, 2);
#endif
}

// `at` .. at + bytes - 1.
inline __attribute__((always_inline)) void prefetch_lines(const char *at, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; i += kCacheLine) prefetch_line(at + i);
  prefetch_line(at + bytes - 1);
}

// What lies behind a line pointer of a page, by a glance without pin or lock: it may be anything by the time it is read.
struct Glance {
  const char *item = nullptr;
  uint32_t length = 0;
};

// Asks for a line pointer and for what pinning and checking its page reads; the page, or null if it is not known where.
const char *prefetch_item_id(const BufferMap *map, BlockNumber block, OffsetNumber offset);
Glance glance_at(const char *page, OffsetNumber offset);

}  // namespace vexpg::pg
