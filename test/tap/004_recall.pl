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
my %operators = (l2 => '<->', ip => '<#>', cosine => '<=>');

# The share of the true ten nearest that the index returns, from one statement: exact answers by a sequential scan.
sub recall
{
	my ($type, $operator) = @_;
	my $nearest = "SELECT q.n, t.id FROM q, LATERAL (SELECT id FROM t ORDER BY v $operator q.v LIMIT 10) t";
	return $node->safe_psql('postgres', qq{
		SET enable_indexscan = off;
		CREATE TEMP TABLE truth AS $nearest;
		SET enable_indexscan = on; SET enable_seqscan = off; SET enable_sort = off;
		CREATE TEMP TABLE found AS $nearest;
		SELECT round(count(*) / (SELECT count(*) FROM truth)::numeric, 4) FROM truth JOIN found USING (n, id)});
}

for my $type (qw(vector halfvec))
{
	for my $metric (sort keys %operators)
	{
		my $operator = $operators{$metric};
		$node->safe_psql('postgres', qq{
			DROP TABLE IF EXISTS t, q;
			CREATE TABLE t (id int PRIMARY KEY, v $type($dim));
			INSERT INTO t SELECT i, vexpg_test_vector(i, $dim)::$type FROM generate_series(1, $rows) i;
			CREATE TABLE q AS SELECT n, vexpg_test_vector(1000000 + 17 * n, $dim)::$type AS v FROM generate_series(1, $queries) n;
			CREATE INDEX t_v_idx ON t USING hnsw (v ${type}_${metric}_ops);
			ANALYZE t, q});
		my $plan = $node->safe_psql('postgres', qq{
			SET enable_seqscan = off;
			EXPLAIN (COSTS OFF) SELECT id FROM t ORDER BY v $operator (SELECT v FROM q LIMIT 1) LIMIT 10});
		like($plan, qr/Index Scan using t_v_idx on t/, "$type $metric: the index is used");
		cmp_ok(recall($type, $operator), '>=', $floor, "$type $metric: recall of a fresh build");
		perfect($node, 't_v_idx', "after the build ($type $metric)");
		# Half of each of the 40 crowds: queries must keep neighbours, or they ask for what lies between crowds.
		$node->safe_psql('postgres', 'DELETE FROM t WHERE id / 40 % 2 = 0');
		$node->safe_psql('postgres', 'VACUUM t');
		cmp_ok(recall($type, $operator), '>=', $floor, "$type $metric: recall after deleting half");
		$node->safe_psql('postgres',
			"INSERT INTO t SELECT i, vexpg_test_vector(i, $dim)::$type FROM generate_series(1, $rows) i WHERE i / 40 % 2 = 0");
		cmp_ok(recall($type, $operator), '>=', $floor, "$type $metric: recall after inserting it again");
		sound($node, 't_v_idx', "after all ($type $metric)");
	}
}
calm($node, 'after all');
done_testing();
