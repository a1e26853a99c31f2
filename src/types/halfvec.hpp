// SPDX-License-Identifier: PostgreSQL
// A value of type halfvec as it lies in memory and on disk, and IEEE binary16 numbers one at a time.
//
// Whole arrays are converted by the kernels; these conversions give the same bits.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "types/vector.hpp"

namespace vexpg::types {

struct HalfVector {
  int32_t length_word;  // the server's variable-length header, always in its 4-byte form
  int16_t dim;          // 1..kMaxDimensions
  int16_t unused;       // 0
  uint16_t x[];         // dim elements, IEEE binary16, finite
};

static_assert(sizeof(HalfVector) == 8 && alignof(HalfVector) == 4);
static_assert(offsetof(HalfVector, dim) == 4 && offsetof(HalfVector, x) == 8);
static_assert(std::is_trivially_copyable_v<HalfVector>);

constexpr size_t halfvec_bytes(int dim) { return sizeof(HalfVector) + static_cast<size_t>(dim) * sizeof(uint16_t); }

constexpr bool half_is_nan(uint16_t half) { return (half & 0x7fff) > 0x7c00; }
constexpr bool half_is_infinite(uint16_t half) { return (half & 0x7fff) == 0x7c00; }
constexpr bool half_is_zero(uint16_t half) { return (half & 0x7fff) == 0; }

constexpr Fault check_half(uint16_t half) {
  if (half_is_nan(half)) return Fault::kNan;
  return half_is_infinite(half) ? Fault::kInfinite : Fault::kNone;
}

constexpr float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t magnitude = half & 0x7fff;
  if (magnitude >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
  if (magnitude >= 0x0400) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000));
  const float subnormal = static_cast<float>(magnitude) * 0x1p-24f;  // exact
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(subnormal));
}

// Rounds to nearest even; from 65520 on the result is an infinity.
constexpr uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000;
  const uint32_t magnitude = bits & 0x7fffffff;
  uint32_t half;
  if (magnitude > 0x7f800000) {
    half = 0x7e00 | ((magnitude >> 13) & 0x3ff);
  } else if (magnitude >= 0x477ff000) {
    half = 0x7c00;
  } else if (magnitude < 0x38800000) {
    // A subnormal half counts in units of 2^-24, which is the last place of the floats from 0.5 to 1: the addition rounds.
    half = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<uint32_t>(0.5f);
  } else {
    half = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  }
  return static_cast<uint16_t>(sign | half);
}

}  // namespace vexpg::types
