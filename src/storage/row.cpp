// SPDX-License-Identifier: PostgreSQL
#include "storage/row.hpp"

#include "storage/datum.hpp"

namespace vexpg::storage {

Row *allocate_row(const IndexModel &model) {
  auto *row = static_cast<Row *>(palloc0(sizeof(Row)));
  const codec::Shape &shape = model.geometry.shape;
  row->code = static_cast<uint8_t *>(palloc0(shape.code_bytes()));
  row->refine = static_cast<uint8_t *>(palloc0(shape.refine_bytes() + 1));
  row->vector = static_cast<float *>(palloc(sizeof(float) * shape.mean_floats() + 1));
  row->scratch = static_cast<float *>(palloc(sizeof(float) * shape.scratch_floats()));
  return row;
}

bool encode_row(const IndexModel &model, const Datum *values, const bool *nulls, Row *row) {
  const MetaPage &meta = model.meta;
  if (nulls[meta.vector_column]) return false;
  const void *value = read_value(values[meta.vector_column], static_cast<ElementType>(meta.element_type), meta.dim, row->vector);
  if (!codec::indexable(model.codec.shape, model.codec.metric, value)) return false;
  codec::encode(model.codec, value, row->scratch, row->code, &row->factors, row->refine, &row->refine_factors);
  row->nulls = 0;
  for (int a = 0; a < meta.attribute_count; a++) {
    int column = a < meta.vector_column ? a : a + 1;
    if (nulls[column]) row->nulls |= static_cast<uint8_t>(1 << a);
    row->cells[a] = nulls[column] ? 0 : attribute_cell(static_cast<types::AttributeKind>(meta.attribute_kinds[a]), model.collations[a], values[column]);
  }
  set_row_bytes(model, row);
  return true;
}

void set_row_bytes(const IndexModel &model, Row *row) {
  for (int a = 0; a < model.meta.attribute_count; a++)
    row->bytes[a] = types::byte_of(model.byte_codes[a], (row->nulls >> a & 1) != 0, row->cells[a]);
}

void write_slot(const IndexModel &model, const Row &row, const NodeHead &head, uint8_t *slot_bytes) {
  const Geometry &geometry = model.geometry;
  Slot slot(slot_bytes, geometry);
  memset(slot_bytes, 0, geometry.slot_size);
  slot.set_head(head);
  if (geometry.shape.refine == 0) slot.set_refine_factors(row.refine_factors);
  for (uint32_t a = 0; a < geometry.attributes; a++) slot.set_cell(a, row.cells[a]);
  memcpy(slot.code(), row.code, geometry.shape.code_bytes());
}

void write_detail(const Row &row, uint32_t refine_bytes, uint32_t version, uint8_t *detail_bytes) {
  store(detail_bytes, DetailHead{version, row.refine_factors});
  memcpy(detail_bytes + sizeof(DetailHead), row.refine, refine_bytes);
}

void read_row(const IndexModel &model, const uint8_t *slot_bytes, const uint8_t *detail_bytes, Row *row) {
  const Geometry &geometry = model.geometry;
  ConstSlot slot(slot_bytes, geometry);
  row->factors = slot.factors();
  row->refine_factors = geometry.shape.refine == 0 ? slot.refine_factors() : load<DetailHead>(detail_bytes).factors;
  row->nulls = slot.head().nulls;
  memcpy(row->code, slot.code(), geometry.shape.code_bytes());
  if (geometry.shape.refine > 0) memcpy(row->refine, detail_bytes + sizeof(DetailHead), geometry.shape.refine_bytes());
  for (uint32_t a = 0; a < geometry.attributes; a++) row->cells[a] = slot.cell(a);
  set_row_bytes(model, row);
}

bool same_row(const IndexModel &model, const Row &row, const ConstSlot &slot, const uint8_t *detail_bytes) {
  const Geometry &geometry = model.geometry;
  NodeHead head = slot.head();
  if (memcmp(&head.factors, &row.factors, sizeof row.factors) != 0 || head.nulls != row.nulls ||
      memcmp(slot.code(), row.code, geometry.shape.code_bytes()) != 0)
    return false;
  for (uint32_t a = 0; a < geometry.attributes; a++)
    if (slot.cell(a) != row.cells[a]) return false;
  if (geometry.shape.refine == 0) {
    codec::RefineFactors factors = slot.refine_factors();
    return memcmp(&factors, &row.refine_factors, sizeof factors) == 0;
  }
  auto detail = load<DetailHead>(detail_bytes);
  return memcmp(&detail.factors, &row.refine_factors, sizeof detail.factors) == 0 &&
         memcmp(detail_bytes + sizeof(DetailHead), row.refine, geometry.shape.refine_bytes()) == 0;
}

}  // namespace vexpg::storage
