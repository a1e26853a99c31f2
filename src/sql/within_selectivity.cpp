// SPDX-License-Identifier: PostgreSQL
// What share of a column's rows lies in a sphere, for the planner. The values that ANALYZE keeps of a column for its most
// common values and its histogram are a sample of it: those within are counted. ANALYZE keeps none of more than 1 kB, so
// beyond 254 dimensions of a vector and 508 of a halfvec nothing is known but what the radius alone tells.
#include "sql/within.hpp"

namespace vexpg::sql {
namespace {

constexpr double kUnknown = 0.001;  // as contsel: who asks for what is near wants little of the table
constexpr int kMostCenters = 16, kMostPairs = 4096;

// What a sample says of a value's dimension: the first word of every type of ours and of bit.
int32_t length_of(Datum value) {
  const struct varlena *plain = PG_DETOAST_DATUM(value);
  int32_t word;
  Assert(VARSIZE(plain) >= VARHDRSZ + sizeof word);
  memcpy(&word, VARDATA(plain), sizeof word);
  return word;
}

// The sphere that is asked for, as far as it is known when the query is planned.
struct Asked {
  bool nothing, radius_known, center_known;
  pg::Sphere sphere;
  Oid type;
  Datum value;  // where the centre is known
};

Asked read_asked(Node *other) {
  Asked asked = {};
  asked.type = exprType(other);
  if (IsA(other, Const)) {
    const Const *constant = castNode(Const, other);
    asked.value = constant->constvalue;
    asked.nothing = constant->constisnull || !pg::read_sphere(constant->constvalue, &asked.sphere);
    asked.radius_known = asked.center_known = true;
  } else if (IsA(other, FuncExpr)) {
    const FuncExpr *call = castNode(FuncExpr, other);
    FmgrInfo function;
    fmgr_info(call->funcid, &function);
    if (function.fn_addr != vexpg_sphere || !IsA(lsecond(call->args), Const)) return asked;
    const Const *radius = castNode(Const, lsecond(call->args));
    asked.nothing = radius->constisnull;
    asked.radius_known = true;
    if (!asked.nothing) asked.sphere.radius = DatumGetFloat8(radius->constvalue);
  }
  return asked;
}

// The values of a column that its statistics hold.
struct Sample {
  AttStatsSlot common, histogram;
  double rest;  // the share of the rows that the histogram is of: without NULLs and the common values

  int count() const { return common.nvalues + histogram.nvalues; }
  Datum value(int i) const { return i < common.nvalues ? common.values[i] : histogram.values[i - common.nvalues]; }
};

Sample read_sample(HeapTuple statistics, double nulls) {
  Sample sample = {};
  get_attstatsslot(&sample.common, statistics, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS);
  get_attstatsslot(&sample.histogram, statistics, STATISTIC_KIND_HISTOGRAM, InvalidOid, ATTSTATSSLOT_VALUES);
  sample.rest = 1 - nulls;
  for (int i = 0; i < sample.common.nvalues; i++) sample.rest -= static_cast<double>(sample.common.numbers[i]);
  sample.rest = std::max(sample.rest, 0.0);
  return sample;
}

// The share of the column's values that lie in a sphere. except: the place of a value that does not count, or -1.
double share_within(const Sample &sample, FmgrInfo *within, Datum sphere, int32_t length, int except) {
  double share = 0;
  int hits = 0;
  for (int i = 0; i < sample.count(); i++) {
    // A value of another dimension would be an error; whether it is one in the query is the executor's to say.
    if (i == except || length_of(sample.value(i)) != length) continue;
    if (!DatumGetBool(FunctionCall2(within, sample.value(i), sphere))) continue;
    if (i < sample.common.nvalues) share += static_cast<double>(sample.common.numbers[i]);
    else hits++;
  }
  int rare = sample.histogram.nvalues;
  // No hit says no more than that the share is below about 1 / rare.
  double rare_share = rare == 0 ? kUnknown : hits == 0 ? std::min(kUnknown, 0.5 / rare) : static_cast<double>(hits) / rare;
  return share + rare_share * sample.rest;
}

// Of an unknown centre: the mean over values of the column itself, as a join of like with like has it.
double mean_share_within(const Sample &sample, FmgrInfo *within, const Asked &asked) {
  int centers = std::clamp(kMostPairs / sample.count(), 1, std::min(kMostCenters, sample.count()));
  TupleDesc descriptor = lookup_rowtype_tupdesc_copy(asked.type, -1);
  double sum = 0;
  for (int i = 0; i < centers; i++) {
    int place = static_cast<int>(static_cast<int64_t>(i) * sample.count() / centers);
    Datum fields[2] = {sample.value(place), Float8GetDatum(asked.sphere.radius)};
    bool nulls[2] = {};
    Datum sphere = HeapTupleGetDatum(heap_form_tuple(descriptor, fields, nulls));
    sum += share_within(sample, within, sphere, length_of(fields[0]), place);
  }
  return sum / centers;
}

double estimate(VariableStatData *column, Oid operator_oid, const Asked &asked) {
  FmgrInfo within;
  fmgr_info(get_opcode(operator_oid), &within);
  double nulls = 0;
  bool usable = HeapTupleIsValid(column->statsTuple);
  if (usable) nulls = static_cast<double>(reinterpret_cast<Form_pg_statistic>(GETSTRUCT(column->statsTuple))->stanullfrac);
  if (asked.nothing) return 0;
  if (!asked.radius_known) return kUnknown * (1 - nulls);
  double radius = asked.sphere.radius;
  if (radius == -get_float8_infinity() || (radius < 0 && !is_signed_distance(within.fn_addr))) return 0;
  if (std::isnan(radius) || radius == get_float8_infinity()) return 1 - nulls;
  if (!usable || !statistic_proc_security_check(column, within.fn_oid)) return kUnknown * (1 - nulls);
  MemoryContext old, context = AllocSetContextCreate(CurrentMemoryContext, "vexpg selectivity", ALLOCSET_DEFAULT_SIZES);
  old = MemoryContextSwitchTo(context);
  Sample sample = read_sample(column->statsTuple, nulls);
  double share = kUnknown * (1 - nulls);
  if (sample.count() > 0)
    share = asked.center_known ? share_within(sample, &within, asked.value, length_of(asked.sphere.center), -1)
                               : mean_share_within(sample, &within, asked);
  MemoryContextSwitchTo(old);
  MemoryContextDelete(context);
  return share;
}

}  // namespace
}  // namespace vexpg::sql

// The restriction estimator of <<->> and its kind.
VEXPG_FUNCTION(vexpg_within_selectivity) {
  auto *root = reinterpret_cast<PlannerInfo *>(PG_GETARG_POINTER(0));
  auto *arguments = reinterpret_cast<List *>(PG_GETARG_POINTER(2));
  VariableStatData column;
  Node *other;
  bool column_first;
  double share = vexpg::sql::kUnknown;
  if (!get_restriction_variable(root, arguments, PG_GETARG_INT32(3), &column, &other, &column_first)) PG_RETURN_FLOAT8(share);
  if (column_first) share = vexpg::sql::estimate(&column, PG_GETARG_OID(1), vexpg::sql::read_asked(other));
  ReleaseVariableStats(column);
  CLAMP_PROBABILITY(share);
  PG_RETURN_FLOAT8(share);
}
