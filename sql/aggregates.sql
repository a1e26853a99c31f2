-- avg and sum, alone, grouped and in parallel, and the functions behind them with any argument.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

SELECT statement, pg_temp.outcome(replace(statement, '@', 'vector')) AS vector,
       pg_temp.outcome(replace(statement, '@', 'halfvec')) AS halfvec
FROM (VALUES
  ('SELECT avg(v) FROM unnest(ARRAY[''[1,2,3]''::@, ''[3,5,7]'']) AS v'),
  ('SELECT avg(v) FROM unnest(ARRAY[''[1,2,3]''::@, NULL, ''[3,5,7]'']) AS v'),
  ('SELECT avg(v) FROM unnest(ARRAY[]::@[]) AS v'), ('SELECT avg(v) FROM unnest(ARRAY[NULL]::@[]) AS v'),
  ('SELECT avg(v) FROM unnest(ARRAY[''[1,2]''::@, ''[3]'']) AS v'),
  ('SELECT avg(v) FROM unnest(ARRAY[''[3]''::@, ''[1,2]'']) AS v'),
  ('SELECT avg(v) FROM unnest(ARRAY[''[65504]''::@, ''[65504]'']) AS v'),
  ('SELECT avg(v) FROM unnest(ARRAY[''[-0]''::@]) AS v'),
  ('SELECT sum(v) FROM unnest(ARRAY[''[1,2,3]''::@, ''[3,5,7]'']) AS v'),
  ('SELECT sum(v) FROM unnest(ARRAY[''[1,2,3]''::@, NULL, ''[3,5,7]'']) AS v'),
  ('SELECT sum(v) FROM unnest(ARRAY[]::@[]) AS v'), ('SELECT sum(v) FROM unnest(ARRAY[''[1,2]''::@, ''[3]'']) AS v'),
  ('SELECT sum(v) FROM unnest(ARRAY[''[65504]''::@, ''[65504]'']) AS v'),
  ('SELECT @_accum(''{0}'', ''[1,2,3]'')'), ('SELECT @_accum(''{0,0,0,0}'', ''[1,2,3]'')'),
  ('SELECT @_accum(''{2,1,1}'', ''[1,2]'')'),
  ('SELECT @_accum(''{}'', ''[1,2,3]'')'), ('SELECT @_accum(''{{0}}'', ''[1,2,3]'')'),
  ('SELECT @_accum(''{NULL}'', ''[1,2,3]'')'),
  ('SELECT @_accum(''{0,0}'', ''[1,2,3]'')'), ('SELECT @_accum(''{1,1.7e308}'', ''[1]'')'),
  ('SELECT @_combine(''{0}'', ''{0}'')'), ('SELECT @_combine(''{0}'', ''{2,1,1}'')'),
  ('SELECT @_combine(''{2,1,1}'', ''{0}'')'),
  ('SELECT @_combine(''{1,2}'', ''{3,4}'')'), ('SELECT @_combine(''{1,2}'', ''{3,4,5}'')'),
  ('SELECT @_combine(''{{1,2}}'', ''{3,4}'')'),
  ('SELECT @_combine(''{1,2}'', ''{{3,4}}'')'), ('SELECT @_combine(''{}'', ''{0}'')'),
  ('SELECT @_combine(''{0}'', ''{}'')'),
  ('SELECT @_combine(''{1,1.7e308}'', ''{1,1.7e308}'')'),
  ('SELECT @_avg(''{0}'')'), ('SELECT @_avg(''{2,3,4}'')'), ('SELECT @_avg(''{0,1}'')'), ('SELECT @_avg(''{1}'')'),
  ('SELECT @_avg(''{}'')'),
  ('SELECT @_avg(''{{1,2}}'')'), ('SELECT @_avg(''{1,NULL}'')'), ('SELECT @_avg(''{1,NaN}'')'),
  ('SELECT @_avg(''{1,Infinity}'')'),
  ('SELECT @_avg(''{1,1e39}'')'), ('SELECT @_avg(''{1,70000}'')'),
  ('SELECT @_avg(array_agg(n)) FROM generate_series(1, 16002) AS n')) AS t (statement);
SELECT avg(v), sum(v) FROM unnest(ARRAY['[3e38]'::vector, '[-3e38]']) AS v;
SELECT avg(v) FROM unnest(ARRAY['[3e38]'::vector, '[3e38]']) AS v;

-- A plain call leaves its argument alone.
CREATE TEMP TABLE state (s double precision[]);
INSERT INTO state VALUES ('{1,1,1}');
SELECT s, vector_accum(s, '[5,5]'), vector_combine(s, s), s FROM state;

-- Grouped, and in parallel plans.
CREATE TABLE summed (part int, v vector(3), h halfvec(3));
INSERT INTO summed SELECT i % 3, ARRAY[i, i % 7, 1]::vector, ARRAY[i % 100, i % 7, 1]::halfvec
FROM generate_series(1, 3000) AS i;
INSERT INTO summed VALUES (3, NULL, NULL);
ANALYZE summed;
SELECT part, avg(v), avg(h), sum(v) FROM summed GROUP BY part ORDER BY part;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT avg(v), sum(v), avg(h) FROM summed;
SELECT avg(v), sum(v), avg(h) FROM summed;
SELECT avg(v), sum(v), avg(h) FROM summed WHERE part > 3;
SELECT avg(v), sum(v), avg(h) FROM summed WHERE part = 3;
RESET ALL;
DROP TABLE summed;
