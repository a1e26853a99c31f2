// SPDX-License-Identifier: PostgreSQL
// The meta page and the model pages: reading with every value checked, writing, and the entry point.
#include "storage/model.hpp"

#include "storage/page_check.hpp"

namespace vexpg::storage {
namespace {

Geometry geometry_of(Relation index, const MetaPage &meta) {
  Geometry geometry;
  if (!make_geometry(shape_of(meta), meta.m, meta.attribute_count, &geometry))
    report_damage(index, 0, "impossible parameters");
  return geometry;
}

// Bytes of the chunk: struct, signs, mean, byte codes; every part aligned to 8.
Size mean_bytes(const Geometry &geometry) { return MAXALIGN(sizeof(float) * geometry.shape.mean_floats()); }
Size sign_bytes(const Geometry &geometry) { return sizeof(uint64_t) * geometry.shape.sign_words(); }
Size model_size(const MetaPage &meta, const Geometry &geometry) {
  return MAXALIGN(sizeof(IndexModel)) + sign_bytes(geometry) + mean_bytes(geometry) + meta.attribute_count * sizeof(types::ByteCode);
}

struct Parts {
  uint64_t *signs;
  float *mean;
  types::ByteCode *byte_codes;
};

// Lays the parts out behind the struct and points the model at them.
Parts place_parts(IndexModel *model) {
  char *at = reinterpret_cast<char *>(model) + MAXALIGN(sizeof(IndexModel));
  Parts parts;
  parts.signs = reinterpret_cast<uint64_t *>(at);
  at += sign_bytes(model->geometry);
  parts.mean = reinterpret_cast<float *>(at);
  at += mean_bytes(model->geometry);
  parts.byte_codes = reinterpret_cast<types::ByteCode *>(at);
  model->codec = {model->geometry.shape, static_cast<codec::Metric>(model->meta.metric), model->meta.scale, parts.mean, parts.signs};
  model->byte_codes = parts.byte_codes;
  return parts;
}

IndexModel *allocate_model(Relation index, const MetaPage &meta, const Geometry &geometry) {
  Size bytes = model_size(meta, geometry);
  auto *model = static_cast<IndexModel *>(palloc0(bytes));
  model->meta = meta;
  model->geometry = geometry;
  model->bytes = bytes;
  int columns = IndexRelationGetNumberOfKeyAttributes(index);
  for (int a = 0; a < meta.attribute_count; a++) {
    int column = a < meta.vector_column ? a : a + 1;
    if (column < columns) model->collations[a] = index->rd_indcollation[column];
  }
  return model;
}

// Reads the stream of the model pages: mean, then byte codes.
void read_model_pages(Relation index, IndexModel *model, const Parts &parts) {
  const uint32_t floats = model->geometry.shape.mean_floats();
  Size mean = sizeof(float) * floats, total = model->geometry.model_bytes;
  auto *stream = static_cast<char *>(palloc(total));
  for (uint32_t page_number = 0; page_number < model->geometry.model_pages; page_number++) {
    BlockNumber block = 1 + page_number;
    Size from = static_cast<Size>(page_number) * kPageRoom, bytes = std::min<Size>(kPageRoom, total - from);
    with_shared_page(index, block, [&](const char *page) {
      expect_page(index, block, page, PageType::kModel);
      memcpy(stream + from, contents(page), bytes);
    });
  }
  memcpy(parts.mean, stream, mean);
  memcpy(parts.byte_codes, stream + mean, total - mean);
  pfree(stream);
  for (uint32_t i = 0; i < floats; i++)
    if (!std::isfinite(parts.mean[i])) report_damage(index, 1, "mean that is not finite");
  for (int a = 0; a < model->meta.attribute_count; a++)
    if (!sound_byte_code(parts.byte_codes[a])) report_damage(index, 1, "impossible byte code");
}

}  // namespace

void check_meta(Relation index, const MetaPage &meta) {
  if (meta.magic != kMagic)
    ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED), errmsg("index \"%s\" is not a vexpg index", RelationGetRelationName(index)),
                    errhint("If it was built by another extension, rebuild it with REINDEX INDEX.")));
  if (meta.format != kFormatVersion)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("index \"%s\" has format %u, this version of vexpg reads format %u", RelationGetRelationName(index),
                           meta.format, kFormatVersion),
                    errhint("Rebuild it with REINDEX INDEX.")));
  Geometry geometry;
  if (!sound_meta(meta, &geometry)) report_damage(index, 0, "impossible value");
}

MetaPage read_meta(Relation index) {
  if (RelationGetNumberOfBlocks(index) == 0) report_damage(index, 0, "no meta page");
  MetaPage meta = with_shared_page(index, 0, [&](const char *page) {
    expect_page(index, 0, page, PageType::kMeta);
    return load<MetaPage>(contents(page));
  });
  check_meta(index, meta);
  return meta;
}

IndexModel *load_model(Relation index, MetaPage *meta) {
  *meta = read_meta(index);
  auto *cached = static_cast<IndexModel *>(index->rd_amcache);
  if (cached != nullptr && cached->meta.build_id != meta->build_id) {
    index->rd_amcache = nullptr;
    pfree(cached);
    cached = nullptr;
  }
  if (cached == nullptr) {
    IndexModel *fresh = allocate_model(index, *meta, geometry_of(index, *meta));
    Parts parts = place_parts(fresh);
    codec::fill_signs(meta->seed, fresh->geometry.shape, parts.signs);
    read_model_pages(index, fresh, parts);
    cached = static_cast<IndexModel *>(MemoryContextAlloc(index->rd_indexcxt, fresh->bytes));
    memcpy(cached, fresh, fresh->bytes);
    place_parts(cached);
    index->rd_amcache = cached;
    fresh->meta = *meta;
    return fresh;
  }
  auto *copy = static_cast<IndexModel *>(palloc(cached->bytes));
  memcpy(copy, cached, cached->bytes);
  place_parts(copy);
  copy->meta = *meta;
  return copy;
}

void report_no_fit(uint32_t dim) {
  ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                  errmsg("a vector of %u dimensions does not fit an index page with these parameters", dim),
                  errhint("Choose a smaller m, or fewer bits or refine.")));
  pg_unreachable();
}

IndexModel *make_model(Relation index, const MetaPage &meta, const float *mean, const types::ByteCode *byte_codes) {
  Geometry geometry;
  if (!make_geometry(shape_of(meta), meta.m, meta.attribute_count, &geometry))
    report_no_fit(meta.dim);
  IndexModel *model = allocate_model(index, meta, geometry);
  Parts parts = place_parts(model);
  codec::fill_signs(meta.seed, geometry.shape, parts.signs);
  if (geometry.shape.mean_floats() > 0) memcpy(parts.mean, mean, sizeof(float) * geometry.shape.mean_floats());
  if (meta.attribute_count > 0) memcpy(parts.byte_codes, byte_codes, meta.attribute_count * sizeof(types::ByteCode));
  return model;
}

void write_model(const IndexModel &model, PageWriter write, void *context) {
  PGAlignedBlock page;
  init_page(page.data, PageType::kMeta, sizeof(MetaPage));
  store(contents(page.data), model.meta);
  write(context, 0, page.data);

  Size mean = sizeof(float) * model.geometry.shape.mean_floats(), total = model.geometry.model_bytes;
  auto *stream = static_cast<char *>(palloc(total));
  memcpy(stream, model.codec.mean, mean);
  memcpy(stream + mean, model.byte_codes, total - mean);
  for (uint32_t page_number = 0; page_number < model.geometry.model_pages; page_number++) {
    Size from = static_cast<Size>(page_number) * kPageRoom;
    init_page(page.data, PageType::kModel, kPageRoom);
    memset(contents(page.data), 0, kPageRoom);
    memcpy(contents(page.data), stream + from, std::min<Size>(kPageRoom, total - from));
    write(context, 1 + page_number, page.data);
  }
  pfree(stream);
}

void set_recall(Relation index, const RecallCurve &curve, uint64_t nodes) {
  with_logged_page(
      index, 0,
      [&](const char *page) {
        expect_page(index, 0, page, PageType::kMeta);
        return true;
      },
      [&](Page page) {
        auto meta = load<MetaPage>(contents(page));
        meta.recall = curve;
        meta.built_nodes = nodes;
        store(contents(page), meta);
      });
}

void set_vacuum_due(Relation index, bool due) {
  with_logged_page(
      index, 0,
      [&](const char *page) {
        expect_page(index, 0, page, PageType::kMeta);
        return (load<MetaPage>(contents(page)).vacuum_due != 0) != due;
      },
      [&](Page page) {
        auto meta = load<MetaPage>(contents(page));
        meta.vacuum_due = due;
        store(contents(page), meta);
      });
}

bool set_entry(Relation index, EntryPoint expected, EntryPoint wanted, EntryPoint *now) {
  return with_logged_page(
      index, 0,
      [&](const char *page) {
        expect_page(index, 0, page, PageType::kMeta);
        *now = entry_of(load<MetaPage>(contents(page)));
        bool same = now->id == expected.id && now->version == expected.version && now->level == expected.level;
        if (same) *now = wanted;
        return same;
      },
      [&](Page page) {
        auto meta = load<MetaPage>(contents(page));
        meta.entry = wanted.id;
        meta.entry_version = wanted.version;
        meta.entry_level = wanted.level;
        meta.generation++;
        store(contents(page), meta);
      });
}

}  // namespace vexpg::storage
