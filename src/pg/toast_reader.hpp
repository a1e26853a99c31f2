// SPDX-License-Identifier: PostgreSQL
// Values of one table stored out of line, many of them one after the other: the table's TOAST relation, its index and the
// scan of it stay open between values, where the server's detoasting opens and closes all of them each time; and a backend
// remembers where it found a value; or, for who reads a whole table, a value is looked for behind the one before it, where
// it was written.
#pragma once
#include "pg/buffer_map.hpp"

namespace vexpg::pg {

class ToastReader {
 public:
  // memory: lives as long as the reader. in_order: values come mostly as they were written.
  ToastReader(Relation table, MemoryContext memory, bool in_order)
      : table_(table), memory_(memory), in_order_(in_order) {}

  // The whole value of an uncompressed out-of-line datum, valid until the next call; null for any other datum, or if
  // anything about it is not as expected: then the server's own detoasting decides what to say.
  struct varlena *read(Datum value);
  // Of a value that will be read soon: asks the memory for the page where it was last seen, then for what is there. datum: may
  // be any bytes, as many as a TOAST pointer has.
  struct Ahead {
    const char *page = nullptr;
    OffsetNumber offset = 0;
  };
  Ahead prefetch_place(const char *datum);
  static void prefetch_chunks(const Ahead &ahead);
  // Releases everything; must be called before the memory goes.
  void end();

 private:
  bool open(Oid toast_table);
  bool open_index();
  struct varlena *room_for(Size bytes);
  struct Wanted {
    Oid value;
    char *to;
    Size size;
  };
  Size copy_by_place(Oid value, char *to, Size size);
  Size copy_by_index(Oid value, char *to, Size size);
  Size copy_from_page(Page page, Buffer buffer, const Wanted &wanted, OffsetNumber *offset, int32 *number);
  static Size copy_chunk(Datum stored_number, Datum stored_chunk, int32 number, char *to, Size room);

  Relation table_;
  MemoryContext memory_;
  Relation toast_ = nullptr, index_ = nullptr;
  IndexScanDesc scan_ = nullptr;
  TupleTableSlot *slot_ = nullptr;
  SnapshotData snapshot_memory_;
  Snapshot snapshot_ = nullptr;
  struct varlena *value_ = nullptr;  // the last value
  Size capacity_ = 0;
  BlockNumber blocks_ = 0;
  BufferMap *map_ = nullptr;
  BlockNumber next_block_ = InvalidBlockNumber;  // where the last value ended
  OffsetNumber next_offset_ = InvalidOffsetNumber;
  bool in_order_, failed_ = false;
};

}  // namespace vexpg::pg
