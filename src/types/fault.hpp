// SPDX-License-Identifier: PostgreSQL
// What can be wrong with a value that comes from outside, as text or as binary. Pure: whoever found it says what and
// where, the server's side says it to the user.
#pragma once
#include <cstddef>
#include <cstdint>

namespace vexpg::types {

enum class Fault : uint8_t {
  kNone,
  kNoOpening,        // the text does not begin with its bracket
  kSyntax,           // not a number, or not the separator that must follow
  kJunk,             // something follows the value
  kNoDimensions,     // a sparse text ends where "/" and its dimensions must follow
  kTooFewDimensions,
  kTooManyDimensions,
  kNegativeCount,    // of stored elements
  kTooManyElements,  // more stored elements than a sparse vector may have
  kMoreElementsThanDimensions,
  kOutOfRange,       // a number that the element type cannot hold
  kNan,
  kInfinite,
  kZeroStored,       // a stored element of a sparse vector is zero
  kIndexOutOfBounds,
  kIndexOrder,
  kIndexDuplicate,
};

struct ParseError {
  Fault fault;
  size_t position;  // of the first byte that is wrong, from the start of the text
  size_t length;    // of the token that is wrong; 0 where there is no token
};

inline constexpr ParseError kParsed = {Fault::kNone, 0, 0};

}  // namespace vexpg::types
