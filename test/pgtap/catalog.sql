-- SPDX-License-Identifier: PostgreSQL
-- The catalog entries of the extension: that every object says what it is, that flags are right, that operator classes
-- are complete. Needs pgtap and vexpg in the database; leaves nothing behind.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset pager off
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(37);

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid FROM pg_depend AS d
JOIN pg_extension AS x ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid
WHERE x.extname = 'vexpg' AND d.deptype = 'e' AND d.objid NOT IN (SELECT typarray FROM pg_type);

CREATE TEMP VIEW member_function AS
SELECT p.* FROM pg_proc AS p JOIN member AS m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;

-- Functions that the server alone calls, with an internal argument: they only say what an index can do.
CREATE TEMP VIEW index_function AS SELECT * FROM member_function
WHERE prorettype = 'internal'::regtype OR prorettype = 'index_am_handler'::regtype;

-- Functions that report what this backend or an index is doing.
CREATE TEMP VIEW inspection_function AS SELECT * FROM member_function WHERE proname LIKE 'vexpg\_%';

CREATE TEMP VIEW value_function AS
SELECT * FROM member_function
WHERE oid NOT IN (SELECT oid FROM index_function UNION SELECT oid FROM inspection_function) AND proname <> 'within_selectivity';

CREATE TEMP VIEW member_operator AS
SELECT o.* FROM pg_operator AS o JOIN member AS m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid;

CREATE TEMP VIEW member_class AS
SELECT c.*, a.amname FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = c.opcmethod
JOIN member AS m ON m.classid = 'pg_opclass'::regclass AND m.objid = c.oid;

-- The operators of hnsw, with the name of their family.
CREATE TEMP VIEW hnsw_operator AS
SELECT f.opfname, s.*, o.oprname FROM pg_amop AS s JOIN pg_opfamily AS f ON f.oid = s.amopfamily
JOIN pg_am AS a ON a.oid = f.opfmethod JOIN pg_operator AS o ON o.oid = s.amopopr
WHERE a.amname = 'hnsw';

-- The vector operator classes: each type with its metrics.
CREATE TEMP VIEW wanted_class AS
SELECT type || '_' || metric || '_ops' AS class, type, operator FROM unnest(ARRAY['vector', 'halfvec', 'int8vec', 'sparsevec']) AS type,
  (VALUES ('l2', '<->'), ('ip', '<#>'), ('cosine', '<=>'), ('l1', '<+>')) AS t (metric, operator)
UNION ALL VALUES ('bit_hamming_ops', 'bit', '<~>'), ('bit_jaccard_ops', 'bit', '<%>');

-- Comments.
SELECT is_empty($$
  SELECT pg_describe_object(classid, objid, 0) FROM member
  WHERE length(coalesce(obj_description(objid, classid::regclass::name), '')) < 15 ORDER BY 1
$$, 'every object has a comment of some length');
SELECT is_empty($$
  SELECT pg_describe_object(classid, objid, 0) FROM member
  WHERE obj_description(objid, classid::regclass::name) ~ '\.$|^[a-z]' ORDER BY 1
$$, 'every comment begins as a sentence and has no full stop');
SELECT is_empty($$
  SELECT oid::regprocedure FROM value_function
  WHERE pg_get_function_arguments(oid) ~ '^(vector, vector|halfvec, halfvec|int8vec, int8vec|sparsevec, sparsevec|bit, bit)$'
    AND prorettype = 'float8'::regtype AND obj_description(oid, 'pg_proc') !~ 'error 22000'
$$, 'every distance says which error other dimensions give');

-- Functions.
SELECT is_empty($$ SELECT oid::regprocedure FROM value_function WHERE provolatile <> 'i' $$,
                'functions of values are immutable');
SELECT is_empty($$ SELECT oid::regprocedure FROM value_function WHERE proparallel <> 's' $$,
                'functions of values are parallel safe');
SELECT is_empty($$ SELECT oid::regprocedure FROM value_function WHERE NOT proisstrict AND prokind = 'f' $$,
                'functions of values are strict');
SELECT is_empty($$ SELECT oid::regprocedure FROM value_function WHERE procost <> 1 AND prokind = 'f' $$,
                'functions of values have the usual cost');
SELECT is_empty($$ SELECT oid::regprocedure FROM inspection_function WHERE provolatile = 'i' $$,
                'what reports a state is not immutable');
SELECT is_empty($$ SELECT oid::regprocedure FROM member_function WHERE prosecdef $$,
                'no function runs with its owner''s rights');
SELECT is_empty($$
  SELECT p.oid::regprocedure FROM member_function AS p JOIN pg_language AS l ON l.oid = p.prolang
  WHERE l.lanname = 'c' AND (p.probin <> '$libdir/vexpg' OR p.prosrc !~ '^vexpg_')
$$, 'every C function is a vexpg_ symbol of our library');
SELECT is_empty($$
  SELECT oid::regprocedure FROM index_function WHERE pg_get_function_arguments(oid) <> 'internal' OR proisstrict
$$, 'functions of the index take one internal argument');

-- Types.
SELECT set_eq($$
  SELECT t.typname, t.typlen, t.typstorage, t.typalign, t.typcategory, t.typispreferred
  FROM pg_type AS t JOIN member AS m ON m.objid = t.oid AND m.classid = 'pg_type'::regclass
$$, $$ VALUES ('vector'::name, -1::int2, 'e'::"char", 'i'::"char", 'U'::"char", false),
              ('halfvec', -1, 'e', 'i', 'U', false), ('int8vec', -1, 'e', 'i', 'U', false),
              ('sparsevec', -1, 'e', 'i', 'U', false)
  UNION ALL SELECT 'sphere_' || type, -1, 'x', 'd', 'C', false
    FROM unnest(ARRAY['vector', 'halfvec', 'int8vec', 'sparsevec', 'bit']) AS type $$,
  'four types, kept outside the row uncompressed, and five row types');
SELECT is_empty($$
  SELECT t.typname FROM pg_type AS t JOIN member AS m ON m.objid = t.oid AND m.classid = 'pg_type'::regclass
  WHERE t.typtype = 'b' AND (t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin) IS DISTINCT FROM
    (to_regproc(t.typname || '_in'), to_regproc(t.typname || '_out'), to_regproc(t.typname || '_recv'),
     to_regproc(t.typname || '_send'), to_regproc(t.typname || '_typmod_in'))
$$, 'each type has its text, binary and modifier functions');

-- Casts: a context more would make some literals ambiguous, one less would break an assignment.
SELECT set_eq($$
  SELECT c.castsource::regtype::text, c.casttarget::regtype::text, c.castcontext, c.castmethod
  FROM pg_cast AS c JOIN member AS m ON m.objid = c.oid AND m.classid = 'pg_cast'::regclass
$$, $$
  SELECT a, b, context::"char", 'f'::"char" AS method FROM (VALUES
    ('vector', 'vector', 'i'), ('halfvec', 'halfvec', 'i'), ('sparsevec', 'sparsevec', 'i'), ('vector', 'halfvec', 'i'),
    ('halfvec', 'vector', 'a'), ('vector', 'sparsevec', 'i'), ('sparsevec', 'vector', 'a'),
    ('halfvec', 'sparsevec', 'i'), ('sparsevec', 'halfvec', 'a'), ('vector', 'real[]', 'i'), ('halfvec', 'real[]', 'a'),
    ('int8vec', 'int8vec', 'i'), ('vector', 'int8vec', 'a'), ('halfvec', 'int8vec', 'a'), ('int8vec', 'vector', 'a'),
    ('int8vec', 'halfvec', 'a'), ('int8vec', 'real[]', 'a'), ('int8vec', 'integer[]', 'a'))
    AS t (a, b, context)
  UNION ALL
  SELECT a, b, 'a'::"char", 'f'::"char"
  FROM unnest(ARRAY['integer[]', 'real[]', 'double precision[]', 'numeric[]']) AS a,
    unnest(ARRAY['vector', 'halfvec', 'int8vec', 'sparsevec']) AS b
$$, 'the casts and their contexts');

-- Operators.
SELECT set_eq($$
  SELECT o.oprname::text, o.oprleft::regtype::text FROM member_operator AS o
$$, $$
  SELECT name, type FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>', '<', '<=', '=', '<>', '>=', '>']) AS name,
    unnest(ARRAY['vector', 'halfvec', 'int8vec', 'sparsevec']) AS type
  UNION ALL SELECT name, type FROM unnest(ARRAY['+', '-', '*', '||']) AS name,
    unnest(ARRAY['vector', 'halfvec']) AS type
  UNION ALL SELECT '<' || operator || '>', type FROM wanted_class
  UNION ALL VALUES ('||', 'int8vec'), ('<~>', 'bit'), ('<%>', 'bit')
$$, 'the operators');
SELECT is_empty($$
  SELECT o.oid::regoperator FROM member_operator AS o
  WHERE o.oprright <> CASE WHEN o.oprname LIKE '<<%>>' THEN ('sphere_' || o.oprleft::regtype)::regtype ELSE o.oprleft END
$$, 'every operator takes one type, or a value and a sphere');
SELECT is_empty($$
  SELECT o.oid::regoperator FROM member_operator AS o
  WHERE o.oprname IN ('<->', '<#>', '<=>', '<+>', '<~>', '<%>', '+', '*', '=', '<>') AND o.oprcom <> o.oid
$$, 'distances, sums and equalities commute');
SELECT is_empty($$
  SELECT o.oid::regoperator FROM member_operator AS o
  WHERE o.oprname IN ('<', '<=', '=', '<>', '>=', '>')
    AND (o.oprnegate = 0 OR o.oprcom = 0 OR o.oprrest = 0 OR o.oprjoin = 0)
$$, 'comparisons have a commutator, a negator and estimators');
SELECT is_empty($$
  SELECT o.oid::regoperator FROM member_operator AS o
  WHERE o.oprname IN ('<->', '<#>', '<=>', '<+>', '<~>', '<%>') AND o.oprresult <> 'float8'::regtype
$$, 'distances are float8');
SELECT is_empty($$
  SELECT o.oid::regoperator FROM member_operator AS o
  WHERE o.oprcanmerge OR o.oprcanhash
$$, 'no operator promises a hash or merge join of its own');

SELECT is_empty($$
  SELECT o.oid::regoperator FROM member_operator AS o
  WHERE o.oprname LIKE '<<%>>' AND (o.oprrest <> 'within_selectivity'::regproc OR o.oprjoin <> 'contjoinsel'::regproc)
$$, 'spheres have estimators');

-- Aggregates.
SELECT set_eq($$
  SELECT p.oid::regprocedure::text, p.proparallel, a.aggtransfn::text, a.aggfinalfn::text, a.aggcombinefn::text,
    a.agginitval
  FROM pg_aggregate AS a JOIN member_function AS p ON p.oid = a.aggfnoid
$$, $$ VALUES ('avg(vector)', 's'::"char", 'vector_accum', 'vector_avg', 'vector_combine', '{0}'),
              ('sum(vector)', 's', 'vector_add', '-', 'vector_add', NULL),
              ('avg(halfvec)', 's', 'halfvec_accum', 'halfvec_avg', 'halfvec_combine', '{0}'),
              ('sum(halfvec)', 's', 'halfvec_add', '-', 'halfvec_add', NULL),
              ('avg(int8vec)', 's', 'int8vec_accum', 'vector_avg', 'vector_combine', '{0}'),
              ('sum(int8vec)', 's', 'int8vec_accum', 'int8vec_sum', 'vector_combine', '{0}') $$, 'the aggregates and their steps');

-- Operator classes.
SELECT is((SELECT amtype::text FROM pg_am WHERE amname = 'hnsw'), 'i', 'hnsw is an index access method');
SELECT is_empty($$ SELECT amname, opcname FROM member_class WHERE NOT amvalidate(oid) $$,
                'every operator class is complete');
SELECT set_eq($$
  SELECT opcname::text, opcintype::regtype::text, opcdefault FROM member_class WHERE amname = 'hnsw'
$$, $$
  SELECT class, type AS input, false AS is_default FROM wanted_class
  UNION ALL
  SELECT 'hnsw_' || type || '_ops', type::regtype::text, true
  FROM unnest(ARRAY['int2', 'int4', 'int8', 'float4', 'float8', 'bool', 'date', 'timestamp', 'timestamptz', 'uuid', 'numeric', 'text',
    'name', 'bpchar']) AS type
  UNION ALL VALUES ('hnsw_enum_ops', 'anyenum', true), ('hnsw_array_ops', 'anyarray', true)
$$, 'the operator classes of hnsw, none of them a default for vectors');
SELECT set_eq($$
  SELECT opfname::text, oprname::text FROM hnsw_operator
  WHERE amoppurpose = 'o' AND amopstrategy = 1 AND amopsortfamily = (
    SELECT f.oid FROM pg_opfamily AS f JOIN pg_am AS a ON a.oid = f.opfmethod
    WHERE a.amname = 'btree' AND f.opfname = 'float_ops')
$$, $$ SELECT class, operator FROM wanted_class $$,
  'each vector operator class orders by its operator');
SELECT set_eq($$
  SELECT opfname::text, oprname::text, amoprighttype::regtype::text FROM hnsw_operator WHERE amoppurpose = 's' AND amopstrategy = 2
$$, $$ SELECT class, '<' || operator || '>' AS operator, 'sphere_' || type AS sphere FROM wanted_class $$,
  'each vector operator class searches in spheres');
SELECT set_eq($$
  SELECT opfname::text, count(*) FROM hnsw_operator
  WHERE amoppurpose = 's' AND amopstrategy BETWEEN 11 AND 15 GROUP BY 1
$$, $$ VALUES ('hnsw_integer_ops', 45::bigint), ('hnsw_float_ops', 20), ('hnsw_bool_ops', 5), ('hnsw_datetime_ops', 20),
              ('hnsw_timestamptz_ops', 5), ('hnsw_uuid_ops', 5), ('hnsw_numeric_ops', 5), ('hnsw_string_ops', 20),
              ('hnsw_bpchar_ops', 5), ('hnsw_enum_ops', 1), ('hnsw_array_ops', 1) $$,
  'each filter family has its five comparisons for every pair of its types');
SELECT is_empty($$
  SELECT opfname, amopstrategy, oprname FROM hnsw_operator
  WHERE amoppurpose = 's' AND amopstrategy <> 2 AND oprname <> (ARRAY['<', '<=', '=', '>=', '>', '&&', '@>', '<@'])[amopstrategy - 10]
$$, 'filter strategies 11 to 18 are <, <=, =, >=, >, &&, @>, <@');
SELECT set_eq($$
  SELECT opfname::text, amopstrategy::int FROM hnsw_operator WHERE amoppurpose = 's' AND amopstrategy > 15
$$, $$ VALUES ('hnsw_array_ops', 16), ('hnsw_array_ops', 17), ('hnsw_array_ops', 18) $$, 'only arrays have the operators of sets');
SELECT is_empty($$
  SELECT amopopr::regoperator FROM hnsw_operator JOIN pg_operator AS o ON o.oid = amopopr JOIN pg_proc AS p ON p.oid = o.oprcode
  WHERE provolatile <> 'i'
$$, 'no operator of a filter depends on a setting');
SELECT set_eq($$
  SELECT c.opcname::text, p.amprocnum::int FROM member_class AS c
  JOIN pg_amproc AS p ON p.amprocfamily = c.opcfamily AND p.amproclefttype = c.opcintype WHERE c.amname = 'hnsw'
$$, $$
  SELECT class, number FROM wanted_class, unnest(ARRAY[1, 2, 4]) AS number
  UNION ALL SELECT 'hnsw_' || type || '_ops', 3
  FROM unnest(ARRAY['int2', 'int4', 'int8', 'float4', 'float8', 'bool', 'date', 'timestamp', 'timestamptz', 'uuid', 'numeric', 'text',
    'name', 'bpchar', 'enum', 'array']) AS type
$$, 'support functions: 1, 2 and 4 for vectors, 3 for filters');
SELECT set_eq($$
  SELECT opcname::text FROM member_class WHERE amname = 'btree' AND opcdefault
$$, $$ VALUES ('vector_ops'), ('halfvec_ops'), ('int8vec_ops'), ('sparsevec_ops') $$, 'each type has a default btree operator class');

-- The extension itself.
SELECT ok(extrelocatable, 'the extension can be moved to another schema') FROM pg_extension WHERE extname = 'vexpg';
SELECT ok(trusted, 'an owner of a database may install it') FROM pg_available_extension_versions
WHERE name = 'vexpg' AND installed;
SELECT is(count(DISTINCT pronamespace), 1::bigint, 'all functions lie in one schema') FROM member_function;
SELECT is(count(*), 172::bigint, 'the number of functions of values, aggregates included') FROM value_function;

SELECT * FROM finish();
ROLLBACK;
