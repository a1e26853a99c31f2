// SPDX-License-Identifier: PostgreSQL
// Hostile text for vector, halfvec, int8vec and sparsevec: parsing stays within the text and its output, says where it failed,
// and what it accepts comes back the same through the text that it writes. First byte: which type.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "types/halfvec.hpp"
#include "types/sparse_text.hpp"
#include "types/text.hpp"

using namespace vexpg::types;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

int format_float(float value, char *out) {
  char text[32];
  const int length = std::snprintf(text, sizeof(text), "%.9g", static_cast<double>(value));
  require(length > 0 && static_cast<size_t>(length) <= kFloatTextBytes);
  std::memcpy(out, text, static_cast<size_t>(length));
  return length;
}

// Parses text into exactly the room that count_elements asks for, so that a byte more is seen by the sanitizer.
template <class Element, class Parse, class Format>
void dense(const std::string &text, Parse parse, Format format) {
  const size_t capacity = count_elements(text.c_str());
  require(capacity >= 1 && capacity <= static_cast<size_t>(kMaxDimensions));
  std::vector<Element> x(capacity), again(capacity);
  size_t dim = 0, dim_again = 0;
  const ParseError error = parse(text.c_str(), x.data(), capacity, &dim);
  if (error.fault != Fault::kNone) {
    require(error.position + error.length <= text.size());
    return;
  }
  require(dim >= 1 && dim <= capacity);
  std::vector<char> out(vector_text_bytes(dim));
  require(format(x.data(), dim, out.data()) < out.size());
  require(parse(out.data(), again.data(), capacity, &dim_again).fault == Fault::kNone && dim == dim_again);
  require(std::memcmp(x.data(), again.data(), dim * sizeof(Element)) == 0);
}

void sparse(const std::string &text) {
  const size_t capacity = count_sparse_elements(text.c_str());
  std::vector<SparseElement> elements(capacity);
  SparseText result{};
  const ParseError error = parse_sparsevec(text.c_str(), elements.data(), capacity, &result);
  if (error.fault != Fault::kNone) {
    require(error.position + error.length <= text.size());
    return;
  }
  require(result.nnz >= 0 && static_cast<size_t>(result.nnz) <= capacity);
  if (check_sparse_dimensions(result.dim) != Fault::kNone || check_sparse_count(result.nnz, result.dim) != Fault::kNone) return;
  if (order_elements(elements.data(), result.nnz, result.dim) != Fault::kNone) return;
  std::vector<int32_t> datum(sparsevec_bytes(result.nnz) / sizeof(int32_t));
  auto *vector = reinterpret_cast<SparseVector *>(datum.data());
  vector->dim = result.dim;
  vector->nnz = result.nnz;
  for (int i = 0; i < result.nnz; i++) {
    vector->indices[i] = elements[static_cast<size_t>(i)].index;
    require(check_index(vector->indices, i, result.dim) == Fault::kNone);
    vector->values()[i] = elements[static_cast<size_t>(i)].value;
  }
  std::vector<char> out(sparse_text_bytes(result.nnz));
  require(format_sparsevec(*vector, out.data(), format_float) < out.size());
  SparseText again{};
  std::vector<SparseElement> same(count_sparse_elements(out.data()));
  require(parse_sparsevec(out.data(), same.data(), same.size(), &again).fault == Fault::kNone);
  require(again.dim == result.dim && again.nnz == result.nnz);
  require(std::memcmp(elements.data(), same.data(), static_cast<size_t>(result.nnz) * sizeof(SparseElement)) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  // A text of the server ends at its first zero byte.
  const std::string text(std::string(reinterpret_cast<const char *>(data + 1), size - 1).c_str());
  switch (data[0] % 4) {
    case 0:
      dense<float>(text, parse_vector, [](const float *x, size_t dim, char *out) { return format_vector(x, dim, out, format_float); });
      break;
    case 1:
      dense<uint16_t>(text, parse_halfvec,
                      [](const uint16_t *x, size_t dim, char *out) { return format_halfvec(x, dim, out, format_float); });
      break;
    case 3: dense<int8_t>(text, parse_int8vec, format_int8vec); break;
    default: sparse(text);
  }
  return 0;
}
