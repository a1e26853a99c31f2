// SPDX-License-Identifier: PostgreSQL
// Bit strings are their own codes (codings.hpp). What does not fit a slot is left out; distances of the rest are bounds.
#include <cstring>

#include "codec/codings.hpp"

namespace vexpg::codec {

namespace {

// As kernels of the first plane.
int32_t count_differing(const uint8_t *code, const int8_t *query, size_t bytes) {
  return static_cast<int32_t>(kernels::active().hamming(code, reinterpret_cast<const uint8_t *>(query), bytes));
}
int32_t count_common(const uint8_t *code, const int8_t *query, size_t bytes) {
  return static_cast<int32_t>(kernels::active().overlap(code, reinterpret_cast<const uint8_t *>(query), bytes).both);
}

int32_t count_ones(const uint8_t *bytes, size_t count) {
  return static_cast<int32_t>(kernels::active().overlap(bytes, bytes, count).both);
}

struct Ones {
  int32_t within, beyond;
};

// Copies the first dim bits; a value that is longer has more than whole bytes of them.
Ones copy_bits(const Shape &shape, const types::BitVector &x, uint8_t *out) {
  const size_t all = types::bit_payload_bytes(x.bit_count), wanted = (shape.dim + 7) / 8;
  const size_t kept = all < wanted ? all : wanted;
  memset(out, 0, shape.code_bytes());
  memcpy(out, x.bytes, kept);
  return {count_ones(x.bytes, kept), count_ones(x.bytes + kept, all - kept)};
}

// ones: of the query within the code.
void prepare_bits(const int8_t *planes, float ones, Query *query) {
  const bool jaccard = query->metric == Metric::kJaccard;
  query->high = planes;
  query->dot = jaccard ? count_common : count_differing;
  query->curve = jaccard ? Curve::kJaccard : Curve::kLinear;
  query->weight = -1;
  query->bias = jaccard ? ones : 0;
  query->norm2 = 1;
}

// As the operator computes it.
double jaccard_distance(double both, double either) { return both == 0 ? 1 : 1 - both / either; }

}  // namespace

void encode_bits(const Shape &shape, const types::BitVector &x, const CodeOut &out) {
  const Ones ones = copy_bits(shape, x, out.code);
  *out.factors = {static_cast<float>(ones.within), 1};
  *out.refine_factors = {static_cast<float>(ones.within), static_cast<float>(ones.beyond), 0};
}

void prepare_bits_query(const Shape &shape, const types::BitVector &q, int8_t *planes, Query *query) {
  const Ones ones = copy_bits(shape, q, reinterpret_cast<uint8_t *>(planes));
  prepare_bits(planes, static_cast<float>(ones.within), query);
  query->norm = ones.beyond;
}

void prepare_bits_code(const Shape &shape, const uint8_t *code, const CodeFactors &factors, int8_t *planes, Query *query) {
  memcpy(planes, code, shape.code_bytes());
  prepare_bits(planes, factors.norm2, query);
}

float score_jaccard(const Query &query, const uint8_t *code, const CodeFactors &factors) {
  const float both = static_cast<float>(query.dot(code, query.high, query.code_bytes));
  return both == 0 ? 1 : 1 - both / (query.bias + factors.norm2 - both);
}

Refined refined_bits(const Query &query, const uint8_t *code, const RefineFactors &factors) {
  const double counted = query.dot(code, query.high, query.code_bytes);
  const double beyond = static_cast<double>(factors.norm2);
  if (query.metric == Metric::kHamming) {
    const double distance = counted + __builtin_fabs(query.norm - beyond);
    return {distance, distance};
  }
  // At best all ones of the shorter rest are common.
  const double both = counted + (query.norm < beyond ? query.norm : beyond);
  const double ones = static_cast<double>(query.bias) + static_cast<double>(factors.step) + query.norm + beyond;
  // The estimate is of the code alone, as the score: so scans learn how far bounds lie below it.
  const double within = static_cast<double>(query.bias) + static_cast<double>(factors.step);
  return {jaccard_distance(both, ones - both), jaccard_distance(counted, within - counted)};
}

}  // namespace vexpg::codec
