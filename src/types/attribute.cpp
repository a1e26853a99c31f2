// SPDX-License-Identifier: PostgreSQL
// Values of filter columns as 8-byte cells, and the one-byte code of a cell (attribute.hpp).
#include "types/attribute.hpp"

#include <algorithm>
#include <bit>

namespace vexpg::types {

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

size_t run_end(std::span<const uint64_t> sorted, size_t begin) {
  return static_cast<size_t>(std::upper_bound(sorted.begin() + begin, sorted.end(), sorted[begin]) - sorted.begin());
}

// The distinct values of a sorted sample into keys; false if there are more than fit.
bool learn_dictionary(std::span<const uint64_t> sorted, ByteCode *code) {
  code->is_dictionary = 1;
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
  code->is_dictionary = 0;
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

// Number of keys <= cell.
int keys_up_to(const ByteCode &code, uint64_t cell) {
  return static_cast<int>(std::upper_bound(code.keys, code.keys + code.count, cell) - code.keys);
}

}  // namespace

uint64_t cell_from_int(int64_t value) { return static_cast<uint64_t>(value) ^ kSign; }

uint64_t cell_from_float(double value) {
  if (value != value) return ~uint64_t{0};
  uint64_t bits = std::bit_cast<uint64_t>(value + 0.0);  // -0 + 0 = +0
  return bits & kSign ? ~bits : bits | kSign;
}

void learn_byte_code(std::span<uint64_t> sample, ByteCode *code) {
  *code = ByteCode{};
  std::sort(sample.begin(), sample.end(), [](uint64_t a, uint64_t b) { return a < b; });
  if (!learn_dictionary(sample, code)) learn_buckets(sample, code);
  // Unused keys are zero, whatever was tried before: the struct goes to disk.
  std::fill(code->keys + code->count, code->keys + kMaxByteKeys, uint64_t{0});
}

uint8_t byte_of(const ByteCode &code, bool null, uint64_t cell) {
  if (null) return kByteNull;
  int below = keys_up_to(code, cell);
  if (code.is_dictionary != 0 || code.count == 0) {
    bool known = below > 0 && code.keys[below - 1] == cell;
    return known ? static_cast<uint8_t>(below - 1) : kByteUnseen;
  }
  return below > 0 ? static_cast<uint8_t>(below - 1) : uint8_t{0};
}

ByteMask mask_of_range(const ByteCode &code, uint64_t low, uint64_t high) {
  ByteMask mask{};
  if (low > high) return mask;
  set_bits(kByteUnseen, kByteUnseen, &mask);
  if (code.is_dictionary != 0) {
    int first = static_cast<int>(std::lower_bound(code.keys, code.keys + code.count, low) - code.keys);
    set_bits(first, keys_up_to(code, high) - 1, &mask);
  } else if (code.count > 0) {
    set_bits(byte_of(code, false, low), byte_of(code, false, high), &mask);
  }
  return mask;
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
