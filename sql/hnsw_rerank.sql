-- vexpg.rerank and vexpg.stop_gamma: what they save, what they may change, and what they may not.
SET enable_seqscan = off;
CREATE TABLE item (id int PRIMARY KEY, x int, v vector(24), h halfvec(24));
INSERT INTO item SELECT i, i % 10, v, v::halfvec(24) FROM (SELECT i, (SELECT array_agg(sin(i * 0.37 + j * (i % 29))) FROM generate_series(1, 24) j)::vector AS v
  FROM generate_series(1, 3000) i) s;
INSERT INTO item SELECT i, 0, (SELECT v FROM item WHERE id = 17), NULL FROM generate_series(3001, 3050) i;
CREATE INDEX item_l2 ON item USING hnsw (v vector_l2_ops);
CREATE INDEX item_ip ON item USING hnsw (v vector_ip_ops) WITH (bits = 4, refine = 4);
CREATE INDEX item_cosine ON item USING hnsw (h halfvec_cosine_ops, x);
ANALYZE item;
CREATE FUNCTION pg_temp.recall(d text, k int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE q record; hits bigint := 0; found int[]; exact int[];
BEGIN
  FOR q IN SELECT v FROM item WHERE id % 150 = 3 LOOP
    PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_seqscan', 'off', true);
    EXECUTE format('SELECT array(SELECT id FROM item WHERE id <= 3000 ORDER BY %s LIMIT %s)', d, k) INTO found USING q.v;
    PERFORM set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'on', true);
    EXECUTE format('SELECT array(SELECT id FROM item WHERE id <= 3000 ORDER BY %s LIMIT %s)', d, k) INTO exact USING q.v;
    hits := hits + (SELECT count(*) FROM unnest(found) f WHERE f = ANY (exact));
  END LOOP;
  RETURN hits / 20.0 / k;
END
$$;

-- Order by what the index knows: nearly the same rows, each once, and as many as are asked for.
SET vexpg.rerank = index;
SELECT pg_temp.recall('v <-> $1', 10) > 0.8 AS l2, pg_temp.recall('v <#> $1', 10) > 0.8 AS ip, pg_temp.recall('h <=> $1::halfvec', 10) > 0.8 AS cosine;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 17) LIMIT 200) s;
SELECT count(*) FILTER (WHERE id > 3000) >= 49 AS duplicates, bool_and(d < 1e-5) FROM (SELECT id, v <-> (SELECT v FROM item WHERE id = 17) AS d
  FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 17) LIMIT 50) s;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <#> (SELECT v FROM item WHERE id = 17)) s;
SELECT count(*), bool_and(x = 3) FROM (SELECT x FROM item WHERE x = 3 ORDER BY h <=> (SELECT h FROM item WHERE id = 17) LIMIT 150) s;
-- A radius is compared with true distances all the same.
SET vexpg.ef_search = 10000;
SELECT count(*), count(*) FILTER (WHERE v <-> (SELECT v FROM item WHERE id = 17) > 2.5) AS beyond FROM item WHERE v <-> (SELECT v FROM item WHERE id = 17) <= 2.5;
SET vexpg.rerank = strict;
SELECT count(*) FROM item WHERE v <-> (SELECT v FROM item WHERE id = 17) <= 2.5;
SET vexpg.rerank = index;
RESET vexpg.ef_search;
-- Rows of other transactions, deleted rows, NULL and zero queries, wrong dimensions.
SELECT count(d), count(*) FROM (SELECT v <-> NULL::vector AS d FROM item ORDER BY v <-> NULL::vector LIMIT 5) s;
SELECT count(*) FROM (SELECT FROM item ORDER BY h <=> (array_fill(0, ARRAY[24])::vector)::halfvec(24) LIMIT 5) s;
SELECT id FROM item ORDER BY v <-> '[1,2]' LIMIT 1;
DELETE FROM item WHERE id % 2 = 0 AND id <= 3000;
SELECT count(*), bool_or(id % 2 = 0 AND id <= 3000) FROM (SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 19) LIMIT 500) s;
SELECT rows_returned > 500 AS the_executor_dropped_dead_rows FROM vexpg_last_scan();
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 19);
FETCH 1 FROM c;
UPDATE item SET v = v + v WHERE id = 19;
MOVE FORWARD ALL FROM c;
COMMIT;
SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 19) LIMIT 1;
RESET vexpg.rerank;

-- The stop rule: less work, and rows go on as they are asked for.
CREATE TABLE work (gamma float8, scored bigint);
CREATE FUNCTION pg_temp.work(gamma float8, k int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE q record; scored bigint := 0;
BEGIN
  PERFORM set_config('vexpg.stop_gamma', gamma::text, true), set_config('enable_seqscan', 'off', true);
  FOR q IN SELECT v FROM item WHERE id % 150 = 3 LOOP
    EXECUTE format('SELECT count(*) FROM (SELECT FROM item ORDER BY v <-> $1 LIMIT %s) s', k) USING q.v;
    scored := scored + (SELECT codes_scored FROM vexpg_last_scan());
  END LOOP;
  RETURN scored;
END
$$;
SET vexpg.ef_search = 400;
SELECT pg_temp.work(0.05, 10) < 0.8 * pg_temp.work(0, 10) AS less, pg_temp.work(0.02, 10) <= pg_temp.work(0.2, 10) AS more_with_gamma;
SET vexpg.stop_gamma = 0.1;
SELECT pg_temp.recall('v <-> $1', 10) > 0.95 AS l2, pg_temp.recall('v <#> $1', 10) > 0.95 AS ip, pg_temp.recall('h <=> $1::halfvec', 10) > 0.95 AS cosine,
  pg_temp.recall('v <-> $1', 120) > 0.95 AS hundred;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 17)) s;
SELECT count(*) FROM (SELECT id FROM item WHERE id % 50 = 1 ORDER BY v <-> (SELECT v FROM item WHERE id = 17) LIMIT 20) s;
SELECT count(*) > 60 FROM item WHERE v <-> (SELECT v FROM item WHERE id = 17) <= 2.5;
SET vexpg.iterative_scan = off;
SELECT count(*) > 150 AS rule_is_off FROM (SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 17) LIMIT 300) s;
RESET ALL;
SET vexpg.stop_gamma = 1.1;
SET vexpg.stop_gamma = -0.1;
SET vexpg.rerank = heap;
SELECT i, f.* FROM unnest(ARRAY['item_l2', 'item_ip', 'item_cosine']::regclass[]) i, vexpg_index_check(i) f WHERE f.severity = 'error';
DROP TABLE item, work;
