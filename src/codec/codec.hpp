// SPDX-License-Identifier: PostgreSQL
// Vectors as short integer codes: encoding, estimated distances and certain lower bounds.
//
// A vector x of `dim` floats is centred, scaled and rotated, o = scale * P (x - mean), and each component of o is rounded
// to an unsigned integer of `bits` bits (the first plane, read by every hop of a search), then, inside that cell, to
// `refine` further bits (the second plane, read for the few survivors). Both planes together are one code of
// bits + refine bits with a reconstruction x^ and the norm of what is left, residual >= |o - x^|.
// Estimates follow RaBitQ (Gao & Long 2024, 2025): the factor of the first plane makes <q, o> unbiased.
//
// That is the rotated coding. A rotation does not keep L1, and bits and sparse vectors have shorter codes; so there are
// three codings more behind the same functions (codings.hpp): a grid without rotation, raw bits, and pairs.
//
// Layer: knows floats and bytes; no Postgres, no allocation, no errors. Codes and factors are the same bits on every CPU
// (kernels of class B, fixed summation order, no fused arithmetic): duplicate chains and the index checker rest on it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/kernels.hpp"
#include "types/bitvec.hpp"
#include "types/sparsevec.hpp"

namespace vexpg::codec {

// DO NOT CHANGE THESE ENUM VALUES: they are embedded in the on-disk data structures.
enum class Metric : uint8_t { kL2 = 1, kInnerProduct = 2, kCosine = 3, kL1 = 4, kHamming = 5, kJaccard = 6 };

// How values become codes; it follows from their type and metric.
//   kRotated  floats, for L2, inner product and cosine
//   kGrid     floats, for L1: centred, then rounded to a grid of the vector's own step
//   kBits     a types::BitVector: its first `dim` bits as they are
//   kSparse   a types::SparseVector: its `dim` largest elements, each as a 16-bit index and a 16-bit value
enum class Coding : uint8_t { kRotated, kGrid, kBits, kSparse };

inline constexpr uint32_t kMaxDim = 16000;        // of kRotated and kGrid
inline constexpr uint32_t kMaxSparseDim = 2048;   // elements that a kSparse code keeps, at most
inline constexpr uint32_t kSparseUnit = 8;        // codes of sparse vectors have room for a multiple of so many elements
inline constexpr uint32_t kSparseScratch = 32000; // two words for each element that a sparse vector may have
inline constexpr int kRotationRounds = 4;

struct Shape {
  uint32_t dim;    // 1..kMaxDim
  uint8_t bits;    // first plane: 1, 2, 4 or 8 bits a dimension; kBits: 1; kSparse: 32
  uint8_t refine;  // second plane: 0, 4 or 8 more bits; kBits, kSparse: 0
  Coding coding = Coding::kRotated;

  // Bytes of a plane with b bits a dimension, padded for the kernels (kernels.hpp, dot_u*).
  static constexpr uint32_t plane_bytes(uint32_t d, uint32_t b) {
    const uint32_t align = uint32_t{kernels::kCodeAlign}, bytes = (d * b + 7) / 8;
    return (bytes + align - 1) / align * align;
  }
  constexpr uint32_t code_bytes() const { return plane_bytes(dim, bits); }
  constexpr uint32_t refine_bytes() const { return plane_bytes(dim, refine); }
  // int8 entries of one prepared query plane: (8 / b) * plane_bytes.
  constexpr uint32_t code_entries() const { return 8u / bits * code_bytes(); }
  constexpr uint32_t refine_entries() const { return refine == 0 ? 0 : 8u / refine * refine_bytes(); }
  // uint64 words of the rotation's signs.
  constexpr uint32_t sign_words() const { return coding == Coding::kRotated ? kRotationRounds * ((dim + 63) / 64) : 0; }
  // Floats of the model's mean.
  constexpr uint32_t mean_floats() const { return coding == Coding::kRotated || coding == Coding::kGrid ? dim : 0; }
  // Floats that encode() and prepare_query() need as scratch.
  constexpr uint32_t scratch_floats() const { return coding == Coding::kSparse ? kSparseScratch : dim; }
  // Graphs must not be pruned by codes of fewer than 4 bits; then both planes are compared.
  constexpr bool graph_uses_both_planes() const { return bits < 4 && refine > 0; }
};

// Default planes for a dimension: 8 bits alone up to 256 dimensions, 4 + 4 above (2 + 4 where 4 does not fit a page is
// the caller's choice). kGrid: 8 bits alone, since L1 of short codes says little.
Shape default_shape(uint32_t dim, Coding coding = Coding::kRotated);

// The value of a first-plane integer u is u - code_centre(bits). At 8 bits the middle is a level of its own and 0 is not
// used, so that a code in the role of a query fits int8 exactly.
constexpr float code_centre(uint32_t bits) {
  return bits == 8 ? 128.0f : static_cast<float>((1u << bits) - 1) / 2;
}
// The same for the integers of both planes, u = (first << refine) + second.
constexpr float whole_centre(uint32_t bits, uint32_t refine) {
  return code_centre(bits) * static_cast<float>(1u << refine) + static_cast<float>((1u << refine) - 1) / 2;
}

// On disk, in the node slot: |o|^2, and f with <q, o> ~ f * <q, u - code_centre>, unbiased.
// kGrid: 0 and the step of the first plane; kBits: the number of one bits in the code, and 1; kSparse: the squared norm
// (L1: the sum of magnitudes) of the scaled vector, and the step of its values.
struct CodeFactors {
  float norm2;
  float scale;
};
static_assert(sizeof(CodeFactors) == 8);

// On disk, in the detail slot (node slot if refine = 0): the code of all bits is x^ = step * (u - whole_centre);
// norm2 = |x^|^2; residual >= |o - x^| for the exact o, rounding of its computation included; +infinity where the vector
// lies outside what float arithmetic can bound.
// kGrid: the step of all bits, the squared margin of the first plane (0 if it is alone), and the L1 norm of what is left;
// kBits: the numbers of one bits in the code and beyond, and 0; kSparse: the step, norm2 of CodeFactors, and the norm (L1:
// the sum of magnitudes) of what is left.
struct RefineFactors {
  float step;
  float norm2;
  float residual;
};
static_assert(sizeof(RefineFactors) == 12);

// What all codes of one index share. `mean` has mean_floats() floats in the space of the (for cosine: normalised) input;
// `signs` comes from fill_signs. Inner product uses a mean of zeros. Only kRotated and kSparse have a scale.
struct Model {
  Shape shape;
  Metric metric;
  float scale;
  const float *mean;
  const uint64_t *signs;
};

void fill_signs(uint64_t seed, const Shape &shape, uint64_t *signs);

// Running statistics of a sample, for Model::mean and Model::scale. sums: dim doubles, zeroed by the caller.
struct SampleStatistics {
  uint64_t count;
  double norm2_sum;   // of the (for cosine: normalised) vectors
  uint32_t lengths[kMaxSparseDim / kSparseUnit];  // kSparse: vectors by how many whole units of elements they have; the
                                                  // last: or more
};
void sample_add_sparse(Metric metric, const types::SparseVector &x, SampleStatistics *statistics);
// Elements that a code needs to keep all of 99 in 100 vectors of a sample and to tell that it does: room for one more. A
// few long vectors would make every slot long.
uint32_t sparse_dim_for(const SampleStatistics &statistics);
void sample_add(Metric metric, uint32_t dim, const float *x, SampleStatistics *statistics, double *sums);
// mean = sums / count (zeros for inner product), and returns the scale that makes the mean of |o|^2 one; 1 if no sample,
// or if that is not a positive normal number. L1 has no scale: 1. Sparse vectors have no mean: dim = 0.
float sample_finish(Metric metric, uint32_t dim, const SampleStatistics &statistics, const double *sums, float *mean);

// True if x has a place in an index of this metric: a zero vector (all components zero, or norm underflowing to zero in
// double) has none under cosine.
bool indexable(Metric metric, uint32_t dim, const float *x);
// The same for a value of any coding.
bool indexable(const Shape &shape, Metric metric, const void *x);

// Encodes x: dim floats, or a types::BitVector (kBits) of at least dim bits, or a types::SparseVector (kSparse).
// scratch: scratch_floats(). code: shape.code_bytes(); refine: shape.refine_bytes() (may be null if 0). Padding bits
// are zero. Never fails: components or norms beyond float range give a valid code with residual = +infinity.
void encode(const Model &model, const void *x, float *scratch, uint8_t *code, CodeFactors *factors, uint8_t *refine,
            RefineFactors *refine_factors);

// How score() comes from what the kernel of the first plane counts.
enum class Curve : uint8_t {
  kLinear,    // bias + norm_weight * norm2 - weight * f * (dot - offset)
  kLifted,    // the same less height * height_of(norm2): between codes under inner product
  kGridL1,    // floats against the code
  kJaccard,   // of the counts of one bits
  kSparseL1,  // of the pairs
};

// A query, or a code in the role of one, prepared for many distances. The planes belong to the caller.
// Fields are the business of this header's functions only.
struct Query {
  int32_t (*dot)(const uint8_t *, const int8_t *, size_t);         // kernel of the first plane
  int32_t (*dot_refine)(const uint8_t *, const int8_t *, size_t);  // kernel of the second plane
  const int8_t *high;  // by dimension, zero beyond dim: serves both planes
  const int8_t *low;   // null, or the next 7 bits: the query is step * (128 * high + low)
  uint32_t code_bytes, refine_bytes;
  // score = bias + norm_weight * norm2 - weight * f * (dot - offset)
  float bias, norm_weight, weight, offset;
  float height;        // of a code under inner product, see height_of; 0 for a vector
  float margin_weight;
  float weight_both;   // for score_both
  double offset_both;  // the code's centre times the sum of the query's integers
  // For bounds, scaled space: q' = scale * P (q - mean), q^ = step * (128 * high + low), |q' - q^| <= residual.
  double step, norm2, norm, residual, offset_whole;
  double aslant, aslant_least;  // <o - x^, x^> <= |x^| (aslant |o| + aslant_least): rounding alone
  double unit;                  // 1 / scale of the model
  double relative;              // of the operator's float reductions, worst case
  double absolute;              // of the same, where terms underflow
  uint32_t dim;  // of the codes
  uint8_t bits, refine_bits;
  bool low_in_score;  // score_both reads the low plane too
  bool exact_index;   // kSparse: an index is its own bucket
  Metric metric;
  Coding coding;
  Curve curve;
};

inline constexpr size_t kSparseQueryBytes = 65536 + 16 + 4096 * 8;
// int8 entries that prepare_query and prepare_code_both need in `planes`.
// kGrid keeps floats there, kSparse a table and a list, which must be zeros before their first use (sparse.cpp).
constexpr size_t query_entries(const Shape &shape) {
  if (shape.coding == Coding::kGrid) return sizeof(float) * shape.dim;
  if (shape.coding == Coding::kBits) return shape.code_bytes();
  if (shape.coding == Coding::kSparse) return kSparseQueryBytes;
  size_t code = shape.code_entries(), refine = shape.refine_entries();
  return 2 * (code > refine ? code : refine);
}
// Prepares a caller's value, as encode() takes one. scratch: scratch_floats(); planes: query_entries(shape), aligned as
// floats, kept by *query.
void prepare_query(const Model &model, const void *q, float *scratch, int8_t *planes, Query *query);
// Prepares a stored code as a query for score() (plane: code_entries int8): the distance of codes is symmetric in its
// arguments up to float rounding and deterministic; for equal codes it is least up to the error of the estimate, and
// may be slightly negative.
void prepare_code(const Shape &shape, Metric metric, const uint8_t *code, const CodeFactors &factors, int8_t *plane,
                  Query *query);
// The same over both planes for score_both(), and, by its leading bits, for score() (planes: query_entries).
void prepare_code_both(const Shape &shape, Metric metric, const uint8_t *code, const uint8_t *refine,
                       const RefineFactors &factors, int8_t *planes, Query *query);

// Inner product is no metric: long vectors are near to everything, and a graph pruned by it leaves short ones without a
// link to them. So between two codes vectors shorter than the root mean square of the sample are lifted by one more
// dimension to the sphere of that radius (Bachrach et al. 2014), where short ones are near to short ones; a query has
// none of that dimension, so its order of the nodes stays what it is. A larger sphere keeps more short vectors in reach
// but costs recall (src/README.md, "Decisions").
inline constexpr float kSphereNorm2 = 1;
inline float height_of(float norm2) { return norm2 < kSphereNorm2 ? __builtin_sqrtf(kSphereNorm2 - norm2) : 0; }

// Gives a prepared code the part of a caller's vector, which is not lifted.
inline void act_as_vector(Query *query) {
  query->height = 0;
  if (query->curve == Curve::kLifted) query->curve = Curve::kLinear;
}

// Estimated distance in the graph's own unit, smaller is nearer: squared L2 in the scaled space (L2, cosine), negative
// inner product times scale^2 (inner product); the same unit for queries of both kinds. Never NaN.
// L1, Hamming: the operator's distance; Jaccard too.
float score_curved(const Query &query, const uint8_t *code, const CodeFactors &factors);
inline float score_linear(const Query &query, const uint8_t *code, const CodeFactors &factors) {
  float dot = static_cast<float>(query.dot(code, query.high, query.code_bytes));
  return query.bias + query.norm_weight * factors.norm2 - query.weight * factors.scale * (dot - query.offset);
}
inline float score(const Query &query, const uint8_t *code, const CodeFactors &factors) {
  return query.curve == Curve::kLinear ? score_linear(query, code, factors) : score_curved(query, code, factors);
}
// From both planes, for graphs with fewer than 4 first bits; works for queries of either kind.
float score_both(const Query &query, const uint8_t *code, const uint8_t *refine, const RefineFactors &factors);

// kRotated: a prepared code as a row of int8 entries (code_entries of them, in [-127, 127], zero beyond dim) and what a distance
// needs beside the product of two rows: d(a, b) = (a.bias + b.bias) - (a.step * b.step) * <a, b> - a.height * b.height,
// score() but for rounding. Codes of both planes that have more than 6 bits in all are rounded to 7.
struct RowTerms {
  float bias, step, height;
};
inline const int8_t *row_of(const Query &query, RowTerms *terms) {
  float half = query.metric == Metric::kInnerProduct ? 1 : 0x1.6a09e6p-1f;  // of the two in |a - b|^2, by each side
  *terms = {query.bias, query.weight * half, query.height};
  return query.high;
}

// About one standard deviation of score()'s error for a node with this norm2, same unit as score(). Statistical, not a
// bound: it decides which candidates are worth refining.
inline float margin(const Query &query, float norm2) { return query.margin_weight * __builtin_sqrtf(norm2); }

// score() as the SQL operator's distance: L2 distance, negative inner product, cosine distance. An estimate.
inline double operator_distance(const Query &query, float score) {
  double value = score;
  switch (query.metric) {
    case Metric::kL2: return __builtin_sqrt(value > 0 ? value : 0) * query.unit;
    case Metric::kInnerProduct: return value * query.unit * query.unit;
    case Metric::kCosine: return value * query.unit * query.unit / 2;
    case Metric::kL1:
    case Metric::kHamming:
    case Metric::kJaccard: return value;
  }
  return value;
}

// Whether margin() wants the norm2 of the refined factors of nodes, which may be more than the query's.
inline bool margin_follows_nodes(const Query &query) {
  return query.metric == Metric::kInnerProduct || query.coding == Coding::kGrid;
}

// Whether margin() tells how far off estimates are. A grid without a rotation leaves errors of any shape, and inner
// products of codes of few bits err with the length of a node, which may be any: there only bounds tell.
inline bool has_margin(const Query &query) {
  return query.coding != Coding::kGrid && (query.metric != Metric::kInnerProduct || query.bits >= 4);
}

// The least squared norm that a node with this score can hardly have less than; 0 where the score does not tell.
inline float norm2_at_least(const Query &query, float score) {
  bool tells = query.metric == Metric::kL2 || query.metric == Metric::kCosine;
  return tells ? score - static_cast<float>(query.norm2) : 0;
}

struct Refined {
  double bound;     // never above the distance that the SQL operator computes; -infinity where nothing can be said
  double estimate;  // the best guess of that distance
};
// From both planes (or the first alone if refine = 0), in the unit of the SQL operator: L2 distance, negative inner
// product, cosine distance. The bound holds for the float arithmetic of every kernel: slack scales with dim and norms.
Refined refined_distance(const Query &query, const uint8_t *code, const uint8_t *refine, const RefineFactors &factors);

}  // namespace vexpg::codec
