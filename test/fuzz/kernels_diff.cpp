// SPDX-License-Identifier: PostgreSQL
// Every kernel table against the scalar reference on the same bytes: integers and element-wise transforms must be equal bit
// by bit, float reductions within their promised error. First 8 bytes: lengths, misalignment, choices.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/kernels.hpp"

using namespace vexpg::kernels;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// `size` bytes at a chosen misalignment, in an allocation that ends where they do; filled from the input, again and again.
class Bytes {
 public:
  Bytes(const uint8_t *data, size_t data_size, size_t size, size_t skew) : memory_(size + skew), skew_(skew) {
    for (size_t i = 0; i < size && data_size > 0; i++) memory_[skew + i] = data[i % data_size];
  }
  template <class T>
  T *as() {
    return reinterpret_cast<T *>(memory_.data() + skew_);
  }
  bool operator==(const Bytes &other) const { return memory_ == other.memory_; }

 private:
  std::vector<uint8_t> memory_;
  size_t skew_;
};

struct Input {
  const uint8_t *data;
  size_t size;
  uint16_t dim, words;
  size_t skew, skew_other;

  Bytes floats() const { return {data, size, size_t{dim} * 4, skew}; }
  Bytes other_floats() const { return {data + size / 2, size - size / 2, size_t{dim} * 4, skew_other}; }
};

// Equal bits, except that any NaN equals any other: which of two NaNs survives an addition is the processor's choice.
bool same_floats(const float *a, const float *b, size_t dim) {
  for (size_t i = 0; i < dim; i++) {
    const bool nans = std::isnan(a[i]) && std::isnan(b[i]);
    if (!nans && std::memcmp(a + i, b + i, sizeof(float)) != 0) return false;
  }
  return true;
}

void integers(const Input &input, const Kernels &table, const Kernels &scalar) {
  const size_t bytes = size_t{input.words} % 257 * kCodeAlign;
  Bytes code(input.data, input.size, bytes, input.skew), query(input.data, input.size, 8 * bytes, input.skew_other);
  for (size_t i = 0; i < 8 * bytes; i++) {
    if (query.as<int8_t>()[i] == -128) query.as<int8_t>()[i] = 127;
  }
  const uint8_t *u = code.as<uint8_t>();
  const int8_t *q = query.as<int8_t>();
  if (bytes <= 2048) require(table.dot_u1(u, q, bytes) == scalar.dot_u1(u, q, bytes));
  if (bytes <= 4096) require(table.dot_u2(u, q, bytes) == scalar.dot_u2(u, q, bytes));
  require(table.dot_u4(u, q, bytes) == scalar.dot_u4(u, q, bytes));
  require(table.dot_u8(u, q, bytes) == scalar.dot_u8(u, q, bytes));

  Bytes a(input.data, input.size, input.dim, input.skew), b(input.data + input.size / 2, input.size / 2, input.dim, input.skew_other);
  const int8_t *s = a.as<int8_t>(), *t = b.as<int8_t>();
  require(table.int8_l2_squared(s, t, input.dim) == scalar.int8_l2_squared(s, t, input.dim));
  require(table.int8_inner_product(s, t, input.dim) == scalar.int8_inner_product(s, t, input.dim));
  require(table.int8_l1(s, t, input.dim) == scalar.int8_l1(s, t, input.dim));
  const Int8CosineParts c = table.int8_cosine(s, t, input.dim), d = scalar.int8_cosine(s, t, input.dim);
  require(c.dot == d.dot && c.norm2_a == d.norm2_a && c.norm2_b == d.norm2_b);
  require(table.hamming(a.as<uint8_t>(), b.as<uint8_t>(), input.dim) == scalar.hamming(a.as<uint8_t>(), b.as<uint8_t>(), input.dim));
  const BitOverlap x = table.overlap(a.as<uint8_t>(), b.as<uint8_t>(), input.dim);
  const BitOverlap y = scalar.overlap(a.as<uint8_t>(), b.as<uint8_t>(), input.dim);
  require(x.both == y.both && x.either == y.either);
}

void conversions(const Input &input, const Kernels &table, const Kernels &scalar) {
  const size_t dim = input.dim;
  Bytes half(input.data, input.size, dim * 2, input.skew), wide(nullptr, 0, dim * 4, input.skew_other), wide_scalar = wide;
  table.half_to_float(half.as<uint16_t>(), wide.as<float>(), dim);
  scalar.half_to_float(half.as<uint16_t>(), wide_scalar.as<float>(), dim);
  require(same_floats(wide.as<float>(), wide_scalar.as<float>(), dim));
  Bytes floats = input.floats(), narrow(nullptr, 0, dim * 2, input.skew_other), narrow_scalar = narrow;
  for (size_t i = 0; i < dim; i++) {
    if (std::isnan(floats.as<float>()[i])) floats.as<float>()[i] = 0;
  }
  table.float_to_half(floats.as<float>(), narrow.as<uint16_t>(), dim);
  scalar.float_to_half(floats.as<float>(), narrow_scalar.as<uint16_t>(), dim);
  require(narrow == narrow_scalar);
}

void transforms(const Input &input, const Kernels &table, const Kernels &scalar) {
  const size_t dim = input.dim;
  Bytes x = input.floats(), y = input.floats();
  Bytes sign_bytes(input.data, input.size, (dim + 63) / 64 * 8, 0);
  const auto *signs = sign_bytes.as<uint64_t>();
  table.flip_signs(x.as<float>(), signs, dim);
  scalar.flip_signs(y.as<float>(), signs, dim);
  require(x == y);
  size_t window = 1;
  while (window * 2 <= dim) window *= 2;
  if (dim > 0) {
    table.hadamard(x.as<float>() + (dim - window), window);
    scalar.hadamard(y.as<float>() + (dim - window), window);
    require(same_floats(x.as<float>(), y.as<float>(), dim));
  }
  table.kac_mix(x.as<float>(), x.as<float>() + (dim - dim / 2), dim / 2);
  scalar.kac_mix(y.as<float>(), y.as<float>() + (dim - dim / 2), dim / 2);
  require(same_floats(x.as<float>(), y.as<float>(), dim));
}

// Against double arithmetic, where nothing overflows or underflows: terms are kept in a range of ordinary numbers.
void reductions(const Input &input, const Kernels &table) {
  const size_t dim = input.dim;
  Bytes a_bytes = input.floats(), b_bytes = input.other_floats();
  auto *a = a_bytes.as<float>(), *b = b_bytes.as<float>();
  double gap = 0, dot = 0, terms = 0, l1 = 0, norm = 0;
  for (size_t i = 0; i < dim; i++) {
    for (float *v : {a + i, b + i}) {
      const float size = std::fabs(*v);
      if (!(size > 1e-10f && size < 1e10f)) *v = std::signbit(*v) ? -1.0f : 1.0f;
    }
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    gap += (x - y) * (x - y);
    l1 += std::fabs(x - y);
    dot += x * y;
    terms += std::fabs(x * y);
    norm += x * x;
  }
  const double error = (static_cast<double>(dim) / 4 + 16) * 0x1p-24;
  auto near = [&](float result, double exact, double size) { require(std::fabs(static_cast<double>(result) - exact) <= error * size); };
  near(table.l2_squared(a, b, dim), gap, gap);
  near(table.inner_product(a, b, dim), dot, terms);
  near(table.l1(a, b, dim), l1, l1);
  const CosineParts parts = table.cosine(a, b, dim);
  near(parts.dot, dot, terms);
  near(parts.norm2_a, norm, norm);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 9) return 0;
  Input input{data + 8, size - 8, 0, 0, 0, 0};
  std::memcpy(&input.dim, data, 2);
  std::memcpy(&input.words, data + 2, 2);
  // Floats are read at their own alignment in the server, but no kernel may count on more.
  input.skew = data[4] % 16 * size_t{4};
  input.skew_other = data[5] % 16 * size_t{4};
  if (input.dim > 16384) input.dim = static_cast<uint16_t>(input.dim % 600);
  if (data[6] % 32 != 0) {  // mostly short: long ones cost time
    input.dim = static_cast<uint16_t>(input.dim % 600);
    input.words = static_cast<uint16_t>(input.words % 16);
  }
  const Kernels *list[16];
  const size_t count = list_available(list, 16);
  for (size_t i = 0; i < count; i++) {
    integers(input, *list[i], *list[0]);
    conversions(input, *list[i], *list[0]);
    transforms(input, *list[i], *list[0]);
    reductions(input, *list[i]);
  }
  return 0;
}
