// SPDX-License-Identifier: PostgreSQL
// Hostile vectors and models: no lower bound of the codec exceeds the distance that the operator computes, whichever
// kernel table computes it, and no score is NaN. First 8 bytes: dimension, shape, metric, model; then the floats of the
// mean, of the query and of the vector, repeated as needed.
#include <cstdlib>
#include <cstring>

#include "../unit/codec_bound.hpp"

using namespace vexpg::codec;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Vector floats(const uint8_t *data, size_t size, uint32_t dim) {
  Vector x(dim);
  for (uint32_t d = 0; d < dim; d++) {
    uint32_t bits = 0;
    for (uint32_t k = 0; k < 4; k++) bits |= uint32_t{data[(d * 4 + k) % size]} << (8 * k);
    std::memcpy(&x[d], &bits, sizeof bits);
    if (!std::isfinite(x[d])) x[d] = 0;
  }
  return x;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 8 + 12) return 0;
  static const uint8_t kBits[] = {1, 2, 4, 8}, kRefine[] = {0, 4, 8};
  const uint32_t dim = 1 + (data[0] | uint32_t{data[1]} << 8) % (data[2] % 16 == 0 ? kMaxDim : 300);
  const auto metric = static_cast<Metric>(1 + data[4] % 4);
  const Shape shape{dim, kBits[data[3] % 4], kRefine[data[3] / 4 % 3], coding_of(metric)};
  const size_t third = (size - 8) / 3;
  const uint8_t *first = data + 8;
  std::vector<Vector> sample;
  if (data[5] % 2 == 1) sample = {floats(first, third, dim), floats(first + third, third, dim)};
  OwnedModel owned(shape, metric, sample, data[6]);
  Pair pair{floats(first + third, third, dim), floats(first + 2 * third, third, dim)};
  if (data[7] % 4 == 1) to_half_precision(&pair);
  if (data[7] % 4 == 2) {  // near duplicates
    for (uint32_t d = 0; d < dim; d++) pair.second[d] = std::nextafter(pair.first[d], pair.second[d]);
  }
  if (!indexable(metric, dim, pair.first.data()) || !indexable(metric, dim, pair.second.data())) return 0;
  require(check_bound(owned.model, pair).holds);
  const Code code = encoded(owned.model, pair.second);
  require(!std::isnan(Prepared(owned.model, pair.first).score_of(code)));
  require(!std::isnan(Prepared(owned.model, encoded(owned.model, pair.first), false).score_of(code)));
  return 0;
}
