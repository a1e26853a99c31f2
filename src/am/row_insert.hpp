// SPDX-License-Identifier: PostgreSQL
// One row into the graph on pages, as INSERT does it and CREATE INDEX for what its memory does not hold.
#pragma once
#include "storage/build_store.hpp"
#include "storage/page_store.hpp"

namespace vexpg::am {

// Everything that inserting rows into one index needs, reused from row to row. No pins, no locks.
struct RowInserter {
  RowInserter(Relation index, const storage::IndexModel &index_model, MemoryContext memory)
      : model(index_model),
        parameters{index_model.meta.m, index_model.meta.ef_construction},
        row(storage::allocate_row(index_model)),
        store(index, index_model, memory),
        scratch(storage::context_memory(memory)),
        lists(storage::context_memory(memory)) {}

  const storage::IndexModel &model;
  graph::InsertParameters parameters;
  storage::Row *row;  // encoded by the caller
  storage::PageStore store;
  graph::InsertScratch scratch;
  graph::Neighbours neighbours;
  bool full[graph::kMaxLinks / 2];  // of the neighbours of level 0: had no room for a link when they were chosen
  storage::Relistings lists;        // new lists for these
  pg_prng_state *random = &pg_global_prng_state;  // of levels and ties
};

// Creates an inserter in `memory`.
RowInserter *make_inserter(Relation index, const storage::IndexModel &model, MemoryContext memory);

// Inserts inserter.row with its heap TID. Afterwards the row is reachable from the entry point and every change is logged.
void insert_row(RowInserter &inserter, const ItemPointerData &tid);

}  // namespace vexpg::am
