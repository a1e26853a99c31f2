// SPDX-License-Identifier: PostgreSQL
// The errors of the SQL functions. Texts and SQLSTATEs are part of the interface: clients read them.
#pragma once
#include "sql/type_traits.hpp"

namespace vexpg::sql {

// Raises the error for a fault of a value of this type that has no text.
[[noreturn]] void raise_fault(types::Fault fault, const char *type);

// Raises the error for a text that could not be parsed.
[[noreturn]] void raise_parse_error(const types::ParseError &error, const char *type, const char *input);

[[noreturn]] void raise_out_of_range(const char *number, const char *type);
[[noreturn]] void raise_different_dimensions(const char *type, int a, int b);

inline void require(types::Fault fault, const char *type) {
  if (fault != types::Fault::kNone) raise_fault(fault, type);
}

// typmod is the number of dimensions that a column was declared with, or -1.
void require_typmod(int32_t typmod, int dim);

// A sender's field that has no meaning yet must be zero.
void require_unused_zero(int unused);

// Reads a declared number of dimensions, as in vector(3).
int32_t dimensions_from_typmod(ArrayType *modifiers, const char *type, int limit);

template <class Type>
const typename Type::Value *argument(FunctionCallInfo fcinfo, int number) {
  return pg::value_from<typename Type::Value>(PG_GETARG_DATUM(number));
}

template <class Type>
Pair<Type> pair_arguments(FunctionCallInfo fcinfo) {
  const Pair<Type> pair = {argument<Type>(fcinfo, 0), argument<Type>(fcinfo, 1)};
  if (pair.a->dim != pair.b->dim) raise_different_dimensions(Type::kName, pair.a->dim, pair.b->dim);
  return pair;
}

}  // namespace vexpg::sql
