// SPDX-License-Identifier: PostgreSQL
#include "am/scan_keys.hpp"

#include "am/am.hpp"
#include "storage/datum.hpp"

namespace vexpg::am {

using storage::CellRange;
using storage::Condition;

namespace {

// The cells that stand in a relation to one; false if there are none.
bool range_of(StrategyNumber strategy, uint64_t cell, CellRange *out) {
  constexpr uint64_t kMax = UINT64_MAX;
  switch (strategy) {
    case kLess: *out = {0, cell - 1}; return cell > 0;
    case kLessEqual: *out = {0, cell}; return true;
    case kEqual: *out = {cell, cell}; return true;
    case kGreaterEqual: *out = {cell, kMax}; return true;
    case kGreater: *out = {cell + 1, kMax}; return cell < kMax;
    default: elog(ERROR, "unknown strategy %d", strategy);
  }
  pg_unreachable();
}

// Sorts ranges and joins those that overlap.
uint32_t merge_ranges(CellRange *ranges, uint32_t count) {
  std::sort(ranges, ranges + count, [](const CellRange &a, const CellRange &b) { return a.low < b.low; });
  uint32_t merged = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (merged > 0 && ranges[i].low <= ranges[merged - 1].high) ranges[merged - 1].high = std::max(ranges[merged - 1].high, ranges[i].high);
    else ranges[merged++] = ranges[i];
  }
  return merged;
}

// = ANY (array): the union over its elements; NULL elements match nothing.
uint32_t ranges_of_array(const ScanKeyData &key, Oid type, CellRange **out) {
  ArrayType *array = DatumGetArrayTypeP(key.sk_argument);
  int16 length;
  bool by_value;
  char align;
  Datum *elements;
  bool *nulls;
  int count;
  get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
  deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, &elements, &nulls, &count);
  *out = static_cast<CellRange *>(palloc(sizeof(CellRange) * static_cast<Size>(count + 1)));
  uint32_t used = 0;
  for (int i = 0; i < count; i++)
    if (!nulls[i] && range_of(key.sk_strategy, storage::attribute_cell_of_type(type, elements[i]), &(*out)[used])) used++;
  return merge_ranges(*out, used);
}

// False if nothing passes.
bool make_condition(const storage::IndexModel &model, const ScanKeyData &key, Condition *out) {
  int column = key.sk_attno - 1;
  out->attribute = static_cast<uint8_t>(column < model.meta.vector_column ? column : column - 1);
  if (key.sk_flags & (SK_SEARCHNULL | SK_SEARCHNOTNULL)) {
    out->kind = key.sk_flags & SK_SEARCHNULL ? Condition::Kind::kIsNull : Condition::Kind::kIsNotNull;
    return true;
  }
  if (key.sk_flags & SK_ISNULL) return false;
  out->kind = Condition::Kind::kRanges;
  CellRange *ranges;
  if (key.sk_flags & SK_SEARCHARRAY) {
    Oid type = ARR_ELEMTYPE(DatumGetArrayTypeP(key.sk_argument));
    out->range_count = ranges_of_array(key, type, &ranges);
  } else {
    ranges = static_cast<CellRange *>(palloc(sizeof(CellRange)));
    auto kind = static_cast<types::AttributeKind>(model.meta.attribute_kinds[out->attribute]);
    uint64_t cell = OidIsValid(key.sk_subtype) ? storage::attribute_cell_of_type(key.sk_subtype, key.sk_argument)
                                               : storage::attribute_cell(kind, key.sk_argument);
    out->range_count = range_of(key.sk_strategy, cell, ranges) ? 1 : 0;
  }
  out->ranges = ranges;
  return out->range_count > 0;
}

}  // namespace

bool make_filter(const storage::IndexModel &model, ScanKey keys, int key_count, storage::Filter *out) {
  auto *conditions = static_cast<Condition *>(palloc0(sizeof(Condition) * static_cast<Size>(key_count + 1)));
  *out = {0, conditions};
  for (int i = 0; i < key_count; i++) {
    if (keys[i].sk_attno - 1 == model.meta.vector_column) {
      // NULL vectors are not in the index; spheres are the business of range.cpp.
      if (keys[i].sk_flags & SK_SEARCHNOTNULL || (keys[i].sk_strategy == kWithinSphere && !(keys[i].sk_flags & SK_SEARCHNULL))) continue;
      ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("an hnsw index cannot search for NULL vectors")));
    }
    if (!make_condition(model, keys[i], &conditions[out->count])) return false;
    out->count++;
  }
  return true;
}

}  // namespace vexpg::am
