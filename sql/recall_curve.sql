-- vexpg_recall_curve(): what a build measures of its own graph, for every kind of code; where it measures nothing.
SET client_min_messages = warning;
SET max_parallel_maintenance_workers = 0;

-- Near one of 40 centres, as real embeddings are.
CREATE FUNCTION point(seed int, dim int) RETURNS vector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT array_agg((hashint8(1000 * (seed % 40) + i)::float8 / 2147483648
                     + 0.4 * hashint8(1000000 + 1000 * seed + i)::float8 / 2147483648)::real ORDER BY i)::vector
   FROM generate_series(1, dim) i $$;
CREATE FUNCTION sparse(seed int) RETURNS sparsevec LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('{' || string_agg(1 + (j * 73) % 30000 || ':' || x, ',') || '}/30000')::sparsevec
   FROM unnest(point(seed, 100)::real[]) WITH ORDINALITY AS u (x, j) WHERE abs(x) > 0.9 $$;
CREATE TABLE item (id int PRIMARY KEY, v vector(24), s sparsevec(30000), tenant int);
INSERT INTO item SELECT i, point(i, 24), sparse(i), i % 7 FROM generate_series(1, 2400) i;

-- What holds for every curve: the longest search compares more codes than the shortest, finds no less, and nearly all.
CREATE FUNCTION curve(index regclass, OUT points bigint, OUT queries int, OUT rows bigint, OUT rising bool, OUT good bool)
  LANGUAGE sql AS
$$ SELECT count(*), max(c.queries), max(c.rows),
          max(codes_scored) FILTER (WHERE ef_search = 640) > 1.5 * max(codes_scored) FILTER (WHERE ef_search = 20)
            AND max(recall) FILTER (WHERE ef_search = 640) >= max(recall) FILTER (WHERE ef_search = 20),
          max(recall) FILTER (WHERE ef_search = 640) > 0.95
   FROM vexpg_recall_curve(index) AS c WHERE stop_gamma IS NULL $$;

CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops, tenant);
SELECT * FROM curve('item_v');
SELECT ef_search, stop_gamma, queries FROM vexpg_recall_curve('item_v');
SELECT * FROM vexpg_index_check('item_v');

-- The rows that were held out are in the index as all others.
SET enable_seqscan = off;
SELECT count(DISTINCT id) FROM (SELECT id FROM item ORDER BY v <-> point(1, 24) LIMIT 3000) AS found;
SELECT count(*) FROM item AS i WHERE (SELECT id FROM item ORDER BY v <-> i.v LIMIT 1) <> i.id AND i.id % 16 = 0;
RESET enable_seqscan;
DROP INDEX item_v;

-- Every kind of code.
CREATE FUNCTION try(kind text) RETURNS text LANGUAGE plpgsql AS
$$ DECLARE found text;
BEGIN
  EXECUTE 'CREATE INDEX tried ON item USING hnsw (' || kind;
  SELECT concat_ws(' ', points, queries, rows, rising, good,
                   (SELECT count(*) FROM vexpg_index_check('tried'))) INTO found FROM curve('tried');
  DROP INDEX tried;
  RETURN found;
END $$;
SELECT kind, try(kind) FROM unnest(ARRAY[
  'v vector_ip_ops)', 'v vector_cosine_ops)', 'v vector_l1_ops)', 'v vector_l1_ops) WITH (bits = 2, refine = 4)',
  'v vector_l2_ops) WITH (bits = 4)', 'v vector_l2_ops) WITH (bits = 2)', 'v vector_ip_ops) WITH (bits = 1)',
  'v vector_l2_ops) WITH (bits = 8, refine = 8)', 'v vector_l2_ops) WITH (profile = instant)',
  'v vector_l2_ops) WITH (m = 100, ef_construction = 200)',
  '(v::halfvec(24)) halfvec_l2_ops)', '(((v * array_fill(90, ARRAY[24])::vector)::int8vec)::int8vec(24)) int8vec_cosine_ops)',
  's sparsevec_l2_ops)', 's sparsevec_ip_ops)', 's sparsevec_l1_ops)',
  '(binary_quantize(v)::bit(24)) bit_hamming_ops)', '(binary_quantize(v)::bit(24)) bit_jaccard_ops)']) AS kind;

-- In parts.
SET maintenance_work_mem = '1MB';
SELECT kind, try(kind) FROM unnest(ARRAY['v vector_l2_ops, tenant)', 's sparsevec_cosine_ops)', 'v vector_ip_ops) WITH (bits = 2)']) AS kind;
RESET maintenance_work_mem;

-- Rows that were inserted since do not change it; a new build measures anew.
CREATE TABLE growing (v vector(3));
CREATE INDEX growing_v ON growing USING hnsw (v vector_l2_ops);
SELECT count(*) FROM vexpg_recall_curve('growing_v');
INSERT INTO growing SELECT point(i, 3) FROM generate_series(1, 1999) i;
INSERT INTO growing VALUES (NULL);
REINDEX INDEX growing_v;
SELECT count(*) FROM vexpg_recall_curve('growing_v');
INSERT INTO growing SELECT point(i, 3) FROM generate_series(2000, 3000) i;
SELECT count(*) FROM vexpg_recall_curve('growing_v');
REINDEX INDEX growing_v;
SELECT * FROM curve('growing_v');
DELETE FROM growing WHERE v <-> point(5, 3) < 1;
VACUUM growing;
SELECT * FROM curve('growing_v');
SELECT * FROM vexpg_index_check('growing_v');
TRUNCATE growing;
SELECT count(*) FROM vexpg_recall_curve('growing_v');

-- Copies are rows that a search should find; a table of nothing else has no row to hold out.
CREATE TABLE copies AS SELECT CASE WHEN i % 2 = 0 THEN point(i % 20, 8) ELSE point(i, 8) END::vector(8) AS v FROM generate_series(1, 4000) i;
CREATE INDEX copies_v ON copies USING hnsw (v vector_l2_ops);
SELECT * FROM curve('copies_v');
SELECT * FROM vexpg_index_check('copies_v');
CREATE TABLE equal AS SELECT point(1, 8)::vector(8) AS v FROM generate_series(1, 3000) i;
CREATE INDEX equal_v ON equal USING hnsw (v vector_l2_ops);
SELECT count(*) FROM vexpg_recall_curve('equal_v');
SELECT * FROM vexpg_index_check('equal_v');

-- Not for everyone and everything.
SELECT * FROM vexpg_recall_curve('item_pkey');
SELECT * FROM vexpg_recall_curve('item');
CREATE ROLE regress_recall_reader;
SET ROLE regress_recall_reader;
SELECT * FROM vexpg_recall_curve('copies_v');
RESET ROLE;
GRANT SELECT ON copies TO regress_recall_reader;
SET ROLE regress_recall_reader;
SELECT count(*) FROM vexpg_recall_curve('copies_v');
RESET ROLE;
DROP OWNED BY regress_recall_reader;
DROP ROLE regress_recall_reader;
DROP TABLE item, growing, copies, equal;
DROP FUNCTION point(int, int), sparse, curve, try;
