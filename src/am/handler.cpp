// SPDX-License-Identifier: PostgreSQL
// The handler of the access method hnsw: what it can do, and its callbacks.
#include "am/am.hpp"
#include "am/range.hpp"

namespace vexpg::am {
namespace {

void set_abilities(IndexAmRoutine *am) {
  am->amstrategies = kStrategies;
  am->amsupport = kSupportFunctions;
  am->amoptsprocnum = 0;
  am->amcanorder = false;
  am->amcanorderbyop = true;  // the only way to scan: contract of cost.cpp
  am->amcanbackward = false;
  am->amcanunique = false;
  am->amcanmulticol = true;
  am->amoptionalkey = true;
  am->amsearcharray = true;
  am->amsearchnulls = true;  // of attributes; a NULL vector is in no index
  am->amstorage = false;
  am->amclusterable = false;
  am->ampredlocks = false;
  am->amcanparallel = false;
  am->amcaninclude = false;
  am->amusemaintenanceworkmem = false;  // of vacuum, which needs a few bits a node
  am->amparallelvacuumoptions = VACUUM_OPTION_PARALLEL_BULKDEL | VACUUM_OPTION_PARALLEL_COND_CLEANUP;
  am->amkeytype = InvalidOid;
#if PG_VERSION_NUM >= 160000
  am->amsummarizing = false;
#endif
#if PG_VERSION_NUM >= 170000
  am->amcanbuildparallel = true;
#endif
#if PG_VERSION_NUM >= 180000
  am->amcanhash = false;
  am->amconsistentequality = false;
  am->amconsistentordering = false;
#endif
}

void set_callbacks(IndexAmRoutine *am) {
  am->ambuild = vexpg_build;
  am->ambuildempty = vexpg_buildempty;
  am->aminsert = vexpg_insert;
  am->ambulkdelete = vexpg_bulkdelete;
  am->amvacuumcleanup = vexpg_vacuumcleanup;
  am->amcanreturn = nullptr;
  am->amcostestimate = vexpg_costestimate;
  am->amoptions = vexpg_options;
  am->amproperty = nullptr;
  am->ambuildphasename = vexpg_buildphasename;
  am->amvalidate = vexpg_validate;
  am->amadjustmembers = nullptr;
  am->ambeginscan = vexpg_beginscan;
  am->amrescan = vexpg_rescan;
  am->amgettuple = vexpg_gettuple;
  am->amgetbitmap = nullptr;
  am->amendscan = vexpg_endscan;
  am->ammarkpos = nullptr;
  am->amrestrpos = nullptr;
  am->amestimateparallelscan = nullptr;
  am->aminitparallelscan = nullptr;
  am->amparallelrescan = nullptr;
#if PG_VERSION_NUM >= 170000
  am->aminsertcleanup = nullptr;
#endif
#if PG_VERSION_NUM >= 180000
  am->amgettreeheight = nullptr;
  am->amtranslatestrategy = nullptr;
  am->amtranslatecmptype = nullptr;
#endif
}

}  // namespace
}  // namespace vexpg::am

VEXPG_FUNCTION(vexpg_hnswhandler) {
  IndexAmRoutine *am = makeNode(IndexAmRoutine);
  vexpg::am::install_range_paths();
  vexpg::am::set_abilities(am);
  vexpg::am::set_callbacks(am);
  vexpg::am::install_hint();
  // No scan is planned before the server has asked for its access method.
  vexpg::am::install_explain();
  PG_RETURN_POINTER(am);
}

extern "C" char *vexpg_buildphasename(int64 phase) {
  const char *name = nullptr;
  switch (phase) {
    case vexpg::am::kPhaseInitialize: name = "initializing"; break;
    case vexpg::am::kPhaseSample: name = "sampling table"; break;
    case vexpg::am::kPhaseLoad: name = "loading tuples"; break;
    case vexpg::am::kPhaseGraph: name = "building graph"; break;
    case vexpg::am::kPhaseRecall: name = "measuring recall"; break;
    case vexpg::am::kPhaseOrphans: name = "linking unreachable nodes"; break;
    case vexpg::am::kPhaseWrite: name = "writing pages"; break;
    default: break;
  }
  return const_cast<char *>(name);  // the server only reads it
}
