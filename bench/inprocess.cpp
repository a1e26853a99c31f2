// SPDX-License-Identifier: PostgreSQL
// hnswlib in this process, on the same data: what HNSW costs without a database around it.
//   inprocess BASE QUERIES TRUTH DIM l2|cosine|ip M EF_CONSTRUCTION SECONDS EF...
// First line: build seconds and index bytes; then for each EF: ef recall rows qps p50 p99.
#include "exact.hpp"

#include <hnswlib/hnswlib.h>

#include <chrono>
#include <memory>

using namespace vexpg::bench;

namespace {

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// hnswlib has no cosine: it is the inner product of unit vectors.
std::vector<float> prepared(const Vectors& rows, Metric metric) {
  std::vector<float> out(rows.rows() * rows.dim());
  for (size_t row = 0; row < rows.rows(); ++row) {
    double norm = 0;
    for (size_t i = 0; i < rows.dim(); ++i) norm += double(rows[row][i]) * double(rows[row][i]);
    const float scale = metric == Metric::kCosine && norm > 0 ? float(1 / std::sqrt(norm)) : 1.0f;
    for (size_t i = 0; i < rows.dim(); ++i) out[row * rows.dim() + i] = rows[row][i] * scale;
  }
  return out;
}

std::vector<int32_t> nearest(hnswlib::HierarchicalNSW<float>& graph, const float* query, size_t k) {
  auto heap = graph.searchKnn(query, k);
  std::vector<int32_t> ids(heap.size());
  for (size_t i = ids.size(); i-- > 0; heap.pop()) ids[i] = int32_t(heap.top().second);
  return ids;
}

}  // namespace

int main(int count, char** words) {
  if (count < 10) fail("usage: inprocess BASE QUERIES TRUTH DIM l2|cosine|ip M EF_CONSTRUCTION SECONDS EF...");
  constexpr size_t k = 10;
  const size_t dim = size_t(std::atol(words[4]));
  const Metric metric = metric_named(words[5]);
  const Vectors base(words[1], dim), queries(words[2], dim);
  const Truth truth(words[3], queries.rows());
  const std::vector<float> rows = prepared(base, metric), questions = prepared(queries, metric);
  std::unique_ptr<hnswlib::SpaceInterface<float>> space;
  if (metric == Metric::kL2) space = std::make_unique<hnswlib::L2Space>(dim);
  else space = std::make_unique<hnswlib::InnerProductSpace>(dim);

  const auto began = std::chrono::steady_clock::now();
  hnswlib::HierarchicalNSW<float> graph(space.get(), base.rows(), size_t(std::atol(words[6])),
                                        size_t(std::atol(words[7])));
  for (size_t row = 0; row < base.rows(); ++row) graph.addPoint(rows.data() + row * dim, row);
  std::printf("%.2f\t%zu\n", seconds_since(began), base.rows() * graph.size_data_per_element_);

  for (int word = 9; word < count; ++word) {
    graph.setEf(size_t(std::atol(words[word])));
    double recall = 0;
    for (size_t q = 0; q < queries.rows(); ++q) {
      recall += recall_of({base, queries[q], metric}, truth[q], nearest(graph, questions.data() + q * dim, k), k);
    }
    std::vector<double> latencies;
    const auto start = std::chrono::steady_clock::now();
    do {
      for (size_t q = 0; q < queries.rows(); ++q) {
        const auto sent = std::chrono::steady_clock::now();
        nearest(graph, questions.data() + q * dim, k);
        latencies.push_back(seconds_since(sent));
      }
    } while (seconds_since(start) < std::atof(words[8]));
    std::printf("%s\t", words[word]);
    print_search(recall / double(queries.rows()), double(k), latencies);
    std::printf("\n");
  }
  return 0;
}
