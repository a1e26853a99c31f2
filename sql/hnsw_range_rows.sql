-- How many rows the planner expects within a radius: as many as the values that ANALYZE keeps tell, and what the radius
-- alone tells. All rows are in the sample, so that the numbers are the same each time.
CREATE FUNCTION pg_temp.rows(condition text, relation text DEFAULT 'item') RETURNS int LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM %s WHERE %s', relation, condition) INTO plan;
  RETURN plan->0->'Plan'->>'Plan Rows';
END
$$;
-- What is expected and what is there.
CREATE FUNCTION pg_temp.compare(condition text, relation text DEFAULT 'item', OUT expected int, OUT rows int) LANGUAGE plpgsql AS $$
BEGIN
  expected := pg_temp.rows(condition, relation);
  EXECUTE format('SELECT count(*) FROM %s WHERE %s', relation, condition) INTO rows;
END
$$;
CREATE TABLE item (id int, v vector(2), h halfvec(600), b bit(64));
INSERT INTO item SELECT i, ARRAY[i * 7919 % 10007, i * 6089 % 9973]::vector * '[0.01,0.01]', array_fill(i % 10, ARRAY[600])::halfvec, (i * 2654435761)::bit(64)
FROM generate_series(0, 9999) i;
INSERT INTO item SELECT -1, '[7,7]' FROM generate_series(1, 1000);
INSERT INTO item (id) SELECT -2 FROM generate_series(1, 1000);
CREATE INDEX ON item USING hnsw (v vector_l2_ops);
CREATE INDEX ON item USING hnsw (v vector_ip_ops);
CREATE INDEX ON item USING hnsw (h halfvec_l2_ops);
CREATE INDEX ON item USING hnsw (b bit_hamming_ops);

-- Not analyzed: a thousandth, but for what the radius tells.
SELECT radius, pg_temp.rows(format('v <-> ''[50,50]'' < %L', radius)) BETWEEN 1 AND 20 AS few
FROM unnest(ARRAY[-1, 0, 5, 50]) radius;
ANALYZE item;
SELECT radius, l2.*, ip.*, within.*
FROM unnest(ARRAY['-Infinity', -1, 0, 5, 20, 50, 70, 'Infinity', 'NaN']::float8[]) radius,
  LATERAL pg_temp.compare(format('v <-> ''[50,50]'' < %L', radius)) l2,
  LATERAL pg_temp.compare(format('v <#> ''[1,1]'' <= %L', radius - 100)) ip,
  LATERAL pg_temp.compare(format('v <<->> sphere(''[50,50]''::vector, %L)', radius)) within;
SELECT * FROM pg_temp.compare('v <-> ''[7,7]'' < 0.5');
SELECT * FROM pg_temp.compare('b <~> B''' || repeat('01', 32) || ''' < 30');
SELECT * FROM pg_temp.compare('v <-> ''[50,50]'' BETWEEN 20 AND 50');
SELECT * FROM pg_temp.compare('v <-> ''[50,50]'' < 20 AND id % 2 = 0');
SELECT * FROM pg_temp.compare('v <-> ''[50,50]'' < 50 AND v <#> ''[1,1]'' < -100');
SELECT * FROM pg_temp.compare('v <-> ''[50,50]'' < NULL');
-- ANALYZE keeps no values of more than 1 kB.
SELECT pg_temp.rows(format('h <-> %L < 100', array_fill(1, ARRAY[600])::halfvec));
-- An unknown center, an unknown radius.
SELECT pg_temp.rows('v <<->> sphere((SELECT v FROM item WHERE id = 7), 20)');
SELECT pg_temp.rows('v <<->> sphere(''[50,50]''::vector, (SELECT 3))');
SELECT pg_temp.rows('v <<->> (SELECT sphere(''[50,50]''::vector, 20))');
-- What is joined is as large as that.
SELECT pg_temp.rows('v <-> ''[50,50]'' < 20', 'item, generate_series(1, 10)');
-- Values of other dimensions are passed over; whether the query may meet them is not for the planner to say.
CREATE TABLE mixed (v vector);
INSERT INTO mixed SELECT ARRAY[i]::vector FROM generate_series(1, 1000) i;
INSERT INTO mixed SELECT ARRAY[i, 0]::vector FROM generate_series(1, 1000) i;
ANALYZE mixed;
SELECT pg_temp.rows('v <<->> sphere(''[500,0]''::vector, 100)', 'mixed');
SELECT pg_temp.rows('v <<->> sphere(''[500,0,0]''::vector, 100)', 'mixed');
SELECT pg_temp.rows('''[1]''::vector <<->> sphere(v, 100)', 'mixed');
-- Who may not read every row learns nothing of their values.
SELECT pg_temp.rows('v <<->> sphere(''[50,50]''::vector, 50)') > 2000 AS told;
CREATE ROLE vexpg_reader;
GRANT SELECT ON item TO vexpg_reader;
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY positive ON item TO vexpg_reader USING (id > 0);
SET ROLE vexpg_reader;
SELECT pg_temp.rows('v <<->> sphere(''[50,50]''::vector, 50)') > 2000 AS told;
RESET ROLE;
DROP OWNED BY vexpg_reader;
DROP ROLE vexpg_reader;
SELECT c.relname, f.* FROM pg_class c JOIN pg_am a ON a.oid = c.relam, vexpg_index_check(c.oid::regclass) f WHERE a.amname = 'hnsw' AND c.relkind = 'i';
DROP TABLE item, mixed;
