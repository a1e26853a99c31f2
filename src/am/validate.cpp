// SPDX-License-Identifier: PostgreSQL
// amvalidate: is an operator class complete, and are its parts of the right kind? Complaints are INFO messages, one
// each.
#include "am/am.hpp"

namespace vexpg::am {
namespace {

struct Opclass {
  Oid oid, family, type;
  const char *name;
  CatCList *operators, *functions;
};

template <class Row>
const Row *row_of(const CatCList *list, int i) {
  return reinterpret_cast<const Row *>(GETSTRUCT(&list->members[i]->tuple));
}

bool complain_function(const Opclass &opclass, const Form_pg_amproc row, const char *what) {
  ereport(INFO, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                 errmsg("operator class \"%s\" of access method hnsw has function %s %s %d", opclass.name,
                        format_procedure(row->amproc), what, row->amprocnum)));
  return false;
}

bool complain_operator(const Opclass &opclass, const Form_pg_amop row, const char *what) {
  ereport(INFO, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                 errmsg("operator class \"%s\" of access method hnsw has operator %s %s %d", opclass.name,
                        format_operator(row->amopopr), what, row->amopstrategy)));
  return false;
}

bool complain_missing(const Opclass &opclass, const char *what, int number) {
  ereport(INFO, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                 errmsg("operator class \"%s\" of access method hnsw lacks %s %d", opclass.name, what, number)));
  return false;
}

bool check_function(const Opclass &opclass, const Form_pg_amproc row) {
  if (row->amproclefttype != row->amprocrighttype)
    return complain_function(opclass, row, "with two different input types and support number");
  bool sound;
  switch (row->amprocnum) {
    case kDistanceFunction:
      sound = check_amproc_signature(row->amproc, FLOAT8OID, false, 2, 2, row->amproclefttype, row->amproclefttype);
      break;
    case kSphere:
      sound = check_amproc_signature(row->amproc, get_func_rettype(row->amproc), true, 2, 2, row->amproclefttype, FLOAT8OID);
      break;
    case kVectorDescription:
    case kAttributeDescription:
      sound = check_amproc_signature(row->amproc, INTERNALOID, true, 1, 1, INTERNALOID);
      break;
    default: return complain_function(opclass, row, "with invalid support number");
  }
  return sound || complain_function(opclass, row, "with wrong signature for support number");
}

bool check_operator(const Opclass &opclass, const Form_pg_amop row) {
  bool ordering = row->amopstrategy == kOrderByDistance;
  if (!ordering && row->amopstrategy != kWithinSphere && (row->amopstrategy < kLess || row->amopstrategy > kStrategies))
    return complain_operator(opclass, row, "with invalid strategy number");
  Oid result = BOOLOID;
  if (ordering != (row->amoppurpose == AMOP_ORDER))
    return complain_operator(opclass, row, ordering ? "not FOR ORDER BY for strategy" : "FOR ORDER BY for strategy");
  if (ordering) {
    result = get_op_rettype(row->amopopr);
    if (!opfamily_can_sort_type(row->amopsortfamily, result))
      return complain_operator(opclass, row, "with invalid ORDER BY family for strategy");
  }
  return check_amop_signature(row->amopopr, result, row->amoplefttype, row->amoprighttype) ||
         complain_operator(opclass, row, "with wrong signature for strategy");
}

// What the class itself must have: one description, and the operators that go with it.
bool check_completeness(const Opclass &opclass) {
  uint64 functions = 0, operators = 0;
  for (int i = 0; i < opclass.functions->n_members; i++) {
    auto row = row_of<FormData_pg_amproc>(opclass.functions, i);
    if (row->amproclefttype == opclass.type && row->amprocnum > 0)
      functions |= UINT64CONST(1) << std::min<int>(row->amprocnum, 63);
  }
  for (int i = 0; i < opclass.operators->n_members; i++) {
    auto row = row_of<FormData_pg_amop>(opclass.operators, i);
    if (row->amoplefttype == opclass.type && row->amoprighttype == opclass.type && row->amopstrategy > 0)
      operators |= UINT64CONST(1) << std::min<int>(row->amopstrategy, 63);
  }
  bool vector = functions >> kVectorDescription & 1, attribute = functions >> kAttributeDescription & 1;
  if (!vector && !attribute)
    return complain_missing(opclass, "a description, support function 3 or", kVectorDescription);
  if (vector && attribute) {
    ereport(INFO, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                   errmsg("operator class \"%s\" of access method hnsw describes both a vector and an attribute",
                          opclass.name)));
    return false;
  }
  if (vector)
    return operators >> kOrderByDistance & 1 ||
           complain_missing(opclass, "the operator for strategy", kOrderByDistance);
  bool complete = true, sets = opclass.type == ANYARRAYOID, ordered = !sets && opclass.type != ANYENUMOID;
  for (StrategyNumber strategy = kLess; strategy <= kStrategies; strategy++) {
    bool wanted = strategy == kEqual || (strategy > kGreater ? sets : ordered);
    if (wanted && !(operators >> strategy & 1)) complete = complain_missing(opclass, "the operator for strategy", strategy);
  }
  return complete;
}

}  // namespace
}  // namespace vexpg::am

extern "C" bool vexpg_validate(Oid oid) {
  using namespace vexpg::am;
  HeapTuple tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(oid));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for operator class %u", oid);
  auto form = reinterpret_cast<Form_pg_opclass>(GETSTRUCT(tuple));
  Opclass opclass = {oid, form->opcfamily, form->opcintype, pstrdup(NameStr(form->opcname)), nullptr, nullptr};
  ReleaseSysCache(tuple);
  opclass.operators = SearchSysCacheList1(AMOPSTRATEGY, ObjectIdGetDatum(opclass.family));
  opclass.functions = SearchSysCacheList1(AMPROCNUM, ObjectIdGetDatum(opclass.family));

  bool sound = true;
  for (int i = 0; i < opclass.functions->n_members; i++)
    sound &= check_function(opclass, const_cast<Form_pg_amproc>(row_of<FormData_pg_amproc>(opclass.functions, i)));
  for (int i = 0; i < opclass.operators->n_members; i++)
    sound &= check_operator(opclass, const_cast<Form_pg_amop>(row_of<FormData_pg_amop>(opclass.operators, i)));
  sound &= check_completeness(opclass);
  ReleaseCatCacheList(opclass.functions);
  ReleaseCatCacheList(opclass.operators);
  return sound;
}
