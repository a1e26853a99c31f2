-- Type int8vec: text, limits, arithmetic, order, casts, aggregates.
SELECT '[1,-2,127]'::int8vec, ' [ -128 , +5,0, -0, 007 ] '::int8vec, '[1,2]'::int8vec(2);
SELECT '[128]'::int8vec;
SELECT '[-129]'::int8vec;
SELECT '[99999999999999999999]'::int8vec;
SELECT '[1.5]'::int8vec;
SELECT '[1e1]'::int8vec;
SELECT '[1,]'::int8vec;
SELECT '[-]'::int8vec;
SELECT '[1'::int8vec;
SELECT '1,2'::int8vec;
SELECT '[1]x'::int8vec;
SELECT '[]'::int8vec;
SELECT '[1,2]'::int8vec(3);
SELECT NULL::int8vec(0);
SELECT NULL::int8vec(16001);
SELECT vector_dims(array_fill(1, ARRAY[16000])::int8vec);
SELECT array_fill(1, ARRAY[16001])::int8vec;

SELECT '[1,2,3]'::int8vec <-> '[4,6,3]' AS l2, '[1,2]'::int8vec <#> '[4,6]' AS ip, '[1,0]'::int8vec <=> '[0,1]' AS cosine,
       '[1,2]'::int8vec <+> '[4,6]' AS l1;
SELECT l2_distance('[-128,127]'::int8vec, '[127,-128]'), int8vec_l2_squared_distance('[-128,127]', '[127,-128]'),
       inner_product('[-128,-128]'::int8vec, '[-128,127]'), l1_distance('[-128]'::int8vec, '[127]'),
       cosine_distance('[1,1]'::int8vec, '[0,0]'), cosine_distance('[1,1]'::int8vec, '[-1,-1]');
SELECT l2_distance(a, b), inner_product(a, a), l1_distance(a, b), cosine_distance(a, b)
  FROM (SELECT array_fill(-128, ARRAY[16000])::int8vec AS a, array_fill(127, ARRAY[16000])::int8vec AS b) AS s;
SELECT '[1,2]'::int8vec <-> '[1]';
SELECT '[1,2]'::int8vec <=> '[1]';
SELECT l2_norm('[3,4]'::int8vec), vector_dims('[1,2,3]'::int8vec), binary_quantize('[-1,0,2]'::int8vec),
       subvector('[1,2,3,4]'::int8vec, 2, 2), '[1,2]'::int8vec || '[3]';
SELECT subvector('[1,2,3]'::int8vec, 4, 1);
SELECT '[1,2]'::int8vec < '[1,3]', '[1,2]'::int8vec <= '[1,2]', '[1,2]'::int8vec = '[1,2,3]', '[1]'::int8vec <> '[1]',
       '[-1]'::int8vec >= '[1]', '[2]'::int8vec > '[1,5]', int8vec_cmp('[1]', '[1,0]');
SELECT v FROM (VALUES ('[3]'::int8vec), ('[-128]'), ('[1,1]'), ('[1]'), (NULL)) AS t (v) ORDER BY v;
SELECT v, count(*) FROM (VALUES ('[3]'::int8vec), ('[1]'), ('[3]')) AS t (v) GROUP BY v ORDER BY v;

SELECT '[1.5,2.5,-0.4,-127.5]'::vector::int8vec, '[1.5,100]'::halfvec::int8vec, ARRAY[1, -128, 127]::int8vec,
       ARRAY[0.5, 1.5]::real[]::int8vec, ARRAY[126.6]::double precision[]::int8vec, ARRAY[1.2, -3]::numeric[]::int8vec;
SELECT '[1,-2]'::int8vec::vector, '[1,-128]'::int8vec::halfvec, '[1,-2]'::int8vec::real[], '[1,-2]'::int8vec::int[];
SELECT '[128]'::vector::int8vec;
SELECT '[127.5]'::vector::int8vec;
SELECT '[-1000]'::halfvec::int8vec;
SELECT ARRAY[300]::int8vec;
SELECT ARRAY['NaN'::real]::int8vec;
SELECT ARRAY['Infinity'::float8]::int8vec;
SELECT ARRAY[1, NULL]::int8vec;
SELECT '{{1},{2}}'::int[]::int8vec;
SELECT '[1,2]'::vector::int8vec(3);
SELECT '[1,2]'::int8vec::vector(3);
CREATE TABLE assigned (v int8vec(2), f vector(2));
INSERT INTO assigned VALUES ('[1.4,2.6]'::vector, '[1,2]'::int8vec), (ARRAY[5, 6], ARRAY[5, 6]);
SELECT * FROM assigned;
INSERT INTO assigned (v) VALUES ('[1,2,3]');
DROP TABLE assigned;

SELECT avg(v), sum(v) FROM (VALUES ('[1,127]'::int8vec), ('[2,127]'), (NULL)) AS t (v);
SELECT avg(v), sum(v) FROM (SELECT NULL::int8vec) AS t (v);
SELECT sum(v) FROM (VALUES ('[1,2]'::int8vec), ('[1]')) AS t (v);
SELECT sum(v) FROM (SELECT '[-128]'::int8vec FROM generate_series(1, 100000)) AS t (v);
