// SPDX-License-Identifier: PostgreSQL
// Code against query with AVX512-VNNI, part of kernels.inl: vpdpbusd adds four byte products to a 32-bit lane and never
// saturates. So a plane need not be shifted down: its bits are masked where they are, and its sums, all multiples of
// 2^(p * bits), are shifted once at the end. Each plane has sums of its own, and narrow codes several of them, since
// vpdpbusd has a latency of five cycles.
#if !defined(SIMDE_X86_AVX512VNNI_NATIVE)
#error "this file must be compiled with -mavx512vnni"
#endif

template <int kBits, class Load>
inline void add_block(Wide *plane_sums, Bytes code, const int8_t *query, size_t plane_bytes, Load load) {
  constexpr int kPlanes = 8 / kBits;
#pragma GCC unroll 8
  for (int p = 0; p < kPlanes; p++) {
    Bytes mask = simde_mm512_set1_epi8(static_cast<char>(((1 << kBits) - 1) << (p * kBits)));
    Bytes partners = load(query + static_cast<size_t>(p) * plane_bytes);
    plane_sums[p] = simde_mm512_dpbusd_epi32(plane_sums[p], bits_and(code, mask), partners);
  }
}

template <int kBits>
inline int32_t dot_planes(const uint8_t *code, const int8_t *query, size_t code_bytes) {
  constexpr size_t kPlanes = 8 / kBits, kChains = kPlanes >= 4 ? 1 : 4 / kPlanes;
  auto whole = [](const void *p) { return load_bytes(p); };
  auto half = [](const void *p) { return load_first_bytes(p, kCodeAlign); };
  Wide sums[kChains][kPlanes];
#pragma GCC unroll 4
  for (size_t c = 0; c < kChains; c++) {
#pragma GCC unroll 8
    for (size_t p = 0; p < kPlanes; p++) sums[c][p] = no_wide();
  }
  size_t i = 0;
  for (; i + kChains * kBlock <= code_bytes; i += kChains * kBlock) {
#pragma GCC unroll 4
    for (size_t c = 0; c < kChains; c++) {
      add_block<kBits>(sums[c], load_bytes(code + i + c * kBlock), query + i + c * kBlock, code_bytes, whole);
    }
  }
  for (; i + kBlock <= code_bytes; i += kBlock) {
    add_block<kBits>(sums[0], load_bytes(code + i), query + i, code_bytes, whole);
  }
  if (i < code_bytes) add_block<kBits>(sums[kChains - 1], half(code + i), query + i, code_bytes, half);
  Wide total = no_wide();
#pragma GCC unroll 8
  for (size_t p = 0; p < kPlanes; p++) {
    Wide plane = sums[0][p];
#pragma GCC unroll 4
    for (size_t c = 1; c < kChains; c++) plane = add_wide(plane, sums[c][p]);
    total = add_wide(total, shift_down(plane, static_cast<unsigned>(p * kBits)));
  }
  return sum_lanes(total);
}

int32_t dot_u1(const uint8_t *code, const int8_t *query, size_t code_bytes) {
  return dot_planes<1>(code, query, code_bytes);
}

int32_t dot_u2(const uint8_t *code, const int8_t *query, size_t code_bytes) {
  return dot_planes<2>(code, query, code_bytes);
}

int32_t dot_u4(const uint8_t *code, const int8_t *query, size_t code_bytes) {
  return dot_planes<4>(code, query, code_bytes);
}

int32_t dot_u8(const uint8_t *code, const int8_t *query, size_t code_bytes) {
  return dot_planes<8>(code, query, code_bytes);
}

// vpdpbusd wants one operand unsigned: the right rows are taken 128 too large, and 128 times the sum of a left row is what
// its products begin with, negated. Sixteen accumulators, one a left row; a lane of each is a right row.
void products(const int8_t *left, const int8_t *panels, size_t panel_count, size_t words, int32_t *out) {
  constexpr size_t kStep = kPanelRows * 4;
  static_assert(kStep == sizeof(Bytes));
  Bytes raise = simde_mm512_set1_epi8(-128);
  Wide sums = no_wide();
  for (size_t w = 0; w < words; w++) sums = simde_mm512_dpbusd_epi32(sums, raise, load_bytes(left + w * kStep));
  int32_t excess[kPanelRows];
  store(excess, sums);
  for (size_t p = 0; p < panel_count; p++, panels += words * kStep, out += kPanelRows * kPanelRows) {
    Wide products[kPanelRows];
#pragma GCC unroll 16
    for (size_t i = 0; i < kPanelRows; i++) products[i] = simde_mm512_set1_epi32(-excess[i]);
    for (size_t w = 0; w < words; w++) {
      Bytes right = bits_xor(load_bytes(panels + w * kStep), raise);
#pragma GCC unroll 16
      for (size_t i = 0; i < kPanelRows; i++)
        products[i] = simde_mm512_dpbusd_epi32(products[i], right, broadcast_word(left + w * kStep + i * 4));
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < kPanelRows; i++) store(out + i * kPanelRows, products[i]);
  }
}
