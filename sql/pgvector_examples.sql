-- What users of pgvector write, as its documentation shows it, where no other test does.
SET enable_seqscan = off;
CREATE TABLE items (id bigserial PRIMARY KEY, category_id int, content text, embedding vector(3));
INSERT INTO items (category_id, content, embedding) SELECT i % 4, 'item ' || i || CASE WHEN i % 50 = 0 THEN ' rare word' ELSE '' END,
  ARRAY[i % 10, i / 10 % 10, i / 100]::vector FROM generate_series(1, 500) i;
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (m = 16, ef_construction = 64);
INSERT INTO items (id, embedding) VALUES (1, '[1,2,3]'), (501, '[4,5,6]') ON CONFLICT (id) DO UPDATE SET embedding = EXCLUDED.embedding;

-- Nearest to a row, distances within a materialized query, relaxed order sorted again.
SELECT id FROM items WHERE id <> 1 ORDER BY embedding <-> (SELECT embedding FROM items WHERE id = 1), id LIMIT 3;
WITH nearest AS MATERIALIZED (SELECT id, embedding <-> '[3,1,2.2]' AS distance FROM items ORDER BY distance LIMIT 5)
SELECT id, round(distance::numeric, 3) FROM nearest WHERE distance < 1 ORDER BY distance;
SET hnsw.iterative_scan = relaxed_order;
SET hnsw.max_scan_tuples = 20000;
SET hnsw.scan_mem_multiplier = 2;
EXPLAIN (COSTS OFF) WITH relaxed AS MATERIALIZED (
  SELECT id, embedding <-> '[3,1,2.2]' AS distance FROM items WHERE category_id = 1 ORDER BY distance LIMIT 3
) SELECT id FROM relaxed ORDER BY distance + 0;
WITH relaxed AS MATERIALIZED (
  SELECT id, embedding <-> '[3,1.1,2.2]' AS distance FROM items WHERE category_id = 1 ORDER BY distance LIMIT 3
) SELECT id FROM relaxed ORDER BY distance + 0;
RESET hnsw.iterative_scan;
RESET hnsw.max_scan_tuples;
RESET hnsw.scan_mem_multiplier;

-- Ranks of a full-text search and of a vector search, fused.
WITH semantic AS (
  SELECT id, rank() OVER (ORDER BY embedding <-> '[0,5,1.1]') AS rank FROM items ORDER BY embedding <-> '[0,5,1.1]' LIMIT 20
), keyword AS (
  SELECT id, rank() OVER (ORDER BY ts_rank_cd(to_tsvector('english', content), query) DESC, id) AS rank
  FROM items, plainto_tsquery('english', 'rare word') query WHERE to_tsvector('english', content) @@ query
)
SELECT coalesce(s.id, k.id) AS id, round(coalesce(1.0 / (60 + s.rank), 0) + coalesce(1.0 / (60 + k.rank), 0), 4) AS score
FROM semantic s FULL JOIN keyword k ON s.id = k.id ORDER BY score DESC, id LIMIT 3;

-- Vectors of different dimensions in one column; arrays that are vectors to the index alone.
CREATE TABLE embeddings (model_id bigint, item_id bigint, embedding vector, PRIMARY KEY (model_id, item_id));
INSERT INTO embeddings SELECT 123, i, ARRAY[i % 10, i / 10 % 10, i / 100]::vector FROM generate_series(1, 300) i;
INSERT INTO embeddings SELECT 7, i, ARRAY[i % 10, i / 10]::vector FROM generate_series(1, 300) i;
CREATE INDEX ON embeddings USING hnsw ((embedding::vector(3)) vector_l2_ops) WHERE model_id = 123;
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT item_id FROM embeddings WHERE model_id = 123 ORDER BY embedding::vector(3) <-> '[3,1,2]' LIMIT 2;
SELECT item_id FROM embeddings WHERE model_id = 123 ORDER BY embedding::vector(3) <-> '[3,1.1,2.2]' LIMIT 2;
SELECT item_id FROM embeddings WHERE model_id = 123 AND embedding::vector(3) <-> '[3,1.1,2.2]' < 0.9 ORDER BY item_id;
RESET enable_sort;
CREATE TABLE arrays (id int, embedding double precision[]);
INSERT INTO arrays SELECT i, ARRAY[i % 10, i / 10 % 10, i / 100] FROM generate_series(1, 300) i;
CREATE INDEX ON arrays USING hnsw ((embedding::vector(3)) vector_l2_ops);
EXPLAIN (COSTS OFF) SELECT id FROM arrays ORDER BY embedding::vector(3) <-> '[3,1,2]' LIMIT 2;
SELECT id FROM arrays ORDER BY embedding::vector(3) <-> '[3,1.1,2.2]' LIMIT 2;
DROP INDEX arrays_embedding_idx;
ALTER TABLE arrays ALTER COLUMN embedding TYPE vector(3);
SELECT id, embedding FROM arrays ORDER BY embedding <-> '[3,1.1,2.2]' LIMIT 1;
ALTER TABLE arrays ALTER COLUMN embedding TYPE halfvec(3);
SELECT id, embedding FROM arrays ORDER BY embedding <-> '[3,1.1,2.2]' LIMIT 1;

-- A column on its own partition; a new index in the place of an old one.
CREATE TABLE parts (embedding vector(3), category_id int) PARTITION BY LIST (category_id);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES IN (0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE INDEX ON parts USING hnsw (embedding vector_l2_ops);
INSERT INTO parts SELECT embedding, category_id FROM items WHERE category_id < 2;
EXPLAIN (COSTS OFF) SELECT FROM parts WHERE category_id = 1 ORDER BY embedding <-> '[3,1,2]' LIMIT 2;
EXPLAIN (COSTS OFF) SELECT FROM parts ORDER BY embedding <-> '[3,1,2]' LIMIT 2;
REINDEX INDEX CONCURRENTLY items_embedding_idx;

-- What drivers need: arrays of vectors, distinct values, joins by equality, types by name.
CREATE TABLE copied AS SELECT id, ARRAY[embedding, embedding * '[2,2,2]'] AS pair FROM items WHERE id < 5;
SELECT * FROM copied ORDER BY id LIMIT 2;
SELECT pair[2], '{"[1,2]",NULL}'::vector[] FROM copied WHERE id = 3;
SELECT t.typname, a.typname AS array, t.typreceive, t.typsend FROM pg_type t JOIN pg_type a ON a.oid = t.typarray
WHERE t.oid IN (to_regtype('vector'), to_regtype('halfvec'), to_regtype('sparsevec'), to_regtype('int8vec')) ORDER BY 1;
SELECT count(DISTINCT embedding), count(*) FROM items;
SELECT count(*) FROM items a JOIN items b USING (embedding) WHERE a.id <> b.id;
SELECT category_id, avg(embedding), sum(embedding) FROM items WHERE id BETWEEN 10 AND 13 GROUP BY 1 ORDER BY 1;
SELECT c.relname, f.* FROM pg_class c JOIN pg_am a ON a.oid = c.relam, vexpg_index_check(c.oid::regclass) f
WHERE a.amname = 'hnsw' AND c.relkind = 'i' AND severity <> 'note';
DROP TABLE items, embeddings, arrays, parts, copied;
