// SPDX-License-Identifier: PostgreSQL
// A value of the server's own type bit as it lies in memory: the view that the bit distances and quantisers share.
//
// Bits are numbered from the highest of the first byte; those after the last are zero, so whole bytes may be compared.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace vexpg::types {

struct BitVector {
  int32_t length_word;  // the server's variable-length header, always in its 4-byte form
  int32_t bit_count;
  uint8_t bytes[];
};

static_assert(sizeof(BitVector) == 8 && offsetof(BitVector, bit_count) == 4 && offsetof(BitVector, bytes) == 8);
static_assert(std::is_trivially_copyable_v<BitVector>);

constexpr size_t bit_payload_bytes(int32_t bit_count) { return (static_cast<size_t>(bit_count) + 7) / 8; }
constexpr size_t bitvec_bytes(int32_t bit_count) { return sizeof(BitVector) + bit_payload_bytes(bit_count); }

// Writes one bit for each of dim values: whether it is above zero. `bytes` must be zero before.
template <class IsPositive>
void quantize_bits(size_t dim, uint8_t *bytes, IsPositive is_positive) {
  for (size_t i = 0; i < dim; i++) {
    if (is_positive(i)) bytes[i / 8] = static_cast<uint8_t>(bytes[i / 8] | (0x80 >> (i % 8)));
  }
}

}  // namespace vexpg::types
