-- The hnsw index on sparsevec.
SET enable_seqscan = off;
CREATE TABLE item (id int, v sparsevec(1000000000));
INSERT INTO item VALUES (1, '{}/1000000000'), (2, '{1:1,2:2,3:3}/1000000000'), (3, '{1:1,2:1,3:1}/1000000000'), (4, NULL),
  (5, '{1:-1,1000000000:2}/1000000000'), (6, '{7:1e30}/1000000000'), (7, '{7:1e-30}/1000000000'),
  (8, '{1:1,2:2,3:3}/1000000000');
CREATE INDEX item_l2 ON item USING hnsw (v sparsevec_l2_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY v <-> '{1:1,2:2,3:2}/1000000000' LIMIT 3;
SELECT * FROM (SELECT id, v <-> '{1:1,2:2,3:2}/1000000000' AS distance FROM item ORDER BY v <-> '{1:1,2:2,3:2}/1000000000' LIMIT 10) s ORDER BY distance, id;
SELECT element_type, metric, dimensions, bits, refine, duplicates FROM vexpg_index_info('item_l2');
SELECT * FROM vexpg_index_check('item_l2');
SELECT id FROM item ORDER BY v <-> '{1:1}/5' LIMIT 1;
DROP INDEX item_l2;
CREATE INDEX item_ip ON item USING hnsw (v sparsevec_ip_ops);
SELECT * FROM (SELECT id, v <#> '{1:1,2:2,3:2}/1000000000' AS distance FROM item WHERE id <> 6 ORDER BY v <#> '{1:1,2:2,3:2}/1000000000' LIMIT 10) s ORDER BY distance, id;
SELECT * FROM vexpg_index_check('item_ip');
DROP INDEX item_ip;
CREATE INDEX item_cosine ON item USING hnsw (v sparsevec_cosine_ops);
SELECT * FROM (SELECT id, round((v <=> '{1:1,2:2,3:2}/1000000000')::numeric, 6) AS distance FROM item WHERE id NOT IN (6, 7)
  ORDER BY v <=> '{1:1,2:2,3:2}/1000000000' LIMIT 10) s ORDER BY distance, id;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> '{}/1000000000' LIMIT 10) s;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> NULL LIMIT 10) s;
SELECT * FROM vexpg_index_check('item_cosine');
DROP INDEX item_cosine;
CREATE INDEX item_l1 ON item USING hnsw (v sparsevec_l1_ops);
SELECT * FROM (SELECT id, v <+> '{1:1,2:2,3:2}/1000000000' AS distance FROM item ORDER BY v <+> '{1:1,2:2,3:2}/1000000000' LIMIT 10) s ORDER BY distance, id;
SELECT * FROM vexpg_index_check('item_l1');
CREATE INDEX ON item USING hnsw (v sparsevec_l2_ops) WITH (bits = 8);
CREATE INDEX ON item USING hnsw (v sparsevec_l2_ops) WITH (refine = 0);
CREATE TABLE other (v sparsevec);
CREATE INDEX ON other USING hnsw (v sparsevec_l2_ops);
DROP TABLE item, other;

-- Indices that share a bucket, vectors longer than their codes, writes.
CREATE FUNCTION pg_temp.sparse(seed int, count int, dim int) RETURNS sparsevec LANGUAGE sql AS $$
  SELECT ('{' || string_agg(DISTINCT k || ':' || (1 + k % 7), ',') || '}/' || dim)::sparsevec
  FROM (SELECT 1 + (seed % 50 * 37 + n * (n + seed % 3) * 7919::bigint) % dim AS k FROM generate_series(1, count) n) s
$$;
CREATE TABLE item (id int, v sparsevec(3000000));
INSERT INTO item SELECT i, pg_temp.sparse(i, 5 + i % 30, 3000000) FROM generate_series(1, 600) i;
DO $$
DECLARE
  c text; o text; wrong int;
BEGIN
  FOR c, o IN VALUES ('l2', '<->'), ('ip', '<#>'), ('cosine', '<=>'), ('l1', '<+>') LOOP
    EXECUTE format('CREATE INDEX item_idx ON item USING hnsw (v sparsevec_%s_ops)', c);
    INSERT INTO item SELECT 1000 + i, pg_temp.sparse(i, 2000 + i, 3000000) FROM generate_series(1, 10) i;
    INSERT INTO item SELECT 2000 + i, pg_temp.sparse(i, 20, 3000000) FROM generate_series(1, 100) i;
    -- Crowds of near copies: no insertion takes the last link of a row.
    IF EXISTS (SELECT FROM vexpg_index_check('item_idx')) THEN RAISE 'findings after inserts: %', c; END IF;
    EXECUTE format('SELECT count(*) FROM (SELECT d, lag(d) OVER (ORDER BY n) AS before FROM '
      '(SELECT v %1$s (SELECT v FROM item WHERE id = 9) AS d, row_number() OVER () AS n FROM item '
      'ORDER BY v %1$s (SELECT v FROM item WHERE id = 9) LIMIT 40) s) t WHERE d < before', o) INTO wrong;
    IF wrong > 0 THEN RAISE 'not in order: %', c; END IF;
    EXECUTE format('SELECT abs(count(*) - 710) FROM (SELECT id FROM item ORDER BY v %1$s (SELECT v FROM item WHERE id = 9) '
      'LIMIT 1000) s', o) INTO wrong;
    IF wrong > 0 THEN RAISE 'rows are missing: %', c; END IF;
    DELETE FROM item WHERE id > 1000;
    IF EXISTS (SELECT FROM vexpg_index_check('item_idx') WHERE severity = 'error') THEN RAISE 'findings: %', c; END IF;
    DROP INDEX item_idx;
  END LOOP;
END
$$;
CREATE INDEX item_v ON item USING hnsw (v sparsevec_cosine_ops);
DELETE FROM item WHERE id % 2 = 0;
VACUUM item;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <=> (SELECT v FROM item WHERE id = 9) LIMIT 1000) s;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- Built by several processes, as large tables are; a few long vectors do not make every code long.
CREATE TABLE item (id int, v sparsevec(1000000000)) WITH (parallel_workers = 2);
INSERT INTO item SELECT i, pg_temp.sparse(i, CASE WHEN i % 500 = 0 THEN 1500 ELSE 9 + i % 20 END, 1000000000)
  FROM generate_series(1, 2000) i;
SET min_parallel_table_scan_size = 0;
SET maintenance_work_mem = '256MB';
CREATE INDEX item_v ON item USING hnsw (v sparsevec_l2_ops);
RESET min_parallel_table_scan_size;
RESET maintenance_work_mem;
SELECT live_nodes, bytes / live_nodes < 1000 AS small FROM vexpg_index_info('item_v');
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 9) LIMIT 3000) s;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- More than 1,000 elements that are not zero, and an index on an empty table.
CREATE TABLE item (id int, v sparsevec(50000));
CREATE INDEX item_empty ON item USING hnsw (v sparsevec_l2_ops);
INSERT INTO item SELECT i, pg_temp.sparse(i, 1500, 50000) FROM generate_series(1, 50) i;
SELECT id, v <-> (SELECT v FROM item WHERE id = 33) AS distance FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 33) LIMIT 1;
SELECT * FROM vexpg_index_check('item_empty');
CREATE INDEX item_full ON item USING hnsw (v sparsevec_l1_ops);
SELECT id, v <+> (SELECT v FROM item WHERE id = 33) AS distance FROM item ORDER BY v <+> (SELECT v FROM item WHERE id = 33) LIMIT 1;
SELECT * FROM vexpg_index_check('item_full');
DROP TABLE item;
