// SPDX-License-Identifier: PostgreSQL
// The text form of vector, halfvec and int8vec, "[1,2,3]", both ways.
//
// White space may surround every token; numbers are those of strtof, for int8vec decimal whole numbers. Parsing never raises: it says what is wrong and
// where. The caller's locale must be "C" for numbers, as the server's is.
#pragma once
#include <cstddef>
#include <cstdint>

#include "types/fault.hpp"

namespace vexpg::types {

// Writes the shortest decimal form that reads back as the same float, without a zero byte; returns its length.
using FormatFloat = int (*)(float value, char *out);
inline constexpr size_t kFloatTextBytes = 15;  // the longest that a FormatFloat may write

// How many elements parse_* can find in this text at most: the capacity that it needs. At least 1, at most
// kMaxDimensions.
size_t count_elements(const char *text);

// Reads a zero-terminated text into out[0..*dim). Fails after `capacity` elements with kTooManyDimensions.
ParseError parse_vector(const char *text, float *out, size_t capacity, size_t *dim);
ParseError parse_halfvec(const char *text, uint16_t *out, size_t capacity, size_t *dim);
ParseError parse_int8vec(const char *text, int8_t *out, size_t capacity, size_t *dim);

// Bytes that format_* may write, the terminating zero included.
constexpr size_t vector_text_bytes(size_t dim) { return dim * (kFloatTextBytes + 1) + 3; }

// Writes the zero-terminated text; returns its length without the zero.
size_t format_vector(const float *x, size_t dim, char *out, FormatFloat format);
size_t format_halfvec(const uint16_t *x, size_t dim, char *out, FormatFloat format);
size_t format_int8vec(const int8_t *x, size_t dim, char *out);

// The white space that the server's scanner skips, in any locale.
constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

constexpr const char *skip_space(const char *at) {
  while (is_space(*at)) at++;
  return at;
}

// Reads one number at `at`. On success *end is the byte after it. Overflow gives kOutOfRange; *underflow tells that a
// number that is not zero was read as zero.
Fault read_float(const char *at, float *value, const char **end, bool *underflow);

}  // namespace vexpg::types
