-- Filter columns whose 8-byte cells do not hold the whole value: what the index answers is what a sequential scan
-- answers.
-- A database of its own: the default collation there does not order by bytes, so that strings are kept by their hashes.
CREATE DATABASE hnsw_filter_types TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
SELECT current_database() AS here \gset
\c hnsw_filter_types
CREATE EXTENSION vexpg;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE mood ADD VALUE 'fine' BEFORE 'happy';
CREATE DOMAIN small AS numeric CHECK (value < 1000);
CREATE TABLE thing (id int, u uuid, n numeric, t text, tc text COLLATE "C", vc varchar(30) COLLATE "C", bc char(12),
  bp char(12) COLLATE "C", nm name, m mood, dn small, d date, ts timestamp, v vector(3));

-- Values that cells tell apart by their last bit, or not at all.
CREATE TABLE string AS SELECT * FROM unnest(ARRAY['', 'a', 'ab', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh',
  'abcdefghi',
  'abcdefghj', 'abcdezzz', 'abcdezzzz', 'abcdf', 'B', 'b', 'a b', 'a ', 'ä', 'äbcdefghij', 'tenant-1', 'tenant-2', 'Z',
    '~'])
  WITH ORDINALITY s(s, n);
CREATE TABLE number AS SELECT * FROM unnest(ARRAY[0, 0.0, 1, 1.00, -1, 0.1, 0.1000000000000000055,
  0.10000000000000000000001,
  123456789012345678, 123456789012345679, 1e-400, -1e-400, 1e400, 1e401, -1e400, 'NaN', 'Infinity', '-Infinity',
    12.5]::numeric[])
  WITH ORDINALITY n(x, n);
CREATE TABLE identity AS SELECT u::uuid, n FROM unnest(ARRAY['00000000-0000-0000-0000-000000000000',
  '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002',
    '00000000-00ff-0000-0000-000000000000',
  '01000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '0190a0c0-1234-7abc-8def-0123456789ab'])
  WITH ORDINALITY u(u, n);
INSERT INTO thing SELECT i, (SELECT u FROM identity WHERE n = i % 8 + 1), (SELECT x FROM number WHERE n = i % 20 + 1),
  s, s, s,
    left(s, 10), left(s, 10), s, (ARRAY['sad', 'ok', 'fine', 'happy', NULL])[i % 5 + 1]::mood, i % 13 / 4.0,
    CASE i % 8 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '5000000-01-01' ELSE '2024-02-27'::date + i % 8 END::date,
    CASE i % 7 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '294276-12-31 23:59:59.999999'
      ELSE '2024-03-01'::timestamp + (i % 7 - 3) * interval '8 hours' END::timestamp,
    ARRAY[i % 20, i / 20, 0]::vector
  FROM (SELECT i, (SELECT s FROM string WHERE n = i % 24 + 1) AS s FROM generate_series(1, 240) i) x;
CREATE TABLE other AS SELECT id, bp, nm, m, dn, d, ts, v FROM thing;
CREATE INDEX thing_a ON thing USING hnsw (u, n, t, tc, v vector_l2_ops, vc, bc);
CREATE INDEX other_a ON other USING hnsw (v vector_l2_ops, bp, nm, m, dn, d, ts);
VACUUM ANALYZE thing, other;
SELECT opcname FROM pg_index, unnest(indclass) class, pg_opclass c
WHERE indexrelid IN ('thing_a'::regclass, 'other_a'::regclass) AND c.oid = class ORDER BY indexrelid, opcname;

CREATE FUNCTION ids(name text, condition text, by_index bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text; line text; used bool := false;
  condition_used bool := condition ~ 'LIKE|OR|^(t|bc|m|e) ([<>]|BETWEEN)';
BEGIN
  PERFORM set_config(s, ((s = 'enable_indexscan') = by_index)::text, true)
  FROM unnest(ARRAY['enable_seqscan', 'enable_sort', 'enable_indexscan']) s;
  FOR line IN EXECUTE format('EXPLAIN SELECT id FROM %s WHERE %s ORDER BY v <-> ''[5,5,5]''', name, condition) LOOP
    used := used OR line LIKE '%Index Scan%';
    condition_used := condition_used OR line LIKE '%Index Cond%' OR line LIKE '%One-Time Filter%';
  END LOOP;
  EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM
    (SELECT id FROM %s WHERE %s ORDER BY v <-> ''[5,5,5]'' LIMIT 100000) s', name, condition) INTO answer;
  RETURN coalesce(CASE WHEN by_index AND NOT (used AND condition_used) THEN 'not by the index ' ELSE '' END || answer,
    'none');
END
$$;
CREATE TABLE condition (name text, c text);
INSERT INTO condition SELECT CASE WHEN col IN ('bp', 'nm', 'm', 'dn', 'd', 'ts') THEN 'other' ELSE 'thing' END,
  format('%s %s %s', col, op, val)
FROM unnest(ARRAY['=', '<', '<=', '>', '>=']) op, (
  SELECT col, quote_literal(s) || suffix FROM string, (VALUES ('t', ''), ('tc', ''), ('tc', '::name'), ('vc', ''),
    ('bc', ''),
    ('bp', ''), ('nm', ''), ('nm', '::text')) x(col, suffix)
  UNION ALL SELECT 'n', quote_literal(x) || '::numeric' FROM number UNION ALL SELECT 'u', quote_literal(u) FROM identity
  UNION ALL SELECT 'm', quote_literal(m) FROM unnest(enum_range(NULL::mood)) m
  UNION ALL SELECT 'dn', x FROM unnest(ARRAY['0.25', '1', '-1', '0.3']) x
  UNION ALL SELECT col, quote_literal(x) || suffix FROM (VALUES ('d', '::timestamp'), ('ts', '::date'), ('d', ''),
    ('ts', '')) y(col, suffix),
    unnest(ARRAY['2024-03-01', '-infinity', 'infinity', '2024-02-29', '294276-12-31']) x
  UNION ALL SELECT 'd', quote_literal(x) || '::timestamp' FROM unnest(ARRAY['2024-03-01 12:00',
    '294276-12-31 23:59:59.999999',
    '1999-12-31 23:59', '4713-01-01 01:00 BC']) x
  UNION ALL VALUES ('ts', '''5000000-01-01''::date')) v(col, val);
INSERT INTO condition SELECT name, format('%s %s', col, test)
FROM (VALUES ('thing', '{u,n,t,tc,vc,bc}'::text[]), ('other', '{bp,nm,m,dn,d,ts}')) c(name, cols), unnest(cols) col,
  unnest(ARRAY['IS NULL', 'IS NOT NULL', '= NULL', 'IN (NULL, NULL)']) test;
INSERT INTO condition VALUES ('thing', 't IN (''abcdefgh'', ''B'', NULL, ''tenant-1'')'),
  ('thing', 'tc IN (''abcdefgh'', ''B'', NULL, ''tenant-1'')'), ('thing',
    'tc = ANY (ARRAY[''abcdefghi'', NULL]::name[])'),
  ('thing', 'vc = ANY (ARRAY[''abcdefghi'', ''ab'']::varchar[])'), ('thing', 'vc = ANY (ARRAY[]::text[])'),
  ('thing', 'n IN (0.1, 1, ''NaN'')'), ('thing', 'n BETWEEN 0.1 AND 0.10000000000000000000001'), ('thing',
    'n < ANY (ARRAY[0.1, -3])'),
  ('thing', 'u IN (''00000000-0000-0000-0000-000000000001'', ''01000000-0000-0000-0000-000000000000'')'),
  ('other', 'm IN (''ok'', ''happy'')'), ('other', 'm BETWEEN ''ok'' AND ''fine'''), ('other',
    'nm IN (''ab'', ''abcdefghi'')'),
  ('thing', 'bc IN (''a'', ''ab  '')'), ('other', 'bp > ''a'' AND bp < ''abcdefghi'' AND nm > ''abc'''),
  ('thing', 'tc BETWEEN ''abcde'' AND ''abcdf'''), ('thing', 'tc >= ''abcdef'' AND tc < ''abcdefgh'' AND n = 1'),
  ('thing', 't = ''abcdefgh'' AND tc = ''abcdefgh'' AND vc = ''abcdefgh'''), ('thing', 'tc > ''b'' AND tc < ''a'''),
  ('thing', 'tc = ''B'' AND tc = ''b'''), ('thing', 'u > ''00000000-0000-0000-0000-000000000001'' AND u <= ''01000000-0000-0000-0000-000000000000'''),
  ('other', 'd IN (''2024-02-29'', ''2024-03-01'')'), ('other',
    'd = ANY (ARRAY[''2024-02-29'', ''2024-03-01 01:00'']::timestamp[])'),
  ('other', 'd > ''2024-02-28''::timestamp AND ts < ''2024-03-02''::date'), ('thing', 'tc LIKE ''abc%'''), ('thing',
    't <> ''ab'''),
  ('thing', 'n = (SELECT 0.1)'), ('thing', 't = (SELECT ''abcdefgh''::text)'), ('thing', 'tc = ''ab'' OR tc = ''b''');

-- A value on every side of each other; equality that a collation widens. ICU is not on every server.
SELECT count(*) > 0 AS icu FROM pg_collation WHERE collprovider = 'i' AND collname = 'en-x-icu' \gset
\if :icu
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE cased (id int, t text COLLATE any_case, bc char(9) COLLATE any_case, ta text[] COLLATE any_case,
  e text COLLATE "en-x-icu", v vector(3));
INSERT INTO cased SELECT i, s, s, ARRAY[s, 'x'], s, ARRAY[i % 20, i / 20, 0]::vector
FROM (SELECT i, (ARRAY['abc', 'ABC', 'Abc', 'b', 'B', 'ä', 'Ä', 'z'])[i % 9 + 1] AS s FROM generate_series(1, 200) i) x;
CREATE INDEX cased_i ON cased USING hnsw (t, bc, ta, e, v vector_l2_ops);
INSERT INTO condition SELECT 'cased', format('%s %s ''%s''', col, op, val) FROM unnest(ARRAY['t', 'bc', 'e']) col,
  unnest(ARRAY['=', '<', '<=', '>', '>=']) op, unnest(ARRAY['abc', 'ABC', 'B', 'ä', 'a']) val;
INSERT INTO condition VALUES ('cased', 't IN (''abC'', ''Z'')'), ('cased', 'ta && ARRAY[''aBC'', ''q'']'), ('cased',
  'ta @> ARRAY[''Z'', ''X'']'),
  ('cased', 'ta <@ ARRAY[''Z'', ''X'', ''a'']'), ('cased', 'ta = ARRAY[''Z'', ''X'']');
-- Another collation than the column's is no condition of the index, but works.
INSERT INTO condition VALUES ('cased', 't = ''abc'' COLLATE "C" OR false');
\endif

CREATE TABLE answer AS SELECT name, c, ids(name, c, false) AS exact FROM condition;
SELECT * FROM (SELECT name, c, ids(name, c, true) AS found, exact FROM answer OFFSET 0) s WHERE found IS DISTINCT
  FROM exact;
SELECT count(*), count(*) FILTER (WHERE exact = 'none') AS empty FROM answer WHERE name <> 'cased';

-- Rows are looked at once more only where their cells leave a doubt; what cells can tell nothing of is a filter.
SET enable_seqscan = off;
CREATE FUNCTION rechecked(name text, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; removed text := '0';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT id FROM ' || name || ' WHERE ' || condition
    || ' ORDER BY v <-> ''[5,5,5]'' LIMIT 1000' LOOP
    IF line LIKE '%Removed by%' THEN removed := trim(line); END IF;
  END LOOP;
  RETURN removed;
END
$$;
SELECT c, rechecked('thing', c) FROM unnest(ARRAY['tc = ''ab''', 'tc = ''abcdefgh''', 'tc < ''abcde''',
  'tc < ''abcdefh''',
  'tc < ''abcdefg''', 't = ''abcdefgh''', 't < ''ab''', 'n = 0.1', 'n < 0.1', 'n < 12.5', 'n <= 12.5', 'tc IS NOT NULL',
  'u = ''00000000-0000-0000-0000-000000000001''', 'u < ''01000000-0000-0000-0000-000000000000''']) c;
SELECT c, rechecked('other', c) FROM unnest(ARRAY['m = ''ok''', 'm < ''ok''', 'd = ''2024-03-01''',
  'd < ''2024-03-01 12:00''::timestamp', 'nm = ''ab''', 'bp < ''abcde'' AND m IS NULL']) c;

-- Inserted and updated rows, after the byte codes were learnt.
INSERT INTO thing (id, tc, n, u, v) SELECT 1000 + i, 'new value ' || i, i * 1.5, md5(i::text)::uuid, '[1,1,1]'
  FROM generate_series(1, 50) i;
UPDATE thing SET tc = 'abcdefghk' WHERE id = 1001;
SELECT id FROM thing WHERE tc = 'new value 7' ORDER BY v <-> '[0,0,0]' LIMIT 3;
SELECT id FROM thing WHERE tc IN ('abcdefghk', 'new value 1') ORDER BY v <-> '[0,0,0]' LIMIT 3;
SELECT id FROM thing WHERE u = md5('9')::uuid AND n = 13.50 ORDER BY v <-> '[0,0,0]' LIMIT 3;
DELETE FROM thing WHERE id % 3 = 0;
VACUUM thing;
SELECT c.relname, f.* FROM pg_class c JOIN pg_am a ON a.oid = c.relam, vexpg_index_check(c.oid::regclass) f
WHERE a.amname = 'hnsw' AND c.relkind = 'i';
SELECT * FROM (SELECT name, c, ids(name, c, true) AS found, ids(name, c, false) AS exact
  FROM (SELECT *, row_number() OVER () AS n FROM condition) c WHERE n % 9 = 0) s WHERE found IS DISTINCT FROM exact;

-- The checker compares cells of every kind with the rows: here with what a function says of them by now.
CREATE FUNCTION said(int, OUT tc text, OUT n numeric, OUT u uuid, OUT m mood, OUT ia int[]) IMMUTABLE LANGUAGE sql AS
  $$ SELECT 'shade ' || $1, $1 * 1.5, md5($1::text)::uuid, 'ok'::public.mood, ARRAY[$1] $$;
CREATE INDEX said_tc ON thing USING hnsw (((said(id)).tc), v vector_l2_ops);
CREATE INDEX said_tc_c ON thing USING hnsw (((said(id)).tc COLLATE "C"), v vector_l2_ops);
CREATE INDEX said_n ON thing USING hnsw (((said(id)).n), v vector_l2_ops);
CREATE INDEX said_u ON thing USING hnsw (((said(id)).u), v vector_l2_ops);
CREATE INDEX said_m ON thing USING hnsw (((said(id)).m), v vector_l2_ops);
CREATE INDEX said_ia ON thing USING hnsw (((said(id)).ia), v vector_l2_ops);
SELECT relname, f.* FROM pg_class c, vexpg_index_check(c.oid) f WHERE relname LIKE 'said%';
CREATE OR REPLACE FUNCTION said(int, OUT tc text, OUT n numeric, OUT u uuid, OUT m mood,
  OUT ia int[]) IMMUTABLE LANGUAGE sql AS
  $$ SELECT 'shade ' || $1 + 1, $1 * 1.75, md5('x' || $1)::uuid, 'happy'::public.mood, ARRAY[$1 + 100] $$;
SELECT DISTINCT relname, severity, regexp_replace(finding, '[(].*[)]', '(...)')
FROM pg_class c, vexpg_index_check(c.oid) f WHERE relname LIKE 'said%' ORDER BY relname;
\c :here
DROP DATABASE hnsw_filter_types;
