# SPDX-License-Identifier: PostgreSQL
# Writers, vacuum and scans halted at every step of their protocols (src/README.md, "Locks" and "Vacuum") while others run
# past them; failing there; and a crash there. Injection points need a server that was built with them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

plan skip_all => 'this server has no injection points'
  unless `pg_config --configure` =~ /--enable-injection-points/;

my @insert_points = map { "vexpg-insert-$_" } qw(searched written linked);
my @vacuum_points = map { "vexpg-vacuum-$_" } qw(marked unlinked mended freed);
my $node = new_node('interleavings');
$node->safe_psql('postgres', 'CREATE EXTENSION injection_points');

sub sql { return $node->safe_psql('postgres', $_[0]); }

# Dead rows surround (3, 3), so that new rows there link to them; (7, 7) is the head of a chain of four, two of them dead.
sub fresh_table
{
	my ($filled) = @_;
	sql(q{
		DROP TABLE IF EXISTS t;
		CREATE TABLE t (id int, v vector(2));
		CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops) WITH (m = 4, ef_construction = 16)});
	sql(q{
		INSERT INTO t SELECT i, ARRAY[i % 10, i / 10]::vector FROM generate_series(0, 99) i;
		INSERT INTO t SELECT 100 + i, '[7,7]' FROM generate_series(1, 3) i;
		DELETE FROM t WHERE id % 10 < 6 OR id IN (77, 102)}) if $filled;
}

# Begins a statement that halts at a point; the function that is returned lets it go on, to a next point if one is given, else
# to its end, which it waits for.
sub halt
{
	my ($point, $statement) = @_;
	sql("SELECT injection_points_attach('$point', 'wait')");
	my $session = $node->background_psql('postgres');
	$session->query_until(qr/begun/, "\\echo begun\nSET enable_seqscan = off;\n$statement;\n\\echo ended\n");
	my $halted = sub {
		$node->wait_for_event('client backend', $_[0]);
		sql("SELECT injection_points_detach('$_[0]')");
	};
	$halted->($point);
	return sub {
		my ($next) = @_;
		sql("SELECT injection_points_attach('$next', 'wait')") if $next;
		sql("SELECT injection_points_wakeup('$point')");
		return $halted->($point = $next) if $next;
		$session->query_until(qr/ended/, '');
		$session->quit;
	};
}

# The index is sound and finds all rows, and a vacuum leaves nothing to find.
sub well
{
	my ($when) = @_;
	sound($node, 't_v_idx', $when);
	complete($node, 't', $when);
	sql('VACUUM t');
	perfect($node, 't_v_idx', "after a vacuum, $when");
	complete($node, 't', "after a vacuum, $when");
}

sub nearest { return sql("SET enable_seqscan = off; SELECT id FROM t ORDER BY v <-> '$_[0]' LIMIT $_[1]"); }

my $near = "INSERT INTO t VALUES (200, '[3.1,3]'), (201, '[3.5,3]'), (202, '[3,3.6]'), (203, '[7,7]')";
my $more = "INSERT INTO t SELECT 300 + i, ARRAY[i % 7 + 0.25, i / 7]::vector FROM generate_series(0, 48) i";

# Two inserters find the index empty; the one that is halted finds an entry point when it goes on.
for my $point (@insert_points)
{
	fresh_table(0);
	my $go_on = halt($point, "INSERT INTO t VALUES (1, '[1,1]')");
	sql("INSERT INTO t SELECT i, ARRAY[i, 2]::vector FROM generate_series(2, 30) i");
	$go_on->();
	is(nearest('[1,1]', 1), '1', "the first row is found, halted at $point");
	well("with two first inserts, one halted at $point");
}

# An inserter beside others on the same pages, and beside a whole vacuum that frees what it has found.
for my $point (@insert_points)
{
	fresh_table(1);
	my $go_on = halt($point, $near);
	sql($more);
	$go_on->();
	is(nearest('[3,3]', 1), '200', "the new row is found, halted at $point");
	well("with inserts beside one halted at $point");

	fresh_table(1);
	sql('DELETE FROM t WHERE id < 60');
	$go_on = halt($point, $near);
	sql('DELETE FROM t WHERE id < 90');
	sql('VACUUM t');
	sql("INSERT INTO t SELECT 400 + i, ARRAY[1000 + i, 1000]::vector FROM generate_series(1, 120) i");
	$go_on->();
	is(nearest('[3,3]', 1), '200', "the new row is found, halted at $point while its neighbours were freed and reused");
	well("with a vacuum beside an insert halted at $point");
}

# The byte beside a link tells an attribute of the neighbour. The neighbours of a halted inserter become dead, or are freed and
# their slots given to rows with another value, to the inserter's own too: links would carry the bytes of those that are gone.
sub table_of_values
{
	sql(q{
		DROP TABLE IF EXISTS t;
		CREATE TABLE t (id int, v vector(2), a int);
		INSERT INTO t SELECT i, ARRAY[i % 10, i / 10]::vector, i / 90 FROM generate_series(0, 99) i;
		CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a) WITH (m = 4, ef_construction = 16)});
	sql("DELETE FROM t WHERE id IN ($_[0])");
}

for my $point (@insert_points)
{
	for my $when ('freed', @vacuum_points)
	{
		for my $value (0, 1)
		{
			table_of_values('SELECT generate_series(0, 89)');
			my $go_on = halt($point, "INSERT INTO t VALUES (200, '[3.1,3]', $value), (201, '[3.5,3]', $value)");
			my $vacuum = $when eq 'freed' ? undef : halt($when, 'VACUUM t');
			sql('VACUUM t') if !$vacuum;
			my $others = "INSERT INTO t SELECT 400 + i, ARRAY[1000 + i, 1000]::vector, 1 FROM generate_series(1, 120) i";
			sql($others) if !$vacuum && $value == 0;
			$go_on->();
			$vacuum->('vexpg-vacuum-freed') if $vacuum && $when ne 'vexpg-vacuum-freed';
			sql($others) if $vacuum || $value == 1;
			$vacuum->() if $vacuum;
			my $limit = $value == 0 ? 5 : 2;  # no other row has 0
			my $found = sql("SET enable_seqscan = off; SELECT id FROM t WHERE a = $value ORDER BY v <-> '[3,3]' LIMIT $limit");
			is($found, "200\n201", "the new rows of $value are found, halted at $point, their neighbours $when");
			well("with a row of $value halted at $point, its neighbours $when");
		}
	}
}

# The inserter's own slot is that of a neighbour which it had chosen, beside others that link back to it.
for my $dead ('33', '33, 34', '23, 33', '33, 43')
{
	table_of_values($dead);
	my $go_on = halt('vexpg-insert-searched', "INSERT INTO t VALUES (200, '[3.1,3]', 1)");
	sql('VACUUM t');
	$go_on->();
	is(sql("SET enable_seqscan = off; SELECT id FROM t WHERE a = 1 ORDER BY v <-> '[3,3]' LIMIT 1"), '200', "found in the slot of $dead");
	well("with a row in the slot of its neighbour $dead");
}

# A member that is not on its chain yet, while others join it, and while vacuum frees the head.
for my $other ("INSERT INTO t VALUES (210, '[7,7]'), (211, '[7,7]')", "DELETE FROM t WHERE v = '[7,7]'")
{
	fresh_table(1);
	my $go_on = halt('vexpg-insert-member', "INSERT INTO t VALUES (203, '[7,7]')");
	sql($_) for $other, 'VACUUM t';
	$go_on->();
	like(nearest('[7,7]', 5), qr/^203$/m, "the member is found after: $other");
	well("with a member beside: $other");
}

# A head without a row, which two inserters want for theirs; and one that is freed before its inserter gets there.
for my $other ("INSERT INTO t VALUES (210, '[7,7]')", "DELETE FROM t WHERE v = '[7,7]'")
{
	fresh_table(1);
	sql($_) for "INSERT INTO t VALUES (106, '[7,7]'), (107, '[7,7]')", 'VACUUM t';
	sql("DELETE FROM t WHERE v = '[7,7]'") if $other =~ /DELETE/;
	my $slots = sql(q{SELECT live_nodes FROM vexpg_index_info('t_v_idx')});
	my $go_on = halt('vexpg-insert-duplicate', "INSERT INTO t VALUES (203, '[7,7]')");
	sql($_) for $other =~ /DELETE/ ? () : $other, 'VACUUM t';
	$go_on->();
	like(nearest('[7,7]', 5), qr/^203$/m, "the row is found beside: $other");
	is(sql(q{SELECT live_nodes FROM vexpg_index_info('t_v_idx')}), $other =~ /INSERT/ ? $slots + 1 : $slots - 2,
		"one of two takes the head's place, beside: $other");
	well("with a head without a row beside: $other");
}

# A vacuum halted at each of its steps, beside inserts near the dead, members of chains, deletes, scans and an open cursor.
for my $point (@vacuum_points)
{
	fresh_table(1);
	my $cursor = $node->background_psql('postgres');
	$cursor->query_safe(q{SET enable_seqscan = off; SET hnsw.ef_search = 10; BEGIN;
		DECLARE c CURSOR FOR SELECT id FROM t WHERE id < 200 ORDER BY v <-> '[3,3]'; FETCH 2 FROM c});
	my $rows = sql('SELECT count(*) FROM t');
	my $go_on = halt($point, 'VACUUM t');
	sql($near);
	is(nearest('[3,3]', 1), '200', "a row that came while vacuum was halted at $point is found");
	sql('DELETE FROM t WHERE id = 101');
	# The checker would wait for the vacuum.
	is(sql("SET enable_seqscan = off; SELECT count(*) FROM (SELECT 1 FROM t ORDER BY v <-> '[0,0]' LIMIT 1000) s"),
		sql('SELECT count(*) FROM t'), "all rows are found while vacuum is halted at $point");
	$go_on->();
	sql($more);
	my $fetched = () = $cursor->query_safe('FETCH ALL FROM c') =~ /^\d+$/mg;
	is($fetched, $rows - 2, "the cursor returns its rows, each once, over a vacuum halted at $point");
	$cursor->query_safe('COMMIT');
	$cursor->quit;
	well("with a vacuum halted at $point");
}

# A scan is about to mark a row as dead, which is freed meanwhile; its slot holds a new row.
fresh_table(1);
{
	my $go_on = halt('vexpg-scan-kill', "SELECT id FROM t ORDER BY v <-> '[3,3]' LIMIT 3");
	sql($_) for 'VACUUM t', $near, $more;
	$go_on->();
	is(nearest('[3,3]', 1), '200', 'a row in the slot of one that a scan found dead is not taken for it');
	well('with a kill after its slot was used again');
}

# An error at each point: what the statement left is no error to anyone, and the next vacuum clears it.
for my $point (@insert_points, 'vexpg-insert-duplicate', 'vexpg-insert-member', @vacuum_points)
{
	fresh_table(1);
	sql("SELECT injection_points_attach('$point', 'error')");
	my $err = '';
	$node->psql('postgres', $point =~ /insert/ ? "INSERT INTO t VALUES (203, '[7,7]'), (200, '[3.1,3]')" : 'VACUUM t',
		stderr => \$err);
	like($err, qr/error triggered for injection point $point/, "fails at $point");
	sql("SELECT injection_points_detach('$point')");
	sql($near);
	well("after an error at $point");
}

# A crash there: the node is on disk, its links are not.
for my $point (@insert_points, 'vexpg-insert-duplicate', 'vexpg-insert-member', @vacuum_points)
{
	fresh_table(1);
	sql("SELECT injection_points_attach('$point', 'wait')");
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $statement = $point =~ /insert/ ? "INSERT INTO t VALUES (203, '[7,7]'), (200, '[3.1,3]')" : 'VACUUM t';
	$session->query_until(qr/begun/, "\\echo begun\n$statement;\n");
	$node->wait_for_event('client backend', $point);
	sql("SELECT injection_points_detach('$point')");
	# The record of another transaction's commit takes the halted one's to disk.
	sql("INSERT INTO t VALUES (250, '[3.2,3]')");
	$node->stop('immediate');
	$session->{run}->finish;
	$node->start;
	is(nearest('[3.2,3]', 1), '250', "a committed row is found after a crash at $point");
	well("after a crash at $point");
}

calm($node, 'in the end');
done_testing();
