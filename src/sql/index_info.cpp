// SPDX-License-Identifier: PostgreSQL
// vexpg_index_info(): the parameters of an index and what fills its pages. Reads the whole index.
#include "sql/inspect.hpp"
#include "storage/datum.hpp"
#include "storage/model.hpp"
#include "storage/page_check.hpp"

namespace vexpg::sql {
namespace {

struct Counts {
  int64 live, duplicates, dead, free;
  int64 node_pages, detail_pages, attribute_pages, tower_pages, empty_pages;
};


const char *metric_name(uint8_t metric) {
  switch (static_cast<codec::Metric>(metric)) {
    case codec::Metric::kL2: return "l2";
    case codec::Metric::kInnerProduct: return "ip";
    case codec::Metric::kCosine: return "cosine";
    case codec::Metric::kL1: return "l1";
    case codec::Metric::kHamming: return "hamming";
    case codec::Metric::kJaccard: return "jaccard";
  }
  return "unknown";
}

void count_slots(const storage::Geometry &geometry, const uint8_t *page, Counts *counts) {
  for (uint32_t i = 0; i < geometry.slots_per_page; i++) {
    uint8_t flags = storage::ConstSlot(page + storage::kPageHeaderBytes + i * geometry.slot_size, geometry).flags();
    if (!(flags & storage::kUsed)) {
      counts->free++;
    } else if (flags & storage::kDead) {
      counts->dead++;
    } else {
      counts->live++;
      counts->duplicates += (flags & storage::kMember) != 0;
    }
  }
}

void count_page(const storage::Geometry &geometry, Relation index, BlockNumber block, const char *bytes,
                Counts *counts) {
  const auto *page = reinterpret_cast<const uint8_t *>(bytes);
  if (storage::is_zero_page(bytes)) {
    counts->empty_pages++;
    return;
  }
  switch (storage::page_type(page)) {
    case storage::PageType::kNode:
      counts->node_pages++;
      count_slots(geometry, page, counts);
      break;
    case storage::PageType::kDetail: counts->detail_pages++; break;
    case storage::PageType::kAttribute: counts->attribute_pages++; break;
    case storage::PageType::kTower: counts->tower_pages++; break;
    default: storage::report_damage(index, block, "unexpected kind of page");
  }
}

Counts count_pages(Relation index, const storage::Geometry &geometry, BlockNumber blocks) {
  Counts counts = {};
  BufferAccessStrategy ring = GetAccessStrategy(BAS_BULKREAD);
  PGAlignedBlock page;
  for (BlockNumber block = geometry.first_group_block; block < blocks; block++) {
    CHECK_FOR_INTERRUPTS();
    storage::copy_page(index, block, ring, page.data);
    count_page(geometry, index, block, page.data, &counts);
  }
  FreeAccessStrategy(ring);
  return counts;
}

}  // namespace
}  // namespace vexpg::sql

VEXPG_FUNCTION(vexpg_index_info) {
  using namespace vexpg;
  TupleDesc columns;
  if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "return type must be a row type");
  sql::OpenIndex open = sql::open_index(PG_GETARG_OID(0), AccessShareLock, sql::may_select);
  storage::MetaPage meta = storage::read_meta(open.index);
  storage::Geometry geometry;
  if (!storage::sound_meta(meta, &geometry)) storage::report_damage(open.index, 0, "impossible value");
  BlockNumber blocks = RelationGetNumberOfBlocks(open.index);
  sql::Counts counts = sql::count_pages(open.index, geometry, blocks);
  bool empty = meta.entry == storage::kNoNode;
  Datum values[] = {
      CStringGetTextDatum(storage::type_name(static_cast<storage::ElementType>(meta.element_type))),
      Int32GetDatum(static_cast<int32>(meta.dim)),
      CStringGetTextDatum(sql::metric_name(meta.metric)),
      Int32GetDatum(meta.bits),
      Int32GetDatum(meta.refine),
      Int32GetDatum(meta.m),
      Int32GetDatum(meta.ef_construction),
      Int32GetDatum(meta.attribute_count),
      Int32GetDatum(static_cast<int32>(meta.entry_level)),
      Int64GetDatum(counts.live),
      Int64GetDatum(counts.duplicates),
      Int64GetDatum(counts.dead),
      Int64GetDatum(counts.free),
      Int64GetDatum(counts.node_pages),
      Int64GetDatum(counts.detail_pages),
      Int64GetDatum(counts.attribute_pages),
      Int64GetDatum(counts.tower_pages),
      Int64GetDatum(counts.empty_pages),
      Int64GetDatum(static_cast<int64>(blocks) * BLCKSZ),
  };
  bool nulls[std::size(values)] = {};
  nulls[8] = empty;
  sql::close_index(open);
  PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls)));
}
