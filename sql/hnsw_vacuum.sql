-- After a VACUUM the checker finds nothing: whether rows were only inserted, deleted in part, as duplicates, or all.
CREATE FUNCTION some_vector(n int) RETURNS vector LANGUAGE sql IMMUTABLE AS
  $$ SELECT array_agg(x - floor(x))::vector FROM (SELECT sin(n * 12.9898 + i * 78.233) * 43758.5453 AS x FROM generate_series(1, 24) i) s $$;
CREATE TABLE t (id int, v vector(24), a int);
-- A narrow graph, in which insertions often cost a node its last link.
CREATE INDEX t_idx ON t USING hnsw (v vector_l2_ops, a) WITH (m = 4, ef_construction = 16);
INSERT INTO t SELECT i, some_vector(i), i % 5 FROM generate_series(1, 2000) i;
VACUUM t;
SELECT * FROM vexpg_index_check('t_idx');

-- Every row is found by a search that covers the table.
SET enable_seqscan = off;
SET vexpg.ef_search = 10000;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> some_vector(1) LIMIT 5000) s;

-- Also before a vacuum.
INSERT INTO t SELECT i, some_vector(i), i % 5 FROM generate_series(2001, 3000) i;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> some_vector(1) LIMIT 5000) s;

DELETE FROM t WHERE id % 3 = 0;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> some_vector(1) LIMIT 5000) s;
VACUUM t;
SELECT * FROM vexpg_index_check('t_idx');
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> some_vector(1) LIMIT 5000) s;

-- Duplicates: members go, then the head, then the rest.
INSERT INTO t SELECT i, some_vector(0), 0 FROM generate_series(10001, 10200) i;
DELETE FROM t WHERE id IN (10050, 10100, 10150);
VACUUM t;
SELECT * FROM vexpg_index_check('t_idx');
DELETE FROM t WHERE id = 10001;
VACUUM t;
SELECT * FROM vexpg_index_check('t_idx');
SELECT count(*), min(id), max(id) FROM (SELECT id FROM t ORDER BY v <-> some_vector(0) LIMIT 196) s;
DELETE FROM t WHERE id > 10000;
VACUUM t;
SELECT * FROM vexpg_index_check('t_idx');

-- Slots are used again: the index hardly grows (towers are drawn at random).
SELECT pg_relation_size('t_idx') AS size_before \gset
INSERT INTO t SELECT i, some_vector(i), i % 5 FROM generate_series(1, 3000) i WHERE i % 3 = 0;
SELECT pg_relation_size('t_idx') <= :size_before * 1.1 AS hardly_larger;
VACUUM t;
SELECT * FROM vexpg_index_check('t_idx');

DELETE FROM t;
VACUUM t;
SELECT * FROM vexpg_index_check('t_idx');
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> some_vector(1) LIMIT 10) s;
INSERT INTO t VALUES (1, some_vector(1), 1);
SELECT id FROM t ORDER BY v <-> some_vector(1) LIMIT 10;
SELECT * FROM vexpg_index_check('t_idx');
DROP TABLE t;
DROP FUNCTION some_vector;
