// SPDX-License-Identifier: PostgreSQL
// The tables that exist in this build, one per instruction set; null where the build's processor family has none.
// For choose.cpp alone: whether the CPU at hand can run a table is decided there.
#pragma once
#include "kernels/kernels.hpp"

namespace vexpg::kernels {

extern const Kernels kScalarTable;
extern const Kernels *const kAvx2Table;
extern const Kernels *const kAvx512Table;
extern const Kernels *const kAvx512VnniTable;
extern const Kernels *const kNeonTable;

}  // namespace vexpg::kernels
