// SPDX-License-Identifier: PostgreSQL
// Nanoseconds per call of every kernel of every table that this CPU runs, at usual dimensions. Operands come from a
// ring that fits the second-level cache, at the alignments that datums and index pages give: the numbers say what
// arithmetic costs once the data are there. `make -C test/unit bench`.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace {

using vexpg::kernels::Kernels;

constexpr size_t kRing = 32;

// kRing arrays of `bytes` each, 4 bytes off a cache line's start, with halves (and floats) of magnitude about 1.
struct Ring {
  size_t stride;
  std::vector<unsigned char> memory;
  size_t next = 0;
  Ring(size_t bytes, uint16_t filler) : stride((bytes + 127) / 64 * 64), memory(stride * (kRing + 1)) {
    std::mt19937 random(7);
    for (size_t i = 0; i + 2 <= memory.size(); i += 2) {
      uint16_t value = static_cast<uint16_t>(filler | (random() & 0x80ff));
      memcpy(&memory[i], &value, 2);
    }
  }
  template <class Element>
  Element *take() {
    next = (next + 1) % kRing;
    size_t skew = (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    return reinterpret_cast<Element *>(memory.data() + skew + next * stride + 4);
  }
};

constexpr uint16_t kNearOne = 0x3c00;

template <class Element, class Function>
void measure_pair(const std::string &name, Function function, size_t dim) {
  benchmark::RegisterBenchmark((name + "/" + std::to_string(dim)).c_str(), [=](benchmark::State &state) {
    Ring ring(dim * sizeof(Element), kNearOne), other(dim * sizeof(Element), kNearOne);
    auto *query = other.take<Element>();
    for (auto _ : state) benchmark::DoNotOptimize(function(query, ring.take<Element>(), dim));
  });
}

template <class Function>
void measure_code(const std::string &name, Function function, size_t dim, int bits) {
  benchmark::RegisterBenchmark((name + "/" + std::to_string(dim)).c_str(), [=](benchmark::State &state) {
    constexpr size_t align = vexpg::kernels::kCodeAlign;
    size_t code_bytes = (dim * static_cast<size_t>(bits) / 8 + align - 1) / align * align;
    Ring codes(code_bytes, 0);
    std::vector<int8_t> memory(code_bytes * 8 / static_cast<size_t>(bits) + 64, 3);
    int8_t *query = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    for (auto _ : state) benchmark::DoNotOptimize(function(codes.take<uint8_t>(), query, code_bytes));
  });
}

// body(ring) runs the kernel once on arrays of the ring.
template <class Body>
void measure_body(const std::string &name, size_t dim, Body body) {
  benchmark::RegisterBenchmark((name + "/" + std::to_string(dim)).c_str(), [=](benchmark::State &state) mutable {
    Ring ring(dim * sizeof(float), kNearOne);
    for (auto _ : state) body(ring), benchmark::ClobberMemory();
  });
}

void measure_table(const Kernels &k, size_t dim) {
  auto name = [&](const char *kernel) { return std::string(kernel) + "/" + k.name; };
  measure_pair<float>(name("l2_squared"), k.l2_squared, dim);
  measure_pair<float>(name("inner_product"), k.inner_product, dim);
  measure_pair<float>(name("l1"), k.l1, dim);
  measure_pair<float>(name("cosine"), k.cosine, dim);
  measure_pair<uint16_t>(name("half_l2_squared"), k.half_l2_squared, dim);
  measure_pair<uint16_t>(name("half_inner_product"), k.half_inner_product, dim);
  measure_pair<uint16_t>(name("half_l1"), k.half_l1, dim);
  measure_pair<uint16_t>(name("half_cosine"), k.half_cosine, dim);
  measure_pair<int8_t>(name("int8_l2_squared"), k.int8_l2_squared, dim);
  measure_pair<int8_t>(name("int8_inner_product"), k.int8_inner_product, dim);
  measure_pair<int8_t>(name("int8_l1"), k.int8_l1, dim);
  measure_pair<int8_t>(name("int8_cosine"), k.int8_cosine, dim);
  measure_pair<uint8_t>(name("hamming_bytes"), k.hamming, dim / 8);
  measure_pair<uint8_t>(name("overlap_bytes"), k.overlap, dim / 8);
  measure_code(name("dot_u1"), k.dot_u1, dim, 1);
  measure_code(name("dot_u2"), k.dot_u2, dim, 2);
  measure_code(name("dot_u4"), k.dot_u4, dim, 4);
  measure_code(name("dot_u8"), k.dot_u8, dim, 8);
  measure_body(name("half_to_float"), dim, [&k, dim](Ring &ring) {
    k.half_to_float(ring.take<uint16_t>(), ring.take<float>(), dim);
  });
  measure_body(name("float_to_half"), dim, [&k, dim](Ring &ring) {
    k.float_to_half(ring.take<float>(), ring.take<uint16_t>(), dim);
  });
  measure_body(name("kac_mix"), dim, [&k, dim](Ring &ring) {
    float *x = ring.take<float>();
    k.kac_mix(x, x + dim / 2, dim / 2);
  });
  std::vector<uint64_t> signs(dim / 64 + 1, 0x5a5a0ff0c3c3aa55);
  measure_body(name("flip_signs"), dim, [&k, dim, signs](Ring &ring) {
    k.flip_signs(ring.take<float>(), signs.data(), dim);
  });
  size_t window = 1;
  while (window * 2 <= dim) window *= 2;
  // Zeros stay zeros, where other values would grow to infinity.
  measure_body(name("hadamard"), window, [&k, window, zeros = std::vector<float>(window)](Ring &) mutable {
    k.hadamard(zeros.data(), window);
  });
}

}  // namespace

int main(int argc, char **argv) {
  const Kernels *tables[8];
  size_t count = vexpg::kernels::list_available(tables, 8);
  for (size_t dim : {100, 512, 768, 1536}) {
    for (size_t i = 0; i < count; i++) measure_table(*tables[i], dim);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
