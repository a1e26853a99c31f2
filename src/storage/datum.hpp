// SPDX-License-Identifier: PostgreSQL
// Values of the indexed columns as the index keeps them: vectors as the codec takes them, attributes as cells.
#pragma once
#include "pg/pg.hpp"
#include "storage/layout.hpp"
#include "types/attribute.hpp"

namespace vexpg::storage {

// The name of a type in SQL.
const char *type_name(ElementType type);

// What codec::encode() and codec::prepare_query() take: the elements of a vector, halfvec or int8vec as floats in `buffer`
// (dim floats); the sparsevec or bit string itself, in the datum or in a copy in the current memory context.
// ERROR 22000 if the value has another number of dimensions.
const void *read_value(Datum value, ElementType type, uint32_t dim, float *buffer);
// Some value of a type that every metric has a place for.
const void *any_value(ElementType type, uint32_t dim, float *buffer);

// The kind of a column whose operator class is for this type, under the collation of the column; false if there is none.
bool attribute_kind_of_type(Oid type, Oid collation, types::AttributeKind *kind);
// A kind as an operator class has it, for a column under this collation: strings are kept by prefix or by hash.
types::AttributeKind kind_under_collation(types::AttributeKind kind, Oid collation);

// The cell of a column's value that is not NULL. May leave memory to the current context.
uint64_t attribute_cell(types::AttributeKind kind, Oid collation, Datum value);
// What a column is compared with: a value of `type`, the right operand's type of one of the column's operators.
types::Operand attribute_operand(types::AttributeKind kind, Oid collation, Oid type, Datum value);

// The elements of an array as the bits that they have in signatures, in the current context.
struct ElementBits {
  uint32_t count;  // of the elements that are not NULL
  uint64_t *bits;
  bool has_null;
};
ElementBits element_bits(Oid collation, Datum array);
// Raises unless values of a type can be hashed, as elements of arrays must.
void require_hash(Oid element_type);

}  // namespace vexpg::storage
