-- Writes that fail or are taken back leave an index that the next vacuum makes perfect; vacuum in its variants; updates
-- that leave the vector as it is.
\set VERBOSITY terse
CREATE TABLE drafts (id int PRIMARY KEY, v vector(3), note text);
CREATE INDEX drafts_v ON drafts USING hnsw (v vector_l2_ops) WITH (m = 4, ef_construction = 16);
CREATE INDEX drafts_cosine ON drafts USING hnsw (v vector_cosine_ops);
INSERT INTO drafts SELECT i, ARRAY[i % 10, i / 10, 1]::vector FROM generate_series(1, 200) i;
CREATE FUNCTION findings() RETURNS bigint LANGUAGE sql AS
$$ SELECT (SELECT count(*) FROM vexpg_index_check('drafts_v')) + (SELECT count(*) FROM vexpg_index_check('drafts_cosine')) $$;
CREATE FUNCTION missing() RETURNS bigint LANGUAGE sql SET enable_seqscan = off SET vexpg.ef_search = 10000 AS
$$ SELECT (SELECT count(*) FROM drafts) - (SELECT count(*) FROM (SELECT 1 FROM drafts ORDER BY v <-> '[0,0,0]' LIMIT 10000) s) $$;

-- Wrong values.
INSERT INTO drafts VALUES (1001, '[1,2]');
CREATE TABLE loose (v vector);
CREATE INDEX ON loose USING hnsw ((v::vector(3)) vector_l2_ops);
INSERT INTO loose VALUES ('[1,2,3]');
INSERT INTO loose VALUES ('[1,2]');
SELECT count(*) FROM loose;
-- A row that is indexed first and refused after, alone and in a savepoint.
CREATE UNIQUE INDEX drafts_note ON drafts (note);
INSERT INTO drafts VALUES (1002, '[3,3,3]', 'one');
INSERT INTO drafts SELECT 1003 + i, ARRAY[i, 3, 3]::vector, 'one' FROM generate_series(0, 9) i;
INSERT INTO drafts VALUES (1002, '[4,4,4]');
BEGIN;
INSERT INTO drafts VALUES (1020, '[5,5,5]');
SAVEPOINT s;
INSERT INTO drafts SELECT 1021 + i, ARRAY[i, 5, 5]::vector FROM generate_series(0, 9) i;
INSERT INTO drafts VALUES (1040, '[5,5,5]', 'one');
ROLLBACK TO s;
INSERT INTO drafts VALUES (1050, '[5,5,6]');
COMMIT;
INSERT INTO drafts VALUES (1002, '[7,7,7]') ON CONFLICT (id) DO UPDATE SET v = excluded.v;
SELECT missing();
SELECT count(*) FROM vexpg_index_check('drafts_v') WHERE severity = 'error';
VACUUM drafts;
SELECT missing(), findings();

-- Updates that leave the vector as it is: the new versions join the chain of the old one, and vacuum takes those off.
SELECT duplicates FROM vexpg_index_info('drafts_v');
UPDATE drafts SET note = 'two ' || id WHERE id <= 100;
UPDATE drafts SET note = 'three ' || id WHERE id <= 100;
SELECT duplicates FROM vexpg_index_info('drafts_v');
SELECT missing();
VACUUM drafts;
SELECT duplicates FROM vexpg_index_info('drafts_v');
SELECT missing(), findings();
-- Heads whose row is gone take the next versions, and are alone once their chains are empty.
UPDATE drafts SET note = 'four ' || id WHERE id <= 100;
SELECT duplicates FROM vexpg_index_info('drafts_v');
SELECT missing();
VACUUM drafts;
SELECT duplicates FROM vexpg_index_info('drafts_v');
SELECT missing(), findings();

-- Vacuum with two indexes in parallel, without index cleanup, slowly, and of everything.
SET min_parallel_index_scan_size = 0;
DELETE FROM drafts WHERE id % 3 = 0;
VACUUM (PARALLEL 2) drafts;
SELECT missing(), findings();
DELETE FROM drafts WHERE id % 3 = 1;
VACUUM (INDEX_CLEANUP off) drafts;
SELECT missing();
SET vacuum_cost_delay = '1ms';
SET vacuum_cost_limit = 200;
VACUUM (INDEX_CLEANUP on) drafts;
SELECT missing(), findings();
DELETE FROM drafts;
VACUUM drafts;
SELECT missing(), findings();
INSERT INTO drafts SELECT i, ARRAY[i % 10, i / 10, 1]::vector FROM generate_series(1, 200) i;
SELECT missing();
DROP TABLE drafts, loose;
DROP FUNCTION findings, missing;
