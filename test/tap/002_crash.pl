# SPDX-License-Identifier: PostgreSQL
# Whatever the server was doing when it died, recovery leaves a sound index that finds every committed row.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use Vexpg;

seed();
my $node = new_node('crash', conf => "restart_after_crash = off\ncheckpoint_timeout = 30s\nmax_wal_size = 64MB\n");
$node->safe_psql('postgres', q{
	CREATE TABLE t (id int PRIMARY KEY, v vector(16), a int, b bool);
	INSERT INTO t SELECT i, vexpg_test_vector(i, 16), i % 50, i % 3 = 0 FROM generate_series(1, 1000) i;
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a, b)});

my $folder = PostgreSQL::Test::Utils::tempdir();
my %scripts = (
	insert => q{
\set id random(1, 3000)
INSERT INTO t VALUES (:id, vexpg_test_vector(:id, 16), :id % 50, :id % 3 = 0) ON CONFLICT (id) DO UPDATE SET v = excluded.v;
},
	delete => q{
\set id random(1, 3000)
DELETE FROM t WHERE id BETWEEN :id AND :id + 20;
},
	abort => q{
\set id random(3001, 100000)
BEGIN;
INSERT INTO t VALUES (:id, vexpg_test_vector(:id, 16), 0, true) ON CONFLICT DO NOTHING;
ROLLBACK;
},
	vacuum => "VACUUM (SKIP_LOCKED) t;\n",
	build => "DROP INDEX IF EXISTS t_build_idx;\nCREATE INDEX t_build_idx ON t USING hnsw (v vector_cosine_ops);\n");
append_to_file("$folder/$_.sql", $scripts{$_}) for keys %scripts;

# What the other clients do, beside four that insert and one that aborts.
my @rounds = ([], [qw(delete vacuum)], [qw(build)], [qw(delete vacuum build)]);

sub load
{
	my (@others) = @_;
	my @runs;
	my @clients = ([ 4, 'insert' ], [ 1, 'abort' ], map { [ 1, $_ ] } @others);
	for my $client (@clients)
	{
		push @runs, IPC::Run::start([ 'pgbench', '-n', '-c', $client->[0], '-T', 60, '-f', "$folder/$client->[1].sql",
				'-h', $node->host, '-p', $node->port, 'postgres' ], '<', \undef, '>', '/dev/null', '2>', '/dev/null');
	}
	return @runs;
}

# The processes that the postmaster started.
sub children_of
{
	my ($parent) = @_;
	my @children;
	for my $file (glob '/proc/[0-9]*/stat')
	{
		# A process may be gone before it is read.
		open(my $handle, '<', $file) or next;
		my $line = <$handle> // next;
		push @children, $1 if $line =~ /^(\d+) \(.*\) \S (\d+) / && $2 == $parent;
	}
	return @children;
}

# Postmaster and children die at once, as in a crash of the machine. Until the last is gone no new server can start.
sub kill_all
{
	my $postmaster = (split(/\n/, slurp_file($node->data_dir . '/postmaster.pid')))[0];
	my @children = children_of($postmaster);
	$node->kill9;
	push @children, children_of($postmaster);
	kill('KILL', @children);
	for (1 .. 300) { last unless grep { kill(0, $_) } @children; sleep(0.05); }
}

for my $round (1 .. long_or(8, 150))
{
	my @others = @{ $rounds[ $round % @rounds ] };
	my $what = join(', ', 'inserts', @others);
	my @runs = load(@others);
	sleep(0.3 + rand(1.2));
	if ($round % 2) { kill_all(); } else { $node->stop('immediate'); }
	$_->finish for @runs;
	ok($node->start, "round $round: recovers from a crash during $what");
	sound($node, 't_v_idx', "in round $round");
	complete($node, 't', "in round $round");
	next if $round % 4;
	$node->safe_psql('postgres', 'DROP INDEX IF EXISTS t_build_idx');
	$node->safe_psql('postgres', 'VACUUM t');
	perfect($node, 't_v_idx', "after a vacuum in round $round");
}
my @alarms = grep { /PANIC|TRAP:|leak/ } split(/\n/, slurp_file($node->logfile));
is(join("\n", @alarms), '', 'no assertion, no leak');
done_testing();
