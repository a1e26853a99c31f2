// SPDX-License-Identifier: PostgreSQL
#include "pg/toast_reader.hpp"

#include "pg/prefetch.hpp"

namespace vexpg::pg {
namespace {

// Columns of a TOAST table.
constexpr AttrNumber kValueId = 1, kChunkNumber = 2, kChunk = 3;

// Where this backend last found the first chunk of a value: a hint, so that the index of the TOAST table need not be
// asked. What lies there says itself which chunk of which value it is.
struct Place {
  Oid value;
  BlockNumber block;
  OffsetNumber offset;
  uint16 table;  // some bits of its OID
};
constexpr uint32_t kPlaces = 65536;  // less than a megabyte, once a scan has read such values
constinit Place *places = nullptr;

uint16 table_bits(Relation table) { return static_cast<uint16>(RelationGetRelid(table)); }

Place *place_of(Oid table, Oid value) {
  if (places == nullptr)
    places = static_cast<Place *>(MemoryContextAllocZero(TopMemoryContext, sizeof(Place) * kPlaces));
  return &places[(table * 0x9E3779B1u + value) % kPlaces];
}

}  // namespace

bool ToastReader::open(Oid toast_table) {
  if (toast_ != nullptr) return RelationGetRelid(toast_) == toast_table;
  if (!OidIsValid(toast_table) || table_->rd_rel->reltoastrelid != toast_table) return false;
  toast_ = table_open(toast_table, AccessShareLock);
  // Nobody cuts the table off while its lock is held.
  blocks_ = RelationGetNumberOfBlocks(toast_);
  map_ = buffer_map(toast_);
  snapshot_ = toast_snapshot(&snapshot_memory_);
  return true;
}

// For values that are not where they were last seen.
bool ToastReader::open_index() {
  if (failed_ || scan_ != nullptr) return scan_ != nullptr;
  MemoryContext old = MemoryContextSwitchTo(memory_);
  // One index; two while REINDEX CONCURRENTLY is at work.
  ListCell *cell;
  List *indexes = RelationGetIndexList(toast_);
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (index_ == nullptr && index->rd_index->indisvalid) index_ = index;
    else index_close(index, AccessShareLock);
  }
  list_free(indexes);
  failed_ = index_ == nullptr;
  if (!failed_) {
    slot_ = table_slot_create(toast_, nullptr);
    scan_ = begin_index_scan(toast_, index_, snapshot_, 1);
  }
  MemoryContextSwitchTo(old);
  return !failed_;
}

// Appends a chunk that must be number `number`; the number of bytes, or 0 if it is another or odd.
Size ToastReader::copy_chunk(Datum stored_number, Datum stored_chunk, int32 number, char *to, Size room) {
  const char *chunk = DatumGetPointer(stored_chunk);
  if (DatumGetInt32(stored_number) != number) return 0;
  if (VARATT_IS_EXTERNAL(chunk) || VARATT_IS_COMPRESSED(chunk)) return 0;
  Size bytes = VARSIZE_ANY_EXHDR(chunk);
  if (bytes > room) return 0;
  memcpy(to, VARDATA_ANY(chunk), bytes);
  return bytes;
}

// Copies the chunks that the index leads to; the number of bytes, or less than `size` if one is missing or odd.
Size ToastReader::copy_by_index(Oid value, char *to, Size size) {
  if (!open_index()) return 0;
  ScanKeyData key;
  ScanKeyInit(&key, kValueId, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(value));
  index_rescan(scan_, &key, 1, nullptr, 0);
  Size done = 0;
  for (int32 number = 0; done < size && index_getnext_slot(scan_, ForwardScanDirection, slot_); number++) {
    bool null_number, null_chunk;
    Datum stored = slot_getattr(slot_, kChunkNumber, &null_number), chunk = slot_getattr(slot_, kChunk, &null_chunk);
    Size bytes = null_number || null_chunk ? 0 : copy_chunk(stored, chunk, number, to + done, size - done);
    if (bytes == 0) break;
    done += bytes;
    next_block_ = ItemPointerGetBlockNumber(&slot_->tts_tid);
    next_offset_ = OffsetNumberNext(ItemPointerGetOffsetNumber(&slot_->tts_tid));
    if (number == 0 && !in_order_)
      *place_of(RelationGetRelid(toast_), value) = {value, ItemPointerGetBlockNumber(&slot_->tts_tid),
                                                    ItemPointerGetOffsetNumber(&slot_->tts_tid), table_bits(toast_)};
  }
  // No pin may outlive the call: a cursor can rest here for hours, and vacuum would wait for it.
  ExecClearTuple(slot_);
  index_rescan(scan_, &key, 1, nullptr, 0);
  return done;
}

// Copies the chunks of a value that lie on a page, from *offset and *number on; both move along.
Size ToastReader::copy_from_page(Page page, Buffer buffer, const Wanted &wanted, OffsetNumber *offset, int32 *number) {
  Size done = 0;
  HeapTupleData tuple;
  tuple.t_tableOid = RelationGetRelid(toast_);
  for (; done < wanted.size && *offset <= PageGetMaxOffsetNumber(page); ++*offset, ++*number) {
    ItemId item = PageGetItemId(page, *offset);
    if (!ItemIdIsNormal(item)) break;
    tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
    tuple.t_len = ItemIdGetLength(item);
    ItemPointerSet(&tuple.t_self, BufferGetBlockNumber(buffer), *offset);
    if (!HeapTupleSatisfiesVisibility(&tuple, snapshot_, buffer)) break;
    Datum values[kChunk];
    bool nulls[kChunk];
    heap_deform_tuple(&tuple, RelationGetDescr(toast_), values, nulls);
    if (nulls[0] || nulls[1] || nulls[2] || DatumGetObjectId(values[kValueId - 1]) != wanted.value) break;
    Size bytes = copy_chunk(values[kChunkNumber - 1], values[kChunk - 1], *number, wanted.to + done, wanted.size - done);
    if (bytes == 0) break;
    done += bytes;
  }
  return done;
}

// Copies the chunks from where the first one was seen before, or behind the last value, along the pages as they were written;
// the number of bytes, or less than `size` if they lie elsewhere.
Size ToastReader::copy_by_place(Oid value, char *to, Size size) {
  Place place = {value, next_block_, next_offset_, table_bits(toast_)};
  if (!in_order_) place = *place_of(RelationGetRelid(toast_), value);
  if (place.value != value || place.table != table_bits(toast_)) return 0;
  OffsetNumber offset = place.offset;
  Size done = 0;
  int32 number = 0;
  for (BlockNumber block = place.block; done < size && block < blocks_; block++, offset = FirstOffsetNumber) {
    Buffer buffer = pin_remembered(map_, toast_, block);
    if (buffer == InvalidBuffer) {
      buffer = ReadBuffer(toast_, block);
      remember_buffer(map_, block, buffer);
    }
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    Size bytes = copy_from_page(BufferGetPage(buffer), buffer, {value, to + done, size - done}, &offset, &number);
    UnlockReleaseBuffer(buffer);
    // A last chunk that does not follow on this page may begin the next, as may a value behind another.
    if (bytes == 0 && block > place.block) break;
    if (bytes == 0 && done == 0 && !in_order_) break;
    done += bytes;
    next_block_ = block;
    next_offset_ = offset;
  }
  return done;
}

struct varlena *ToastReader::room_for(Size bytes) {
  if (bytes <= capacity_) return value_;
  if (value_ != nullptr) pfree(value_);
  capacity_ = 0;
  value_ = static_cast<struct varlena *>(MemoryContextAlloc(memory_, bytes));
  capacity_ = bytes;
  return value_;
}

struct varlena *ToastReader::read(Datum value) {
  const char *datum = DatumGetPointer(value);
  if (!VARATT_IS_EXTERNAL_ONDISK(datum)) return nullptr;
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, datum);
  Size size = VARATT_EXTERNAL_GET_EXTSIZE(pointer);
  bool compressed = size < static_cast<Size>(pointer.va_rawsize) - VARHDRSZ;
  if (compressed || !open(pointer.va_toastrelid)) return nullptr;
  struct varlena *result = room_for(size + VARHDRSZ);
  SET_VARSIZE(result, size + VARHDRSZ);
  if (copy_by_place(pointer.va_valueid, VARDATA(result), size) == size ||
      copy_by_index(pointer.va_valueid, VARDATA(result), size) == size)
    return result;
  return nullptr;
}

ToastReader::Ahead ToastReader::prefetch_place(const char *datum) {
  if (!VARATT_IS_EXTERNAL_ONDISK(datum)) return {};
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, datum);
  if (!open(pointer.va_toastrelid)) return {};
  const Place &place = *place_of(pointer.va_toastrelid, pointer.va_valueid);
  if (place.value != pointer.va_valueid || place.table != table_bits(toast_)) return {};
  return {prefetch_item_id(map_, place.block, place.offset), place.offset};
}

void ToastReader::prefetch_chunks(const Ahead &ahead) {
  if (ahead.page == nullptr) return;
  Glance chunk = glance_at(ahead.page, ahead.offset);
  if (chunk.item != nullptr) prefetch_lines(chunk.item, chunk.length);
}

void ToastReader::end() {
  if (toast_ == nullptr) return;
  if (scan_ != nullptr) {
    index_endscan(scan_);
    ExecDropSingleTupleTableSlot(slot_);
    index_close(index_, AccessShareLock);
    scan_ = nullptr;
    index_ = nullptr;
  }
  table_close(toast_, AccessShareLock);
  toast_ = nullptr;
}

}  // namespace vexpg::pg
