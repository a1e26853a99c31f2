// SPDX-License-Identifier: PostgreSQL
// Parts of an index become one: what build_parts.cpp and build_merge.cpp share.
//
// A row has a number: those of part 0 come first, of each part those of the leader's file first. Its node id is another
// one, within the same range.
#pragma once
#include "am/build_write.hpp"

namespace vexpg::am {

// Divides the rows of all members among parts: stages kLeaders and kPartition.
void plan_parts(BuildProcess *leader, uint32_t rows, uint32_t capacity);
// The number of a member's first row of its own in a part.
storage::NodeId first_own(const BuildTeam &team, uint32_t part, int member);

}  // namespace vexpg::am
