-- Codes of few bits, whose estimates are far off: rows come in order all the same, and none within a radius is left out.
CREATE FUNCTION pg_temp.vec(i int, dim int, length float8 DEFAULT 1) RETURNS vector LANGUAGE sql AS $$
  SELECT array_agg(length * (hashint4(i * 1000 + j)::float8 + hashint4(i * 1000 + j + 500)) / 2147483648 ORDER BY j)::vector
  FROM generate_series(1, dim) j
$$;
SET enable_seqscan = off;

-- Inner products: an estimate errs with the length of its row, which may be any.
CREATE TABLE item (id int, v vector(48));
INSERT INTO item SELECT i, pg_temp.vec(i, 48, CASE WHEN i = 750 THEN 40 ELSE 1 + i % 3 END) FROM generate_series(1, 1500) i;
CREATE INDEX item_1 ON item USING hnsw (v vector_ip_ops) WITH (bits = 1, refine = 0) WHERE id > 0;
CREATE INDEX item_2 ON item USING hnsw (v vector_ip_ops) WITH (bits = 2, refine = 4) WHERE id > -1;
ANALYZE item;
-- All rows are candidates, so that only their order can be wrong.
SET vexpg.ef_search = 10000;
CREATE FUNCTION pg_temp.disorder(beyond int, OUT early bigint, OUT late bigint) LANGUAGE plpgsql AS $$
BEGIN
  early := 0;
  late := 0;
  FOR q IN 1..20 LOOP
    early := early + pg_temp.early(beyond, pg_temp.vec(-q, 48));
    late := late + (SELECT rows_late FROM vexpg_last_scan());
  END LOOP;
END
$$;
-- The first rows that are not the nearest ones.
CREATE FUNCTION pg_temp.early(beyond int, q vector) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE found float8[];
DECLARE wanted float8[];
BEGIN
  wanted := ARRAY(SELECT (v <#> q) + 0 FROM item ORDER BY (v <#> q) + 0 LIMIT 100);
  EXECUTE format('SELECT array_agg(d) FROM (SELECT v <#> %1$L AS d FROM item WHERE id > %2$s ORDER BY v <#> %1$L LIMIT 100) s', q, beyond)
  INTO found;
  RETURN (SELECT count(*) FROM unnest(found, wanted) AS t (f, w) WHERE f <> w);
END
$$;
SELECT beyond, d.* FROM unnest(ARRAY[0, -1]) AS beyond, LATERAL pg_temp.disorder(beyond) AS d;
RESET vexpg.ef_search;
SELECT c.relname, f.* FROM pg_class c JOIN pg_am a ON a.oid = c.relam, vexpg_index_check(c.oid::regclass) f WHERE a.amname = 'hnsw' AND c.relkind = 'i';
DROP TABLE item;

-- A radius: where all distances are alike, some estimates lie beyond it that belong to rows within.
CREATE TABLE item (id int, v vector(200));
INSERT INTO item SELECT i, pg_temp.vec(i, 200) FROM generate_series(1, 1000) i;
CREATE INDEX item_v ON item USING hnsw (v vector_l2_ops) WITH (bits = 1, refine = 4);
ANALYZE item;
SET hnsw.ef_search = 10;
-- Around each of twenty centers, up to the nearest row.
CREATE FUNCTION pg_temp.nearest(q vector) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE found bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM item WHERE v <-> %L <= %s', q, (SELECT min((v <-> q) + 0) FROM item)) INTO found;
  RETURN found;
END
$$;
SELECT sum(pg_temp.nearest(pg_temp.vec(-q, 200))) FROM generate_series(1, 20) q;
SELECT * FROM vexpg_index_check('item_v');
DROP TABLE item;
