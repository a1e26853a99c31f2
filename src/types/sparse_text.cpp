// SPDX-License-Identifier: PostgreSQL
// Text of sparsevec. See sparse_text.hpp.
#include "types/sparse_text.hpp"

#include <algorithm>
#include <climits>
#include <cstdlib>

namespace vexpg::types {
namespace {

// Reads a whole number, limited to the range of int32 without its smallest value, so that 1 may be taken off.
bool read_int(const char *at, int32_t *value, const char **end) {
  char *stop;
  const long number = std::strtol(at, &stop, 10);
  *end = stop;
  *value = static_cast<int32_t>(std::clamp<long>(number, INT_MIN + 1, INT_MAX));
  return stop != at;
}

struct Reader {
  const char *text;
  const char *at;

  void skip() { at = skip_space(at); }
  ParseError wrong(Fault fault) const { return {fault, static_cast<size_t>(at - text), 0}; }

  // Reads "index : value" and leaves `at` after it.
  ParseError element(SparseElement *out) {
    const char *end;
    skip();
    if (!read_int(at, &out->index, &end)) return wrong(Fault::kSyntax);
    out->index--;
    at = end;
    skip();
    if (*at != ':') return wrong(Fault::kSyntax);
    at++;
    skip();
    bool underflow;
    Fault fault = read_float(at, &out->value, &end, &underflow);
    if (fault == Fault::kNone && underflow) fault = Fault::kOutOfRange;  // a lost element would not be noticed
    if (fault == Fault::kNone) fault = check_element(out->value);
    if (fault != Fault::kNone) return {fault, static_cast<size_t>(at - text), static_cast<size_t>(end - at)};
    at = end;
    return kParsed;
  }
};

char *append_int(char *out, int32_t value) {
  char digits[10];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  while (count > 0) *out++ = digits[--count];
  return out;
}

}  // namespace

size_t count_sparse_elements(const char *text) {
  size_t count = 1;
  for (; *text != '\0' && count <= kMaxSparseElements; text++) count += *text == ',';
  return count;
}

ParseError parse_sparsevec(const char *text, SparseElement *out, size_t capacity, SparseText *result) {
  Reader reader = {text, skip_space(text)};
  *result = {0, 0};
  if (*reader.at != '{') return reader.wrong(Fault::kNoOpening);
  reader.at++;
  reader.skip();
  for (bool more = *reader.at != '}'; more;) {
    SparseElement element;
    const ParseError error = reader.element(&element);
    if (error.fault != Fault::kNone) return error;
    if (element.value != 0) {
      if (static_cast<size_t>(result->nnz) == capacity) return reader.wrong(Fault::kTooManyElements);
      out[result->nnz++] = element;
    }
    reader.skip();
    more = *reader.at == ',';
    if (!more && *reader.at != '}') return reader.wrong(Fault::kSyntax);
    if (more) reader.at++;
  }
  reader.at++;
  reader.skip();
  if (*reader.at != '/') return reader.wrong(Fault::kNoDimensions);
  reader.at++;
  reader.skip();
  const char *end;
  if (!read_int(reader.at, &result->dim, &end)) return reader.wrong(Fault::kSyntax);
  reader.at = end;
  reader.skip();
  return *reader.at == '\0' ? kParsed : reader.wrong(Fault::kJunk);
}

Fault order_elements(SparseElement *elements, int nnz, int32_t dim) {
  std::sort(elements, elements + nnz, [](const SparseElement &a, const SparseElement &b) { return a.index < b.index; });
  for (int i = 0; i < nnz; i++) {
    if (elements[i].index < 0 || elements[i].index >= dim) return Fault::kIndexOutOfBounds;
    if (i > 0 && elements[i].index == elements[i - 1].index) return Fault::kIndexDuplicate;
  }
  return Fault::kNone;
}

size_t format_sparsevec(const SparseVector &vector, char *out, FormatFloat format) {
  const float *values = vector.values();
  char *at = out;
  *at++ = '{';
  for (int i = 0; i < vector.nnz; i++) {
    if (i > 0) *at++ = ',';
    at = append_int(at, vector.indices[i] + 1);
    *at++ = ':';
    at += format(values[i], at);
  }
  *at++ = '}';
  *at++ = '/';
  at = append_int(at, vector.dim);
  *at = '\0';
  return static_cast<size_t>(at - out);
}

}  // namespace vexpg::types
