// SPDX-License-Identifier: PostgreSQL
// What EXPLAIN (ANALYZE) says of our index scans, on servers that let an extension add to a plan node (18).
#include "am/am.hpp"

#include "pg/last_scan.hpp"

#if PG_VERSION_NUM >= 180000

namespace vexpg::am {
namespace {

constinit explain_per_node_hook_type next_hook = nullptr;
constinit bool installed = false;

void explain_count(const char *label, uint64 count, ExplainState *es) {
  ExplainPropertyInteger(label, nullptr, static_cast<int64>(count), es);
}

void explain_scan(const pg::LastScan &scan, ExplainState *es) {
  bool filtered = scan.match_rate >= 0;
  ExplainPropertyText("Strategy", scan.strategy, es);
  if (filtered) ExplainPropertyFloat("Match Rate", nullptr, scan.match_rate, 6, es);
  explain_count("Codes Scored", scan.codes_scored, es);
  if (filtered) {
    explain_count("Filter Passes", scan.filter_passes, es);
    explain_count("Filter Rejects", scan.filter_rejects, es);
  }
  explain_count("Index Pages", scan.pages, es);
  explain_count("Resumes", scan.resumes, es);
  explain_count("Rows Late", scan.rows_late, es);
  ExplainPropertyText("Stopped", scan.stopped, es);
}

void explain_node(PlanState *node, List *ancestors, const char *relationship, const char *plan_name, ExplainState *es) {
  if (next_hook != nullptr) next_hook(node, ancestors, relationship, plan_name, es);
  if (!es->analyze || !IsA(node, IndexScanState)) return;
  IndexScanDesc scan = castNode(IndexScanState, node)->iss_ScanDesc;
  if (scan == nullptr || scan->indexRelation->rd_indam->amgettuple != vexpg_gettuple) return;
  pg::LastScan totals;
  if (scan_totals(scan, &totals)) explain_scan(totals, es);
}

}  // namespace

void install_explain() {
  if (installed) return;
  installed = true;
  next_hook = explain_per_node_hook;
  explain_per_node_hook = explain_node;
}

}  // namespace vexpg::am

#else

void vexpg::am::install_explain() {}

#endif
