// SPDX-License-Identifier: PostgreSQL
// Values of the indexed columns as the index keeps them.
#include "storage/datum.hpp"

#include "kernels/kernels.hpp"
#include "pg/values.hpp"

namespace vexpg::storage {

using types::AttributeKind;

// The dense types have the same head.
static_assert(offsetof(types::Vector, dim) == offsetof(types::HalfVector, dim));
static_assert(offsetof(types::Vector, dim) == offsetof(types::Int8Vector, dim));

const char *type_name(ElementType type) {
  switch (type) {
    case ElementType::kVector: return "vector";
    case ElementType::kHalfvec: return "halfvec";
    case ElementType::kInt8vec: return "int8vec";
  }
  return "unknown";
}

uint32_t vector_dim(Datum value, ElementType) {
  const auto *vector = pg::value_from<types::Vector>(value);
  auto dim = static_cast<uint32_t>(vector->dim);
  pg::release(vector, value);
  return dim;
}

void read_vector(Datum value, ElementType type, uint32_t dim, float *out) {
  const auto *vector = pg::value_from<types::Vector>(value);
  if (static_cast<uint32_t>(vector->dim) != dim)
    ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                    errmsg("different %s dimensions %u and %d", type_name(type), dim, vector->dim)));
  switch (type) {
    case ElementType::kVector: memcpy(out, vector->x, sizeof(float) * dim); break;
    case ElementType::kHalfvec:
      kernels::active().half_to_float(reinterpret_cast<const types::HalfVector *>(vector)->x, out, dim);
      break;
    case ElementType::kInt8vec:
      std::copy_n(reinterpret_cast<const types::Int8Vector *>(vector)->x, dim, out);
      break;
  }
  pg::release(vector, value);
}

uint64_t attribute_cell(AttributeKind kind, Datum value) {
  switch (kind) {
    case AttributeKind::kInt2: return types::cell_from_int(DatumGetInt16(value));
    case AttributeKind::kInt4: return types::cell_from_int(DatumGetInt32(value));
    case AttributeKind::kInt8: return types::cell_from_int(DatumGetInt64(value));
    case AttributeKind::kBool: return types::cell_from_int(DatumGetBool(value));
    case AttributeKind::kDate: return types::cell_from_int(DatumGetInt32(value));
    case AttributeKind::kTimestamp:
    case AttributeKind::kTimestampTz: return types::cell_from_int(DatumGetInt64(value));
    case AttributeKind::kFloat4: return types::cell_from_float(DatumGetFloat4(value));
    case AttributeKind::kFloat8: return types::cell_from_float(DatumGetFloat8(value));
  }
  elog(ERROR, "unknown kind of attribute %d", static_cast<int>(kind));
  pg_unreachable();
}

bool attribute_kind_of_type(Oid type, AttributeKind *kind) {
  switch (type) {
    case INT2OID: *kind = AttributeKind::kInt2; return true;
    case INT4OID: *kind = AttributeKind::kInt4; return true;
    case INT8OID: *kind = AttributeKind::kInt8; return true;
    case BOOLOID: *kind = AttributeKind::kBool; return true;
    case DATEOID: *kind = AttributeKind::kDate; return true;
    case TIMESTAMPOID: *kind = AttributeKind::kTimestamp; return true;
    case TIMESTAMPTZOID: *kind = AttributeKind::kTimestampTz; return true;
    case FLOAT4OID: *kind = AttributeKind::kFloat4; return true;
    case FLOAT8OID: *kind = AttributeKind::kFloat8; return true;
    default: return false;
  }
}

uint64_t attribute_cell_of_type(Oid type, Datum value) {
  AttributeKind kind;
  if (!attribute_kind_of_type(type, &kind)) elog(ERROR, "no cells for values of type %u", type);
  return attribute_cell(kind, value);
}

}  // namespace vexpg::storage
