-- The hnsw index on bit, for Hamming and Jaccard distance.
SET enable_seqscan = off;
CREATE TABLE item (id int, b bit(5));
INSERT INTO item VALUES (1, '00000'), (2, '11100'), (3, '11000'), (4, NULL), (5, '11111'), (6, '00011'), (7, '11100');
CREATE INDEX item_hamming ON item USING hnsw (b bit_hamming_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY b <~> '11000' LIMIT 3;
SELECT * FROM (SELECT id, b <~> '11000' AS distance FROM item ORDER BY b <~> '11000' LIMIT 10) s ORDER BY distance, id;
SELECT element_type, metric, dimensions, bits, refine, live_nodes, duplicates FROM vexpg_index_info('item_hamming');
SELECT * FROM vexpg_index_check('item_hamming');
SELECT id FROM item ORDER BY b <~> '110' LIMIT 1;
SELECT count(*) FROM (SELECT FROM item ORDER BY b <~> NULL LIMIT 10) s;
DROP INDEX item_hamming;
CREATE INDEX item_jaccard ON item USING hnsw (b bit_jaccard_ops);
EXPLAIN (COSTS OFF) SELECT id FROM item ORDER BY b <%> '11000' LIMIT 3;
SELECT * FROM (SELECT id, b <%> '11000' AS distance FROM item ORDER BY b <%> '11000' LIMIT 10) s ORDER BY distance, id;
SELECT * FROM (SELECT id, b <%> '00000' AS distance FROM item ORDER BY b <%> '00000' LIMIT 10) s ORDER BY distance, id;
SELECT * FROM vexpg_index_check('item_jaccard');
DROP INDEX item_jaccard;
CREATE INDEX ON item USING hnsw (b bit_hamming_ops) WITH (bits = 4);
CREATE INDEX ON item USING hnsw (b bit_hamming_ops) WITH (refine = 8);
DROP TABLE item;

-- Writes, chains of equal strings, filters.
CREATE TABLE item (id int, x int, b bit(300));
INSERT INTO item SELECT i, i % 5, repeat(lpad((i % 97)::bit(10)::text, 10, '0'), 30)::bit(300) FROM generate_series(1, 1000) i;
CREATE INDEX item_b ON item USING hnsw (b bit_jaccard_ops, x) WITH (m = 8);
INSERT INTO item SELECT i, i % 5, repeat(lpad((i % 101)::bit(10)::text, 10, '0'), 30)::bit(300) FROM generate_series(1001, 1500) i;
DELETE FROM item WHERE id % 3 = 0;
VACUUM item;
INSERT INTO item SELECT i, i % 5, (i % 2)::bit(300) FROM generate_series(2001, 2100) i;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM item ORDER BY b <%> (SELECT b FROM item WHERE id = 7) LIMIT 2000) s;
SELECT count(*) FROM (SELECT id FROM item WHERE x = 2 ORDER BY b <%> (SELECT b FROM item WHERE id = 7) LIMIT 2000) s
  HAVING count(*) = (SELECT count(*) FROM item WHERE x = 2);
SELECT severity, finding FROM vexpg_index_check('item_b') WHERE severity = 'error';
DROP TABLE item;

-- As many bits as an index takes: the end of the longest does not fit a page, and order stays exact.
CREATE TABLE item (id int, b bit(64000), c bit(64001));
INSERT INTO item SELECT i, (repeat(i::bit(8)::text, 7990) || repeat((300 - i)::bit(16)::text, 5))::bit(64000) FROM generate_series(1, 40) i;
INSERT INTO item SELECT 100 + i, overlay((SELECT b FROM item WHERE id = 9) PLACING repeat('1', i)::varbit FROM 64001 - i)
  FROM generate_series(1, 40) i;
CREATE INDEX item_hamming ON item USING hnsw (b bit_hamming_ops);
SELECT dimensions, duplicates > 0 AS equal_beginnings FROM vexpg_index_info('item_hamming');
SELECT id, b <~> (SELECT b FROM item WHERE id = 110) AS distance FROM item
  ORDER BY b <~> (SELECT b FROM item WHERE id = 110) LIMIT 1;
SELECT * FROM vexpg_index_check('item_hamming');
DROP INDEX item_hamming;
CREATE INDEX item_jaccard ON item USING hnsw (b bit_jaccard_ops) WITH (m = 64, ef_construction = 128);
SET hnsw.ef_search = 100;
SELECT count(*) FROM (SELECT d, lag(d) OVER (ORDER BY n) AS before FROM (
  SELECT b <%> (SELECT b FROM item WHERE id = 110) AS d, row_number() OVER () AS n FROM item
  ORDER BY b <%> (SELECT b FROM item WHERE id = 110) LIMIT 80) s) t WHERE d < before;
SELECT id FROM item ORDER BY b <%> (SELECT b FROM item WHERE id = 110) LIMIT 1;
SELECT * FROM vexpg_index_check('item_jaccard');
CREATE INDEX ON item USING hnsw (c bit_hamming_ops);
DROP TABLE item;
