// SPDX-License-Identifier: PostgreSQL
// Distance arithmetic over plain arrays, one table of functions per instruction set, chosen once at run time.
//
// Layer 0: knows floats, bytes and lengths. No allocation, no errors, no state but the chosen table.
// Arrays may have any alignment and may alias unless a function says otherwise; `dim` may be 0.
//
// Exactness. Three classes of function, each tested against the scalar reference:
//   (A) integer results (int8_*, hamming, overlap, within, dot_u*) are equal on every instruction set;
//   (B) element-wise float transforms (hadamard, kac_mix, flip_signs, half <-> float) are equal bit by bit on every
//       instruction set: each output is produced by the same IEEE operations in the same order, never fused;
//   (C) float reductions (l2_squared, ...) accumulate in float32 in an order of their own: the relative error against
//       exact arithmetic is at most (dim / 4 + 16) * 2^-24 of the sum of the absolute values of the terms.
// NaN and infinity propagate as in IEEE arithmetic; nothing traps. Only the sign and payload of a NaN that hadamard,
// kac_mix or a reduction returns depend on the instruction set.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace vexpg::kernels {

struct CosineParts {  // everything that a cosine needs, from one pass
  float dot, norm2_a, norm2_b;
};

struct Int8CosineParts {  // the same of int8 vectors
  int32_t dot, norm2_a, norm2_b;
};

struct BitOverlap {  // popcounts
  uint64_t both, either;
};

struct CodeField {  // where an unsigned number lies in a byte, and what it is worth
  float step, centre;
  int shift, bits;
};

struct Kernels {
  const char *name;         // "scalar", "avx2", "avx512", "avx512vnni", "neon"
  const char *description;  // one line for users

  // float32 vectors, dim elements each. (C)
  float (*l2_squared)(const float *a, const float *b, size_t dim);
  float (*inner_product)(const float *a, const float *b, size_t dim);
  float (*l1)(const float *a, const float *b, size_t dim);
  CosineParts (*cosine)(const float *a, const float *b, size_t dim);

  // IEEE half vectors, accumulated in float32. (C)
  float (*half_l2_squared)(const uint16_t *a, const uint16_t *b, size_t dim);
  float (*half_inner_product)(const uint16_t *a, const uint16_t *b, size_t dim);
  float (*half_l1)(const uint16_t *a, const uint16_t *b, size_t dim);
  CosineParts (*half_cosine)(const uint16_t *a, const uint16_t *b, size_t dim);

  // int8 vectors of at most 32,768 elements, exact in int32. (A)
  int32_t (*int8_l2_squared)(const int8_t *a, const int8_t *b, size_t dim);
  int32_t (*int8_inner_product)(const int8_t *a, const int8_t *b, size_t dim);
  int32_t (*int8_l1)(const int8_t *a, const int8_t *b, size_t dim);
  Int8CosineParts (*int8_cosine)(const int8_t *a, const int8_t *b, size_t dim);

  // Conversions; to half rounds to nearest even, overflow gives infinity. out must not overlap in. (B)
  void (*half_to_float)(const uint16_t *in, float *out, size_t dim);
  void (*float_to_half)(const float *in, uint16_t *out, size_t dim);

  // Bit strings of `bytes` bytes. (A)
  uint64_t (*hamming)(const uint8_t *a, const uint8_t *b, size_t bytes);
  BitOverlap (*overlap)(const uint8_t *a, const uint8_t *b, size_t bytes);

  // Bit i: whether the i-th of at most 64 numbers of eight bytes lies in low .. low + width. (A)
  uint64_t (*within)(const uint8_t *numbers, size_t count, uint64_t low, uint64_t width);

  // Unsigned code against signed query: sum over d of u_d * q_d, exact in int32. (A)
  // The code holds `bits` (1, 2, 4 or 8) bits a dimension in planes: dimension d = p * code_bytes + j lies in byte j at
  // shift p * bits, and query[d] is its partner, so query has (8 / bits) * code_bytes entries, zero where there is no
  // dimension. code_bytes is a multiple of 32 (kCodeAlign) and at most 16,384 * bits / 8.
  // query entries lie in [-127, 127]: |result| <= 255 * 127 * 16,384 < 2^31.
  int32_t (*dot_u1)(const uint8_t *code, const int8_t *query, size_t code_bytes);
  int32_t (*dot_u2)(const uint8_t *code, const int8_t *query, size_t code_bytes);
  int32_t (*dot_u4)(const uint8_t *code, const int8_t *query, size_t code_bytes);
  int32_t (*dot_u8)(const uint8_t *code, const int8_t *query, size_t code_bytes);

  // Unsigned code against float query under L1: sum over j < dim of |query[j] - step * (u_j - centre)|, where u_j are the
  // bits shift .. shift + bits - 1 of code[j]. Each term is (query - step * (u - centre)) with one or two roundings. (C),
  // relative to the sum of |query| + |step * (u - centre)|.
  float (*l1_code)(const uint8_t *code, const float *query, size_t dim, CodeField field);
  // All products of the rows of one panel with the rows of others, exact in int32. (A)
  // A panel holds kPanelRows rows of `words` words of four int8 entries, interleaved: word w of row r lies at byte
  // (w * kPanelRows + r) * 4. Entries lie in [-127, 127], at most 16,384 a row; panels follow each other.
  // out[(p * kPanelRows + i) * kPanelRows + j] = <row i of left, row j of panel p>.
  void (*products)(const int8_t *left, const int8_t *panels, size_t panel_count, size_t words, int32_t *out);

  // Steps of the random rotation, in place. (B)
  // hadamard: unnormalised fast Walsh-Hadamard transform; n is a power of two, 1 <= n <= 16,384. For stride h = 1, 2,
  //   4, ..., n/2: (x[i], x[i+h]) becomes (x[i] + x[i+h], x[i] - x[i+h]).
  // kac_mix: (a[i], b[i]) becomes ((a[i] + b[i]) * s, (a[i] - b[i]) * s) with s = float(sqrt(0.5)); a and b are
  //   disjoint.
  // flip_signs: x[i] changes its sign bit where bit (i % 64) of signs[i / 64] is set.
  void (*hadamard)(float *x, size_t n);
  void (*kac_mix)(float *a, float *b, size_t n);
  void (*flip_signs)(float *x, const uint64_t *signs, size_t n);
};

inline constexpr size_t kCodeAlign = 32;
inline constexpr size_t kPanelRows = 16;

namespace detail {
extern const Kernels *active_table;
}

// The table in use. Before choose() it is the scalar reference. Choosing is for start-up and settings, between calls:
// a caller that keeps the reference keeps a valid table, perhaps not the chosen one.
inline const Kernels &active() { return *detail::active_table; }

// The best table that this CPU can run; every table that it can run is listed, slowest first (the scalar reference).
const Kernels &best();
size_t list_available(const Kernels **out, size_t capacity);  // returns how many there are

// Makes the table called `name` active ("auto": the best). False, and no change, if this CPU or build has no such
// table.
bool choose(const char *name);

}  // namespace vexpg::kernels
