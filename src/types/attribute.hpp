// SPDX-License-Identifier: PostgreSQL
// Values of filter columns as 8-byte cells, and the one-byte code of a cell that is stored beside each link.
//
// What a cell tells about its value depends on its form; it never denies what holds. NULL is kept beside the cell, not
// in it. A byte code is a map of cells to 0..253 learnt from a sample; the byte is a hint that can only exclude:
// byte_of(x) lies in the mask of every predicate that x satisfies.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace vexpg::types {

// DO NOT CHANGE THESE ENUM VALUES: they are embedded in the on-disk data structures.
// Strings have two kinds: under a collation that orders by bytes a prefix, under others a hash.
enum class AttributeKind : uint8_t {
  kInt2 = 1, kInt4 = 2, kInt8 = 3, kBool = 4, kDate = 5, kTimestamp = 6, kTimestampTz = 7, kFloat4 = 8, kFloat8 = 9,
  kUuid = 10, kNumeric = 11, kText = 12, kTextHash = 13, kBpchar = 14, kBpcharHash = 15, kName = 16, kNameHash = 17,
  kEnum = 18, kArray = 19,
};
inline constexpr AttributeKind kLastAttributeKind = AttributeKind::kArray;

inline constexpr int kMaxAttributes = 8;

// What cells tell about values.
enum class CellForm : uint8_t {
  kExact,      // equal and ordered as the values are
  kMonotone,   // a < b as values: cell(a) <= cell(b)
  kPrefix,     // five bytes in order, then what is left of a string of up to seven bytes, else a hash
  kIdentity,   // equal as the values are, in no order
  kHash,       // equal values have equal cells
  kSignature,  // of a set: bits for each of its elements
};
CellForm form_of(AttributeKind kind);

// Order-preserving cells. Floats: -0 equals +0, NaN is above every number and equal to itself, as in PostgreSQL.
uint64_t cell_from_int(int64_t value);
uint64_t cell_from_float(double value);
// Prefix cells. hash: of the whole value, by which long values with the same beginning are told apart. Strings hold no
// zero byte, so one of up to seven bytes is its own cell, and the lowest byte tells it from longer ones.
inline constexpr size_t kShortString = 7;
uint64_t cell_from_string(const char *bytes, size_t length, uint64_t hash);
uint64_t cell_from_prefix(const uint8_t *bytes, uint64_t hash);  // at least five bytes of a longer value
// The bits of one element of a set: one of the low byte, which by itself is a shorter signature, and three of the
// others.
uint64_t signature_bits(uint64_t hash);

// What a column is compared with, as a cell of the column's kind.
struct Operand {
  uint64_t cell;
  bool beyond;  // exact forms: greater than this cell's value and less than the next one's
};

enum class Comparison : uint8_t { kLess, kLessEqual, kEqual, kGreaterEqual, kGreater };

struct CellRange {
  uint64_t low, high;  // both inclusive; low > high: empty
  bool empty() const { return low > high; }
  bool operator==(const CellRange &) const = default;
};

// The cells of which `value comparison operand` may hold, and among them those of which it certainly does.
struct Reach {
  CellRange may, sure;
};
Reach reach_of(CellForm form, Comparison comparison, const Operand &operand);

inline constexpr uint8_t kByteUnseen = 253;  // a value outside the dictionary: may match anything but IS NULL
inline constexpr uint8_t kByteNull = 255;
inline constexpr int kMaxByteKeys = 253;

// DO NOT CHANGE THESE ENUM VALUES: they are embedded in the on-disk data structures.
enum class ByteForm : uint8_t {
  kBuckets = 0,     // byte i means keys[i] <= cell < keys[i + 1] (below keys[0]: byte 0)
  kDictionary = 1,  // byte i means exactly keys[i]
  kSignature = 2,   // the low byte of a signature cell, up to 252; no keys
};

// DO NOT CHANGE: on disk, one per attribute, in the model pages.
struct ByteCode {
  uint16_t count;  // keys in use, ascending, distinct
  ByteForm form;
  uint8_t unused[5];
  uint64_t keys[kMaxByteKeys];
};
static_assert(sizeof(ByteCode) == 8 + 8 * kMaxByteKeys);

// Learns a code from a sample of cells (sorted in place). At most 253 distinct values give a dictionary; else quantile
// buckets in which a frequent value has a bucket of its own. An empty sample gives an empty dictionary: all is unseen.
// Signatures get a dictionary only if the sample is large enough to know all of them.
void learn_byte_code(std::span<uint64_t> sample, CellForm form, ByteCode *code);

uint8_t byte_of(const ByteCode &code, bool null, uint64_t cell);

// The bytes that a cell of which something holds may have.
struct ByteMask {
  uint64_t words[4];
  bool test(uint8_t byte) const { return words[byte >> 6] >> (byte & 63) & 1; }
};
ByteMask mask_of_range(const ByteCode &code, uint64_t low, uint64_t high);  // both inclusive
ByteMask mask_of_superset(const ByteCode &code, uint64_t bits);             // signatures with all of these bits
ByteMask mask_of_subset(const ByteCode &code, uint64_t bits);               // signatures with none but these bits
ByteMask mask_of_null();
ByteMask mask_of_not_null();
ByteMask mask_and(const ByteMask &a, const ByteMask &b);
ByteMask mask_or(const ByteMask &a, const ByteMask &b);

}  // namespace vexpg::types
