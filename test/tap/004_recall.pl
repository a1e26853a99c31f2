# SPDX-License-Identifier: PostgreSQL
# Recall has a floor for each type and metric, with nothing set, before and after half of the rows were deleted,
# vacuumed and inserted again.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my $node = new_node('recall');
my ($rows, $queries, $dim, $floor) = (long_or(2000, 30000), long_or(20, 200), 64, 0.97);
my %operators =
  (l2 => '<->', ip => '<#>', cosine => '<=>', l1 => '<+>', hamming => '<~>', jaccard => '<%>');
my @dense = qw(cosine ip l1 l2);
my %metrics = (vector => \@dense, halfvec => \@dense, int8vec => \@dense, sparsevec => \@dense, bit => [qw(hamming jaccard)]);
# A column's type, and a value of it for a number.
my %column = (vector => "vector($dim)", halfvec => "halfvec($dim)", int8vec => "int8vec($dim)", sparsevec => 'sparsevec(30000)',
	bit => 'bit(256)');
my %value = (
	vector => "vexpg_test_vector(%s, $dim)",
	halfvec => "vexpg_test_vector(%s, $dim)::halfvec",
	int8vec => "(vexpg_test_vector(%s, $dim) * array_fill(90, ARRAY[$dim])::vector)::int8vec",
	sparsevec => 'sparse_vector(%s)',
	bit => 'binary_quantize(vexpg_test_vector(%s, 256))::bit(256)');

# The largest of 400 components, about 60, spread over 30,000 dimensions: what is near shares most of its indices.
$node->safe_psql('postgres', q{
	CREATE FUNCTION sparse_vector(seed bigint) RETURNS sparsevec LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
	$$ SELECT ('{' || string_agg(1 + (j * 73) % 30000 || ':' || x, ',') || '}/30000')::sparsevec
	   FROM unnest(vexpg_test_vector(seed, 400)::real[]) WITH ORDINALITY AS u (x, j) WHERE abs(x) > 0.9 $$});

# The share of rows as near as the true ten nearest that the index returns, from one statement: exact answers by a
# sequential scan. Bit strings have many at one distance.
sub recall
{
	my ($operator) = @_;
	my $nearest = "SELECT q.n, t.d FROM q, LATERAL (SELECT v $operator q.v AS d FROM t ORDER BY v $operator q.v LIMIT 10) t";
	return $node->safe_psql('postgres', qq{
		SET enable_indexscan = off;
		CREATE TEMP TABLE truth AS $nearest;
		SET enable_indexscan = on; SET enable_seqscan = off; SET enable_sort = off;
		CREATE TEMP TABLE found AS $nearest;
		SELECT round(count(*) / (SELECT count(*) FROM truth)::numeric, 4)
		FROM (SELECT n, max(d) AS farthest FROM truth GROUP BY n) t JOIN found USING (n) WHERE d <= farthest});
}

sub values_of
{
	my ($type, $number) = @_;
	return sprintf($value{$type}, $number);
}

for my $type (qw(vector halfvec int8vec sparsevec bit))
{
	$node->safe_psql('postgres', "DROP TABLE IF EXISTS source; CREATE TABLE source AS SELECT i, "
		  . values_of($type, 'i') . " AS v FROM generate_series(1, $rows) i; DROP TABLE IF EXISTS q; CREATE TABLE q AS SELECT n, "
		  . values_of($type, '1000000 + 17 * n') . " AS v FROM generate_series(1, $queries) n");
	for my $metric (@{ $metrics{$type} })
	{
		my $operator = $operators{$metric};
		$node->safe_psql('postgres', qq{
			DROP TABLE IF EXISTS t;
			CREATE TABLE t (id int PRIMARY KEY, v $column{$type});
			INSERT INTO t SELECT i, v FROM source;
			CREATE INDEX t_v_idx ON t USING hnsw (v ${type}_${metric}_ops);
			ANALYZE t, q});
		my $plan = $node->safe_psql('postgres', qq{
			SET enable_seqscan = off;
			EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY v $operator (SELECT v FROM q LIMIT 1) LIMIT 10});
		like($plan, qr/Index Scan using t_v_idx on t/, "$type $metric: the index is used");
		cmp_ok(recall($operator), '>=', $floor, "$type $metric: recall of a fresh build");
		perfect($node, 't_v_idx', "after the build ($type $metric)");
		# Half of each of the 40 crowds: queries must keep neighbours, or they ask for what lies between crowds.
		$node->safe_psql('postgres', 'DELETE FROM t WHERE id / 40 % 2 = 0');
		$node->safe_psql('postgres', 'VACUUM t');
		cmp_ok(recall($operator), '>=', $floor, "$type $metric: recall after deleting half");
		$node->safe_psql('postgres', "INSERT INTO t SELECT i, v FROM source WHERE i / 40 % 2 = 0");
		cmp_ok(recall($operator), '>=', $floor, "$type $metric: recall after inserting it again");
		sound($node, 't_v_idx', "after all ($type $metric)");
	}
}
calm($node, 'after all');
done_testing();
