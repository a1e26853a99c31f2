// SPDX-License-Identifier: PostgreSQL
// Values of filter columns as cells, and what they are compared with.
#include "storage/datum.hpp"

namespace vexpg::storage {

using types::AttributeKind;
using types::Operand;

namespace {

constexpr int64 kHashSeed = 0;  // DO NOT CHANGE: hashes are on disk
constexpr int64 kMicrosecondsOfDay = USECS_PER_DAY;

// ---- strings

// A value of one of the string types as a text: names from their bytes, char(n) without the blanks that do not count.
text *text_of(AttributeKind kind, Datum value) {
  if (kind == AttributeKind::kName || kind == AttributeKind::kNameHash)
    return cstring_to_text(NameStr(*DatumGetName(value)));
  text *string = DatumGetTextPP(value);
  if (kind != AttributeKind::kBpchar && kind != AttributeKind::kBpcharHash) return string;
  int length = static_cast<int>(VARSIZE_ANY_EXHDR(string)), used = bpchartruelen(VARDATA_ANY(string), length);
  return used == length ? string : cstring_to_text_with_len(VARDATA_ANY(string), used);
}

uint64_t string_cell(AttributeKind kind, Oid collation, Datum value) {
  text *string = text_of(kind, value);
  size_t length = VARSIZE_ANY_EXHDR(string);
  bool prefix = types::form_of(kind) == types::CellForm::kPrefix;
  uint64_t hash = 0;
  if (!prefix || length > types::kShortString)
    hash = DatumGetUInt64(
        DirectFunctionCall2Coll(hashtextextended, collation, PointerGetDatum(string), Int64GetDatum(kHashSeed)));
  return prefix ? types::cell_from_string(VARDATA_ANY(string), length, hash) : hash;
}

uint64_t uuid_cell(Datum value) {
  uint64_t hash = DatumGetUInt64(DirectFunctionCall2(uuid_hash_extended, value, Int64GetDatum(kHashSeed)));
  return types::cell_from_prefix(DatumGetUUIDP(value)->data, hash);
}

uint64_t array_cell(Oid collation, Datum value) {
  ElementBits elements = element_bits(collation, value);
  uint64_t cell = 0;
  for (uint32_t i = 0; i < elements.count; i++) cell |= elements.bits[i];
  return cell;
}

// ---- dates beside timestamps

// Where a timestamp lies among days.
Operand day_of_timestamp(Timestamp time) {
  if (TIMESTAMP_IS_NOBEGIN(time)) return {types::cell_from_int(DATEVAL_NOBEGIN), false};
  if (TIMESTAMP_IS_NOEND(time)) return {types::cell_from_int(DATEVAL_NOEND), false};
  int64 day = time / kMicrosecondsOfDay, rest = time % kMicrosecondsOfDay;
  if (rest < 0) day--;
  return {types::cell_from_int(day), rest != 0};
}

// Where a day lies among timestamps; days beyond the last timestamp are less than infinity.
Operand timestamp_of_day(DateADT day) {
  if (DATE_IS_NOBEGIN(day)) return {types::cell_from_int(DT_NOBEGIN), false};
  if (DATE_IS_NOEND(day)) return {types::cell_from_int(DT_NOEND), false};
  int overflow;
  Timestamp time = date2timestamp_opt_overflow(day, &overflow);
  if (overflow > 0) return {types::cell_from_int(DT_NOEND - 1), true};
  return {types::cell_from_int(time), false};
}

}  // namespace

AttributeKind kind_under_collation(AttributeKind kind, Oid collation) {
  bool bytewise = OidIsValid(collation) && pg::collation_orders_by_bytes(collation);
  switch (kind) {
    case AttributeKind::kText: return bytewise ? kind : AttributeKind::kTextHash;
    case AttributeKind::kBpchar: return bytewise ? kind : AttributeKind::kBpcharHash;
    case AttributeKind::kName: return bytewise ? kind : AttributeKind::kNameHash;
    default: return kind;
  }
}

bool attribute_kind_of_type(Oid type, Oid collation, AttributeKind *kind) {
  switch (type) {
    case INT2OID: *kind = AttributeKind::kInt2; break;
    case INT4OID: *kind = AttributeKind::kInt4; break;
    case INT8OID: *kind = AttributeKind::kInt8; break;
    case BOOLOID: *kind = AttributeKind::kBool; break;
    case DATEOID: *kind = AttributeKind::kDate; break;
    case TIMESTAMPOID: *kind = AttributeKind::kTimestamp; break;
    case TIMESTAMPTZOID: *kind = AttributeKind::kTimestampTz; break;
    case FLOAT4OID: *kind = AttributeKind::kFloat4; break;
    case FLOAT8OID: *kind = AttributeKind::kFloat8; break;
    case UUIDOID: *kind = AttributeKind::kUuid; break;
    case NUMERICOID: *kind = AttributeKind::kNumeric; break;
    case TEXTOID: *kind = AttributeKind::kText; break;
    case BPCHAROID: *kind = AttributeKind::kBpchar; break;
    case NAMEOID: *kind = AttributeKind::kName; break;
    case ANYENUMOID: *kind = AttributeKind::kEnum; break;
    case ANYARRAYOID: *kind = AttributeKind::kArray; break;
    default: return false;
  }
  *kind = kind_under_collation(*kind, collation);
  return true;
}

uint64_t attribute_cell(AttributeKind kind, Oid collation, Datum value) {
  switch (kind) {
    case AttributeKind::kInt2: return types::cell_from_int(DatumGetInt16(value));
    case AttributeKind::kInt4: return types::cell_from_int(DatumGetInt32(value));
    case AttributeKind::kInt8: return types::cell_from_int(DatumGetInt64(value));
    case AttributeKind::kBool: return types::cell_from_int(DatumGetBool(value));
    case AttributeKind::kDate: return types::cell_from_int(DatumGetInt32(value));
    case AttributeKind::kTimestamp:
    case AttributeKind::kTimestampTz: return types::cell_from_int(DatumGetInt64(value));
    case AttributeKind::kFloat4: return types::cell_from_float(DatumGetFloat4(value));
    case AttributeKind::kFloat8: return types::cell_from_float(DatumGetFloat8(value));
    case AttributeKind::kNumeric:
      return types::cell_from_float(DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value)));
    case AttributeKind::kUuid: return uuid_cell(value);
    case AttributeKind::kText:
    case AttributeKind::kTextHash:
    case AttributeKind::kBpchar:
    case AttributeKind::kBpcharHash:
    case AttributeKind::kName:
    case AttributeKind::kNameHash: return string_cell(kind, collation, value);
    case AttributeKind::kEnum: return types::cell_from_int(DatumGetObjectId(value));
    case AttributeKind::kArray: return array_cell(collation, value);
  }
  elog(ERROR, "unknown kind of attribute %d", static_cast<int>(kind));
  pg_unreachable();
}

Operand attribute_operand(AttributeKind kind, Oid collation, Oid type, Datum value) {
  if (kind == AttributeKind::kDate && type == TIMESTAMPOID) return day_of_timestamp(DatumGetTimestamp(value));
  if (kind == AttributeKind::kTimestamp && type == DATEOID) return timestamp_of_day(DatumGetDateADT(value));
  // Integers have the same cells whatever their size, and so have floats, and so have text and name.
  AttributeKind own;
  if (!attribute_kind_of_type(type, collation, &own)) elog(ERROR, "no cells for values of type %u", type);
  return {attribute_cell(own, collation, value), false};
}

void require_hash(Oid element_type) {
  TypeCacheEntry *entry = lookup_type_cache(element_type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
  if (OidIsValid(entry->hash_extended_proc_finfo.fn_oid)) return;
  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                  errmsg("could not identify an extended hash function for type %s", format_type_be(element_type)),
                  errhint("An hnsw index keeps arrays by hashes of their elements.")));
}

ElementBits element_bits(Oid collation, Datum value) {
  ArrayType *array = DatumGetArrayTypeP(value);
  Oid type = ARR_ELEMTYPE(array);
  require_hash(type);
  TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
  Datum *elements;
  bool *nulls;
  int count;
  deconstruct_array(array, type, entry->typlen, entry->typbyval, entry->typalign, &elements, &nulls, &count);
  ElementBits out = {0, static_cast<uint64_t *>(palloc(sizeof(uint64_t) * static_cast<Size>(count + 1))), false};
  for (int i = 0; i < count; i++) {
    if (nulls[i]) {
      out.has_null = true;
      continue;
    }
    Datum hash = FunctionCall2Coll(&entry->hash_extended_proc_finfo, collation, elements[i], Int64GetDatum(kHashSeed));
    out.bits[out.count++] = types::signature_bits(DatumGetUInt64(hash));
  }
  return out;
}

}  // namespace vexpg::storage
