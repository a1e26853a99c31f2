// SPDX-License-Identifier: PostgreSQL
// The kernels for AVX-512 with VNNI (byte dot products) and VPOPCNTDQ (bit counts).
#include "kernels/tables.hpp"

#if defined(__x86_64__)
#define VEXPG_ISA avx512vnni
#define VEXPG_VNNI
#include "kernels/simd512.inl"

#include "kernels/kernels.inl"

namespace vexpg::kernels {
namespace {
constinit const Kernels kTable = VEXPG_ISA::table("avx512vnni", "512-bit vectors with VNNI and VPOPCNTDQ");
}
constinit const Kernels *const kAvx512VnniTable = &kTable;
}  // namespace vexpg::kernels
#else
constinit const vexpg::kernels::Kernels *const vexpg::kernels::kAvx512VnniTable = nullptr;
#endif
