// SPDX-License-Identifier: PostgreSQL
// amcostestimate: what an ordered scan costs, so that the planner takes it where it wins and no other scan ever.
//
// The work of a scan is counted in visits: a visit looks up a page and scores a code. Finding the first rows needs
// about ef_search expansions, all before the first row: startup cost. Rows beyond those need the scan to resume.
//
// Under index conditions the first rows come from the graph, which reads the more the fewer match, or from a look at the
// dense column and a visit for each row that matches, whichever is less (filtered_rounds.cpp); and all rows that match
// come from the latter. A condition that is not the index's drops rows of the scan: the executor's LIMIT then takes
// a larger share of what lies between startup and total.
#include "am/filtered_rounds.hpp"
#include "am/range.hpp"

#include "pg/guc.hpp"

namespace vexpg::am {
namespace {

// In units of cpu_tuple_cost. About 0.4 us on the machine where a row of a sequential scan with its distance takes 0.1.
constexpr double kVisitCost = 4;
constexpr int kLeastFilteredEf = 40;  // filtered_rounds.cpp
// Preparing a query and a scan's memory, in units of cpu_tuple_cost.
constexpr double kBeginCost = 500;
// Share of the links of an expanded node that no earlier node had: measured 0.4 to 0.6 at 60,000 rows.
constexpr double kFreshLinks = 0.5;
// Visits of a search under conditions: a multiple of the unfiltered one's where few rows match, and what it takes to
// see enough of them. Measured on five sets: 1.7 to 3.6 times from half of the rows to a twentieth.
constexpr double kFilteredVisits = 2.5;
constexpr double kVisitsPerRate = 30;
// From this share of matching rows on the search is nearly the unfiltered one.
constexpr double kManyMatch = 0.25;
constexpr double kManyMatchVisits = 1.6;
// Looking at one row of the dense column, in units of cpu_operator_cost: about 1.5 ns, where a plan that fetches few
// rows from the heap by another index pays a microsecond for what it counts as a random page.
constexpr double kRowOfColumn = 0.7;
// A row beyond the first ef_search costs this many visits, until all nodes are visited.
constexpr double kResumeVisits = 4;
// And each row that is returned this many, besides what its distance costs: its second code and its place in the
// table, also where the executor's filter drops it. Measured: 4 us inline, 8 us out of line, on the scale on which a
// sequential scan takes 4 to 5 us a unit, and fetching the thousands of rows that another index finds about as much.
constexpr double kRowVisits = 12;
// Share of the visits that miss the cache although the index fits it.
constexpr double kColdShare = 0.01;

struct IndexFacts {
  double nodes, pages;
  int m;
};

// What the distance that a path orders by costs for each row.
Cost distance_cost(PlannerInfo *root, const IndexPath *path) {
  if (path->indexorderbys == NIL) return 0;
  QualCost cost;
  cost_qual_eval_node(&cost, static_cast<Node *>(linitial(path->indexorderbys)), root);
  return cost.per_tuple;
}

// Plan-time facts without reading pages: m as the options have it, which is m as built unless it was altered since.
IndexFacts index_facts(const IndexOptInfo *info) {
  Relation index = index_open(info->indexoid, NoLock);
  int m = index_options(index).m;
  index_close(index, NoLock);
  return {std::max(info->tuples, 1.0), std::max<double>(info->pages, 1), m};
}

// IS NULL on the vector: NULL vectors are not in the index. IS NOT NULL is what every row of the index answers.
bool wants_null_vectors(const IndexPath *path, int vector_column) {
  ListCell *cell;
  foreach (cell, path->indexclauses) {
    const IndexClause *clause = lfirst_node(IndexClause, cell);
    if (clause->indexcol != vector_column || !IsA(clause->rinfo->clause, NullTest)) continue;
    if (castNode(NullTest, clause->rinfo->clause)->nulltesttype == IS_NULL) return true;
  }
  return false;
}

// A distance to order by or a sphere to search in, and no condition that the index cannot answer.
bool scannable(const IndexPath *path, bool sphere) {
  if (path->indexorderbys == NIL) return sphere;
  return list_length(path->indexorderbys) == 1 && !wants_null_vectors(path, linitial_int(path->indexorderbycols));
}

// Codes scored until `expansions` nodes of level 0 are expanded; never more than there are.
double visits(const IndexFacts &facts, double expansions) {
  double levels = std::log(facts.nodes) / std::log(facts.m);
  double wanted = levels * facts.m + expansions * 2 * facts.m * kFreshLinks;
  return facts.nodes * (1 - std::exp(-wanted / facts.nodes));
}

// Share of the page look-ups that go to the disk. A graph is walked all over all the time: it is cached if it fits.
double cold_share(const IndexFacts &facts) {
  double cached = std::min(1.0, effective_cache_size / facts.pages);
  return std::max(1 - cached, kColdShare);
}

// What a scan costs until its first rows, and until its last.
struct ScanCost {
  double first_visits, all_visits;
  Cost other;  // before the first row, besides visits
};

ScanCost unfiltered_cost(const IndexFacts &facts) {
  double first = visits(facts, pg::settings::ef_search());
  return {first, std::max(facts.nodes * kResumeVisits, first) + facts.nodes * kRowVisits, 0};
}

ScanCost filtered_cost(const IndexFacts &facts, double share) {
  double plain = visits(facts, std::max(pg::settings::ef_search(), kLeastFilteredEf));
  double matches = share * facts.nodes;
  double graph = share >= kManyMatch ? kManyMatchVisits * plain : kFilteredVisits * plain + kVisitsPerRate / share;
  Cost column = kRowOfColumn * facts.nodes * cpu_operator_cost;
  double scored = kPassVisits * matches, exact = scored + kColumnVisits * facts.nodes;  // as the scan itself reckons
  // All rows that match need the dense column and a visit each, whoever finds the first of them.
  if (exact <= graph) return {scored, scored + matches * kRowVisits, column};
  return {graph, graph + exact + matches * kRowVisits, 0};
}

}  // namespace
}  // namespace vexpg::am

extern "C" void vexpg_costestimate(PlannerInfo *root, IndexPath *path, double loops, Cost *startup, Cost *total,
                                   Selectivity *selectivity, double *correlation, double *pages) {
  using namespace vexpg::am;
  bool sphere = has_sphere(path);
  if (!scannable(path, sphere)) {
    *startup = *total = get_float8_infinity();
    *selectivity = 0;
    *correlation = 0;
    *pages = 0;
#if PG_VERSION_NUM >= 180000
    path->path.disabled_nodes = 2;  // worse than any other path that the user disabled
#endif
    return;
  }
  complete_conditions(root, path);
  GenericCosts generic = {};
  genericcostestimate(root, path, loops, &generic);

  IndexFacts facts = index_facts(path->indexinfo);
  // A sphere ends the walk; the other conditions are what a filtered scan has to find its way under.
  double within = sphere ? std::max(sphere_selectivity(root, path), 1 / facts.nodes) : 1;
  double share = std::max(std::min(generic.indexSelectivity / within, 1.0), 1 / facts.nodes);
  bool filtered = list_length(path->indexclauses) > (sphere ? 1 : 0);
  ScanCost cost = filtered ? filtered_cost(facts, share) : unfiltered_cost(facts);
  cost.all_visits = cost.first_visits + std::max(cost.all_visits * within - cost.first_visits, 0.0);
  double visit_cost = kVisitCost * cpu_tuple_cost + cold_share(facts) * generic.spc_random_page_cost;
  double operands = generic.indexTotalCost - generic.numIndexPages * generic.spc_random_page_cost;
  Cost distances = generic.indexSelectivity * facts.nodes * distance_cost(root, path);

  *startup = kBeginCost * cpu_tuple_cost + cost.first_visits * visit_cost + cost.other + generic.indexStartupCost;
  *total = *startup + (cost.all_visits - cost.first_visits) * visit_cost + distances + std::max(operands, 0.0);
  *selectivity = generic.indexSelectivity;
  *correlation = 0;
  *pages = std::min(facts.pages, cost.first_visits);
}
