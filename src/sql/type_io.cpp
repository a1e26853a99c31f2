// SPDX-License-Identifier: PostgreSQL
// Input and output of vector, halfvec and int8vec: text, binary, declared dimensions.
#include "sql/checks.hpp"
#include "types/binary.hpp"
#include "types/text.hpp"

namespace vexpg::sql {
namespace {

types::ParseError parse(const char *input, float *out, size_t capacity, size_t *dim) {
  return types::parse_vector(input, out, capacity, dim);
}

types::ParseError parse(const char *input, uint16_t *out, size_t capacity, size_t *dim) {
  return types::parse_halfvec(input, out, capacity, dim);
}

types::ParseError parse(const char *input, int8_t *out, size_t capacity, size_t *dim) {
  return types::parse_int8vec(input, out, capacity, dim);
}

size_t format(const types::Int8Vector *vector, char *out) {
  return types::format_int8vec(vector->x, static_cast<size_t>(vector->dim), out);
}

size_t format(const types::Vector *vector, char *out) {
  return types::format_vector(vector->x, static_cast<size_t>(vector->dim), out, float_to_shortest_decimal_bufn);
}

size_t format(const types::HalfVector *vector, char *out) {
  return types::format_halfvec(vector->x, static_cast<size_t>(vector->dim), out, float_to_shortest_decimal_bufn);
}

static_assert(types::kFloatTextBytes == FLOAT_SHORTEST_DECIMAL_LEN - 1);

template <class Type>
Datum read_text(FunctionCallInfo fcinfo) {
  const char *input = PG_GETARG_CSTRING(0);
  const size_t capacity = types::count_elements(input);
  typename Type::Value *value = Type::make(static_cast<int>(capacity));
  size_t dim;
  const types::ParseError error = parse(input, value->x, capacity, &dim);
  if (error.fault != types::Fault::kNone) raise_parse_error(error, Type::kName, input);
  require_typmod(PG_GETARG_INT32(2), static_cast<int>(dim));
  value->dim = static_cast<int16_t>(dim);
  SET_VARSIZE(value, sizeof(*value) + dim * sizeof(value->x[0]));
  PG_RETURN_POINTER(value);
}

template <class Type>
Datum write_text(FunctionCallInfo fcinfo) {
  const typename Type::Value *value = argument<Type>(fcinfo, 0);
  char *output = static_cast<char *>(palloc(types::vector_text_bytes(static_cast<size_t>(value->dim))));
  format(value, output);
  pg::release(value, PG_GETARG_DATUM(0));
  PG_RETURN_CSTRING(output);
}

template <class Type>
Datum receive(FunctionCallInfo fcinfo) {
  StringInfo message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  const auto take = [message](size_t bytes) {
    return reinterpret_cast<const uint8_t *>(pq_getmsgbytes(message, static_cast<int>(bytes)));
  };
  const types::DenseHeader header = types::decode_dense_header(take(types::kDenseHeaderBytes));
  require(types::check_dimensions(header.dim), Type::kName);
  require_typmod(PG_GETARG_INT32(2), header.dim);
  require_unused_zero(header.unused);
  const size_t dim = static_cast<size_t>(header.dim);
  const uint8_t *elements = take(dim * sizeof(typename Type::Element));
  typename Type::Value *value = Type::make(header.dim);
  require(types::decode_elements(elements, dim, value->x), Type::kName);
  PG_RETURN_POINTER(value);
}

template <class Type>
Datum send(FunctionCallInfo fcinfo) {
  const typename Type::Value *value = argument<Type>(fcinfo, 0);
  const size_t dim = static_cast<size_t>(value->dim);
  const size_t bytes = VARHDRSZ + types::kDenseHeaderBytes + dim * sizeof(typename Type::Element);
  bytea *result = static_cast<bytea *>(palloc(bytes));
  SET_VARSIZE(result, bytes);
  uint8_t *out = reinterpret_cast<uint8_t *>(VARDATA(result));
  types::store_be16(static_cast<uint16_t>(value->dim), out);
  types::store_be16(0, out + 2);
  types::encode_elements(value->x, dim, out + types::kDenseHeaderBytes);
  PG_RETURN_BYTEA_P(result);
}

}  // namespace
}  // namespace vexpg::sql

using namespace vexpg;

VEXPG_FUNCTION(vexpg_vector_in) { return sql::read_text<sql::VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_out) { return sql::write_text<sql::VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_recv) { return sql::receive<sql::VectorType>(fcinfo); }
VEXPG_FUNCTION(vexpg_vector_send) { return sql::send<sql::VectorType>(fcinfo); }

VEXPG_FUNCTION(vexpg_vector_typmod_in) {
  PG_RETURN_INT32(sql::dimensions_from_typmod(PG_GETARG_ARRAYTYPE_P(0), sql::VectorType::kName, types::kMaxDimensions));
}

VEXPG_FUNCTION(vexpg_halfvec_in) { return sql::read_text<sql::HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_out) { return sql::write_text<sql::HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_recv) { return sql::receive<sql::HalfvecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_halfvec_send) { return sql::send<sql::HalfvecType>(fcinfo); }

VEXPG_FUNCTION(vexpg_halfvec_typmod_in) {
  PG_RETURN_INT32(sql::dimensions_from_typmod(PG_GETARG_ARRAYTYPE_P(0), sql::HalfvecType::kName, types::kMaxDimensions));
}

VEXPG_FUNCTION(vexpg_int8vec_in) { return sql::read_text<sql::Int8vecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_out) { return sql::write_text<sql::Int8vecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_recv) { return sql::receive<sql::Int8vecType>(fcinfo); }
VEXPG_FUNCTION(vexpg_int8vec_send) { return sql::send<sql::Int8vecType>(fcinfo); }

VEXPG_FUNCTION(vexpg_int8vec_typmod_in) {
  PG_RETURN_INT32(sql::dimensions_from_typmod(PG_GETARG_ARRAYTYPE_P(0), sql::Int8vecType::kName, types::kMaxDimensions));
}
