// SPDX-License-Identifier: PostgreSQL
// The errors of the SQL functions. See checks.hpp.
#include "sql/checks.hpp"

namespace vexpg::sql {

using types::Fault;

namespace {

bool is_sparse(const char *type) { return strcmp(type, SparsevecType::kName) == 0; }

[[noreturn]] void raise_limit(Fault fault, const char *type) {
  const int dimensions = is_sparse(type) ? types::kMaxSparseDimensions : types::kMaxDimensions;
  if (fault == Fault::kTooManyDimensions) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("%s cannot have more than %d dimensions", type, dimensions)));
  }
  if (fault == Fault::kTooManyElements) {
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("%s cannot have more than %d non-zero elements", type, types::kMaxSparseElements)));
  }
  ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("%s cannot have more elements than dimensions", type)));
}

// What follows the type's name in the message of a fault, or nullptr; all of these are SQLSTATE 22000.
const char *message_format(Fault fault) {
  switch (fault) {
    case Fault::kTooFewDimensions: return "%s must have at least 1 dimension";
    case Fault::kNegativeCount: return "%s cannot have negative number of elements";
    case Fault::kNan: return "NaN not allowed in %s";
    case Fault::kInfinite: return "infinite value not allowed in %s";
    case Fault::kZeroStored: return "binary representation of %s cannot contain zero values";
    case Fault::kIndexOutOfBounds: return "%s index out of bounds";
    case Fault::kIndexOrder: return "%s indices must be in ascending order";
    case Fault::kIndexDuplicate: return "%s indices must not contain duplicates";
    default: return nullptr;
  }
}

const char *syntax_detail(Fault fault, const char *type) {
  switch (fault) {
    case Fault::kNoOpening:
      return is_sparse(type) ? "Vector contents must start with \"{\"." : "Vector contents must start with \"[\".";
    case Fault::kJunk: return is_sparse(type) ? "Junk after closing." : "Junk after closing right brace.";
    case Fault::kNoDimensions: return "Unexpected end of input.";
    default: return nullptr;
  }
}

}  // namespace

void raise_fault(Fault fault, const char *type) {
  const char *format = message_format(fault);
  if (format == nullptr) raise_limit(fault, type);
  ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg(format, type)));
}

void raise_out_of_range(const char *number, const char *type) {
  ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("\"%s\" is out of range for type %s", number, type)));
}

void raise_parse_error(const types::ParseError &error, const char *type, const char *input) {
  if (error.fault == Fault::kOutOfRange) raise_out_of_range(pnstrdup(input + error.position, error.length), type);
  const char *detail = syntax_detail(error.fault, type);
  if (detail == nullptr && error.fault != Fault::kSyntax) raise_fault(error.fault, type);
  ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                  errmsg("invalid input syntax for type %s: \"%s\"", type, input),
                  detail != nullptr ? errdetail("%s", detail) : 0));
}

void raise_different_dimensions(const char *type, int a, int b) {
  ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("different %s dimensions %d and %d", type, a, b)));
}

void require_typmod(int32_t typmod, int dim) {
  if (typmod != -1 && typmod != dim) {
    ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("expected %d dimensions, not %d", typmod, dim)));
  }
}

void require_unused_zero(int unused) {
  if (unused != 0) {
    ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("expected unused to be 0, not %d", unused)));
  }
}

int32_t dimensions_from_typmod(ArrayType *modifiers, const char *type, int limit) {
  int count;
  const int32_t *values = ArrayGetIntegerTypmods(modifiers, &count);
  if (count != 1) ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid type modifier")));
  if (values[0] < 1) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("dimensions for type %s must be at least 1", type)));
  }
  if (values[0] > limit) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("dimensions for type %s cannot exceed %d", type, limit)));
  }
  return values[0];
}

}  // namespace vexpg::sql
