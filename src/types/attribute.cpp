// SPDX-License-Identifier: PostgreSQL
// Values of filter columns as 8-byte cells, and the one-byte code of a cell (attribute.hpp).
#include "types/attribute.hpp"

#include <algorithm>
#include <bit>

namespace vexpg::types {

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63, kMax = UINT64_MAX;
constexpr size_t kEnoughSignatures = 1000;  // a smaller sample says little of which signatures there are
constexpr CellRange kNone = {1, 0}, kAll = {0, kMax};

// ---- prefix cells: [five bytes][two bytes and a zero, or 24 bits of a hash whose lowest byte is not zero]

constexpr int kPrefixBytes = 5, kRestBits = 24;
constexpr uint64_t kRest = (uint64_t{1} << kRestBits) - 1;

uint64_t with_hash(uint64_t prefix, uint64_t hash) {
  uint64_t rest = hash & kRest;
  return prefix | rest | ((rest & 0xFF) == 0 ? 1 : 0);
}

CellRange below(uint64_t cell) { return cell == 0 ? kNone : CellRange{0, cell - 1}; }
CellRange above(uint64_t cell) { return cell == kMax ? kNone : CellRange{cell + 1, kMax}; }

CellRange exact_range(Comparison comparison, const Operand &operand) {
  switch (comparison) {
    case Comparison::kLess: return operand.beyond ? CellRange{0, operand.cell} : below(operand.cell);
    case Comparison::kLessEqual: return {0, operand.cell};
    case Comparison::kEqual: return operand.beyond ? kNone : CellRange{operand.cell, operand.cell};
    case Comparison::kGreaterEqual: return operand.beyond ? above(operand.cell) : CellRange{operand.cell, kMax};
    case Comparison::kGreater: break;
  }
  return above(operand.cell);
}

// Order comparisons where the cells in `tie` tell nothing and all others everything.
Reach reach_with_tie(Comparison comparison, const CellRange &tie) {
  bool less = comparison == Comparison::kLess || comparison == Comparison::kLessEqual;
  return less ? Reach{{0, tie.high}, below(tie.low)} : Reach{{tie.low, kMax}, above(tie.high)};
}

Reach prefix_reach(Comparison comparison, uint64_t cell) {
  bool is_short = (cell & 0xFF) == 0;
  CellRange same = {cell, cell};
  if (comparison == Comparison::kEqual) return {same, is_short ? same : kNone};
  if ((cell & kRest) == 0) {  // at most five bytes: whatever else begins like it is greater
    CellRange range = exact_range(comparison, {cell, false});
    return {range, range};
  }
  return reach_with_tie(comparison, {cell & ~kRest, cell | kRest});
}

size_t run_end(std::span<const uint64_t> sorted, size_t begin) {
  return static_cast<size_t>(std::upper_bound(sorted.begin() + begin, sorted.end(), sorted[begin]) - sorted.begin());
}

// The distinct values of a sorted sample into keys; false if there are more than fit.
bool learn_dictionary(std::span<const uint64_t> sorted, ByteCode *code) {
  code->form = ByteForm::kDictionary;
  for (size_t i = 0; i < sorted.size(); i = run_end(sorted, i)) {
    if (code->count == kMaxByteKeys) return false;
    code->keys[code->count++] = sorted[i];
  }
  return true;
}

// Buckets of about equal weight. A value whose run alone fills a bucket is cut off on both sides, so that a predicate on
// its neighbours does not match it.
void learn_buckets(std::span<const uint64_t> sorted, ByteCode *code) {
  code->count = 0;
  code->form = ByteForm::kBuckets;
  size_t begin = 0;
  while (begin < sorted.size()) {
    size_t buckets_left = static_cast<size_t>(kMaxByteKeys - code->count);
    code->keys[code->count++] = sorted[begin];
    if (buckets_left == 1) return;
    size_t target = (sorted.size() - begin + buckets_left - 1) / buckets_left;
    size_t end = run_end(sorted, begin);
    while (end < sorted.size() && end - begin < target) {
      size_t next = run_end(sorted, end);
      if (next - end >= target) break;
      end = next;
    }
    begin = end;
  }
}

void set_bits(int first, int last, ByteMask *mask) {
  for (int bit = first; bit <= last; bit++) mask->words[bit >> 6] |= uint64_t{1} << (bit & 63);
}

// The bytes of the signatures that pass a test; a test of a low byte alone sees only the low byte of its operand.
template <class Test> ByteMask mask_of_signatures(const ByteCode &code, Test test) {
  ByteMask mask{};
  set_bits(kByteUnseen, kByteUnseen, &mask);
  bool dictionary = code.form == ByteForm::kDictionary;
  int count = dictionary ? code.count : kByteUnseen;
  for (int i = 0; i < count; i++)
    if (dictionary ? test(code.keys[i], kMax) : test(static_cast<uint64_t>(i), 0xFF)) set_bits(i, i, &mask);
  return mask;
}

// Number of keys <= cell.
int keys_up_to(const ByteCode &code, uint64_t cell) {
  return static_cast<int>(std::upper_bound(code.keys, code.keys + code.count, cell) - code.keys);
}

}  // namespace

CellForm form_of(AttributeKind kind) {
  switch (kind) {
    case AttributeKind::kInt2:
    case AttributeKind::kInt4:
    case AttributeKind::kInt8:
    case AttributeKind::kBool:
    case AttributeKind::kDate:
    case AttributeKind::kTimestamp:
    case AttributeKind::kTimestampTz:
    case AttributeKind::kFloat4:
    case AttributeKind::kFloat8: return CellForm::kExact;
    case AttributeKind::kNumeric: return CellForm::kMonotone;
    case AttributeKind::kUuid:
    case AttributeKind::kText:
    case AttributeKind::kBpchar:
    case AttributeKind::kName: return CellForm::kPrefix;
    case AttributeKind::kEnum: return CellForm::kIdentity;
    case AttributeKind::kArray: return CellForm::kSignature;
    case AttributeKind::kTextHash:
    case AttributeKind::kBpcharHash:
    case AttributeKind::kNameHash: break;
  }
  return CellForm::kHash;
}

uint64_t cell_from_int(int64_t value) { return static_cast<uint64_t>(value) ^ kSign; }

uint64_t cell_from_float(double value) {
  if (value != value) return kMax;
  uint64_t bits = std::bit_cast<uint64_t>(value + 0.0);  // -0 + 0 = +0
  return bits & kSign ? ~bits : bits | kSign;
}

uint64_t cell_from_string(const char *bytes, size_t length, uint64_t hash) {
  uint64_t cell = 0;
  for (size_t i = 0; i < std::min(length, kShortString); i++)
    cell |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (56 - 8 * i);
  return length <= kShortString ? cell : with_hash(cell & ~kRest, hash);
}

uint64_t cell_from_prefix(const uint8_t *bytes, uint64_t hash) {
  uint64_t cell = 0;
  for (int i = 0; i < kPrefixBytes; i++) cell |= static_cast<uint64_t>(bytes[i]) << (56 - 8 * i);
  return with_hash(cell, hash);
}

uint64_t signature_bits(uint64_t hash) {
  uint64_t bits = uint64_t{1} << (hash & 7);
  for (int i = 0; i < 3; i++) bits |= uint64_t{1} << (8 + (hash >> (3 + 16 * i) & 0xFFFF) % 56);
  return bits;
}

Reach reach_of(CellForm form, Comparison comparison, const Operand &operand) {
  CellRange same = {operand.cell, operand.cell};
  bool equal = comparison == Comparison::kEqual;
  switch (form) {
    case CellForm::kExact: {
      CellRange range = exact_range(comparison, operand);
      return {range, range};
    }
    case CellForm::kMonotone: return equal ? Reach{same, kNone} : reach_with_tie(comparison, same);
    case CellForm::kPrefix: return prefix_reach(comparison, operand.cell);
    case CellForm::kIdentity: return equal ? Reach{same, same} : Reach{kAll, kNone};
    case CellForm::kHash:
    case CellForm::kSignature: break;
  }
  return {equal ? same : kAll, kNone};
}

void learn_byte_code(std::span<uint64_t> sample, CellForm form, ByteCode *code) {
  *code = ByteCode{};
  std::sort(sample.begin(), sample.end(), [](uint64_t x, uint64_t y) { return x < y; });
  bool known = learn_dictionary(sample, code);
  if (form == CellForm::kSignature) {
    if (known && sample.size() >= kEnoughSignatures) return;
    *code = ByteCode{};
    code->form = ByteForm::kSignature;
  } else if (!known) {
    learn_buckets(sample, code);
    // Unused keys are zero, whatever was tried before: the struct goes to disk.
    std::fill(code->keys + code->count, code->keys + kMaxByteKeys, uint64_t{0});
  }
}

uint8_t byte_of(const ByteCode &code, bool null, uint64_t cell) {
  if (null) return kByteNull;
  if (code.form == ByteForm::kSignature) return static_cast<uint8_t>(std::min<uint64_t>(cell & 0xFF, kByteUnseen));
  int below = keys_up_to(code, cell);
  if (code.form == ByteForm::kDictionary || code.count == 0) {
    bool known = below > 0 && code.keys[below - 1] == cell;
    return known ? static_cast<uint8_t>(below - 1) : kByteUnseen;
  }
  return below > 0 ? static_cast<uint8_t>(below - 1) : uint8_t{0};
}

ByteMask mask_of_range(const ByteCode &code, uint64_t low, uint64_t high) {
  ByteMask mask{};
  if (low > high) return mask;
  set_bits(kByteUnseen, kByteUnseen, &mask);
  if (code.form == ByteForm::kSignature) {
    // Signatures have no order: one of them has its byte, more may have any.
    uint8_t byte = byte_of(code, false, low);
    set_bits(low == high ? byte : 0, low == high ? byte : kByteUnseen, &mask);
  } else if (code.form == ByteForm::kDictionary) {
    int first = static_cast<int>(std::lower_bound(code.keys, code.keys + code.count, low) - code.keys);
    set_bits(first, keys_up_to(code, high) - 1, &mask);
  } else if (code.count > 0) {
    set_bits(byte_of(code, false, low), byte_of(code, false, high), &mask);
  }
  return mask;
}

ByteMask mask_of_superset(const ByteCode &code, uint64_t bits) {
  return mask_of_signatures(code, [bits](uint64_t signature, uint64_t seen) { return (bits & seen & ~signature) == 0; });
}

ByteMask mask_of_subset(const ByteCode &code, uint64_t bits) {
  return mask_of_signatures(code, [bits](uint64_t signature, uint64_t) { return (signature & ~bits) == 0; });
}

ByteMask mask_of_null() {
  ByteMask mask{};
  set_bits(kByteNull, kByteNull, &mask);
  return mask;
}

ByteMask mask_of_not_null() {
  ByteMask mask{};
  set_bits(0, kByteUnseen, &mask);
  return mask;
}

ByteMask mask_and(const ByteMask &a, const ByteMask &b) {
  return {{a.words[0] & b.words[0], a.words[1] & b.words[1], a.words[2] & b.words[2], a.words[3] & b.words[3]}};
}

ByteMask mask_or(const ByteMask &a, const ByteMask &b) {
  return {{a.words[0] | b.words[0], a.words[1] | b.words[1], a.words[2] | b.words[2], a.words[3] | b.words[3]}};
}

}  // namespace vexpg::types
