-- Filter columns in all the places where a plan may put them.
SET enable_seqscan = off;
CREATE TABLE place (id int PRIMARY KEY, tenant int, b bool, name text COLLATE "C", price numeric, tags text[],
  day date, v vector(2));
INSERT INTO place SELECT i, i % 10, i % 3 = 0, 'name-' || i % 7, i % 13 * 1.5, ARRAY['t' || i % 4, 'u' || i % 6],
  '2024-01-01'::date + i % 9,
  ARRAY[i % 25, i / 25]::vector FROM generate_series(1, 500) i;
VACUUM ANALYZE place;

-- IN and bool columns are conditions of the index wherever they stand in it.
CREATE INDEX place_first ON place USING hnsw (tenant, b, name, v vector_l2_ops, price);
EXPLAIN (COSTS OFF) SELECT id FROM place WHERE tenant IN (1, 2) AND b AND name IN ('name-1', 'name-2')
  AND price IN (1.5, 3)
  ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
DROP INDEX place_first;
CREATE INDEX place_last ON place USING hnsw (v vector_l2_ops, price, name, b, tenant, tags, (tenant + 1));
EXPLAIN (COSTS OFF) SELECT id FROM place WHERE tenant IN (1, 2) AND NOT b AND name IN ('name-1', 'name-2')
  AND price IN (1.5, 3)
  ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM place WHERE tenant = ANY ('{1,2}'::int8[]) AND b IS TRUE
  AND name = ANY ('{name-1,NULL}'::varchar[])
  AND tenant + 1 IN (2, 3) ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM place WHERE b = false AND tenant IN (1, 2) AND tenant IN (2, 3)
  ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
-- What the index cannot tell stays a filter.
EXPLAIN (COSTS OFF) SELECT id FROM place WHERE b IS NOT TRUE AND tenant <> ALL ('{1,2}') AND tenant = ANY (ARRAY[id, 3])
  AND (b OR tenant = 5) AND name IN ('name-1' COLLATE "POSIX", 'name-2') ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM place WHERE tenant = ANY (ARRAY[(random() * 0)::int, 3])
  ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
SELECT id FROM place WHERE tenant IN (1, 2) AND NOT b AND name IN ('name-1', 'name-2')
  ORDER BY v <-> '[3.1,3.27]' LIMIT 3;
SELECT id FROM place WHERE tenant IN (1, 2) AND tenant IN (2, 3) AND b ORDER BY v <-> '[3.1,3.27]' LIMIT 3;
SELECT id FROM place WHERE tenant = 1 AND tenant = 2 ORDER BY v <-> '[3.1,3.27]' LIMIT 3;

-- Without an order the index is no plan, whatever the filter.
RESET enable_seqscan;
EXPLAIN (COSTS OFF) SELECT count(*) FROM place WHERE tenant IN (1, 2);

-- Parameters.
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE filtered(int[], text, numeric, text[]) AS
  SELECT id FROM place WHERE tenant = ANY ($1) AND name >= $2 AND price < $3 AND tags && $4
    ORDER BY v <-> '[3.1,3.27]' LIMIT 3;
EXPLAIN (COSTS OFF) EXECUTE filtered('{}', '', 0, '{}');
EXECUTE filtered('{1,2,NULL}', 'name-3', 9, '{t1,u3}');
EXECUTE filtered('{}', 'name-3', 9, '{t1,u3}');
EXECUTE filtered(NULL, 'name-3', 9, '{t1,u3}');
EXECUTE filtered('{1,2}', NULL, 9, '{t1,u3}');
EXECUTE filtered('{1,2}', 'name-3', 'NaN', NULL);
EXECUTE filtered('{1,2}', 'name-3', 'NaN', '{NULL}');
DEALLOCATE filtered;
RESET plan_cache_mode;

-- Each row of another table with its own filter.
EXPLAIN (COSTS OFF) SELECT * FROM (VALUES (ARRAY[1, 2], 'name-1'), ('{3}', 'name-2')) w(tenants, n), LATERAL (
  SELECT id FROM place WHERE tenant = ANY (tenants) AND name = n ORDER BY v <-> '[3.1,3.27]' LIMIT 2) s;
SELECT * FROM (VALUES (ARRAY[1, 2], 'name-1'), ('{3}', 'name-2'), (NULL, 'name-1'), ('{4}', NULL)) w(tenants, n),
  LATERAL (
  SELECT id FROM place WHERE tenant = ANY (tenants) AND name = n ORDER BY v <-> '[3.1,3.27]' LIMIT 2) s;
CREATE TABLE owner (tenant int, label text);
INSERT INTO owner VALUES (4, 'four'), (5, 'five');
SELECT p.id, o.label FROM place p JOIN owner o USING (tenant) WHERE p.b AND p.name IN ('name-1', 'name-2')
  ORDER BY p.v <-> '[3.1,3.27]' LIMIT 3;

-- Row security: the policy is a condition, and conditions of the user that may leak are not looked at before it.
ALTER TABLE place ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON place USING (tenant = ANY (string_to_array(current_setting('test.tenants'), ',')::int[]));
CREATE ROLE regress_hnsw_reader;
GRANT SELECT ON place TO regress_hnsw_reader;
SET ROLE regress_hnsw_reader;
SET test.tenants = '4,5';
EXPLAIN (COSTS OFF) SELECT id FROM place WHERE b AND name IN ('name-1', 'name-2') AND price IN (1.5, 3)
  AND tags && '{t1}'
  ORDER BY v <-> '[3.1,3.27]' LIMIT 3;
SELECT id, tenant FROM place WHERE b AND name IN ('name-1', 'name-2') AND tags && '{t1}'
  ORDER BY v <-> '[3.1,3.27]' LIMIT 3;
SELECT count(*) FROM (SELECT FROM place WHERE tenant = 3 ORDER BY v <-> '[3.1,3.27]' LIMIT 3) s;
RESET ROLE;

-- Partitions, pruned by the filter and not.
CREATE TABLE split (id int, tenant int, kind text COLLATE "C", v vector(2)) PARTITION BY LIST (tenant);
CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1, 2);
CREATE TABLE split_2 (v vector(2), kind text COLLATE "C", id int, tenant int);
ALTER TABLE split ATTACH PARTITION split_2 FOR VALUES IN (3, 4);
INSERT INTO split SELECT i, i % 4 + 1, 'kind' || i % 3, ARRAY[i % 20, i / 20]::vector FROM generate_series(1, 400) i;
CREATE INDEX ON split USING hnsw (v vector_l2_ops, tenant, kind);
ANALYZE split;
EXPLAIN (COSTS OFF) SELECT id FROM split WHERE tenant IN (2, 3) AND kind IN ('kind1', 'kind2')
  ORDER BY v <-> '[3.1,3.27]' LIMIT 4;
EXPLAIN (COSTS OFF) SELECT id FROM split WHERE tenant IN (1, 2) AND kind IN ('kind1')
  ORDER BY v <-> '[3.1,3.27]' LIMIT 4;
SELECT id, tenant, kind FROM split WHERE tenant IN (2, 3) AND kind IN ('kind1', 'kind2') ORDER BY v <-> '[3.1,3.27]',
  id LIMIT 4;

-- An update of a filter column alone makes a new version in the index, also of rows with equal vectors.
UPDATE place SET v = '[100,100]' WHERE id <= 20;
UPDATE place SET tenant = 50 WHERE id IN (3, 4);
UPDATE place SET tags = tags || 'extra'::text, name = 'renamed after all' WHERE id = 5;
SELECT id FROM place WHERE tenant = 50 ORDER BY v <-> '[3.1,3.27]', id LIMIT 5;
SELECT id FROM place WHERE tags @> '{extra}' AND name = 'renamed after all' ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
SELECT id FROM place WHERE name = 'name-5' AND id = 5 ORDER BY v <-> '[3.1,3.27]' LIMIT 5;
VACUUM place;
SELECT count(*) FROM (SELECT FROM place WHERE tenant IN (50, 3) AND v <-> '[100,100]' = 0
  ORDER BY v <-> '[100,100]' LIMIT 9) s;
SELECT * FROM vexpg_index_check('place_last');
SELECT c.relname, f.* FROM pg_class c, vexpg_index_check(c.oid::regclass) f WHERE c.relname LIKE 'split__v%'
  AND c.relkind = 'i';

-- A column type without an operator class; the message is the server's.
CREATE TABLE other (j json, v vector(2));
CREATE INDEX ON other USING hnsw (v vector_l2_ops, j);
DROP TABLE place, owner, split, other;
DROP ROLE regress_hnsw_reader;
