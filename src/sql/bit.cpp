// SPDX-License-Identifier: PostgreSQL
// Distances between two bit strings of the server's own type bit.
#include "kernels/kernels.hpp"
#include "pg/values.hpp"

namespace vexpg::sql {
namespace {

struct BitPair {
  const types::BitVector *a, *b;

  size_t payload_bytes() const { return types::bit_payload_bytes(a->bit_count); }
};

BitPair bit_arguments(FunctionCallInfo fcinfo) {
  const BitPair pair = {pg::value_from<types::BitVector>(PG_GETARG_DATUM(0)),
                        pg::value_from<types::BitVector>(PG_GETARG_DATUM(1))};
  if (pair.a->bit_count != pair.b->bit_count) {
    ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                    errmsg("different bit lengths %d and %d", pair.a->bit_count, pair.b->bit_count)));
  }
  return pair;
}

}  // namespace
}  // namespace vexpg::sql

using namespace vexpg;

VEXPG_FUNCTION(vexpg_hamming_distance) {
  const sql::BitPair pair = sql::bit_arguments(fcinfo);
  const uint64_t count = kernels::active().hamming(pair.a->bytes, pair.b->bytes, pair.payload_bytes());
  PG_RETURN_FLOAT8(static_cast<double>(count));
}

// Two strings without a common one bit are at distance 1, two strings of zeros too.
VEXPG_FUNCTION(vexpg_jaccard_distance) {
  const sql::BitPair pair = sql::bit_arguments(fcinfo);
  const kernels::BitOverlap bits = kernels::active().overlap(pair.a->bytes, pair.b->bytes, pair.payload_bytes());
  PG_RETURN_FLOAT8(bits.both == 0 ? 1 : 1 - static_cast<double>(bits.both) / static_cast<double>(bits.either));
}
