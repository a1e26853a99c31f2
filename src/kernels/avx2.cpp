// SPDX-License-Identifier: PostgreSQL
// The kernels for AVX2.
#include "kernels/tables.hpp"

#if defined(__x86_64__)
#define VEXPG_ISA avx2
#include "kernels/simd256.inl"

#include "kernels/kernels.inl"

namespace vexpg::kernels {
namespace {
constinit const Kernels kTable = VEXPG_ISA::table("avx2", "256-bit vectors (AVX2, FMA, F16C), x86-64 since 2013");
}
constinit const Kernels *const kAvx2Table = &kTable;
}  // namespace vexpg::kernels
#else
constinit const vexpg::kernels::Kernels *const vexpg::kernels::kAvx2Table = nullptr;
#endif
