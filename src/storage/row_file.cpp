// SPDX-License-Identifier: PostgreSQL
#include "storage/row_file.hpp"

namespace vexpg::storage {

RowFile::RowFile(const IndexModel &model)
    : model_(model),
      file_(BufFileCreateTemp(false)),
      slot_(static_cast<uint8_t *>(palloc0(model.geometry.slot_size))),
      detail_(static_cast<uint8_t *>(palloc0(model.geometry.detail_size + 1))) {}

void RowFile::append(const Row &row, const ItemPointerData &tid) {
  const Geometry &geometry = model_.geometry;
  if (count_ == kNoNode - 1)
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("table has too many rows for an hnsw index")));
  NodeHead head = {};
  memcpy(head.tid, &tid, sizeof head.tid);
  head.flags = kUsed;
  head.next = kNoNode;
  head.tower_block = kNoBlock;
  head.nulls = row.nulls;
  head.factors = row.factors;
  write_slot(model_, row, head, slot_);
  if (geometry.detail_size > 0) write_detail(row, geometry.shape.refine_bytes(), 0, detail_);
  append_bytes(slot_, detail_);
}

void RowFile::append_bytes(const uint8_t *slot, const uint8_t *detail) {
  BufFileWrite(file_, const_cast<uint8_t *>(slot), model_.geometry.links_offset);
  if (model_.geometry.detail_size > 0) BufFileWrite(file_, const_cast<uint8_t *>(detail), model_.geometry.detail_size);
  count_++;
}

void RowFile::rewind() {
  if (BufFileSeek(file_, 0, 0, SEEK_SET) != 0)
    ereport(ERROR, (errcode(ERRCODE_IO_ERROR), errmsg("could not rewind temporary file of an index build")));
}

void RowFile::read() {
  const Geometry &geometry = model_.geometry;
  if (BufFileRead(file_, slot_, geometry.links_offset) != geometry.links_offset ||
      (geometry.detail_size > 0 && BufFileRead(file_, detail_, geometry.detail_size) != geometry.detail_size))
    ereport(ERROR, (errcode(ERRCODE_IO_ERROR), errmsg("could not read temporary file of an index build")));
}

void RowFile::close() { BufFileClose(file_); }

}  // namespace vexpg::storage
