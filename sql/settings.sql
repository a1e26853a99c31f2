-- The settings: names, defaults, ranges, and which set of kernels they choose.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

LOAD 'vexpg';
SELECT name, setting, min_val, max_val, boot_val, context, vartype, enumvals FROM pg_settings
WHERE name ~ '^(hnsw|ivfflat|vexpg)\.' AND name NOT IN ('vexpg.kernels') ORDER BY name COLLATE "C";
SELECT name, boot_val, context, vartype FROM pg_settings WHERE name = 'vexpg.kernels';
SELECT statement, pg_temp.outcome(statement) FROM (VALUES
  ('SET hnsw.ef_search = 0'), ('SET hnsw.ef_search = 1001'), ('SET hnsw.ef_search = 1000'),
  ('SET hnsw.iterative_scan = on'),
  ('SET hnsw.iterative_scan = strict_order'), ('SET hnsw.max_scan_tuples = 0'), ('SET hnsw.max_scan_tuples = 1'),
  ('SET hnsw.scan_mem_multiplier = 0'), ('SET hnsw.scan_mem_multiplier = 2.5'), ('SET hnsw.scan_mem_multiplier = 1001'),
  ('SET ivfflat.probes = 0'), ('SET ivfflat.probes = 32768'), ('SET ivfflat.iterative_scan = strict_order'),
  ('SET ivfflat.max_probes = 32769'), ('SET vexpg.ef_search = -1'), ('SET vexpg.ef_search = 10001'),
  ('SET vexpg.ef_search = 10000'),
  ('SET vexpg.iterative_scan = relaxed_order'), ('SET vexpg.iterative_scan = 1'), ('SET vexpg.max_scan_tuples = -1'),
  ('SET vexpg.kernels = ''no_such''')) AS t (statement);
-- Unknown names under our prefixes are refused.
SELECT statement, pg_temp.outcome(statement) FROM (VALUES
  ('SET hnsw.no_such = 1'), ('SET ivfflat.no_such = 1'), ('SET vexpg.no_such = 1')) AS t (statement);
RESET ALL;
SHOW hnsw.ef_search;
SHOW vexpg.iterative_scan;

-- Exactly one set of kernels is active and one is the best; each can be chosen, and gives the same distance.
SELECT count(*) > 0 AS listed, count(*) FILTER (WHERE active) AS active, count(*) FILTER (WHERE best) AS best,
       bool_or(active AND best) AS best_is_active, bool_or(name = 'scalar') AS has_scalar FROM vexpg_kernels();
CREATE FUNCTION pg_temp.try_kernels(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('vexpg.kernels', name, false);
  RETURN concat_ws(' ', (SELECT k.active FROM vexpg_kernels() AS k WHERE k.name = try_kernels.name),
    '[1,2,3]'::vector <-> '[4,6,3]', '[1,2,3]'::vector <#> '[4,6,3]',
    '[3,4]'::halfvec <+> '[0,0]', B'1011' <~> B'0010');
END
$$;
SELECT DISTINCT pg_temp.try_kernels(name) FROM vexpg_kernels();
SET vexpg.kernels = scalar;
SELECT name FROM vexpg_kernels() WHERE active;
RESET vexpg.kernels;
SELECT best FROM vexpg_kernels() WHERE active;
