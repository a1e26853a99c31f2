// SPDX-License-Identifier: PostgreSQL
// A WHERE clause over the attribute cells of a node: a conjunction of conditions, each decided from the slot alone.
#pragma once
#include "storage/layout.hpp"

namespace vexpg::storage {

struct CellRange {
  uint64_t low, high;  // both inclusive
};

struct Condition {
  enum class Kind : uint8_t { kRanges, kIsNull, kIsNotNull };
  Kind kind;
  uint8_t attribute;
  uint32_t range_count;     // kRanges: the cell lies in one of them; none: nothing matches
  const CellRange *ranges;  // ascending, disjoint
};

struct Filter {
  int count;  // 0: everything matches
  const Condition *conditions;
};

inline bool in_ranges(const Condition &condition, uint64_t cell) {
  uint32_t low = 0, high = condition.range_count;
  while (low < high) {  // the first range that ends at or after the cell
    uint32_t middle = (low + high) / 2;
    if (condition.ranges[middle].high < cell) low = middle + 1;
    else high = middle;
  }
  return low < condition.range_count && condition.ranges[low].low <= cell;
}

inline bool holds(const Condition &condition, bool null, uint64_t cell) {
  switch (condition.kind) {
    case Condition::Kind::kIsNull: return null;
    case Condition::Kind::kIsNotNull: return !null;
    case Condition::Kind::kRanges: return !null && in_ranges(condition, cell);
  }
  return true;
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

// The bytes beside a link that a row which satisfies the condition may have.
inline types::ByteMask mask_of(const types::ByteCode &code, const Condition &condition) {
  if (condition.kind == Condition::Kind::kIsNull) return types::mask_of_null();
  if (condition.kind == Condition::Kind::kIsNotNull) return types::mask_of_not_null();
  types::ByteMask mask = {};
  for (uint32_t i = 0; i < condition.range_count; i++)
    mask = types::mask_or(mask, types::mask_of_range(code, condition.ranges[i].low, condition.ranges[i].high));
  return mask;
}

}  // namespace vexpg::storage
