# SPDX-License-Identifier: PostgreSQL
# Search under conditions of the index finds the nearest rows that match, and as many as were asked for, whatever share
# of the rows matches and wherever they lie: fresh, after deletions, insertions and vacuum, from a cold cache, and where
# the dense column of the attributes says nothing, which only makes a scan slower.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my ($rows, $queries, $dim, $floor) = (long_or(4000, 50000), long_or(12, 100), 24, 0.95);
my ($block_bytes, $attribute_page) = (8192, 6);
my $node = new_node('filtered', conf => "shared_buffers = 16MB\n");

# Rows are sums of two vectors that are each near one of 40 centres, and `centre` says which the first is: that column
# lies with the vector, `any_of` does not.
my $row = "i, vexpg_test_vector(i, $dim) + vexpg_test_vector(i / 40, $dim), (hashint4(i) & 1023), i % 40, i % 3 = 0";
$node->safe_psql('postgres', qq{
	CREATE TABLE t (id int PRIMARY KEY, v vector($dim), any_of int, centre int, third bool);
	INSERT INTO t SELECT $row FROM generate_series(1, $rows) i;
	CREATE TABLE q AS SELECT n, n % 40 AS centre, (n + 17) % 40 AS other,
		vexpg_test_vector(1000000 + 41 * n, $dim) + vexpg_test_vector(2000000 + 7 * n, $dim) AS v
	FROM generate_series(1, $queries) n;
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, any_of, centre, third);
	ANALYZE t, q});

my %conditions = (
	'half, at random' => 'any_of < 512',
	'a tenth, at random' => 'any_of < 102',
	'a hundredth, at random' => 'any_of < 10',
	'a thousandth, at random' => 'any_of = 77',
	'around the query' => 'centre = q.centre',
	'around the query and more' => 'centre BETWEEN q.centre - 3 AND q.centre + 3',
	'far from the query' => 'centre = q.other',
	'far from the query, and many' => 'centre BETWEEN q.other AND q.other + 12',
	'two together' => 'any_of < 512 AND centre BETWEEN q.centre - 5 AND q.centre + 5',
	'three together' => 'any_of < 700 AND third AND centre > 3',
	'all' => 'any_of IS NOT NULL',
	'none' => 'any_of > 5000');

my @some = ('half, at random', 'a hundredth, at random', 'around the query and more', 'far from the query, and many');

sub answers
{
	my ($when, @names) = @_;
	for my $name (@names ? @names : sort keys %conditions)
	{
		my $nearest = "SELECT q.n, t.id FROM q, LATERAL (SELECT id FROM t WHERE $conditions{$name} ORDER BY t.v <-> q.v LIMIT 10) t";
		my ($plan, $found, $truth, $missing, $share) = split(/\|/, $node->safe_psql('postgres', qq{
			SET enable_indexscan = off;
			CREATE TEMP TABLE truth AS $nearest;
			SET enable_indexscan = on; SET enable_seqscan = off; SET enable_sort = off;
			CREATE TEMP TABLE found AS $nearest;
			CREATE FUNCTION pg_temp.planned() RETURNS bool LANGUAGE plpgsql AS \$\$
			DECLARE line text; seen bool := false;
			BEGIN
				FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) $nearest' LOOP seen := seen OR line LIKE '%Index Scan using t_v_idx%'; END LOOP;
				RETURN seen;
			END \$\$;
			SELECT pg_temp.planned(), (SELECT count(*) FROM found), (SELECT count(*) FROM truth),
				(SELECT count(*) FROM truth WHERE (n, id) NOT IN (SELECT n, id FROM found)),
				(SELECT coalesce(round(avg(((n, id) IN (SELECT n, id FROM found))::int), 4), 1) FROM truth)}));
		is($plan, 't', "$name: the index is used $when");
		is($found, $truth, "$name: all rows come $when");
		cmp_ok($share, '>=', $floor, "$name: they are the nearest $when");
	}
	return;
}

# Everything that matches, once.
sub everything
{
	my ($when) = @_;
	for my $condition ('any_of < 512', 'centre < 30 AND third', 'any_of = 77')
	{
		is($node->safe_psql('postgres', qq{
			SET enable_seqscan = off; SET enable_sort = off;
			CREATE TEMP TABLE found AS SELECT id FROM t WHERE $condition ORDER BY v <-> (SELECT v FROM q LIMIT 1) LIMIT 1000000;
			SET enable_seqscan = on; SET enable_indexscan = off;
			SELECT (SELECT count(*) - count(DISTINCT id) FROM found), (SELECT count(*) FROM found),
				(SELECT count(*) FROM t WHERE $condition) - (SELECT count(*) FROM found JOIN t USING (id) WHERE $condition)})
			=~ s/\|.*\|/|/r, '0|0', "$condition: every row comes once $when");
	}
	return;
}

answers('after the build');
everything('after the build');
perfect($node, 't_v_idx', 'after the build');

$node->safe_psql('postgres', 'DELETE FROM t WHERE id % 2 = 0');
everything('after deleting half');
$node->safe_psql('postgres', 'VACUUM t');
answers('after deleting half and vacuum', @some);
$node->safe_psql('postgres', "INSERT INTO t SELECT $row FROM generate_series(1, $rows) i WHERE i % 2 = 0");
answers('after inserting it again', @some);
everything('after inserting it again');
sound($node, 't_v_idx', 'after inserting it again');

# Cold: all from the file. Then without the dense column: its pages may be zero, as after a crash before they were written.
my $file = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t_v_idx')");
$node->stop;
$node->start;
everything('from a cold cache');
$node->stop;
open(my $handle, '+<:raw', $file) or die "$file: $!";
my $zeroed = 0;
for (my $at = 0; $at < -s $file; $at += $block_bytes)
{
	seek($handle, $at + $block_bytes - 8, 0);
	read($handle, my $trailer, 2);
	next if unpack('S', $trailer) != $attribute_page;
	seek($handle, $at, 0);
	print $handle "\0" x $block_bytes;
	$zeroed++;
}
close($handle);
cmp_ok($zeroed, '>', 5, 'attribute pages were emptied');
$node->start;
answers('without the dense column', @some);
everything('without the dense column');
sound($node, 't_v_idx', 'without the dense column');
calm($node, 'after all');
done_testing();
