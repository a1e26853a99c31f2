// SPDX-License-Identifier: PostgreSQL
// The settings of a session.
//
// hnsw.* and ivfflat.* keep pgvector's names, ranges, defaults and meaning; ours are vexpg.*. Where pgvector is loaded
// in the same backend the variables of those two prefixes are its own, and are read by name.
#pragma once

namespace vexpg::pg {

enum class Rerank : int { kStrict, kIndex };
enum class IterativeScan : int { kOff, kRelaxedOrder, kStrictOrder };

// Called once, when the library is loaded.
void define_settings();

// What a scan should do, after precedence; read them when the scan begins.
namespace settings {

int ef_search();                 // vexpg.ef_search if it is set, else hnsw.ef_search; 1..10000
IterativeScan iterative_scan();  // hnsw.iterative_scan if a user set it, else vexpg.iterative_scan
Rerank rerank();
double stop_gamma();             // 0: no rule
int max_scan_tuples();           // hnsw.max_scan_tuples if a user set it, else vexpg.max_scan_tuples; 0 is no limit
double scan_memory_multiple();   // of work_mem: hnsw.scan_mem_multiplier if a user set it; 0 is no limit

}  // namespace settings
}  // namespace vexpg::pg
