// SPDX-License-Identifier: PostgreSQL
// The kernels for AVX-512 without its later byte and bit extensions.
#include "kernels/tables.hpp"

#if defined(__x86_64__)
#define VEXPG_ISA avx512
#include "kernels/simd512.inl"

#include "kernels/kernels.inl"

namespace vexpg::kernels {
namespace {
constinit const Kernels kTable = VEXPG_ISA::table("avx512", "512-bit vectors (AVX-512 F, BW, DQ, VL)");
}
constinit const Kernels *const kAvx512Table = &kTable;
}  // namespace vexpg::kernels
#else
constinit const vexpg::kernels::Kernels *const vexpg::kernels::kAvx512Table = nullptr;
#endif
