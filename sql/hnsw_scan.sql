-- How queries read an hnsw index: limits, cursors, plans around it, and plans that must not use it.
SET enable_seqscan = off;
CREATE TABLE item (id int PRIMARY KEY, x int, v vector(2));
INSERT INTO item SELECT i, i % 7, ARRAY[i % 25, i / 25]::vector FROM generate_series(0, 499) i;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
ANALYZE item;

-- More rows than candidates; offsets; short lists of candidates.
SET hnsw.ef_search = 10;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> '[3,3]' LIMIT 100) s;
SELECT id, v <-> '[3.01,3.1]' AS distance FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 2 OFFSET 1;
SELECT count(*) FROM (SELECT id FROM item ORDER BY v <-> '[3,3]' OFFSET 490) s;
SET hnsw.ef_search = 1;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> '[3,3]' LIMIT 1000) s;
RESET hnsw.ef_search;

-- With nothing set a scan goes on until there are enough rows; pgvector's settings limit it.
SELECT count(*) FROM (SELECT FROM item WHERE x = 3 ORDER BY v <-> '[3,3]' LIMIT 50) s;
SET hnsw.iterative_scan = off;
SELECT count(*) BETWEEN 1 AND 20 FROM (SELECT FROM item WHERE x = 3 ORDER BY v <-> '[3,3]' LIMIT 50) s;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[3,3]' LIMIT 100) s;
SELECT resumes, stopped FROM vexpg_last_scan();
SET hnsw.iterative_scan = relaxed_order;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item WHERE x = 3 ORDER BY v <-> '[3,3]' LIMIT 50) s;
SET hnsw.iterative_scan = strict_order;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item WHERE x = 3 ORDER BY v <-> '[3,3]' LIMIT 50) s;
SET hnsw.max_scan_tuples = 50;
SELECT count(*) < 50 FROM (SELECT FROM item WHERE x = 3 ORDER BY v <-> '[3,3]' LIMIT 50) s;
SELECT index, stopped FROM vexpg_last_scan();
RESET hnsw.iterative_scan;
RESET hnsw.max_scan_tuples;
SELECT count(*) FROM (SELECT FROM item WHERE x = 99 ORDER BY v <-> '[3,3]' LIMIT 50) s;
SELECT index, nodes_expanded > 0 AS expanded, codes_scored >= 500 AS scored, pages > 0 AS pages, resumes > 0 AS resumes,
  rows_returned, stopped FROM vexpg_last_scan();

-- Cursors see their snapshot, whatever is done between two fetches.
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item ORDER BY v <-> '[3.01,3.1]';
FETCH 2 FROM c;
UPDATE item SET v = '[100,100]' WHERE id IN (53, 102, 104, 128);
DELETE FROM item WHERE id = 103;
INSERT INTO item VALUES (1000, 0, '[3.01,3.1]');
FETCH 3 FROM c;
MOVE 400 FROM c;
FETCH 1 FROM c;
CLOSE c;
DECLARE back SCROLL CURSOR FOR SELECT id FROM item ORDER BY v <-> '[3.01,0.1]';
FETCH 2 FROM back;
FETCH PRIOR FROM back;
ROLLBACK;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 5;
COMMIT;
UPDATE item SET x = x + 1 WHERE id < 100;
FETCH 2 FROM held;
FETCH 9 FROM held;
CLOSE held;

-- Prepared statements, lateral joins, subplans, aggregates, two keys, descending.
SET plan_cache_mode = force_generic_plan;
PREPARE nearest(vector, int) AS SELECT id FROM item ORDER BY v <-> $1 LIMIT $2;
EXPLAIN (COSTS OFF) EXECUTE nearest('[3,3]', 2);
EXECUTE nearest('[3.01,3.1]', 2);
EXECUTE nearest('[20.1,4]', 1);
EXECUTE nearest('[1,2,3]', 1);
EXECUTE nearest(NULL, 0);
EXECUTE nearest(NULL, 3) \g /dev/null
\echo :ROW_COUNT
DEALLOCATE nearest;
RESET plan_cache_mode;
EXPLAIN (COSTS OFF) SELECT q.id, n.id FROM (VALUES (3), (77)) q(id), LATERAL
  (SELECT id FROM item o ORDER BY o.v <-> ARRAY[q.id, 1]::vector LIMIT 1) n;
SELECT q.id, n.id FROM item q, LATERAL (SELECT id FROM item o
  WHERE o.id <> q.id ORDER BY o.v <-> q.v + '[0.1,0.01]' LIMIT 2) n
WHERE q.id = ANY ('{3,77}') ORDER BY q.id, n.id;
SELECT (SELECT id FROM item ORDER BY v <-> q LIMIT 1) FROM (VALUES ('[1,1]'::vector), ('[2,2]'), (NULL), ('[3,3]')) t(q)
WHERE q IS NOT NULL;
SELECT id FROM item ORDER BY v <-> '[3.5,3.5]', id DESC LIMIT 3;
SELECT id FROM item ORDER BY v <-> '[0,0]' DESC LIMIT 1;
SELECT x, count(*) FROM (SELECT x FROM item ORDER BY v <-> '[3.1,3.3]' LIMIT 12) s GROUP BY x ORDER BY x;
SELECT max(d) FROM (SELECT v <-> '[3,3]' AS d FROM item ORDER BY v <-> '[3,3]' LIMIT 9) s;
WITH near AS MATERIALIZED (SELECT id, v <-> '[3,3]' AS d FROM item ORDER BY v <-> '[3,3]' LIMIT 40)
SELECT count(*), bool_and(d < 4) FROM near;
SELECT id FROM item ORDER BY '[3.01,3.1]' <-> v LIMIT 1;

-- Only an order by distance or a bound of it uses the index.
CREATE FUNCTION pg_temp.by_index(query text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE line text; used bool := false;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP used := used OR line LIKE '%item_v%'; END LOOP;
  RETURN used;
END
$$;
SET enable_sort = off;
SELECT pg_temp.by_index(q), q FROM unnest(ARRAY['SELECT count(*) FROM item', 'SELECT * FROM item',
  'SELECT * FROM item WHERE v = ''[1,1]''', 'SELECT * FROM item WHERE v IS NULL',
  'SELECT * FROM item WHERE v IS NOT NULL',
  'SELECT * FROM item WHERE v <-> ''[1,1]'' < 3', 'SELECT * FROM item ORDER BY v',
  'SELECT * FROM item ORDER BY v <=> ''[1,1]''',
  'SELECT * FROM item ORDER BY v <-> ''[1,1]'' DESC', 'SELECT * FROM item ORDER BY (v <-> ''[1,1]'') + 1',
  'SELECT * FROM item ORDER BY x, v <-> ''[1,1]''', 'SELECT * FROM item WHERE v IS NULL ORDER BY v <-> ''[1,1]''',
  'SELECT * FROM item WHERE v IS NOT NULL ORDER BY v <-> ''[1,1]''', 'SELECT * FROM item ORDER BY v <-> ''[1,1]''',
  'SELECT * FROM item ORDER BY v <-> NULL::vector']) q;
RESET enable_sort;

-- Row locks, row security, parallel plans.
BEGIN;
SELECT id FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 2 FOR UPDATE;
SELECT id FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 2 FOR UPDATE SKIP LOCKED;
UPDATE item SET x = -1 WHERE id = (SELECT id FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 1) RETURNING id;
DELETE FROM item USING (SELECT id FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 2) near
  WHERE item.id = near.id RETURNING item.id;
SELECT id FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 1;
ROLLBACK;
CREATE ROLE vexpg_reader;
GRANT SELECT ON item TO vexpg_reader;
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenth ON item TO vexpg_reader USING (id % 10 = 0);
SET ROLE vexpg_reader;
SELECT id FROM item ORDER BY v <-> '[4,3.3]' LIMIT 2;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 1000) s;
RESET ROLE;
ALTER TABLE item DISABLE ROW LEVEL SECURITY;
DROP OWNED BY vexpg_reader;
DROP ROLE vexpg_reader;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT id FROM item ORDER BY v <-> '[3.01,3.1]' LIMIT 3;
SELECT count(*) FROM item a WHERE a.id = (SELECT b.id FROM item b ORDER BY b.v <-> a.v LIMIT 1);
VACUUM item;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- A search for few is for as many rows as it was asked for; who wants more has it go on.
CREATE TABLE item AS SELECT i AS id,
  (SELECT array_agg(hashint4(i * 8 + d)::float4 / 2147483648) FROM generate_series(0, 7) d)::vector(8) AS v
  FROM generate_series(1, 2000) i;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
SET hnsw.ef_search = 10;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0,0,0,0,0,0,0]' LIMIT 10) s;
SELECT rows_returned, resumes, details_read FROM vexpg_last_scan();
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0,0,0,0,0,0,0]' LIMIT 11) s;
SELECT rows_returned, resumes > 0 AS resumed FROM vexpg_last_scan();
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> '[0,0,0,0,0,0,0,0]') s;
SET hnsw.iterative_scan = off;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0,0,0,0,0,0,0]') s;
RESET hnsw.iterative_scan;
-- Where the nearest rows are gone, what comes behind them is not far to seek.
DELETE FROM item WHERE id IN (SELECT id FROM item ORDER BY v <-> '[0,0,0,0,0,0,0,0]' LIMIT 12);
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[0,0,0,0,0,0,0,0]' LIMIT 10) s;
SELECT rows_returned, codes_scored < 1000 AS few FROM vexpg_last_scan();
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- More scans at a time than there are relations whose buffers are remembered.
CREATE TABLE item (id int, v vector(3)) PARTITION BY RANGE (id);
DO $$
BEGIN
  FOR i IN 0 .. 69 LOOP
    EXECUTE format('CREATE TABLE item_%s PARTITION OF item FOR VALUES FROM (%s) TO (%s)', i, 100 * i, 100 * i + 100);
  END LOOP;
END
$$;
INSERT INTO item SELECT i, ARRAY[i * 37 % 1009, i * 61 % 1013, i * 89 % 1019] FROM generate_series(0, 6999) i;
CREATE INDEX ON item USING hnsw (v vector_l2_ops);
SET hnsw.ef_search = 4;
SET enable_sort = off;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> '[500,500,500]' LIMIT 5000) s;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> '[500,500,500]') s;
SELECT * FROM vexpg_index_check('item_0_v_idx');
DROP TABLE item;
