-- Element-wise arithmetic, slices, norms and quantisation.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

SELECT statement, pg_temp.outcome('SELECT ' || replace(statement, '@', 'vector')) AS vector,
       pg_temp.outcome('SELECT ' || replace(statement, '@', 'halfvec')) AS halfvec
FROM (VALUES
  ('''[1,2,3]''::@ + ''[4,5,6]'''), ('''[1,2]''::@ + ''[3]'''), ('''[65504]''::@ + ''[65504]'''), ('''[0]''::@ + NULL'),
  ('''[1,2,3]''::@ - ''[4,5,6]'''), ('''[1,2]''::@ - ''[3]'''), ('''[-65504]''::@ - ''[65504]'''),
  ('''[1,2,3]''::@ * ''[4,5,6]'''), ('''[1,2]''::@ * ''[3]'''), ('''[65504]''::@ * ''[65504]'''),
  ('''[1e-7]''::@ * ''[1e-7]'''), ('''[0]''::@ * ''[1e-7]'''), ('''[1e-7]''::@ * ''[-0]'''),
  ('''[0.1]''::@ * ''[0.1]'''),
  ('''[1,2,3]''::@ || ''[4,5]'''), ('''[1]''::@ || NULL'),
  ('array_fill(0, ARRAY[16000])::@ || ''[1]'''), ('vector_dims(array_fill(0, ARRAY[15999])::@ || ''[1]'')'),
  ('vector_dims(''[1,2,3]''::@)'),
  ('subvector(''[1,2,3,4,5]''::@, 1, 3)'), ('subvector(''[1,2,3,4,5]''::@, 3, 2)'),
  ('subvector(''[1,2,3,4,5]''::@, -1, 3)'),
  ('subvector(''[1,2,3,4,5]''::@, 3, 9)'), ('subvector(''[1,2,3,4,5]''::@, 5, 1)'),
  ('subvector(''[1,2,3,4,5]''::@, 6, 1)'),
  ('subvector(''[1,2,3,4,5]''::@, 1, 0)'), ('subvector(''[1,2,3,4,5]''::@, 3, -1)'),
  ('subvector(''[1,2,3,4,5]''::@, -1, 2)'),
  ('subvector(''[1,2,3,4,5]''::@, 2147483647, 10)'), ('subvector(''[1,2,3,4,5]''::@, 3, 2147483647)'),
  ('subvector(''[1,2,3,4,5]''::@, -2147483644, 2147483647)'),
  ('subvector(''[1,2,3,4,5]''::@, -2147483648, -2147483648)'),
  ('l2_normalize(''[3,4]''::@)'), ('l2_normalize(''[3,0]''::@)'), ('l2_normalize(''[0,0.1]''::@)'),
  ('l2_normalize(''[0,0]''::@)'), ('l2_normalize(''[65504]''::@)'), ('l2_normalize(''[1e-7,0]''::@)'),
  ('binary_quantize(''[1,0,-1]''::@)'), ('binary_quantize(''[0,0.1,-0.2,-0.3,0.4,0.5,0.6,-0.7,0.8,-0.9,1]''::@)'),
  ('binary_quantize(''[1,2,3,-4,5,6,-7,8]''::@)'), ('binary_quantize(''[-0,1e-7]''::@)'),
  ('length(binary_quantize(array_fill(1, ARRAY[16000])::@))')) AS t (statement);

SELECT statement, pg_temp.outcome('SELECT ' || statement) FROM (VALUES
  ('''[3e38]''::vector + ''[3e38]'''), ('''[-3e38]''::vector - ''[3e38]'''), ('''[1e37]''::vector * ''[1e37]'''),
  ('''[1e-37]''::vector * ''[1e-37]'''), ('l2_normalize(''[3e38]''::vector)'), ('l2_normalize(''[3e-45]''::vector)'),
  ('vector_norm(''[3,4]'')'), ('vector_norm(''[0,0]'')'), ('vector_norm(''[3e37,4e37]'')::real'),
  ('vector_norm(''[3e38,3e38]'')::real'),
  ('l2_norm(''[3,4]''::halfvec)'), ('l2_norm(''[0,0]''::halfvec)'), ('l2_norm(''[65504,65504]''::halfvec)::real'),
  ('l2_norm(''{1:3,2:4}/2''::sparsevec)'), ('l2_norm(''{}/2''::sparsevec)'),
  ('l2_norm(''{1:3e37,2:4e37}/2''::sparsevec)::real'),
  ('l2_normalize(''{1:3,2:4}/2''::sparsevec)'), ('l2_normalize(''{2:0.1}/2''::sparsevec)'),
  ('l2_normalize(''{}/2''::sparsevec)'), ('l2_normalize(''{1:3e38}/1''::sparsevec)'),
  ('l2_normalize(''{1:3e38,2:1e-37}/2''::sparsevec)'),
  ('l2_normalize(''{2:3e37,4:3e-37,6:4e37,8:4e-37}/9''::sparsevec)')) AS t (statement);

-- A value that was compressed, one outside the row, and one with a short header give the same results.
CREATE TEMP TABLE stored (v vector, h halfvec);
ALTER TABLE stored ALTER v SET STORAGE extended, ALTER h SET STORAGE main;
INSERT INTO stored SELECT array_fill(1.5, ARRAY[n])::vector, array_fill(1.5, ARRAY[n])::halfvec
FROM unnest(ARRAY[1, 3, 20, 500, 2000, 16000]) AS n;
SELECT vector_dims(v), vector_norm(v) ^ 2 / vector_dims(v) AS v, l2_norm(h) ^ 2 / vector_dims(h) AS h,
       v <-> h::vector AS l2, vector_norm(v + v) / vector_norm(v) AS twice
FROM stored ORDER BY 1;
