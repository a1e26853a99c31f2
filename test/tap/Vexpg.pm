# SPDX-License-Identifier: PostgreSQL
# What the TAP tests share: a node with the extension, reproducible vectors, and the three questions that end each test:
# is the index sound, is it perfect after a vacuum, does it find every row that the heap holds.
package Vexpg;
use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(long_or new_node seed sound perfect complete calm);

# The second count where tests run long (VEXPG_LONG), else the first.
sub long_or
{
	my ($short, $long) = @_;
	return $ENV{VEXPG_LONG} ? $long : $short;
}

# Seeds perl's rand; printed, and set again with VEXPG_SEED.
sub seed
{
	# The same cases each time, so that a failure is of a change; long runs draw new ones.
	my $seed = $ENV{VEXPG_SEED} // long_or(2027, time());
	srand($seed);
	note("seed $seed (VEXPG_SEED=$seed repeats it)");
	return $seed;
}

# A started node with the extension and vexpg_test_vector(seed, dim): the same vector for the same seed everywhere, near
# one of 40 centres as real embeddings are.
sub new_node
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%{ $options{init} // {} });
	$node->append_conf('postgresql.conf', "autovacuum = off\n" . ($options{conf} // ''));
	$node->start;
	$node->safe_psql('postgres', q{
		CREATE EXTENSION vexpg;
		CREATE FUNCTION vexpg_test_vector(seed bigint, dim int) RETURNS vector
			LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
		$$ SELECT array_agg((hashint8(1000 * (seed % 40) + i)::float8 / 2147483648
		                     + 0.4 * hashint8(1000000 + 1000 * seed + i)::float8 / 2147483648)::real ORDER BY i)::vector
		   FROM generate_series(1, dim) i $$;});
	return $node;
}

# No broken invariant; findings that the next vacuum mends are allowed.
sub sound
{
	my ($node, $index, $when) = @_;
	my $rows = $node->safe_psql('postgres',
		"SELECT * FROM vexpg_index_check('$index') WHERE severity <> 'note' LIMIT 10");
	return is($rows, '', "$index is sound $when");
}

# Not a single finding: what a fresh build and a vacuum promise.
sub perfect
{
	my ($node, $index, $when) = @_;
	my $rows = $node->safe_psql('postgres', "SELECT * FROM vexpg_index_check('$index') LIMIT 10");
	return is($rows, '', "$index is perfect $when");
}

# The index returns each row of the table that has a vector, once. Between two vacuums rows may be unreachable, but no
# more than the checker tells.
sub complete
{
	my ($node, $table, $when) = @_;
	my $rows = $node->safe_psql('postgres', qq{
		SET enable_seqscan = off; SET vexpg.ef_search = 10000;
		CREATE TEMP TABLE through_index AS
			SELECT id FROM $table ORDER BY v <-> (SELECT v FROM $table WHERE v IS NOT NULL LIMIT 1) LIMIT 1000000;
		SET enable_seqscan = on;
		CREATE TEMP TABLE missing AS
			SELECT id FROM $table WHERE v IS NOT NULL AND id NOT IN (SELECT id FROM through_index);
		SELECT 'missing', id FROM missing
			WHERE (SELECT count(*) FROM missing) >
			      (SELECT count(*) FROM vexpg_index_check('${table}_v_idx') WHERE severity = 'note')
		UNION ALL SELECT 'twice', id FROM through_index GROUP BY id HAVING count(*) > 1
		UNION ALL SELECT 'foreign', id FROM through_index WHERE id NOT IN (SELECT id FROM $table) LIMIT 10});
	return is($rows, '', "the index of $table finds every row once $when");
}

# The server never crashed, leaked a buffer or broke an assertion.
sub calm
{
	my ($node, $when) = @_;
	my @lines = grep { /PANIC|TRAP:|was terminated by signal|leak|inconsistent page found/ }
		split(/\n/, slurp_file($node->logfile));
	return is(join("\n", @lines), '', "the server's log is calm $when");
}

1;
