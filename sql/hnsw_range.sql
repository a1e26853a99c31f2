-- Range search: WHERE distance < radius, in the natural form and as a sphere, with and without ORDER BY and LIMIT.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/plan.psql'
\i :helper
SET enable_seqscan = off;
CREATE TABLE item (id int PRIMARY KEY, x int, v vector(2));
INSERT INTO item SELECT i, i % 7, ARRAY[i % 25, i / 25]::vector FROM generate_series(0, 499) i;
INSERT INTO item VALUES (500, 1, NULL);
CREATE INDEX item_v ON item USING hnsw (x, v vector_l2_ops);
ANALYZE item;

-- Each form, and where the scan stops.
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE v <-> '[3,3]' < 2;
SELECT count(*) FROM item WHERE v <-> '[3,3]' < 2;
SELECT rows_returned, rows_late, codes_scored < 300 AS few, stopped FROM vexpg_last_scan();
SELECT count(*) FROM item WHERE v <-> '[3,3]' <= 2;
SELECT count(*) FROM item WHERE 2 > '[3,3]' <-> v;
SELECT count(*) FROM item WHERE 2 >= '[3,3]' <-> v;
SELECT count(*) FROM item WHERE v <-> '[3,3]' BETWEEN 1 AND 2::real;
SELECT count(*) FROM item WHERE v <-> '[3,3]' <= 2 AND v <-> '[3,3]' < 1;
SELECT count(*), max(v <-> '[3,3]') FROM item WHERE v <<->> sphere('[3,3]'::vector, 2);
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE v <<->> sphere('[3,3]'::vector, 2);
SELECT count(*) FROM item WHERE v <<->> ROW('[3,3]', 2)::sphere_vector;
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE v <-> '[3.1,3.2]' < 2 ORDER BY v <-> '[3.1,3.2]' LIMIT 3;
SELECT id FROM item WHERE v <-> '[3.1,3.2]' < 2 ORDER BY v <-> '[3.1,3.2]' LIMIT 3;
SELECT id FROM item WHERE v <-> '[3.1,3.2]' < 1 ORDER BY v <-> '[3.1,3.2]' LIMIT 30;
SELECT rows_returned, codes_scored < 300 AS few, stopped FROM vexpg_last_scan();
SELECT id FROM item WHERE v <<->> sphere('[3.1,3.2]'::vector, 1) ORDER BY v <-> '[3.1,3.2]' LIMIT 30;

-- More rows within than candidates, all of them, none of them; pgvector's setting ends the scan after the candidates.
SET hnsw.ef_search = 5;
SELECT count(*), count(DISTINCT id) FROM item WHERE v <-> '[12,10]' < 7;
SELECT count(*), count(DISTINCT id) FROM item WHERE v <-> '[12,10]' < 1e9;
SELECT count(*) FROM item WHERE v <-> '[12.5,10.5]' < 0.5;
SET hnsw.iterative_scan = off;
SELECT count(*) FROM item WHERE v <-> '[12,10]' < 7;
SELECT stopped FROM vexpg_last_scan();
RESET hnsw.iterative_scan;
RESET hnsw.ef_search;

-- Filters in the index; two centres; a centre that is not what is ordered by; other conditions.
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE x IN (2, 3) AND v <-> '[3,3]' < 2;
SELECT id, x FROM item WHERE x IN (2, 3) AND v <-> '[3,3]' < 2 ORDER BY id;
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE x < 4 AND v <-> '[3,3]' < 2 ORDER BY v <-> '[3,3]' LIMIT 5;
SELECT id FROM item WHERE v <-> '[3,3]' < 2 AND v <-> '[5,3]' < 2 ORDER BY id;
SELECT id FROM item WHERE v <<->> sphere('[3,3]'::vector, 1.5) AND v <<->> sphere('[5,3]'::vector, 1.5) ORDER BY id;
SELECT id FROM item WHERE v <<->> sphere('[3,3]'::vector, 2) ORDER BY v <-> '[8.1,3.2]' LIMIT 2;
SELECT id FROM item WHERE v <<->> sphere('[3,3]'::vector, 2) ORDER BY v <-> NULL::vector LIMIT 2 \g /dev/null
\echo :ROW_COUNT
SELECT id FROM item WHERE v <-> '[3,3]' < 2 AND id % 2 = 0 ORDER BY id;
SELECT count(*) FROM item WHERE v <-> '[3,3]' < 2 OR v <-> '[20,3]' < 2;

-- NULL, negative and odd radii, NULL and wrong centres; generic plans.
SET plan_cache_mode = force_generic_plan;
PREPARE within(vector, float8) AS SELECT count(*) FROM item WHERE v <-> $1 < $2;
EXPLAIN (COSTS OFF) EXECUTE within('[3,3]', 2);
EXECUTE within('[3,3]', 2);
EXECUTE within('[3,3]', NULL);
EXECUTE within(NULL, 2);
EXECUTE within('[3,3]', -1);
EXECUTE within('[3,3]', 0);
EXECUTE within('[3,3]', '-Infinity');
EXECUTE within('[3,3]', 'Infinity');
EXECUTE within('[3,3]', 'NaN');
EXECUTE within('[3,3,3]', 2);
PREPARE sphere(sphere_vector) AS SELECT count(*) FROM item WHERE v <<->> $1;
EXECUTE sphere(sphere('[3,3]'::vector, 2));
EXECUTE sphere(NULL);
EXECUTE sphere(ROW(NULL, 2));
EXECUTE sphere(ROW('[3,3]', NULL));
EXECUTE sphere(ROW('[3,3,3]', 2));
PREPARE ordered(vector, float8) AS SELECT id FROM item WHERE v <-> $1 < $2 ORDER BY v <-> $1 LIMIT 3;
EXPLAIN (COSTS OFF) EXECUTE ordered('[3,3]', 2);
EXECUTE ordered('[3.1,3.2]', 0.8);
EXECUTE ordered('[3.1,3.2]', NULL);
DEALLOCATE ALL;
RESET plan_cache_mode;
SELECT v <<->> sphere('[3,3]'::vector, 1), v <<#>> sphere('[3,3]'::vector, -20), v <<=>> sphere('[3,3]'::vector, 0)
FROM (VALUES ('[3,4]'::vector), ('[4,4]'), ('[3,5]'), (NULL)) t (v);
SELECT '[1,2]'::vector <<->> sphere('[1]'::vector, 1);

-- For each row of another table: a lateral subquery, a join by distance, an outer join, an anti-join.
SELECT * FROM pg_temp.plan($$SELECT q.id, n.c FROM item q, LATERAL (SELECT count(*) AS c FROM item o WHERE o.v <-> q.v <= 1) n WHERE q.id < 30$$);
SELECT n.c, count(*) FROM item q, LATERAL (SELECT count(*) AS c FROM item o WHERE o.v <-> q.v <= 1) n GROUP BY 1 ORDER BY 1;
SET enable_material = off;
SELECT * FROM pg_temp.plan($$SELECT q.id, o.id FROM item q JOIN item o ON q.v <-> o.v < 1.1$$);
SELECT count(*) FROM item q JOIN item o ON q.v <-> o.v < 1.1;
SELECT count(*), count(o.id) FROM item q LEFT JOIN item o ON q.v <-> o.v < 1.1 AND o.id <> q.id;
SELECT count(*) FROM item q WHERE NOT EXISTS (SELECT FROM item o WHERE q.v <-> o.v < 2 AND o.x = 3);
SET enable_indexscan = off;
SELECT count(*) FROM item q WHERE NOT EXISTS (SELECT FROM item o WHERE q.v <-> o.v < 2 AND o.x = 3);
SELECT count(*) FROM item q JOIN item o ON q.v <-> o.v < 1.1;
RESET enable_indexscan;
RESET enable_material;

-- Cursors, locked rows, a row that moves away.
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM item WHERE v <-> '[3.1,3.2]' < 2 ORDER BY v <-> '[3.1,3.2]';
FETCH 2 FROM c;
DELETE FROM item WHERE id = 103;
FETCH 2 FROM c;
MOVE 5 FROM c;
FETCH ALL FROM c;
CLOSE c;
ROLLBACK;
BEGIN;
SELECT id FROM item WHERE v <-> '[3.1,3.2]' < 1 ORDER BY v <-> '[3.1,3.2]' FOR UPDATE;
WITH changed AS (UPDATE item SET x = -1 WHERE v <-> '[3,3]' < 1.1 RETURNING id) SELECT id FROM changed ORDER BY id;
ROLLBACK;
-- Other distances and types; partial indexes, expressions, partitions.
CREATE TABLE other (id int, h halfvec(3), v vector(3)) PARTITION BY HASH (id);
CREATE TABLE other_0 PARTITION OF other FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE other_1 PARTITION OF other FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO other SELECT i, ARRAY[cos(i), sin(i), i % 10]::vector::halfvec(3), ARRAY[cos(i), sin(i), i % 10]::vector FROM generate_series(1, 400) i;
INSERT INTO other VALUES (0, '[0,0,0]', '[0,0,0]');
CREATE INDEX ON other USING hnsw (h halfvec_cosine_ops);
CREATE INDEX ON other USING hnsw (v vector_ip_ops) WHERE id > 100;
CREATE INDEX ON other USING hnsw ((v::halfvec(3)) halfvec_l2_ops);
ANALYZE other;
EXPLAIN (COSTS OFF) SELECT count(*) FROM other WHERE h <=> '[1,1,1]' < 0.1;
SELECT count(*) FROM other WHERE h <=> '[1,1,1]' < 0.1;
SELECT count(*) FROM other WHERE h <=> '[0,0,0]' < 0.1;
SELECT count(*) FROM other WHERE h <=> '[0,0,0]' < 'NaN';
SELECT count(*) FROM other WHERE h <<=>> sphere('[1,1,1]'::halfvec, 0.1);
EXPLAIN (COSTS OFF) SELECT count(*) FROM other WHERE v <#> '[1,1,1]' < -9.5 AND id > 100;
SELECT count(*) FROM other WHERE v <#> '[1,1,1]' < -9.5 AND id > 100;
SELECT * FROM pg_temp.plan($$SELECT count(*) FROM other WHERE v <#> '[1,1,1]' < -9.5 AND id > 99$$);
SELECT count(*) FROM other WHERE v <#> '[1,1,1]' < -9.5 AND id > 99;
EXPLAIN (COSTS OFF) SELECT id FROM other WHERE v::halfvec(3) <-> '[1,0,3]' < 0.5 ORDER BY v::halfvec(3) <-> '[1,0,3]' LIMIT 9;
SELECT count(*) FROM other WHERE v::halfvec(3) <-> '[1,0,3]' < 0.5;
SET enable_seqscan = on; SET enable_indexscan = off;
SELECT count(*) FROM other WHERE h <=> '[1,1,1]' < 0.1;
SELECT count(*) FROM other WHERE v <#> '[1,1,1]' < -9.5 AND id > 100;
SELECT count(*) FROM other WHERE v <#> '[1,1,1]' < -9.5 AND id > 99;
SELECT count(*) FROM other WHERE v::halfvec(3) <-> '[1,0,3]' < 0.5;
RESET enable_seqscan; RESET enable_indexscan;

-- The planner takes the index by itself where the table is large enough; no condition may cross a row security policy.
CREATE TABLE many (id int, v vector(2));
INSERT INTO many SELECT i, ARRAY[i % 100, i / 100]::vector FROM generate_series(0, 9999) i;
CREATE INDEX many_v ON many USING hnsw (v vector_l2_ops);
ANALYZE many;
EXPLAIN (COSTS OFF) SELECT count(*) FROM many WHERE v <-> '[30,30]' < 3;
SELECT count(*) FROM many WHERE v <-> '[30,30]' < 3;
CREATE ROLE vexpg_reader;
GRANT SELECT ON many TO vexpg_reader;
ALTER TABLE many ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON many TO vexpg_reader USING (id % 2 = 0);
SET ROLE vexpg_reader;
SELECT count(*), bool_and(id % 2 = 0) FROM many WHERE v <-> '[30,30]' < 3;
RESET ROLE;
DROP OWNED BY vexpg_reader;
DROP ROLE vexpg_reader;
SELECT amvalidate(oid) FROM pg_opclass WHERE opcname IN ('vector_l2_ops', 'halfvec_ip_ops') AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'hnsw');
VACUUM item, many;
SELECT c.relname, f.* FROM pg_class c JOIN pg_am a ON a.oid = c.relam, vexpg_index_check(c.oid::regclass) f WHERE a.amname = 'hnsw' AND c.relkind = 'i';
DROP TABLE item, other, many;
