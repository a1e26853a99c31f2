// SPDX-License-Identifier: PostgreSQL
// Index paths for the natural form of range search (range.hpp), added to those that the planner made by itself.
//
// Ordered paths get the sphere as a further condition if it lies around what they are ordered by. Without an order a
// path is made here, with the conditions on filter columns; and one for each join clause that a distance to a value of
// another table is bounded by, as the inner side of a nested loop.
#include "am/range.hpp"

namespace vexpg::am {
namespace {

constinit set_rel_pathlist_hook_type next_hook = nullptr;
constinit bool installed = false;

// One index as a thing to search, with what its operator class has for spheres.
struct Searchable {
  PlannerInfo *root;
  IndexOptInfo *index;
  int column;                      // of the vector
  Oid distance, within, sphere;    // operator, operator, function
  Oid sphere_type, float_family;
};

bool describe(PlannerInfo *root, IndexOptInfo *index, Searchable *out) {
  if (reinterpret_cast<void *>(index->amcostestimate) != reinterpret_cast<void *>(&vexpg_costestimate)) return false;
  if (index->indpred != NIL && !index->predOK) return false;
  for (int column = 0; column < index->nkeycolumns; column++) {
    Oid family = index->opfamily[column], type = index->opcintype[column];
    Oid sphere = get_opfamily_proc(family, type, type, kSphere);
    if (!OidIsValid(sphere)) continue;
    Oid sphere_type = get_func_rettype(sphere);
    *out = {root, index, column, get_opfamily_member(family, type, type, kOrderByDistance),
            get_opfamily_member(family, type, sphere_type, kWithinSphere), sphere, sphere_type,
            lookup_type_cache(FLOAT8OID, TYPECACHE_BTREE_OPFAMILY)->btree_opf};
    return OidIsValid(out->distance) && OidIsValid(out->within);
  }
  return false;
}

// Whether an expression is a value that a scan can be given before it begins.
bool is_given(const Searchable &s, Node *expression) {
  return !bms_is_member(static_cast<int>(s.index->rel->relid), pull_varnos(s.root, expression)) &&
         !contain_volatile_functions(expression);
}

// The centre if an expression is a distance between the column and one.
Node *center_of(const Searchable &s, Node *expression, Node **column) {
  if (!IsA(expression, OpExpr) || castNode(OpExpr, expression)->opno != s.distance) return nullptr;
  List *operands = castNode(OpExpr, expression)->args;
  for (int i = 0; i < 2; i++) {
    auto *operand = static_cast<Node *>(list_nth(operands, i)), *other = static_cast<Node *>(list_nth(operands, 1 - i));
    if (!match_index_to_operand(operand, s.column, s.index) || !is_given(s, other)) continue;
    *column = operand;
    return other;
  }
  return nullptr;
}

// A radius as float8; null if it is of another kind.
Node *radius_of(const Searchable &s, Node *expression) {
  Oid type = exprType(expression);
  if ((type != FLOAT8OID && type != FLOAT4OID) || !is_given(s, expression)) return nullptr;
  if (type == FLOAT8OID) return expression;
  return reinterpret_cast<Node *>(
      makeFuncExpr(F_FLOAT8_FLOAT4, FLOAT8OID, list_make1(expression), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
}

// The index condition that follows from a clause, or null. *center: around what.
IndexClause *sphere_of(const Searchable &s, RestrictInfo *rinfo, Node **center) {
  if (!IsA(rinfo->clause, OpExpr) || !restriction_is_securely_promotable(rinfo, s.index->rel)) return nullptr;
  const OpExpr *clause = castNode(OpExpr, rinfo->clause);
  int strategy = list_length(clause->args) == 2 ? get_op_opfamily_strategy(clause->opno, s.float_family) : 0;
  if (strategy == 0 || strategy == BTEqualStrategyNumber) return nullptr;
  bool distance_first = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
  Node *column, *radius;
  *center = center_of(s, static_cast<Node *>(list_nth(clause->args, distance_first ? 0 : 1)), &column);
  if (*center == nullptr) return nullptr;
  radius = radius_of(s, static_cast<Node *>(list_nth(clause->args, distance_first ? 1 : 0)));
  if (radius == nullptr) return nullptr;
  auto *sphere = reinterpret_cast<Expr *>(
      makeFuncExpr(s.sphere, s.sphere_type, list_make2(*center, radius), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
  Expr *within = make_opclause(s.within, BOOLOID, false, reinterpret_cast<Expr *>(column), sphere, InvalidOid, InvalidOid);
  set_opfuncid(castNode(OpExpr, within));
  IndexClause *condition = makeNode(IndexClause);
  condition->rinfo = rinfo;
  condition->indexquals = list_make1(make_simple_restrictinfo(s.root, within));
  condition->lossy = true;
  condition->indexcol = static_cast<AttrNumber>(s.column);
  return condition;
}

// The spheres that follow from the clauses of a list; around `center` only, unless that is null.
List *spheres_of(const Searchable &s, List *clauses, Node *center) {
  List *spheres = NIL;
  ListCell *cell;
  foreach (cell, clauses) {
    Node *around;
    IndexClause *condition = sphere_of(s, lfirst_node(RestrictInfo, cell), &around);
    if (condition != nullptr && (center == nullptr || equal(center, around))) spheres = lappend(spheres, condition);
  }
  return spheres;
}

// Puts the spheres among other conditions, in the order of the columns. Those are taken from the relation's clauses.
List *with_filters(const Searchable &s, List *spheres) {
  List *conditions = NIL;
  ListCell *cell;
  for (int column = 0; column < s.index->nkeycolumns; column++) {
    if (column == s.column) {
      conditions = list_concat(conditions, spheres);
      continue;
    }
    foreach (cell, s.index->indrestrictinfo) {
      IndexClause *condition = filter_condition(s.root, s.index, column, lfirst_node(RestrictInfo, cell));
      if (condition != nullptr) conditions = lappend(conditions, condition);
    }
  }
  return conditions;
}

// Puts the spheres among the conditions of a path, in the order of the columns.
List *with_conditions(const Searchable &s, List *spheres, List *others) {
  List *conditions = NIL;
  ListCell *cell;
  foreach (cell, others)
    if (lfirst_node(IndexClause, cell)->indexcol <= s.column) conditions = lappend(conditions, lfirst(cell));
  conditions = list_concat(conditions, spheres);
  foreach (cell, others)
    if (lfirst_node(IndexClause, cell)->indexcol > s.column) conditions = lappend(conditions, lfirst(cell));
  return conditions;
}

void add_ordered_paths(const Searchable &s, RelOptInfo *rel) {
  List *bounded = NIL;  // add_path changes the list that is looked through
  ListCell *cell;
  foreach (cell, rel->pathlist) {
    if (!IsA(lfirst(cell), IndexPath)) continue;
    auto *path = static_cast<IndexPath *>(lfirst(cell));
    Node *column, *center;
    if (path->indexinfo != s.index || list_length(path->indexorderbys) != 1) continue;
    center = center_of(s, static_cast<Node *>(linitial(path->indexorderbys)), &column);
    List *spheres = center == nullptr ? NIL : spheres_of(s, s.index->indrestrictinfo, center);
    if (spheres == NIL) continue;
    bounded = lappend(bounded, create_index_path(s.root, s.index, with_conditions(s, spheres, path->indexclauses),
                                                 path->indexorderbys, path->indexorderbycols, path->path.pathkeys,
                                                 path->indexscandir, false, PATH_REQ_OUTER(&path->path), 1, false));
  }
  foreach (cell, bounded) add_path(rel, static_cast<Path *>(lfirst(cell)));
}

// How often a path is scanned that depends on other relations: as often as the smallest of them has rows.
double loops_of(PlannerInfo *root, Relids outer) {
  double loops = 0;
  for (int relid = -1; (relid = bms_next_member(outer, relid)) >= 0;) {
    const RelOptInfo *rel = relid < root->simple_rel_array_size ? root->simple_rel_array[relid] : nullptr;
    if (rel != nullptr && rel->rows > 0 && (loops == 0 || rel->rows < loops)) loops = rel->rows;
  }
  return std::max(loops, 1.0);
}

void add_unordered_path(const Searchable &s, RelOptInfo *rel, List *spheres, Relids outer) {
  add_path(rel, reinterpret_cast<Path *>(create_index_path(s.root, s.index, with_filters(s, spheres), NIL, NIL, NIL,
                                                           ForwardScanDirection, false, outer, loops_of(s.root, outer), false)));
}

void add_join_paths(const Searchable &s, RelOptInfo *rel) {
  ListCell *cell;
  foreach (cell, rel->joininfo) {
    RestrictInfo *rinfo = lfirst_node(RestrictInfo, cell);
    Node *center;
    IndexClause *condition = join_clause_is_movable_to(rinfo, rel) ? sphere_of(s, rinfo, &center) : nullptr;
    if (condition == nullptr) continue;
    Relids outer = bms_add_members(bms_copy(rinfo->clause_relids), rel->lateral_relids);
    outer = bms_del_member(outer, static_cast<int>(rel->relid));
    if (!bms_is_empty(outer)) add_unordered_path(s, rel, list_make1(condition), outer);
  }
}

// Adds the spheres that come from clauses without one: several indexes may derive the same.
void add_new(List **told, List *spheres) {
  ListCell *cell, *other;
  foreach (cell, spheres) {
    bool known = false;
    foreach (other, *told) known |= lfirst_node(IndexClause, other)->rinfo == lfirst_node(IndexClause, cell)->rinfo;
    if (!known) *told = lappend(*told, lfirst(cell));
  }
}

// The planner takes every comparison of a distance to hold for a third of the rows. What the spheres say instead goes into
// the size of the relation, on which the plan of the joins rests, and into the paths that were made with the old one.
void correct_size(PlannerInfo *root, RelOptInfo *rel, List *spheres) {
  List *others = list_copy(rel->baserestrictinfo), *within = NIL;
  ListCell *cell;
  foreach (cell, spheres) {
    const IndexClause *sphere = lfirst_node(IndexClause, cell);
    others = list_delete_ptr(others, sphere->rinfo);
    within = list_concat(within, sphere->indexquals);
  }
  int relid = static_cast<int>(rel->relid);
  Selectivity share = clauselist_selectivity(root, others, 0, JOIN_INNER, nullptr) *
                      clauselist_selectivity(root, within, relid, JOIN_INNER, nullptr);
  double old_rows = rel->rows;
  rel->rows = clamp_row_est(rel->tuples * share);
  foreach (cell, rel->pathlist) {
    Path *path = static_cast<Path *>(lfirst(cell));
    if (path->param_info == nullptr && path->rows == old_rows) path->rows = rel->rows;
  }
  foreach (cell, rel->partial_pathlist) {
    Path *path = static_cast<Path *>(lfirst(cell));
    path->rows = clamp_row_est(path->rows * rel->rows / old_rows);
  }
}

}  // namespace

extern "C" {
static void vexpg_set_rel_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte) {
  if (next_hook != nullptr) next_hook(root, rel, rti, rte);
  if (rte->rtekind != RTE_RELATION || (rel->baserestrictinfo == NIL && rel->joininfo == NIL)) return;
  ListCell *cell;
  List *searchable = NIL, *told = NIL;
  foreach (cell, rel->indexlist) {
    auto *s = static_cast<Searchable *>(palloc(sizeof(Searchable)));
    if (!describe(root, lfirst_node(IndexOptInfo, cell), s)) continue;
    searchable = lappend(searchable, s);
    add_new(&told, spheres_of(*s, s->index->indrestrictinfo, nullptr));
  }
  if (told != NIL) correct_size(root, rel, told);
  foreach (cell, searchable) {
    const auto &s = *static_cast<Searchable *>(lfirst(cell));
    add_ordered_paths(s, rel);
    List *spheres = spheres_of(s, s.index->indrestrictinfo, nullptr);
    Relids outer = bms_is_empty(rel->lateral_relids) ? nullptr : rel->lateral_relids;
    if (spheres != NIL) add_unordered_path(s, rel, spheres, outer);
    add_join_paths(s, rel);
  }
}
}

void install_range_paths() {
  if (installed) return;
  next_hook = set_rel_pathlist_hook;
  set_rel_pathlist_hook = vexpg_set_rel_pathlist;
  installed = true;
}

}  // namespace vexpg::am
