// SPDX-License-Identifier: PostgreSQL
// The settings of a session. See guc.hpp; docs/reference.md tells users the same.
#include "pg/guc.hpp"

#include "kernels/kernels.hpp"
#include "pg/pg.hpp"

namespace vexpg::pg {
namespace {

// One setting of pgvector's that limits nothing until a user sets it. The server tells where a value comes from only
// to the check hook; it keeps what that hook leaves in `extra` with the value, so that RESET and ROLLBACK restore it.
template <class Value>
struct UserSet {
  Value value;
  bool by_user;
};

struct Variables {
  int hnsw_ef_search;
  UserSet<int> hnsw_iterative_scan;
  UserSet<int> hnsw_max_scan_tuples;
  UserSet<double> hnsw_scan_mem_multiplier;
  int ivfflat_probes;
  int ivfflat_iterative_scan;
  int ivfflat_max_probes;
  char *kernels;
  int ef_search;
  // A server with assertions wants an enum's variable to hold its default before it is defined.
  int iterative_scan = static_cast<int>(IterativeScan::kStrictOrder);
  int max_scan_tuples;
  int rerank;
  double stop_gamma;
};

constinit Variables variables = {};

constexpr const char *kEfSearch = "hnsw.ef_search";
constexpr const char *kIterativeScan = "hnsw.iterative_scan";
constexpr const char *kMaxScanTuples = "hnsw.max_scan_tuples";
constexpr const char *kScanMemMultiplier = "hnsw.scan_mem_multiplier";
constexpr int kDefaultMaxScanTuples = 20000;
constexpr int kMaxProbes = 32768;

constexpr config_enum_entry kScanModes[] = {{"off", static_cast<int>(IterativeScan::kOff), false},
                                            {"relaxed_order", static_cast<int>(IterativeScan::kRelaxedOrder), false},
                                            {"strict_order", static_cast<int>(IterativeScan::kStrictOrder), false},
                                            {nullptr, 0, false}};
constexpr config_enum_entry kProbeModes[] = {{"off", static_cast<int>(IterativeScan::kOff), false},
                                             {"relaxed_order", static_cast<int>(IterativeScan::kRelaxedOrder), false},
                                             {nullptr, 0, false}};

constexpr config_enum_entry kReranks[] = {{"strict", static_cast<int>(Rerank::kStrict), false},
                                          {"index", static_cast<int>(Rerank::kIndex), false},
                                          {nullptr, 0, false}};

// Whether another library owns this setting. A placeholder is what a configuration file left for its owner to define.
bool is_foreign(const char *name) {
  return GetConfigOption(name, true, false) != nullptr && (GetConfigOptionFlags(name, true) & GUC_CUSTOM_PLACEHOLDER) == 0;
}

// The same question once our own settings are defined.
struct Foreign {
  bool ef_search, iterative_scan, max_scan_tuples, scan_mem_multiplier;
};
constinit Foreign foreign = {};

bool remember_source(void **extra, GucSource source) {
  bool *by_user = static_cast<bool *>(guc_allocate(sizeof(bool)));
  if (by_user == nullptr) return false;
  *by_user = source > PGC_S_DEFAULT;
  *extra = by_user;
  return true;
}

// "Available: auto, scalar, ..." for a hint.
const char *available_kernels() {
  StringInfoData list;
  initStringInfo(&list);
  appendStringInfoString(&list, "auto");
  const kernels::Kernels *tables[16];
  const size_t count = std::min(kernels::list_available(tables, std::size(tables)), std::size(tables));
  for (size_t i = 0; i < count; i++) appendStringInfo(&list, ", %s", tables[i]->name);
  return list.data;
}

bool has_kernels(const char *name) {
  const kernels::Kernels *tables[16];
  const size_t count = std::min(kernels::list_available(tables, std::size(tables)), std::size(tables));
  return strcmp(name, "auto") == 0 ||
         std::any_of(tables, tables + count, [name](const auto *table) { return strcmp(table->name, name) == 0; });
}

extern "C" {

static bool vexpg_check_int(int *, void **extra, GucSource source) { return remember_source(extra, source); }
static bool vexpg_check_real(double *, void **extra, GucSource source) { return remember_source(extra, source); }

static void vexpg_assign_iterative_scan(int, void *extra) {
  variables.hnsw_iterative_scan.by_user = *static_cast<bool *>(extra);
}

static void vexpg_assign_max_scan_tuples(int, void *extra) {
  variables.hnsw_max_scan_tuples.by_user = *static_cast<bool *>(extra);
}

static void vexpg_assign_scan_mem_multiplier(double, void *extra) {
  variables.hnsw_scan_mem_multiplier.by_user = *static_cast<bool *>(extra);
}

static bool vexpg_check_kernels(char **name, void **, GucSource) {
  if (has_kernels(*name)) return true;
  GUC_check_errdetail("This processor or this build has no kernels of that name.");
  GUC_check_errhint("Available: %s.", available_kernels());
  return false;
}

static void vexpg_assign_kernels(const char *name, void *) { kernels::choose(name); }

}  // extern "C"

void define_hnsw() {
  foreign = {is_foreign(kEfSearch), is_foreign(kIterativeScan), is_foreign(kMaxScanTuples), is_foreign(kScanMemMultiplier)};
  if (!foreign.ef_search) {
    DefineCustomIntVariable(kEfSearch, "Size of the candidate list of a search: more finds more of the true neighbours, slower.",
                            "Valid range is 1..1000; vexpg.ef_search reaches further.", &variables.hnsw_ef_search, 40, 1,
                            1000, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  }
  if (!foreign.iterative_scan) {
    DefineCustomEnumVariable(kIterativeScan, "Whether and how a scan goes on when a filter has used up its candidates.",
                             "While it is not set, vexpg.iterative_scan holds.", &variables.hnsw_iterative_scan.value,
                             static_cast<int>(IterativeScan::kOff), kScanModes, PGC_USERSET, 0, vexpg_check_int,
                             vexpg_assign_iterative_scan, nullptr);
  }
  if (!foreign.max_scan_tuples) {
    DefineCustomIntVariable(kMaxScanTuples, "Number of rows after which an iterative scan stops.",
                            "While it is not set, vexpg.max_scan_tuples holds.", &variables.hnsw_max_scan_tuples.value,
                            kDefaultMaxScanTuples, 1, INT_MAX, PGC_USERSET, 0, vexpg_check_int,
                            vexpg_assign_max_scan_tuples, nullptr);
  }
  if (!foreign.scan_mem_multiplier) {
    DefineCustomRealVariable(kScanMemMultiplier, "Memory that an iterative scan may use, as a multiple of work_mem.",
                             "While it is not set, the scan's memory follows from ef_search.",
                             &variables.hnsw_scan_mem_multiplier.value, 1, 1, 1000, PGC_USERSET, 0, vexpg_check_real,
                             vexpg_assign_scan_mem_multiplier, nullptr);
  }
  MarkGUCPrefixReserved("hnsw");
}

// Accepted so that applications that set them go on working.
void define_ivfflat() {
  if (!is_foreign("ivfflat.probes")) {
    DefineCustomIntVariable("ivfflat.probes", "Number of lists that a search visits.", "Valid range is 1..lists.",
                            &variables.ivfflat_probes, 1, 1, kMaxProbes, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  }
  if (!is_foreign("ivfflat.iterative_scan")) {
    DefineCustomEnumVariable("ivfflat.iterative_scan", "Whether a scan visits more lists when a filter has used up its rows.",
                             nullptr, &variables.ivfflat_iterative_scan, static_cast<int>(IterativeScan::kOff), kProbeModes,
                             PGC_USERSET, 0, nullptr, nullptr, nullptr);
  }
  if (!is_foreign("ivfflat.max_probes")) {
    DefineCustomIntVariable("ivfflat.max_probes", "Number of lists after which an iterative scan stops.", nullptr,
                            &variables.ivfflat_max_probes, kMaxProbes, 1, kMaxProbes, PGC_USERSET, 0, nullptr, nullptr,
                            nullptr);
  }
  MarkGUCPrefixReserved("ivfflat");
}

void define_own() {
  DefineCustomStringVariable("vexpg.kernels", "Set of distance kernels: auto, or one that vexpg_kernels() lists.",
                             "auto takes the fastest that the processor can run.", &variables.kernels, "auto", PGC_USERSET,
                             0, vexpg_check_kernels, vexpg_assign_kernels, nullptr);
  DefineCustomIntVariable("vexpg.ef_search", "Size of the candidate list of a search, beyond the range of hnsw.ef_search.",
                          "0 leaves it to hnsw.ef_search.", &variables.ef_search, 0, 0, 10000, PGC_USERSET, 0, nullptr,
                          nullptr, nullptr);
  DefineCustomEnumVariable("vexpg.iterative_scan", "Whether and how a scan goes on when a filter has used up its candidates.",
                           "hnsw.iterative_scan, once set, comes first.", &variables.iterative_scan,
                           static_cast<int>(IterativeScan::kStrictOrder), kScanModes, PGC_USERSET, 0, nullptr, nullptr,
                           nullptr);
  DefineCustomIntVariable("vexpg.max_scan_tuples", "Number of rows after which an iterative scan stops; 0 is no limit.",
                          "hnsw.max_scan_tuples, once set, comes first.", &variables.max_scan_tuples, 0, 0, INT_MAX,
                          PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable("vexpg.rerank", "What rows are ordered by: strict, their distances; index, what the index knows of them.",
                           "With index no row is read to order it.", &variables.rerank, static_cast<int>(Rerank::kStrict),
                           kReranks, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomRealVariable("vexpg.stop_gamma", "A search stops at (1 + this) times the distance of the last row that is wanted.",
                           "0 leaves it to ef_search alone, which stays the most.", &variables.stop_gamma, 0, 0, 1, PGC_USERSET,
                           0, nullptr, nullptr, nullptr);
  MarkGUCPrefixReserved("vexpg");
}

// Foreign settings: their text is the only thing that every version of their owner offers.
const char *foreign_text(const char *name) { return GetConfigOption(name, false, false); }

IterativeScan foreign_mode() {
  const char *text = foreign_text(kIterativeScan);
  for (const config_enum_entry *mode = kScanModes; mode->name != nullptr; mode++) {
    if (strcmp(mode->name, text) == 0) return static_cast<IterativeScan>(mode->val);
  }
  return IterativeScan::kOff;
}

}  // namespace

void define_settings() {
  define_hnsw();
  define_ivfflat();
  define_own();
}

namespace settings {

int ef_search() {
  if (variables.ef_search > 0) return variables.ef_search;
  return foreign.ef_search ? std::max(atoi(foreign_text(kEfSearch)), 1) : variables.hnsw_ef_search;
}

// Of a foreign setting only the value is known: one that differs from the default was set by someone.
IterativeScan iterative_scan() {
  const IterativeScan ours = static_cast<IterativeScan>(variables.iterative_scan);
  if (foreign.iterative_scan) return foreign_mode() == IterativeScan::kOff ? ours : foreign_mode();
  const auto &user = variables.hnsw_iterative_scan;
  return user.by_user ? static_cast<IterativeScan>(user.value) : ours;
}

Rerank rerank() { return static_cast<Rerank>(variables.rerank); }
double stop_gamma() { return variables.stop_gamma; }

int max_scan_tuples() {
  if (foreign.max_scan_tuples) {
    const int value = atoi(foreign_text(kMaxScanTuples));
    return value == kDefaultMaxScanTuples ? variables.max_scan_tuples : value;
  }
  const auto &user = variables.hnsw_max_scan_tuples;
  return user.by_user ? user.value : variables.max_scan_tuples;
}

double scan_memory_multiple() {
  if (foreign.scan_mem_multiplier) {
    const double value = strtod(foreign_text(kScanMemMultiplier), nullptr);
    return value == 1 ? 0 : value;
  }
  const auto &user = variables.hnsw_scan_mem_multiplier;
  return user.by_user ? user.value : 0;
}

}  // namespace settings
}  // namespace vexpg::pg
