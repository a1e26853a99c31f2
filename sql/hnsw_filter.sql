-- Conditions beside the order: on key columns of the index, and on others.
SET enable_seqscan = off;
CREATE TABLE item (id int, i2 int2, i4 int4, i8 int8, b bool, d date, t timestamp, z timestamptz, f4 float4, f8 float8,
  v vector(3));
SET timezone = 'UTC';
INSERT INTO item SELECT i, i % 10, i % 10, (i % 10) * 1000000000000, i % 3 = 0, '2024-01-01'::date + i % 10,
  '2024-01-01'::timestamp + i % 10 * interval '1 hour', '2024-01-01'::timestamptz + i % 10 * interval '1 hour',
  i % 10 / 4.0, i % 10 / 4.0, ARRAY[i % 20, i / 20, 0]::vector FROM generate_series(1, 400) i;
UPDATE item SET i2 = NULL, i4 = NULL, i8 = NULL, b = NULL, d = NULL, t = NULL, z = NULL, f4 = NULL, f8 = NULL
WHERE id % 40 = 0;
UPDATE item SET f4 = 'NaN', f8 = 'NaN' WHERE id % 40 = 1;
UPDATE item SET f4 = '-Infinity', f8 = 'Infinity', d = 'infinity', t = '-infinity', z = 'infinity' WHERE id % 40 = 2;
UPDATE item SET f4 = '-0', f8 = '-0' WHERE id % 40 = 10;
UPDATE item SET i2 = -32768, i4 = -2147483648, i8 = -9223372036854775808 WHERE id % 40 = 3;
UPDATE item SET i2 = 32767, i4 = 2147483647, i8 = 9223372036854775807 WHERE id % 40 = 4;
VACUUM ANALYZE item;
CREATE INDEX item_a ON item USING hnsw (i2, i4, v vector_l2_ops, i8, b);

-- The conditions are the index's.
EXPLAIN (COSTS OFF) SELECT id FROM item
  WHERE i4 = 3 AND i8 BETWEEN 2 AND 5000000000000 ORDER BY v <-> '[1,2,3]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE i2 IN (1, 2) AND i4 IS NOT NULL AND b ORDER BY v <-> '[1,2,3]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM item WHERE i4 = 3 AND id % 7 = 1 ORDER BY v <-> '[1,2,3]' LIMIT 5;

CREATE INDEX item_b ON item USING hnsw (d, t, z, f4, f8, v vector_l2_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item
  WHERE d < '2024-01-05' AND f8 > 1 AND z IS NULL ORDER BY v <-> '[1,2,3]' LIMIT 5;

-- What the index answers and what a sequential scan answers; only differences are shown.
CREATE FUNCTION pg_temp.ids(condition text, by_index bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text; line text; used bool := false;
BEGIN
  PERFORM set_config(name, ((name = 'enable_indexscan') = by_index)::text, true)
  FROM unnest(ARRAY['enable_seqscan', 'enable_sort', 'enable_indexscan']) name;
  FOR line IN EXECUTE format('EXPLAIN SELECT id FROM item WHERE %s ORDER BY v <-> ''[5,5,5]''', condition) LOOP
    used := used OR line LIKE '%Index Scan%';
  END LOOP;
  EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM
    (SELECT id FROM item WHERE %s ORDER BY v <-> ''[5,5,5]'' LIMIT 100000) s', condition) INTO answer;
  RETURN coalesce(CASE WHEN by_index AND NOT used THEN 'not by the index ' ELSE '' END || answer, 'none');
END
$$;
CREATE TEMP TABLE condition (c text);
INSERT INTO condition
SELECT format('%s %s %s', col, op, val) FROM unnest(ARRAY['=', '<', '<=', '>', '>=']) op, (VALUES
  ('i2', '3'), ('i2', '3::int2'), ('i2', '3::int8'), ('i2', '40000'), ('i2', '-40000'), ('i2', '(-32768)'),
  ('i2', '32767'),
  ('i4', '3'), ('i4', '3::int2'), ('i4', '3::int8'), ('i4', '3000000000'), ('i4', '-3000000000'), ('i4', '2147483647'),
  ('i4', '(-2147483648)'), ('i8', '3000000000000'), ('i8', '0::int2'), ('i8', '0'), ('i8', '9223372036854775807'),
  ('i8', '(-9223372036854775808)'), ('b', 'true'), ('b', 'false'),
  ('d', '''2024-01-04'''), ('d', '''infinity'''), ('d', '''-infinity'''), ('t', '''2024-01-01 03:00'''),
  ('t', '''-infinity'''),
  ('z', '''2024-01-01 04:00+01'''), ('z', '''infinity'''),
  ('f4', '0.75::float4'), ('f4', '0.75::float8'), ('f4', '0.7::float8'), ('f4', '0::float4'), ('f4', '''NaN'''),
  ('f4', '''-Infinity'''), ('f8', '0.75::float8'), ('f8', '0.75::float4'), ('f8', '0.7::float4'), ('f8', '''-0'''),
  ('f8', '''NaN'''), ('f8', '''Infinity''')) x(col, val);
INSERT INTO condition SELECT format('%s %s', col, test)
FROM unnest(ARRAY['i2', 'i4', 'i8', 'b', 'd', 't', 'z', 'f4', 'f8']) col,
  unnest(ARRAY['IS NULL', 'IS NOT NULL', 'IN (NULL)', '= NULL', '= ANY (NULL)']) test;
INSERT INTO condition VALUES ('b'), ('NOT b'), ('b IS TRUE'), ('b IS NOT TRUE'), ('b IS UNKNOWN'),
  ('i4 BETWEEN 2 AND 4'),
  ('i4 BETWEEN 4 AND 2'), ('i4 IN (1, 3, 7)'), ('i4 IN (1, NULL, 7, 7, 1)'), ('i4 = ANY (ARRAY[]::int[])'),
  ('i4 = ANY (''{1,NULL,2}'')'), ('i4 = ANY (''{{1,2},{3,4}}'')'), ('i4 < ANY (''{1,3}'')'),
  ('i4 > ANY (''{3,NULL}'')'),
  ('i4 = ANY (ARRAY[3, 5]::int8[])'), ('i8 = ANY (ARRAY[0]::int2[])'), ('f4 = ANY (ARRAY[0.75, ''NaN'']::float8[])'),
  ('i4 = 3 AND b'), ('i4 = 3 AND i4 = 4'), ('i4 > 3 AND i4 < 3'), ('i4 > 3 AND i4 <= 5 AND i2 <> 4'),
  ('i4 IS NULL AND i4 = 3'),
  ('i4 IS NULL AND i2 IS NULL AND b IS NULL'), ('i4 = 3 OR i2 = 5'), ('i4::int8 + 1 = 4'), ('i4 <> 3'),
  ('i4 = i2'), ('i4 = id'),
  ('i4 NOT IN (1, 2)'), ('i4 IS DISTINCT FROM 3'), ('i4 IS NOT DISTINCT FROM 3'), ('id = 77'), ('id % 50 = 0'),
  ('false'),
  ('d = ''2024-01-03'' AND t < ''2024-01-02'' AND z IS NOT NULL AND f4 > 0 AND f8 < 1'),
  ('d IN (''2024-01-03'', ''2024-01-05'')'),
  ('d < ''2024-01-04''::timestamp'), ('t >= ''2024-01-01''::date'),
  ('i4 IS NULL AND i4 = 3'), ('i4 IS NULL AND i4 IS NULL'), ('i4 = 3 AND i4 = 4'), ('i4 IN (1, 3) AND i4 IN (2, 3, 5)'),
  ('i4 IN (1, 3) AND i4 IN (2, 4)'), ('i4 > 3 AND i4 < 3'), ('i4 >= 3 AND i4 <= 3'),
  ('EXISTS (SELECT FROM item o WHERE o.id = item.id * 2)'),
  ('i4 IN (SELECT 3)'), ('i4 = (SELECT 3)'), ('i4 = (SELECT NULL::int)'), ('v <-> ''[5,5,5]'' < 6'), ('v IS NOT NULL');
CREATE TEMP TABLE answer AS SELECT c, pg_temp.ids(c, false) AS exact FROM condition;
SELECT c, pg_temp.ids(c, true), exact FROM answer WHERE pg_temp.ids(c, true) IS DISTINCT FROM exact;
SELECT count(*), count(*) FILTER (WHERE exact = 'none') AS empty FROM answer;

-- A limit is filled whatever share of the rows passes, and an empty answer ends.
SELECT count(*) FROM (SELECT FROM item WHERE i4 = 3 ORDER BY v <-> '[100,100,100]' LIMIT 20) s;
SELECT count(*) FROM (SELECT FROM item WHERE id % 50 = 0 ORDER BY v <-> '[100,100,100]' LIMIT 20) s;
SELECT count(*) FROM (SELECT FROM item WHERE i4 = 3 AND id % 20 = 3 ORDER BY v <-> '[1,1,1]' LIMIT 5) s;
SELECT id FROM item WHERE i4 = 77 ORDER BY v <-> '[1,1,1]' LIMIT 5;

-- Nothing is read for what cannot be.
SELECT count(*) FROM (SELECT FROM item WHERE i4 > (SELECT 3) AND i4 < (SELECT 4) - 1 ORDER BY v <-> '[1,1,1]' LIMIT 5) s;
SELECT codes_scored FROM vexpg_last_scan();

-- Parameters, NULL among them, under a generic plan.
SET plan_cache_mode = force_generic_plan;
PREPARE filtered(int, vector) AS SELECT id FROM item WHERE i4 = $1 ORDER BY v <-> $2 LIMIT 2;
EXPLAIN (COSTS OFF) EXECUTE filtered(3, '[3,0,0]');
EXECUTE filtered(5, '[5,0,0]');
EXECUTE filtered(NULL, '[5,0,0]');
SELECT i4, count(*) FROM generate_series(5, 6) g, LATERAL (SELECT i4 FROM item
  WHERE i4 = g ORDER BY v <-> '[0,0,0]' LIMIT 3) s
GROUP BY i4 ORDER BY i4;
PREPARE listed(int[], vector) AS SELECT id FROM item WHERE i4 = ANY ($1) ORDER BY v <-> $2 LIMIT 3;
EXECUTE listed('{5,NULL,6}', '[5.1,0,0]');
EXECUTE listed('{}', '[5.1,0,0]');
EXECUTE listed(NULL, '[5.1,0,0]');
DEALLOCATE ALL;
RESET plan_cache_mode;

-- Attributes that change.
UPDATE item SET i4 = 77 WHERE id IN (5, 6);
SELECT id FROM item WHERE i4 = 77 ORDER BY v <-> '[6,0,0]' LIMIT 5;
UPDATE item SET i4 = NULL WHERE id = 5;
SELECT id FROM item WHERE i4 = 77 ORDER BY v <-> '[6,0,0]' LIMIT 5;
DELETE FROM item WHERE i4 = 77;
SELECT id FROM item WHERE i4 = 77 ORDER BY v <-> '[6,0,0]' LIMIT 5;
VACUUM item;
SELECT * FROM vexpg_index_check('item_a');
SELECT * FROM vexpg_index_check('item_b');
DROP TABLE item;
