// SPDX-License-Identifier: PostgreSQL
// Text of vector, halfvec and int8vec. See text.hpp.
#include "types/text.hpp"

#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "types/halfvec.hpp"

namespace vexpg::types {
namespace {

Fault store(float value, float *out) {
  *out = value;
  return check_element(value);
}

// A finite number that is too large for a half is out of range; an infinity that was written as such is infinite.
Fault store(float value, uint16_t *out) {
  *out = float_to_half(value);
  if (half_is_infinite(*out) && !std::isinf(value)) return Fault::kOutOfRange;
  return check_half(*out);
}

// Reads one element at `at`; *end is the byte after it.
template <class Element>
Fault read_element(const char *at, Element *out, const char **end) {
  float value;
  bool underflow;
  const Fault fault = read_float(at, &value, end, &underflow);
  return fault == Fault::kNone ? store(value, out) : fault;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A sign and decimal digits, however many.
Fault read_element(const char *at, int8_t *out, const char **end) {
  const bool negative = *at == '-';
  if (*at == '-' || *at == '+') at++;
  *end = at;
  if (!is_digit(*at)) return Fault::kSyntax;
  int value = 0;
  for (; is_digit(**end); ++*end) value = value > 1000 ? value : value * 10 + (**end - '0');
  if (negative) value = -value;
  if (value < -128 || value > 127) return Fault::kOutOfRange;
  *out = static_cast<int8_t>(value);
  return Fault::kNone;
}

template <class Element>
ParseError parse(const char *text, Element *out, size_t capacity, size_t *dim) {
  const auto wrong = [text](Fault fault, const char *at, const char *end) {
    return ParseError{fault, static_cast<size_t>(at - text), static_cast<size_t>(end - at)};
  };
  *dim = 0;
  const char *at = skip_space(text);
  if (*at != '[') return wrong(Fault::kNoOpening, at, at);
  at = skip_space(at + 1);
  if (*at == ']') return wrong(Fault::kTooFewDimensions, at, at);
  for (;;) {
    at = skip_space(at);
    if (*dim == capacity) return wrong(Fault::kTooManyDimensions, at, at);
    const char *end;
    const Fault fault = read_element(at, &out[*dim], &end);
    if (fault != Fault::kNone) return wrong(fault, at, end);
    ++*dim;
    at = skip_space(end);
    if (*at == ']') break;
    if (*at != ',') return wrong(Fault::kSyntax, at, at);
    at++;
  }
  at = skip_space(at + 1);
  return *at == '\0' ? kParsed : wrong(Fault::kJunk, at, at);
}

// format(value, at) writes one element and returns how many bytes it took.
template <class Element, class Format>
size_t format_elements(const Element *x, size_t dim, char *out, Format format) {
  char *at = out;
  *at++ = '[';
  for (size_t i = 0; i < dim; i++) {
    if (i > 0) *at++ = ',';
    at += format(x[i], at);
  }
  *at++ = ']';
  *at = '\0';
  return static_cast<size_t>(at - out);
}

}  // namespace

Fault read_float(const char *at, float *value, const char **end, bool *underflow) {
  char *stop;
  errno = 0;
  *value = std::strtof(at, &stop);
  *end = stop;
  *underflow = errno == ERANGE && *value == 0;
  if (stop == at) return Fault::kSyntax;
  return errno == ERANGE && std::isinf(*value) ? Fault::kOutOfRange : Fault::kNone;
}

size_t count_elements(const char *text) {
  size_t count = 1;
  for (; *text != '\0' && count < kMaxDimensions; text++) count += *text == ',';
  return count;
}

ParseError parse_vector(const char *text, float *out, size_t capacity, size_t *dim) {
  return parse(text, out, capacity, dim);
}

ParseError parse_halfvec(const char *text, uint16_t *out, size_t capacity, size_t *dim) {
  return parse(text, out, capacity, dim);
}

ParseError parse_int8vec(const char *text, int8_t *out, size_t capacity, size_t *dim) {
  return parse(text, out, capacity, dim);
}

size_t format_vector(const float *x, size_t dim, char *out, FormatFloat format) {
  return format_elements(x, dim, out, format);
}

size_t format_halfvec(const uint16_t *x, size_t dim, char *out, FormatFloat format) {
  return format_elements(x, dim, out, [format](uint16_t half, char *at) { return format(half_to_float(half), at); });
}

size_t format_int8vec(const int8_t *x, size_t dim, char *out) {
  return format_elements(x, dim, out, [](int8_t value, char *at) {
    const int magnitude = value < 0 ? -value : value;
    int length = 0;
    if (value < 0) at[length++] = '-';
    if (magnitude >= 100) at[length++] = '1';  // 128 at most
    if (magnitude >= 10) at[length++] = static_cast<char>('0' + magnitude / 10 % 10);
    at[length++] = static_cast<char>('0' + magnitude % 10);
    return length;
  });
}

}  // namespace vexpg::types
