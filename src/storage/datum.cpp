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

}  // namespace vexpg::storage
