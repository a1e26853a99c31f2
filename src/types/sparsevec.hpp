// SPDX-License-Identifier: PostgreSQL
// A value of type sparsevec as it lies in memory and on disk, and the arithmetic on two of them.
//
// The indices are counted from 0, ascend strictly and are below dim; the values follow them, finite and not zero.
// Sums are accumulated in float32 in the order of the indices.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "types/fault.hpp"

namespace vexpg::types {

inline constexpr int kMaxSparseDimensions = 1000000000;
inline constexpr int kMaxSparseElements = 16000;

struct SparseVector {
  int32_t length_word;  // the server's variable-length header, always in its 4-byte form
  int32_t dim;          // 1..kMaxSparseDimensions
  int32_t nnz;          // 0..kMaxSparseElements stored elements
  int32_t unused;       // 0
  int32_t indices[];    // nnz of them; then nnz float values

  const float *values() const { return reinterpret_cast<const float *>(indices + nnz); }
  float *values() { return reinterpret_cast<float *>(indices + nnz); }
};

static_assert(sizeof(SparseVector) == 16 && alignof(SparseVector) == 4);
static_assert(offsetof(SparseVector, dim) == 4 && offsetof(SparseVector, nnz) == 8);
static_assert(offsetof(SparseVector, unused) == 12 && offsetof(SparseVector, indices) == 16);
static_assert(std::is_trivially_copyable_v<SparseVector>);

struct SparseElement {
  int32_t index;  // from 0
  float value;
};

constexpr size_t sparsevec_bytes(int nnz) {
  return sizeof(SparseVector) + static_cast<size_t>(nnz) * (sizeof(int32_t) + sizeof(float));
}

constexpr Fault check_sparse_dimensions(int64_t dim) {
  if (dim < 1) return Fault::kTooFewDimensions;
  return dim > kMaxSparseDimensions ? Fault::kTooManyDimensions : Fault::kNone;
}

constexpr Fault check_sparse_count(int64_t nnz, int64_t dim) {
  if (nnz < 0) return Fault::kNegativeCount;
  if (nnz > kMaxSparseElements) return Fault::kTooManyElements;
  return nnz > dim ? Fault::kMoreElementsThanDimensions : Fault::kNone;
}

// What is wrong with indices[i], given that those before it are right.
constexpr Fault check_index(const int32_t *indices, int i, int32_t dim) {
  if (indices[i] < 0 || indices[i] >= dim) return Fault::kIndexOutOfBounds;
  if (i == 0 || indices[i] > indices[i - 1]) return Fault::kNone;
  return indices[i] == indices[i - 1] ? Fault::kIndexDuplicate : Fault::kIndexOrder;
}

// Calls pair(x, y) for every index that a or b stores, in ascending order; the one that does not store it gives 0.
template <class Pair>
void for_each_pair(const SparseVector &a, const SparseVector &b, Pair pair) {
  const float *ax = a.values();
  const float *bx = b.values();
  int i = 0, j = 0;
  while (i < a.nnz && j < b.nnz) {
    if (a.indices[i] == b.indices[j]) {
      pair(ax[i++], bx[j++]);
    } else if (a.indices[i] < b.indices[j]) {
      pair(ax[i++], 0.0f);
    } else {
      pair(0.0f, bx[j++]);
    }
  }
  while (i < a.nnz) pair(ax[i++], 0.0f);
  while (j < b.nnz) pair(0.0f, bx[j++]);
}

inline float sparse_l2_squared(const SparseVector &a, const SparseVector &b) {
  float sum = 0;
  for_each_pair(a, b, [&sum](float x, float y) { sum += (x - y) * (x - y); });
  return sum;
}

inline float sparse_inner_product(const SparseVector &a, const SparseVector &b) {
  float sum = 0;
  for_each_pair(a, b, [&sum](float x, float y) { sum += x * y; });
  return sum;
}

inline float sparse_l1(const SparseVector &a, const SparseVector &b) {
  float sum = 0;
  for_each_pair(a, b, [&sum](float x, float y) { sum += std::fabs(x - y); });
  return sum;
}

inline float sparse_norm_squared(const SparseVector &a) {
  float sum = 0;
  for (int i = 0; i < a.nnz; i++) sum += a.values()[i] * a.values()[i];
  return sum;
}

// Negative, 0 or positive, as if both were written out in full; a vector comes before a longer one that it begins.
inline int compare_sparse(const SparseVector &a, const SparseVector &b) {
  const float *ax = a.values();
  const float *bx = b.values();
  const int common = a.nnz < b.nnz ? a.nnz : b.nnz;
  for (int i = 0; i < common; i++) {
    if (a.indices[i] < b.indices[i]) return ax[i] < 0 ? -1 : 1;
    if (a.indices[i] > b.indices[i]) return bx[i] < 0 ? 1 : -1;
    if (ax[i] != bx[i]) return ax[i] < bx[i] ? -1 : 1;
  }
  if (a.nnz < b.nnz && b.indices[common] < a.dim) return bx[common] < 0 ? 1 : -1;
  if (a.nnz > b.nnz && a.indices[common] < b.dim) return ax[common] < 0 ? -1 : 1;
  return a.dim == b.dim ? 0 : a.dim < b.dim ? -1 : 1;
}

}  // namespace vexpg::types
