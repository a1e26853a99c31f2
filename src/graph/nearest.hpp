// SPDX-License-Identifier: PostgreSQL
// The nearest of some candidates, sorted. Distances fall into buckets of equal width first: what is left to compare is next
// to nothing, where sorting by comparisons alone would guess wrong at every second one.
#pragma once
#include <algorithm>
#include <cassert>
#include <utility>

#include "graph/reservoir.hpp"

namespace vexpg::graph {

class NearestFirst {
 public:
  // Writes the nearest `wanted` of `count` candidates to out, sorted; returns how many. What lies behind them in out, up
  // to `count`, is undefined.
  uint32_t take(const Found *from, uint32_t count, uint32_t wanted, const Nearer &order, Found *out) {
    if (count == 0) return 0;
    const uint32_t kept = std::min(count, wanted);
    fill(count, [&](uint32_t i) { return from[i].distance; });
    uint32_t largest = 0, begun = 0;  // the buckets that begin before the last that is wanted have so many
    for (uint32_t b = 0, begin = 0; b < buckets_; b++) {
      if (begin < kept) begun = begin + counts_[b];
      largest = std::max<uint32_t>(largest, counts_[b]);
      begin += std::exchange(counts_[b], static_cast<uint16_t>(begin));
    }
    for (uint32_t i = 0; i < count; i++) out[counts_[bucket_of(from[i].distance)]++] = from[i];
    if (largest > kCrowded) {  // many are equally far
      std::nth_element(out, out + kept - 1, out + begun, order);
      std::sort(out, out + kept, order);
      return kept;
    }
    for (uint32_t i = 1; i < begun; i++) {
      const Found found = out[i];
      uint32_t place = i;
      for (; place > 0 && order(found, out[place - 1]); place--) out[place] = out[place - 1];
      out[place] = found;
    }
    return kept;
  }

  // A number that at least `wanted` of `count` do not exceed, and not many more.
  float bound(const float *numbers, uint32_t count, uint32_t wanted) {
    assert(wanted > 0 && wanted <= count);
    fill(count, [&](uint32_t i) { return numbers[i]; });
    uint32_t bucket = 0;
    for (uint32_t sum = counts_[0]; sum < wanted; sum += counts_[bucket]) bucket++;
    float most = least_;
    for (uint32_t i = 0; i < count; i++)
      if (bucket_of(numbers[i]) <= bucket && numbers[i] > most) most = numbers[i];
    return most;
  }

 private:
  static constexpr uint32_t kLeastBuckets = 64, kMostBuckets = 512, kCrowded = 16;

  template <class At> void fill(uint32_t count, At at) {
    float least = at(0), most = least;
    for (uint32_t i = 1; i < count; i++) {
      least = at(i) < least ? at(i) : least;
      most = at(i) > most ? at(i) : most;
    }
    for (buckets_ = kLeastBuckets; buckets_ < kMostBuckets && buckets_ < 2 * count; buckets_ *= 2) {}
    least_ = least;
    scale_ = most > least ? static_cast<float>(buckets_) / (most - least) : 0;
    std::fill_n(counts_, buckets_, uint16_t{0});
    for (uint32_t i = 0; i < count; i++) counts_[bucket_of(at(i))]++;
  }
  // What is no number goes to the last.
  uint32_t bucket_of(float distance) const {
    const float at = (distance - least_) * scale_, last = static_cast<float>(buckets_ - 1);
    return static_cast<uint32_t>(at < last ? at : last);
  }

  uint32_t buckets_ = 0;
  float least_ = 0, scale_ = 0;
  uint16_t counts_[kMostBuckets];
};

}  // namespace vexpg::graph
