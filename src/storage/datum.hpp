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

// The cell of a column's value that is not NULL.
uint64_t attribute_cell(types::AttributeKind kind, Datum value);

// The kind of a column or operand type; false if there is none. Values of two kinds may be compared by their cells if
// both are integers or both are floats.
bool attribute_kind_of_type(Oid type, types::AttributeKind *kind);
// The cell of an operand of a comparison; elog if the type has no kind.
uint64_t attribute_cell_of_type(Oid type, Datum value);

}  // namespace vexpg::storage
