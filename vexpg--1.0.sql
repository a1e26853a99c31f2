-- SPDX-License-Identifier: PostgreSQL
-- Everything that CREATE EXTENSION vexpg makes. Names, signatures and flags of the types, functions, operators, casts
-- and aggregates are those that clients of pgvector 0.8 know.
\echo Use "CREATE EXTENSION vexpg" to load this file. \quit

-- Type vector

CREATE TYPE vector;

CREATE FUNCTION vector_in(cstring, oid, integer) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_in(cstring, oid, integer) IS
  'Reads a vector from text; error 22P02 for bad syntax, 22003 for a number out of range, 22000 for NaN, infinity '
  'or a number of dimensions that the column does not have';

CREATE FUNCTION vector_out(vector) RETURNS cstring
  AS 'MODULE_PATHNAME', 'vexpg_vector_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_out(vector) IS
  'Writes a vector as text, each number in the shortest form that reads back the same';

CREATE FUNCTION vector_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME', 'vexpg_vector_typmod_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_typmod_in(cstring[]) IS
  'Reads the declared number of dimensions of a vector column, 1 to 16,000; error 22023 otherwise';

CREATE FUNCTION vector_recv(internal, oid, integer) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_recv(internal, oid, integer) IS
  'Reads a vector from its binary form; error 22000 for invalid contents, 08P01 for a short message';

CREATE FUNCTION vector_send(vector) RETURNS bytea
  AS 'MODULE_PATHNAME', 'vexpg_vector_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_send(vector) IS 'Writes a vector in its binary form, big-endian';

CREATE TYPE vector (
  INPUT = vector_in, OUTPUT = vector_out, TYPMOD_IN = vector_typmod_in,
  RECEIVE = vector_recv, SEND = vector_send, STORAGE = external
);
COMMENT ON TYPE vector IS
  'Single-precision (float4) vector of at most 16,000 dimensions, e.g. vector(3), written [1,2,3]; NaN and '
  'infinity are refused with error 22000';

-- Type halfvec

CREATE TYPE halfvec;

CREATE FUNCTION halfvec_in(cstring, oid, integer) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_in(cstring, oid, integer) IS
  'Reads a halfvec from text; error 22P02 for bad syntax, 22003 for a number out of range, 22000 for NaN, '
  'infinity or a number of dimensions that the column does not have';

CREATE FUNCTION halfvec_out(halfvec) RETURNS cstring
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_out(halfvec) IS
  'Writes a halfvec as text, each number in the shortest form that reads back the same';

CREATE FUNCTION halfvec_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_typmod_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_typmod_in(cstring[]) IS
  'Reads the declared number of dimensions of a halfvec column, 1 to 16,000; error 22023 otherwise';

CREATE FUNCTION halfvec_recv(internal, oid, integer) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_recv(internal, oid, integer) IS
  'Reads a halfvec from its binary form; error 22000 for invalid contents, 08P01 for a short message';

CREATE FUNCTION halfvec_send(halfvec) RETURNS bytea
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_send(halfvec) IS 'Writes a halfvec in its binary form, big-endian';

CREATE TYPE halfvec (
  INPUT = halfvec_in, OUTPUT = halfvec_out, TYPMOD_IN = halfvec_typmod_in,
  RECEIVE = halfvec_recv, SEND = halfvec_send, STORAGE = external
);
COMMENT ON TYPE halfvec IS
  'Half-precision (IEEE binary16) vector of at most 16,000 dimensions and magnitudes up to 65504, e.g. '
  'halfvec(3), written [1,2,3]; NaN and infinity are refused with error 22000';

-- Type int8vec

CREATE TYPE int8vec;

CREATE FUNCTION int8vec_in(cstring, oid, integer) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_in(cstring, oid, integer) IS
  'Reads an int8vec from text; error 22P02 for bad syntax, 22003 for a number that is not between -128 and 127, 22000 '
  'for a number of dimensions that the column does not have';

CREATE FUNCTION int8vec_out(int8vec) RETURNS cstring
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_out(int8vec) IS
  'Writes an int8vec as text';

CREATE FUNCTION int8vec_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_typmod_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_typmod_in(cstring[]) IS
  'Reads the declared number of dimensions of an int8vec column, 1 to 16,000; error 22023 otherwise';

CREATE FUNCTION int8vec_recv(internal, oid, integer) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_recv(internal, oid, integer) IS
  'Reads an int8vec from its binary form; error 22000 for invalid contents, 08P01 for a short message';

CREATE FUNCTION int8vec_send(int8vec) RETURNS bytea
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_send(int8vec) IS 'Writes an int8vec in its binary form';

CREATE TYPE int8vec (
  INPUT = int8vec_in, OUTPUT = int8vec_out, TYPMOD_IN = int8vec_typmod_in,
  RECEIVE = int8vec_recv, SEND = int8vec_send, STORAGE = external
);
COMMENT ON TYPE int8vec IS
  'Vector of at most 16,000 whole numbers from -128 to 127, e.g. int8vec(3), written [1,-2,127]: a quarter of the size '
  'of a vector';

-- Type sparsevec

CREATE TYPE sparsevec;

CREATE FUNCTION sparsevec_in(cstring, oid, integer) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_in(cstring, oid, integer) IS
  'Reads a sparsevec from text; error 22P02 for bad syntax, 22003 for a number out of range, 22000 for NaN, '
  'infinity or a number of dimensions that the column does not have';

CREATE FUNCTION sparsevec_out(sparsevec) RETURNS cstring
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_out(sparsevec) IS
  'Writes a sparsevec as text, each number in the shortest form that reads back the same';

CREATE FUNCTION sparsevec_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_typmod_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_typmod_in(cstring[]) IS
  'Reads the declared number of dimensions of a sparsevec column, 1 to 1,000,000,000; error 22023 otherwise';

CREATE FUNCTION sparsevec_recv(internal, oid, integer) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_recv(internal, oid, integer) IS
  'Reads a sparsevec from its binary form; error 22000 for invalid contents, 08P01 for a short message';

CREATE FUNCTION sparsevec_send(sparsevec) RETURNS bytea
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_send(sparsevec) IS 'Writes a sparsevec in its binary form, big-endian';

CREATE TYPE sparsevec (
  INPUT = sparsevec_in, OUTPUT = sparsevec_out, TYPMOD_IN = sparsevec_typmod_in,
  RECEIVE = sparsevec_recv, SEND = sparsevec_send, STORAGE = external
);
COMMENT ON TYPE sparsevec IS
  'Sparse single-precision vector of up to 1,000,000,000 dimensions of which at most 16,000 are not zero, written '
  '{1:1.5,3:2}/5 with indices from 1; NaN and infinity are refused with error 22000';

-- What distances cost

CREATE FUNCTION distance_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_distance_support' LANGUAGE C;
COMMENT ON FUNCTION distance_support(internal) IS
  'Tells the planner what a distance costs: values stored out of line have to be fetched; not for direct use';

-- Functions of vector

CREATE FUNCTION l2_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_l2_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l2_distance(vector, vector) IS
  'Euclidean distance between two vector values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION inner_product(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION inner_product(vector, vector) IS
  'Inner product of two vector values, larger for more similar ones; error 22000 if their numbers of dimensions '
  'differ';

CREATE FUNCTION cosine_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_cosine_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION cosine_distance(vector, vector) IS
  'One minus the cosine of the angle between two vector values, 0 to 2, NaN if one of them is all zeros; error '
  '22000 if their numbers of dimensions differ';

CREATE FUNCTION l1_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_l1_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l1_distance(vector, vector) IS
  'Sum of the absolute differences of two vector values (taxicab distance); error 22000 if their numbers of '
  'dimensions differ';

CREATE FUNCTION vector_dims(vector) RETURNS integer
  AS 'MODULE_PATHNAME', 'vexpg_vector_dims' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_dims(vector) IS 'Number of dimensions of a vector';

CREATE FUNCTION vector_norm(vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_norm' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_norm(vector) IS 'Euclidean norm (length) of a vector';

CREATE FUNCTION l2_normalize(vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_l2_normalize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_normalize(vector) IS 'The vector divided by its Euclidean norm; all zeros stay as they are';

CREATE FUNCTION binary_quantize(vector) RETURNS bit
  AS 'MODULE_PATHNAME', 'vexpg_vector_binary_quantize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION binary_quantize(vector) IS
  'One bit for each dimension of a vector: 1 where the element is above zero';

CREATE FUNCTION subvector(vector, integer, integer) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_subvector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION subvector(vector, integer, integer) IS
  'Elements of a vector from a start, counted from 1, as many as the third argument says or as there are; error '
  '22000 if there is none';

-- Functions behind the operators, operator classes and aggregates of vector

CREATE FUNCTION vector_add(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_add(vector, vector) IS
  'Element-wise sum of two vector values (operator +); error 22000 if their numbers of dimensions differ, 22003 '
  'on overflow';

CREATE FUNCTION vector_sub(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_sub' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_sub(vector, vector) IS
  'Element-wise difference of two vector values (operator -); error 22000 if their numbers of dimensions differ, '
  '22003 on overflow';

CREATE FUNCTION vector_mul(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_mul' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_mul(vector, vector) IS
  'Element-wise product of two vector values (operator *); error 22000 if their numbers of dimensions differ, '
  '22003 on overflow or underflow';

CREATE FUNCTION vector_concat(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_concat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_concat(vector, vector) IS
  'The elements of one vector followed by those of another (operator ||); error 54000 beyond 16,000 dimensions';

CREATE FUNCTION vector_lt(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_vector_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_lt(vector, vector) IS
  'Whether the first vector < the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION vector_le(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_vector_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_le(vector, vector) IS
  'Whether the first vector <= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION vector_eq(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_vector_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_eq(vector, vector) IS
  'Whether the first vector = the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION vector_ne(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_vector_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_ne(vector, vector) IS
  'Whether the first vector <> the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION vector_ge(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_vector_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_ge(vector, vector) IS
  'Whether the first vector >= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION vector_gt(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_vector_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_gt(vector, vector) IS
  'Whether the first vector > the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION vector_cmp(vector, vector) RETURNS int4
  AS 'MODULE_PATHNAME', 'vexpg_vector_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_cmp(vector, vector) IS
  'Order of two vector values for btree: -1, 0 or 1, by the first element that differs, then by the number of '
  'dimensions';

CREATE FUNCTION vector_l2_squared_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_l2_squared_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION vector_l2_squared_distance(vector, vector) IS
  'Squared Euclidean distance between two vector values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION vector_negative_inner_product(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_negative_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION vector_negative_inner_product(vector, vector) IS
  'Inner product of two vector values with its sign changed, so that smaller is nearer (operator <#>); error '
  '22000 if their numbers of dimensions differ';

CREATE FUNCTION vector_spherical_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_vector_spherical_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION vector_spherical_distance(vector, vector) IS
  'Angle between two vector values of norm 1 in half turns, 0 to 1; error 22000 if their numbers of dimensions '
  'differ';

CREATE FUNCTION vector_accum(double precision[], vector) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'vexpg_vector_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_accum(double precision[], vector) IS
  'Adds a vector to the state of avg(vector): the number of rows, then the sum of each element';

CREATE FUNCTION vector_avg(double precision[]) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector_avg' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_avg(double precision[]) IS
  'Makes the vector that avg(vector) returns out of its state; NULL for no rows';

CREATE FUNCTION vector_combine(double precision[], double precision[]) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'vexpg_vector_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_combine(double precision[], double precision[]) IS
  'Adds two states of avg(vector), for parallel plans';

-- Aggregates of vector

CREATE AGGREGATE avg(vector) (
  SFUNC = vector_accum, STYPE = double precision[], FINALFUNC = vector_avg, COMBINEFUNC = vector_combine,
  INITCOND = '{0}', PARALLEL = SAFE
);
COMMENT ON AGGREGATE avg(vector) IS
  'Element-wise mean of all vector values that are not NULL, accumulated in double precision; NULL for no rows, '
  'error 22000 if the numbers of dimensions differ';

CREATE AGGREGATE sum(vector) (
  SFUNC = vector_add, STYPE = vector, COMBINEFUNC = vector_add, PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(vector) IS
  'Element-wise sum of all vector values that are not NULL; NULL for no rows, error 22000 if the numbers of '
  'dimensions differ, 22003 on overflow';

-- Operators of vector

CREATE OPERATOR <-> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = l2_distance, COMMUTATOR = '<->'
);
COMMENT ON OPERATOR <-> (vector, vector) IS
  'Euclidean distance between two vector values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR <#> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_negative_inner_product, COMMUTATOR = '<#>'
);
COMMENT ON OPERATOR <#> (vector, vector) IS
  'Negative inner product of two vector values, smaller for more similar ones; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <=> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = cosine_distance, COMMUTATOR = '<=>'
);
COMMENT ON OPERATOR <=> (vector, vector) IS
  'Cosine distance between two vector values, 0 to 2, NaN if one is all zeros; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <+> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = l1_distance, COMMUTATOR = '<+>'
);
COMMENT ON OPERATOR <+> (vector, vector) IS
  'Taxicab distance between two vector values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR + (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_add, COMMUTATOR = +
);
COMMENT ON OPERATOR + (vector, vector) IS
  'Element-wise sum of two vector values; error 22000 if their numbers of dimensions differ, 22003 on overflow';

CREATE OPERATOR - (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_sub
);
COMMENT ON OPERATOR - (vector, vector) IS
  'Element-wise difference of two vector values; error 22000 if their numbers of dimensions differ, 22003 on '
  'overflow';

CREATE OPERATOR * (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_mul, COMMUTATOR = *
);
COMMENT ON OPERATOR * (vector, vector) IS
  'Element-wise product of two vector values; error 22000 if their numbers of dimensions differ, 22003 on '
  'overflow or underflow';

CREATE OPERATOR || (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_concat
);
COMMENT ON OPERATOR || (vector, vector) IS
  'The elements of one vector followed by those of another; error 54000 beyond 16,000 dimensions';

CREATE OPERATOR < (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_lt,
  COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (vector, vector) IS
  'Less than: vector values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <= (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_le,
  COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (vector, vector) IS
  'Less than or equal: vector values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR = (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_eq,
  COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (vector, vector) IS
  'Equal: vector values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <> (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_ne,
  COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (vector, vector) IS
  'Not equal: vector values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR >= (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_ge,
  COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (vector, vector) IS
  'Greater than or equal: vector values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR > (
  LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_gt,
  COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (vector, vector) IS
  'Greater than: vector values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR CLASS vector_ops DEFAULT FOR TYPE vector USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
  FUNCTION 1 vector_cmp(vector, vector);
COMMENT ON OPERATOR CLASS vector_ops USING btree IS
  'Sorts and looks up whole vector values; for the nearest ones use an hnsw index';
COMMENT ON OPERATOR FAMILY vector_ops USING btree IS 'Order of vector values';

-- Functions of halfvec

CREATE FUNCTION l2_distance(halfvec, halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l2_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l2_distance(halfvec, halfvec) IS
  'Euclidean distance between two halfvec values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION inner_product(halfvec, halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION inner_product(halfvec, halfvec) IS
  'Inner product of two halfvec values, larger for more similar ones; error 22000 if their numbers of dimensions '
  'differ';

CREATE FUNCTION cosine_distance(halfvec, halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_cosine_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION cosine_distance(halfvec, halfvec) IS
  'One minus the cosine of the angle between two halfvec values, 0 to 2, NaN if one of them is all zeros; error '
  '22000 if their numbers of dimensions differ';

CREATE FUNCTION l1_distance(halfvec, halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l1_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l1_distance(halfvec, halfvec) IS
  'Sum of the absolute differences of two halfvec values (taxicab distance); error 22000 if their numbers of '
  'dimensions differ';

CREATE FUNCTION vector_dims(halfvec) RETURNS integer
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_dims' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_dims(halfvec) IS 'Number of dimensions of a halfvec';

CREATE FUNCTION l2_norm(halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_norm' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_norm(halfvec) IS 'Euclidean norm (length) of a halfvec';

CREATE FUNCTION l2_normalize(halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l2_normalize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_normalize(halfvec) IS 'The halfvec divided by its Euclidean norm; all zeros stay as they are';

CREATE FUNCTION binary_quantize(halfvec) RETURNS bit
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_binary_quantize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION binary_quantize(halfvec) IS
  'One bit for each dimension of a halfvec: 1 where the element is above zero';

CREATE FUNCTION subvector(halfvec, integer, integer) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_subvector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION subvector(halfvec, integer, integer) IS
  'Elements of a halfvec from a start, counted from 1, as many as the third argument says or as there are; error '
  '22000 if there is none';

-- Functions behind the operators, operator classes and aggregates of halfvec

CREATE FUNCTION halfvec_add(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_add(halfvec, halfvec) IS
  'Element-wise sum of two halfvec values (operator +); error 22000 if their numbers of dimensions differ, 22003 '
  'on overflow';

CREATE FUNCTION halfvec_sub(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_sub' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_sub(halfvec, halfvec) IS
  'Element-wise difference of two halfvec values (operator -); error 22000 if their numbers of dimensions differ, '
  '22003 on overflow';

CREATE FUNCTION halfvec_mul(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_mul' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_mul(halfvec, halfvec) IS
  'Element-wise product of two halfvec values (operator *); error 22000 if their numbers of dimensions differ, '
  '22003 on overflow or underflow';

CREATE FUNCTION halfvec_concat(halfvec, halfvec) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_concat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_concat(halfvec, halfvec) IS
  'The elements of one halfvec followed by those of another (operator ||); error 54000 beyond 16,000 dimensions';

CREATE FUNCTION halfvec_lt(halfvec, halfvec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_lt(halfvec, halfvec) IS
  'Whether the first halfvec < the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION halfvec_le(halfvec, halfvec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_le(halfvec, halfvec) IS
  'Whether the first halfvec <= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION halfvec_eq(halfvec, halfvec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_eq(halfvec, halfvec) IS
  'Whether the first halfvec = the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION halfvec_ne(halfvec, halfvec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_ne(halfvec, halfvec) IS
  'Whether the first halfvec <> the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION halfvec_ge(halfvec, halfvec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_ge(halfvec, halfvec) IS
  'Whether the first halfvec >= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION halfvec_gt(halfvec, halfvec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_gt(halfvec, halfvec) IS
  'Whether the first halfvec > the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION halfvec_cmp(halfvec, halfvec) RETURNS int4
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_cmp(halfvec, halfvec) IS
  'Order of two halfvec values for btree: -1, 0 or 1, by the first element that differs, then by the number of '
  'dimensions';

CREATE FUNCTION halfvec_l2_squared_distance(halfvec, halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l2_squared_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION halfvec_l2_squared_distance(halfvec, halfvec) IS
  'Squared Euclidean distance between two halfvec values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION halfvec_negative_inner_product(halfvec, halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_negative_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION halfvec_negative_inner_product(halfvec, halfvec) IS
  'Inner product of two halfvec values with its sign changed, so that smaller is nearer (operator <#>); error '
  '22000 if their numbers of dimensions differ';

CREATE FUNCTION halfvec_spherical_distance(halfvec, halfvec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_spherical_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION halfvec_spherical_distance(halfvec, halfvec) IS
  'Angle between two halfvec values of norm 1 in half turns, 0 to 1; error 22000 if their numbers of dimensions '
  'differ';

CREATE FUNCTION halfvec_accum(double precision[], halfvec) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_accum(double precision[], halfvec) IS
  'Adds a halfvec to the state of avg(halfvec): the number of rows, then the sum of each element';

CREATE FUNCTION halfvec_avg(double precision[]) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_avg' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_avg(double precision[]) IS
  'Makes the halfvec that avg(halfvec) returns out of its state; NULL for no rows';

CREATE FUNCTION halfvec_combine(double precision[], double precision[]) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'vexpg_vector_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_combine(double precision[], double precision[]) IS
  'Adds two states of avg(halfvec), for parallel plans';

-- Aggregates of halfvec

CREATE AGGREGATE avg(halfvec) (
  SFUNC = halfvec_accum, STYPE = double precision[], FINALFUNC = halfvec_avg, COMBINEFUNC = halfvec_combine,
  INITCOND = '{0}', PARALLEL = SAFE
);
COMMENT ON AGGREGATE avg(halfvec) IS
  'Element-wise mean of all halfvec values that are not NULL, accumulated in double precision; NULL for no rows, '
  'error 22000 if the numbers of dimensions differ';

CREATE AGGREGATE sum(halfvec) (
  SFUNC = halfvec_add, STYPE = halfvec, COMBINEFUNC = halfvec_add, PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(halfvec) IS
  'Element-wise sum of all halfvec values that are not NULL; NULL for no rows, error 22000 if the numbers of '
  'dimensions differ, 22003 on overflow';

-- Operators of halfvec

CREATE OPERATOR <-> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = l2_distance, COMMUTATOR = '<->'
);
COMMENT ON OPERATOR <-> (halfvec, halfvec) IS
  'Euclidean distance between two halfvec values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR <#> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_negative_inner_product, COMMUTATOR = '<#>'
);
COMMENT ON OPERATOR <#> (halfvec, halfvec) IS
  'Negative inner product of two halfvec values, smaller for more similar ones; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <=> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = cosine_distance, COMMUTATOR = '<=>'
);
COMMENT ON OPERATOR <=> (halfvec, halfvec) IS
  'Cosine distance between two halfvec values, 0 to 2, NaN if one is all zeros; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <+> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = l1_distance, COMMUTATOR = '<+>'
);
COMMENT ON OPERATOR <+> (halfvec, halfvec) IS
  'Taxicab distance between two halfvec values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR + (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_add, COMMUTATOR = +
);
COMMENT ON OPERATOR + (halfvec, halfvec) IS
  'Element-wise sum of two halfvec values; error 22000 if their numbers of dimensions differ, 22003 on overflow';

CREATE OPERATOR - (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_sub
);
COMMENT ON OPERATOR - (halfvec, halfvec) IS
  'Element-wise difference of two halfvec values; error 22000 if their numbers of dimensions differ, 22003 on '
  'overflow';

CREATE OPERATOR * (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_mul, COMMUTATOR = *
);
COMMENT ON OPERATOR * (halfvec, halfvec) IS
  'Element-wise product of two halfvec values; error 22000 if their numbers of dimensions differ, 22003 on '
  'overflow or underflow';

CREATE OPERATOR || (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_concat
);
COMMENT ON OPERATOR || (halfvec, halfvec) IS
  'The elements of one halfvec followed by those of another; error 54000 beyond 16,000 dimensions';

CREATE OPERATOR < (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_lt,
  COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (halfvec, halfvec) IS
  'Less than: halfvec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <= (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_le,
  COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (halfvec, halfvec) IS
  'Less than or equal: halfvec values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR = (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_eq,
  COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (halfvec, halfvec) IS
  'Equal: halfvec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <> (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_ne,
  COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (halfvec, halfvec) IS
  'Not equal: halfvec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR >= (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_ge,
  COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (halfvec, halfvec) IS
  'Greater than or equal: halfvec values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR > (
  LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_gt,
  COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (halfvec, halfvec) IS
  'Greater than: halfvec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR CLASS halfvec_ops DEFAULT FOR TYPE halfvec USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
  FUNCTION 1 halfvec_cmp(halfvec, halfvec);
COMMENT ON OPERATOR CLASS halfvec_ops USING btree IS
  'Sorts and looks up whole halfvec values; for the nearest ones use an hnsw index';
COMMENT ON OPERATOR FAMILY halfvec_ops USING btree IS 'Order of halfvec values';

-- Functions of int8vec

CREATE FUNCTION l2_distance(int8vec, int8vec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_l2_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l2_distance(int8vec, int8vec) IS
  'Euclidean distance between two int8vec values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION inner_product(int8vec, int8vec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION inner_product(int8vec, int8vec) IS
  'Inner product of two int8vec values, larger for more similar ones; error 22000 if their numbers of dimensions '
  'differ';

CREATE FUNCTION cosine_distance(int8vec, int8vec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_cosine_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION cosine_distance(int8vec, int8vec) IS
  'One minus the cosine of the angle between two int8vec values, 0 to 2, NaN if one of them is all zeros; error '
  '22000 if their numbers of dimensions differ';

CREATE FUNCTION l1_distance(int8vec, int8vec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_l1_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l1_distance(int8vec, int8vec) IS
  'Sum of the absolute differences of two int8vec values (taxicab distance); error 22000 if their numbers of '
  'dimensions differ';

CREATE FUNCTION vector_dims(int8vec) RETURNS integer
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_dims' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_dims(int8vec) IS 'Number of dimensions of an int8vec';

CREATE FUNCTION l2_norm(int8vec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_norm' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_norm(int8vec) IS 'Euclidean norm (length) of an int8vec';

CREATE FUNCTION binary_quantize(int8vec) RETURNS bit
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_binary_quantize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION binary_quantize(int8vec) IS
  'One bit for each dimension of an int8vec: 1 where the element is above zero';

CREATE FUNCTION subvector(int8vec, integer, integer) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_subvector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION subvector(int8vec, integer, integer) IS
  'Elements of an int8vec from a start, counted from 1, as many as the third argument says or as there are; error '
  '22000 if there is none';

-- Functions behind the operators, operator classes and aggregates of int8vec

CREATE FUNCTION int8vec_concat(int8vec, int8vec) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_concat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_concat(int8vec, int8vec) IS
  'The elements of one int8vec followed by those of another (operator ||); error 54000 beyond 16,000 dimensions';

CREATE FUNCTION int8vec_lt(int8vec, int8vec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_lt(int8vec, int8vec) IS
  'Whether the first int8vec < the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION int8vec_le(int8vec, int8vec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_le(int8vec, int8vec) IS
  'Whether the first int8vec <= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION int8vec_eq(int8vec, int8vec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_eq(int8vec, int8vec) IS
  'Whether the first int8vec = the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION int8vec_ne(int8vec, int8vec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_ne(int8vec, int8vec) IS
  'Whether the first int8vec <> the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION int8vec_ge(int8vec, int8vec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_ge(int8vec, int8vec) IS
  'Whether the first int8vec >= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION int8vec_gt(int8vec, int8vec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_gt(int8vec, int8vec) IS
  'Whether the first int8vec > the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION int8vec_cmp(int8vec, int8vec) RETURNS int4
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_cmp(int8vec, int8vec) IS
  'Order of two int8vec values for btree: -1, 0 or 1, by the first element that differs, then by the number of '
  'dimensions';

CREATE FUNCTION int8vec_l2_squared_distance(int8vec, int8vec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_l2_squared_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION int8vec_l2_squared_distance(int8vec, int8vec) IS
  'Squared Euclidean distance between two int8vec values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION int8vec_negative_inner_product(int8vec, int8vec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_negative_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION int8vec_negative_inner_product(int8vec, int8vec) IS
  'Inner product of two int8vec values with its sign changed, so that smaller is nearer (operator <#>); error '
  '22000 if their numbers of dimensions differ';

CREATE FUNCTION int8vec_accum(double precision[], int8vec) RETURNS double precision[]
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_accum(double precision[], int8vec) IS
  'Adds an int8vec to the state of avg(int8vec) and sum(int8vec): the number of rows, then the sum of each element';

CREATE FUNCTION int8vec_sum(double precision[]) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_sum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_sum(double precision[]) IS
  'Makes the vector that sum(int8vec) returns out of its state; NULL for no rows';

-- Aggregates of int8vec

CREATE AGGREGATE avg(int8vec) (
  SFUNC = int8vec_accum, STYPE = double precision[], FINALFUNC = vector_avg, COMBINEFUNC = vector_combine,
  INITCOND = '{0}', PARALLEL = SAFE
);
COMMENT ON AGGREGATE avg(int8vec) IS
  'Element-wise mean of all int8vec values that are not NULL, as a vector; NULL for no rows, error 22000 if the numbers '
  'of dimensions differ';

CREATE AGGREGATE sum(int8vec) (
  SFUNC = int8vec_accum, STYPE = double precision[], FINALFUNC = int8vec_sum, COMBINEFUNC = vector_combine,
  INITCOND = '{0}', PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(int8vec) IS
  'Element-wise sum of all int8vec values that are not NULL, as a vector; NULL for no rows, error 22000 if the numbers '
  'of dimensions differ';

-- Operators of int8vec

CREATE OPERATOR <-> (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = l2_distance, COMMUTATOR = '<->'
);
COMMENT ON OPERATOR <-> (int8vec, int8vec) IS
  'Euclidean distance between two int8vec values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR <#> (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_negative_inner_product, COMMUTATOR = '<#>'
);
COMMENT ON OPERATOR <#> (int8vec, int8vec) IS
  'Negative inner product of two int8vec values, smaller for more similar ones; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <=> (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = cosine_distance, COMMUTATOR = '<=>'
);
COMMENT ON OPERATOR <=> (int8vec, int8vec) IS
  'Cosine distance between two int8vec values, 0 to 2, NaN if one is all zeros; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <+> (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = l1_distance, COMMUTATOR = '<+>'
);
COMMENT ON OPERATOR <+> (int8vec, int8vec) IS
  'Taxicab distance between two int8vec values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR || (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_concat
);
COMMENT ON OPERATOR || (int8vec, int8vec) IS
  'The elements of one int8vec followed by those of another; error 54000 beyond 16,000 dimensions';

CREATE OPERATOR < (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_lt,
  COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (int8vec, int8vec) IS
  'Less than: int8vec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <= (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_le,
  COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (int8vec, int8vec) IS
  'Less than or equal: int8vec values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR = (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_eq,
  COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (int8vec, int8vec) IS
  'Equal: int8vec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <> (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_ne,
  COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (int8vec, int8vec) IS
  'Not equal: int8vec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR >= (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_ge,
  COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (int8vec, int8vec) IS
  'Greater than or equal: int8vec values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR > (
  LEFTARG = int8vec, RIGHTARG = int8vec, FUNCTION = int8vec_gt,
  COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (int8vec, int8vec) IS
  'Greater than: int8vec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR CLASS int8vec_ops DEFAULT FOR TYPE int8vec USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
  FUNCTION 1 int8vec_cmp(int8vec, int8vec);
COMMENT ON OPERATOR CLASS int8vec_ops USING btree IS
  'Sorts and looks up whole int8vec values; for the nearest ones use an hnsw index';
COMMENT ON OPERATOR FAMILY int8vec_ops USING btree IS 'Order of int8vec values';

-- Functions of sparsevec

CREATE FUNCTION l2_distance(sparsevec, sparsevec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l2_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l2_distance(sparsevec, sparsevec) IS
  'Euclidean distance between two sparsevec values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION inner_product(sparsevec, sparsevec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION inner_product(sparsevec, sparsevec) IS
  'Inner product of two sparsevec values, larger for more similar ones; error 22000 if their numbers of '
  'dimensions differ';

CREATE FUNCTION cosine_distance(sparsevec, sparsevec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_cosine_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION cosine_distance(sparsevec, sparsevec) IS
  'One minus the cosine of the angle between two sparsevec values, 0 to 2, NaN if one of them is all zeros; error '
  '22000 if their numbers of dimensions differ';

CREATE FUNCTION l1_distance(sparsevec, sparsevec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l1_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION l1_distance(sparsevec, sparsevec) IS
  'Sum of the absolute differences of two sparsevec values (taxicab distance); error 22000 if their numbers of '
  'dimensions differ';

CREATE FUNCTION l2_norm(sparsevec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_norm' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_norm(sparsevec) IS 'Euclidean norm (length) of a sparsevec';

CREATE FUNCTION l2_normalize(sparsevec) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l2_normalize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_normalize(sparsevec) IS
  'The sparsevec divided by its Euclidean norm; all zeros stay as they are';

-- Functions behind the operators, operator classes and aggregates of sparsevec

CREATE FUNCTION sparsevec_lt(sparsevec, sparsevec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_lt(sparsevec, sparsevec) IS
  'Whether the first sparsevec < the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION sparsevec_le(sparsevec, sparsevec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_le(sparsevec, sparsevec) IS
  'Whether the first sparsevec <= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION sparsevec_eq(sparsevec, sparsevec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_eq(sparsevec, sparsevec) IS
  'Whether the first sparsevec = the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION sparsevec_ne(sparsevec, sparsevec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_ne(sparsevec, sparsevec) IS
  'Whether the first sparsevec <> the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION sparsevec_ge(sparsevec, sparsevec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_ge(sparsevec, sparsevec) IS
  'Whether the first sparsevec >= the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION sparsevec_gt(sparsevec, sparsevec) RETURNS bool
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_gt(sparsevec, sparsevec) IS
  'Whether the first sparsevec > the second, by the first element that differs, then by the number of dimensions';

CREATE FUNCTION sparsevec_cmp(sparsevec, sparsevec) RETURNS int4
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_cmp(sparsevec, sparsevec) IS
  'Order of two sparsevec values for btree: -1, 0 or 1, by the first element that differs, then by the number of '
  'dimensions';

CREATE FUNCTION sparsevec_l2_squared_distance(sparsevec, sparsevec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l2_squared_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION sparsevec_l2_squared_distance(sparsevec, sparsevec) IS
  'Squared Euclidean distance between two sparsevec values; error 22000 if their numbers of dimensions differ';

CREATE FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_negative_inner_product' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) IS
  'Inner product of two sparsevec values with its sign changed, so that smaller is nearer (operator <#>); error '
  '22000 if their numbers of dimensions differ';

-- Operators of sparsevec

CREATE OPERATOR <-> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = l2_distance, COMMUTATOR = '<->'
);
COMMENT ON OPERATOR <-> (sparsevec, sparsevec) IS
  'Euclidean distance between two sparsevec values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR <#> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_negative_inner_product, COMMUTATOR = '<#>'
);
COMMENT ON OPERATOR <#> (sparsevec, sparsevec) IS
  'Negative inner product of two sparsevec values, smaller for more similar ones; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <=> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = cosine_distance, COMMUTATOR = '<=>'
);
COMMENT ON OPERATOR <=> (sparsevec, sparsevec) IS
  'Cosine distance between two sparsevec values, 0 to 2, NaN if one is all zeros; error 22000 if their numbers of '
  'dimensions differ';

CREATE OPERATOR <+> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = l1_distance, COMMUTATOR = '<+>'
);
COMMENT ON OPERATOR <+> (sparsevec, sparsevec) IS
  'Taxicab distance between two sparsevec values; error 22000 if their numbers of dimensions differ';

CREATE OPERATOR < (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_lt,
  COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (sparsevec, sparsevec) IS
  'Less than: sparsevec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <= (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_le,
  COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (sparsevec, sparsevec) IS
  'Less than or equal: sparsevec values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR = (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_eq,
  COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel
);
COMMENT ON OPERATOR = (sparsevec, sparsevec) IS
  'Equal: sparsevec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR <> (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_ne,
  COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (sparsevec, sparsevec) IS
  'Not equal: sparsevec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR >= (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_ge,
  COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (sparsevec, sparsevec) IS
  'Greater than or equal: sparsevec values are ordered by the first element that differs, then by the number of '
  'dimensions';

CREATE OPERATOR > (
  LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_gt,
  COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (sparsevec, sparsevec) IS
  'Greater than: sparsevec values are ordered by the first element that differs, then by the number of dimensions';

CREATE OPERATOR CLASS sparsevec_ops DEFAULT FOR TYPE sparsevec USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
  FUNCTION 1 sparsevec_cmp(sparsevec, sparsevec);
COMMENT ON OPERATOR CLASS sparsevec_ops USING btree IS
  'Sorts and looks up whole sparsevec values; for the nearest ones use an hnsw index';
COMMENT ON OPERATOR FAMILY sparsevec_ops USING btree IS 'Order of sparsevec values';

-- Casts

CREATE FUNCTION vector(vector, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector(vector, integer, boolean) IS
  'Checks a vector against a declared number of dimensions; error 22000 if the declared number of dimensions '
  'differs';

CREATE CAST (vector AS vector) WITH FUNCTION vector(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS vector) IS
  'Checks the declared number of dimensions of a vector; error 22000 if the declared number of dimensions differs';

CREATE FUNCTION halfvec(halfvec, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec(halfvec, integer, boolean) IS
  'Checks a halfvec against a declared number of dimensions; error 22000 if the declared number of dimensions '
  'differs';

CREATE CAST (halfvec AS halfvec) WITH FUNCTION halfvec(halfvec, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (halfvec AS halfvec) IS
  'Checks the declared number of dimensions of a halfvec; error 22000 if the declared number of dimensions '
  'differs';

CREATE FUNCTION sparsevec(sparsevec, integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec(sparsevec, integer, boolean) IS
  'Checks a sparsevec against a declared number of dimensions; error 22000 if the declared number of dimensions '
  'differs';

CREATE CAST (sparsevec AS sparsevec) WITH FUNCTION sparsevec(sparsevec, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (sparsevec AS sparsevec) IS
  'Checks the declared number of dimensions of a sparsevec; error 22000 if the declared number of dimensions '
  'differs';

CREATE FUNCTION vector_to_halfvec(vector, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_vector_to_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_halfvec(vector, integer, boolean) IS
  'Converts a vector to a halfvec, rounding each element to nearest even; error 22003 beyond 65504, 22000 if the '
  'declared number of dimensions differs';

CREATE CAST (vector AS halfvec) WITH FUNCTION vector_to_halfvec(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS halfvec) IS
  'Converts a vector to a halfvec, rounding each element to nearest even; error 22003 beyond 65504, 22000 if the '
  'declared number of dimensions differs';

CREATE FUNCTION halfvec_to_vector(halfvec, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_to_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_vector(halfvec, integer, boolean) IS
  'Converts a halfvec to a vector, exactly; error 22000 if the declared number of dimensions differs';

CREATE CAST (halfvec AS vector) WITH FUNCTION halfvec_to_vector(halfvec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (halfvec AS vector) IS
  'Converts a halfvec to a vector, exactly; error 22000 if the declared number of dimensions differs';

CREATE FUNCTION vector_to_sparsevec(vector, integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_vector_to_sparsevec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_sparsevec(vector, integer, boolean) IS
  'Converts a vector to a sparsevec, leaving out zeros; error 22000 if the declared number of dimensions differs';

CREATE CAST (vector AS sparsevec) WITH FUNCTION vector_to_sparsevec(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS sparsevec) IS
  'Converts a vector to a sparsevec, leaving out zeros; error 22000 if the declared number of dimensions differs';

CREATE FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_to_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) IS
  'Converts a sparsevec to a vector, with its zeros; error 54000 beyond 16,000 dimensions, 22000 if the declared '
  'number of dimensions differs';

CREATE CAST (sparsevec AS vector) WITH FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (sparsevec AS vector) IS
  'Converts a sparsevec to a vector, with its zeros; error 54000 beyond 16,000 dimensions, 22000 if the declared '
  'number of dimensions differs';

CREATE FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_to_sparsevec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) IS
  'Converts a halfvec to a sparsevec, leaving out zeros; error 22000 if the declared number of dimensions differs';

CREATE CAST (halfvec AS sparsevec) WITH FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (halfvec AS sparsevec) IS
  'Converts a halfvec to a sparsevec, leaving out zeros; error 22000 if the declared number of dimensions differs';

CREATE FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_to_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) IS
  'Converts a sparsevec to a halfvec, with its zeros; error 22003 beyond 65504, 54000 beyond 16,000 dimensions, '
  '22000 if the declared number of dimensions differs';

CREATE CAST (sparsevec AS halfvec) WITH FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (sparsevec AS halfvec) IS
  'Converts a sparsevec to a halfvec, with its zeros; error 22003 beyond 65504, 54000 beyond 16,000 dimensions, '
  '22000 if the declared number of dimensions differs';

CREATE FUNCTION vector_to_float4(vector, integer, boolean) RETURNS real[]
  AS 'MODULE_PATHNAME', 'vexpg_vector_to_float4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_float4(vector, integer, boolean) IS 'Converts a vector to an array of real, exactly';

CREATE CAST (vector AS real[]) WITH FUNCTION vector_to_float4(vector, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (vector AS real[]) IS 'Converts a vector to an array of real, exactly';

CREATE FUNCTION halfvec_to_float4(halfvec, integer, boolean) RETURNS real[]
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_to_float4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_float4(halfvec, integer, boolean) IS 'Converts a halfvec to an array of real, exactly';

CREATE CAST (halfvec AS real[]) WITH FUNCTION halfvec_to_float4(halfvec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (halfvec AS real[]) IS 'Converts a halfvec to an array of real, exactly';

CREATE FUNCTION int8vec(int8vec, integer, boolean) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_int8vec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec(int8vec, integer, boolean) IS
  'Checks an int8vec against a declared number of dimensions; error 22000 if the declared number of dimensions '
  'differs';

CREATE CAST (int8vec AS int8vec)
  WITH FUNCTION int8vec(int8vec, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (int8vec AS int8vec) IS
  'Checks an int8vec against a declared number of dimensions; error 22000 if the declared number of dimensions '
  'differs';

CREATE FUNCTION vector_to_int8vec(vector, integer, boolean) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_vector_to_int8vec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_int8vec(vector, integer, boolean) IS
  'Converts a vector to an int8vec, rounding each element to nearest even; error 22003 beyond -128 to 127, '
  '22000 if the declared number of dimensions differs';

CREATE CAST (vector AS int8vec)
  WITH FUNCTION vector_to_int8vec(vector, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (vector AS int8vec) IS
  'Converts a vector to an int8vec, rounding each element to nearest even; error 22003 beyond -128 to 127, '
  '22000 if the declared number of dimensions differs';

CREATE FUNCTION halfvec_to_int8vec(halfvec, integer, boolean) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_to_int8vec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION halfvec_to_int8vec(halfvec, integer, boolean) IS
  'Converts a halfvec to an int8vec, rounding each element to nearest even; error 22003 beyond -128 to 127, '
  '22000 if the declared number of dimensions differs';

CREATE CAST (halfvec AS int8vec)
  WITH FUNCTION halfvec_to_int8vec(halfvec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (halfvec AS int8vec) IS
  'Converts a halfvec to an int8vec, rounding each element to nearest even; error 22003 beyond -128 to 127, '
  '22000 if the declared number of dimensions differs';

CREATE FUNCTION int8vec_to_vector(int8vec, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_to_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_to_vector(int8vec, integer, boolean) IS
  'Converts an int8vec to a vector, exactly; error 22000 if the declared number of dimensions differs';

CREATE CAST (int8vec AS vector)
  WITH FUNCTION int8vec_to_vector(int8vec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (int8vec AS vector) IS
  'Converts an int8vec to a vector, exactly; error 22000 if the declared number of dimensions differs';

CREATE FUNCTION int8vec_to_halfvec(int8vec, integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_to_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_to_halfvec(int8vec, integer, boolean) IS
  'Converts an int8vec to a halfvec, exactly; error 22000 if the declared number of dimensions differs';

CREATE CAST (int8vec AS halfvec)
  WITH FUNCTION int8vec_to_halfvec(int8vec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (int8vec AS halfvec) IS
  'Converts an int8vec to a halfvec, exactly; error 22000 if the declared number of dimensions differs';

CREATE FUNCTION int8vec_to_float4(int8vec, integer, boolean) RETURNS real[]
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_to_float4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_to_float4(int8vec, integer, boolean) IS
  'Converts an int8vec to an array of real, exactly';

CREATE CAST (int8vec AS real[])
  WITH FUNCTION int8vec_to_float4(int8vec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (int8vec AS real[]) IS
  'Converts an int8vec to an array of real, exactly';

CREATE FUNCTION int8vec_to_int4(int8vec, integer, boolean) RETURNS integer[]
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_to_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION int8vec_to_int4(int8vec, integer, boolean) IS
  'Converts an int8vec to an array of integer, exactly';

CREATE CAST (int8vec AS integer[])
  WITH FUNCTION int8vec_to_int4(int8vec, integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (int8vec AS integer[]) IS
  'Converts an int8vec to an array of integer, exactly';

CREATE FUNCTION array_to_int8vec(integer[], integer, boolean) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_int8vec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_int8vec(integer[], integer, boolean) IS
  'Converts an array of integer to an int8vec, rounding each element to nearest even; error 22004 for NULL '
  'elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared number '
  'of dimensions that differs';

CREATE CAST (integer[] AS int8vec)
  WITH FUNCTION array_to_int8vec(integer[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (integer[] AS int8vec) IS
  'Converts an array of integer to an int8vec, rounding each element to nearest even; error 22004 for NULL '
  'elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared number '
  'of dimensions that differs';

CREATE FUNCTION array_to_int8vec(real[], integer, boolean) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_int8vec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_int8vec(real[], integer, boolean) IS
  'Converts an array of real to an int8vec, rounding each element to nearest even; error 22004 for NULL '
  'elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared number '
  'of dimensions that differs';

CREATE CAST (real[] AS int8vec)
  WITH FUNCTION array_to_int8vec(real[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (real[] AS int8vec) IS
  'Converts an array of real to an int8vec, rounding each element to nearest even; error 22004 for NULL '
  'elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared number '
  'of dimensions that differs';

CREATE FUNCTION array_to_int8vec(double precision[], integer, boolean) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_int8vec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_int8vec(double precision[], integer, boolean) IS
  'Converts an array of double precision to an int8vec, rounding each element to nearest even; error 22004 for '
  'NULL elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared '
  'number of dimensions that differs';

CREATE CAST (double precision[] AS int8vec)
  WITH FUNCTION array_to_int8vec(double precision[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (double precision[] AS int8vec) IS
  'Converts an array of double precision to an int8vec, rounding each element to nearest even; error 22004 for '
  'NULL elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared '
  'number of dimensions that differs';

CREATE FUNCTION array_to_int8vec(numeric[], integer, boolean) RETURNS int8vec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_int8vec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_int8vec(numeric[], integer, boolean) IS
  'Converts an array of numeric to an int8vec, rounding each element to nearest even; error 22004 for NULL '
  'elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared number '
  'of dimensions that differs';

CREATE CAST (numeric[] AS int8vec)
  WITH FUNCTION array_to_int8vec(numeric[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (numeric[] AS int8vec) IS
  'Converts an array of numeric to an int8vec, rounding each element to nearest even; error 22004 for NULL '
  'elements, 22003 beyond -128 to 127, 22000 for NaN, infinity, several array dimensions or a declared number '
  'of dimensions that differs';

CREATE FUNCTION array_to_vector(integer[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_array_to_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(integer[], integer, boolean) IS
  'Converts an array of integer to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE CAST (integer[] AS vector) WITH FUNCTION array_to_vector(integer[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (integer[] AS vector) IS
  'Converts an array of integer to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_vector(real[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_array_to_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(real[], integer, boolean) IS
  'Converts an array of real to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, several array '
  'dimensions or a declared number of dimensions that differs';

CREATE CAST (real[] AS vector) WITH FUNCTION array_to_vector(real[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (real[] AS vector) IS
  'Converts an array of real to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, several array '
  'dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_vector(double precision[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_array_to_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(double precision[], integer, boolean) IS
  'Converts an array of double precision to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, '
  'several array dimensions or a declared number of dimensions that differs';

CREATE CAST (double precision[] AS vector)
  WITH FUNCTION array_to_vector(double precision[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (double precision[] AS vector) IS
  'Converts an array of double precision to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, '
  'several array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_vector(numeric[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME', 'vexpg_array_to_vector' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(numeric[], integer, boolean) IS
  'Converts an array of numeric to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE CAST (numeric[] AS vector) WITH FUNCTION array_to_vector(numeric[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (numeric[] AS vector) IS
  'Converts an array of numeric to a vector; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_halfvec(integer[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(integer[], integer, boolean) IS
  'Converts an array of integer to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 for NaN, '
  'infinity, several array dimensions or a declared number of dimensions that differs';

CREATE CAST (integer[] AS halfvec) WITH FUNCTION array_to_halfvec(integer[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (integer[] AS halfvec) IS
  'Converts an array of integer to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 for NaN, '
  'infinity, several array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_halfvec(real[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(real[], integer, boolean) IS
  'Converts an array of real to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 for NaN, '
  'infinity, several array dimensions or a declared number of dimensions that differs';

CREATE CAST (real[] AS halfvec) WITH FUNCTION array_to_halfvec(real[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (real[] AS halfvec) IS
  'Converts an array of real to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 for NaN, '
  'infinity, several array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_halfvec(double precision[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(double precision[], integer, boolean) IS
  'Converts an array of double precision to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 '
  'for NaN, infinity, several array dimensions or a declared number of dimensions that differs';

CREATE CAST (double precision[] AS halfvec)
  WITH FUNCTION array_to_halfvec(double precision[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (double precision[] AS halfvec) IS
  'Converts an array of double precision to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 '
  'for NaN, infinity, several array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_halfvec(numeric[], integer, boolean) RETURNS halfvec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_halfvec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_halfvec(numeric[], integer, boolean) IS
  'Converts an array of numeric to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 for NaN, '
  'infinity, several array dimensions or a declared number of dimensions that differs';

CREATE CAST (numeric[] AS halfvec) WITH FUNCTION array_to_halfvec(numeric[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (numeric[] AS halfvec) IS
  'Converts an array of numeric to a halfvec; error 22004 for NULL elements, 22003 beyond 65504, 22000 for NaN, '
  'infinity, several array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_sparsevec(integer[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_sparsevec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(integer[], integer, boolean) IS
  'Converts an array of integer to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE CAST (integer[] AS sparsevec) WITH FUNCTION array_to_sparsevec(integer[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (integer[] AS sparsevec) IS
  'Converts an array of integer to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_sparsevec(real[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_sparsevec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(real[], integer, boolean) IS
  'Converts an array of real to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE CAST (real[] AS sparsevec) WITH FUNCTION array_to_sparsevec(real[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (real[] AS sparsevec) IS
  'Converts an array of real to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_sparsevec(double precision[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_sparsevec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(double precision[], integer, boolean) IS
  'Converts an array of double precision to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, '
  'several array dimensions or a declared number of dimensions that differs';

CREATE CAST (double precision[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(double precision[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (double precision[] AS sparsevec) IS
  'Converts an array of double precision to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, '
  'several array dimensions or a declared number of dimensions that differs';

CREATE FUNCTION array_to_sparsevec(numeric[], integer, boolean) RETURNS sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_array_to_sparsevec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_sparsevec(numeric[], integer, boolean) IS
  'Converts an array of numeric to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

CREATE CAST (numeric[] AS sparsevec) WITH FUNCTION array_to_sparsevec(numeric[], integer, boolean) AS ASSIGNMENT;
COMMENT ON CAST (numeric[] AS sparsevec) IS
  'Converts an array of numeric to a sparsevec; error 22004 for NULL elements, 22000 for NaN, infinity, several '
  'array dimensions or a declared number of dimensions that differs';

-- Bit strings

CREATE FUNCTION hamming_distance(bit, bit) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_hamming_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION hamming_distance(bit, bit) IS
  'Number of bits that differ between two bit strings; error 22000 if their lengths differ';

CREATE FUNCTION jaccard_distance(bit, bit) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_jaccard_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT distance_support;
COMMENT ON FUNCTION jaccard_distance(bit, bit) IS
  'One minus the share of common one bits among all one bits of two bit strings, 1 if there is no common one; '
  'error 22000 if their lengths differ';

CREATE OPERATOR <~> (
  LEFTARG = bit, RIGHTARG = bit, FUNCTION = hamming_distance, COMMUTATOR = '<~>'
);
COMMENT ON OPERATOR <~> (bit, bit) IS 'Hamming distance: number of bits that differ; error 22000 if the lengths differ';

CREATE OPERATOR <%> (
  LEFTARG = bit, RIGHTARG = bit, FUNCTION = jaccard_distance, COMMUTATOR = '<%>'
);
COMMENT ON OPERATOR <%> (bit, bit) IS
  'Jaccard distance: one minus the share of common one bits, 0 to 1; error 22000 if the lengths differ';

-- Spheres: range search

CREATE FUNCTION within_selectivity(internal, oid, internal, integer) RETURNS float8
  AS 'MODULE_PATHNAME', 'vexpg_within_selectivity' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION within_selectivity(internal, oid, internal, integer) IS
  'Estimates for the planner how many rows lie in a sphere, from the values that ANALYZE has kept; not for direct use';

CREATE TYPE sphere_vector AS (center vector, radius float8);
COMMENT ON TYPE sphere_vector IS
  'All vector values within a distance of a center, for the operators <<->>, <<#>>, <<=>> and <<+>>; sphere() makes one';

CREATE FUNCTION sphere(vector, float8) RETURNS sphere_vector
  AS 'MODULE_PATHNAME', 'vexpg_sphere' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sphere(vector, float8) IS
  'All vector values that are at most a radius away from a center, in the unit of the operator that it is used with';

CREATE FUNCTION l2_within(vector, sphere_vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_vector_l2_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_within(vector, sphere_vector) IS
  'Whether the Euclidean distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<->> (
  LEFTARG = vector, RIGHTARG = sphere_vector, FUNCTION = l2_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<->> (vector, sphere_vector) IS
  'Whether the Euclidean distance (<->) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION negative_inner_product_within(vector, sphere_vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_vector_ip_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION negative_inner_product_within(vector, sphere_vector) IS
  'Whether the negative inner product to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<#>> (
  LEFTARG = vector, RIGHTARG = sphere_vector, FUNCTION = negative_inner_product_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<#>> (vector, sphere_vector) IS
  'Whether the negative inner product (<#>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION cosine_within(vector, sphere_vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_vector_cosine_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cosine_within(vector, sphere_vector) IS
  'Whether the cosine distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<=>> (
  LEFTARG = vector, RIGHTARG = sphere_vector, FUNCTION = cosine_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<=>> (vector, sphere_vector) IS
  'Whether the cosine distance (<=>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION l1_within(vector, sphere_vector) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_vector_l1_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l1_within(vector, sphere_vector) IS
  'Whether the taxicab (L1) distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<+>> (
  LEFTARG = vector, RIGHTARG = sphere_vector, FUNCTION = l1_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<+>> (vector, sphere_vector) IS
  'Whether the taxicab (L1) distance (<+>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE TYPE sphere_halfvec AS (center halfvec, radius float8);
COMMENT ON TYPE sphere_halfvec IS
  'All halfvec values within a distance of a center, for the operators <<->>, <<#>>, <<=>> and <<+>>; sphere() makes one';

CREATE FUNCTION sphere(halfvec, float8) RETURNS sphere_halfvec
  AS 'MODULE_PATHNAME', 'vexpg_sphere' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sphere(halfvec, float8) IS
  'All halfvec values that are at most a radius away from a center, in the unit of the operator that it is used with';

CREATE FUNCTION l2_within(halfvec, sphere_halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l2_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_within(halfvec, sphere_halfvec) IS
  'Whether the Euclidean distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<->> (
  LEFTARG = halfvec, RIGHTARG = sphere_halfvec, FUNCTION = l2_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<->> (halfvec, sphere_halfvec) IS
  'Whether the Euclidean distance (<->) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION negative_inner_product_within(halfvec, sphere_halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_ip_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION negative_inner_product_within(halfvec, sphere_halfvec) IS
  'Whether the negative inner product to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<#>> (
  LEFTARG = halfvec, RIGHTARG = sphere_halfvec, FUNCTION = negative_inner_product_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<#>> (halfvec, sphere_halfvec) IS
  'Whether the negative inner product (<#>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION cosine_within(halfvec, sphere_halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_cosine_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cosine_within(halfvec, sphere_halfvec) IS
  'Whether the cosine distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<=>> (
  LEFTARG = halfvec, RIGHTARG = sphere_halfvec, FUNCTION = cosine_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<=>> (halfvec, sphere_halfvec) IS
  'Whether the cosine distance (<=>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION l1_within(halfvec, sphere_halfvec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l1_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l1_within(halfvec, sphere_halfvec) IS
  'Whether the taxicab (L1) distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<+>> (
  LEFTARG = halfvec, RIGHTARG = sphere_halfvec, FUNCTION = l1_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<+>> (halfvec, sphere_halfvec) IS
  'Whether the taxicab (L1) distance (<+>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE TYPE sphere_int8vec AS (center int8vec, radius float8);
COMMENT ON TYPE sphere_int8vec IS
  'All int8vec values within a distance of a center, for the operators <<->>, <<#>>, <<=>> and <<+>>; sphere() makes one';

CREATE FUNCTION sphere(int8vec, float8) RETURNS sphere_int8vec
  AS 'MODULE_PATHNAME', 'vexpg_sphere' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sphere(int8vec, float8) IS
  'All int8vec values that are at most a radius away from a center, in the unit of the operator that it is used with';

CREATE FUNCTION l2_within(int8vec, sphere_int8vec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_l2_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_within(int8vec, sphere_int8vec) IS
  'Whether the Euclidean distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<->> (
  LEFTARG = int8vec, RIGHTARG = sphere_int8vec, FUNCTION = l2_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<->> (int8vec, sphere_int8vec) IS
  'Whether the Euclidean distance (<->) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION negative_inner_product_within(int8vec, sphere_int8vec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_ip_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION negative_inner_product_within(int8vec, sphere_int8vec) IS
  'Whether the negative inner product to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<#>> (
  LEFTARG = int8vec, RIGHTARG = sphere_int8vec, FUNCTION = negative_inner_product_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<#>> (int8vec, sphere_int8vec) IS
  'Whether the negative inner product (<#>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION cosine_within(int8vec, sphere_int8vec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_cosine_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cosine_within(int8vec, sphere_int8vec) IS
  'Whether the cosine distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<=>> (
  LEFTARG = int8vec, RIGHTARG = sphere_int8vec, FUNCTION = cosine_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<=>> (int8vec, sphere_int8vec) IS
  'Whether the cosine distance (<=>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION l1_within(int8vec, sphere_int8vec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_l1_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l1_within(int8vec, sphere_int8vec) IS
  'Whether the taxicab (L1) distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<+>> (
  LEFTARG = int8vec, RIGHTARG = sphere_int8vec, FUNCTION = l1_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<+>> (int8vec, sphere_int8vec) IS
  'Whether the taxicab (L1) distance (<+>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE TYPE sphere_sparsevec AS (center sparsevec, radius float8);
COMMENT ON TYPE sphere_sparsevec IS
  'All sparsevec values within a distance of a center, for the operators <<->>, <<#>>, <<=>> and <<+>>; sphere() makes one';

CREATE FUNCTION sphere(sparsevec, float8) RETURNS sphere_sparsevec
  AS 'MODULE_PATHNAME', 'vexpg_sphere' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sphere(sparsevec, float8) IS
  'All sparsevec values that are at most a radius away from a center, in the unit of the operator that it is used with';

CREATE FUNCTION l2_within(sparsevec, sphere_sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l2_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_within(sparsevec, sphere_sparsevec) IS
  'Whether the Euclidean distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<->> (
  LEFTARG = sparsevec, RIGHTARG = sphere_sparsevec, FUNCTION = l2_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<->> (sparsevec, sphere_sparsevec) IS
  'Whether the Euclidean distance (<->) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION negative_inner_product_within(sparsevec, sphere_sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_ip_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION negative_inner_product_within(sparsevec, sphere_sparsevec) IS
  'Whether the negative inner product to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<#>> (
  LEFTARG = sparsevec, RIGHTARG = sphere_sparsevec, FUNCTION = negative_inner_product_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<#>> (sparsevec, sphere_sparsevec) IS
  'Whether the negative inner product (<#>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION cosine_within(sparsevec, sphere_sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_cosine_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cosine_within(sparsevec, sphere_sparsevec) IS
  'Whether the cosine distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<=>> (
  LEFTARG = sparsevec, RIGHTARG = sphere_sparsevec, FUNCTION = cosine_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<=>> (sparsevec, sphere_sparsevec) IS
  'Whether the cosine distance (<=>) to the center is at most the radius; error 22000 if the dimensions differ';

CREATE FUNCTION l1_within(sparsevec, sphere_sparsevec) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l1_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l1_within(sparsevec, sphere_sparsevec) IS
  'Whether the taxicab (L1) distance to the center is at most the radius; error 22000 if the dimensions differ';

CREATE OPERATOR <<+>> (
  LEFTARG = sparsevec, RIGHTARG = sphere_sparsevec, FUNCTION = l1_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<+>> (sparsevec, sphere_sparsevec) IS
  'Whether the taxicab (L1) distance (<+>) to the center is at most the radius; error 22000 if the dimensions differ';

-- The bit of the catalogs has any length; the word alone would mean bit(1).
CREATE TYPE sphere_bit AS (center "bit", radius float8);
COMMENT ON TYPE sphere_bit IS
  'All bit strings within a distance of a center, for the operators <<~>> and <<%>>; sphere() makes one';

CREATE FUNCTION sphere(bit, float8) RETURNS sphere_bit
  AS 'MODULE_PATHNAME', 'vexpg_sphere' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sphere(bit, float8) IS
  'All bit strings that are at most a radius away from a center, in the unit of the operator that it is used with';

CREATE FUNCTION hamming_within(bit, sphere_bit) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_bit_hamming_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION hamming_within(bit, sphere_bit) IS
  'Whether the Hamming distance to the center is at most the radius; error 22000 if the lengths differ';

CREATE OPERATOR <<~>> (
  LEFTARG = bit, RIGHTARG = sphere_bit, FUNCTION = hamming_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<~>> (bit, sphere_bit) IS
  'Whether the Hamming distance (<~>) to the center is at most the radius; error 22000 if the lengths differ';

CREATE FUNCTION jaccard_within(bit, sphere_bit) RETURNS boolean
  AS 'MODULE_PATHNAME', 'vexpg_bit_jaccard_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jaccard_within(bit, sphere_bit) IS
  'Whether the Jaccard distance to the center is at most the radius; error 22000 if the lengths differ';

CREATE OPERATOR <<%>> (
  LEFTARG = bit, RIGHTARG = sphere_bit, FUNCTION = jaccard_within,
  RESTRICT = within_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR <<%>> (bit, sphere_bit) IS
  'Whether the Jaccard distance (<%>) to the center is at most the radius; error 22000 if the lengths differ';

-- Access method hnsw

CREATE FUNCTION hnswhandler(internal) RETURNS index_am_handler
  AS 'MODULE_PATHNAME', 'vexpg_hnswhandler' LANGUAGE C;
COMMENT ON FUNCTION hnswhandler(internal) IS 'Tells the server what an hnsw index can do; not for direct use';

CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER hnswhandler;
COMMENT ON ACCESS METHOD hnsw IS
  'Index for the nearest vectors by a distance operator in ORDER BY with LIMIT, filtered by further columns of '
  'the index';

CREATE FUNCTION hnsw_vector_l2_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_vector_l2_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_vector_l2_support(internal) IS
  'Tells an hnsw index that a vector column is searched by Euclidean distance; not for direct use';

CREATE OPERATOR CLASS vector_l2_ops FOR TYPE vector USING hnsw AS
  OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops,
  OPERATOR 2 <<->> (vector, sphere_vector),
  FUNCTION 1 l2_distance(vector, vector),
  FUNCTION 2 hnsw_vector_l2_support(internal),
  FUNCTION 4 sphere(vector, float8);
COMMENT ON OPERATOR CLASS vector_l2_ops USING hnsw IS
  'Nearest vector values by Euclidean distance, for ORDER BY column <-> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY vector_l2_ops USING hnsw IS 'Search of vector values by Euclidean distance';

CREATE FUNCTION hnsw_vector_ip_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_vector_ip_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_vector_ip_support(internal) IS
  'Tells an hnsw index that a vector column is searched by negative inner product; not for direct use';

CREATE OPERATOR CLASS vector_ip_ops FOR TYPE vector USING hnsw AS
  OPERATOR 1 <#> (vector, vector) FOR ORDER BY float_ops,
  OPERATOR 2 <<#>> (vector, sphere_vector),
  FUNCTION 1 vector_negative_inner_product(vector, vector),
  FUNCTION 2 hnsw_vector_ip_support(internal),
  FUNCTION 4 sphere(vector, float8);
COMMENT ON OPERATOR CLASS vector_ip_ops USING hnsw IS
  'Nearest vector values by negative inner product, for ORDER BY column <#> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY vector_ip_ops USING hnsw IS 'Search of vector values by negative inner product';

CREATE FUNCTION hnsw_vector_cosine_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_vector_cosine_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_vector_cosine_support(internal) IS
  'Tells an hnsw index that a vector column is searched by cosine distance; not for direct use';

CREATE OPERATOR CLASS vector_cosine_ops FOR TYPE vector USING hnsw AS
  OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
  OPERATOR 2 <<=>> (vector, sphere_vector),
  FUNCTION 1 cosine_distance(vector, vector),
  FUNCTION 2 hnsw_vector_cosine_support(internal),
  FUNCTION 4 sphere(vector, float8);
COMMENT ON OPERATOR CLASS vector_cosine_ops USING hnsw IS
  'Nearest vector values by cosine distance, for ORDER BY column <=> value; NULLs and all-zero vectors are not in '
  'the index';
COMMENT ON OPERATOR FAMILY vector_cosine_ops USING hnsw IS 'Search of vector values by cosine distance';

CREATE FUNCTION hnsw_halfvec_l2_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l2_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_halfvec_l2_support(internal) IS
  'Tells an hnsw index that a halfvec column is searched by Euclidean distance; not for direct use';

CREATE OPERATOR CLASS halfvec_l2_ops FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <-> (halfvec, halfvec) FOR ORDER BY float_ops,
  OPERATOR 2 <<->> (halfvec, sphere_halfvec),
  FUNCTION 1 l2_distance(halfvec, halfvec),
  FUNCTION 2 hnsw_halfvec_l2_support(internal),
  FUNCTION 4 sphere(halfvec, float8);
COMMENT ON OPERATOR CLASS halfvec_l2_ops USING hnsw IS
  'Nearest halfvec values by Euclidean distance, for ORDER BY column <-> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY halfvec_l2_ops USING hnsw IS 'Search of halfvec values by Euclidean distance';

CREATE FUNCTION hnsw_halfvec_ip_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_ip_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_halfvec_ip_support(internal) IS
  'Tells an hnsw index that a halfvec column is searched by negative inner product; not for direct use';

CREATE OPERATOR CLASS halfvec_ip_ops FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <#> (halfvec, halfvec) FOR ORDER BY float_ops,
  OPERATOR 2 <<#>> (halfvec, sphere_halfvec),
  FUNCTION 1 halfvec_negative_inner_product(halfvec, halfvec),
  FUNCTION 2 hnsw_halfvec_ip_support(internal),
  FUNCTION 4 sphere(halfvec, float8);
COMMENT ON OPERATOR CLASS halfvec_ip_ops USING hnsw IS
  'Nearest halfvec values by negative inner product, for ORDER BY column <#> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY halfvec_ip_ops USING hnsw IS 'Search of halfvec values by negative inner product';

CREATE FUNCTION hnsw_halfvec_cosine_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_cosine_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_halfvec_cosine_support(internal) IS
  'Tells an hnsw index that a halfvec column is searched by cosine distance; not for direct use';

CREATE OPERATOR CLASS halfvec_cosine_ops FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <=> (halfvec, halfvec) FOR ORDER BY float_ops,
  OPERATOR 2 <<=>> (halfvec, sphere_halfvec),
  FUNCTION 1 cosine_distance(halfvec, halfvec),
  FUNCTION 2 hnsw_halfvec_cosine_support(internal),
  FUNCTION 4 sphere(halfvec, float8);
COMMENT ON OPERATOR CLASS halfvec_cosine_ops USING hnsw IS
  'Nearest halfvec values by cosine distance, for ORDER BY column <=> value; NULLs and all-zero vectors are not '
  'in the index';
COMMENT ON OPERATOR FAMILY halfvec_cosine_ops USING hnsw IS 'Search of halfvec values by cosine distance';

CREATE FUNCTION hnsw_int8vec_l2_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_l2_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_int8vec_l2_support(internal) IS
  'Tells an hnsw index that an int8vec column is searched by Euclidean distance; not for direct use';

CREATE OPERATOR CLASS int8vec_l2_ops FOR TYPE int8vec USING hnsw AS
  OPERATOR 1 <-> (int8vec, int8vec) FOR ORDER BY float_ops,
  OPERATOR 2 <<->> (int8vec, sphere_int8vec),
  FUNCTION 1 l2_distance(int8vec, int8vec),
  FUNCTION 2 hnsw_int8vec_l2_support(internal),
  FUNCTION 4 sphere(int8vec, float8);
COMMENT ON OPERATOR CLASS int8vec_l2_ops USING hnsw IS
  'Nearest int8vec values by Euclidean distance, for ORDER BY column <-> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY int8vec_l2_ops USING hnsw IS 'Search of int8vec values by Euclidean distance';

CREATE FUNCTION hnsw_int8vec_ip_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_ip_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_int8vec_ip_support(internal) IS
  'Tells an hnsw index that an int8vec column is searched by negative inner product; not for direct use';

CREATE OPERATOR CLASS int8vec_ip_ops FOR TYPE int8vec USING hnsw AS
  OPERATOR 1 <#> (int8vec, int8vec) FOR ORDER BY float_ops,
  OPERATOR 2 <<#>> (int8vec, sphere_int8vec),
  FUNCTION 1 int8vec_negative_inner_product(int8vec, int8vec),
  FUNCTION 2 hnsw_int8vec_ip_support(internal),
  FUNCTION 4 sphere(int8vec, float8);
COMMENT ON OPERATOR CLASS int8vec_ip_ops USING hnsw IS
  'Nearest int8vec values by negative inner product, for ORDER BY column <#> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY int8vec_ip_ops USING hnsw IS 'Search of int8vec values by negative inner product';

CREATE FUNCTION hnsw_int8vec_cosine_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_cosine_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_int8vec_cosine_support(internal) IS
  'Tells an hnsw index that an int8vec column is searched by cosine distance; not for direct use';

CREATE OPERATOR CLASS int8vec_cosine_ops FOR TYPE int8vec USING hnsw AS
  OPERATOR 1 <=> (int8vec, int8vec) FOR ORDER BY float_ops,
  OPERATOR 2 <<=>> (int8vec, sphere_int8vec),
  FUNCTION 1 cosine_distance(int8vec, int8vec),
  FUNCTION 2 hnsw_int8vec_cosine_support(internal),
  FUNCTION 4 sphere(int8vec, float8);
COMMENT ON OPERATOR CLASS int8vec_cosine_ops USING hnsw IS
  'Nearest int8vec values by cosine distance, for ORDER BY column <=> value; NULLs and all-zero vectors are not '
  'in the index';
COMMENT ON OPERATOR FAMILY int8vec_cosine_ops USING hnsw IS 'Search of int8vec values by cosine distance';

CREATE FUNCTION hnsw_vector_l1_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_vector_l1_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_vector_l1_support(internal) IS
  'Tells an hnsw index that a vector column is searched by taxicab distance; not for direct use';

CREATE OPERATOR CLASS vector_l1_ops FOR TYPE vector USING hnsw AS
  OPERATOR 1 <+> (vector, vector) FOR ORDER BY float_ops,
  OPERATOR 2 <<+>> (vector, sphere_vector),
  FUNCTION 1 l1_distance(vector, vector),
  FUNCTION 2 hnsw_vector_l1_support(internal),
  FUNCTION 4 sphere(vector, float8);
COMMENT ON OPERATOR CLASS vector_l1_ops USING hnsw IS
  'Nearest vector values by taxicab distance, for ORDER BY column <+> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY vector_l1_ops USING hnsw IS 'Search of vector values by taxicab distance';

CREATE FUNCTION hnsw_halfvec_l1_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_halfvec_l1_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_halfvec_l1_support(internal) IS
  'Tells an hnsw index that a halfvec column is searched by taxicab distance; not for direct use';

CREATE OPERATOR CLASS halfvec_l1_ops FOR TYPE halfvec USING hnsw AS
  OPERATOR 1 <+> (halfvec, halfvec) FOR ORDER BY float_ops,
  OPERATOR 2 <<+>> (halfvec, sphere_halfvec),
  FUNCTION 1 l1_distance(halfvec, halfvec),
  FUNCTION 2 hnsw_halfvec_l1_support(internal),
  FUNCTION 4 sphere(halfvec, float8);
COMMENT ON OPERATOR CLASS halfvec_l1_ops USING hnsw IS
  'Nearest halfvec values by taxicab distance, for ORDER BY column <+> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY halfvec_l1_ops USING hnsw IS 'Search of halfvec values by taxicab distance';

CREATE FUNCTION hnsw_int8vec_l1_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_int8vec_l1_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_int8vec_l1_support(internal) IS
  'Tells an hnsw index that an int8vec column is searched by taxicab distance; not for direct use';

CREATE OPERATOR CLASS int8vec_l1_ops FOR TYPE int8vec USING hnsw AS
  OPERATOR 1 <+> (int8vec, int8vec) FOR ORDER BY float_ops,
  OPERATOR 2 <<+>> (int8vec, sphere_int8vec),
  FUNCTION 1 l1_distance(int8vec, int8vec),
  FUNCTION 2 hnsw_int8vec_l1_support(internal),
  FUNCTION 4 sphere(int8vec, float8);
COMMENT ON OPERATOR CLASS int8vec_l1_ops USING hnsw IS
  'Nearest int8vec values by taxicab distance, for ORDER BY column <+> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY int8vec_l1_ops USING hnsw IS 'Search of int8vec values by taxicab distance';

CREATE FUNCTION hnsw_sparsevec_l2_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l2_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_sparsevec_l2_support(internal) IS
  'Tells an hnsw index that a sparsevec column is searched by Euclidean distance; not for direct use';

CREATE OPERATOR CLASS sparsevec_l2_ops FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <-> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  OPERATOR 2 <<->> (sparsevec, sphere_sparsevec),
  FUNCTION 1 l2_distance(sparsevec, sparsevec),
  FUNCTION 2 hnsw_sparsevec_l2_support(internal),
  FUNCTION 4 sphere(sparsevec, float8);
COMMENT ON OPERATOR CLASS sparsevec_l2_ops USING hnsw IS
  'Nearest sparsevec values by Euclidean distance, for ORDER BY column <-> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY sparsevec_l2_ops USING hnsw IS 'Search of sparsevec values by Euclidean distance';

CREATE FUNCTION hnsw_sparsevec_ip_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_ip_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_sparsevec_ip_support(internal) IS
  'Tells an hnsw index that a sparsevec column is searched by negative inner product; not for direct use';

CREATE OPERATOR CLASS sparsevec_ip_ops FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <#> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  OPERATOR 2 <<#>> (sparsevec, sphere_sparsevec),
  FUNCTION 1 sparsevec_negative_inner_product(sparsevec, sparsevec),
  FUNCTION 2 hnsw_sparsevec_ip_support(internal),
  FUNCTION 4 sphere(sparsevec, float8);
COMMENT ON OPERATOR CLASS sparsevec_ip_ops USING hnsw IS
  'Nearest sparsevec values by negative inner product, for ORDER BY column <#> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY sparsevec_ip_ops USING hnsw IS 'Search of sparsevec values by negative inner product';

CREATE FUNCTION hnsw_sparsevec_cosine_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_cosine_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_sparsevec_cosine_support(internal) IS
  'Tells an hnsw index that a sparsevec column is searched by cosine distance; not for direct use';

CREATE OPERATOR CLASS sparsevec_cosine_ops FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <=> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  OPERATOR 2 <<=>> (sparsevec, sphere_sparsevec),
  FUNCTION 1 cosine_distance(sparsevec, sparsevec),
  FUNCTION 2 hnsw_sparsevec_cosine_support(internal),
  FUNCTION 4 sphere(sparsevec, float8);
COMMENT ON OPERATOR CLASS sparsevec_cosine_ops USING hnsw IS
  'Nearest sparsevec values by cosine distance, for ORDER BY column <=> value; NULLs and all-zero vectors are '
  'not in the index';
COMMENT ON OPERATOR FAMILY sparsevec_cosine_ops USING hnsw IS 'Search of sparsevec values by cosine distance';

CREATE FUNCTION hnsw_sparsevec_l1_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_sparsevec_l1_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_sparsevec_l1_support(internal) IS
  'Tells an hnsw index that a sparsevec column is searched by taxicab distance; not for direct use';

CREATE OPERATOR CLASS sparsevec_l1_ops FOR TYPE sparsevec USING hnsw AS
  OPERATOR 1 <+> (sparsevec, sparsevec) FOR ORDER BY float_ops,
  OPERATOR 2 <<+>> (sparsevec, sphere_sparsevec),
  FUNCTION 1 l1_distance(sparsevec, sparsevec),
  FUNCTION 2 hnsw_sparsevec_l1_support(internal),
  FUNCTION 4 sphere(sparsevec, float8);
COMMENT ON OPERATOR CLASS sparsevec_l1_ops USING hnsw IS
  'Nearest sparsevec values by taxicab distance, for ORDER BY column <+> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY sparsevec_l1_ops USING hnsw IS 'Search of sparsevec values by taxicab distance';

CREATE FUNCTION hnsw_bit_hamming_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_bit_hamming_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_bit_hamming_support(internal) IS
  'Tells an hnsw index that a bit column is searched by Hamming distance; not for direct use';

CREATE OPERATOR CLASS bit_hamming_ops FOR TYPE bit USING hnsw AS
  OPERATOR 1 <~> (bit, bit) FOR ORDER BY float_ops,
  OPERATOR 2 <<~>> (bit, sphere_bit),
  FUNCTION 1 hamming_distance(bit, bit),
  FUNCTION 2 hnsw_bit_hamming_support(internal),
  FUNCTION 4 sphere(bit, float8);
COMMENT ON OPERATOR CLASS bit_hamming_ops USING hnsw IS
  'Nearest bit strings by Hamming distance, for ORDER BY column <~> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY bit_hamming_ops USING hnsw IS 'Search of bit strings by Hamming distance';

CREATE FUNCTION hnsw_bit_jaccard_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_bit_jaccard_support' LANGUAGE C;
COMMENT ON FUNCTION hnsw_bit_jaccard_support(internal) IS
  'Tells an hnsw index that a bit column is searched by Jaccard distance; not for direct use';

CREATE OPERATOR CLASS bit_jaccard_ops FOR TYPE bit USING hnsw AS
  OPERATOR 1 <%> (bit, bit) FOR ORDER BY float_ops,
  OPERATOR 2 <<%>> (bit, sphere_bit),
  FUNCTION 1 jaccard_distance(bit, bit),
  FUNCTION 2 hnsw_bit_jaccard_support(internal),
  FUNCTION 4 sphere(bit, float8);
COMMENT ON OPERATOR CLASS bit_jaccard_ops USING hnsw IS
  'Nearest bit strings by Jaccard distance, for ORDER BY column <%> value; NULLs are not in the index';
COMMENT ON OPERATOR FAMILY bit_jaccard_ops USING hnsw IS 'Search of bit strings by Jaccard distance';

-- Further columns of an hnsw index, for filters

CREATE OPERATOR FAMILY hnsw_integer_ops USING hnsw;
COMMENT ON OPERATOR FAMILY hnsw_integer_ops USING hnsw IS
  'Filters on int2, int4, int8 columns of an hnsw index, compared with each other';

CREATE OPERATOR FAMILY hnsw_float_ops USING hnsw;
COMMENT ON OPERATOR FAMILY hnsw_float_ops USING hnsw IS
  'Filters on float4, float8 columns of an hnsw index, compared with each other';

CREATE OPERATOR FAMILY hnsw_datetime_ops USING hnsw;
COMMENT ON OPERATOR FAMILY hnsw_datetime_ops USING hnsw IS
  'Filters on date, timestamp columns of an hnsw index, compared with each other';

CREATE OPERATOR FAMILY hnsw_string_ops USING hnsw;
COMMENT ON OPERATOR FAMILY hnsw_string_ops USING hnsw IS
  'Filters on text, varchar, name columns of an hnsw index, compared with each other';

CREATE FUNCTION hnsw_int2_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_int2' LANGUAGE C;
COMMENT ON FUNCTION hnsw_int2_attribute(internal) IS
  'Tells an hnsw index how to keep int2 values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_int2_ops DEFAULT FOR TYPE int2 USING hnsw FAMILY hnsw_integer_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_int2_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_int2_ops USING hnsw IS
  'Filters on a column of type int2 in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_int4_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_int4' LANGUAGE C;
COMMENT ON FUNCTION hnsw_int4_attribute(internal) IS
  'Tells an hnsw index how to keep int4 values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_int4_ops DEFAULT FOR TYPE int4 USING hnsw FAMILY hnsw_integer_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_int4_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_int4_ops USING hnsw IS
  'Filters on a column of type int4 in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_int8_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_int8' LANGUAGE C;
COMMENT ON FUNCTION hnsw_int8_attribute(internal) IS
  'Tells an hnsw index how to keep int8 values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_int8_ops DEFAULT FOR TYPE int8 USING hnsw FAMILY hnsw_integer_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_int8_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_int8_ops USING hnsw IS
  'Filters on a column of type int8 in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_float4_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_float4' LANGUAGE C;
COMMENT ON FUNCTION hnsw_float4_attribute(internal) IS
  'Tells an hnsw index how to keep float4 values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_float4_ops DEFAULT FOR TYPE float4 USING hnsw FAMILY hnsw_float_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_float4_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_float4_ops USING hnsw IS
  'Filters on a column of type float4 in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_float8_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_float8' LANGUAGE C;
COMMENT ON FUNCTION hnsw_float8_attribute(internal) IS
  'Tells an hnsw index how to keep float8 values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_float8_ops DEFAULT FOR TYPE float8 USING hnsw FAMILY hnsw_float_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_float8_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_float8_ops USING hnsw IS
  'Filters on a column of type float8 in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_bool_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_bool' LANGUAGE C;
COMMENT ON FUNCTION hnsw_bool_attribute(internal) IS
  'Tells an hnsw index how to keep bool values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_bool_ops DEFAULT FOR TYPE bool USING hnsw AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_bool_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_bool_ops USING hnsw IS
  'Filters on a column of type bool in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';
COMMENT ON OPERATOR FAMILY hnsw_bool_ops USING hnsw IS 'Filters on bool columns of an hnsw index';

CREATE FUNCTION hnsw_date_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_date' LANGUAGE C;
COMMENT ON FUNCTION hnsw_date_attribute(internal) IS
  'Tells an hnsw index how to keep date values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_date_ops DEFAULT FOR TYPE date USING hnsw FAMILY hnsw_datetime_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_date_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_date_ops USING hnsw IS
  'Filters on a column of type date in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_timestamp_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_timestamp' LANGUAGE C;
COMMENT ON FUNCTION hnsw_timestamp_attribute(internal) IS
  'Tells an hnsw index how to keep timestamp values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_timestamp_ops DEFAULT FOR TYPE timestamp USING hnsw FAMILY hnsw_datetime_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_timestamp_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_timestamp_ops USING hnsw IS
  'Filters on a column of type timestamp in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_timestamptz_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_timestamptz' LANGUAGE C;
COMMENT ON FUNCTION hnsw_timestamptz_attribute(internal) IS
  'Tells an hnsw index how to keep timestamptz values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_timestamptz_ops DEFAULT FOR TYPE timestamptz USING hnsw AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_timestamptz_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_timestamptz_ops USING hnsw IS
  'Filters on a column of type timestamptz in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';
COMMENT ON OPERATOR FAMILY hnsw_timestamptz_ops USING hnsw IS 'Filters on timestamptz columns of an hnsw index';

CREATE FUNCTION hnsw_uuid_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_uuid' LANGUAGE C;
COMMENT ON FUNCTION hnsw_uuid_attribute(internal) IS
  'Tells an hnsw index how to keep uuid values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_uuid_ops DEFAULT FOR TYPE uuid USING hnsw AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_uuid_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_uuid_ops USING hnsw IS
  'Filters on a column of type uuid in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';
COMMENT ON OPERATOR FAMILY hnsw_uuid_ops USING hnsw IS 'Filters on uuid columns of an hnsw index';

CREATE FUNCTION hnsw_numeric_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_numeric' LANGUAGE C;
COMMENT ON FUNCTION hnsw_numeric_attribute(internal) IS
  'Tells an hnsw index how to keep numeric values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_numeric_ops DEFAULT FOR TYPE numeric USING hnsw AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_numeric_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_numeric_ops USING hnsw IS
  'Filters on a column of type numeric in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';
COMMENT ON OPERATOR FAMILY hnsw_numeric_ops USING hnsw IS 'Filters on numeric columns of an hnsw index';

CREATE FUNCTION hnsw_text_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_text' LANGUAGE C;
COMMENT ON FUNCTION hnsw_text_attribute(internal) IS
  'Tells an hnsw index how to keep text values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_text_ops DEFAULT FOR TYPE text USING hnsw FAMILY hnsw_string_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_text_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_text_ops USING hnsw IS
  'Filters on a column of type text or varchar in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_name_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_name' LANGUAGE C;
COMMENT ON FUNCTION hnsw_name_attribute(internal) IS
  'Tells an hnsw index how to keep name values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_name_ops DEFAULT FOR TYPE name USING hnsw FAMILY hnsw_string_ops AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_name_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_name_ops USING hnsw IS
  'Filters on a column of type name in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';

CREATE FUNCTION hnsw_bpchar_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_bpchar' LANGUAGE C;
COMMENT ON FUNCTION hnsw_bpchar_attribute(internal) IS
  'Tells an hnsw index how to keep char(n) values for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_bpchar_ops DEFAULT FOR TYPE bpchar USING hnsw AS
  OPERATOR 11 <, OPERATOR 12 <=, OPERATOR 13 =, OPERATOR 14 >=, OPERATOR 15 >,
  FUNCTION 3 hnsw_bpchar_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_bpchar_ops USING hnsw IS
  'Filters on a column of type char(n) in an hnsw index: <, <=, =, >=, >, BETWEEN, IN and IS NULL';
COMMENT ON OPERATOR FAMILY hnsw_bpchar_ops USING hnsw IS 'Filters on char(n) columns of an hnsw index';

CREATE FUNCTION hnsw_enum_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_enum' LANGUAGE C;
COMMENT ON FUNCTION hnsw_enum_attribute(internal) IS
  'Tells an hnsw index how to keep values of enum types for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_enum_ops DEFAULT FOR TYPE anyenum USING hnsw AS
  OPERATOR 13 =,
  FUNCTION 3 hnsw_enum_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_enum_ops USING hnsw IS
  'Filters on a column of an enum type in an hnsw index: =, IN and IS NULL';
COMMENT ON OPERATOR FAMILY hnsw_enum_ops USING hnsw IS 'Filters on columns of enum types of an hnsw index';

CREATE FUNCTION hnsw_array_attribute(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'vexpg_attribute_array' LANGUAGE C;
COMMENT ON FUNCTION hnsw_array_attribute(internal) IS
  'Tells an hnsw index how to keep arrays for filters; not for direct use';

CREATE OPERATOR CLASS hnsw_array_ops DEFAULT FOR TYPE anyarray USING hnsw AS
  OPERATOR 13 =, OPERATOR 16 &&, OPERATOR 17 @>, OPERATOR 18 <@,
  FUNCTION 3 hnsw_array_attribute(internal);
COMMENT ON OPERATOR CLASS hnsw_array_ops USING hnsw IS
  'Filters on an array column in an hnsw index: &&, @>, <@, = and IS NULL';
COMMENT ON OPERATOR FAMILY hnsw_array_ops USING hnsw IS 'Filters on array columns of an hnsw index';

ALTER OPERATOR FAMILY hnsw_integer_ops USING hnsw ADD
  OPERATOR 11 < (int2, int4), OPERATOR 12 <= (int2, int4), OPERATOR 13 = (int2, int4),
  OPERATOR 14 >= (int2, int4), OPERATOR 15 > (int2, int4),
  OPERATOR 11 < (int2, int8), OPERATOR 12 <= (int2, int8), OPERATOR 13 = (int2, int8),
  OPERATOR 14 >= (int2, int8), OPERATOR 15 > (int2, int8),
  OPERATOR 11 < (int4, int2), OPERATOR 12 <= (int4, int2), OPERATOR 13 = (int4, int2),
  OPERATOR 14 >= (int4, int2), OPERATOR 15 > (int4, int2),
  OPERATOR 11 < (int4, int8), OPERATOR 12 <= (int4, int8), OPERATOR 13 = (int4, int8),
  OPERATOR 14 >= (int4, int8), OPERATOR 15 > (int4, int8),
  OPERATOR 11 < (int8, int2), OPERATOR 12 <= (int8, int2), OPERATOR 13 = (int8, int2),
  OPERATOR 14 >= (int8, int2), OPERATOR 15 > (int8, int2),
  OPERATOR 11 < (int8, int4), OPERATOR 12 <= (int8, int4), OPERATOR 13 = (int8, int4),
  OPERATOR 14 >= (int8, int4), OPERATOR 15 > (int8, int4);

ALTER OPERATOR FAMILY hnsw_float_ops USING hnsw ADD
  OPERATOR 11 < (float4, float8), OPERATOR 12 <= (float4, float8), OPERATOR 13 = (float4, float8),
  OPERATOR 14 >= (float4, float8), OPERATOR 15 > (float4, float8),
  OPERATOR 11 < (float8, float4), OPERATOR 12 <= (float8, float4), OPERATOR 13 = (float8, float4),
  OPERATOR 14 >= (float8, float4), OPERATOR 15 > (float8, float4);

ALTER OPERATOR FAMILY hnsw_datetime_ops USING hnsw ADD
  OPERATOR 11 < (date, timestamp), OPERATOR 12 <= (date, timestamp), OPERATOR 13 = (date, timestamp),
  OPERATOR 14 >= (date, timestamp), OPERATOR 15 > (date, timestamp),
  OPERATOR 11 < (timestamp, date), OPERATOR 12 <= (timestamp, date), OPERATOR 13 = (timestamp, date),
  OPERATOR 14 >= (timestamp, date), OPERATOR 15 > (timestamp, date);

ALTER OPERATOR FAMILY hnsw_string_ops USING hnsw ADD
  OPERATOR 11 < (text, name), OPERATOR 12 <= (text, name), OPERATOR 13 = (text, name),
  OPERATOR 14 >= (text, name), OPERATOR 15 > (text, name),
  OPERATOR 11 < (name, text), OPERATOR 12 <= (name, text), OPERATOR 13 = (name, text),
  OPERATOR 14 >= (name, text), OPERATOR 15 > (name, text);

-- Kernels

CREATE FUNCTION vexpg_kernels(OUT name text, OUT description text, OUT active bool, OUT best bool) RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'vexpg_kernels' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 4;
COMMENT ON FUNCTION vexpg_kernels() IS
  'Sets of distance kernels that this server can run, slowest first: which one is in use (vexpg.kernels) and '
  'which is the fastest';

-- Index inspection

CREATE FUNCTION vexpg_last_scan(OUT index regclass, OUT nodes_expanded int8, OUT codes_scored int8, OUT details_read int8,
    OUT pages int8, OUT prefetches int8, OUT resumes int8, OUT rows_returned int8, OUT rows_late int8, OUT stopped text,
    OUT strategy text, OUT filter_passes int8, OUT filter_rejects int8, OUT match_rate float8) RETURNS record
  AS 'MODULE_PATHNAME', 'vexpg_last_scan' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION vexpg_last_scan() IS
  'What the last hnsw index scan of this session did: nodes expanded, codes scored, candidates refined, page accesses, '
  'pages asked for ahead, rounds after the first, rows returned, rows found late, why it looked for no more, its strategy under the '
  'conditions of the index, nodes that passed and failed them, and the share of the rows that match';

CREATE FUNCTION vexpg_prewarm(index regclass, mode text DEFAULT 'buffer') RETURNS bigint
  AS 'MODULE_PATHNAME', 'vexpg_prewarm' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION vexpg_prewarm(regclass, text) IS
  'Reads the pages of an hnsw index into shared buffers (mode buffer) or asks the operating system to read them (mode '
  'prefetch), and returns how many there are. For those who may read the table';

CREATE FUNCTION vexpg_index_check(index regclass)
  RETURNS TABLE (severity text, block bigint, slot int, finding text)
  AS 'MODULE_PATHNAME', 'vexpg_index_check' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION vexpg_index_check(regclass) IS
  'Verifies an hnsw index against its own rules and its table; no row: perfect; error: broken, REINDEX it; note: the '
  'next VACUUM mends it. For the owner of the table; writers wait meanwhile (not on a standby)';

CREATE FUNCTION vexpg_index_size_estimate(rows int8, dim int, m int DEFAULT 16, ef_construction int DEFAULT 64,
    bits int DEFAULT 0, refine int DEFAULT -1, attributes int DEFAULT 0, OUT index_bytes int8, OUT build_bytes int8)
  RETURNS record AS 'MODULE_PATHNAME', 'vexpg_index_size_estimate' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vexpg_index_size_estimate(int8, int, int, int, int, int, int) IS
  'Size of an hnsw index of so many different vectors with these options and further columns, and the maintenance_work_mem '
  'that builds it as a whole';

CREATE FUNCTION vexpg_index_info(index regclass, OUT element_type text, OUT dimensions int, OUT metric text, OUT bits int,
    OUT refine int, OUT m int, OUT ef_construction int, OUT attributes int, OUT entry_level int, OUT live_nodes int8,
    OUT duplicates int8, OUT dead_nodes int8, OUT free_slots int8, OUT node_pages int8, OUT detail_pages int8,
    OUT attribute_pages int8, OUT tower_pages int8, OUT empty_pages int8, OUT bytes int8) RETURNS record
  AS 'MODULE_PATHNAME', 'vexpg_index_info' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vexpg_index_info(regclass) IS
  'Parameters of an hnsw index as built, and what fills it: nodes (duplicates share the links of their first), pages by '
  'kind, bytes. Reads the whole index';

CREATE FUNCTION vexpg_recall_curve(index regclass)
  RETURNS TABLE (ef_search int, stop_gamma real, recall real, codes_scored real, queries int, rows int8)
  AS 'MODULE_PATHNAME', 'vexpg_recall_curve' LANGUAGE C VOLATILE STRICT PARALLEL SAFE ROWS 18;
COMMENT ON FUNCTION vexpg_recall_curve(regclass) IS
  'What CREATE INDEX measured of an hnsw index: the share of the 10 nearest rows that a search finds and the codes that it '
  'compares, by vexpg.ef_search alone and with vexpg.stop_gamma; by how many rows as queries, among how many. No row: the '
  'table had fewer than 2000 vectors';
