// SPDX-License-Identifier: PostgreSQL
// A hint for CREATE INDEX on a type that the index does not know. The server raises that error before it asks us anything,
// with a hint of its own that suits whoever writes operator classes; this one says what there is.
#include "am/am.hpp"

namespace vexpg::am {
namespace {

constinit emit_log_hook_type next_hook = nullptr;
constinit bool installed = false;

// The message before translation.
bool lacks_operator_class(const ErrorData *error) {
  return error->elevel == ERROR && error->sqlerrcode == ERRCODE_UNDEFINED_OBJECT && error->message_id != nullptr &&
         strcmp(error->message_id, "data type %s has no default operator class for access method \"%s\"") == 0 &&
         error->message != nullptr && strstr(error->message, "\"hnsw\"") != nullptr;
}

}  // namespace

extern "C" {
static void vexpg_emit_log(ErrorData *error) {
  if (lacks_operator_class(error))
    error->hint = MemoryContextStrdup(
        error->assoc_context,
        "A vector column needs one of its operator classes, such as vector_l2_ops. Further columns may be smallint, integer, "
        "bigint, real, double precision, numeric, boolean, date, timestamp, timestamptz, uuid, text, varchar, char, name, "
        "enums and arrays.");
  if (next_hook != nullptr) next_hook(error);
}
}

void install_hint() {
  if (installed) return;
  next_hook = emit_log_hook;
  emit_log_hook = vexpg_emit_log;
  installed = true;
}

}  // namespace vexpg::am
