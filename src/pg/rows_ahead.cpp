// SPDX-License-Identifier: PostgreSQL
#include "pg/rows_ahead.hpp"

#include "pg/prefetch.hpp"

namespace vexpg::pg {
namespace {

constexpr uint32_t kTupleBytes = 4096;  // the most of a row that is asked for

// Where in the last row that was read the value lay; in most tables it is the same for all rows.
struct Lay {
  Oid table;
  AttrNumber attribute;
  uint32_t offset;
};
constinit Lay last = {InvalidOid, 0, 0};

}  // namespace

const char *prefetch_item_id(const BufferMap *map, BlockNumber block, OffsetNumber offset) {
  Buffer known = remembered_buffer(map, block);
  if (known <= 0 || offset < FirstOffsetNumber || offset > MaxHeapTuplesPerPage) return nullptr;
  const char *page = BufferGetPage(known);
  prefetch_line(GetBufferDescriptor(known - 1));
  prefetch_line(page);
  prefetch_line(page + SizeOfPageHeaderData + (offset - 1) * sizeof(ItemIdData));
  return page;
}

Glance glance_at(const char *page, OffsetNumber offset) {
  ItemIdData id;
  memcpy(&id, page + SizeOfPageHeaderData + (offset - 1) * sizeof(ItemIdData), sizeof id);
  uint32_t at = ItemIdGetOffset(&id), length = ItemIdGetLength(&id);
  bool sound = ItemIdIsNormal(&id) && length >= SizeofHeapTupleHeader && at + length <= BLCKSZ;
  return sound ? Glance{page + at, length} : Glance{};
}

RowsAhead::RowsAhead(Relation table, AttrNumber attribute)
    : table_(table), attribute_(attribute), map_(buffer_map(table)) {}

void RowsAhead::saw(const TupleTableSlot *slot, Datum value) {
  if (slot->tts_ops != &TTSOpsBufferHeapTuple) return;
  const auto *row = reinterpret_cast<const BufferHeapTupleTableSlot *>(slot);
  if (row->base.tuple == nullptr || !BufferIsValid(row->buffer)) return;
  BlockNumber block = ItemPointerGetBlockNumber(&slot->tts_tid);
  if (remembered_buffer(map_, block) != row->buffer) remember_buffer(map_, block, row->buffer);
  auto begin = reinterpret_cast<uintptr_t>(row->base.tuple->t_data), at = static_cast<uintptr_t>(value);
  if (at > begin && at < begin + row->base.tuple->t_len)
    last = {RelationGetRelid(table_), attribute_, static_cast<uint32_t>(at - begin)};
}

void RowsAhead::prefetch(const ItemPointerData *tids, int count, ToastReader *toast) const {
  Assert(count <= kMost);
  const char *pages[kMost];
  Glance rows[kMost];
  for (int i = 0; i < count; i++)
    pages[i] = prefetch_item_id(map_, ItemPointerGetBlockNumber(&tids[i]), ItemPointerGetOffsetNumber(&tids[i]));
  for (int i = 0; i < count; i++) {
    if (pages[i] == nullptr) continue;
    rows[i] = glance_at(pages[i], ItemPointerGetOffsetNumber(&tids[i]));
    if (rows[i].item != nullptr) prefetch_lines(rows[i].item, std::min(rows[i].length, kTupleBytes));
  }
  if (last.table != RelationGetRelid(table_) || last.attribute != attribute_) return;
  ToastReader::Ahead values[kMost];
  for (int i = 0; i < count; i++) {
    bool there = rows[i].item != nullptr && last.offset + TOAST_POINTER_SIZE <= rows[i].length;
    values[i] = there ? toast->prefetch_place(rows[i].item + last.offset) : ToastReader::Ahead{};
  }
  for (int i = 0; i < count; i++) ToastReader::prefetch_chunks(values[i]);
}

}  // namespace vexpg::pg
