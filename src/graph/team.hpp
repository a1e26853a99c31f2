// SPDX-License-Identifier: PostgreSQL
// Workers that run the stages of a build together over shared memory: what they share is plain memory, addressed by spans
// that each of them makes from its own base address, and counters that hand out work. With one worker every result is
// the same for the same input.
#pragma once
#include <concepts>
#include <cstdint>

namespace vexpg::graph {

// barrier() returns once every worker has called it; what any of them wrote before is seen by all after. No lock is held
// in barrier(), which may leave by longjmp as any call of a store.
template <class T>
concept Team = requires(T &t, uint32_t nodes) {
  { t.leader() } -> std::same_as<bool>;  // true for exactly one worker
  { t.barrier() };
  { t.advance(nodes) };  // progress: about so many nodes of level 0 are done
};

struct LoneWorker {
  bool leader() const { return true; }
  void barrier() const {}
  void advance(uint32_t) const {}
};
static_assert(Team<LoneWorker>);

// The first of `step` numbers that no other worker gets.
inline uint32_t claim(uint32_t *counter, uint32_t step) { return __atomic_fetch_add(counter, step, __ATOMIC_RELAXED); }

// A lock of one byte for a few hundred nanoseconds of work that calls nothing.
inline void lock_byte(uint8_t *lock) {
  while (__atomic_exchange_n(lock, uint8_t{1}, __ATOMIC_ACQUIRE) != 0)
    while (__atomic_load_n(lock, __ATOMIC_RELAXED) != 0) {}
}
inline void unlock_byte(uint8_t *lock) { __atomic_store_n(lock, uint8_t{0}, __ATOMIC_RELEASE); }

}  // namespace vexpg::graph
