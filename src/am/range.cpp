// SPDX-License-Identifier: PostgreSQL
#include "am/range.hpp"

#include "pg/sphere.hpp"

namespace vexpg::am {
namespace {

bool is_sphere_key(const ScanKeyData &key, int vector_column) {
  return key.sk_attno - 1 == vector_column && key.sk_strategy == kWithinSphere &&
         (key.sk_flags & (SK_SEARCHNULL | SK_SEARCHNOTNULL)) == 0;
}

bool same_value(Datum a, Datum b) {
  const struct varlena *x = PG_DETOAST_DATUM(a), *y = PG_DETOAST_DATUM(b);
  return VARSIZE(x) == VARSIZE(y) && memcmp(x, y, VARSIZE(x)) == 0;
}

// The clause of an index condition that is a sphere, or null.
const OpExpr *sphere_clause(const IndexPath *path, const RestrictInfo *rinfo, int column) {
  if (!IsA(rinfo->clause, OpExpr)) return nullptr;
  const OpExpr *clause = castNode(OpExpr, rinfo->clause);
  return get_op_opfamily_strategy(clause->opno, path->indexinfo->opfamily[column]) == kWithinSphere ? clause : nullptr;
}

// Calls use(rinfo) for every sphere among the conditions of a path.
template <class Use> void each_sphere(const IndexPath *path, Use use) {
  ListCell *cell, *inner;
  foreach (cell, path->indexclauses) {
    const IndexClause *clause = lfirst_node(IndexClause, cell);
    foreach (inner, clause->indexquals) {
      RestrictInfo *rinfo = lfirst_node(RestrictInfo, inner);
      if (sphere_clause(path, rinfo, clause->indexcol) != nullptr) use(rinfo);
    }
  }
}

}  // namespace

bool has_sphere(const IndexPath *path) {
  bool found = false;
  each_sphere(path, [&](RestrictInfo *) { found = true; });
  return found;
}

Selectivity sphere_selectivity(PlannerInfo *root, const IndexPath *path) {
  Selectivity product = 1;
  int rel = static_cast<int>(path->indexinfo->rel->relid);
  each_sphere(path, [&](RestrictInfo *rinfo) {
    product *= clause_selectivity(root, reinterpret_cast<Node *>(rinfo), rel, JOIN_INNER, nullptr);
  });
  return product;
}

Range range_of_keys(const ScanKeyData *keys, int key_count, int vector_column, const ScanKeyData *order_by) {
  Range range = {};
  bool ordered = order_by != nullptr, null_order = ordered && (order_by->sk_flags & SK_ISNULL) != 0;
  if (ordered) range.center = order_by->sk_argument;
  for (int i = 0; i < key_count; i++) {
    if (!is_sphere_key(keys[i], vector_column)) continue;
    pg::Sphere sphere;
    if ((keys[i].sk_flags & SK_ISNULL) || !pg::read_sphere(keys[i].sk_argument, &sphere)) {
      range.empty = true;
      return range;
    }
    if (!ordered && !range.given) range.center = sphere.center;
    if (null_order || ((ordered || range.given) && !same_value(range.center, sphere.center))) {
      range.recheck = true;
      continue;
    }
    range.radius = range.given && float8_lt(range.radius, sphere.radius) ? range.radius : sphere.radius;
    range.given = true;
  }
  return range;
}

}  // namespace vexpg::am
