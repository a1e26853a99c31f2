-- Distances between bit strings.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

SELECT a, b, pg_temp.outcome(format('SELECT %L::varbit::bit varying <~> %L::varbit', a, b)) AS hamming,
       pg_temp.outcome(format('SELECT %L::varbit <%%> %L::varbit', a, b)) AS jaccard
FROM (VALUES ('111', '111'), ('111', '110'), ('111', '100'), ('111', '000'), ('1100', '1000'), ('1111', '1110'),
  ('000', '000'),
  ('', ''), ('10101010101010101010', '01010101010101010101'), ('111', '00'), ('1111', '11111')) AS t (a, b);
SELECT hamming_distance(repeat('10', n)::varbit::bit varying, repeat('01', n)::varbit) AS hamming,
       jaccard_distance(repeat('110', n)::varbit, repeat('101', n)::varbit) AS jaccard
FROM unnest(ARRAY[1, 31, 32, 33, 63, 64, 65, 257, 5000, 40000]) AS n;
SELECT hamming_distance(B'101', NULL), jaccard_distance(NULL, B'101');
SELECT hamming_distance(binary_quantize('[1,-1,1]'::vector), B'111');
