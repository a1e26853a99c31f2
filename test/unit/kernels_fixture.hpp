// SPDX-License-Identifier: PostgreSQL
// What the tests of the kernels share: one test instance per table by name, skipped where this CPU has no such table,
// and arrays that end where their memory ends, so that AddressSanitizer sees a read beyond them.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace vexpg::kernels {

inline const char *const kTableNames[] = {"scalar", "avx2", "avx512", "avx512vnni", "neon"};

inline const Kernels *find_table(const std::string &name) {
  const Kernels *tables[8] = {};
  size_t count = list_available(tables, 8);
  for (size_t i = 0; i < count && i < 8; i++) {
    if (name == tables[i]->name) return tables[i];
  }
  return nullptr;
}

class KernelsTest : public testing::TestWithParam<const char *> {
 protected:
  void SetUp() override {
    k = find_table(GetParam());
    if (!k) GTEST_SKIP() << "no table " << GetParam() << " in this build or on this CPU";
  }
  const Kernels *k = nullptr;
  const Kernels &reference = *find_table("scalar");
};

// `count` elements, the first of them `offset` bytes behind an aligned address, none behind the last.
template <class Element>
class Array {
 public:
  explicit Array(size_t count, size_t offset = 0)
      : count_(count), offset_(offset), memory_(new unsigned char[count * sizeof(Element) + offset]()) {}
  Array(const std::vector<Element> &values, size_t offset) : Array(values.size(), offset) {
    if (count_) memcpy(memory_.get() + offset_, values.data(), count_ * sizeof(Element));
  }
  Element *data() { return reinterpret_cast<Element *>(memory_.get() + offset_); }
  std::vector<Element> values() const {
    std::vector<Element> copy(count_);
    if (count_) memcpy(copy.data(), memory_.get() + offset_, count_ * sizeof(Element));
    return copy;
  }

 private:
  size_t count_, offset_;
  std::unique_ptr<unsigned char[]> memory_;
};

// Every length up to four of the widest vectors and a few more, the usual dimensions, and all tails near 4,000.
inline std::vector<size_t> lengths() {
  std::vector<size_t> all;
  for (size_t n = 0; n <= 67; n++) all.push_back(n);
  for (size_t n : {96, 100, 127, 128, 129, 255, 256, 257, 511, 512, 768, 1000, 1536, 2000}) all.push_back(n);
  for (size_t n = 3984; n <= 4015; n++) all.push_back(n);
  return all;
}

constexpr unsigned kSeeds = 256;

inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

// Any bit pattern: infinities, NaN, subnormals and all magnitudes, or, half of the time, ordinary values.
inline std::vector<float> any_floats(std::mt19937 &random, size_t count) {
  std::vector<float> values(count);
  for (float &value : values) {
    uint32_t bits = static_cast<uint32_t>(random());
    value = bits & 1 ? float_of(static_cast<uint32_t>(random())) : std::normal_distribution<float>(0, 1)(random);
  }
  return values;
}

// Equal bit by bit; which NaN an addition returns is left open.
inline void expect_same_floats(const std::vector<float> &actual, const std::vector<float> &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); i++) {
    if (std::isnan(actual[i]) && std::isnan(expected[i])) continue;
    ASSERT_EQ(bits_of(actual[i]), bits_of(expected[i])) << "at " << i << ": " << actual[i] << ", " << expected[i];
  }
}

}  // namespace vexpg::kernels
