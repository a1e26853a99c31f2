// SPDX-License-Identifier: PostgreSQL
// A value of type vector as it lies in memory and on disk: a view of the whole datum, never an owner.
//
// The layout is part of the interface: clients and dumps of other servers rely on it. Elements are finite.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "types/fault.hpp"

namespace vexpg::types {

inline constexpr int kMaxDimensions = 16000;  // of vector and halfvec

struct Vector {
  int32_t length_word;  // the server's variable-length header, always in its 4-byte form
  int16_t dim;          // 1..kMaxDimensions
  int16_t unused;       // 0
  float x[];            // dim elements
};

static_assert(sizeof(Vector) == 8 && alignof(Vector) == 4);
static_assert(offsetof(Vector, dim) == 4 && offsetof(Vector, unused) == 6 && offsetof(Vector, x) == 8);
static_assert(std::is_trivially_copyable_v<Vector>);

// Bytes of the whole datum.
constexpr size_t vector_bytes(int dim) { return sizeof(Vector) + static_cast<size_t>(dim) * sizeof(float); }

// Whether a vector or halfvec may have this number of dimensions.
constexpr Fault check_dimensions(int64_t dim) {
  if (dim < 1) return Fault::kTooFewDimensions;
  return dim > kMaxDimensions ? Fault::kTooManyDimensions : Fault::kNone;
}

// Whether a vector or a sparsevec may hold this value.
inline Fault check_element(float value) {
  if (value != value) return Fault::kNan;
  return value - value != 0 ? Fault::kInfinite : Fault::kNone;
}

}  // namespace vexpg::types
