-- Array columns as filters: &&, @>, <@ and = through signatures, answered as a sequential scan answers.
CREATE TABLE tagged (id int, ia int[], ta text[], sa int2[], la int8[], ua uuid[], na numeric[], va varchar[],
  v vector(3));
INSERT INTO tagged SELECT i, ia, ia::text[], ia, ia, array_agg(md5(x::text)::uuid) FILTER (WHERE x IS NOT NULL),
  ia::numeric[], ia::text[], v
FROM (SELECT i, CASE i % 12 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN '{NULL}' WHEN 3 THEN ARRAY[i % 7,
  NULL] WHEN 4 THEN ARRAY[[1, 2], [i % 5, 3]]
    WHEN 5 THEN ARRAY[1, 1, 1] WHEN 6 THEN (SELECT array_agg(g) FROM generate_series(1, 40) g) ELSE ARRAY[i % 3,
      i % 11, 100 + i % 40] END AS ia,
  ARRAY[i % 20, i / 20, 0]::vector AS v FROM generate_series(1,
    360) i) r LEFT JOIN LATERAL unnest(ia) x ON true GROUP BY i, ia, v;
CREATE INDEX tagged_a ON tagged USING hnsw (ia, ta, sa, la, v vector_l2_ops, ua, na, va);
VACUUM ANALYZE tagged;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM tagged WHERE ia && '{1,2}' AND ta @> '{1}' AND la IS NOT NULL
  ORDER BY v <-> '[5,5,5]' LIMIT 3;
-- A commuted operator is the index's, too, and so is an element of an array, but not by another operator or type.
EXPLAIN (COSTS OFF) SELECT id FROM tagged WHERE ARRAY[1, 2] <@ ia ORDER BY v <-> '[5,5,5]' LIMIT 3;
EXPLAIN (COSTS OFF) SELECT id FROM tagged WHERE 1 = ANY (ia) AND '3' = ANY (ta) AND 1.00 = ANY (na)
  ORDER BY v <-> '[5,5,5]' LIMIT 3;
EXPLAIN (COSTS OFF) SELECT id FROM tagged
  WHERE 1 < ANY (ia) AND 1 = ALL (ia) AND 1::int8 = ANY (ia) AND 1 = ANY (la) AND id = ANY (ia)
    AND '3' COLLATE "POSIX" = ANY (ta)
  ORDER BY v <-> '[5,5,5]' LIMIT 3;

CREATE FUNCTION pg_temp.ids(condition text, by_index bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text; line text; used bool := false;
BEGIN
  PERFORM set_config(s, ((s = 'enable_indexscan') = by_index)::text, true)
  FROM unnest(ARRAY['enable_seqscan', 'enable_sort', 'enable_indexscan']) s;
  FOR line IN EXECUTE format('EXPLAIN SELECT id FROM tagged WHERE %s ORDER BY v <-> ''[5,5,5]''', condition) LOOP
    used := used OR line ~ 'Index Cond|One-Time Filter';
  END LOOP;
  EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM
    (SELECT id FROM tagged WHERE %s ORDER BY v <-> ''[5,5,5]'' LIMIT 100000) s', condition) INTO answer;
  RETURN coalesce(CASE WHEN by_index AND NOT used THEN 'not by the index ' ELSE '' END || answer, 'none');
END
$$;
CREATE TEMP TABLE condition AS SELECT format('%s %s %s', col, op, val) AS c FROM unnest(ARRAY['&&', '@>', '<@',
  '=']) op, (
  SELECT col, quote_literal(val) AS val FROM unnest(ARRAY['ia', 'ta', 'sa', 'la', 'na', 'va']) col,
    unnest(ARRAY['{}', '{NULL}', '{1}', '{1,1}', '{1,2}', '{2,1}', '{1,NULL}', '{5,6,7,8,9}', '{1000}', '{1,5,105}',
      '{5,NULL}', '{{1,2},{4,3}}']) val
  UNION ALL SELECT 'ua', format('ARRAY[%s]::uuid[]', val) FROM unnest(ARRAY['', 'NULL', 'md5(''1'')',
    'md5(''1''), md5(''2'')']) val
  UNION ALL SELECT 'ia', '(SELECT array_agg(g) FROM generate_series(1, 40) g)' UNION ALL SELECT 'na',
    '''{1.0,2.00}''' UNION ALL SELECT 'ia', 'NULL') x;
INSERT INTO condition VALUES ('ia IS NULL'), ('ia IS NOT NULL'), ('1 = ANY (ia)'), ('NULL = ANY (ia)'),
  ('(SELECT NULL::int) = ANY (ia)'), ('1.00 = ANY (na)'),
  ('''1'' = ANY (ta)'), ('77 = ANY (ia)'), ('1 = ANY (ia) AND NOT 2 = ANY (ia)'), ('md5(''1'')::uuid = ANY (ua)'),
    ('1::int8 = ANY (la)'),
  ('ia && ''{1}'' AND ta && ''{2}'''),
  ('ia @> ''{1}'' AND ia <@ ''{1,2,3,4}'''),
  ('ia && ''{3}'' AND NOT ta @> ''{1}'''), ('va && ARRAY[''1'', ''101'']::varchar[]'),
    ('ia = ''{}'' AND ia && ''{1}''');
CREATE TEMP TABLE answer AS SELECT c, pg_temp.ids(c, false) AS exact FROM condition;
SELECT * FROM (SELECT c, pg_temp.ids(c, true) AS found, exact FROM answer OFFSET 0) s WHERE found IS DISTINCT
  FROM exact;
SELECT count(*), count(*) FILTER (WHERE exact = 'none') AS empty FROM answer;

-- What everything contains needs no second look; a signature may need one, but keeps most of the others away.
SET enable_seqscan = off;
CREATE TABLE many (id int, tags int[], v vector(2));
INSERT INTO many SELECT i, ARRAY(SELECT (hashint4(i * 100 + g) & 255) FROM generate_series(1, 5) g), ARRAY[i % 50,
  i / 50]::vector
FROM generate_series(1, 2000) i;
CREATE INDEX many_i ON many USING hnsw (v vector_l2_ops, tags);
CREATE FUNCTION pg_temp.removed(name text, condition text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE line text; removed int := 0;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF) SELECT id FROM ' || name || ' WHERE ' || condition || ' ORDER BY v <-> (SELECT v FROM ' || name || ' LIMIT 1) LIMIT 2000' LOOP
    IF line ~ 'Removed by Index Recheck' THEN removed := (regexp_match(line, '\d+'))[1]; END IF;
  END LOOP;
  RETURN removed;
END
$$;
SELECT pg_temp.removed('tagged', 'ia @> ''{}''');
SELECT sum(pg_temp.removed('many', format('tags @> ARRAY[%s]', g))) < 20 * 60 AS few FROM generate_series(0, 19) g;
SELECT count(*) > 500 AS of_many FROM many, generate_series(0, 19) g WHERE tags @> ARRAY[g];

-- Elements without a hash function cannot be kept.
CREATE TABLE unhashable (b tsquery[], v vector(2));
CREATE INDEX ON unhashable USING hnsw (b, v vector_l2_ops);
DROP TABLE unhashable;

-- Changes.
INSERT INTO tagged (id, ia, ta, v) SELECT 1000 + i, ARRAY[500 + i], ARRAY['new'], '[1,1,1]' FROM generate_series(1,
  30) i;
UPDATE tagged SET ia = ia || 77 WHERE id IN (1001, 1002);
SELECT id FROM tagged WHERE ia @> '{77}' ORDER BY v <-> '[5,5,5]', id LIMIT 5;
SELECT count(*) FROM (SELECT FROM tagged WHERE ta && '{new}' ORDER BY v <-> '[5,5,5]' LIMIT 100) s;
DELETE FROM tagged WHERE id % 4 = 0;
VACUUM tagged;
SELECT count(*) FROM (SELECT FROM tagged WHERE ta && '{new}' ORDER BY v <-> '[5,5,5]' LIMIT 100) s;
SELECT * FROM vexpg_index_check('tagged_a');
SELECT * FROM vexpg_index_check('many_i');
DROP TABLE tagged, many;
