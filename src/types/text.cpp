// SPDX-License-Identifier: PostgreSQL
// Text of vector and halfvec. See text.hpp.
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
    float value;
    const char *end;
    bool underflow;
    Fault fault = read_float(at, &value, &end, &underflow);
    if (fault == Fault::kNone) fault = store(value, &out[*dim]);
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

template <class Element, class ToFloat>
size_t format_elements(const Element *x, size_t dim, char *out, FormatFloat format, ToFloat to_float) {
  char *at = out;
  *at++ = '[';
  for (size_t i = 0; i < dim; i++) {
    if (i > 0) *at++ = ',';
    at += format(to_float(x[i]), at);
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

size_t format_vector(const float *x, size_t dim, char *out, FormatFloat format) {
  return format_elements(x, dim, out, format, [](float value) { return value; });
}

size_t format_halfvec(const uint16_t *x, size_t dim, char *out, FormatFloat format) {
  return format_elements(x, dim, out, format, half_to_float);
}

}  // namespace vexpg::types
