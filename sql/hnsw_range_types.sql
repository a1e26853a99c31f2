-- Range search in every type and by every distance that can be indexed: the condition that the index gets, how many rows
-- lie within, and that a sequential scan finds the same ones, in the natural form and as a sphere.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/plan.psql'
\i :helper
CREATE TABLE item (id int, vector vector(3), halfvec halfvec(3), int8vec int8vec(3), sparsevec sparsevec(70003), "bit" bit(40));
INSERT INTO item SELECT i, v, v, v, format('{1:%s,70000:%s,70003:%s}/70003', i % 13 - 6, i % 7 - 3, i / 91 - 2)::sparsevec,
  substr(i::bit(10)::text || (i * 7)::bit(20)::text || (i % 91)::bit(10)::text, 1, 40)::bit(40)
FROM generate_series(0, 454) i, LATERAL (SELECT ARRAY[i % 13 - 6, i % 7 - 3, i / 91 - 2]::vector(3) AS v) s;
INSERT INTO item (id) VALUES (1000);

CREATE TEMP TABLE search AS
SELECT type, metric, operator, quote_literal(center) || '::' || quote_ident(type) AS center, radius
FROM (SELECT type, (item->>type) AS center FROM (SELECT to_jsonb(i) AS item FROM item i WHERE id = 100) i,
        unnest(ARRAY['vector', 'halfvec', 'int8vec', 'sparsevec', 'bit']) AS type) t
JOIN (VALUES ('l2', '<->', 2.5), ('ip', '<#>', -18), ('cosine', '<=>', 0.1), ('l1', '<+>', 3), ('hamming', '<~>', 12),
        ('jaccard', '<%>', 0.6)) AS m (metric, operator, radius) ON (type = 'bit') = (metric IN ('hamming', 'jaccard'));
SELECT format('CREATE INDEX ON item USING hnsw (%I %s_%s_ops)', type, type, metric) FROM search ORDER BY type, metric \gexec
ANALYZE item;

-- The ids that a condition finds, by index or without one.
CREATE FUNCTION pg_temp.found(condition text, index bool) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE ids int[];
BEGIN
  PERFORM set_config('enable_seqscan', (NOT index)::text, true), set_config('enable_indexscan', index::text, true);
  EXECUTE 'SELECT array_agg(id ORDER BY id) FROM item WHERE ' || condition INTO ids;
  RETURN ids;
END
$$;
SET enable_seqscan = off;
SELECT type, metric, regexp_replace(p.line, '\(''.*''::', '(...::') AS condition
FROM search, LATERAL (SELECT format('SELECT id FROM item WHERE %I %s %s < %s', type, operator, center, radius) AS query) q,
  LATERAL pg_temp.plan(query) AS p (line) WHERE p.line LIKE '%Index Cond%' ORDER BY type, metric;
RESET enable_seqscan;
SELECT type, metric, cardinality(pg_temp.found(nearer, true)) AS nearer, pg_temp.found(nearer, true) = pg_temp.found(nearer, false) AS same,
  cardinality(pg_temp.found(within, true)) AS within, pg_temp.found(within, true) = pg_temp.found(within, false) AS same
FROM search, LATERAL (SELECT format('%I %s %s < %s', type, operator, center, radius) AS nearer,
                             format('%I <%s> sphere(%s, %s)', type, operator, center, radius) AS within) c ORDER BY type, metric;

-- Spheres as values: text, fields, arrays, NULL and the wrong length; a bit string keeps its length.
SELECT sphere(B'1011', 2), (sphere(B'1011', 2)).center, '(1011,2)'::sphere_bit = sphere(B'1011', 2) AS same,
  sphere('{1:1.5}/3'::sparsevec, 1), '("[1,2]",0.5)'::sphere_int8vec, ARRAY[sphere('[1]'::vector, 1)], sphere(NULL::"bit", 1);
SELECT B'1011' <<~>> sphere(B'1010', 1), B'1011' <<~>> sphere(B'1010', 0), B'1011' <<%>> sphere(B'0011', 0.5),
  '[1,2]'::int8vec <<+>> sphere('[2,4]'::int8vec, 3), '{1:2}/3'::sparsevec <<=>> sphere('{1:5}/3'::sparsevec, 0),
  '[1,2]'::vector <<+>> ROW('[1,2]', NULL)::sphere_vector;
SELECT B'1011' <<~>> sphere(B'101', 1);
SELECT '{1:2}/3'::sparsevec <<->> sphere('{1:5}/4'::sparsevec, 0);
COPY (SELECT sphere(B'1011', 2), sphere('[1,2]'::int8vec, 0.5)) TO '/dev/null' WITH (FORMAT binary);
SELECT encode(record_send(sphere(B'1011', 2)), 'hex') AS sent;
SELECT c.relname, f.* FROM pg_class c JOIN pg_am a ON a.oid = c.relam, vexpg_index_check(c.oid::regclass) f WHERE a.amname = 'hnsw' AND c.relkind = 'i';
DROP TABLE item;
