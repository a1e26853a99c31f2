// SPDX-License-Identifier: PostgreSQL
#include "pg/toast_reader.hpp"

namespace vexpg::pg {
namespace {

// Columns of a TOAST table.
constexpr AttrNumber kValueId = 1, kChunkNumber = 2, kChunk = 3;

}  // namespace

bool ToastReader::open(Oid toast_table) {
  if (toast_ != nullptr) return RelationGetRelid(toast_) == toast_table;
  if (failed_ || table_->rd_rel->reltoastrelid != toast_table) return false;
  MemoryContext old = MemoryContextSwitchTo(memory_);
  Relation toast = table_open(toast_table, AccessShareLock);
  // One index; two while REINDEX CONCURRENTLY is at work.
  ListCell *cell;
  List *indexes = RelationGetIndexList(toast);
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (index_ == nullptr && index->rd_index->indisvalid) index_ = index;
    else index_close(index, AccessShareLock);
  }
  list_free(indexes);
  failed_ = index_ == nullptr;
  if (failed_) {
    table_close(toast, AccessShareLock);
  } else {
    toast_ = toast;
    slot_ = table_slot_create(toast_, nullptr);
    scan_ = begin_index_scan(toast_, index_, toast_snapshot(&snapshot_), 1);
  }
  MemoryContextSwitchTo(old);
  return !failed_;
}

// Copies the chunks that the scan returns; the number of bytes, or less than `size` if one is missing or odd.
Size ToastReader::copy_chunks(char *to, Size size) {
  Size done = 0;
  for (int32 number = 0; done < size && index_getnext_slot(scan_, ForwardScanDirection, slot_); number++) {
    bool null_number, null_chunk;
    int32 stored = DatumGetInt32(slot_getattr(slot_, kChunkNumber, &null_number));
    const char *chunk = DatumGetPointer(slot_getattr(slot_, kChunk, &null_chunk));
    if (null_number || null_chunk || stored != number) return 0;
    if (VARATT_IS_EXTERNAL(chunk) || VARATT_IS_COMPRESSED(chunk)) return 0;
    Size bytes = VARSIZE_ANY_EXHDR(chunk);
    if (bytes == 0 || bytes > size - done) return 0;
    memcpy(to + done, VARDATA_ANY(chunk), bytes);
    done += bytes;
  }
  return done;
}

struct varlena *ToastReader::read(Datum value) {
  const char *datum = DatumGetPointer(value);
  if (!VARATT_IS_EXTERNAL_ONDISK(datum)) return nullptr;
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, datum);
  Size size = VARATT_EXTERNAL_GET_EXTSIZE(pointer);
  bool compressed = size < static_cast<Size>(pointer.va_rawsize) - VARHDRSZ;
  if (compressed || !open(pointer.va_toastrelid)) return nullptr;
  auto *result = static_cast<struct varlena *>(palloc(size + VARHDRSZ));
  SET_VARSIZE(result, size + VARHDRSZ);
  ScanKeyData key;
  ScanKeyInit(&key, kValueId, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(pointer.va_valueid));
  index_rescan(scan_, &key, 1, nullptr, 0);
  bool whole = copy_chunks(VARDATA(result), size) == size;
  // No pin may outlive the call: a cursor can rest here for hours, and vacuum would wait for it.
  ExecClearTuple(slot_);
  index_rescan(scan_, &key, 1, nullptr, 0);
  if (whole) return result;
  pfree(result);
  return nullptr;
}

void ToastReader::end() {
  if (toast_ == nullptr) return;
  index_endscan(scan_);
  ExecDropSingleTupleTableSlot(slot_);
  index_close(index_, AccessShareLock);
  table_close(toast_, AccessShareLock);
  toast_ = nullptr;
}

}  // namespace vexpg::pg
