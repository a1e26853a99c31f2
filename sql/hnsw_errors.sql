-- What an hnsw index refuses, and that nothing has changed afterwards.
CREATE TABLE item (id int, v vector(3), w vector(3), h halfvec(3), free vector, s sparsevec(3), name text, doc jsonb,
  a1 int, a2 int, a3 int, a4 int, a5 int, a6 int, a7 int, a8 int, a9 int);
INSERT INTO item (id, v) VALUES (1, '[1,2,3]');
CREATE INDEX ON item USING hnsw (v);
CREATE INDEX ON item USING hnsw (free vector_l2_ops);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON item USING hnsw ((v::vector) vector_l2_ops);
CREATE INDEX ON item USING hnsw ((subvector(v, 1, 2)) vector_l2_ops);
CREATE INDEX ON item USING hnsw (v halfvec_l2_ops);
CREATE INDEX ON item USING hnsw (id);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON item USING hnsw (v vector_l2_ops, w vector_l2_ops);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON item USING hnsw (v vector_l2_ops, v vector_cosine_ops);
CREATE INDEX ON item USING hnsw (v vector_l2_ops, a1, a2, a3, a4, a5, a6, a7, a8, a9);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON item USING hnsw (v vector_l2_ops, doc);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON item USING hnsw (v vector_l2_ops) INCLUDE (id);
CREATE UNIQUE INDEX ON item USING hnsw (v vector_l2_ops);
CREATE INDEX ON item USING hnsw (v vector_l2_ops DESC);
CREATE INDEX ON item USING hnsw (v vector_l2_ops, a1 ASC);
CREATE INDEX ON item USING hnsw (v vector_l2_ops NULLS FIRST);
-- Servers word these differently.
\set VERBOSITY sqlstate
ALTER TABLE item ADD EXCLUDE USING hnsw (v vector_l2_ops WITH =);
ALTER TABLE item ADD EXCLUDE USING hnsw (v vector_l2_ops WITH <->);
\set VERBOSITY default
CREATE TABLE large (v vector(16001));
CREATE TABLE large (v halfvec(16001));
SELECT count(*) FROM pg_index WHERE indrelid = 'item'::regclass;

-- Bad rows change nothing.
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
INSERT INTO item (id, v) VALUES (2, '[1,2]');
INSERT INTO item (id, v) VALUES (2, '[1,2,NaN]');
INSERT INTO item (id, v) VALUES (2, '[1,2,Infinity]');
INSERT INTO item (id, v) VALUES (2, '[]');
INSERT INTO item (id, v) VALUES (2, '[1,2,3');
INSERT INTO item (id, v) VALUES (2, ARRAY[1, NULL, 3]);
INSERT INTO item (id, v) VALUES (2, ARRAY[]::real[]);
BEGIN;
INSERT INTO item (id, v) VALUES (3, '[4,5,6]');
SAVEPOINT s;
INSERT INTO item (id, v) VALUES (4, '[7,8,9]');
ROLLBACK TO s;
INSERT INTO item (id, v) SELECT 5, '[1,1,1]' FROM generate_series(1, 3) WHERE 1 / (generate_series - 3) < 9;
ROLLBACK;
SET enable_seqscan = off;
SELECT id FROM item ORDER BY v <-> '[1,1,1]' LIMIT 10;
CLUSTER item USING item_v;
SELECT * FROM vexpg_index_check('item_v');

-- The access method's own checks.
SELECT opcname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
WHERE amname = 'hnsw' AND NOT amvalidate(c.oid);
SELECT p, pg_indexam_has_property(a.oid, p) FROM pg_am a,
  unnest(ARRAY['can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include']) p WHERE amname = 'hnsw';
SELECT p, pg_index_has_property('item_v', p) FROM
  unnest(ARRAY['clusterable', 'index_scan', 'bitmap_scan', 'backward_scan']) p;
SELECT p, pg_index_column_has_property('item_v', 1, p) FROM
  unnest(ARRAY['orderable', 'distance_orderable', 'returnable', 'search_array', 'search_nulls']) p;
DROP TABLE item;
