// SPDX-License-Identifier: PostgreSQL
// Clauses of a query as conditions on filter columns: those that the planner does not make by itself are added to a
// path, those that cells can tell nothing of are taken from it and so become filters on the rows found.
//
// The planners of 15 and 16 drop = ANY on any column but the first from an ordered path, because such a scan of a btree
// loses its order, and know only btree and hash as indexes whose bool columns are conditions by themselves. Neither is so
// here. And `value = ANY (column)` is no condition to any planner; it says the same as `column @> ARRAY[value]`. A path's
// conditions may still be added to while its cost is asked for: the plan is made from them, and what is
// among them is not checked once more as a filter. The rules for a condition are the planner's own.
#include "am/am.hpp"
#include "storage/datum.hpp"

namespace vexpg::am {
namespace {

// Whether an expression is a value that a scan can be given before it begins.
bool is_given(PlannerInfo *root, const IndexOptInfo *index, Node *expression) {
  return !bms_is_member(static_cast<int>(index->rel->relid), pull_varnos(root, expression)) &&
         !contain_volatile_functions(expression);
}

// An operator of the column's family, or = ANY by one, with the column on the left and a given value on the right.
bool is_comparison(PlannerInfo *root, IndexOptInfo *index, int column, Node *node) {
  List *operands = NIL;
  Oid operation = InvalidOid, collation = InvalidOid, expected = index->indexcollations[column];
  if (IsA(node, OpExpr)) {
    auto *clause = castNode(OpExpr, node);
    operands = clause->args;
    operation = clause->opno;
    collation = clause->inputcollid;
  } else if (IsA(node, ScalarArrayOpExpr) && castNode(ScalarArrayOpExpr, node)->useOr) {
    auto *clause = castNode(ScalarArrayOpExpr, node);
    operands = clause->args;
    operation = clause->opno;
    collation = clause->inputcollid;
  }
  return list_length(operands) == 2 && match_index_to_operand(static_cast<Node *>(linitial(operands)), column, index) &&
         op_in_opfamily(operation, index->opfamily[column]) && (!OidIsValid(expected) || expected == collation) &&
         is_given(root, index, static_cast<Node *>(lsecond(operands)));
}

bool is_null_test(IndexOptInfo *index, int column, Node *node) {
  return IsA(node, NullTest) && !castNode(NullTest, node)->argisrow &&
         match_index_to_operand(reinterpret_cast<Node *>(castNode(NullTest, node)->arg), column, index);
}

// A bool column as a condition: itself, NOT, IS TRUE, IS FALSE. Null: it is none; else `column = constant`.
Expr *bool_condition(IndexOptInfo *index, int column, Node *node) {
  if (!op_in_opfamily(BooleanEqualOperator, index->opfamily[column])) return nullptr;
  bool wanted = true;
  if (is_notclause(node)) {
    node = reinterpret_cast<Node *>(get_notclausearg(node));
    wanted = false;
  } else if (IsA(node, BooleanTest)) {
    auto *test = castNode(BooleanTest, node);
    if (test->booltesttype != IS_TRUE && test->booltesttype != IS_FALSE) return nullptr;
    wanted = test->booltesttype == IS_TRUE;
    node = reinterpret_cast<Node *>(test->arg);
  }
  if (!match_index_to_operand(node, column, index)) return nullptr;
  return make_opclause(BooleanEqualOperator, BOOLOID, false, reinterpret_cast<Expr *>(node),
                       reinterpret_cast<Expr *>(makeBoolConst(wanted, false)), InvalidOid, InvalidOid);
}

// value = ANY (column), by the equality that arrays are compared by, as column @> ARRAY[value]; null if it is no such
// clause.
Expr *membership_condition(PlannerInfo *root, IndexOptInfo *index, int column, Node *node) {
  if (!IsA(node, ScalarArrayOpExpr) || !castNode(ScalarArrayOpExpr, node)->useOr) return nullptr;
  auto *clause = castNode(ScalarArrayOpExpr, node);
  auto *value = static_cast<Node *>(linitial(clause->args)), *array = static_cast<Node *>(lsecond(clause->args));
  Oid element = get_base_element_type(exprType(array)), expected = index->indexcollations[column];
  Oid contains = get_opfamily_member(index->opfamily[column], ANYARRAYOID, ANYARRAYOID, kContains);
  if (!OidIsValid(contains) || !OidIsValid(element) || exprType(value) != element ||
      lookup_type_cache(element, TYPECACHE_EQ_OPR)->eq_opr != clause->opno ||
      (OidIsValid(expected) && expected != clause->inputcollid) || !match_index_to_operand(array, column, index) ||
      !is_given(root, index, value))
    return nullptr;
  ArrayExpr *one = makeNode(ArrayExpr);
  one->array_typeid = get_array_type(element);
  one->array_collid = exprCollation(value);
  one->element_typeid = element;
  one->elements = list_make1(value);
  one->location = -1;
  auto *operand = reinterpret_cast<Expr *>(eval_const_expressions(root, reinterpret_cast<Node *>(one)));
  return make_opclause(contains, BOOLOID, false, reinterpret_cast<Expr *>(array), operand, InvalidOid, clause->inputcollid);
}

// Whether cells can tell that a row fails a condition: the order of hashes is not that of values.
bool can_exclude(const IndexOptInfo *index, const IndexClause *condition) {
  int column = condition->indexcol;
  types::AttributeKind kind;
  if (!storage::attribute_kind_of_type(index->opcintype[column], index->indexcollations[column], &kind)) return true;
  if (types::form_of(kind) != types::CellForm::kHash) return true;
  ListCell *cell;
  foreach (cell, condition->indexquals) {
    auto *node = reinterpret_cast<Node *>(lfirst_node(RestrictInfo, cell)->clause);
    Oid operation = IsA(node, OpExpr)              ? castNode(OpExpr, node)->opno
                    : IsA(node, ScalarArrayOpExpr) ? castNode(ScalarArrayOpExpr, node)->opno
                                                   : InvalidOid;
    if (OidIsValid(operation) && get_op_opfamily_strategy(operation, index->opfamily[column]) != kEqual) return false;
  }
  return true;
}

}  // namespace

IndexClause *filter_condition(PlannerInfo *root, IndexOptInfo *index, int column, RestrictInfo *clause) {
  if (clause->pseudoconstant || !restriction_is_securely_promotable(clause, index->rel)) return nullptr;
  auto *node = reinterpret_cast<Node *>(clause->clause);
  List *conditions = NIL;
  if (is_comparison(root, index, column, node) || is_null_test(index, column, node)) {
    conditions = list_make1(clause);
  } else {
    Expr *condition = bool_condition(index, column, node);
    if (condition == nullptr) condition = membership_condition(root, index, column, node);
    if (condition == nullptr) return nullptr;
    conditions = list_make1(make_simple_restrictinfo(root, condition));
  }
  IndexClause *out = makeNode(IndexClause);
  out->rinfo = clause;
  out->indexquals = conditions;
  out->lossy = false;
  out->indexcol = static_cast<AttrNumber>(column);
  out->indexcols = NIL;
  return out;
}

void complete_conditions(PlannerInfo *root, IndexPath *path) {
  List *known = path->indexclauses, *conditions = NIL;  // other paths share the list
  List *clauses = path->indexinfo->indrestrictinfo;
  if (path->path.param_info != nullptr) clauses = list_concat_copy(clauses, path->path.param_info->ppi_clauses);
  ListCell *cell;
  for (int column = 0; column < path->indexinfo->nkeycolumns; column++) {
    foreach (cell, known) {
      auto *condition = lfirst_node(IndexClause, cell);
      if (condition->indexcol == column && can_exclude(path->indexinfo, condition))
        conditions = lappend(conditions, condition);
    }
    foreach (cell, clauses) {
      auto *clause = lfirst_node(RestrictInfo, cell);
      if (is_redundant_with_indexclauses(clause, known) || is_redundant_with_indexclauses(clause, conditions)) continue;
      IndexClause *condition = filter_condition(root, path->indexinfo, column, clause);
      if (condition != nullptr && can_exclude(path->indexinfo, condition)) conditions = lappend(conditions, condition);
    }
  }
  path->indexclauses = conditions;
}

}  // namespace vexpg::am
