-- The hnsw index on int8vec.
SET enable_seqscan = off;
CREATE TABLE item (id int, v int8vec(3));
INSERT INTO item VALUES (1, '[0,0,0]'), (2, '[1,2,3]'), (3, '[1,1,1]'), (4, NULL), (5, '[-1,0,2]'), (6, '[127,0,0]'),
  (7, '[-128,-128,-128]');
CREATE INDEX item_l2 ON item USING hnsw (v int8vec_l2_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY v <-> '[1,2,2]' LIMIT 3;
SELECT id, v <-> '[1,2,2]' AS distance FROM item ORDER BY v <-> '[1,2,2]';
SELECT id FROM item ORDER BY v <-> '[1,2]' LIMIT 1;
SELECT element_type, metric, dimensions FROM vexpg_index_info('item_l2');
SELECT * FROM vexpg_index_check('item_l2');
DROP INDEX item_l2;
CREATE INDEX item_ip ON item USING hnsw (v int8vec_ip_ops);
SELECT id, v <#> '[1,2,2]' AS distance FROM item ORDER BY v <#> '[1,2,2]';
SELECT * FROM vexpg_index_check('item_ip');
DROP INDEX item_ip;
CREATE INDEX item_cosine ON item USING hnsw (v int8vec_cosine_ops);
SELECT id, round((v <=> '[1,2,2]')::numeric, 6) AS distance FROM item ORDER BY v <=> '[1,2,2]';
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> '[0,0,0]' LIMIT 10) s;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> NULL LIMIT 10) s;
INSERT INTO item SELECT 100 + i, ARRAY[i % 100, i % 7, i % 5]::int8vec FROM generate_series(1, 300) i;
UPDATE item SET v = '[0,1,0]' WHERE id % 3 = 0;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <=> '[0,2,0]' LIMIT 1000) s;
DELETE FROM item WHERE id % 4 = 0;
VACUUM item;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <=> '[0,2,0]' LIMIT 1000) s;
SELECT * FROM vexpg_index_check('item_cosine');
DROP TABLE item;

CREATE TABLE item (id int, v int8vec(16000));
INSERT INTO item SELECT i, array_agg((d * i) % 17)::int8vec
  FROM generate_series(1, 5) i, generate_series(1, 16000) d GROUP BY i;
CREATE INDEX item_v ON item USING hnsw (v int8vec_l2_ops);
SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 3) LIMIT 1;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;
