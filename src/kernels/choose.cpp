// SPDX-License-Identifier: PostgreSQL
// Which tables this CPU can run, and which one is in use. A table counts as runnable only if CPU and operating system
// have all the extensions that its file is compiled with (see the Makefile).
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "kernels/tables.hpp"

namespace vexpg::kernels {
namespace detail {

constinit const Kernels *active_table = &kScalarTable;

}  // namespace detail

namespace {

constexpr size_t kTableLimit = 4;

struct TableList {
  const Kernels *tables[kTableLimit];
  size_t count;
  void add(const Kernels *table) {
    if (table) tables[count++] = table;
  }
};

bool equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

#if defined(__x86_64__)
bool has_f16c() {  // clang 14 has no name for it in __builtin_cpu_supports; the state it needs is AVX's
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
}

// __builtin_cpu_supports looks at XGETBV too: an extension whose registers the system does not save is not reported.
void add_vector_tables(TableList &list) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("popcnt") ||
      !__builtin_cpu_supports("bmi2") || !has_f16c()) {
    return;
  }
  list.add(kAvx2Table);
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return;
  }
  list.add(kAvx512Table);
  if (!__builtin_cpu_supports("avx512vnni") || !__builtin_cpu_supports("avx512vpopcntdq")) return;
  list.add(kAvx512VnniTable);
}
#else
void add_vector_tables(TableList &list) { list.add(kNeonTable); }  // the baseline of 64-bit Arm, null elsewhere
#endif

TableList runnable_tables() {
  TableList list = {{&kScalarTable}, 1};
  add_vector_tables(list);
  return list;
}

}  // namespace

const Kernels &best() {
  TableList list = runnable_tables();
  return *list.tables[list.count - 1];
}

size_t list_available(const Kernels **out, size_t capacity) {
  TableList list = runnable_tables();
  for (size_t i = 0; i < list.count && i < capacity; i++) out[i] = list.tables[i];
  return list.count;
}

bool choose(const char *name) {
  TableList list = runnable_tables();
  for (size_t i = 0; i < list.count; i++) {
    bool is_best = i + 1 == list.count;
    if (!equal(name, list.tables[i]->name) && !(is_best && equal(name, "auto"))) continue;
    detail::active_table = list.tables[i];
    return true;
  }
  return false;
}

}  // namespace vexpg::kernels
