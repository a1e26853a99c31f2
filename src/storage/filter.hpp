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

template <class Byte> bool matches(const Filter &filter, const SlotView<Byte> &slot) {
  if (filter.count == 0) return true;
  uint8_t nulls = slot.head().nulls;
  for (int i = 0; i < filter.count; i++) {
    const Condition &condition = filter.conditions[i];
    bool null = (nulls >> condition.attribute & 1) != 0;
    bool holds = condition.kind == Condition::Kind::kIsNull      ? null
                 : condition.kind == Condition::Kind::kIsNotNull ? !null
                                                                 : !null && in_ranges(condition, slot.cell(condition.attribute));
    if (!holds) return false;
  }
  return true;
}

}  // namespace vexpg::storage
