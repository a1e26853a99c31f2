-- Distances to values stored out of line: the same as to plain ones, for every query, after updates, in one transaction.
CREATE TABLE stored (id int PRIMARY KEY, v vector(1000));
ALTER TABLE stored ALTER v SET STORAGE EXTERNAL;
CREATE TABLE queries (id int, v vector(1000));
ALTER TABLE queries ALTER v SET STORAGE PLAIN;
CREATE FUNCTION row_vector(n int) RETURNS vector LANGUAGE sql IMMUTABLE AS
  $$ SELECT array_agg((n * i) % 101)::vector FROM generate_series(1, 1000) i $$;
INSERT INTO stored SELECT i, row_vector(i) FROM generate_series(1, 50) i;
INSERT INTO queries SELECT i, row_vector(i + 7) FROM generate_series(1, 3) i;
SELECT pg_relation_size(reltoastrelid) > 0 AS out_of_line FROM pg_class WHERE oid = 'stored'::regclass;

-- Each distance twice in a row, for three queries and four functions, against values that were copied to plain storage.
CREATE TABLE plain AS SELECT id, (v::text)::vector(1000) AS v FROM stored LIMIT 0;
ALTER TABLE plain ALTER v SET STORAGE PLAIN;
INSERT INTO plain SELECT id, v FROM stored WHERE id <= 5;
CREATE VIEW differences AS
  SELECT count(*) FILTER (WHERE s.v <-> q.v <> p.v <-> q.v OR s.v <#> q.v <> p.v <#> q.v OR s.v <=> q.v <> p.v <=> q.v
                             OR s.v <+> q.v <> p.v <+> q.v OR q.v <-> s.v <> q.v <-> p.v OR s.v <-> q.v <> p.v <-> q.v) AS wrong,
         count(*) AS compared
  FROM queries q, stored s JOIN plain p USING (id);
BEGIN;
SELECT * FROM differences;
SELECT * FROM differences;
UPDATE stored SET v = row_vector(id + 1000) WHERE id <= 3;
UPDATE plain SET v = row_vector(id + 1000) WHERE id <= 3;
SELECT * FROM differences;
SAVEPOINT s;
UPDATE stored SET v = row_vector(id + 2000) WHERE id <= 5;
UPDATE plain SET v = row_vector(id + 2000) WHERE id <= 5;
SELECT * FROM differences;
ROLLBACK TO s;
SELECT * FROM differences;
COMMIT;
SELECT * FROM differences;

-- A search by index returns the order and the distances that a sort gives.
CREATE INDEX stored_v_idx ON stored USING hnsw (v vector_l2_ops);
SET enable_seqscan = off;
CREATE TABLE found AS SELECT row_number() OVER () AS place, * FROM
  (SELECT id, v <-> row_vector(3) AS d FROM stored ORDER BY v <-> row_vector(3) LIMIT 20) t;
SET enable_seqscan = on;
SET enable_indexscan = off;
SELECT count(*) AS equal_places FROM found JOIN
  (SELECT row_number() OVER (ORDER BY v <-> row_vector(3)) AS place, v <-> row_vector(3) AS d FROM stored) t USING (place, d);
SELECT * FROM vexpg_index_check('stored_v_idx');

-- Where a value was found is remembered: what vacuum gave to other values, or a rewrite moved, is found all the same.
CREATE VIEW moved AS WITH
  nearest AS MATERIALIZED (SELECT id, v <-> row_vector(3) AS d FROM stored ORDER BY v <-> row_vector(3) LIMIT 30),
  truth AS MATERIALIZED (SELECT id, v <-> row_vector(3) AS d FROM (SELECT * FROM stored OFFSET 0) t)
  SELECT count(*) AS found, count(*) FILTER (WHERE n.d = t.d) AS equal_distances FROM nearest n JOIN truth t USING (id);
SET enable_indexscan = on;
SET enable_seqscan = off;
SELECT * FROM moved;
SELECT index, rows_returned FROM vexpg_last_scan();
DELETE FROM stored WHERE id % 3 = 0;
VACUUM stored;
INSERT INTO stored SELECT i, row_vector(i + 500) FROM generate_series(1, 50) i WHERE i % 3 = 0;
SELECT * FROM moved;
UPDATE stored SET v = row_vector(id + 300) WHERE id % 2 = 0;
SELECT * FROM moved;
VACUUM FULL stored;
SELECT * FROM moved;
SET enable_indexscan = off;
SELECT * FROM vexpg_index_check('stored_v_idx');
DROP VIEW moved;

-- Values that were compressed before they went out of line, or are compressed inline, among plain ones.
CREATE TABLE mixed (id int, v vector(3000));
ALTER TABLE mixed ALTER v SET STORAGE EXTENDED;
INSERT INTO mixed SELECT i, (SELECT array_agg(CASE WHEN j % 5 < i % 5 THEN 0 ELSE (i * j) % 23 + 1 END) FROM generate_series(1, 3000) j)::vector
  FROM generate_series(1, 30) i;
ALTER TABLE mixed ALTER v SET STORAGE EXTERNAL;
INSERT INTO mixed SELECT i, (SELECT array_agg((i * j) % 29 + 1) FROM generate_series(1, 3000) j)::vector FROM generate_series(31, 60) i;
CREATE INDEX mixed_v_idx ON mixed USING hnsw (v vector_cosine_ops);
SET enable_indexscan = on;
SET hnsw.ef_search = 200;
SET enable_seqscan = off;
CREATE TABLE found_mixed AS SELECT row_number() OVER () AS place, * FROM
  (SELECT id, v <=> q AS d FROM mixed, (SELECT v AS q FROM mixed WHERE id = 40) s ORDER BY v <=> (SELECT v FROM mixed WHERE id = 40) LIMIT 60) t;
SET enable_seqscan = on;
SET enable_indexscan = off;
SELECT count(*) AS equal_places FROM found_mixed JOIN
  (SELECT row_number() OVER (ORDER BY v <=> q) AS place, v <=> q AS d FROM mixed, (SELECT v AS q FROM mixed WHERE id = 40) s) t USING (place, d);
SELECT * FROM vexpg_index_check('mixed_v_idx');
DROP TABLE mixed, found_mixed;
DROP TABLE stored, plain, queries, found CASCADE;
DROP FUNCTION row_vector;
