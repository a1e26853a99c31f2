// SPDX-License-Identifier: PostgreSQL
// Hostile pairs of vectors, and the check that no bound exceeds the operator's distance; for unit tests and fuzzing.
#pragma once
#include <algorithm>

#include "codec_data.hpp"

namespace vexpg::codec {

struct Pair {
  Vector first, second;
  bool half = false;  // all components are exact in half precision
};

inline constexpr int kPairKinds = 13, kBeyondFloatRange = 11;

inline Pair make_pair_of(int kind, std::mt19937 &random, uint32_t dim, float size) {
  Vector a = gaussian(random, dim, size), b = gaussian(random, dim, size);
  const uint32_t place = random() % dim;
  auto every = [&](auto change) {
    for (uint32_t d = 0; d < dim; d++) change(d);
  };
  switch (kind) {
    case 0: break;  // independent
    case 1: b = a; break;
    case 2: every([&](uint32_t d) { b[d] = -a[d]; }); break;
    case 3: every([&](uint32_t d) { b[d] = a[d] + b[d] * 1e-6f; }); break;
    case 4: every([&](uint32_t d) { b[d] = std::nextafter(a[d], b[d]); }); break;
    case 5: every([&](uint32_t d) { a[d] = d == place ? size : 0; }); break;
    case 6: every([&](uint32_t d) { a[d] = d == place ? size : 0, b[d] = d == place ? size * 1.5f : 0; }); break;
    case 7: every([&](uint32_t d) { a[d] = size, b[d] = -size / 3; }); break;
    case 8: every([&](uint32_t d) { a[d] = a[d] * 1e-3f + size * 1e3f, b[d] = b[d] * 1e-3f + size * 1e3f; }); break;
    case 9: every([&](uint32_t d) { b[d] *= 1e-5f; }); break;
    case 10: a[place] *= 1e4f, b[dim - 1 - place] *= 1e4f; break;
    case kBeyondFloatRange: every([&](uint32_t d) { b[d] = a[d] * (0x1p-74f / size); }); break;  // its square underflows
    default: every([&](uint32_t d) { a[d] = static_cast<float>(d % 2) * size, b[d] = a[d] * 2; }); break;
  }
  // Vectors hold finite numbers only.
  auto finite = [](float v) { return std::isfinite(v) ? v : 3e38f; };
  std::transform(a.begin(), a.end(), a.begin(), finite);
  std::transform(b.begin(), b.end(), b.begin(), finite);
  return {a, b};
}

// Rounds to halves; what would overflow is cut to 65,504.
inline void to_half_precision(Pair *pair) {
  const kernels::Kernels &table = kernels::best();
  for (Vector *x : {&pair->first, &pair->second}) {
    for (float &v : *x) v = std::min(std::max(v, -65504.0f), 65504.0f);
    std::vector<uint16_t> half(x->size());
    table.float_to_half(x->data(), half.data(), x->size());
    table.half_to_float(half.data(), x->data(), x->size());
  }
  pair->half = true;
}

struct BoundCheck {
  bool holds;
  double bound, distance;
  const char *table;
};

// Both directions, against every kernel table's operator; NaN sorts above every number.
inline BoundCheck check_bound(const Model &model, const Pair &pair) {
  const uint32_t dim = model.shape.dim;
  BoundCheck result{true, 0, 0, ""};
  for (bool swap : {false, true}) {
    const Vector &q = swap ? pair.second : pair.first, &x = swap ? pair.first : pair.second;
    std::vector<uint16_t> half_q(dim), half_x(dim);
    kernels::best().float_to_half(q.data(), half_q.data(), dim);
    kernels::best().float_to_half(x.data(), half_x.data(), dim);
    kernels::choose("auto");
    const double bound = Prepared(model, q).refined_of(encoded(model, x)).bound;
    kernels::choose("scalar");
    for (const kernels::Kernels *table : tables()) {
      double distance = operator_distance(*table, model.metric, q.data(), x.data(), dim);
      if (pair.half && bound <= distance) {
        distance = operator_distance(*table, model.metric, half_q.data(), half_x.data(), dim);
      }
      result = {!(bound > distance) && !std::isnan(bound), bound, distance, table->name};
      if (!result.holds) return result;
    }
  }
  return result;
}

}  // namespace vexpg::codec
