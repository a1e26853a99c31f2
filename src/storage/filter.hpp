// SPDX-License-Identifier: PostgreSQL
// A WHERE clause over the attribute cells of a node: a conjunction of conditions, each decided from the slot alone.
//
// A condition passes every row that it holds for. Where cells do not hold the whole value it may pass others too; then
// `certain` tells which rows it certainly holds for, and the executor looks at the rest once more.
#pragma once
#include "storage/layout.hpp"

namespace vexpg::storage {

using types::CellRange;

struct Condition {
  enum class Kind : uint8_t {
    kRanges,    // the cell lies in one of the ranges; without any nothing matches
    kSuperset,  // signatures: it has all bits of one of the masks
    kSubset,    // signatures: it has no bits but those of masks[0]
    kIsNull,
    kIsNotNull,
  };
  Kind kind;
  uint8_t attribute;
  bool lossy;            // some of the rows that pass may fail
  uint32_t range_count;
  const CellRange *ranges;  // ascending, disjoint
  uint32_t sure_count;
  const CellRange *sure;    // lossy ranges: within `ranges`, where the condition certainly holds
  uint32_t mask_count;
  const uint64_t *masks;
};

struct Filter {
  int count;  // 0: everything matches
  const Condition *conditions;
  bool lossy;  // some condition is
};

inline bool in_ranges(const CellRange *ranges, uint32_t count, uint64_t cell) {
  uint32_t low = 0, high = count;
  while (low < high) {  // the first range that ends at or after the cell
    uint32_t middle = (low + high) / 2;
    if (ranges[middle].high < cell) low = middle + 1;
    else high = middle;
  }
  return low < count && ranges[low].low <= cell;
}

inline bool has_one_mask(const Condition &condition, uint64_t cell) {
  for (uint32_t i = 0; i < condition.mask_count; i++)
    if ((condition.masks[i] & ~cell) == 0) return true;
  return false;
}

// Whether a row with this cell passes. If the condition is lossy, it may fail all the same.
inline bool holds(const Condition &condition, bool null, uint64_t cell) {
  switch (condition.kind) {
    case Condition::Kind::kRanges: return !null && in_ranges(condition.ranges, condition.range_count, cell);
    case Condition::Kind::kSuperset: return !null && has_one_mask(condition, cell);
    case Condition::Kind::kSubset: return !null && (cell & ~condition.masks[0]) == 0;
    case Condition::Kind::kIsNull: return null;
    case Condition::Kind::kIsNotNull: break;
  }
  return !null;
}

// Of a row that passes: whether the condition certainly holds.
inline bool is_certain(const Condition &condition, uint64_t cell) {
  return !condition.lossy || in_ranges(condition.sure, condition.sure_count, cell);
}

template <class Byte> bool matches(const Filter &filter, const SlotView<Byte> &slot) {
  if (filter.count == 0) return true;
  uint8_t nulls = slot.head().nulls;
  for (int i = 0; i < filter.count; i++) {
    const Condition &condition = filter.conditions[i];
    if (!holds(condition, (nulls >> condition.attribute & 1) != 0, slot.cell(condition.attribute))) return false;
  }
  return true;
}

// Of a slot that matches: whether its row must be compared itself.
template <class Byte> bool needs_recheck(const Filter &filter, const SlotView<Byte> &slot) {
  if (!filter.lossy) return false;
  for (int i = 0; i < filter.count; i++)
    if (!is_certain(filter.conditions[i], slot.cell(filter.conditions[i].attribute))) return true;
  return false;
}

// The bytes beside links to rows that may pass.
inline types::ByteMask mask_of(const types::ByteCode &code, const Condition &condition) {
  types::ByteMask mask{};
  switch (condition.kind) {
    case Condition::Kind::kRanges:
      for (uint32_t i = 0; i < condition.range_count; i++)
        mask = types::mask_or(mask, types::mask_of_range(code, condition.ranges[i].low, condition.ranges[i].high));
      return mask;
    case Condition::Kind::kSuperset:
      for (uint32_t i = 0; i < condition.mask_count; i++)
        mask = types::mask_or(mask, types::mask_of_superset(code, condition.masks[i]));
      return mask;
    case Condition::Kind::kSubset: return types::mask_of_subset(code, condition.masks[0]);
    case Condition::Kind::kIsNull: return types::mask_of_null();
    case Condition::Kind::kIsNotNull: break;
  }
  return types::mask_of_not_null();
}

}  // namespace vexpg::storage
