-- SPDX-License-Identifier: PostgreSQL
-- The questions of 008_random_queries.pl. Each answers with no row if index and sequential scan agree.
-- A query has the columns k (identity of a row) and d (its distance).
CREATE TYPE mood AS ENUM ('sad', 'happy');
ALTER TYPE mood ADD VALUE 'ok' BEFORE 'happy';
ALTER TYPE mood ADD VALUE 'fine' BEFORE 'happy';
CREATE TABLE asked (by_index bool);
CREATE TABLE unequal (query text, how text, ef int, candidates text);

CREATE FUNCTION through_index(ef int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('enable_seqscan', 'off', false), set_config('enable_sort', 'off', false),
          set_config('enable_indexscan', 'on', false), set_config('vexpg.ef_search', ef::text, false);
END
$$;

CREATE FUNCTION without_index() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('enable_seqscan', 'on', false), set_config('enable_sort', 'on', false),
          set_config('enable_indexscan', 'off', false);
END
$$;

-- Notes of the checker: rows that only a vacuum makes reachable again.
CREATE FUNCTION findings() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS $$
  SELECT c.relname || ': ' || f::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam, vexpg_index_check(c.oid::regclass) f
  WHERE a.amname = 'hnsw' AND c.relkind = 'i' LIMIT 5
$$;

CREATE FUNCTION note_plan(query text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE line text; by_index bool := false;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
    by_index := by_index OR line LIKE '%Index Scan using t%_v_idx%';
  END LOOP;
  INSERT INTO asked VALUES (by_index);
END
$$;

CREATE FUNCTION first_difference(a float8[], b float8[]) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce((SELECT format(' from row %s: %s instead of %s', n, a[n:n + 4], b[n:n + 4])
                   FROM generate_series(1, greatest(cardinality(a), cardinality(b))) n
                   WHERE a[n] IS DISTINCT FROM b[n] ORDER BY n LIMIT 1), '') ||
         format(' (%s and %s rows)', cardinality(a), cardinality(b))
$$;

-- how: 'distances' must be equal in order, since rows at equal distance have no order; 'rows' too; or the 'set' of rows.
-- candidates: for a short list of candidates, a query for all rows that may be found; order and number are checked.
CREATE FUNCTION difference(query text, how text, ef int, candidates text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  k text[]; d float8[]; exact_k text[]; exact_d float8[]; late int; foreign_rows text;
  partitioned bool := EXISTS (SELECT FROM pg_class WHERE relname = 't' AND relkind = 'p');
  sorted text := CASE how WHEN 'set' THEN ' ORDER BY k' ELSE '' END;
  collect text := format('SELECT coalesce(array_agg(k%1$s), ''{}''), coalesce(array_agg(d%1$s), ''{}'') FROM (%2$s) s', sorted, query);
BEGIN
  PERFORM through_index(ef);
  PERFORM note_plan(query);
  EXECUTE collect INTO k, d;
  late := (SELECT rows_late FROM vexpg_last_scan());
  PERFORM without_index();
  EXECUTE collect INTO exact_k, exact_d;
  IF cardinality(k) <> cardinality(exact_k) THEN
    RETURN format('%s rows instead of %s', cardinality(k), cardinality(exact_k));
  ELSIF (SELECT count(DISTINCT u) <> count(u) FROM unnest(k) u) THEN
    RETURN 'a row twice';
  ELSIF candidates IS NULL THEN
    IF d IS DISTINCT FROM exact_d THEN
      RETURN 'distances' || first_difference(d, exact_d);
    ELSIF how <> 'distances' AND k IS DISTINCT FROM exact_k THEN
      RETURN 'rows ' || k[1:12]::text || ' instead of ' || exact_k[1:12]::text;
    END IF;
  ELSE
    -- Only rows that the last scan counts as late may follow a farther one.
    IF NOT partitioned AND late < (SELECT count(*) FROM (SELECT u < max(u) OVER (ORDER BY n) AS less
                                                         FROM unnest(d) WITH ORDINALITY x(u, n)) s WHERE less) THEN
      RETURN 'not in order: ' || d[1:20]::text;
    END IF;
    EXECUTE 'SELECT string_agg(u.k, '' '') FROM unnest($1, $2) u(k, d) WHERE (u.k, u.d) NOT IN (SELECT k, d FROM ('
      || candidates || ') s)' INTO foreign_rows USING k, d;
    IF foreign_rows IS NOT NULL THEN RETURN 'rows that do not qualify: ' || foreign_rows; END IF;
  END IF;
  RETURN NULL;
END
$$;

-- Remembered for ask_again() if the checker has an excuse.
CREATE FUNCTION complain(what text, query text, how text, ef int, candidates text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM findings() f WHERE f LIKE '%note%') AND NOT EXISTS (SELECT FROM findings() f WHERE f LIKE '%error%') THEN
    INSERT INTO unequal VALUES (query, how, ef, candidates);
  ELSE
    RETURN NEXT what || ' ef ' || ef || ': ' || query;
  END IF;
END
$$;

CREATE FUNCTION ask(query text, how text, ef int, candidates text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE what text := difference(query, how, ef, candidates);
BEGIN
  IF what IS NOT NULL THEN RETURN QUERY SELECT complain(what, query, how, ef, candidates); END IF;
END
$$;

CREATE FUNCTION ask_again() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT 'after a vacuum: ' || d || ': ' || u.query FROM unequal u, difference(u.query, u.how, u.ef, u.candidates) d WHERE d IS NOT NULL
$$;

-- A cursor that is read in two parts with a change of the table between sees none of the change; rows may be moved over.
CREATE FUNCTION ask_cursor(query text, first int, change text, over int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  c refcursor; r record; d float8[] := '{}'; exact_d float8[]; seen int := 0;
BEGIN
  PERFORM without_index();
  EXECUTE 'SELECT coalesce(array_agg(d), ''{}'') FROM (' || query || ') s' INTO exact_d;
  PERFORM through_index(10000);
  OPEN c FOR EXECUTE query;
  LOOP
    IF seen = first THEN
      EXECUTE change;
      MOVE FORWARD over FROM c;
      exact_d := exact_d[:first] || exact_d[first + over + 1:];
    END IF;
    FETCH c INTO r;
    EXIT WHEN NOT FOUND;
    seen := seen + 1;
    d := d || r.d;
  END LOOP;
  CLOSE c;
  IF d IS DISTINCT FROM exact_d THEN
    RETURN QUERY SELECT complain('cursor' || first_difference(d, exact_d), query, 'distances', 10000, NULL);
  END IF;
END
$$;

-- A cursor that outlives its transaction, read in both directions. The first half; a change of the table may follow.
CREATE TABLE held (query text, first int, exact_d float8[]);
CREATE FUNCTION hold(query text, first int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE c refcursor := 'held'; exact_d float8[];
BEGIN
  PERFORM without_index();
  EXECUTE 'SELECT coalesce(array_agg(d), ''{}'') FROM (' || query || ') s' INTO exact_d;
  PERFORM through_index(10000);
  EXECUTE 'DECLARE held SCROLL CURSOR WITH HOLD FOR ' || query;
  MOVE FORWARD first FROM c;
  INSERT INTO held VALUES (query, first, exact_d);
END
$$;

CREATE FUNCTION ask_held() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE c refcursor := 'held'; r record; h record; d float8[] := '{}'; back float8[] := '{}';
BEGIN
  DELETE FROM held RETURNING * INTO h;
  LOOP
    FETCH c INTO r;
    EXIT WHEN NOT FOUND;
    d := d || r.d;
  END LOOP;
  LOOP
    FETCH BACKWARD FROM c INTO r;
    EXIT WHEN NOT FOUND;
    back := r.d || back;
  END LOOP;
  CLOSE c;
  IF d IS DISTINCT FROM h.exact_d[h.first + 1:] THEN
    RETURN QUERY SELECT complain('held' || first_difference(d, h.exact_d[h.first + 1:]), h.query, 'distances', 10000, NULL);
  ELSIF back IS DISTINCT FROM h.exact_d THEN
    RETURN QUERY SELECT complain('backward' || first_difference(back, h.exact_d), h.query, 'distances', 10000, NULL);
  END IF;
END
$$;

-- A value of another dimension: an error, as a sequential scan has it, and never a row.
CREATE FUNCTION outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE rows bigint;
BEGIN
  EXECUTE 'SELECT count(d) FROM (' || query || ') s' INTO rows;
  RETURN rows;
EXCEPTION WHEN data_exception THEN
  RETURN SQLERRM;
END
$$;
CREATE FUNCTION ask_wrong(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE exact text; found text;
BEGIN
  PERFORM without_index();
  exact := outcome(query);
  PERFORM through_index(10000);
  found := outcome(query);
  -- An index says so even where no row is left to compare with; and finds none where a radius is NULL.
  IF (found <> exact AND exact <> '0' AND query !~ 'OFFSET') OR found ~ '^[1-9]' THEN
    RETURN NEXT format('%s instead of %s: %s', found, exact, query);
  END IF;
END
$$;

-- As a prepared statement with a generic plan; $1 in the query stands for a value.
CREATE FUNCTION ask_prepared(query text, type text, value text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  r record; d float8[] := '{}'; exact_d float8[];
BEGIN
  PERFORM without_index();
  EXECUTE 'SELECT coalesce(array_agg(d), ''{}'') FROM (' || replace(query, '$1', value) || ') s' INTO exact_d;
  PERFORM through_index(10000), set_config('plan_cache_mode', 'force_generic_plan', true);
  EXECUTE format('PREPARE asked_now(%s) AS %s', type, query);
  FOR r IN EXECUTE format('EXECUTE asked_now(%s)', value) LOOP d := d || r.d; END LOOP;
  DEALLOCATE asked_now;
  IF d IS DISTINCT FROM exact_d THEN
    RETURN QUERY SELECT complain('prepared' || first_difference(d, exact_d), replace(query, '$1', value), 'distances', 10000, NULL);
  END IF;
END
$$;

-- Who sees some rows only.
CREATE ROLE asker;
GRANT ALL ON asked, unequal, held TO asker;
