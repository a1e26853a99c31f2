// SPDX-License-Identifier: PostgreSQL
// A heap row as the index encodes it: codes, factors, attribute cells. Insert, build and checker encode by this one code.
#pragma once
#include "storage/model.hpp"

namespace vexpg::storage {

struct Row {
  uint8_t *code;    // shape.code_bytes()
  uint8_t *refine;  // shape.refine_bytes()
  codec::CodeFactors factors;
  codec::RefineFactors refine_factors;
  uint64_t cells[kMaxAttributes];
  uint8_t nulls;
  uint8_t bytes[kMaxAttributes];  // byte code of each attribute, what is written beside links to this row
  float *vector, *scratch;        // mean_floats(), scratch_floats()
};

// A row with its arrays in CurrentMemoryContext.
Row *allocate_row(const IndexModel &model);

// Encodes the key columns of a heap row. False if it has no place in the index: NULL vector, or zero vector under cosine.
bool encode_row(const IndexModel &model, const Datum *values, const bool *nulls, Row *row);

// The byte codes of a row, from its cells.
void set_row_bytes(const IndexModel &model, Row *row);

// Fills a node slot (head without links) and a detail slot (null if refine = 0) with a row.
void write_slot(const IndexModel &model, const Row &row, const NodeHead &head, uint8_t *slot_bytes);
void write_detail(const Row &row, uint32_t refine_bytes, uint32_t version, uint8_t *detail_bytes);

// A row from the slot and the detail that write_slot() and write_detail() made of it.
void read_row(const IndexModel &model, const uint8_t *slot_bytes, const uint8_t *detail_bytes, Row *row);

// True if a slot (and its detail) holds the same codes, factors and cells as a row.
bool same_row(const IndexModel &model, const Row &row, const ConstSlot &slot, const uint8_t *detail_bytes);

}  // namespace vexpg::storage
