-- Distances and their operators.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

CREATE TEMP TABLE pair (id int GENERATED ALWAYS AS IDENTITY, a text, b text);
INSERT INTO pair (a, b) VALUES
  ('[0,0]', '[3,4]'), ('[0,0]', '[0,1]'), ('[1,2]', '[3,4]'), ('[1,2]', '[2,4]'), ('[1,1]', '[-1,-1]'),
  ('[1,0]', '[0,2]'),
  ('[1,2]', '[0,0]'), ('[0,0]', '[0,0]'), ('[1,1]', '[1.1,1.1]'), ('[1,1]', '[-1.1,-1.1]'), ('[1,2]', '[3]'),
  ('[3]', '[1,2]'),
  ('[1,2,3,4,5,6,7,8,9]', '[1,2,3,4,5,6,7,8,9]'), ('[1,2,3,4,5,6,7,8,9]', '[-1,-2,-3,-4,-5,-6,-7,-8,-9]'),
  ('[1,1,1,1,1,1,1,1,1]', '[1,1,1,1,1,1,1,4,5]'), ('[1,2,3,4,5,6,7,8,9]', '[0,3,2,5,4,7,6,9,8]'),
  ('[65504]', '[-65504]'), ('[0,1.5,0,3.5]', '[2,0,0,1]');
SELECT operator, type, a, b, pg_temp.outcome(format('SELECT %L::vector::%s %s %L::vector', a, type, operator, b))
FROM pair, unnest(ARRAY['<->', '<#>', '<=>', '<+>']) AS operator,
  unnest(ARRAY['vector', 'halfvec', 'sparsevec']) AS type
WHERE id < 11 OR type <> 'sparsevec'
ORDER BY operator COLLATE "C", id, type;

SELECT statement, pg_temp.outcome('SELECT ' || statement) FROM (VALUES
  ('l2_distance(''[3e38]''::vector, ''[-3e38]'')'), ('inner_product(''[3e38]''::vector, ''[3e38]'')'),
  ('cosine_distance(''[3e38]''::vector, ''[3e38]'')'), ('l1_distance(''[3e38]''::vector, ''[-3e38]'')'),
  ('l2_distance(''[1,2]''::vector, NULL)'), ('inner_product(''[65504]''::halfvec, ''[65504]'')'),
  ('vector_l2_squared_distance(''[0,0]'', ''[3,4]'')'), ('vector_negative_inner_product(''[1,2]'', ''[3,4]'')'),
  ('vector_spherical_distance(''[1,0]'', ''[0,1]'')'), ('vector_spherical_distance(''[1,0]'', ''[-1,0]'')'),
  ('vector_spherical_distance(''[2,0]'', ''[2,0]'')'), ('vector_spherical_distance(''[1]'', ''[1,0]'')'),
  ('halfvec_l2_squared_distance(''[0,0]'', ''[3,4]'')'), ('halfvec_negative_inner_product(''[1,2]'', ''[3,4]'')'),
  ('halfvec_spherical_distance(''[1,0]'', ''[0,1]'')'),
  ('sparsevec_l2_squared_distance(''{}/2'', ''{1:3,2:4}/2'')'),
  ('sparsevec_negative_inner_product(''{1:1,2:2}/2'', ''{1:3,2:4}/2'')'),
  ('l2_distance(''{1:3}/2''::sparsevec, ''{2:4}/2'')'), ('l2_distance(''{2:4}/2''::sparsevec, ''{1:3}/2'')'),
  ('inner_product(''{1:1,3:3,5:5}/5''::sparsevec, ''{2:4,3:6,4:8}/5'')'),
  ('inner_product(''{1:1,3:3}/4''::sparsevec, ''{2:2,4:4}/4'')'),
  ('inner_product(''{1:3e38}/1''::sparsevec, ''{1:3e38}/1'')'),
  ('inner_product(''{1:1,2:2}/2''::sparsevec, ''{1:3}/1'')'), ('cosine_distance(''{}/1''::sparsevec, ''{}/1'')'),
  ('cosine_distance(''{1:3e38}/1''::sparsevec, ''{1:3e38}/1'')'),
  ('cosine_distance(''{1:2}/2''::sparsevec, ''{2:2}/2'')'),
  ('l1_distance(''{1:1,3:3,5:5,7:7,9:9}/9''::sparsevec, ''{2:2,4:4,6:6,8:8}/9'')'),
  ('l1_distance(''{1:3e38}/1''::sparsevec, ''{1:-3e38}/1'')'), ('''{}/2''::sparsevec <+> ''{1:3,2:4}/3'''),
  ('l2_distance(''[1,2]'', ''[1,2]'')')) AS t (statement);

-- Without an index the operators sort the rows.
CREATE TEMP TABLE items (id int, v vector(2));
INSERT INTO items VALUES (1, '[1,1]'), (2, '[2,2]'), (3, '[0,1]'), (4, NULL), (5, '[-1,-3]');
SELECT id FROM items ORDER BY v <-> '[1,1]', id;
SELECT id FROM items ORDER BY v <#> '[1,1]', id;
SELECT id FROM items ORDER BY v <=> '[1,1]', id;
SELECT id FROM items ORDER BY v <+> '[1,1]', id;
