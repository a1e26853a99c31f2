-- A search for each row of another table, page after page of one search, and odd queries in every kind of plan.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/plan.psql'
\i :helper
SET enable_seqscan = off;
CREATE TABLE item (id int PRIMARY KEY, v vector(2), h halfvec(2));
INSERT INTO item SELECT i, ARRAY[i % 40 + 0.001 * i, i / 40]::vector, ARRAY[i % 40 - 20.01, i / 40 - 10.02]::vector::halfvec FROM generate_series(0, 799) i;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
CREATE INDEX item_h ON item USING hnsw (h halfvec_cosine_ops);
ANALYZE item;

-- A join answers as single searches do, with the work of single searches and no memory kept.
CREATE TABLE single (q int, n int[], scored bigint);
DO $$
DECLARE q record; n int[];
BEGIN
  FOR q IN SELECT id, v FROM item ORDER BY id LOOP
    n := array(SELECT id FROM item ORDER BY v <-> q.v + '[0.2,0.1]' LIMIT 5);
    INSERT INTO single SELECT q.id, n, codes_scored FROM vexpg_last_scan();
  END LOOP;
END
$$;
SELECT * FROM pg_temp.plan($$SELECT q.id, n.id FROM item q, LATERAL (SELECT id FROM item o ORDER BY o.v <-> q.v + '[0.2,0.1]' LIMIT 5) n$$);
SELECT count(*), bool_and(j.n = s.n) FROM single s JOIN (SELECT q.id, array_agg(n.id ORDER BY n.d, n.id) AS n FROM item q,
  LATERAL (SELECT id, o.v <-> q.v + '[0.2,0.1]' AS d FROM item o ORDER BY o.v <-> q.v + '[0.2,0.1]' LIMIT 5) n GROUP BY q.id) j ON j.id = s.q;
BEGIN;
DECLARE joined CURSOR FOR SELECT q.id, n.id FROM item q, generate_series(1, 20) r,
  LATERAL (SELECT id FROM item o ORDER BY o.v <-> q.v + ARRAY[0.2 + 0 * r, 0.1]::vector LIMIT 5) n;
MOVE 5 FROM joined;
CREATE TEMP TABLE before AS SELECT sum(total_bytes) AS bytes FROM pg_backend_memory_contexts WHERE name ~ '^(ExecutorState|ExprContext|vexpg )';
MOVE FORWARD ALL FROM joined;
SELECT sum(total_bytes) - min(b.bytes) < 65536 AS nothing_kept FROM pg_backend_memory_contexts, before b WHERE name ~ '^(ExecutorState|ExprContext|vexpg )';
COMMIT;
SELECT codes_scored = scored AS same_work FROM vexpg_last_scan(), single WHERE q = 799;

-- Neighbours of neighbours; the rows of an outer table that is searched itself; joins by distance on top.
SELECT a.id, b.id FROM (SELECT id, v FROM item ORDER BY v <-> '[5,5]' LIMIT 2) a,
  LATERAL (SELECT id FROM item WHERE id <> a.id ORDER BY v <-> a.v LIMIT 2) b ORDER BY 1, 2;
SELECT count(*), count(DISTINCT b.id) FROM item a LEFT JOIN LATERAL (SELECT id FROM item WHERE id > a.id ORDER BY v <-> a.v LIMIT 1) b ON true;
SELECT id FROM item a WHERE (SELECT b.id FROM item b ORDER BY b.v <-> a.v LIMIT 1) <> id;

-- Page after page: nothing twice, nothing lost, in order.
SET hnsw.ef_search = 20;
SELECT count(*), count(DISTINCT id) FROM generate_series(0, 79) page,
  LATERAL (SELECT id FROM item ORDER BY v <-> '[7.2,3.3]' LIMIT 10 OFFSET 10 * page) n;
BEGIN;
DECLARE pages CURSOR FOR SELECT row_number() OVER (), id FROM item ORDER BY v <-> '[7.2,3.3]';
FETCH 3 FROM pages;
MOVE 290 FROM pages;
FETCH 2 FROM pages;
MOVE FORWARD ALL FROM pages;
FETCH 1 FROM pages;
CLOSE pages;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM item ORDER BY v <-> '[7.2,3.3]' OFFSET 700;
FETCH 2 FROM held;
COMMIT;
DELETE FROM item WHERE id % 3 = 0;
FETCH 2 FROM held;
MOVE 94 FROM held;
FETCH 5 FROM held;
CLOSE held;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> '[7.2,3.3]' LIMIT 100) s;
SET vexpg.ef_search = 10000;
SELECT count(*), bool_and(ordered) FROM (SELECT d >= lag(d, 1, 0::float8) OVER () AS ordered
  FROM (SELECT v <-> '[7.2,3.3]' AS d FROM item ORDER BY v <-> '[7.2,3.3]') s) s;
RESET vexpg.ef_search;
RESET hnsw.ef_search;

-- NULL, a zero vector under cosine, a wrong dimension, NaN: in plain, generic and lateral plans.
CREATE FUNCTION pg_temp.outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE rows bigint;
BEGIN
  EXECUTE 'SELECT count(*) FROM (' || query || ') s' INTO rows;
  RETURN rows || ' rows';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
PREPARE plain_l2(vector) AS SELECT id FROM item ORDER BY v <-> $1 LIMIT 3;
PREPARE plain_cosine(halfvec) AS SELECT id FROM item ORDER BY h <=> $1 LIMIT 3;
SET plan_cache_mode = force_generic_plan;
EXECUTE plain_l2(NULL) \g /dev/null
\echo :ROW_COUNT
EXECUTE plain_cosine('[0,0]') \g /dev/null
\echo :ROW_COUNT
EXECUTE plain_cosine(NULL) \g /dev/null
\echo :ROW_COUNT
EXECUTE plain_l2('[1,2,3]');
EXECUTE plain_cosine('[1]');
EXECUTE plain_l2('[1,NaN]');
DEALLOCATE ALL;
RESET plan_cache_mode;
SELECT name, pg_temp.outcome(format('SELECT id, %1$s FROM item ORDER BY %1$s LIMIT 3', d)) AS plain,
  pg_temp.outcome(format('SELECT o.id FROM (VALUES (1), (2)) q(i), LATERAL (SELECT id, i FROM item ORDER BY %s LIMIT 3) o', d)) AS lateral,
  pg_temp.outcome(format('SELECT id FROM item WHERE %s < 100', d)) AS within
FROM (VALUES ('null', 'v <-> NULL::vector'), ('zero', 'h <=> ''[0,0]'''), ('wrong', 'v <-> ''[1,2,3]'''),
  ('nan', 'v <-> ''[1,NaN]'''), ('wrong halfvec', 'h <=> ''[1]''')) t(name, d);
SELECT q.n, count(o.id), bool_and(o.d IS NULL), bool_and(o.d = 'NaN')
FROM (VALUES (1, '[1,1]'::halfvec), (2, NULL), (3, '[0,0]'), (4, '[2,1]')) q(n, q),
  LATERAL (SELECT id, h <=> q.q AS d FROM item ORDER BY h <=> q.q LIMIT 4) o GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM (VALUES ('[1,1]'::vector), ('[1]')) q(q), LATERAL (SELECT FROM item ORDER BY v <-> q.q LIMIT 4) o;

-- In a parallel worker.
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT id FROM item ORDER BY v <-> '[3.2,3.1]' LIMIT 3;
SELECT count(*) FROM item WHERE v <-> '[3.2,3.1]' < 2;
SELECT q.id, n.id FROM item q, LATERAL (SELECT id FROM item o WHERE o.id <> q.id ORDER BY o.v <-> q.v LIMIT 1) n WHERE q.id IN (100, 200) ORDER BY 1;
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
VACUUM item;
SELECT f.* FROM unnest(ARRAY['item_v', 'item_h']::regclass[]) i, vexpg_index_check(i) f;
DROP TABLE item, single;
