# SPDX-License-Identifier: PostgreSQL
# A statement may be cancelled at any moment: the same session goes on, holds no lock, and the index stays sound.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

seed();
my $node = new_node('cancel');
$node->safe_psql('postgres', q{
	CREATE TABLE t (id serial PRIMARY KEY, v vector(16), a int, b bool);
	INSERT INTO t (v, a, b) SELECT vexpg_test_vector(i, 16), i % 50, i % 3 = 0 FROM generate_series(1, 3000) i;
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a, b)});

my @statements = (
	[ 'insert', 'INSERT INTO t (v, a, b) SELECT vexpg_test_vector(i, 16), i % 50, true FROM generate_series(1, 400) i' ],
	[ 'build', 'CREATE INDEX t_build_idx ON t USING hnsw (v vector_cosine_ops, a)' ],
	[ 'vacuum', 'VACUUM t' ],
	[ 'scan', 'SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> vexpg_test_vector(9, 16) LIMIT 100000) s' ],
	[ 'update', 'UPDATE t SET a = a + 1 WHERE id % 11 = 0' ]);

my %cancelled;
for my $round (1 .. long_or(20, 60))
{
	# One session for the whole round: what a cancelled statement leaves behind meets the next ones.
	my $script = "\\set VERBOSITY sqlstate\nSET enable_seqscan = off; SET enable_sort = off;\n";
	for my $n (1 .. 25)
	{
		my ($kind, $statement) = @{ $statements[ int(rand(@statements)) ] };
		my $timeout = 1 + int(rand(200) ** (0.4 + rand(0.6)));
		$script .= "DELETE FROM t WHERE id % 13 = $n % 13;\n" if $kind eq 'vacuum';
		$script .= "\\echo $kind\n\\warn $kind\nSET statement_timeout = $timeout;\n$statement;\nSET statement_timeout = 0;\n"
		  . "DROP INDEX IF EXISTS t_build_idx;\n";
	}
	$script .= "SELECT 'locks', count(*) FROM pg_locks WHERE relation IN ('t'::regclass, 't_v_idx'::regclass);\n"
	  . "DELETE FROM t WHERE id % 5 = $round % 5;\n";
	my ($out, $err);
	$node->psql('postgres', $script, stdout => \$out, stderr => \$err, on_error_stop => 0);
	my ($kind, @wrong);
	for my $line (split(/\n/, $err))
	{
		if ($line =~ /ERROR:  57014/) { $cancelled{$kind}++; }
		elsif ($line =~ /ERROR|FATAL|PANIC|WARNING|closed/) { push @wrong, "$kind: $line"; }
		elsif ($line =~ /^(\w+)$/) { $kind = $1; }
	}
	is(join("\n", @wrong), '', "round $round: nothing but cancellations");
	like($out, qr/^locks\|0$/m, "round $round: no lock is left");
	sound($node, 't_v_idx', "in round $round");
	complete($node, 't', "in round $round");
}
note(join(', ', map { "$_ $cancelled{$_}" } sort keys %cancelled));
cmp_ok(scalar(keys %cancelled), '>=', 3, 'at least three kinds of statement were cancelled');
$node->safe_psql('postgres', 'VACUUM t');
perfect($node, 't_v_idx', 'after a vacuum');
complete($node, 't', 'after a vacuum');
calm($node, 'after all');
done_testing();
