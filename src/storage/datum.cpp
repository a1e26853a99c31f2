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
    case ElementType::kSparsevec: return "sparsevec";
    case ElementType::kBit: return "bit";
  }
  return "unknown";
}

namespace {

void require_dim(ElementType type, uint32_t dim, int32_t found) {
  if (static_cast<uint32_t>(found) == dim) return;
  if (type == ElementType::kBit)
    ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("different bit lengths %u and %d", dim, found)));
  ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                  errmsg("different %s dimensions %u and %d", type_name(type), dim, found)));
}

void read_dense(Datum value, ElementType type, uint32_t dim, float *out) {
  const auto *vector = pg::value_from<types::Vector>(value);
  require_dim(type, dim, vector->dim);
  if (type == ElementType::kHalfvec) {
    kernels::active().half_to_float(reinterpret_cast<const types::HalfVector *>(vector)->x, out, dim);
  } else if (type == ElementType::kInt8vec) {
    std::copy_n(reinterpret_cast<const types::Int8Vector *>(vector)->x, dim, out);
  } else {
    memcpy(out, vector->x, sizeof(float) * dim);
  }
  pg::release(vector, value);
}

}  // namespace

const void *read_value(Datum value, ElementType type, uint32_t dim, float *buffer) {
  if (type == ElementType::kSparsevec) {
    const auto *sparse = pg::value_from<types::SparseVector>(value);
    require_dim(type, dim, sparse->dim);
    return sparse;
  }
  if (type == ElementType::kBit) {
    const auto *bits = pg::value_from<types::BitVector>(value);
    require_dim(type, dim, bits->bit_count);
    return bits;
  }
  read_dense(value, type, dim, buffer);
  return buffer;
}

const void *any_value(ElementType type, uint32_t dim, float *buffer) {
  if (type == ElementType::kBit) return pg::new_bits(static_cast<int32_t>(dim));
  if (type == ElementType::kSparsevec) {
    types::SparseVector *sparse = pg::new_sparsevec(static_cast<int32_t>(dim), 1);
    sparse->values()[0] = 1;
    return sparse;
  }
  for (uint32_t i = 0; i < dim; i++) buffer[i] = i == 0 ? 1.0f : 0.0f;
  return buffer;
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
