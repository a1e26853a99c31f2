// SPDX-License-Identifier: PostgreSQL
// CREATE INDEX ... WITH (m, ef_construction, bits, refine).
#include "am/am.hpp"

namespace vexpg::am {
namespace {

// One of few values, or the one that leaves the choice to the dimension.
void require_one_of(const char *option, int value, std::initializer_list<int> allowed, const char *list) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value %d for option \"%s\"", value, option),
                  errdetail("Valid values are %s.", list)));
}

// Lists of values cannot be declared to the server: the bounds of bits and refine are wide, and vexpg_options is exact.
relopt_kind option_kind() {
  static constinit relopt_kind kind = RELOPT_KIND_LOCAL;  // local: not registered yet
  if (kind == RELOPT_KIND_LOCAL) {
    constexpr LOCKMODE lock = ShareUpdateExclusiveLock;
    kind = add_reloption_kind();
    add_int_reloption(kind, "m", "Largest number of links of a node per level above 0; level 0 has twice as many",
                      storage::kDefaultM, storage::kMinM, storage::kMaxM, lock);
    add_int_reloption(kind, "ef_construction", "Size of the list of candidates while the graph is built",
                      storage::kDefaultEfConstruction, storage::kMinEfConstruction, storage::kMaxEfConstruction, lock);
    add_int_reloption(kind, "bits",
                      "Bits per dimension of the codes that a search walks on: 1, 2, 4 or 8; 0: by dimension", 0,
                      PG_INT32_MIN, PG_INT32_MAX, lock);
    add_int_reloption(kind, "refine",
                      "Further bits per dimension for the nearest candidates: 0, 4 or 8; -1: by dimension", -1,
                      PG_INT32_MIN, PG_INT32_MAX, lock);
  }
  return kind;
}

// Servers differ in the fields behind these three.
constexpr relopt_parse_elt int_option(const char *name, size_t offset) {
  relopt_parse_elt option = {};
  option.optname = name;
  option.opttype = RELOPT_TYPE_INT;
  option.offset = static_cast<int>(offset);
  return option;
}

}  // namespace

IndexOptions index_options(Relation index) {
  if (index->rd_options != nullptr) return *reinterpret_cast<const IndexOptions *>(index->rd_options);
  return {0, storage::kDefaultM, storage::kDefaultEfConstruction, 0, -1};
}

void check_options(const IndexOptions &options) {
  if (options.ef_construction < 2 * options.m)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("ef_construction must be greater than or equal to 2 * m")));
}

}  // namespace vexpg::am

extern "C" bytea *vexpg_options(Datum options, bool validate) {
  using vexpg::am::IndexOptions;
  using vexpg::am::int_option;
  static constinit const relopt_parse_elt table[] = {
      int_option("m", offsetof(IndexOptions, m)),
      int_option("ef_construction", offsetof(IndexOptions, ef_construction)),
      int_option("bits", offsetof(IndexOptions, bits)),
      int_option("refine", offsetof(IndexOptions, refine)),
  };
  void *parsed =
      build_reloptions(options, validate, vexpg::am::option_kind(), sizeof(IndexOptions), table, lengthof(table));
  if (validate && parsed != nullptr) {
    const auto *values = static_cast<const IndexOptions *>(parsed);
    vexpg::am::require_one_of("bits", values->bits, {0, 1, 2, 4, 8}, "1, 2, 4 and 8, and 0 to choose by dimension");
    vexpg::am::require_one_of("refine", values->refine, {-1, 0, 4, 8}, "0, 4 and 8, and -1 to choose by dimension");
  }
  return static_cast<bytea *>(parsed);
}
