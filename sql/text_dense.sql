-- Text of vector and halfvec: what is read, how it is written, and what is refused.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

CREATE TEMP TABLE input (id int GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO input (text) VALUES
  ('[1,2,3]'), ('[-1,-2,-3]'), ('[1.,.5,+3]'), (E' [ 1,\t2 ,\n  3\r] \f\x0b'), ('[1.23456]'), ('[0.1,123456789,1e10]'),
  ('[0,-0]'), ('[1.5e38,-1.5e+38,1.5e-38]'), ('[0x10,1e1]'), ('[65504,-65504]'), ('[65519,-65519]'), ('[1e-8]'),
  ('[1e-46,-1e-46]'), ('[5.9604645e-08]'), ('[0.33333334]'),
  -- out of range
  ('[4e38,1]'), ('[1,-4e38]'), ('[65520]'), ('[1,-65520]'), ('[1e400]'),
  -- not finite
  ('[NaN,1]'), ('[1,nan]'), ('[Infinity]'), ('[1,-Infinity]'), ('[inf]'),
  -- malformed
  (''), (' '), ('['), ('[ '), ('[]'), ('[ ]'), ('[,'), ('[,]'), ('[1'), ('[1,'), ('[1,]'), ('[1a]'), ('[1,,3]'),
  ('[1, ,3]'), ('[1 2]'), ('[1;2]'), ('1,2,3'), ('{1,2}'), ('[1,2,3]9'), ('[1,2,3]]'), ('[hello,1]'), ('[[1]]'),
  ('[1,2}'),
  ('[--1]'), ('[1e]'), ('[e1]'), ('[.]');
SELECT text, pg_temp.outcome(format('SELECT %L::vector', text)) AS vector,
       pg_temp.outcome(format('SELECT %L::halfvec', text)) AS halfvec
FROM input ORDER BY id;

-- The shortest text that reads back the same.
SELECT count(*) AS wrong FROM generate_series(1, 2000) AS i,
  LATERAL (SELECT ('[' || sin(i)::real * 10 ^ (i % 60 - 30) || ',' || i || ']')::vector AS v) AS s
WHERE v::text::vector <> v OR translate(v::text, '[]', '{}') <> (v::real[])::text;

-- Declared dimensions.
SELECT statement, pg_temp.outcome(statement) FROM (VALUES
  ('SELECT ''[1,2,3]''::vector(3)'), ('SELECT ''[1,2,3]''::vector(2)'), ('SELECT ''[1,2,3]''::vector(3, 2)'),
  ('SELECT ''[1,2,3]''::vector(0)'), ('SELECT ''[1,2,3]''::vector(-1)'), ('SELECT ''[1,2,3]''::vector(16001)'),
  ('SELECT ''[1,2,3]''::vector(''a'')'), ('SELECT ''{"[1,2,3]"}''::vector(2)[]'),
  ('SELECT ''{"[1,2,3]"}''::vector(3)[]'),
  ('SELECT ''[1,2,3]''::halfvec(3)'), ('SELECT ''[1,2,3]''::halfvec(2)'), ('SELECT ''[1,2,3]''::halfvec(3, 2)'),
  ('SELECT ''[1,2,3]''::halfvec(0)'), ('SELECT ''[1,2,3]''::halfvec(16001)')) AS t (statement);
CREATE TEMP TABLE declared (v vector(3), h halfvec(2));
SELECT attname, atttypmod, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'declared'::regclass AND attnum > 0 ORDER BY attnum;
INSERT INTO declared VALUES ('[1,2,3]', '[1,2]'), (NULL, NULL);
SELECT statement, pg_temp.outcome(statement) FROM (VALUES
  ('INSERT INTO declared (v) VALUES (''[1,2]'')'), ('INSERT INTO declared (h) VALUES (''[1,2,3]'')'),
  ('INSERT INTO declared (v) VALUES (''[1,2]''::vector)'), ('UPDATE declared SET v = ''[1,2,3,4]''')) AS t (statement);
SELECT * FROM declared;

-- The largest number of dimensions, and one more.
SELECT n, vector_dims(('[' || repeat('1,', n - 1) || '1]')::vector) AS vector,
       vector_dims(('[' || repeat('1,', n - 1) || '1]')::halfvec) AS halfvec
FROM (VALUES (1), (16000)) AS t (n);
SELECT pg_temp.outcome('SELECT (''['' || repeat(''1,'', 16000) || ''1]'')::vector') AS vector,
       pg_temp.outcome('SELECT (''['' || repeat(''1,'', 16000) || ''1]'')::halfvec') AS halfvec;
