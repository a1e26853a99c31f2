-- The options of an hnsw index.
CREATE TABLE item (id int, v vector(8));
INSERT INTO item SELECT i, ARRAY[i % 3, i % 5, i % 7, i % 11, i % 13, i % 17, i % 19, i]::vector
  FROM generate_series(1, 500) i;

-- Their ranges.
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (m = 1);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (m = 101);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (m = many);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (ef_construction = 3);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (ef_construction = 1001);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (ef_construction = 31);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (bits = 3);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (bits = -1);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (bits = 16);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (refine = 1);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (refine = -2);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (lists = 10);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (fillfactor = 50);
SELECT count(*) FROM pg_index WHERE indrelid = 'item'::regclass;

-- Their effect is seen in the catalog; every combination of codes finds the nearest rows.
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops) WITH (m = 2, ef_construction = 4, bits = 4, refine = 4);
\d item
ALTER INDEX item_v SET (m = 100);
ALTER INDEX item_v SET (bits = 5);
ALTER INDEX item_v SET (ef_construction = 200, refine = 8);
SELECT reloptions FROM pg_class WHERE relname = 'item_v';
INSERT INTO item SELECT 1000 + i, ARRAY[i, i, i, i, i, i, i, i]::vector FROM generate_series(1, 20) i;
REINDEX INDEX item_v;
ALTER INDEX item_v RESET (m, ef_construction, bits, refine);
SELECT reloptions FROM pg_class WHERE relname = 'item_v';
ALTER INDEX item_v SET (ef_construction = 20);
REINDEX INDEX item_v;
DROP INDEX item_v;

CREATE FUNCTION pg_temp.best(bits int, refine int, m int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  EXECUTE format('CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops)
                  WITH (bits = %s, refine = %s, m = %s, ef_construction = 200)',
                 bits, refine, m);
  SELECT string_agg(id::text, ' ') INTO answer FROM (SELECT id
  FROM item ORDER BY v <-> '[1,2,3,4,5,6,7,100.3]' LIMIT 5) s;
  IF EXISTS (SELECT FROM vexpg_index_check('item_v')) THEN answer := answer || ' damaged'; END IF;
  DROP INDEX item_v;
  RETURN answer;
END
$$;
SET enable_seqscan = off;
SET hnsw.ef_search = 200;
SELECT pg_temp.best(bits, refine, m) AS best, count(*)
FROM unnest(ARRAY[0, 1, 2, 4, 8]) bits, unnest(ARRAY[-1, 0, 4, 8]) refine, unnest(ARRAY[4, 16, 100]) m GROUP BY 1;
-- Profiles: what is not given comes with them.
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops) WITH (profile = 'slow');
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops) WITH (profile = 'instant');
SELECT m, ef_construction FROM vexpg_index_info('item_v');
ALTER INDEX item_v SET (profile = 'quality');
SELECT m, ef_construction FROM vexpg_index_info('item_v');
REINDEX INDEX CONCURRENTLY item_v;
SELECT m, ef_construction FROM vexpg_index_info('item_v');
ALTER INDEX item_v SET (m = 20);
REINDEX INDEX item_v;
SELECT m, ef_construction FROM vexpg_index_info('item_v');
ALTER INDEX item_v SET (profile = 'fast', ef_construction = 50);
REINDEX INDEX item_v;
SELECT m, ef_construction FROM vexpg_index_info('item_v');
ALTER INDEX item_v SET (profile = 'instant');
ALTER INDEX item_v RESET (m, ef_construction);
REINDEX INDEX item_v;
SELECT m, ef_construction FROM vexpg_index_info('item_v');
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;

-- Codes that do not fit a page.
CREATE TABLE item (id int, v vector(16000));
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (bits = 8);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops);
CREATE INDEX ON item USING hnsw (v vector_l2_ops) WITH (bits = 1, refine = 0, m = 100, ef_construction = 200);
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;
