-- The hnsw index for L1 distance on vector, halfvec and int8vec.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/plan.psql'
\i :helper
SET enable_seqscan = off;
CREATE TABLE item (id int, v vector(3));
INSERT INTO item VALUES (1, '[0,0,0]'), (2, '[1,2,3]'), (3, '[1,1,1]'), (4, NULL), (5, '[-1,0,2]'), (6, '[1e30,0,0]'),
  (7, '[1e-30,0,0]'), (8, '[3e38,-3e38,3e38]'), (9, '[1,2,3]');
CREATE INDEX item_l1 ON item USING hnsw (v vector_l1_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY v <+> '[1,2,2]' LIMIT 3;
SELECT * FROM (SELECT id, v <+> '[1,2,2]' AS distance FROM item ORDER BY v <+> '[1,2,2]' LIMIT 10) s ORDER BY distance, id;
SELECT id, v <+> '[3e38,0,3e38]' AS distance FROM item WHERE id IN (1, 6, 8)
  ORDER BY v <+> '[3e38,0,3e38]' LIMIT 1;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <+> NULL LIMIT 10) s;
SELECT id FROM item ORDER BY v <+> '[1,2]' LIMIT 1;
SELECT element_type, metric, dimensions, bits, refine, duplicates FROM vexpg_index_info('item_l1');
SELECT * FROM vexpg_index_check('item_l1');
-- Another operator does not use it.
SELECT * FROM pg_temp.plan($$SELECT id FROM item ORDER BY v <-> '[1,2,2]' LIMIT 3$$);
INSERT INTO item SELECT 100 + i, ARRAY[i % 100, i % 7, i % 5]::vector FROM generate_series(1, 300) i;
UPDATE item SET v = '[0,1,0]' WHERE id % 3 = 0;
DELETE FROM item WHERE id % 4 = 0;
VACUUM item;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <+> '[0,2,0]' LIMIT 1000) s;
SELECT * FROM vexpg_index_check('item_l1');
DROP TABLE item;

-- An index on an empty table learns nothing of the values that follow; each vector has its own step.
CREATE TABLE item (id int, v vector(20));
CREATE INDEX item_v ON item USING hnsw (v vector_l1_ops);
INSERT INTO item SELECT i, (SELECT array_agg(1000 + 3 * sin(i * j)) FROM generate_series(1, 20) j)::vector
  FROM generate_series(1, 1000) i;
CREATE TABLE answer AS SELECT id FROM item ORDER BY v <+> (SELECT v FROM item WHERE id = 77) LIMIT 10;
SET enable_indexscan = off;
SELECT count(*) FROM answer JOIN (SELECT id FROM item ORDER BY v <+> (SELECT v FROM item WHERE id = 77) LIMIT 10) AS t USING (id);
RESET enable_indexscan;
SELECT severity, finding FROM vexpg_index_check('item_v') WHERE severity = 'error';
REINDEX INDEX item_v;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item, answer;

-- Every choice of bits, and dimensions that fit a page only with fewer.
CREATE TABLE item (id int, v vector(40), h halfvec(40), i int8vec(40));
INSERT INTO item SELECT n, v, v, v FROM generate_series(1, 300) n,
  LATERAL (SELECT array_agg(100 * sin(n * j))::vector AS v FROM generate_series(1, 40) j WHERE n = n) s;
DO $$
DECLARE
  c text; b int; r int; wrong int;
BEGIN
  FOREACH c IN ARRAY ARRAY['v vector_l1_ops', 'h halfvec_l1_ops', 'i int8vec_l1_ops'] LOOP
    FOREACH b IN ARRAY ARRAY[1, 2, 4, 8] LOOP
      FOREACH r IN ARRAY ARRAY[0, 4, 8] LOOP
        EXECUTE format('CREATE INDEX item_idx ON item USING hnsw (%s) WITH (bits = %s, refine = %s)', c, b, r);
        PERFORM set_config('hnsw.ef_search', '300', true);
        EXECUTE format('SELECT count(*) FROM (SELECT d, lag(d) OVER (ORDER BY n) AS before FROM '
          '(SELECT %1$s <+> (SELECT %1$s FROM item WHERE id = 9) AS d, row_number() OVER () AS n FROM item '
          'ORDER BY %1$s <+> (SELECT %1$s FROM item WHERE id = 9) LIMIT 300) s) t WHERE d < before', left(c, 1)) INTO wrong;
        IF wrong > 0 THEN RAISE 'not in order: % % %', c, b, r; END IF;
        IF EXISTS (SELECT FROM vexpg_index_check('item_idx')) THEN RAISE 'findings: % % %', c, b, r; END IF;
        DROP INDEX item_idx;
      END LOOP;
    END LOOP;
  END LOOP;
END
$$;
DROP TABLE item;
CREATE TABLE item (id int, v vector(16000), h halfvec(9000), i int8vec(7900));
INSERT INTO item SELECT n, v, subvector(v, 1, 9000), subvector(v, 1, 7900) FROM (
  SELECT n, array_agg((d * n) % 17)::vector AS v FROM generate_series(1, 5) n, generate_series(1, 16000) d GROUP BY n) s;
CREATE INDEX item_v ON item USING hnsw (v vector_l1_ops);
CREATE INDEX item_h ON item USING hnsw (h halfvec_l1_ops);
CREATE INDEX item_i ON item USING hnsw (i int8vec_l1_ops);
SELECT element_type, bits, refine FROM (VALUES ('item_v'::regclass), ('item_h'), ('item_i')) AS t (i), vexpg_index_info(i);
SELECT id FROM item ORDER BY v <+> (SELECT v FROM item WHERE id = 3) LIMIT 1;
SELECT id FROM item ORDER BY h <+> (SELECT h FROM item WHERE id = 4) LIMIT 1;
SELECT id FROM item ORDER BY i <+> (SELECT i FROM item WHERE id = 5) LIMIT 1;
SELECT * FROM vexpg_index_check('item_v');
SELECT * FROM vexpg_index_check('item_h');
SELECT * FROM vexpg_index_check('item_i');
DROP TABLE item;

-- Codes of four bits alone err by as much as neighbours differ, and by different amounts: bounds keep the order all the same.
CREATE TABLE rough (id int, v vector(31));
INSERT INTO rough SELECT i, (SELECT array_agg(CASE WHEN hashint4(i * 31 + j) % 10 = 0 THEN (hashint4(i + 77 * j) % 3000) / 1000.0 ELSE 0 END)
  FROM generate_series(1, 31) j)::vector FROM generate_series(1, 1500) i;
CREATE INDEX rough_v ON rough USING hnsw (v vector_l1_ops) WITH (m = 4, ef_construction = 16, bits = 4, refine = 0);
SET vexpg.ef_search = 3000;
SET enable_seqscan = off;
SELECT count(*) AS queries, count(*) FILTER (WHERE found IS DISTINCT FROM truth) AS wrong FROM
  (SELECT v AS q FROM rough WHERE id % 60 = 1) s,
  LATERAL (SELECT array_agg(d) AS found FROM (SELECT v <+> q AS d FROM rough ORDER BY v <+> q LIMIT 30) t) f,
  LATERAL (SELECT array_agg(d) AS truth FROM (SELECT v <+> q AS d FROM (SELECT v FROM rough OFFSET 0) r ORDER BY 1 LIMIT 30) t) t;
SELECT rows_returned FROM vexpg_last_scan();
RESET vexpg.ef_search;
SELECT * FROM vexpg_index_check('rough_v');
DROP TABLE rough;
