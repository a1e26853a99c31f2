// SPDX-License-Identifier: PostgreSQL
// The kernels for 64-bit Arm.
#include "kernels/tables.hpp"

#if defined(__aarch64__) && defined(__ARM_NEON) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define VEXPG_ISA neon
#include "kernels/simd128.inl"

#include "kernels/kernels.inl"

namespace vexpg::kernels {
namespace {
constinit const Kernels kTable = VEXPG_ISA::table("neon", "128-bit vectors (NEON), every 64-bit Arm");
}
constinit const Kernels *const kNeonTable = &kTable;
}  // namespace vexpg::kernels
#else
constinit const vexpg::kernels::Kernels *const vexpg::kernels::kNeonTable = nullptr;
#endif
