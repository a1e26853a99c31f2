// SPDX-License-Identifier: PostgreSQL
// Hostile pages: the checker reads no byte outside of the page and comes to an end, whatever a page and the parameters
// of its index say. Input: 8 bytes of parameters, then what lies over a page with a sound header.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "storage/page_check.hpp"

using namespace vexpg::storage;

namespace {

void count(void *context, const Finding &finding) {
  if (finding.what == nullptr || std::strlen(finding.what) > 60 || finding.slot < kNoSlot) std::abort();
  ++*static_cast<uint64_t *>(context);
}

bool choose_geometry(const uint8_t *parameters, Geometry *geometry) {
  static const uint8_t kBits[] = {1, 2, 4, 8}, kRefine[] = {0, 4, 8};
  uint32_t dim = 1 + load<uint16_t>(parameters) % vexpg::codec::kMaxDim;
  return make_geometry({dim, kBits[parameters[2] % 4], kRefine[parameters[3] % 3]},
                       static_cast<uint32_t>(kMinM + parameters[4] % (kMaxM - kMinM + 1)),
                       parameters[5] % (kMaxAttributes + 1u), geometry);
}

// A page that passes the check of its header, so that its contents are reached.
void frame(const Geometry &geometry, PageType type, uint8_t *page) {
  uint16_t lower = static_cast<uint16_t>(kPageHeaderBytes + content_bytes(geometry, type));
  if (type != PageType::kTower) {
    store(page + 12, lower);
    store(page + 14, static_cast<uint16_t>(kPageEnd));
  }
  store(page + 16, static_cast<uint16_t>(kPageEnd));
  store(page + 18, static_cast<uint16_t>(kPageSize | 4));
  store(page + kPageEnd,
        PageTrailer{static_cast<uint16_t>(type), load<uint16_t>(page + kPageEnd + 2), kFormatVersion, kPageId});
}

void check(const Geometry &geometry, uint32_t block, const uint8_t *page) {
  uint64_t findings = 0;
  if (!check_page(geometry, block, block + 1 + block % 1000, page, {count, &findings})) return;
  if (page_type(page) != PageType::kTower) return;
  for (uint32_t i = 0; i <= tower_count(page); i++) {
    const uint8_t *tower = tower_at(geometry, page, i);
    if (tower != nullptr && (tower < page || tower + sizeof(TowerHead) > page + kPageEnd)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Geometry geometry, from_page;
  if (size < 8 || !choose_geometry(data, &geometry)) return 0;
  uint32_t block = load<uint16_t>(data + 6);
  std::vector<uint8_t> page(kPageSize);
  std::memcpy(page.data(), data + 8, size - 8 < kPageSize ? size - 8 : kPageSize);
  check(geometry, block, page.data());

  uint64_t findings = 0;
  MetaPage meta;
  store(page.data() + kPageEnd, PageTrailer{1, 0, kFormatVersion, kPageId});
  store(page.data() + kPageHeaderBytes, kMagic);
  store(page.data() + kPageHeaderBytes + 4, kFormatVersion);
  check_meta_page(page.data(), {count, &findings}, &meta, &from_page);

  PageType type = geometry.cell_of_block(block).type;
  for (PageType framed : {type, PageType::kTower}) {
    frame(geometry, framed, page.data());
    check(geometry, block, page.data());
  }
  if (size - 8 >= geometry.model_bytes) {
    std::vector<uint8_t> stream(data + 8, data + 8 + geometry.model_bytes);
    check_model_stream(stream.data(), geometry, {count, &findings});
  }
  return 0;
}
