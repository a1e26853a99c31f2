// SPDX-License-Identifier: PostgreSQL
// A value of type int8vec as it lies in memory and on disk: whole numbers of one byte, as embedding services deliver them.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "types/vector.hpp"

namespace vexpg::types {

struct Int8Vector {
  int32_t length_word;  // the server's variable-length header, always in its 4-byte form
  int16_t dim;          // 1..kMaxDimensions
  int16_t unused;       // 0
  int8_t x[];           // dim elements
};

static_assert(sizeof(Int8Vector) == 8 && alignof(Int8Vector) == 4);
static_assert(offsetof(Int8Vector, dim) == 4 && offsetof(Int8Vector, x) == 8);
static_assert(std::is_trivially_copyable_v<Int8Vector>);

constexpr size_t int8vec_bytes(int dim) { return sizeof(Int8Vector) + static_cast<size_t>(dim); }

// Rounds to the nearest whole number, ties to even.
inline Fault float_to_int8(float value, int8_t *out) {
  const Fault fault = check_element(value);
  if (fault != Fault::kNone) return fault;
  const float whole = std::nearbyint(value);
  if (whole < -128 || whole > 127) return Fault::kOutOfRange;
  *out = static_cast<int8_t>(whole);
  return Fault::kNone;
}

}  // namespace vexpg::types
