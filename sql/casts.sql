-- Conversions between the types and from and to arrays, and in which contexts they happen by themselves.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

SELECT statement, pg_temp.outcome('SELECT ' || replace(statement, '@', 'vector')) AS vector,
       pg_temp.outcome('SELECT ' || replace(statement, '@', 'halfvec')) AS halfvec,
       pg_temp.outcome('SELECT ' || replace(statement, '@', 'sparsevec')) AS sparsevec
FROM (VALUES
  ('ARRAY[1,0,3]::@'), ('ARRAY[1.5,0,3]::@'), ('ARRAY[1,0,3]::real[]::@'), ('ARRAY[1,0,3]::float8[]::@'),
  ('ARRAY[1,0,3]::numeric[]::@'),
  ('''{1,2,3}''::real[]::@(3)'), ('''{1,2,3}''::real[]::@(2)'), ('''{1,2,3}''::int[]::@(2)'),
  ('''{NULL}''::real[]::@'), ('''{1,NULL}''::int[]::@'), ('''{1,NULL}''::numeric[]::@'), ('''{NaN}''::real[]::@'),
  ('''{NaN}''::numeric[]::@'),
  ('''{Infinity}''::real[]::@'), ('''{-Infinity}''::float8[]::@'), ('''{}''::real[]::@'), ('''{}''::int[]::@'),
  ('''{{1}}''::real[]::@'), ('''{{1,2},{3,4}}''::int[]::@'), ('''[5:6]={1,2}''::int[]::@'),
  ('''{4e38,-4e38}''::float8[]::@'), ('''{1e-46,-1e-46}''::float8[]::@'), ('''{4e38}''::numeric[]::@'),
  ('''{1e-50}''::numeric[]::@'),
  ('''{2147483647,-2147483648}''::int[]::@'), ('''{65520,-65520}''::real[]::@'), ('''{1e-8,-1e-8}''::real[]::@'),
  ('''{0.1,16777217}''::float8[]::@'), ('ARRAY[''a'']::@'), ('ARRAY[1]::bigint[]::@'),
  ('vector_dims(array_fill(1, ARRAY[16000])::@)'), ('(array_fill(1, ARRAY[16001])::@)::text'),
  ('array_to_@(array_fill(1, ARRAY[16001]), 16001, false)::text'),
  ('''[0,1.5,0,3.5]''::vector::@'), ('''[0,1.5,0,3.5]''::vector::@(4)'), ('''[0,1.5,0,3.5]''::vector::@(3)'),
  ('''[0,1.5,0,3.5]''::halfvec::@'), ('''[0,1.5,0,3.5]''::halfvec::@(4)'), ('''[0,1.5,0,3.5]''::halfvec::@(3)'),
  ('''{2:1.5,4:3.5}/5''::sparsevec::@'), ('''{2:1.5,4:3.5}/5''::sparsevec::@(5)'),
  ('''{2:1.5,4:3.5}/5''::sparsevec::@(4)'),
  ('''{}/3''::sparsevec::@'), ('''[65520]''::vector::@'), ('''[1e-8,-0]''::vector::@'),
  ('''{1:65520}/1''::sparsevec::@'),
  ('''{1:1e-8}/1''::sparsevec::@'), ('''{}/16001''::sparsevec::@')) AS t (statement);
SELECT statement, pg_temp.outcome('SELECT ' || statement) FROM (VALUES
  ('''[1,-0,3.5]''::vector::real[]'), ('''[1,-0,3.5]''::halfvec::real[]'), ('''{1:1}/2''::sparsevec::real[]'),
  ('''[1,2]''::vector::float8[]'), ('''[1,2]''::vector::real[] || 3'),
  ('(SELECT array_fill(1, ARRAY[20000])::sparsevec)'),
  ('l2_norm((SELECT array_agg(i % 2) FROM generate_series(1, 20000) AS i)::sparsevec)'),
  ('''[1,2]''::vector <-> ''[1,2]''::halfvec'), ('''[1,2]''::vector <-> ''[1,2]''::real[]'),
  ('''[1,2]''::vector <-> ''{1:1}/2''::sparsevec'),
  ('l2_distance(''[1,2]''::vector, ''[1,2]''::halfvec)'), ('''[1,2]''::vector = ''{1,2}''::real[]'),
  ('ARRAY[1,2,3] = ARRAY[1,2,3]'), ('ARRAY[1,2,3] || ARRAY[4]'), ('ARRAY[1.5] < ARRAY[2.5]')) AS t (statement);

-- Assignment: what may be put into a column without a cast.
CREATE TEMP TABLE assigned (v vector(2), h halfvec(2), s sparsevec(2), f real[]);
SELECT statement, pg_temp.outcome(statement) FROM (VALUES
  ('INSERT INTO assigned (v) VALUES (ARRAY[1,2])'), ('INSERT INTO assigned (v) VALUES (ARRAY[1.5,2])'),
  ('INSERT INTO assigned (v) VALUES (''[1,2]''::halfvec)'),
  ('INSERT INTO assigned (v) VALUES (''{1:1}/2''::sparsevec)'),
  ('INSERT INTO assigned (v) VALUES (ARRAY[1,2,3])'), ('INSERT INTO assigned (h) VALUES (ARRAY[1,2])'),
  ('INSERT INTO assigned (h) VALUES (''[1,2]''::vector)'), ('INSERT INTO assigned (h) VALUES (''{1:1}/2''::sparsevec)'),
  ('INSERT INTO assigned (h) VALUES (''[70000,1]''::vector)'), ('INSERT INTO assigned (s) VALUES (''[1,2]''::vector)'),
  ('INSERT INTO assigned (s) VALUES (''[1,2]''::halfvec)'), ('INSERT INTO assigned (s) VALUES (ARRAY[0,1]::float8[])'),
  ('INSERT INTO assigned (f) VALUES (''[1,2]''::vector)'), ('INSERT INTO assigned (f) VALUES (''[1,2]''::halfvec)'),
  ('INSERT INTO assigned (f) VALUES (''{1:1}/2''::sparsevec)')) AS t (statement);
SELECT * FROM assigned;

-- Every half survives the way to vector and back; rounding is to nearest even.
SELECT count(*) AS wrong FROM generate_series(0, 65535) AS i, LATERAL (
  SELECT (power(-1, i >> 15) * CASE WHEN (i >> 10) & 31 = 0 THEN (i & 1023) * power(2, -24)
          ELSE (1 + (i & 1023) / 1024.0) * power(2, ((i >> 10) & 31) - 15) END)::real AS x) AS t
WHERE (i >> 10) & 31 < 31 AND (ARRAY[x]::halfvec::vector::real[])[1] <> x;
SELECT ARRAY[2049, 2051, 2049.001, 2050.999, 0.00006103515, 5.96e-08, 2.98e-08, 2.99e-08, 65519.99]::halfvec;
