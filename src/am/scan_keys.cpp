// SPDX-License-Identifier: PostgreSQL
#include "am/scan_keys.hpp"

#include "am/am.hpp"
#include "storage/datum.hpp"

namespace vexpg::am {

using storage::Condition;
using types::CellRange;

namespace {

// The column that a scan key is about.
struct Column {
  types::AttributeKind kind;
  Oid collation;
};

types::Comparison comparison_of(StrategyNumber strategy) {
  switch (strategy) {
    case kLess: return types::Comparison::kLess;
    case kLessEqual: return types::Comparison::kLessEqual;
    case kEqual: return types::Comparison::kEqual;
    case kGreaterEqual: return types::Comparison::kGreaterEqual;
    case kGreater: return types::Comparison::kGreater;
    default: elog(ERROR, "unknown strategy %d", strategy);
  }
  pg_unreachable();
}

// Ranges of cells that are being collected.
struct Ranges {
  CellRange *items;
  uint32_t count;

  explicit Ranges(int most)
      : items(static_cast<CellRange *>(palloc(sizeof(CellRange) * static_cast<Size>(most)))), count(0) {}
  void add(const CellRange &range) {
    if (!range.empty()) items[count++] = range;
  }
  // Sorts them and joins those that overlap.
  void merge() {
    std::sort(items, items + count, [](const CellRange &a, const CellRange &b) { return a.low < b.low; });
    uint32_t merged = 0;
    for (uint32_t i = 0; i < count; i++) {
      if (merged > 0 && items[i].low <= items[merged - 1].high)
        items[merged - 1].high = std::max(items[merged - 1].high, items[i].high);
      else
        items[merged++] = items[i];
    }
    count = merged;
  }
};

void set_ranges(Ranges may, Ranges sure, Condition *out) {
  may.merge();
  sure.merge();
  out->kind = Condition::Kind::kRanges;
  out->ranges = may.items;
  out->range_count = may.count;
  out->sure = sure.items;
  out->sure_count = sure.count;
  out->lossy = may.count != sure.count || !std::equal(may.items, may.items + may.count, sure.items);
}

// A comparison with one value, or with any element of an array: the union over its elements. NULL elements match
// nothing.
void set_comparison(const Column &column, const ScanKeyData &key, Condition *out) {
  Datum one = key.sk_argument, *values = &one;
  bool *nulls = nullptr;
  int count = 1;
  if (key.sk_flags & SK_SEARCHARRAY) {
    ArrayType *array = DatumGetArrayTypeP(key.sk_argument);
    int16 length;
    bool by_value;
    char align;
    get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
    deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, &values, &nulls, &count);
  }
  types::CellForm form = types::form_of(column.kind);
  types::Comparison comparison = comparison_of(key.sk_strategy);
  Ranges may(count + 1), sure(count + 1);
  for (int i = 0; i < count; i++) {
    if (nulls != nullptr && nulls[i]) continue;
    types::Operand operand = storage::attribute_operand(column.kind, column.collation, key.sk_subtype, values[i]);
    types::Reach reach = types::reach_of(form, comparison, operand);
    may.add(reach.may);
    sure.add(reach.sure);
  }
  set_ranges(may, sure, out);
}

// &&, @> and <@ of arrays. NULL elements are equal to nothing.
void set_set_relation(const Column &column, const ScanKeyData &key, Condition *out) {
  storage::ElementBits elements = storage::element_bits(column.collation, key.sk_argument);
  uint64_t all = 0;
  for (uint32_t i = 0; i < elements.count; i++) all |= elements.bits[i];
  out->kind = Condition::Kind::kSuperset;
  out->lossy = true;
  out->masks = elements.bits;
  out->mask_count = elements.count;
  if (key.sk_strategy == kOverlaps) return;
  out->mask_count = 1;
  elements.bits[0] = all;
  if (key.sk_strategy == kContainedBy) {
    out->kind = Condition::Kind::kSubset;
  } else if (elements.has_null) {
    out->mask_count = 0;
  } else if (elements.count == 0) {
    out->kind = Condition::Kind::kIsNotNull;  // every array contains none
    out->lossy = false;
  }
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
  Column about = {static_cast<types::AttributeKind>(model.meta.attribute_kinds[out->attribute]),
                  model.collations[out->attribute]};
  if (key.sk_strategy >= kOverlaps) set_set_relation(about, key, out);
  else set_comparison(about, key, out);
  return out->kind == Condition::Kind::kRanges     ? out->range_count > 0
         : out->kind == Condition::Kind::kSuperset ? out->mask_count > 0
                                                   : true;
}

bool overlap(const Condition &a, const Condition &b) {
  for (uint32_t i = 0, j = 0; i < a.range_count && j < b.range_count;) {
    if (a.ranges[i].high < b.ranges[j].low) i++;
    else if (b.ranges[j].high < a.ranges[i].low) j++;
    else return true;
  }
  return false;
}

// Conditions on the same column of which no row can satisfy both.
bool contradict(const Condition &a, const Condition &b) {
  using Kind = Condition::Kind;
  if (a.attribute != b.attribute) return false;
  if (a.kind == Kind::kIsNull || b.kind == Kind::kIsNull) return a.kind != b.kind;
  return a.kind == Kind::kRanges && b.kind == Kind::kRanges && !overlap(a, b);
}

}  // namespace

bool make_filter(const storage::IndexModel &model, ScanKey keys, int key_count, storage::Filter *out) {
  auto *conditions = static_cast<Condition *>(palloc0(sizeof(Condition) * static_cast<Size>(key_count + 1)));
  *out = {0, conditions, false};
  for (int i = 0; i < key_count; i++) {
    if (keys[i].sk_attno - 1 == model.meta.vector_column) {
      // NULL vectors are not in the index; spheres are the business of range.cpp.
      if (keys[i].sk_flags & SK_SEARCHNOTNULL || (keys[i].sk_strategy == kWithinSphere && !(keys[i].sk_flags & SK_SEARCHNULL))) continue;
      ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("an hnsw index cannot search for NULL vectors")));
    }
    Condition &condition = conditions[out->count];
    if (!make_condition(model, keys[i], &condition)) return false;
    for (int other = 0; other < out->count; other++)
      if (contradict(condition, conditions[other])) return false;
    out->lossy |= condition.lossy;
    out->count++;
  }
  return true;
}

}  // namespace vexpg::am
