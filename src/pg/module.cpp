// SPDX-License-Identifier: PostgreSQL
// What the server calls when it loads the library.
#include "kernels/kernels.hpp"
#include "pg/guc.hpp"
#include "pg/pg.hpp"

extern "C" {

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void _PG_init(void) {
  vexpg::kernels::choose("auto");
  vexpg::pg::define_settings();
}
}
