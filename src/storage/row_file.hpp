// SPDX-License-Identifier: PostgreSQL
// Encoded rows on a temporary file: what a scan of the table leaves for the build of the graph, so that their number is
// known before memory is taken. Private to the process; the server removes the file at the end of the transaction.
#pragma once
#include "storage/row.hpp"

namespace vexpg::storage {

class RowFile {
 public:
  // In CurrentMemoryContext, which must live as long as the file.
  explicit RowFile(const IndexModel &model);

  void append(const Row &row, const ItemPointerData &tid);
  // A row as read() gives it.
  void append_bytes(const uint8_t *slot_bytes, const uint8_t *detail_bytes);
  // Before the first read.
  void rewind();
  // The next row as the bytes of a node slot up to its links, and of a detail; valid until the next call.
  void read();
  const uint8_t *slot_bytes() const { return slot_; }
  const uint8_t *detail_bytes() const { return detail_; }
  void close();
  uint32_t count() const { return count_; }

 private:
  const IndexModel &model_;
  BufFile *file_;
  uint8_t *slot_, *detail_;
  uint32_t count_ = 0;
};

}  // namespace vexpg::storage
