-- Search under conditions of the index: from the graph, or by an exact pass over what matches; complete either way.
SET enable_seqscan = off;
SET enable_sort = off;
SET max_parallel_maintenance_workers = 0;
CREATE TABLE p (id int PRIMARY KEY, half int, tenth int, rare int, v vector(8));
INSERT INTO p SELECT i, i % 2, i % 10, i / 8,
  ARRAY(SELECT sin(i * (1.3 + d) + d * d) + (i / 400 * (d + 3)) % 7 FROM generate_series(1, 8) d)::vector
FROM generate_series(1, 8000) i;
CREATE INDEX p_v ON p USING hnsw (v vector_l2_ops, half, tenth, rare);
ANALYZE p;

-- What the last scan did.
CREATE VIEW last AS SELECT strategy, stopped, filter_passes > 0 AS passes, filter_rejects > 0 AS rejects,
  round(match_rate::numeric, 1) AS rate FROM vexpg_last_scan();
SELECT count(*) FROM (SELECT FROM p ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 10) s;
SELECT * FROM last;
SELECT count(*) FROM (SELECT FROM p WHERE half = 1 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 10) s;
SELECT * FROM last;
SELECT count(*) FROM (SELECT FROM p WHERE rare = 77 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 10) s;
SELECT * FROM last;
SELECT count(*) FROM (SELECT FROM p WHERE half = 1 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 10000) s;
SELECT * FROM last;
-- Nothing matches: by its value, by contradiction, by a NULL.
SELECT count(*) FROM (SELECT FROM p WHERE rare = 100000 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 10) s;
SELECT strategy, stopped, codes_scored, match_rate FROM vexpg_last_scan();
SELECT count(*) FROM (SELECT FROM p WHERE rare > 10 AND rare < 5 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 10) s;
SELECT stopped, codes_scored FROM vexpg_last_scan();
PREPARE rare(int) AS SELECT id FROM p WHERE rare = $1 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 2;
SET plan_cache_mode = force_generic_plan;
EXECUTE rare(77);
EXECUTE rare(NULL);
SELECT stopped, codes_scored FROM vexpg_last_scan();
RESET plan_cache_mode;

-- Every row that matches comes once and in order, whatever the share: compared with a sequential scan.
CREATE FUNCTION pg_temp.differs(condition text, take int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found int[]; truth int[]; ordered bool; plan text; line text := '';
BEGIN
  PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_seqscan', 'off', true);
  FOR plan IN EXECUTE format('EXPLAIN (COSTS OFF) SELECT id FROM p WHERE %s ORDER BY v <-> ''[2,1,0,3,1,2,0,1]'' LIMIT %s',
      condition, take) LOOP
    line := line || plan;
  END LOOP;
  EXECUTE format('SELECT array_agg(id), bool_and(d >= e) FROM (SELECT id, d, lag(d, 1, d) OVER () e FROM (SELECT id,
    v <-> ''[2,1,0,3,1,2,0,1]'' d FROM p WHERE %s ORDER BY v <-> ''[2,1,0,3,1,2,0,1]'' LIMIT %s) s) t', condition, take)
    INTO found, ordered;
  PERFORM set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'on', true);
  EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM p WHERE %s ORDER BY v <-> ''[2,1,0,3,1,2,0,1]'' LIMIT %s) s',
    condition, take) INTO truth;
  RETURN CASE WHEN line NOT LIKE '%Index Cond%' THEN 'no index condition ' ELSE '' END
    || CASE WHEN ordered IS FALSE AND take < 4000 THEN 'not in order ' ELSE '' END
    || CASE WHEN (SELECT count(DISTINCT i) FROM unnest(found) i) IS DISTINCT FROM cardinality(found)::bigint
         AND found IS NOT NULL THEN 'twice ' ELSE '' END
    || CASE WHEN cardinality(found) IS DISTINCT FROM cardinality(truth) THEN
         format('%s rows for %s ', cardinality(found), cardinality(truth)) ELSE '' END
    || CASE WHEN (SELECT count(*) FROM unnest(found) i WHERE i = ANY (truth)) < 0.9 * cardinality(truth) THEN
         'others ' ELSE '' END;
END $$;
CREATE TEMP TABLE asked (c text);
SET hnsw.ef_search = 100;
INSERT INTO asked VALUES ('half = 1'), ('tenth = 3'), ('tenth < 9'), ('rare = 77'), ('rare < 20'),
  ('rare > 480'), ('rare BETWEEN 100 AND 300'), ('half = 1 AND tenth = 3'), ('half = 0 AND tenth = 3'),
  ('half = 1 AND tenth < 6 AND rare > 100'), ('half IS NOT NULL'), ('half IS NULL'), ('rare < 480 AND rare > 20 AND half = 0');
SELECT c, n, pg_temp.differs(c, n) FROM asked, unnest(ARRAY[1, 10, 100, 5000]) n WHERE pg_temp.differs(c, n) <> '';

-- All rows within a radius that match.
BEGIN;
SET LOCAL hnsw.ef_search = 40;
CREATE TEMP TABLE near AS SELECT id FROM p WHERE half = 1 AND v <-> '[2,1,0,3,1,2,0,1]' < 5;
SELECT strategy, stopped FROM vexpg_last_scan();
SET LOCAL enable_indexscan = off;
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE id IN (SELECT id FROM near)) >= 0.98 * count(*) AS nearly_all,
  count(*) >= (SELECT count(*) FROM near) AS no_more FROM p WHERE half = 1 AND v <-> '[2,1,0,3,1,2,0,1]' < 5;
COMMIT;
-- Estimates that are far off are no reason to stop: the scan waits until a round lies beyond the radius for certain.
BEGIN;
DROP INDEX p_v;
CREATE INDEX p_short ON p USING hnsw (half, v vector_l2_ops) WITH (bits = 1, refine = 0);
SET LOCAL hnsw.ef_search = 10;
SELECT count(*) > 100 AS many FROM p WHERE half = 1 AND v <-> '[2,1,0,3,1,2,0,1]' < 5;
SELECT stopped, resumes > 10 AS waited FROM vexpg_last_scan();
SELECT * FROM vexpg_index_check('p_short');
ROLLBACK;

-- A condition that the index does not have, and that holds far from the query alone: the scan sees that very many rows are
-- dropped, and looks at all codes instead of following the graph any further.
CREATE FUNCTION pg_temp.far(near_ones int) RETURNS TABLE (rows bigint, missed bigint, strategy text) LANGUAGE plpgsql AS $$
DECLARE q text := 'SELECT id, v <-> ''[2,1,0,3,1,2,0,1]'' AS d FROM p'; least float8;
BEGIN
  SET LOCAL enable_indexscan = off;
  SET LOCAL enable_seqscan = on;
  SET LOCAL enable_sort = on;
  EXECUTE q || format(' ORDER BY d OFFSET %s LIMIT 1', near_ones) INTO strict rows, least;
  EXECUTE format('CREATE TEMP TABLE truth ON COMMIT DROP AS %s WHERE (v <-> ''[2,1,0,3,1,2,0,1]'') + 0 >= %s
    ORDER BY d LIMIT 10', q, least);
  SET LOCAL enable_indexscan = on;
  SET LOCAL enable_seqscan = off;
  SET LOCAL enable_sort = off;
  EXECUTE format('CREATE TEMP TABLE found ON COMMIT DROP AS %s WHERE (v <-> ''[2,1,0,3,1,2,0,1]'') + 0 >= %s
    ORDER BY v <-> ''[2,1,0,3,1,2,0,1]'' LIMIT 10', q, least);
  RETURN QUERY SELECT count(*), (SELECT count(*) FROM truth t WHERE t.id NOT IN (SELECT f.id FROM found f)),
    (SELECT l.strategy FROM vexpg_last_scan() l) FROM found;
END $$;
SET hnsw.ef_search = 40;
SELECT * FROM pg_temp.far(50);
SELECT * FROM pg_temp.far(4000);
SELECT * FROM pg_temp.far(7800);
-- All rows come once, however often that happens, and whatever was deleted since.
SET hnsw.ef_search = 1;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM p ORDER BY v <-> '[2,1,0,3,1,2,0,1]' LIMIT 10000) s;
SELECT stopped, strategy, resumes < 20 AS few FROM vexpg_last_scan();
BEGIN;
DELETE FROM p WHERE v <-> '[2,1,0,3,1,2,0,1]' < (SELECT d FROM (SELECT v <-> '[2,1,0,3,1,2,0,1]' AS d FROM p) s
  ORDER BY d OFFSET 3000 LIMIT 1);
SELECT count(*) BETWEEN 4800 AND 5200 AS many, count(*) - (SELECT count(*) FROM p) AS too_many, count(*) - count(DISTINCT id) AS twice
FROM (SELECT id FROM p ORDER BY v <-> '[2,1,0,3,1,2,0,1]' LIMIT 10000) s;
-- A limit that the user set is meant for what is near: the graph is followed until it is met.
SET LOCAL hnsw.max_scan_tuples = 2000;
SELECT count(*) FROM (SELECT id FROM p WHERE id + 0 < 0 ORDER BY v <-> '[2,1,0,3,1,2,0,1]' LIMIT 10) s;
SELECT stopped, strategy FROM vexpg_last_scan();
ROLLBACK;
SET hnsw.ef_search = 100;

-- Rows that came, changed and went.
DELETE FROM p WHERE id % 3 = 0;
UPDATE p SET tenth = 3 WHERE id % 100 = 1;
INSERT INTO p SELECT i, NULL, i % 10, -1, ARRAY[i % 7, i % 5, 0, 0, 1, 1, 1, i % 3]::vector FROM generate_series(9001, 9300) i;
INSERT INTO asked VALUES ('rare = -1'), ('rare = -1 AND tenth = 3');
SELECT c, n, pg_temp.differs(c, n) FROM asked, unnest(ARRAY[10, 5000]) n WHERE pg_temp.differs(c, n) <> '';
VACUUM p;
SELECT c, n, pg_temp.differs(c, n) FROM asked, unnest(ARRAY[10, 5000]) n WHERE pg_temp.differs(c, n) <> '';

-- A limit that the user set ends a scan early: those who listen hear of it.
\set VERBOSITY terse
SET hnsw.max_scan_tuples = 200;
SET client_min_messages = debug1;
SELECT count(*) < 1000 AS few FROM (SELECT FROM p WHERE half = 1 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 5000) s;
SELECT stopped FROM vexpg_last_scan();
SELECT count(*) < 1000 AS few FROM (SELECT FROM p ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 5000) s;
RESET hnsw.max_scan_tuples;
SET vexpg.iterative_scan = off;
SELECT count(*) < 1000 AS few FROM (SELECT FROM p WHERE half = 1 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 5000) s;
RESET vexpg.iterative_scan;
SELECT count(*) > 1000 AS all FROM (SELECT FROM p WHERE half = 1 ORDER BY v <-> '[1,1,1,1,1,1,1,1]' LIMIT 5000) s;
RESET client_min_messages;

-- No row that fails the conditions is fetched; EXPLAIN tells what was done, where the server lets it (18).
SET hnsw.ef_search = 40;
CREATE FUNCTION pg_temp.lines(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query;
END $$;
SELECT count(*) FILTER (WHERE line LIKE '%Rows Removed%') AS removed,
  count(*) FILTER (WHERE line ~ '^ *(Strategy: graph|Filter Passes: [1-9][0-9]*|Match Rate: 0\.[0-9]+|Stopped: not exhausted)$')
    = CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 4 ELSE 0 END AS told
FROM pg_temp.lines('SELECT id FROM p WHERE tenth < 9 ORDER BY v <-> ''[1,1,1,1,1,1,1,1]'' LIMIT 10') line;
-- All rescans of a scan together, and nothing for a node that never ran or is another index's.
SELECT count(*) FILTER (WHERE line ~ 'Strategy') = (current_setting('server_version_num')::int >= 180000)::int AS once
FROM pg_temp.lines('SELECT * FROM generate_series(1, 3) g, LATERAL (SELECT id FROM p WHERE tenth = g
  ORDER BY v <-> ''[1,1,1,1,1,1,1,1]'' LIMIT 2) s WHERE EXISTS (SELECT FROM p o WHERE o.id = s.id)') line;
SELECT count(*) FILTER (WHERE line ~ 'Strategy') AS never
FROM pg_temp.lines('SELECT * FROM generate_series(1, 0) g, LATERAL (SELECT id FROM p WHERE tenth = g
  ORDER BY v <-> ''[1,1,1,1,1,1,1,1]'' LIMIT 2) s') line;
SELECT * FROM vexpg_index_check('p_v');
DROP TABLE p CASCADE;

-- A thousand copies of one vector for a thousand tenants, among others: each tenant finds its own row.
CREATE TABLE crowd (id int, tenant int, kind int, v vector(4));
INSERT INTO crowd SELECT i, i, i % 3, '[1,2,3,4]' FROM generate_series(1, 1000) i;
INSERT INTO crowd SELECT 1000 + i, i % 1000 + 1, i % 3, ARRAY[i % 11, i % 13, i % 17, i % 19]::vector
FROM generate_series(1, 2000) i;
CREATE INDEX crowd_v ON crowd USING hnsw (tenant, v vector_l2_ops, kind);
ANALYZE crowd;
CREATE VIEW own AS SELECT count(*) FILTER (WHERE id = t) AS own, count(*) AS all FROM generate_series(1, 1000) t,
  LATERAL (SELECT id FROM crowd WHERE tenant = t ORDER BY v <-> '[1,2,3,4]' LIMIT 1) s;
SELECT * FROM own;
SELECT count(*) FROM generate_series(1, 1000) t, LATERAL (SELECT id FROM crowd
  WHERE tenant = t AND kind = t % 3 ORDER BY v <-> '[1,2,3,4]' LIMIT 1) s WHERE s.id = t;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM crowd WHERE kind = 1 ORDER BY v <-> '[1,2,3,4]' LIMIT 10000) s;
DELETE FROM crowd WHERE id % 2 = 0;
SELECT * FROM own;
SELECT * FROM own;
VACUUM crowd;
SELECT * FROM own;
INSERT INTO crowd SELECT i, i, i % 3, '[1,2,3,4]' FROM generate_series(2, 1000, 2) i;
SELECT * FROM own;
SELECT * FROM vexpg_index_check('crowd_v') WHERE severity <> 'note';
VACUUM crowd;
SELECT * FROM own;
SELECT * FROM vexpg_index_check('crowd_v');
DROP TABLE crowd CASCADE;
