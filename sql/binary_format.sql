-- Binary input and output: the bytes that clients send and get, hostile ones too, and COPY both ways.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helper :abs_srcdir '/test/outcome.psql'
\i :helper
\pset format unaligned
\pset null NULL

SELECT vector_send('[1,-2,0.5]'), halfvec_send('[1,-2,0.5]'), sparsevec_send('{1:1,3:-2}/5'), int8vec_send('[1,-2,127]');

-- Receives one value of a type from bytes: only COPY and the protocol call the receive functions.
CREATE TEMP TABLE received_vector (v vector);
CREATE TEMP TABLE received_vector3 (v vector(3));
CREATE TEMP TABLE received_halfvec (v halfvec);
CREATE TEMP TABLE received_halfvec3 (v halfvec(3));
CREATE TEMP TABLE received_int8vec (v int8vec);
CREATE TEMP TABLE received_int8vec3 (v int8vec(3));
CREATE TEMP TABLE received_sparsevec (v sparsevec);
CREATE TEMP TABLE received_sparsevec3 (v sparsevec(3));
CREATE FUNCTION pg_temp.receive(type text, payload bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target text := 'received_' || type;
  path text := current_setting('data_directory') || '/vexpg_binary_format.tmp';
  object oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || '\x0000000000000000'::bytea || '\x0001'::bytea ||
                              int4send(length(payload)) || payload || '\xffff'::bytea);
  result text;
BEGIN
  PERFORM lo_export(object, path), lo_unlink(object);
  EXECUTE format('TRUNCATE %I', target);
  result := pg_temp.outcome(format('COPY %I FROM %L (FORMAT binary)', target, path));
  IF result = 'done' THEN
    EXECUTE format('SELECT v FROM %I', target) INTO result;
  END IF;
  RETURN result;
END
$$;
SELECT payload, pg_temp.receive('vector', payload), pg_temp.receive('vector3', payload) FROM (VALUES
  ('\x000300003f800000c00000003f000000'::bytea), ('\x000100003f800000'), ('\x0001000080000000'),
  ('\x0000'), ('\x00000000'), ('\x00010000'), ('\x000100003f8000'), ('\x000100003f80000000'), ('\xffff0000'),
  ('\x3e810000'), ('\x7fff0000'), ('\x000100013f800000'), ('\x0001ffff3f800000'), ('\x000100007fc00000'),
  ('\x000100007f800000'), ('\x00010000ff800000'), ('\x00030000000000000000000000000001'), ('')) AS t (payload);
SELECT payload, pg_temp.receive('halfvec', payload), pg_temp.receive('halfvec3', payload) FROM (VALUES
  ('\x000300003c00c0003800'::bytea), ('\x000100007bff'), ('\x000100000001'), ('\x000100008000'), ('\x00000000'),
  ('\x00010000'), ('\x000100003c'), ('\x000100003c0000'), ('\x80000000'), ('\x3e810000'), ('\x000100013c00'),
  ('\x000100007e00'), ('\x000100007c00'), ('\x00010000fc00')) AS t (payload);
SELECT payload, pg_temp.receive('int8vec', payload), pg_temp.receive('int8vec3', payload) FROM (VALUES
  ('\x0003000001fe7f'::bytea), ('\x0001000080'), ('\x00000000'), ('\x00010000'), ('\x000100000100'), ('\x80000000'),
  ('\x3e810000'), ('\x0001000101')) AS t (payload);
SELECT payload, pg_temp.receive('sparsevec', payload), pg_temp.receive('sparsevec3', payload) FROM (VALUES
  ('\x00000005000000020000000000000000000000023f800000c0000000'::bytea), ('\x000000030000000000000000'),
  ('\x0000000300000001000000000000000240000000'), ('\x000000000000000000000000'), ('\xffffffff0000000000000000'),
  ('\x3b9aca010000000000000000'), ('\x00000003ffffffff00000000'), ('\x000000030000000400000000'),
  ('\x000186a000003e8100000000'), ('\x000000030000000000000001'), ('\x000000030000000100000000000000033f800000'),
  ('\x000000030000000100000000ffffffff3f800000'), ('\x00000003000000020000000000000001000000004000000040000000'),
  ('\x00000003000000020000000000000001000000014000000040000000'), ('\x0000000300000001000000000000000000000000'),
  ('\x0000000300000001000000000000000080000000'), ('\x000000030000000100000000000000007fc00000'),
  ('\x000000030000000100000000000000007f800000'), ('\x0000000300000001000000000000000040'),
  ('\x00000003000000010000000000'), ('\x0000000300000001')) AS t (payload);
DO $$
BEGIN
  -- The program reads to the end, or COPY may meet a broken pipe.
  EXECUTE format('COPY (SELECT) TO PROGRAM %L',
                 'cat > /dev/null; rm -f ' || current_setting('data_directory') || '/vexpg_binary_format.tmp');
END
$$;

-- COPY both ways, in both formats, keeps every bit; 2,000 dimensions lie outside the row.
CREATE TABLE copied (id int, v vector, h halfvec, s sparsevec, i int8vec);
INSERT INTO copied SELECT i, v, v::halfvec, v::sparsevec, v::int8vec FROM generate_series(1, 20) AS i, LATERAL (
  SELECT array_agg(CASE WHEN j % 3 = 0 THEN 0 ELSE sin(i * 1000 + j) * 100 END)::vector AS v
  FROM generate_series(1, i * i * 5) AS j) AS t;
INSERT INTO copied VALUES (21, NULL, NULL, NULL, NULL);
CREATE TABLE copied_text (LIKE copied);
CREATE TABLE copied_binary (LIKE copied);
DO $$
DECLARE
  base text := current_setting('data_directory') || '/vexpg_copied.';
BEGIN
  EXECUTE format('COPY copied TO %L', base || 'text');
  EXECUTE format('COPY copied TO %L (FORMAT binary)', base || 'binary');
  EXECUTE format('COPY copied_text FROM %L', base || 'text');
  EXECUTE format('COPY copied_binary FROM %L (FORMAT binary)', base || 'binary');
  EXECUTE format('COPY (SELECT) TO PROGRAM %L', 'cat > /dev/null; rm -f ' || base || 'text ' || base || 'binary');
END
$$;
SELECT (SELECT count(*) FROM copied) AS rows,
       (SELECT count(*) FROM (TABLE copied EXCEPT TABLE copied_text) AS t) AS text_differs,
       (SELECT count(*) FROM (TABLE copied EXCEPT TABLE copied_binary) AS t) AS binary_differs;
DROP TABLE copied, copied_text, copied_binary;
