-- The order of the types: comparison operators, btree indexes, sorting, DISTINCT and joins.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

SELECT type, a, b, pg_temp.outcome(format('SELECT %1$s_cmp(%2$L::vector, %3$L::vector)', type, a, b)) AS cmp,
  pg_temp.outcome(format('SELECT concat_ws('' '', a < b, a <= b, a = b, a <> b, a >= b, a > b)
                          FROM (SELECT %2$L::vector::%1$s AS a, %3$L::vector::%1$s AS b) AS t', type, a, b))
    AS "< <= = <> >= >"
FROM unnest(ARRAY['vector', 'halfvec', 'sparsevec']) AS type, (VALUES
  ('[1,2,3]', '[1,2,3]'), ('[1,2,3]', '[0,0,0]'), ('[0,0,0]', '[1,2,3]'), ('[1,2]', '[1,2,3]'), ('[1,2,3]', '[1,2]'),
  ('[1,2]', '[2,3,4]'), ('[2,3]', '[1,2,3]'), ('[0,1]', '[1,0]'), ('[0,-1]', '[-1,0]'), ('[0,0]', '[0]'),
  ('[0,-1]', '[0]'),
  ('[-0]', '[0]'), ('[0,1]', '[0]'), ('[0,0,-1]', '[0,0]')) AS t (a, b)
ORDER BY 1, 2, 3;

CREATE TABLE ordered (id int, v vector, h halfvec, s sparsevec);
INSERT INTO ordered SELECT i, v, v::halfvec, v::sparsevec FROM generate_series(1, 500) AS i, LATERAL (
  SELECT array_agg((i * j * 7919) % 5 - 2)::vector AS v FROM generate_series(1, i % 4 + 1) AS j) AS t;
CREATE INDEX ON ordered (v);
CREATE INDEX ON ordered (h);
CREATE INDEX ON ordered (s);
ANALYZE ordered;
SELECT count(DISTINCT v), count(DISTINCT h), count(DISTINCT s) FROM ordered;
SELECT count(*) AS wrong FROM (
  SELECT v, lag(v) OVER by_v AS before_v, h, lag(h) OVER by_h AS before_h, s, lag(s) OVER by_s AS before_s FROM ordered
  WINDOW by_v AS (ORDER BY v), by_h AS (ORDER BY h), by_s AS (ORDER BY s)) AS t
WHERE v < before_v OR h < before_h OR s < before_s;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM ordered WHERE v = '[1,2]';
SELECT (SELECT count(*) FROM ordered WHERE v = '[1,2]') = (SELECT count(*) FROM ordered WHERE v::text = '[1,2]') AS v,
       (SELECT count(*) FROM ordered WHERE h < '[0,1]') = (SELECT count(*) FROM ordered WHERE v < '[0,1]') AS h,
       (SELECT count(*) FROM ordered WHERE s >= '{2:1}/2') = (SELECT count(*) FROM ordered WHERE v >= '[0,1]') AS s;
RESET ALL;
SET enable_hashjoin = off;
SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM ordered AS a JOIN ordered AS b ON a.id = b.id AND a.v = b.v;
RESET ALL;
SELECT statement, pg_temp.outcome(statement) FROM (VALUES
  ('CREATE UNIQUE INDEX ON ordered (v)'), ('SELECT ''[1]''::vector < ''[1]''::halfvec'),
  ('CREATE INDEX ON ordered USING hash (v)'), ('SELECT max(v) FROM ordered')) AS t (statement);
SELECT v, count(*) FROM ordered WHERE v < '[-1]' GROUP BY v ORDER BY v LIMIT 5;
DROP TABLE ordered;
