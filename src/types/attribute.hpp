// SPDX-License-Identifier: PostgreSQL
// Values of filter columns as 8-byte cells, and the one-byte code of a cell that is stored beside each link.
//
// A cell is an order-preserving uint64: a < b as values exactly when cell(a) < cell(b). NULL is kept beside the cell, not
// in it. A byte code is an order-preserving map of cells to 0..252 learnt from a sample; the byte is a hint that can
// only exclude: byte_of(x) lies in the mask of every predicate that x satisfies.
#pragma once
#include <cstdint>
#include <span>

namespace vexpg::types {

// DO NOT CHANGE THESE ENUM VALUES: they are embedded in the on-disk data structures.
enum class AttributeKind : uint8_t {
  kInt2 = 1, kInt4 = 2, kInt8 = 3, kBool = 4, kDate = 5, kTimestamp = 6, kTimestampTz = 7, kFloat4 = 8, kFloat8 = 9,
};

inline constexpr int kMaxAttributes = 8;

// Order-preserving cells. Floats: -0 equals +0, NaN is above every number and equal to itself, as in PostgreSQL.
uint64_t cell_from_int(int64_t value);
uint64_t cell_from_float(double value);

inline constexpr uint8_t kByteUnseen = 253;  // a value outside the dictionary: may match anything but IS NULL
inline constexpr uint8_t kByteNull = 255;
inline constexpr int kMaxByteKeys = 253;

// DO NOT CHANGE: on disk, one per attribute, in the model pages.
struct ByteCode {
  uint16_t count;         // keys in use, ascending, distinct
  uint8_t is_dictionary;  // 1: byte i means exactly keys[i]; 0: byte i means keys[i] <= cell < keys[i + 1] (below keys[0]: byte 0)
  uint8_t unused[5];
  uint64_t keys[kMaxByteKeys];
};
static_assert(sizeof(ByteCode) == 8 + 8 * kMaxByteKeys);

// Learns a code from a sample of cells (sorted in place). At most 253 distinct values give a dictionary; else quantile
// buckets in which a frequent value has a bucket of its own. An empty sample gives an empty dictionary: all is unseen.
void learn_byte_code(std::span<uint64_t> sample, ByteCode *code);

uint8_t byte_of(const ByteCode &code, bool null, uint64_t cell);

// The bytes that a cell in [low, high] (both inclusive) may have, or NULL's byte alone if `null_wanted`.
struct ByteMask {
  uint64_t words[4];
  bool test(uint8_t byte) const { return words[byte >> 6] >> (byte & 63) & 1; }
};
ByteMask mask_of_range(const ByteCode &code, uint64_t low, uint64_t high);
ByteMask mask_of_null();
ByteMask mask_of_not_null();
ByteMask mask_and(const ByteMask &a, const ByteMask &b);
ByteMask mask_or(const ByteMask &a, const ByteMask &b);

}  // namespace vexpg::types
