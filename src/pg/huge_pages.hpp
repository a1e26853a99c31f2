// SPDX-License-Identifier: PostgreSQL
// Asks the system for pages of 2 MB under some memory, of which the processor remembers far more than of small ones. It
// may have none to give, or not for memory of that kind: then nothing changes.
#pragma once
#include <sys/mman.h>

#include "pg/pg.hpp"

namespace vexpg::pg {

inline void ask_for_huge_pages([[maybe_unused]] void *base, [[maybe_unused]] Size bytes) {
#ifdef MADV_HUGEPAGE
  constexpr uintptr_t kHuge = 2 * 1024 * 1024;
  const auto start = reinterpret_cast<uintptr_t>(base);
  const uintptr_t from = TYPEALIGN(kHuge, start), to = TYPEALIGN_DOWN(kHuge, start + bytes);
  if (from < to) (void)madvise(reinterpret_cast<void *>(from), to - from, MADV_HUGEPAGE);
#endif
}

}  // namespace vexpg::pg
