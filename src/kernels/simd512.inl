// SPDX-License-Identifier: PostgreSQL
// The vector words of kernels.inl in 512 bits: AVX-512 F, BW, DQ, VL, and VPOPCNTDQ where the file has it. Through
// SIMDe, and through the compiler's own intrinsics where SIMDe 0.7.4 has no such word (masked loads, halves,
// permutations, lane sums). No word reads or writes beyond the elements it names.
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of the undefined pass-through operands of its own intrinsics (GCC bug 105593) where they are inlined.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#include <simde/x86/avx2.h>
#include <simde/x86/avx512/abs.h>
#include <simde/x86/avx512/add.h>
#include <simde/x86/avx512/and.h>
#include <simde/x86/avx512/cast.h>
#include <simde/x86/avx512/dpbusd.h>
#include <simde/x86/avx512/fmadd.h>
#include <simde/x86/avx512/loadu.h>
#include <simde/x86/avx512/madd.h>
#include <simde/x86/avx512/maddubs.h>
#include <simde/x86/avx512/mul.h>
#include <simde/x86/avx512/or.h>
#include <simde/x86/avx512/popcnt.h>
#include <simde/x86/avx512/sad.h>
#include <simde/x86/avx512/set.h>
#include <simde/x86/avx512/set1.h>
#include <simde/x86/avx512/setzero.h>
#include <simde/x86/avx512/shuffle.h>
#include <simde/x86/avx512/sllv.h>
#include <simde/x86/avx512/srli.h>
#include <simde/x86/avx512/storeu.h>
#include <simde/x86/avx512/sub.h>
#include <simde/x86/avx512/xor.h>
#if !defined(SIMDE_X86_AVX512BW_NATIVE) || !defined(SIMDE_X86_AVX512DQ_NATIVE) || !defined(SIMDE_X86_AVX512VL_NATIVE)
#error "this file must be compiled with -mavx512f -mavx512bw -mavx512dq -mavx512vl"
#endif

namespace vexpg::kernels::VEXPG_ISA {
namespace {

using Floats = simde__m512;
using Bytes = simde__m512i;
using Counts = simde__m512i;  // 8 x uint64
using Narrow = simde__m512i;  // 32 x int16
using Wide = simde__m512i;    // 16 x int32
constexpr size_t kLanes = 16;
constexpr size_t kBlock = 64;

inline Floats zero() { return simde_mm512_setzero_ps(); }
inline Floats broadcast(float value) { return simde_mm512_set1_ps(value); }
inline Floats load(const float *p) { return simde_mm512_loadu_ps(p); }
inline Floats load(const uint16_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
}
inline Floats load_first(const float *p, size_t count) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p);
}
inline Floats load_first(const uint16_t *p, size_t count) {
  return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << count) - 1), p));
}
inline void store(float *p, Floats v) { simde_mm512_storeu_ps(p, v); }
inline void store(uint16_t *p, Floats v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}

inline Floats add(Floats a, Floats b) { return simde_mm512_add_ps(a, b); }
inline Floats subtract(Floats a, Floats b) { return simde_mm512_sub_ps(a, b); }
inline Floats multiply(Floats a, Floats b) { return simde_mm512_mul_ps(a, b); }
inline Floats multiply_add(Floats sum, Floats a, Floats b) { return simde_mm512_fmadd_ps(a, b, sum); }
inline Floats magnitude(Floats v) { return simde_mm512_abs_ps(v); }
inline float sum_lanes(Floats v) { return _mm512_reduce_add_ps(v); }

// Lane i carries bit i as its sign; flip changes signs where the mask has one.
inline Floats sign_mask(uint64_t bits) {
  simde__m512i shifts = simde_mm512_set_epi32(16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
  simde__m512i top = simde_mm512_sllv_epi32(simde_mm512_set1_epi32(static_cast<int>(bits)), shifts);
  return simde_mm512_and_ps(simde_mm512_castsi512_ps(top), simde_mm512_set1_ps(-0.0f));
}
inline Floats flip(Floats v, Floats mask) { return simde_mm512_xor_ps(v, mask); }

// Lane i from lane i ^ kStride.
template <size_t kStride>
inline Floats exchange(Floats v) {
  if constexpr (kStride == 1) return _mm512_permute_ps(v, 0xb1);
  else if constexpr (kStride == 2) return _mm512_permute_ps(v, 0x4e);
  else if constexpr (kStride == 4) return _mm512_shuffle_f32x4(v, v, 0xb1);
  else return _mm512_shuffle_f32x4(v, v, 0x4e);
}

inline Bytes load_bytes(const void *p) { return simde_mm512_loadu_si512(p); }
inline Bytes load_first_bytes(const void *p, size_t count) {
  // A masked load waits for the whole line or two that it spans; the tail of a code is half a block.
  if (count == 32) return _mm512_zextsi256_si512(_mm256_loadu_si256(static_cast<const __m256i *>(p)));
  return _mm512_maskz_loadu_epi8((__mmask64{1} << count) - 1, p);
}
inline Bytes bits_and(Bytes a, Bytes b) { return simde_mm512_and_si512(a, b); }
inline Bytes bits_or(Bytes a, Bytes b) { return simde_mm512_or_si512(a, b); }
inline Bytes bits_xor(Bytes a, Bytes b) { return simde_mm512_xor_si512(a, b); }

// Bit i: whether number i lies in low .. low + width.
inline unsigned numbers_within(Bytes numbers, uint64_t low, uint64_t width) {
  Bytes above = simde_mm512_sub_epi64(numbers, simde_mm512_set1_epi64(static_cast<int64_t>(low)));
  return _mm512_cmple_epu64_mask(above, simde_mm512_set1_epi64(static_cast<int64_t>(width)));
}

inline Counts no_counts() { return simde_mm512_setzero_si512(); }
inline Counts add_counts(Counts counts, Bytes bits) {
#if defined(SIMDE_X86_AVX512VPOPCNTDQ_NATIVE)
  return simde_mm512_add_epi64(counts, simde_mm512_popcnt_epi64(bits));
#else
  simde__m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  simde__m512i nibble = simde_mm512_set1_epi8(15);
  simde__m512i low = simde_mm512_shuffle_epi8(table, simde_mm512_and_si512(bits, nibble));
  simde__m512i high = simde_mm512_shuffle_epi8(table, simde_mm512_and_si512(simde_mm512_srli_epi16(bits, 4), nibble));
  simde__m512i sums = simde_mm512_sad_epu8(simde_mm512_add_epi8(low, high), simde_mm512_setzero_si512());
  return simde_mm512_add_epi64(counts, sums);
#endif
}
inline uint64_t sum_counts(Counts counts) { return static_cast<uint64_t>(_mm512_reduce_add_epi64(counts)); }

// Bits kShift and up of each byte, as many as kMask has.
template <int kShift, int kMask>
inline Bytes fields(Bytes code) {
  return simde_mm512_and_si512(simde_mm512_srli_epi16(code, kShift), simde_mm512_set1_epi8(kMask));
}
inline Narrow no_narrow() { return simde_mm512_setzero_si512(); }
inline Narrow multiply_add(Narrow sums, Bytes fields, Bytes query) {
  return simde_mm512_add_epi16(sums, simde_mm512_maddubs_epi16(fields, query));
}
inline Wide no_wide() { return simde_mm512_setzero_si512(); }
inline Wide add_narrow(Wide sums, Narrow narrow) {
  return simde_mm512_add_epi32(sums, simde_mm512_madd_epi16(narrow, simde_mm512_set1_epi16(1)));
}
inline Wide add_wide(Wide a, Wide b) { return simde_mm512_add_epi32(a, b); }
inline Wide shift_down(Wide v, unsigned bits) { return _mm512_srai_epi32(v, bits); }
inline void store(int32_t *p, Wide v) { simde_mm512_storeu_si512(p, v); }
inline Bytes broadcast_word(const int8_t *p) {
  int32_t word;
  __builtin_memcpy(&word, p, sizeof(word));
  return simde_mm512_set1_epi32(word);
}
// Lane i gains the sum of the products of signed bytes 4 i .. 4 i + 3, none of them -128.
inline Wide add_products(Wide sums, Bytes a, Bytes b) {
  simde__m512i turned = _mm512_mask_sub_epi8(b, _mm512_movepi8_mask(a), simde_mm512_setzero_si512(), b);
  return add_narrow(sums, simde_mm512_maddubs_epi16(simde_mm512_abs_epi8(a), turned));
}
inline int32_t sum_lanes(Wide v) { return _mm512_reduce_add_epi32(v); }

// int8 elements as int16: kShorts of them.
constexpr size_t kShorts = 32;
inline Narrow load_shorts(const int8_t *p) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
}
inline Narrow load_first_shorts(const int8_t *p, size_t count) {
  return _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(static_cast<__mmask32>((1u << count) - 1), p));
}
inline Narrow subtract_shorts(Narrow a, Narrow b) { return simde_mm512_sub_epi16(a, b); }
inline Narrow magnitude_shorts(Narrow v) { return simde_mm512_abs_epi16(v); }
inline Wide multiply_pairs(Wide sums, Narrow a, Narrow b) {
  return simde_mm512_add_epi32(sums, simde_mm512_madd_epi16(a, b));
}
// kLanes bytes as int32.
inline Wide load_wide(const uint8_t *p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
}
inline Wide broadcast_wide(int value) { return simde_mm512_set1_epi32(value); }
inline Wide wide_and(Wide a, Wide b) { return simde_mm512_and_si512(a, b); }
inline Floats to_floats(Wide v) { return _mm512_cvtepi32_ps(v); }

}  // namespace
}  // namespace vexpg::kernels::VEXPG_ISA
