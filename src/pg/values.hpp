// SPDX-License-Identifier: PostgreSQL
// Our types as the server's datums: reading an argument, making a result.
#pragma once
#include "pg/pg.hpp"
#include "types/bitvec.hpp"
#include "types/halfvec.hpp"
#include "types/int8vec.hpp"
#include "types/sparsevec.hpp"
#include "types/vector.hpp"

namespace vexpg::pg {

static_assert(offsetof(types::BitVector, bit_count) == offsetof(VarBit, bit_len) && sizeof(types::BitVector) == VARHDRSZ + VARBITHDRSZ);

// The value behind a datum, decompressed and with its long header, so that its elements are aligned. It lies in the
// datum itself or in a copy in the current memory context.
template <class Value>
const Value *value_from(Datum datum) {
  const Value *value = reinterpret_cast<const Value *>(PG_DETOAST_DATUM(datum));
  Assert(VARSIZE(value) >= sizeof(Value));
  return value;
}

// Gives back the copy that value_from made, if it made one; needed where no context is reset between calls (btree).
template <class Value>
void release(const Value *value, Datum datum) {
  if (reinterpret_cast<const char *>(value) != DatumGetPointer(datum)) pfree(const_cast<Value *>(value));
}

// New zeroed values in the current memory context. The caller has checked the limits.
template <class Value>
Value *new_value(size_t bytes) {
  Value *value = static_cast<Value *>(palloc0(bytes));
  SET_VARSIZE(value, bytes);
  return value;
}

inline types::Vector *new_vector(int dim) {
  types::Vector *vector = new_value<types::Vector>(types::vector_bytes(dim));
  vector->dim = static_cast<int16_t>(dim);
  return vector;
}

inline types::HalfVector *new_halfvec(int dim) {
  types::HalfVector *vector = new_value<types::HalfVector>(types::halfvec_bytes(dim));
  vector->dim = static_cast<int16_t>(dim);
  return vector;
}

inline types::Int8Vector *new_int8vec(int dim) {
  types::Int8Vector *vector = new_value<types::Int8Vector>(types::int8vec_bytes(dim));
  vector->dim = static_cast<int16_t>(dim);
  return vector;
}

inline types::SparseVector *new_sparsevec(int32_t dim, int nnz) {
  types::SparseVector *vector = new_value<types::SparseVector>(types::sparsevec_bytes(nnz));
  vector->dim = dim;
  vector->nnz = nnz;
  return vector;
}

inline types::BitVector *new_bits(int32_t bit_count) {
  types::BitVector *bits = new_value<types::BitVector>(types::bitvec_bytes(bit_count));
  bits->bit_count = bit_count;
  return bits;
}

}  // namespace vexpg::pg
