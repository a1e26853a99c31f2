// SPDX-License-Identifier: PostgreSQL
// CREATE INDEX ... WITH (profile, m, ef_construction, bits, refine).
#include "am/am.hpp"

namespace vexpg::am {
namespace {

constexpr int kUnset = 0;  // of m and ef_construction: the profile's

struct ProfileValues {
  int m, ef_construction;
};
ProfileValues profile_values(Profile profile) {
  switch (profile) {
    case Profile::kInstant: return {8, 32};
    case Profile::kQuality: return {storage::kDefaultM, 200};
    case Profile::kFast: break;
  }
  return {storage::kDefaultM, storage::kDefaultEfConstruction};
}

relopt_enum_elt_def profile_names[] = {{"instant", static_cast<int>(Profile::kInstant)},
                                       {"fast", static_cast<int>(Profile::kFast)},
                                       {"quality", static_cast<int>(Profile::kQuality)},
                                       {nullptr, 0}};

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
    add_enum_reloption(kind, "profile", "What m and ef_construction are where they are not given: from fast to build to good",
                       profile_names, static_cast<int>(Profile::kFast),
                       "Valid values are \"instant\", \"fast\" and \"quality\".", lock);
    add_int_reloption(kind, "m", "Largest number of links of a node per level above 0; level 0 has twice as many",
                      kUnset, storage::kMinM, storage::kMaxM, lock);
    add_int_reloption(kind, "ef_construction", "Size of the list of candidates while the graph is built",
                      kUnset, storage::kMinEfConstruction, storage::kMaxEfConstruction, lock);
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
constexpr relopt_parse_elt option_at(const char *name, relopt_type type, size_t offset) {
  relopt_parse_elt option = {};
  option.optname = name;
  option.opttype = type;
  option.offset = static_cast<int>(offset);
  return option;
}

}  // namespace

IndexOptions index_options(Relation index) {
  IndexOptions options = {0, kUnset, kUnset, 0, -1, Profile::kFast};
  if (index->rd_options != nullptr) options = *reinterpret_cast<const IndexOptions *>(index->rd_options);
  ProfileValues values = profile_values(options.profile);
  if (options.m == kUnset) options.m = values.m;
  if (options.ef_construction == kUnset) options.ef_construction = values.ef_construction;
  return options;
}

void check_options(const IndexOptions &options) {
  if (options.ef_construction < 2 * options.m)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("ef_construction must be greater than or equal to 2 * m")));
}

}  // namespace vexpg::am

extern "C" bytea *vexpg_options(Datum options, bool validate) {
  using vexpg::am::IndexOptions;
  using vexpg::am::option_at;
  static constinit const relopt_parse_elt table[] = {
      option_at("profile", RELOPT_TYPE_ENUM, offsetof(IndexOptions, profile)),
      option_at("m", RELOPT_TYPE_INT, offsetof(IndexOptions, m)),
      option_at("ef_construction", RELOPT_TYPE_INT, offsetof(IndexOptions, ef_construction)),
      option_at("bits", RELOPT_TYPE_INT, offsetof(IndexOptions, bits)),
      option_at("refine", RELOPT_TYPE_INT, offsetof(IndexOptions, refine)),
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
