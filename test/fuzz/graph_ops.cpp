// SPDX-License-Identifier: PostgreSQL
// Sequences of insertions, deletions, vacuums (also cut off at any call) and searches on the graph in memory: no
// invariant breaks, and after a vacuum every live node is found. First bytes: m, ef_construction, limit of lists that
// repair only shortens; then one operation after the other.
#include "../unit/fake_store.hpp"

using namespace vexpg::graph;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Bytes {
  const uint8_t *data;
  size_t left;
  uint8_t next() {
    if (left == 0) return 0;
    left--;
    return *data++;
  }
};

// Few places, so that nodes of the same place are common.
std::vector<float> place(Bytes &bytes) {
  uint8_t byte = bytes.next();
  return {static_cast<float>(byte % 16), static_cast<float>(byte / 16 % 4), static_cast<float>(byte / 64)};
}

void vacuum(FakeStore &store, int enough) {
  Arena arena;
  require(store.vacuum(arena, enough).left == 0);
  require(store.broken(true).empty());
  require(store.unreachable() == 0);
}

// Leaves the vacuum at its n-th call; what it has done must be something that the next can go on from.
void cut_off_vacuum(FakeStore &store, uint64_t n, int enough) {
  Arena arena;
  std::jmp_buf jump;
  store.jump_to = &jump;
  store.jump_at = n;
  if (setjmp(jump) == 0) store.vacuum(arena, enough);
  store.jump_at = 0;
  require(store.broken(false).empty());
}

void search(FakeStore &store, Bytes &bytes) {
  if (store.entry == kNoNode) return;
  Arena arena;
  std::vector<float> x = place(bytes);
  std::vector<NodeId> found = store.search(x, 1 + bytes.next() % 40u, arena);
  require(std::set<NodeId>(found.begin(), found.end()).size() == found.size());
  for (size_t i = 0; i < found.size(); i++) {
    require(store.is_live(found[i]));
    if (i > 0) require(store.distance_to(x, found[i - 1]) <= store.distance_to(x, found[i]));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Bytes bytes = {data, std::min<size_t>(size, 300)};
  int m = 2 + bytes.next() % 8, ef = 4 + bytes.next() % 30, limit = bytes.next();
  int enough = limit % 2 ? m + limit % (m + 1) : kMaxLinks + 1;
  FakeStore store(3, m, ef);
  while (bytes.left > 0) {
    uint8_t operation = bytes.next();
    Arena arena;
    switch (operation % 8) {
      case 0: vacuum(store, enough); break;
      case 1: cut_off_vacuum(store, 1 + bytes.next() * (operation / 8u), enough); break;
      case 2: search(store, bytes); break;
      case 3:
      case 4:
        for (size_t id = bytes.next(), step = 1 + operation / 8u; id < store.nodes.size(); id += step)
          if (store.nodes[id].used) store.nodes[id].dead = true;
        break;
      default: store.insert(place(bytes), operation / 64, arena);
    }
    require(store.broken(false).empty());
  }
  vacuum(store, enough);
  if (store.entry == kNoNode) return 0;
  Arena arena;
  std::vector<float> x = store.nodes[store.entry].x;
  require(store.search(x, store.nodes.size(), arena) == store.nearest(x, store.nodes.size()));
  return 0;
}
