// SPDX-License-Identifier: PostgreSQL
// The vector words of kernels.inl in 256 bits: AVX2 with FMA and F16C, through SIMDe.
// No word reads or writes beyond the elements it names.
#include <simde/x86/avx2.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>
#if !defined(SIMDE_X86_AVX2_NATIVE) || !defined(SIMDE_X86_FMA_NATIVE) || !defined(SIMDE_X86_F16C_NATIVE)
#error "this file must be compiled with -mavx2 -mfma -mf16c: emulation would be slower than the reference"
#endif

namespace vexpg::kernels::VEXPG_ISA {
namespace {

using Floats = simde__m256;
using Bytes = simde__m256i;
using Counts = simde__m256i;  // 4 x uint64
using Narrow = simde__m256i;  // 16 x int16
using Wide = simde__m256i;    // 8 x int32
constexpr size_t kLanes = 8;
constexpr size_t kBlock = 32;

inline Floats zero() { return simde_mm256_setzero_ps(); }
inline Floats broadcast(float value) { return simde_mm256_set1_ps(value); }
inline Floats load(const float *p) { return simde_mm256_loadu_ps(p); }
inline Floats load(const uint16_t *p) {
  return simde_mm256_cvtph_ps(simde_mm_loadu_si128(reinterpret_cast<const simde__m128i *>(p)));
}
inline Floats load_first(const float *p, size_t count) {
  simde__m256i lane = simde_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return simde_mm256_maskload_ps(p, simde_mm256_cmpgt_epi32(simde_mm256_set1_epi32(static_cast<int>(count)), lane));
}
inline int64_t first_halves(const uint16_t *p, size_t count) {  // up to 4, the first in the lowest bits
  uint64_t word = 0;
  if (count >= 4) {
    __builtin_memcpy(&word, p, sizeof(word));
  } else {
    for (size_t i = count; i-- > 0;) {
      uint16_t half;
      __builtin_memcpy(&half, p + i, sizeof(half));
      word = word << 16 | half;
    }
  }
  return static_cast<int64_t>(word);
}
// In registers: a vector read back from halves just stored would wait for all of them.
inline Floats load_first(const uint16_t *p, size_t count) {
  int64_t low = first_halves(p, count), high = count > 4 ? first_halves(p + 4, count - 4) : 0;
  return simde_mm256_cvtph_ps(simde_mm_set_epi64x(high, low));
}
inline void store(float *p, Floats v) { simde_mm256_storeu_ps(p, v); }
inline void store(uint16_t *p, Floats v) {
  simde_mm_storeu_si128(reinterpret_cast<simde__m128i *>(p), simde_mm256_cvtps_ph(v, SIMDE_MM_FROUND_TO_NEAREST_INT));
}

inline Floats add(Floats a, Floats b) { return simde_mm256_add_ps(a, b); }
inline Floats subtract(Floats a, Floats b) { return simde_mm256_sub_ps(a, b); }
inline Floats multiply(Floats a, Floats b) { return simde_mm256_mul_ps(a, b); }
inline Floats multiply_add(Floats sum, Floats a, Floats b) { return simde_mm256_fmadd_ps(a, b, sum); }
inline Floats magnitude(Floats v) { return simde_mm256_andnot_ps(simde_mm256_set1_ps(-0.0f), v); }
inline float sum_lanes(Floats v) {
  simde__m128 four = simde_mm_add_ps(simde_mm256_castps256_ps128(v), simde_mm256_extractf128_ps(v, 1));
  simde__m128 two = simde_mm_add_ps(four, simde_mm_movehl_ps(four, four));
  return simde_mm_cvtss_f32(simde_mm_add_ss(two, simde_mm_movehdup_ps(two)));
}

// Lane i carries bit i as its sign; flip changes signs where the mask has one.
inline Floats sign_mask(uint64_t bits) {
  simde__m256i top = simde_mm256_sllv_epi32(simde_mm256_set1_epi32(static_cast<int>(bits)),
                                            simde_mm256_setr_epi32(31, 30, 29, 28, 27, 26, 25, 24));
  return simde_mm256_and_ps(simde_mm256_castsi256_ps(top), simde_mm256_set1_ps(-0.0f));
}
inline Floats flip(Floats v, Floats mask) { return simde_mm256_xor_ps(v, mask); }

// Lane i from lane i ^ kStride.
template <size_t kStride>
inline Floats exchange(Floats v) {
  if constexpr (kStride == 1) return simde_mm256_permute_ps(v, 0xb1);
  else if constexpr (kStride == 2) return simde_mm256_permute_ps(v, 0x4e);
  else return simde_mm256_permute2f128_ps(v, v, 1);
}

inline Bytes load_bytes(const void *p) { return simde_mm256_loadu_si256(static_cast<const simde__m256i *>(p)); }
inline Bytes load_first_bytes(const void *p, size_t count) {
  uint8_t padded[kBlock] = {};
  __builtin_memcpy(padded, p, count);
  return load_bytes(padded);
}
inline Bytes bits_and(Bytes a, Bytes b) { return simde_mm256_and_si256(a, b); }
inline Bytes bits_or(Bytes a, Bytes b) { return simde_mm256_or_si256(a, b); }
inline Bytes bits_xor(Bytes a, Bytes b) { return simde_mm256_xor_si256(a, b); }

// Bit i: whether number i lies in low .. low + width. Compared as signed numbers half of their range away.
inline unsigned numbers_within(Bytes numbers, uint64_t low, uint64_t width) {
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  Bytes above = simde_mm256_sub_epi64(numbers, simde_mm256_set1_epi64x(static_cast<int64_t>(low + kHalf)));
  Bytes beyond = simde_mm256_cmpgt_epi64(above, simde_mm256_set1_epi64x(static_cast<int64_t>(width ^ kHalf)));
  return ~static_cast<unsigned>(simde_mm256_movemask_pd(simde_mm256_castsi256_pd(beyond))) & 15;
}

inline Counts no_counts() { return simde_mm256_setzero_si256(); }
inline Counts add_counts(Counts counts, Bytes bits) {
  simde__m256i table = simde_mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                             0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  simde__m256i nibble = simde_mm256_set1_epi8(15);
  simde__m256i low = simde_mm256_shuffle_epi8(table, simde_mm256_and_si256(bits, nibble));
  simde__m256i high = simde_mm256_shuffle_epi8(table, simde_mm256_and_si256(simde_mm256_srli_epi16(bits, 4), nibble));
  simde__m256i sums = simde_mm256_sad_epu8(simde_mm256_add_epi8(low, high), simde_mm256_setzero_si256());
  return simde_mm256_add_epi64(counts, sums);
}
inline uint64_t sum_counts(Counts counts) {
  simde__m128i two = simde_mm_add_epi64(simde_mm256_castsi256_si128(counts), simde_mm256_extracti128_si256(counts, 1));
  return static_cast<uint64_t>(simde_mm_cvtsi128_si64(simde_mm_add_epi64(two, simde_mm_unpackhi_epi64(two, two))));
}

// Bits kShift and up of each byte, as many as kMask has.
template <int kShift, int kMask>
inline Bytes fields(Bytes code) {
  return simde_mm256_and_si256(simde_mm256_srli_epi16(code, kShift), simde_mm256_set1_epi8(kMask));
}
inline Narrow no_narrow() { return simde_mm256_setzero_si256(); }
inline Narrow multiply_add(Narrow sums, Bytes fields, Bytes query) {
  return simde_mm256_add_epi16(sums, simde_mm256_maddubs_epi16(fields, query));
}
inline Wide no_wide() { return simde_mm256_setzero_si256(); }
inline Wide add_narrow(Wide sums, Narrow narrow) {
  return simde_mm256_add_epi32(sums, simde_mm256_madd_epi16(narrow, simde_mm256_set1_epi16(1)));
}
inline void store(int32_t *p, Wide v) { simde_mm256_storeu_si256(p, v); }
inline Bytes broadcast_word(const int8_t *p) {
  int32_t word;
  __builtin_memcpy(&word, p, sizeof(word));
  return simde_mm256_set1_epi32(word);
}
// Lane i gains the sum of the products of signed bytes 4 i .. 4 i + 3, none of them -128.
inline Wide add_products(Wide sums, Bytes a, Bytes b) {
  return add_narrow(sums, simde_mm256_maddubs_epi16(simde_mm256_abs_epi8(a), simde_mm256_sign_epi8(b, a)));
}
inline int32_t sum_lanes(Wide v) {
  simde__m128i four = simde_mm_add_epi32(simde_mm256_castsi256_si128(v), simde_mm256_extracti128_si256(v, 1));
  simde__m128i two = simde_mm_add_epi32(four, simde_mm_shuffle_epi32(four, 0x4e));
  return simde_mm_cvtsi128_si32(simde_mm_add_epi32(two, simde_mm_shuffle_epi32(two, 0xb1)));
}

// int8 elements as int16: kShorts of them.
constexpr size_t kShorts = 16;
inline Narrow load_shorts(const int8_t *p) {
  return simde_mm256_cvtepi8_epi16(simde_mm_loadu_si128(reinterpret_cast<const simde__m128i *>(p)));
}
inline Narrow load_first_shorts(const int8_t *p, size_t count) {
  int8_t padded[kShorts] = {};
  __builtin_memcpy(padded, p, count);
  return load_shorts(padded);
}
inline Narrow subtract_shorts(Narrow a, Narrow b) { return simde_mm256_sub_epi16(a, b); }
inline Narrow magnitude_shorts(Narrow v) { return simde_mm256_abs_epi16(v); }
inline Wide multiply_pairs(Wide sums, Narrow a, Narrow b) {
  return simde_mm256_add_epi32(sums, simde_mm256_madd_epi16(a, b));
}
// kLanes bytes as int32.
inline Wide load_wide(const uint8_t *p) {
  return simde_mm256_cvtepu8_epi32(simde_mm_loadl_epi64(reinterpret_cast<const simde__m128i *>(p)));
}
inline Wide broadcast_wide(int value) { return simde_mm256_set1_epi32(value); }
inline Wide wide_and(Wide a, Wide b) { return simde_mm256_and_si256(a, b); }
inline Wide shift_down(Wide v, unsigned bits) {
  return simde_mm256_srl_epi32(v, simde_mm_cvtsi32_si128(static_cast<int>(bits)));
}
inline Floats to_floats(Wide v) { return simde_mm256_cvtepi32_ps(v); }

}  // namespace
}  // namespace vexpg::kernels::VEXPG_ISA
