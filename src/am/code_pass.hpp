// SPDX-License-Identifier: PostgreSQL
// A pass over the codes of many slots, in the order of their pages.
#pragma once
#include "storage/page_reader.hpp"

namespace vexpg::am {

class CodePass {
 public:
  explicit CodePass(storage::PageReader &reader) : reader_(reader) {}

  // Adds a slot; once there are enough of them, they are scored, and take(candidate) is called for the nodes among them.
  template <class Take> void add(graph::NodeId id, const Take &take) {
    ids_[count_++] = id;
    if (count_ == kBatch) finish(take);
  }
  // The rest.
  template <class Take> void finish(const Take &take) {
    graph::Candidate scored[kBatch];
    reader_.poll();
    int kept = count_ == 0 ? 0 : reader_.score(ids_, count_, scored);
    count_ = 0;
    for (int i = 0; i < kept; i++) take(scored[i]);
  }
  // Slots added and not scored.
  uint64_t waiting() const { return static_cast<uint64_t>(count_); }

 private:
  static constexpr int kBatch = 100;
  static_assert(kBatch <= graph::kMaxLinks);

  storage::PageReader &reader_;
  graph::NodeId ids_[kBatch];
  int count_ = 0;
};

}  // namespace vexpg::am
