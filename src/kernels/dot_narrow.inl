// SPDX-License-Identifier: PostgreSQL
// Code against query with 16-bit sums of byte products (maddubs, vmlal), part of kernels.inl. A product pair is at most
// 2 * 127 * field, and the 16-bit lanes are emptied into 32 bits before they can overflow. 8-bit codes are taken as
// two nibbles, since 2 * 127 * 255 would saturate at once.

// Adds plane kPlane and those above it. load reads a vector of the query.
template <int kBits, int kPlane, class Load>
inline Narrow add_planes(Narrow sums, Bytes code, const int8_t *query, size_t plane_bytes, Load load) {
  sums = multiply_add(sums, fields<kPlane * kBits, (1 << kBits) - 1>(code), load(query));
  if constexpr ((kPlane + 1) * kBits < 8) {
    return add_planes<kBits, kPlane + 1>(sums, code, query + plane_bytes, plane_bytes, load);
  } else {
    return sums;
  }
}

template <int kBits>
int32_t dot_planes(const uint8_t *code, const int8_t *query, size_t code_bytes) {
  constexpr size_t kRun = 32767 / (8 / kBits * 2 * 127 * ((1 << kBits) - 1)) * kBlock;  // bytes until a lane is full
  auto whole = [](const void *p) { return load_bytes(p); };
  Wide sums = no_wide();
  size_t i = 0;
  while (i + kBlock <= code_bytes) {
    size_t left = code_bytes - i, end = i + (left < kRun ? left : kRun);
    Narrow narrow = no_narrow();
    for (; i + kBlock <= end; i += kBlock) {
      narrow = add_planes<kBits, 0>(narrow, load_bytes(code + i), query + i, code_bytes, whole);
    }
    sums = add_narrow(sums, narrow);
  }
  if constexpr (kBlock > kCodeAlign) {
    if (i < code_bytes) {
      auto half = [](const void *p) { return load_first_bytes(p, kCodeAlign); };
      sums = add_narrow(sums, add_planes<kBits, 0>(no_narrow(), half(code + i), query + i, code_bytes, half));
    }
  }
  return sum_lanes(sums);
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
  constexpr size_t kRun = 32767 / (2 * 127 * 15) * kBlock;
  Wide low_sums = no_wide(), high_sums = no_wide();
  size_t i = 0;
  while (i + kBlock <= code_bytes) {
    size_t left = code_bytes - i, end = i + (left < kRun ? left : kRun);
    Narrow low = no_narrow(), high = no_narrow();
    for (; i + kBlock <= end; i += kBlock) {
      Bytes values = load_bytes(code + i), partners = load_bytes(query + i);
      low = multiply_add(low, fields<0, 15>(values), partners);
      high = multiply_add(high, fields<4, 15>(values), partners);
    }
    low_sums = add_narrow(low_sums, low);
    high_sums = add_narrow(high_sums, high);
  }
  if constexpr (kBlock > kCodeAlign) {
    if (i < code_bytes) {
      Bytes values = load_first_bytes(code + i, kCodeAlign), partners = load_first_bytes(query + i, kCodeAlign);
      low_sums = add_narrow(low_sums, multiply_add(no_narrow(), fields<0, 15>(values), partners));
      high_sums = add_narrow(high_sums, multiply_add(no_narrow(), fields<4, 15>(values), partners));
    }
  }
  return sum_lanes(low_sums) + sum_lanes(high_sums) * 16;
}

// Lane j of an accumulator is a right row; four left rows at a time.
void products(const int8_t *left, const int8_t *panels, size_t panel_count, size_t words, int32_t *out) {
  constexpr size_t kStep = kPanelRows * 4, kColumns = kBlock / 4, kTogether = 4;
  for (size_t p = 0; p < panel_count; p++, panels += words * kStep, out += kPanelRows * kPanelRows) {
    for (size_t i = 0; i < kPanelRows; i += kTogether) {
      for (size_t j = 0; j < kPanelRows; j += kColumns) {
        Wide products[kTogether] = {no_wide(), no_wide(), no_wide(), no_wide()};
        for (size_t w = 0; w < words; w++) {
          Bytes right = load_bytes(panels + w * kStep + j * 4);
#pragma GCC unroll 4
          for (size_t k = 0; k < kTogether; k++)
            products[k] = add_products(products[k], right, broadcast_word(left + w * kStep + (i + k) * 4));
        }
#pragma GCC unroll 4
        for (size_t k = 0; k < kTogether; k++) store(out + (i + k) * kPanelRows + j, products[k]);
      }
    }
  }
}
