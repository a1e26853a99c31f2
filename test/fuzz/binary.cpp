// SPDX-License-Identifier: PostgreSQL
// Hostile binary input for vector, halfvec, int8vec and sparsevec: decoding reads no byte beyond what its header asked for and
// was checked, and what it accepts encodes to the same bytes. First byte: which type.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "types/binary.hpp"

using namespace vexpg::types;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Bytes of their own allocation, so that reading past them is seen.
std::vector<uint8_t> slice(const uint8_t *data, size_t size) { return {data, data + size}; }

template <class Element>
void dense(const std::vector<uint8_t> &bytes) {
  if (bytes.size() < kDenseHeaderBytes) return;
  const DenseHeader header = decode_dense_header(bytes.data());
  if (check_dimensions(header.dim) != Fault::kNone) return;
  const auto dim = static_cast<size_t>(header.dim);
  if (bytes.size() - kDenseHeaderBytes < dim * sizeof(Element)) return;
  std::vector<Element> x(dim);
  if (decode_elements(bytes.data() + kDenseHeaderBytes, dim, x.data()) != Fault::kNone) return;
  std::vector<uint8_t> out(dim * sizeof(Element));
  require(encode_elements(x.data(), dim, out.data()) == out.size());
  require(std::memcmp(out.data(), bytes.data() + kDenseHeaderBytes, out.size()) == 0);
}

void sparse(const std::vector<uint8_t> &bytes) {
  if (bytes.size() < kSparseHeaderBytes) return;
  const SparseHeader header = decode_sparse_header(bytes.data());
  if (check_sparse_dimensions(header.dim) != Fault::kNone || check_sparse_count(header.nnz, header.dim) != Fault::kNone) return;
  const auto nnz = static_cast<size_t>(header.nnz);
  if (bytes.size() - kSparseHeaderBytes < nnz * (sizeof(int32_t) + sizeof(float))) return;
  const uint8_t *indices = bytes.data() + kSparseHeaderBytes;
  std::vector<int32_t> index(nnz);
  std::vector<float> value(nnz);
  if (decode_indices(indices, header.nnz, header.dim, index.data()) != Fault::kNone) return;
  if (decode_sparse_values(indices + nnz * sizeof(int32_t), header.nnz, value.data()) != Fault::kNone) return;
  for (size_t i = 0; i < nnz; i++) {
    require(index[i] >= 0 && index[i] < header.dim && (i == 0 || index[i] > index[i - 1]));
    require(check_element(value[i]) == Fault::kNone && value[i] != 0);
  }
  std::vector<uint8_t> out(nnz * sizeof(int32_t));
  require(encode_indices(index.data(), nnz, out.data()) == out.size());
  require(nnz == 0 || std::memcmp(out.data(), indices, out.size()) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const std::vector<uint8_t> bytes = slice(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0: dense<float>(bytes); break;
    case 1: dense<uint16_t>(bytes); break;
    case 3: dense<int8_t>(bytes); break;
    default: sparse(bytes);
  }
  return 0;
}
