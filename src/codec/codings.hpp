// SPDX-License-Identifier: PostgreSQL
// The codings besides the rotated one, as the functions of codec.hpp call them: grid_l1.cpp, bits.cpp, sparse.cpp.
#pragma once
#include "codec/codec.hpp"

namespace vexpg::codec {

// Where a code is written.
struct CodeOut {
  uint8_t *code;
  CodeFactors *factors;
  uint8_t *refine;
  RefineFactors *refine_factors;
};
// Both planes of a stored code.
struct Planes {
  const uint8_t *code, *refine;
};

// ---- kGrid: x^ = mean + step * (u - centre), each vector with a step of its own, so that vectors of any size may follow
// a build on an empty table. L1(q, x) >= L1(q, x^) - L1(x, x^).
void encode_grid(const Model &model, const float *x, float *scratch, const CodeOut &out);
void prepare_grid_query(const Model &model, const float *q, int8_t *planes, Query *query);
void prepare_grid_code(const Shape &shape, const uint8_t *code, float step, int8_t *planes, Query *query);
void prepare_grid_code_both(const Shape &shape, const Planes &code, float step, int8_t *planes, Query *query);
float grid_l1(const Query &query, const uint8_t *code, float step);       // of the first plane
float grid_l1_both(const Query &query, const Planes &code, float step);  // of both; step: of all bits
Refined refined_grid(const Query &query, const Planes &code, const RefineFactors &factors);

// ---- kBits: exact, but for the bits beyond the code, of which only the number of ones is known.
void encode_bits(const Shape &shape, const types::BitVector &x, const CodeOut &out);
void prepare_bits_query(const Shape &shape, const types::BitVector &q, int8_t *planes, Query *query);
void prepare_bits_code(const Shape &shape, const uint8_t *code, const CodeFactors &factors, int8_t *planes, Query *query);
float score_jaccard(const Query &query, const uint8_t *code, const CodeFactors &factors);
Refined refined_bits(const Query &query, const uint8_t *code, const RefineFactors &factors);

// ---- kSparse: pairs of a bucket and a value. Up to 65,536 dimensions an index is its own bucket, above it is hashed to
// one: then a pair of equal buckets may be of two indices, and bounds count it only where that makes them smaller.
void encode_sparse(const Model &model, const types::SparseVector &x, float *scratch, const CodeOut &out);
void prepare_sparse_query(const Model &model, const types::SparseVector &q, float *scratch, int8_t *planes, Query *query);
void prepare_sparse_code(const uint8_t *code, const CodeFactors &factors, int8_t *planes, Query *query);
float score_sparse_l1(const Query &query, const uint8_t *code, const CodeFactors &factors);
Refined refined_sparse(const Query &query, const uint8_t *code, const RefineFactors &factors);

}  // namespace vexpg::codec
