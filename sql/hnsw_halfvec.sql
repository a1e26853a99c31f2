-- The hnsw index on halfvec.
SET enable_seqscan = off;
CREATE TABLE item (id int, v halfvec(3));
INSERT INTO item VALUES (1, '[0,0,0]'), (2, '[1,2,3]'), (3, '[1,1,1]'), (4, NULL), (5, '[-1,0,2]'), (6, '[65504,0,0]'),
  (7, '[0.00006,0,0]'), (8, '[-65504,-65504,-65504]');
CREATE INDEX item_l2 ON item USING hnsw (v halfvec_l2_ops);
SELECT id, v <-> '[1,2,2]' AS distance FROM item ORDER BY v <-> '[1,2,2]';
SELECT id FROM item ORDER BY v <-> '[1,2]' LIMIT 1;
SELECT * FROM vexpg_index_check('item_l2');
DROP INDEX item_l2;
CREATE INDEX item_ip ON item USING hnsw (v halfvec_ip_ops);
SELECT id, v <#> '[1,2,2]' AS distance FROM item ORDER BY v <#> '[1,2,2]';
SELECT * FROM vexpg_index_check('item_ip');
DROP INDEX item_ip;
CREATE INDEX item_cosine ON item USING hnsw (v halfvec_cosine_ops);
SELECT id, round((v <=> '[1,2,2]')::numeric, 6) AS distance FROM item ORDER BY v <=> '[1,2,2]';
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> '[0,0,0]' LIMIT 10) s;
SELECT count(*) FROM (SELECT FROM item ORDER BY v <=> NULL LIMIT 10) s;
INSERT INTO item SELECT 100 + i, ARRAY[i, i % 7, i % 5]::halfvec FROM generate_series(1, 300) i;
UPDATE item SET v = '[0,1,0]' WHERE id % 3 = 0;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <=> '[0,2,0]' LIMIT 1000) s;
DELETE FROM item WHERE id % 4 = 0;
VACUUM item;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <=> '[0,2,0]' LIMIT 1000) s;
SELECT count(*) FROM item WHERE l2_norm(v) > 0;
SELECT * FROM vexpg_index_check('item_cosine');
DROP TABLE item;

CREATE TABLE item (id int, v halfvec(16000));
INSERT INTO item SELECT i, array_agg((d * i) % 17)::halfvec
  FROM generate_series(1, 5) i, generate_series(1, 16000) d GROUP BY i;
CREATE INDEX item_v ON item USING hnsw (v halfvec_l2_ops);
SELECT id FROM item ORDER BY v <-> (SELECT v FROM item WHERE id = 3) LIMIT 1;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;
