// SPDX-License-Identifier: PostgreSQL
// What every measured engine shares: vector files, exact distances in double, recall, and the line of results.
// Promise: all engines are judged by the same code.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace vexpg::bench {

[[noreturn]] inline void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

// A file mapped for the life of the program.
struct Mapping {
  const void* data = nullptr;
  size_t bytes = 0;

  explicit Mapping(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY);
    struct stat status = {};
    if (file < 0 || fstat(file, &status) != 0) fail("cannot open " + path);
    bytes = size_t(status.st_size);
    data = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
    if (data == MAP_FAILED) fail("cannot map " + path);
  }
};

// Rows of `dim` little-endian floats.
class Vectors {
 public:
  Vectors(const std::string& path, size_t dim) : mapping_(path), dim_(dim) {
    if (dim == 0 || mapping_.bytes % (4 * dim) != 0) fail(path + " does not hold rows of that dimension");
  }
  size_t rows() const { return mapping_.bytes / (4 * dim_); }
  size_t dim() const { return dim_; }
  const float* operator[](size_t row) const { return static_cast<const float*>(mapping_.data) + row * dim_; }

 private:
  Mapping mapping_;
  size_t dim_;
};

// The exact nearest row numbers of each query, nearest first: int32 100, then 100 of them.
class Truth {
 public:
  static constexpr size_t kDepth = 100;

  Truth(const std::string& path, size_t queries) : mapping_(path) {
    if (mapping_.bytes != queries * (kDepth + 1) * 4) fail(path + " does not fit the queries");
  }
  const int32_t* operator[](size_t query) const {
    return static_cast<const int32_t*>(mapping_.data) + query * (kDepth + 1) + 1;
  }

 private:
  Mapping mapping_;
};

// Hamming and Jaccard compare the signs of the components, as binary_quantize() makes them.
enum class Metric { kL2, kCosine, kInnerProduct, kL1, kHamming, kJaccard };

inline Metric metric_named(const std::string& name) {
  if (name == "l2") return Metric::kL2;
  if (name == "cosine") return Metric::kCosine;
  if (name == "ip") return Metric::kInnerProduct;
  if (name == "l1") return Metric::kL1;
  if (name == "hamming") return Metric::kHamming;
  if (name == "jaccard") return Metric::kJaccard;
  fail("no metric is called " + name);
}

inline const char* sql_operator(Metric metric) {
  constexpr const char* kOperators[] = {"<->", "<=>", "<#>", "<+>", "<~>", "<%>"};
  return kOperators[size_t(metric)];
}

inline double exact_distance(Metric metric, const float* a, const float* b, size_t dim) {
  double squared = 0, absolute = 0, product = 0, norm_a = 0, norm_b = 0, common = 0, either = 0;
  for (size_t i = 0; i < dim; ++i) {
    const double x = a[i], y = b[i];
    squared += (x - y) * (x - y);
    absolute += std::fabs(x - y);
    product += x * y;
    norm_a += x * x;
    norm_b += y * y;
    common += x > 0 && y > 0;
    either += x > 0 || y > 0;
  }
  switch (metric) {
    case Metric::kL2: return std::sqrt(squared);
    case Metric::kCosine: return 1 - product / std::sqrt(norm_a * norm_b);
    case Metric::kInnerProduct: return -product;
    case Metric::kL1: return absolute;
    case Metric::kHamming: return either - common;
    case Metric::kJaccard: return common > 0 ? 1 - common / either : 1;
  }
  fail("no such metric");
}

struct Question {
  const Vectors& base;
  const float* query;
  Metric metric;
};

// Share of the k nearest that was found. A row counts if it is no farther than the exact k-th nearest: with equal
// vectors in the data there are several right answers. The slack is what float arithmetic in an engine may confuse.
// Where fewer than k rows exist (negative row numbers in the truth) the share is of those.
inline double recall_of(const Question& question, const int32_t* truth, const std::vector<int32_t>& ids, size_t k) {
  const auto distance = [&](int32_t id) {
    if (id < 0 || size_t(id) >= question.base.rows()) fail("a row was returned that is not in the data");
    return exact_distance(question.metric, question.query, question.base[size_t(id)], question.base.dim());
  };
  while (k > 0 && truth[k - 1] < 0) --k;
  if (k == 0) return 1;
  const double farthest = distance(truth[k - 1]);
  const double limit = farthest + 1e-6 * std::max(1e-3, std::fabs(farthest));
  size_t hits = 0;
  for (size_t i = 0; i < std::min(k, ids.size()); ++i) hits += distance(ids[i]) <= limit;
  return double(hits) / double(k);
}

// Without an end of line: recall, rows per query, queries per second, median and 99th percentile of the latency in microseconds.
inline void print_search(double recall, double rows, std::vector<double> latencies) {
  double total = 0;
  for (const double latency : latencies) total += latency;
  std::sort(latencies.begin(), latencies.end());
  const auto percentile = [&](size_t percent) { return 1e6 * latencies[latencies.size() * percent / 100]; };
  std::printf("%.5f\t%.3f\t%.1f\t%.1f\t%.1f\n", recall, rows, double(latencies.size()) / total, percentile(50),
              percentile(99));
}

}  // namespace vexpg::bench
