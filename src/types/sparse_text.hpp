// SPDX-License-Identifier: PostgreSQL
// The text form of sparsevec, "{1:1.5,3:2}/5" with indices from 1, both ways. The rules of text.hpp hold.
#pragma once
#include <cstddef>
#include <cstdint>

#include "types/sparsevec.hpp"
#include "types/text.hpp"
#include "types/vector.hpp"

namespace vexpg::types {

struct SparseText {  // what a text says, before it is checked against any limit
  int32_t dim;       // limited to the range of int32
  int nnz;           // elements that are not zero
};

// How many elements parse_sparsevec can find in this text at most; stops counting after kMaxSparseElements + 1.
size_t count_sparse_elements(const char *text);

// Reads a zero-terminated text. Zeros are dropped; the elements come in the order of the text with indices from 0
// (limited to the range of int32). Neither dim nor the indices are checked: check_sparse_dimensions, order_elements.
// `capacity` is what count_sparse_elements said.
ParseError parse_sparsevec(const char *text, SparseElement *out, size_t capacity, SparseText *result);

// Sorts by index and checks every index.
Fault order_elements(SparseElement *elements, int nnz, int32_t dim);

constexpr size_t sparse_text_bytes(int nnz) { return static_cast<size_t>(nnz) * (kFloatTextBytes + 12) + 14; }

// Writes the zero-terminated text; returns its length without the zero.
size_t format_sparsevec(const SparseVector &vector, char *out, FormatFloat format);

}  // namespace vexpg::types
