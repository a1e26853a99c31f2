// SPDX-License-Identifier: PostgreSQL
// Sparse vectors as pairs (codings.hpp): a code is an array of `dim` pairs in the order of their buckets; value 0 ends it.
//
// A search walks by a table of one byte a bucket, in which the query stands; bounds merge the code with the query's own
// pairs. Inner products and L1 both come from what two vectors have in common: |q - x|^2 = |q|^2 + |x|^2 - 2 <q, x>, and
// L1(q, x) = L1(q) + L1(x) - 2 * (sum of the smaller magnitudes where both have one of the same sign).
#include <algorithm>
#include <cstring>
#include <limits>

#include "codec/codings.hpp"
#include "codec/lanes.hpp"
#include "codec/query_fields.hpp"

namespace vexpg::codec {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr uint32_t kBuckets = 65536;
constexpr float kValueMax = 8000;  // 127 * 8,000 * kMaxSparseDim < 2^31
constexpr float kTableMax = 127;
constexpr uint32_t kMaxQueryPairs = 4096;
constexpr double kLow = 0x1p-100, kHigh = 0x1p100;  // squared norms (L1: sums) that float arithmetic holds well
static_assert(kTableMax * kValueMax * kMaxSparseDim < 2147483647.0f);

struct Pair {  // on disk
  uint16_t bucket;
  int16_t value;
};
static_assert(sizeof(Pair) == 4);

Pair pair_at(const uint8_t *code, uint32_t i) {
  Pair pair;
  memcpy(&pair, code + i * sizeof pair, sizeof pair);
  return pair;
}

struct Element {
  uint32_t bucket;
  float value;
};
static_assert(sizeof(Element) == 8 && 2 * types::kMaxSparseElements <= kSparseScratch);

// The planes of a query: what stands in the table, so that it can be cleared, and what bounds are computed from.
struct SparseQuery {
  int8_t table[kBuckets];
  uint32_t count;
  uint32_t unused[3];
  Element pairs[kMaxQueryPairs];
};
static_assert(sizeof(SparseQuery) == kSparseQueryBytes && kMaxSparseDim <= kMaxQueryPairs);

const SparseQuery &planes_of(const Query &query) { return *reinterpret_cast<const SparseQuery *>(query.high); }

bool index_is_bucket(int32_t dim) { return dim <= static_cast<int32_t>(kBuckets); }

uint32_t bucket_of(int32_t index, bool exact) {
  return exact ? static_cast<uint32_t>(index) : static_cast<uint32_t>(index) * 0x9E3779B1u >> 16;
}

struct Length {
  double norm2;      // squared norm, or sum of magnitudes, of the scaled elements
  double left;       // the same of those that are not kept
  double rounding;   // of the scaling to float, relative to the norm
  uint32_t kept;
  bool usable, in_range;
};

double magnitude_of(Metric metric, double value) { return metric == Metric::kL1 ? __builtin_fabs(value) : value * value; }

bool larger(const Element &a, const Element &b) {
  const float x = absolute(a.value), y = absolute(b.value);
  if (x != y) return x > y;
  return a.bucket != b.bucket ? a.bucket < b.bucket : a.value < b.value;
}

bool earlier(const Element &a, const Element &b) {
  return a.bucket != b.bucket ? a.bucket < b.bucket : a.value < b.value;
}

double norm2_of(const types::SparseVector &x) {
  double sum = 0;
  for (int i = 0; i < x.nnz; i++) sum += static_cast<double>(x.values()[i]) * static_cast<double>(x.values()[i]);
  return sum;
}

// The elements as the metric sees them, the `capacity` largest of them, in the order of buckets.
Length take_elements(const Model &model, const types::SparseVector &x, uint32_t capacity, Element *out) {
  const bool exact = index_is_bucket(x.dim);
  const uint32_t count = static_cast<uint32_t>(x.nnz);
  Length length{0, 0, 0, count, true, true};
  double factor = static_cast<double>(model.scale);
  if (model.metric == Metric::kL1) factor = 1;
  if (model.metric == Metric::kCosine) {
    const double norm2 = norm2_of(x);
    factor = norm2 > 0 ? 1 / __builtin_sqrt(norm2) : 0;
    length.in_range = norm2 >= kLow && norm2 <= kHigh;
  }
  for (uint32_t i = 0; i < count; i++) {
    const double value = static_cast<double>(x.values()[i]) * factor;
    out[i] = {bucket_of(x.indices[i], exact), static_cast<float>(value)};
    length.norm2 += magnitude_of(model.metric, value);
  }
  length.usable = length.norm2 < kHigh;
  if (!length.usable) length.kept = 0;
  if (length.kept > capacity) {
    std::nth_element(out, out + capacity, out + count, larger);
    length.kept = capacity;
    for (uint32_t i = capacity; i < count; i++) length.left += magnitude_of(model.metric, static_cast<double>(out[i].value));
  }
  if (!exact || count > capacity) std::sort(out, out + length.kept, earlier);
  length.rounding = 1.01 * kFloatUnit;
  return length;
}

float largest_of(const Element *elements, uint32_t count) {
  float largest = 0;
  for (uint32_t i = 0; i < count; i++) largest = greatest(absolute(elements[i].value), largest);
  return largest;
}

int32_t round_to(float value, float step, float limit) {
  const float scaled = least(greatest(value / step, -limit), limit);
  return truncate(scaled + (scaled < 0 ? -0.5f : 0.5f));
}

// Kernel of the first plane: sum over the pairs of table * value.
int32_t dot_pairs(const uint8_t *code, const int8_t *table, size_t code_bytes) {
  int32_t sum = 0;
  const uint32_t capacity = static_cast<uint32_t>(code_bytes / sizeof(Pair));
  for (uint32_t i = 0; i < capacity; i++) {
    const Pair pair = pair_at(code, i);
    if (pair.value == 0) break;
    sum += table[pair.bucket] * pair.value;
  }
  return sum;
}

// Puts the pairs into the table in place of the last ones. Returns the step of the table.
float fill_table(SparseQuery *planes, const Element *elements, uint32_t count) {
  for (uint32_t i = 0; i < planes->count; i++) planes->table[planes->pairs[i].bucket] = 0;
  const float step = largest_of(elements, count) / kTableMax;
  for (uint32_t i = 0; i < count; i++) {
    int32_t value = planes->table[elements[i].bucket];
    if (step > 0) value += round_to(elements[i].value, step, kTableMax);
    planes->table[elements[i].bucket] = static_cast<int8_t>(least(greatest(value, -127), 127));
  }
  memmove(planes->pairs, elements, count * sizeof(Element));
  planes->count = count;
  return step;
}

void set_sparse_fields(const Shape &shape, double norm2, float step, int8_t *planes, Query *query) {
  query->high = planes;
  query->dot = dot_pairs;
  if (query->metric == Metric::kL1) {
    query->curve = Curve::kSparseL1;
    query->bias = static_cast<float>(norm2);
    query->weight = step;
    query->norm2 = 1;
    query->margin_weight = step * __builtin_sqrtf(static_cast<float>(shape.dim) / 12);
    return;
  }
  const bool product = query->metric == Metric::kInnerProduct;
  query->bias = product ? 0 : static_cast<float>(norm2);
  query->norm_weight = product ? 0 : 1;
  query->weight = product ? step : 2 * step;
  query->margin_weight = query->weight * 0.29f;  // a table's entry is even within its step
}

// What is common of a code and the query, at most (dot: of inner products; smaller: of smaller magnitudes).
struct Common {
  double dot, smaller;
  uint32_t pairs;  // of the code
};

Common merge(const Query &query, const uint8_t *code, float step) {
  const SparseQuery &planes = planes_of(query);
  Common common{0, 0, 0};
  uint32_t at = 0;
  for (uint32_t i = 0; i < query.dim; i++) {
    const Pair pair = pair_at(code, i);
    if (pair.value == 0) break;
    const double x = static_cast<double>(step) * pair.value;
    common.pairs++;
    while (at < planes.count && planes.pairs[at].bucket < pair.bucket) at++;
    double dot = 0, smaller = 0;
    // An index alone in its bucket has its product; else the best of those that it may meet, or of meeting none.
    for (uint32_t k = at; k < planes.count && planes.pairs[k].bucket == pair.bucket; k++) {
      const double q = static_cast<double>(planes.pairs[k].value);
      dot = query.exact_index ? q * x : greatest(q * x, dot);
      if (q * x > 0) smaller = greatest(least(__builtin_fabs(q), __builtin_fabs(x)), smaller);
    }
    common.dot += dot;
    common.smaller += smaller;
  }
  return common;
}

Refined known_or_nothing(double bound, double estimate, double residual) {
  if (!(residual < kInfinity && bound < kInfinity)) bound = -kInfinity;
  return {bound, estimate == estimate ? estimate : kInfinity};
}

}  // namespace

void sample_add_sparse(Metric metric, const types::SparseVector &x, SampleStatistics *statistics) {
  statistics->count++;
  statistics->norm2_sum += metric == Metric::kCosine ? 1 : norm2_of(x);
  const uint32_t units = static_cast<uint32_t>(x.nnz) / kSparseUnit, last = kMaxSparseDim / kSparseUnit - 1;
  statistics->lengths[least(units, last)]++;
}

uint32_t sparse_dim_for(const SampleStatistics &statistics) {
  uint64_t seen = 0;
  uint32_t units = 0;
  while (units < kMaxSparseDim / kSparseUnit && 100 * (seen += statistics.lengths[units++]) < 99 * statistics.count) continue;
  return units * kSparseUnit;
}

void encode_sparse(const Model &model, const types::SparseVector &x, float *scratch, const CodeOut &out) {
  const Metric metric = model.metric;
  auto *elements = reinterpret_cast<Element *>(scratch);
  Length length = take_elements(model, x, model.shape.dim, elements);
  memset(out.code, 0, model.shape.code_bytes());
  float step = largest_of(elements, length.kept) / kValueMax;
  if (!(step > 1e-36f)) step = 0;
  uint32_t used = 0;
  for (uint32_t i = 0; i < length.kept; i++) {
    // Away from zero, so that the code tells how many elements there are.
    int32_t value = step > 0 ? round_to(elements[i].value, step, kValueMax) : 0;
    if (step > 0 && value == 0) value = elements[i].value < 0 ? -1 : 1;
    length.left += magnitude_of(metric, static_cast<double>(elements[i].value) - static_cast<double>(step) * value);
    if (value == 0) break;
    const Pair pair{static_cast<uint16_t>(elements[i].bucket), static_cast<int16_t>(value)};
    memcpy(out.code + used++ * sizeof pair, &pair, sizeof pair);
  }
  const bool l1 = metric == Metric::kL1;
  const double whole = metric == Metric::kCosine ? 1 : length.norm2;
  *out.factors = {length.usable ? static_cast<float>(whole) : 1e30f, step};
  *out.refine_factors = {step, out.factors->norm2, std::numeric_limits<float>::infinity()};
  if (!length.usable || !length.in_range || used < length.kept) return;
  const double size = l1 ? length.norm2 : __builtin_sqrt(length.norm2);
  const double residual = (l1 ? length.left : __builtin_sqrt(length.left)) + length.rounding * size + x.nnz * 0x1p-140;
  out.refine_factors->residual = static_cast<float>(residual * (1 + 0x1p-22));
}

void prepare_sparse_query(const Model &model, const types::SparseVector &q, float *scratch, int8_t *planes, Query *query) {
  const bool l1 = model.metric == Metric::kL1;
  auto *elements = reinterpret_cast<Element *>(scratch);
  const Length length = take_elements(model, q, kMaxQueryPairs, elements);
  const float step = fill_table(reinterpret_cast<SparseQuery *>(planes), elements, length.kept);
  const double whole = model.metric == Metric::kCosine ? 1 : length.norm2;
  query->norm2 = length.usable ? whole : 1;
  set_sparse_fields(model.shape, query->norm2, step, planes, query);
  query->exact_index = index_is_bucket(q.dim);
  query->norm = l1 ? length.norm2 : __builtin_sqrt(whole);
  query->residual = (l1 ? length.left : __builtin_sqrt(length.left)) + length.rounding * query->norm;
  if (!length.usable || !length.in_range) query->residual = kInfinity;
  if (model.metric == Metric::kL2 || model.metric == Metric::kInnerProduct) query->unit = 1 / static_cast<double>(model.scale);
  // The operator adds in the order of the indices, one by one.
  query->relative = (q.nnz + 8) * kFloatUnit;
  query->absolute = __builtin_sqrt(32000 * 0x1p-147);
}

void prepare_sparse_code(const uint8_t *code, const CodeFactors &factors, int8_t *planes, Query *query) {
  Element elements[kMaxSparseDim];
  uint32_t count = 0;
  for (; count < query->dim && count < kMaxSparseDim; count++) {
    const Pair pair = pair_at(code, count);
    if (pair.value == 0) break;
    elements[count] = {pair.bucket, factors.scale * static_cast<float>(pair.value)};
  }
  const float step = fill_table(reinterpret_cast<SparseQuery *>(planes), elements, count);
  const Shape shape{query->dim, 32, 0, Coding::kSparse};
  set_sparse_fields(shape, static_cast<double>(factors.norm2), step, planes, query);
  if (query->metric == Metric::kInnerProduct) set_height(factors.norm2, query);
}

float score_sparse_l1(const Query &query, const uint8_t *code, const CodeFactors &factors) {
  const float ratio = factors.scale > 0 ? query.weight / factors.scale : 0;
  float smaller = 0;
  for (uint32_t i = 0; i < query.dim; i++) {
    const Pair pair = pair_at(code, i);
    if (pair.value == 0) break;
    const float q = static_cast<float>(query.high[pair.bucket]) * ratio, x = static_cast<float>(pair.value);
    if (q * x > 0) smaller += least(absolute(q), absolute(x));
  }
  return query.bias + factors.norm2 - 2 * factors.scale * smaller;
}

Refined refined_sparse(const Query &query, const uint8_t *code, const RefineFactors &factors) {
  const Common common = merge(query, code, factors.step);
  const double norm2 = static_cast<double>(factors.norm2), left = static_cast<double>(factors.residual);
  // A full code may have left out elements, of which the operator adds every one.
  const double elements = common.pairs < query.dim ? common.pairs : types::kMaxSparseElements;
  const double relative = query.relative + elements * kFloatUnit;
  if (query.metric == Metric::kL1) {
    const double whole = query.norm + norm2, estimate = whole - 2 * common.smaller;
    const double least_whole = whole - kFloatUnit * (query.norm + norm2);
    const double bound = (least_whole - 2 * (common.smaller + left + query.residual)) * (1 - relative) - query.absolute;
    return known_or_nothing(greatest(bound, 0.0), estimate, left + query.residual);
  }
  const double norm = __builtin_sqrt(norm2) * (1 + kFloatUnit), product = query.norm * norm;
  const double most = common.dot + query.norm * left + query.residual * norm + 4 * kFloatUnit * product;
  const double unit2 = query.unit * query.unit, squared = query.norm2 + norm2 - 2 * common.dot;
  double bound = 0, estimate = 0;
  if (query.metric == Metric::kL2) {
    const double gap2 = query.norm2 + norm2 * (1 - kFloatUnit) - 2 * most;
    bound = greatest(__builtin_sqrt(greatest(gap2, 0.0)) * query.unit * (1 - relative) - query.absolute, 0.0);
    estimate = __builtin_sqrt(greatest(squared, 0.0)) * query.unit;
  } else if (query.metric == Metric::kInnerProduct) {
    bound = -most * unit2 - product * unit2 * relative - query.absolute * query.absolute;
    if (!(product * unit2 < 0x1p126)) bound = -kInfinity;  // the operator's sum may overflow
    estimate = -common.dot * unit2;
  } else {
    bound = greatest(1 - most - 3 * relative, 0.0);
    estimate = greatest(squared / 2, 0.0);
  }
  return known_or_nothing(bound, estimate, left + query.residual);
}

}  // namespace vexpg::codec
