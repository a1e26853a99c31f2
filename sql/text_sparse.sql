-- Text of sparsevec: what is read, how it is written, and what is refused.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

CREATE TEMP TABLE input (id int GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO input (text) VALUES
  ('{1:1.5,3:3.5}/5'), ('{1:-2,3:-4}/5'), ('{1:2.,3:.5}/5'), (E' { 1 : 1.5 ,\t3  :  3.5  }\n / 5 '), ('{}/5'),
  ('{ }/1'),
  ('{1:0,2:1,3:0}/3'), ('{1:-0}/3'), ('{3:1,1:2,2:3}/3'), ('{+1:1}/1'), ('{1000000000:1}/1000000000'),
  ('{1:1.5e38,2:-1.5e-38}/2'),
  -- out of range, not finite
  ('{1:4e38}/1'), ('{1:-4e38}/1'), ('{1:1e-46}/1'), ('{1:-1e-46}/1'), ('{1:NaN}/1'), ('{1:Infinity}/1'), ('{1:-inf}/1'),
  -- indices
  ('{0:1}/1'), ('{-1:1}/1'), ('{2:1}/1'), ('{2147483647:1}/1'), ('{2147483648:1}/1'), ('{-2147483648:1}/1'),
  ('{-2147483649:1}/1'), ('{9223372036854775808:1}/1'), ('{1:1,1:1}/2'), ('{1:1,2:1,1:1}/2'), ('{0:0}/1'), ('{5:0}/1'),
  -- dimensions
  ('{}/0'), ('{}/-1'), ('{}/1000000000'), ('{}/1000000001'), ('{}/2147483648'), ('{}/-2147483649'),
  ('{}/9223372036854775808'),
  ('{}/-9223372036854775809'),
  -- malformed
  (''), (' '), ('{'), ('{ '), ('{:'), ('{,'), ('{}'), ('{}/'), ('{}/a'), ('{}/1a'), ('{}/1 2'), ('{}/1.5'),
  ('{:}/1'), ('{,}/1'),
  ('{1}/1'), ('{1,}/1'), ('{:1}/1'), ('{1:}/1'), ('{1:1'), ('{1:1,'), ('{1:1}'), ('{1a:1}/1'), ('{1:1a}/1'),
  ('{1:1,}/1'),
  ('{1:1;2:1}/2'), ('{1.5:1}/2'), ('[1,2]'), ('1:1}/1'), ('{1:hello}/1'), ('{1:1]/1');
SELECT text, pg_temp.outcome(format('SELECT %L::sparsevec', text)) AS sparsevec FROM input ORDER BY id;

-- Declared dimensions.
SELECT statement, pg_temp.outcome(statement) FROM (VALUES
  ('SELECT ''{}/3''::sparsevec(3)'), ('SELECT ''{}/3''::sparsevec(2)'), ('SELECT ''{4:1}/3''::sparsevec(2)'),
  ('SELECT ''{}/3''::sparsevec(3, 2)'), ('SELECT ''{}/3''::sparsevec(0)'), ('SELECT ''{}/3''::sparsevec(1000000001)'),
  ('SELECT ''{}/3''::sparsevec(''a'')')) AS t (statement);

-- The largest number of elements, and one more.
SELECT l2_norm(('{' || string_agg(i || ':1', ',') || '}/20000')::sparsevec) ^ 2 AS elements
FROM generate_series(1, 16000) AS i;
SELECT pg_temp.outcome(
  'SELECT (''{'' || string_agg(i || '':1'', '','') || ''}/20000'')::sparsevec FROM generate_series(1, 16001) AS i');
