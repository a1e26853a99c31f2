// SPDX-License-Identifier: PostgreSQL
// aminsert: encodes one row and puts it into the graph.
#include "am/am.hpp"
#include "am/row_insert.hpp"

namespace vexpg::am {
namespace {

// Kept in IndexInfo from row to row of one statement.
struct InsertState {
  storage::IndexModel *model;
  RowInserter *inserter;
  MemoryContext row_context;
};

InsertState *insert_state(Relation index, IndexInfo *info) {
  if (info->ii_AmCache != nullptr) return static_cast<InsertState *>(info->ii_AmCache);
  MemoryContext old = MemoryContextSwitchTo(info->ii_Context);
  auto *state = static_cast<InsertState *>(palloc0(sizeof(InsertState)));
  storage::MetaPage meta;
  state->model = storage::load_model(index, &meta);
  state->inserter = make_inserter(index, *state->model, info->ii_Context);
  state->row_context = AllocSetContextCreate(info->ii_Context, "vexpg insert", ALLOCSET_DEFAULT_SIZES);
  MemoryContextSwitchTo(old);
  info->ii_AmCache = state;
  return state;
}

}  // namespace
}  // namespace vexpg::am

extern "C" bool vexpg_insert(Relation index, Datum *values, bool *isnull, ItemPointer tid, Relation, IndexUniqueCheck, bool,
                             IndexInfo *info) {
  using namespace vexpg;
  am::InsertState *state = am::insert_state(index, info);
  MemoryContext old = MemoryContextSwitchTo(state->row_context);
  if (storage::encode_row(*state->model, values, isnull, state->inserter->row)) am::insert_row(*state->inserter, *tid);
  MemoryContextSwitchTo(old);
  MemoryContextReset(state->row_context);
  return false;
}
