// SPDX-License-Identifier: PostgreSQL
// The vector words of kernels.inl in 128 bits: NEON of the baseline armv8-a, through the compiler's own intrinsics,
// which have the widening multiplies and half conversions that SIMDe's x86 words would emulate here.
// No word reads or writes beyond the elements it names.
#include <arm_neon.h>

namespace vexpg::kernels::VEXPG_ISA {
namespace {

using Floats = float32x4_t;
using Bytes = uint8x16_t;
using Counts = uint64x2_t;
using Narrow = int16x8_t;
using Wide = int32x4_t;
constexpr size_t kLanes = 4;
constexpr size_t kBlock = 16;

inline Bytes load_bytes(const void *p) { return vld1q_u8(static_cast<const uint8_t *>(p)); }
inline Bytes load_first_bytes(const void *p, size_t count) {
  uint8_t padded[kBlock] = {};
  __builtin_memcpy(padded, p, count);
  return load_bytes(padded);
}

inline Floats zero() { return vdupq_n_f32(0); }
inline Floats broadcast(float value) { return vdupq_n_f32(value); }
// Loaded and stored as bytes: an array of floats may have any alignment.
inline Floats load(const float *p) { return vreinterpretq_f32_u8(load_bytes(p)); }
inline Floats load(const uint16_t *p) {
  return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(reinterpret_cast<const uint8_t *>(p))));
}
template <class Element>
inline Floats load_first(const Element *p, size_t count) {
  Element padded[kLanes] = {};
  __builtin_memcpy(padded, p, count * sizeof(*p));
  return load(padded);
}
inline void store(float *p, Floats v) { vst1q_u8(reinterpret_cast<uint8_t *>(p), vreinterpretq_u8_f32(v)); }
inline void store(uint16_t *p, Floats v) {
  vst1_u8(reinterpret_cast<uint8_t *>(p), vreinterpret_u8_f16(vcvt_f16_f32(v)));
}

inline Floats add(Floats a, Floats b) { return vaddq_f32(a, b); }
inline Floats subtract(Floats a, Floats b) { return vsubq_f32(a, b); }
inline Floats multiply(Floats a, Floats b) { return vmulq_f32(a, b); }
inline Floats multiply_add(Floats sum, Floats a, Floats b) { return vfmaq_f32(sum, a, b); }
inline Floats magnitude(Floats v) { return vabsq_f32(v); }
inline float sum_lanes(Floats v) { return vaddvq_f32(v); }

// Lane i carries bit i as its sign; flip changes signs where the mask has one.
inline Floats sign_mask(uint64_t bits) {
  constexpr int32_t kShifts[kLanes] = {31, 30, 29, 28};
  uint32x4_t top = vshlq_u32(vdupq_n_u32(static_cast<uint32_t>(bits)), vld1q_s32(kShifts));
  return vreinterpretq_f32_u32(vandq_u32(top, vdupq_n_u32(0x80000000u)));
}
inline Floats flip(Floats v, Floats mask) {
  return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(v), vreinterpretq_u32_f32(mask)));
}

// Lane i from lane i ^ kStride.
template <size_t kStride>
inline Floats exchange(Floats v) {
  if constexpr (kStride == 1) return vrev64q_f32(v);
  else return vextq_f32(v, v, 2);
}

inline Bytes bits_and(Bytes a, Bytes b) { return vandq_u8(a, b); }
inline Bytes bits_or(Bytes a, Bytes b) { return vorrq_u8(a, b); }
inline Bytes bits_xor(Bytes a, Bytes b) { return veorq_u8(a, b); }

// Bit i: whether number i lies in low .. low + width.
inline unsigned numbers_within(Bytes numbers, uint64_t low, uint64_t width) {
  uint64x2_t held = vcleq_u64(vsubq_u64(vreinterpretq_u64_u8(numbers), vdupq_n_u64(low)), vdupq_n_u64(width));
  return static_cast<unsigned>((vgetq_lane_u64(held, 0) & 1) | (vgetq_lane_u64(held, 1) & 2));
}

inline Counts no_counts() { return vdupq_n_u64(0); }
inline Counts add_counts(Counts counts, Bytes bits) {
  return vpadalq_u32(counts, vpaddlq_u16(vpaddlq_u8(vcntq_u8(bits))));
}
inline uint64_t sum_counts(Counts counts) { return vaddvq_u64(counts); }

// Bits kShift and up of each byte, as many as kMask has.
template <int kShift, int kMask>
inline Bytes fields(Bytes code) {
  if constexpr (kShift == 0) return vandq_u8(code, vdupq_n_u8(kMask));
  else return vandq_u8(vshrq_n_u8(code, kShift), vdupq_n_u8(kMask));
}
inline Narrow no_narrow() { return vdupq_n_s16(0); }
inline Narrow multiply_add(Narrow sums, Bytes fields, Bytes query) {
  int8x16_t a = vreinterpretq_s8_u8(fields), b = vreinterpretq_s8_u8(query);
  return vmlal_high_s8(vmlal_s8(sums, vget_low_s8(a), vget_low_s8(b)), a, b);
}
inline Wide no_wide() { return vdupq_n_s32(0); }
inline Wide add_narrow(Wide sums, Narrow narrow) { return vpadalq_s16(sums, narrow); }
inline void store(int32_t *p, Wide v) { vst1q_u8(reinterpret_cast<uint8_t *>(p), vreinterpretq_u8_s32(v)); }
inline Bytes broadcast_word(const int8_t *p) {
  uint32_t word;
  __builtin_memcpy(&word, p, sizeof(word));
  return vreinterpretq_u8_u32(vdupq_n_u32(word));
}
// Lane i gains the sum of the products of signed bytes 4 i .. 4 i + 3.
inline Wide add_products(Wide sums, Bytes a, Bytes b) {
  int8x16_t x = vreinterpretq_s8_u8(a), y = vreinterpretq_s8_u8(b);
  int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(y))), high = vpaddlq_s16(vmull_high_s8(x, y));
  return vaddq_s32(sums, vpaddq_s32(low, high));
}
inline int32_t sum_lanes(Wide v) { return vaddvq_s32(v); }

// int8 elements as int16: kShorts of them.
constexpr size_t kShorts = 8;
inline Narrow load_shorts(const int8_t *p) { return vmovl_s8(vld1_s8(p)); }
inline Narrow load_first_shorts(const int8_t *p, size_t count) {
  int8_t padded[kShorts] = {};
  __builtin_memcpy(padded, p, count);
  return load_shorts(padded);
}
inline Narrow subtract_shorts(Narrow a, Narrow b) { return vsubq_s16(a, b); }
inline Narrow magnitude_shorts(Narrow v) { return vabsq_s16(v); }
inline Wide multiply_pairs(Wide sums, Narrow a, Narrow b) {
  return vmlal_high_s16(vmlal_s16(sums, vget_low_s16(a), vget_low_s16(b)), a, b);
}
// kLanes bytes as int32.
inline Wide load_wide(const uint8_t *p) {
  uint32_t four;
  __builtin_memcpy(&four, p, sizeof(four));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four))))));
}
inline Wide broadcast_wide(int value) { return vdupq_n_s32(value); }
inline Wide wide_and(Wide a, Wide b) { return vandq_s32(a, b); }
inline Wide shift_down(Wide v, unsigned bits) { return vshlq_s32(v, vdupq_n_s32(-static_cast<int32_t>(bits))); }
inline Floats to_floats(Wide v) { return vcvtq_f32_s32(v); }

}  // namespace
}  // namespace vexpg::kernels::VEXPG_ISA
