-- Indexes on expressions and on a part of the rows, as pgvector's documentation shows them.
SET enable_seqscan = off;
CREATE TABLE item (id int, category int, embedding vector(3));
INSERT INTO item SELECT i, i % 3, ARRAY[sin(i), cos(i * 1.7), sin(i * 2.3)]::vector FROM generate_series(1, 200) i;
INSERT INTO item VALUES (1000, 1, NULL);

-- Half precision.
CREATE INDEX item_half ON item USING hnsw ((embedding::halfvec(3)) halfvec_l2_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY embedding::halfvec(3) <-> '[1,-0.3,0.5]' LIMIT 5;
SELECT id, round((embedding::halfvec(3) <-> '[1,-0.3,0.5]')::numeric, 4) AS distance FROM item
  ORDER BY embedding::halfvec(3) <-> '[1,-0.3,0.5]' LIMIT 5;
SELECT * FROM vexpg_index_check('item_half');

-- Binary quantisation, and ranking again by the vectors.
CREATE INDEX item_binary ON item USING hnsw ((binary_quantize(embedding)::bit(3)) bit_hamming_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY binary_quantize(embedding)::bit(3) <~> binary_quantize('[1,-2,3]'::vector) LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM (
  SELECT id, embedding FROM item ORDER BY binary_quantize(embedding)::bit(3) <~> binary_quantize('[1,-0.3,0.5]'::vector) LIMIT 60
) AS nearest ORDER BY embedding <=> '[1,-0.3,0.5]' LIMIT 5;
SELECT id FROM (
  SELECT id, embedding FROM item ORDER BY binary_quantize(embedding)::bit(3) <~> binary_quantize('[1,-0.3,0.5]'::vector) LIMIT 60
) AS nearest ORDER BY embedding <=> '[1,-0.3,0.5]' LIMIT 5;
SELECT * FROM vexpg_index_check('item_binary');

-- Subvectors.
CREATE INDEX item_part ON item USING hnsw ((subvector(embedding, 1, 2)::vector(2)) vector_cosine_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY subvector(embedding, 1, 2)::vector(2) <=> subvector('[1,-0.3,0.5]'::vector, 1, 2) LIMIT 5;
SELECT id FROM (
  SELECT id, embedding FROM item ORDER BY subvector(embedding, 1, 2)::vector(2) <=> subvector('[1,-0.3,0.5]'::vector, 1, 2) LIMIT 60
) AS nearest ORDER BY embedding <=> '[1,-0.3,0.5]' LIMIT 5;
SELECT * FROM vexpg_index_check('item_part');

-- A part of the rows.
CREATE INDEX item_category ON item USING hnsw (embedding vector_l2_ops) WHERE category = 1;
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE category = 1 ORDER BY embedding <-> '[1,-0.3,0.5]' LIMIT 3;
SELECT id, category FROM item WHERE category = 1 ORDER BY embedding <-> '[1,-0.3,0.5]' LIMIT 3;
SELECT live_nodes = (SELECT count(*) FROM item WHERE category = 1 AND embedding IS NOT NULL) AS only_these FROM vexpg_index_info('item_category');
SELECT * FROM vexpg_index_check('item_category');

-- Sparse vectors from dense ones.
CREATE INDEX item_sparse ON item USING hnsw ((embedding::sparsevec(3)) sparsevec_l1_ops);
SELECT id FROM item ORDER BY embedding::sparsevec(3) <+> '{1:1,2:-0.3,3:0.5}/3' LIMIT 3;
SET enable_indexscan = off;
SELECT id FROM item ORDER BY embedding::sparsevec(3) <+> '{1:1,2:-0.3,3:0.5}/3' LIMIT 3;
RESET enable_indexscan;
SELECT * FROM vexpg_index_check('item_sparse');

-- Expressions without a number of dimensions have no index.
CREATE INDEX ON item USING hnsw ((binary_quantize(embedding)) bit_hamming_ops);
CREATE INDEX ON item USING hnsw ((subvector(embedding, 1, 2)) vector_l2_ops);
DROP TABLE item;
