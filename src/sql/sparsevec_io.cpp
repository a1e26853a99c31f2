// SPDX-License-Identifier: PostgreSQL
// Input and output of sparsevec: text, binary, declared dimensions.
#include "sql/checks.hpp"
#include "types/binary.hpp"
#include "types/sparse_text.hpp"

using namespace vexpg;

namespace vexpg::sql {
namespace {

constexpr const char *kName = SparsevecType::kName;

types::SparseVector *from_elements(const types::SparseElement *elements, const types::SparseText &said) {
  types::SparseVector *vector = pg::new_sparsevec(said.dim, said.nnz);
  for (int i = 0; i < said.nnz; i++) {
    vector->indices[i] = elements[i].index;
    vector->values()[i] = elements[i].value;
  }
  return vector;
}

}  // namespace
}  // namespace vexpg::sql

VEXPG_FUNCTION(vexpg_sparsevec_in) {
  const char *input = PG_GETARG_CSTRING(0);
  const size_t capacity = types::count_sparse_elements(input);
  if (capacity > types::kMaxSparseElements) sql::raise_fault(types::Fault::kTooManyElements, sql::kName);
  auto *elements = static_cast<types::SparseElement *>(palloc(capacity * sizeof(types::SparseElement)));
  types::SparseText said;
  const types::ParseError error = types::parse_sparsevec(input, elements, capacity, &said);
  if (error.fault != types::Fault::kNone) sql::raise_parse_error(error, sql::kName, input);
  sql::require(types::check_sparse_dimensions(said.dim), sql::kName);
  sql::require_typmod(PG_GETARG_INT32(2), said.dim);
  sql::require(types::order_elements(elements, said.nnz, said.dim), sql::kName);
  PG_RETURN_POINTER(sql::from_elements(elements, said));
}

VEXPG_FUNCTION(vexpg_sparsevec_out) {
  const auto *vector = sql::argument<sql::SparsevecType>(fcinfo, 0);
  char *output = static_cast<char *>(palloc(types::sparse_text_bytes(vector->nnz)));
  types::format_sparsevec(*vector, output, float_to_shortest_decimal_bufn);
  pg::release(vector, PG_GETARG_DATUM(0));
  PG_RETURN_CSTRING(output);
}

VEXPG_FUNCTION(vexpg_sparsevec_typmod_in) {
  PG_RETURN_INT32(sql::dimensions_from_typmod(PG_GETARG_ARRAYTYPE_P(0), sql::kName, types::kMaxSparseDimensions));
}

VEXPG_FUNCTION(vexpg_sparsevec_recv) {
  StringInfo message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  const auto take = [message](size_t bytes) {
    return reinterpret_cast<const uint8_t *>(pq_getmsgbytes(message, static_cast<int>(bytes)));
  };
  const types::SparseHeader header = types::decode_sparse_header(take(types::kSparseHeaderBytes));
  sql::require(types::check_sparse_dimensions(header.dim), sql::kName);
  sql::require(types::check_sparse_count(header.nnz, header.dim), sql::kName);
  sql::require_typmod(PG_GETARG_INT32(2), header.dim);
  sql::require_unused_zero(header.unused);
  const size_t nnz = static_cast<size_t>(header.nnz);
  const uint8_t *indices = take(nnz * sizeof(int32_t));
  const uint8_t *values = take(nnz * sizeof(float));
  types::SparseVector *vector = pg::new_sparsevec(header.dim, header.nnz);
  sql::require(types::decode_indices(indices, header.nnz, header.dim, vector->indices), sql::kName);
  sql::require(types::decode_sparse_values(values, header.nnz, vector->values()), sql::kName);
  PG_RETURN_POINTER(vector);
}

VEXPG_FUNCTION(vexpg_sparsevec_send) {
  const auto *vector = sql::argument<sql::SparsevecType>(fcinfo, 0);
  const size_t nnz = static_cast<size_t>(vector->nnz);
  const size_t bytes = VARHDRSZ + types::kSparseHeaderBytes + nnz * (sizeof(int32_t) + sizeof(float));
  bytea *result = static_cast<bytea *>(palloc(bytes));
  SET_VARSIZE(result, bytes);
  uint8_t *out = reinterpret_cast<uint8_t *>(VARDATA(result));
  types::store_be32(static_cast<uint32_t>(vector->dim), out);
  types::store_be32(static_cast<uint32_t>(vector->nnz), out + 4);
  types::store_be32(0, out + 8);
  out += types::kSparseHeaderBytes;
  out += types::encode_indices(vector->indices, nnz, out);
  types::encode_elements(vector->values(), nnz, out);
  PG_RETURN_BYTEA_P(result);
}
