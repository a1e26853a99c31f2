// SPDX-License-Identifier: PostgreSQL
// Values of the indexed columns as the index keeps them: vectors as floats, attributes as cells.
#pragma once
#include "pg/pg.hpp"
#include "storage/layout.hpp"
#include "types/attribute.hpp"

namespace vexpg::storage {

// The name of a type in SQL.
const char *type_name(ElementType type);

// The number of dimensions of a vector, halfvec or int8vec datum.
uint32_t vector_dim(Datum value, ElementType type);

// Copies the elements of a vector, halfvec or int8vec to `out`, dim floats. ERROR 22000 if the value has another number of
// dimensions.
void read_vector(Datum value, ElementType type, uint32_t dim, float *out);

// The cell of a column's value that is not NULL.
uint64_t attribute_cell(types::AttributeKind kind, Datum value);

// The kind of a column or operand type; false if there is none. Values of two kinds may be compared by their cells if
// both are integers or both are floats.
bool attribute_kind_of_type(Oid type, types::AttributeKind *kind);
// The cell of an operand of a comparison; elog if the type has no kind.
uint64_t attribute_cell_of_type(Oid type, Datum value);

}  // namespace vexpg::storage
