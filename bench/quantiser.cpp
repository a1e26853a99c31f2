// SPDX-License-Identifier: PostgreSQL
// Product quantisation (faiss) beside vexpg's codes: how many of the true neighbours codes of that many bytes find.
//
// quantiser BASE QUERY TRUTH DIM METRIC QUERIES BYTES...   a line for each number of bytes, which must divide DIM: bytes,
// recall of the ten nearest by the codes alone, and of the ten nearest after true distances were taken of the 40 nearest.
// All rows are scored for each query, so only the codes lose anything.
#include <faiss/IndexPQ.h>

#include "exact.hpp"

using namespace vexpg::bench;

namespace {

constexpr size_t kTrained = 10000, kWanted = 10, kReranked = 40;

// The rows in one piece, of length 1 under cosine.
std::vector<float> prepared(const Vectors& vectors, size_t rows, Metric metric) {
  std::vector<float> out(rows * vectors.dim());
  for (size_t i = 0; i < rows; ++i) {
    double squared = 0;
    for (size_t j = 0; j < vectors.dim(); ++j) squared += double(vectors[i][j]) * vectors[i][j];
    const float factor = metric == Metric::kCosine && squared > 0 ? float(1 / std::sqrt(squared)) : 1;
    for (size_t j = 0; j < vectors.dim(); ++j) out[i * vectors.dim() + j] = vectors[i][j] * factor;
  }
  return out;
}

}  // namespace

int main(int count, char** words) {
  if (count < 8) fail("usage: quantiser BASE QUERY TRUTH DIM METRIC QUERIES BYTES...");
  const size_t dim = std::strtoul(words[4], nullptr, 10);
  const Metric metric = metric_named(words[5]);
  const Vectors base(words[1], dim), query(words[2], dim);
  const size_t queries = std::min(query.rows(), size_t(std::strtoul(words[6], nullptr, 10)));
  const Truth truth(words[3], query.rows());
  const std::vector<float> rows = prepared(base, base.rows(), metric), asked = prepared(query, queries, metric);
  for (int i = 7; i < count; ++i) {
    const size_t bytes = std::strtoul(words[i], nullptr, 10);
    if (bytes == 0 || dim % bytes != 0) fail("the bytes must divide the dimensions");
    faiss::IndexPQ index(int(dim), bytes, 8, metric == Metric::kL2 ? faiss::METRIC_L2 : faiss::METRIC_INNER_PRODUCT);
    index.pq.cp.niter = 6;
    index.train(faiss::Index::idx_t(std::min(kTrained, base.rows())), rows.data());
    index.add(faiss::Index::idx_t(base.rows()), rows.data());
    std::vector<faiss::Index::idx_t> found(queries * kReranked);
    std::vector<float> distances(queries * kReranked);
    index.search(faiss::Index::idx_t(queries), asked.data(), kReranked, distances.data(), found.data());
    double alone = 0, reranked = 0;
    for (size_t q = 0; q < queries; ++q) {
      const Question question{base, query[q], metric};
      std::vector<int32_t> ids(found.begin() + long(q * kReranked), found.begin() + long((q + 1) * kReranked));
      alone += recall_of(question, truth[q], {ids.begin(), ids.begin() + kWanted}, kWanted) / double(queries);
      std::sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
        return exact_distance(metric, query[q], base[size_t(a)], dim) < exact_distance(metric, query[q], base[size_t(b)], dim);
      });
      reranked += recall_of(question, truth[q], {ids.begin(), ids.begin() + kWanted}, kWanted) / double(queries);
    }
    std::printf("%zu\t%.4f\t%.4f\n", bytes, alone, reranked);
    std::fflush(stdout);
  }
}
