-- The hnsw index on vector: metrics, special values, changes of the table, kinds of tables and indexes.
SET enable_seqscan = off;
\pset null NULL
CREATE TABLE item (id int, v vector(3));
INSERT INTO item VALUES (1, '[0,0,0]'), (2, '[1,2,3]'), (3, '[1,1,1]'), (4, NULL), (5, '[-1,0,2]'), (6, '[10,0,0]');

-- Metrics. NULL vectors are in no index, zero vectors not in one for cosine distance.
CREATE INDEX item_l2 ON item USING hnsw (v vector_l2_ops);
SELECT id, v <-> '[1,2,2]' AS distance FROM item ORDER BY v <-> '[1,2,2]';
SELECT id FROM item WHERE v IS NOT NULL ORDER BY v <-> '[9,0,0]' LIMIT 2;
SELECT * FROM vexpg_index_check('item_l2');
DROP INDEX item_l2;
CREATE INDEX item_ip ON item USING hnsw (v vector_ip_ops);
SELECT id, v <#> '[1,2,2]' AS distance FROM item ORDER BY v <#> '[1,2,2]';
SELECT count(*) FROM (SELECT FROM item ORDER BY v <#> '[0,0,0]' LIMIT 10) s;
SELECT * FROM vexpg_index_check('item_ip');
DROP INDEX item_ip;
CREATE INDEX item_cosine ON item USING hnsw (v vector_cosine_ops);
SELECT id, round((v <=> '[1,2,2]')::numeric, 6) AS distance FROM item ORDER BY v <=> '[1,2,2]';
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> '[0,0,0]' LIMIT 10) s;
SELECT * FROM vexpg_index_check('item_cosine');

-- Queries that are no vector of the column's kind.
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> NULL LIMIT 10) s;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> (SELECT NULL::vector) LIMIT 10) s;
SELECT id FROM item ORDER BY v <=> '[1,2]' LIMIT 1;
\echo :LAST_ERROR_SQLSTATE
SELECT id FROM item ORDER BY v <=> (SELECT '[1,2,3,4]'::vector) LIMIT 1;
SELECT id FROM item ORDER BY v <=> '[NaN,1,1]' LIMIT 1;
INSERT INTO item VALUES (7, '[1,2]');
DROP TABLE item;

-- Rows after the build, into a full and into an empty index.
CREATE TABLE item (id int, v vector(2));
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0]' LIMIT 5) s;
INSERT INTO item SELECT i, ARRAY[i % 10, i / 10]::vector FROM generate_series(0, 99) i;
SELECT id FROM item ORDER BY v <-> '[4.6,5.7]' LIMIT 4;
UPDATE item SET v = '[4.6,5.7]' WHERE id = 0;
UPDATE item SET v = NULL WHERE id = 65;
DELETE FROM item WHERE id = 64;
SELECT id FROM item ORDER BY v <-> '[4.6,5.7]' LIMIT 3;
VACUUM item;
SELECT id FROM item ORDER BY v <-> '[4.6,5.7]' LIMIT 3;
SELECT * FROM vexpg_index_check('item_v');
DELETE FROM item;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0]' LIMIT 5) s;
VACUUM item;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0]' LIMIT 5) s;
INSERT INTO item SELECT i, ARRAY[i % 10, i / 10]::vector FROM generate_series(0, 99) i;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0]' LIMIT 1000) s;
REINDEX INDEX item_v;
SELECT id FROM item ORDER BY v <-> '[4.4,5.3]' LIMIT 3;
SELECT * FROM vexpg_index_check('item_v');
TRUNCATE item;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0]' LIMIT 5) s;
BEGIN;
INSERT INTO item VALUES (1, '[1,1]');
TRUNCATE item;
INSERT INTO item VALUES (2, '[2,2]');
SELECT id FROM item ORDER BY v <-> '[0,0]' LIMIT 5;
ROLLBACK;
INSERT INTO item VALUES (3, '[3,3]');
SELECT id FROM item ORDER BY v <-> '[0,0]' LIMIT 5;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- Equal vectors: all are returned, with few candidates too.
CREATE TABLE item (id int, v vector(3));
INSERT INTO item SELECT i, CASE WHEN i % 2 = 0 THEN '[1,1,1]' ELSE ARRAY[i, i % 7, i % 5]::vector END
  FROM generate_series(1, 600) i;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
SELECT count(*), count(DISTINCT id), max(v <-> '[1,1,1]') FROM (SELECT *
  FROM item ORDER BY v <-> '[1,1,1]' LIMIT 300) s;
SELECT count(*), count(DISTINCT id) FROM (SELECT * FROM item ORDER BY v <-> '[1,1,1]' LIMIT 1000) s;
UPDATE item SET v = '[1,1,1]';
SELECT count(*), count(DISTINCT id) FROM (SELECT * FROM item ORDER BY v <-> '[1,1,1]' LIMIT 1000) s;
VACUUM item;
SELECT count(*), count(DISTINCT id) FROM (SELECT * FROM item ORDER BY v <-> '[5,5,5]' LIMIT 1000) s;
SELECT * FROM vexpg_index_check('item_v');
REINDEX INDEX item_v;
SELECT count(*), count(DISTINCT id) FROM (SELECT * FROM item ORDER BY v <-> '[5,5,5]' LIMIT 1000) s;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- Dimensions: one, and as many as a vector may have.
CREATE TABLE item (id int, v vector(1));
INSERT INTO item SELECT i, ARRAY[i]::vector FROM generate_series(1, 300) i;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
SELECT id FROM item ORDER BY v <-> '[42.2]' LIMIT 3;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;
CREATE TABLE item (id int, v vector(16000));
INSERT INTO item SELECT i, array_agg((d * i) % 17)::vector
  FROM generate_series(1, 5) i, generate_series(1, 16000) d GROUP BY i;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
INSERT INTO item SELECT 10 + id, v FROM item WHERE id < 3;
SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 3), id LIMIT 1;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 3) LIMIT 10) s;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- Kinds of tables.
CREATE UNLOGGED TABLE item (id int, v vector(3));
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
INSERT INTO item SELECT i, ARRAY[i, i, i]::vector FROM generate_series(1, 50) i;
SELECT id FROM item ORDER BY v <-> '[7.2,7.2,7.2]' LIMIT 2;
SELECT * FROM vexpg_index_check('item_v');
ALTER TABLE item SET LOGGED;
SELECT id FROM item ORDER BY v <-> '[7.2,7.2,7.2]' LIMIT 2;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;
CREATE TEMP TABLE item (id int, v vector(3)) ON COMMIT DELETE ROWS;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
BEGIN;
INSERT INTO item SELECT i, ARRAY[i, i, i]::vector FROM generate_series(1, 500) i;
SELECT id FROM item ORDER BY v <-> '[7.2,7.2,7.2]' LIMIT 2;
COMMIT;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[7.2,7.2,7.2]' LIMIT 2) s;
BEGIN;
INSERT INTO item SELECT i, ARRAY[-i, i, i]::vector FROM generate_series(1, 500) i;
SELECT id FROM item ORDER BY v <-> '[-9.2,9.2,9.2]' LIMIT 2;
SELECT * FROM vexpg_index_check('item_v');
COMMIT;
DROP TABLE item;
CREATE TABLE item (id int, v vector(3)) PARTITION BY RANGE (id);
CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (0) TO (50);
CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (50) TO (100);
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
INSERT INTO item SELECT i, ARRAY[i % 50, 0, i]::vector FROM generate_series(0, 99) i;
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY v <-> '[10,0,35.4]' LIMIT 4;
SELECT id, v <-> '[10,0,35.4]' AS distance FROM item ORDER BY v <-> '[10,0,35.4]' LIMIT 4;
SELECT * FROM vexpg_index_check('item_low_v_idx');
SELECT * FROM vexpg_index_check('item_high_v_idx');
DROP TABLE item;

-- Columns that come and go.
CREATE TABLE item (gone text, id int, v vector(2));
INSERT INTO item SELECT 'x', i, ARRAY[i, -i]::vector FROM generate_series(1, 50) i;
ALTER TABLE item DROP COLUMN gone;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
ALTER TABLE item ADD COLUMN came int DEFAULT 3;
INSERT INTO item SELECT i, ARRAY[i, -i]::vector, 4 FROM generate_series(51, 60) i;
SELECT id, came FROM item ORDER BY v <-> '[51,-50]' LIMIT 2;
ALTER TABLE item ADD COLUMN twice vector(2) GENERATED ALWAYS AS (v + v) STORED;
CREATE INDEX item_twice ON item USING hnsw (twice vector_l2_ops);
SELECT id FROM item ORDER BY twice <-> '[20,-20]' LIMIT 1;
SELECT * FROM vexpg_index_check('item_v');
SELECT * FROM vexpg_index_check('item_twice');
ALTER TABLE item DROP COLUMN twice;
ALTER TABLE item DROP COLUMN v;
SELECT count(*) FROM pg_class WHERE relname LIKE 'item\_%';
DROP TABLE item;

-- Kinds of indexes: on an expression, partial, concurrently built.
CREATE TABLE item (id int, v vector(4));
INSERT INTO item SELECT i, ARRAY[i % 20, i / 20, i % 3, i % 5]::vector FROM generate_series(1, 400) i;
CREATE INDEX item_half ON item USING hnsw ((v::halfvec(4)) halfvec_l2_ops);
SELECT id FROM item ORDER BY v::halfvec(4) <-> '[7,9,1,2]' LIMIT 1;
CREATE INDEX item_sub ON item USING hnsw ((subvector(v, 1, 2)::vector(2)) vector_l2_ops);
SELECT id FROM item ORDER BY subvector(v, 1, 2)::vector(2) <-> '[7,9]' LIMIT 1;
CREATE INDEX item_part ON item USING hnsw (v vector_l2_ops) WHERE id % 2 = 0;
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE id % 2 = 0 ORDER BY v <-> '[6.9,9,0.1,1.4]' LIMIT 2;
SELECT id FROM item WHERE id % 2 = 0 ORDER BY v <-> '[6.9,9,0.1,1.4]' LIMIT 2;
UPDATE item SET id = id + 1000 WHERE id = 188;
UPDATE item SET id = id + 1 WHERE id = 187;
SELECT id FROM item WHERE id % 2 = 0 ORDER BY v <-> '[6.9,9,0.1,1.4]' LIMIT 2;
SELECT count(*) FROM (SELECT FROM item WHERE id % 2 = 0 ORDER BY v <-> '[7,9,1,2]' LIMIT 1000) s;
SELECT * FROM vexpg_index_check('item_half');
SELECT * FROM vexpg_index_check('item_sub');
SELECT * FROM vexpg_index_check('item_part');
DROP INDEX item_part;
CREATE INDEX CONCURRENTLY item_v ON item USING hnsw (v vector_l2_ops);
SELECT id FROM item ORDER BY v <-> '[6,9,0,1]' LIMIT 1;
REINDEX INDEX CONCURRENTLY item_v;
SELECT id FROM item ORDER BY v <-> '[6,9,0,1]' LIMIT 1;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;
