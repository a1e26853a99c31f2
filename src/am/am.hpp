// SPDX-License-Identifier: PostgreSQL
// The access method: what the server calls, its options, and what its operator classes say of themselves.
#pragma once
#include "codec/codec.hpp"
#include "pg/pg.hpp"
#include "storage/layout.hpp"
#include "types/attribute.hpp"

extern "C" {

// build.cpp
IndexBuildResult *vexpg_build(Relation heap, Relation index, IndexInfo *info);
void vexpg_buildempty(Relation index);
// insert.cpp
bool vexpg_insert(Relation index, Datum *values, bool *isnull, ItemPointer tid, Relation heap, IndexUniqueCheck unique,
                  bool unchanged, IndexInfo *info);
// vacuum.cpp
IndexBulkDeleteResult *vexpg_bulkdelete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
                                        IndexBulkDeleteCallback callback, void *state);
IndexBulkDeleteResult *vexpg_vacuumcleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats);
// scan.cpp
IndexScanDesc vexpg_beginscan(Relation index, int keys, int order_bys);
void vexpg_rescan(IndexScanDesc scan, ScanKey keys, int key_count, ScanKey order_bys, int order_by_count);
bool vexpg_gettuple(IndexScanDesc scan, ScanDirection direction);
void vexpg_endscan(IndexScanDesc scan);
// cost.cpp
void vexpg_costestimate(PlannerInfo *root, IndexPath *path, double loops, Cost *startup, Cost *total,
                        Selectivity *selectivity, double *correlation, double *pages);
// options.cpp
bytea *vexpg_options(Datum options, bool validate);
// validate.cpp
bool vexpg_validate(Oid opclass);
// handler.cpp
char *vexpg_buildphasename(int64 phase);

}  // extern "C"

namespace vexpg::pg {
struct LastScan;
}

namespace vexpg::am {

// What a scan has done until now, all its rescans together; false if it did not begin (scan.cpp).
bool scan_totals(IndexScanDesc scan, pg::LastScan *out);
// Lets errors about types without an operator class name those that have one; before the first CREATE INDEX (hint.cpp).
void install_hint();
// Lets EXPLAIN (ANALYZE) tell it; before the first scan is explained (explain.cpp).
void install_explain();

// Phases of CREATE INDEX for pg_stat_progress_create_index. The first has the number that the server sets by itself.
enum BuildPhase : int64 {
  kPhaseInitialize = PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE,
  kPhaseSample,
  kPhaseLoad,
  kPhaseGraph,
  kPhaseRecall,
  kPhaseOrphans,
  kPhaseWrite,
};

// Numbers of the support functions and strategies in the catalogs: known to the install script.
inline constexpr uint16 kDistanceFunction = 1;      // vector opclasses: the function of the ordering operator
inline constexpr uint16 kVectorDescription = 2;     // vector opclasses
inline constexpr uint16 kAttributeDescription = 3;  // attribute opclasses
inline constexpr uint16 kSphere = 4;                // vector opclasses: makes what kWithinSphere takes on its right
inline constexpr uint16 kSupportFunctions = 4;
inline constexpr StrategyNumber kOrderByDistance = 1, kWithinSphere = 2;
inline constexpr StrategyNumber kLess = 11, kLessEqual = 12, kEqual = 13, kGreaterEqual = 14, kGreater = 15;
inline constexpr StrategyNumber kOverlaps = 16, kContains = 17, kContainedBy = 18;  // arrays
inline constexpr StrategyNumber kStrategies = 18;

// How m and ef_construction are chosen where they are not given, and whether rows are put near their neighbours.
enum class Profile : int { kInstant, kFast, kQuality };

// The options of CREATE INDEX ... WITH. A live index reads its parameters from its meta page only.
struct IndexOptions {
  int32 vl_len_;  // varlena header, do not touch directly
  int m;
  int ef_construction;
  int bits;    // 0: chosen by dimension
  int refine;  // -1: chosen by dimension
  Profile profile;
};

// The options of an index, those of its profile where none was given.
IndexOptions index_options(Relation index);
// Raises for options that cannot go together. At build time only, so that one may be altered before the other.
void check_options(const IndexOptions &options);

// What support function 2 of a vector operator class returns a pointer to.
struct VectorDescription {
  codec::Metric metric;
  storage::ElementType element_type;
};

// What support function 3 of an attribute operator class returns a pointer to.
struct AttributeDescription {
  types::AttributeKind kind;
};

// What the key columns of an index are.
struct OpclassInfo {
  int vector_column;  // position among the key columns, from 0
  codec::Metric metric;
  storage::ElementType element_type;
  int32_t dim;  // from the column's type modifier; -1: the column has none
  int attribute_count;
  types::AttributeKind attribute_kinds[types::kMaxAttributes];  // in key order without the vector
  uint8_t attribute_columns[types::kMaxAttributes];             // positions among the key columns, from 0
};

// Raises unless the index has exactly one vector column and at most kMaxAttributes others.
void describe_index(Relation index, OpclassInfo *out);

// A clause as a condition on a column of the index; null if it is none. For filter columns only (plan_clauses.cpp).
IndexClause *filter_condition(PlannerInfo *root, IndexOptInfo *index, int column, RestrictInfo *clause);
// Makes the conditions of a path those that the index can check.
void complete_conditions(PlannerInfo *root, IndexPath *path);

}  // namespace vexpg::am
