-- What distances and scans cost, by the plans that the planner prefers.
CREATE FUNCTION pg_temp.plan(query text, OUT uses text, OUT cost float8) LANGUAGE plpgsql AS $$
DECLARE
  node json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO node;
  node := node -> 0 -> 'Plan';
  cost := node ->> 'Total Cost';
  WHILE node -> 'Plans' IS NOT NULL LOOP
    node := node -> 'Plans' -> 0;
  END LOOP;
  uses := coalesce(node ->> 'Index Name', node ->> 'Node Type');
END
$$;
-- What the distances of all rows cost in a sequential scan, for each row.
CREATE FUNCTION pg_temp.distance_cost(table_name text, distance text) RETURNS float8 LANGUAGE sql AS $$
  SELECT (a.cost - b.cost) / 500 FROM pg_temp.plan(format('SELECT id FROM %s ORDER BY %s', table_name, distance)) AS a,
    pg_temp.plan(format('SELECT id FROM %s ORDER BY id + 0.0::float8', table_name)) AS b
$$;
SET max_parallel_workers_per_gather = 0;

-- Values out of line are fetched, others come with their rows; also before the table is analysed.
CREATE TABLE outside (id int, v vector(600), h halfvec(600), w vector);
ALTER TABLE outside ALTER h SET STORAGE main;
INSERT INTO outside SELECT i, v, v::halfvec, v FROM generate_series(1, 500) AS i,
  LATERAL (SELECT array_agg(sin(i * j))::vector AS v FROM generate_series(1, 600) AS j) AS s;
CREATE TABLE inside (LIKE outside);
ALTER TABLE inside ALTER v SET STORAGE main, ALTER h SET STORAGE main, ALTER w SET STORAGE main;
INSERT INTO inside SELECT id, v + v, h, '[1]' FROM outside;
SELECT set_config('test.v', v::text, false) IS NULL AS missing FROM outside WHERE id = 7;
SELECT pg_temp.distance_cost('outside', 'v <-> ''' || current_setting('test.v') || '''') > 0.4 AS fetched;
ANALYZE outside, inside;
SELECT d, pg_temp.distance_cost('outside', d) BETWEEN 0.4 AND 0.8 AS fetched_outside,
  pg_temp.distance_cost('inside', d) < 0.1 AS at_hand_inside
FROM unnest(ARRAY['v <-> $1', 'v <#> $1', 'v <=> $1', 'v <+> $1', 'l2_distance(v, $1)', 'v::halfvec(600) <-> $1::halfvec',
                  'w <-> $1', 'h <-> $1::halfvec']) AS t (template),
  LATERAL (SELECT replace(template, '$1', 'ARRAY[1,2]::vector')) AS s (d);
-- Of a partition by its own rows, of a subquery's column by the table below unless it is planned apart.
CREATE TABLE parted (id int, v vector(600)) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
INSERT INTO parted SELECT id, v FROM outside;
ANALYZE parted;
SELECT pg_temp.distance_cost(t, 'v <-> ARRAY[1,2]::vector') > 0.4 AS fetched
FROM unnest(ARRAY['parted', '(SELECT * FROM outside OFFSET 0) AS s', '(SELECT * FROM outside) AS s']) AS t;

-- A few hundred rows: one search where vectors are out of line, a look at all where they are short and few.
CREATE INDEX outside_v ON outside USING hnsw (v vector_l2_ops);
SELECT uses FROM pg_temp.plan('SELECT id FROM outside ORDER BY v <-> ''' || current_setting('test.v') || ''' LIMIT 10');
CREATE TABLE short (id int, v vector(3));
INSERT INTO short SELECT i, ARRAY[sin(i), cos(i), sin(i * 0.7)]::vector FROM generate_series(1, 60) AS i;
CREATE INDEX short_v ON short USING hnsw (v vector_l2_ops);
ANALYZE short;
SELECT uses FROM pg_temp.plan('SELECT id FROM short ORDER BY v <-> ''[1,0,0]'' LIMIT 10');

-- A condition that another index answers: the more rows match, the sooner the vector's index finds ten of them.
CREATE TABLE place (id int, u int, v vector(3));
INSERT INTO place SELECT i, i * 7919 % 20000, ARRAY[sin(i), cos(i), sin(i * 0.7)]::vector FROM generate_series(1, 20000) AS i;
CREATE INDEX place_u ON place (u);
CREATE INDEX place_v ON place USING hnsw (v vector_l2_ops);
VACUUM ANALYZE place;
CREATE FUNCTION pg_temp.choices(wanted int) RETURNS TABLE (matching int, uses text) LANGUAGE sql AS $$
  SELECT n, p.uses FROM unnest(ARRAY[3, 20, 2000, 10000]) AS n, pg_temp.plan(format(
    'SELECT id FROM place WHERE u BETWEEN 100 AND %s ORDER BY v <-> ''[1,0,0]'' LIMIT %s', 99 + n, wanted)) AS p
$$;
SELECT * FROM pg_temp.choices(10);
SELECT * FROM pg_temp.choices(1);
SELECT * FROM pg_temp.choices(1000);
-- Without it: a sequential scan computes only the distances of rows that match.
DROP INDEX place_u;
SELECT * FROM pg_temp.choices(10);
-- As a column of the index.
CREATE INDEX place_u ON place (u);
DROP INDEX place_v;
CREATE INDEX place_v ON place USING hnsw (v vector_l2_ops, u);
SELECT * FROM pg_temp.choices(10);
-- A generic plan takes a range to hold a two-hundredth of the rows, an equality a row of the average.
SET plan_cache_mode = force_generic_plan;
PREPARE ranged(int, int, vector) AS SELECT id FROM place WHERE u BETWEEN $1 AND $2 ORDER BY v <-> $3 LIMIT 10;
PREPARE equal(int, vector) AS SELECT id FROM place WHERE u = $1 ORDER BY v <-> $2 LIMIT 10;
SELECT uses FROM pg_temp.plan('EXECUTE ranged(0, 0, ''[1,0,0]'')');
SELECT uses FROM pg_temp.plan('EXECUTE equal(0, ''[1,0,0]'')');
SELECT c.relname, f.* FROM pg_class AS c, vexpg_index_check(c.oid) AS f WHERE c.relname IN ('outside_v', 'short_v', 'place_v');
DROP TABLE outside, inside, parted, short, place;
