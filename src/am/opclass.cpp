// SPDX-License-Identifier: PostgreSQL
// What operator classes say of themselves: the describing support functions, and what the columns of an index are.
#include "am/am.hpp"
#include "storage/datum.hpp"

namespace vexpg::am {
namespace {

template <class Description>
const Description *description(Relation index, int column, uint16 number) {
  auto attribute = static_cast<AttrNumber>(column + 1);
  if (!OidIsValid(index_getprocid(index, attribute, number))) return nullptr;
  Datum answer = FunctionCall1(index_getprocinfo(index, attribute, number), PointerGetDatum(nullptr));
  return reinterpret_cast<const Description *>(DatumGetPointer(answer));
}

void describe_vector(Relation index, int column, const VectorDescription &vector, OpclassInfo *out) {
  if (out->vector_column >= 0)
    ereport(ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("an hnsw index cannot have more than one vector column"),
             errhint("Create one index for each vector column.")));
  out->vector_column = column;
  out->metric = vector.metric;
  out->element_type = vector.element_type;
  out->dim = TupleDescAttr(RelationGetDescr(index), column)->atttypmod;
}

void describe_attribute(Relation index, int column, const AttributeDescription &attribute, OpclassInfo *out) {
  if (out->attribute_count == types::kMaxAttributes)
    ereport(
        ERROR,
        (errcode(ERRCODE_TOO_MANY_COLUMNS),
         errmsg("an hnsw index cannot have more than %d columns besides its vector", types::kMaxAttributes),
         errhint(
             "Index the columns that filter most; conditions on others still work, as a filter on the rows found.")));
  out->attribute_kinds[out->attribute_count] =
      storage::kind_under_collation(attribute.kind, index->rd_indcollation[column]);
  if (attribute.kind == types::AttributeKind::kArray)
    storage::require_hash(get_base_element_type(TupleDescAttr(RelationGetDescr(index), column)->atttypid));
  out->attribute_columns[out->attribute_count] = static_cast<uint8_t>(column);
  out->attribute_count++;
}

}  // namespace

void describe_index(Relation index, OpclassInfo *out) {
  *out = {};
  out->vector_column = -1;
  for (int column = 0; column < IndexRelationGetNumberOfKeyAttributes(index); column++) {
    if (auto vector = description<VectorDescription>(index, column, kVectorDescription)) {
      describe_vector(index, column, *vector, out);
    } else if (auto attribute = description<AttributeDescription>(index, column, kAttributeDescription)) {
      describe_attribute(index, column, *attribute, out);
    } else {
      ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                      errmsg("operator class of column %d of index \"%s\" has no description", column + 1,
                             RelationGetRelationName(index))));
    }
  }
  if (out->vector_column < 0)
    ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION), errmsg("an hnsw index must have a vector column"),
                    errhint("For other columns alone use btree.")));
}

}  // namespace vexpg::am

#define VEXPG_VECTOR_SUPPORT(name, metric, element)                                                 \
  VEXPG_FUNCTION(name) {                                                                            \
    static constinit const vexpg::am::VectorDescription answer = {                                  \
        vexpg::codec::Metric::metric, vexpg::storage::ElementType::element};                        \
    PG_RETURN_POINTER(&answer);                                                                     \
  }                                                                                                 \
  static_assert(true)

VEXPG_VECTOR_SUPPORT(vexpg_vector_l2_support, kL2, kVector);
VEXPG_VECTOR_SUPPORT(vexpg_vector_ip_support, kInnerProduct, kVector);
VEXPG_VECTOR_SUPPORT(vexpg_vector_cosine_support, kCosine, kVector);
VEXPG_VECTOR_SUPPORT(vexpg_halfvec_l2_support, kL2, kHalfvec);
VEXPG_VECTOR_SUPPORT(vexpg_halfvec_ip_support, kInnerProduct, kHalfvec);
VEXPG_VECTOR_SUPPORT(vexpg_halfvec_cosine_support, kCosine, kHalfvec);
VEXPG_VECTOR_SUPPORT(vexpg_int8vec_l2_support, kL2, kInt8vec);
VEXPG_VECTOR_SUPPORT(vexpg_int8vec_ip_support, kInnerProduct, kInt8vec);
VEXPG_VECTOR_SUPPORT(vexpg_int8vec_cosine_support, kCosine, kInt8vec);
VEXPG_VECTOR_SUPPORT(vexpg_vector_l1_support, kL1, kVector);
VEXPG_VECTOR_SUPPORT(vexpg_halfvec_l1_support, kL1, kHalfvec);
VEXPG_VECTOR_SUPPORT(vexpg_int8vec_l1_support, kL1, kInt8vec);
VEXPG_VECTOR_SUPPORT(vexpg_sparsevec_l2_support, kL2, kSparsevec);
VEXPG_VECTOR_SUPPORT(vexpg_sparsevec_ip_support, kInnerProduct, kSparsevec);
VEXPG_VECTOR_SUPPORT(vexpg_sparsevec_cosine_support, kCosine, kSparsevec);
VEXPG_VECTOR_SUPPORT(vexpg_sparsevec_l1_support, kL1, kSparsevec);
VEXPG_VECTOR_SUPPORT(vexpg_bit_hamming_support, kHamming, kBit);
VEXPG_VECTOR_SUPPORT(vexpg_bit_jaccard_support, kJaccard, kBit);

#define VEXPG_ATTRIBUTE_SUPPORT(name, value)                                                              \
  VEXPG_FUNCTION(name) {                                                                                  \
    static constinit const vexpg::am::AttributeDescription answer = {vexpg::types::AttributeKind::value}; \
    PG_RETURN_POINTER(&answer);                                                                           \
  }                                                                                                       \
  static_assert(true)

VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_int2, kInt2);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_int4, kInt4);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_int8, kInt8);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_bool, kBool);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_date, kDate);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_timestamp, kTimestamp);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_timestamptz, kTimestampTz);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_float4, kFloat4);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_float8, kFloat8);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_uuid, kUuid);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_numeric, kNumeric);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_text, kText);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_bpchar, kBpchar);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_name, kName);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_enum, kEnum);
VEXPG_ATTRIBUTE_SUPPORT(vexpg_attribute_array, kArray);
