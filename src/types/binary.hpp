// SPDX-License-Identifier: PostgreSQL
// The binary form of the types, as clients send and receive it: big-endian, no padding.
//
//   vector, halfvec, int8vec: int16 dim, int16 0, then dim float4, binary16 or int8
//   sparsevec: int32 dim, int32 nnz, int32 0, then nnz int32 indices from 0, then nnz float4
//
// Decoding trusts nothing but that the bytes are there. Byte arrays may have any alignment.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "types/fault.hpp"
#include "types/halfvec.hpp"
#include "types/int8vec.hpp"
#include "types/sparsevec.hpp"
#include "types/vector.hpp"

namespace vexpg::types {

inline uint16_t load_be16(const uint8_t *bytes) { return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]); }

inline uint32_t load_be32(const uint8_t *bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return std::endian::native == std::endian::little ? __builtin_bswap32(word) : word;
}

inline void store_be16(uint16_t value, uint8_t *bytes) {
  bytes[0] = static_cast<uint8_t>(value >> 8);
  bytes[1] = static_cast<uint8_t>(value);
}

inline void store_be32(uint32_t value, uint8_t *bytes) {
  const uint32_t word = std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
  std::memcpy(bytes, &word, sizeof(word));
}

struct DenseHeader {
  int16_t dim, unused;
};

struct SparseHeader {
  int32_t dim, nnz, unused;
};

inline constexpr size_t kDenseHeaderBytes = 4;
inline constexpr size_t kSparseHeaderBytes = 12;

inline DenseHeader decode_dense_header(const uint8_t *bytes) {
  return {static_cast<int16_t>(load_be16(bytes)), static_cast<int16_t>(load_be16(bytes + 2))};
}

inline SparseHeader decode_sparse_header(const uint8_t *bytes) {
  return {static_cast<int32_t>(load_be32(bytes)), static_cast<int32_t>(load_be32(bytes + 4)),
          static_cast<int32_t>(load_be32(bytes + 8))};
}

// Each reads count elements and returns what is wrong with the first bad one; out is filled only up to it.
inline Fault decode_elements(const uint8_t *bytes, size_t count, float *out) {
  for (size_t i = 0; i < count; i++) {
    out[i] = std::bit_cast<float>(load_be32(bytes + i * sizeof(float)));
    const Fault fault = check_element(out[i]);
    if (fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

inline Fault decode_elements(const uint8_t *bytes, size_t count, uint16_t *out) {
  for (size_t i = 0; i < count; i++) {
    out[i] = load_be16(bytes + i * sizeof(uint16_t));
    const Fault fault = check_half(out[i]);
    if (fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

inline Fault decode_elements(const uint8_t *bytes, size_t count, int8_t *out) {
  std::memcpy(out, bytes, count);
  return Fault::kNone;
}

inline Fault decode_indices(const uint8_t *bytes, int count, int32_t dim, int32_t *out) {
  for (int i = 0; i < count; i++) {
    out[i] = static_cast<int32_t>(load_be32(bytes + static_cast<size_t>(i) * sizeof(int32_t)));
    const Fault fault = check_index(out, i, dim);
    if (fault != Fault::kNone) return fault;
  }
  return Fault::kNone;
}

inline Fault decode_sparse_values(const uint8_t *bytes, int count, float *out) {
  const Fault fault = decode_elements(bytes, static_cast<size_t>(count), out);
  if (fault != Fault::kNone) return fault;
  for (int i = 0; i < count; i++) {
    if (out[i] == 0) return Fault::kZeroStored;
  }
  return Fault::kNone;
}

inline size_t encode_elements(const float *x, size_t count, uint8_t *out) {
  for (size_t i = 0; i < count; i++) store_be32(std::bit_cast<uint32_t>(x[i]), out + i * sizeof(float));
  return count * sizeof(float);
}

inline size_t encode_elements(const uint16_t *x, size_t count, uint8_t *out) {
  for (size_t i = 0; i < count; i++) store_be16(x[i], out + i * sizeof(uint16_t));
  return count * sizeof(uint16_t);
}

inline size_t encode_elements(const int8_t *x, size_t count, uint8_t *out) {
  std::memcpy(out, x, count);
  return count;
}

inline size_t encode_indices(const int32_t *x, size_t count, uint8_t *out) {
  for (size_t i = 0; i < count; i++) store_be32(static_cast<uint32_t>(x[i]), out + i * sizeof(int32_t));
  return count * sizeof(int32_t);
}

}  // namespace vexpg::types
