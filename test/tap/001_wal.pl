# SPDX-License-Identifier: PostgreSQL
# A streaming standby holds the same index as its primary: each replayed page is compared byte by byte
# (wal_consistency_checking), each query answers the same, and the promoted standby goes on working. Without full page
# writes, so that no image hides what a record leaves out: new pages must bring theirs.
use strict;
use warnings;
use FindBin;
use IPC::Run ();
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use Vexpg;

my $primary = new_node('primary', init => { allows_streaming => 1 },
	conf => "wal_consistency_checking = 'generic'\nfull_page_writes = off\n");
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "wal_retrieve_retry_interval = 100ms\n");
$standby->start;

$primary->safe_psql('postgres', q{
	CREATE TABLE t (id int PRIMARY KEY, v vector(16), a int, b bool);
	INSERT INTO t SELECT i, vexpg_test_vector(i, 16), i % 50, i % 3 = 0 FROM generate_series(1, 2000) i;
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a, b) WITH (m = 16, ef_construction = 64);
	CREATE TABLE empty (id int, v vector(16));
	CREATE INDEX empty_v_idx ON empty USING hnsw (v vector_cosine_ops)});

sub same_answers
{
	my ($when) = @_;
	$primary->wait_for_catchup($standby, 'replay');
	my $query = join(';', 'SET enable_seqscan = off',
		map { my $d = "v <-> vexpg_test_vector($_, 16)";
			("SELECT id, $d FROM t ORDER BY $d LIMIT 20", 'SET vexpg.ef_search = 10000',
				"SELECT id FROM t WHERE $d < 4.5 ORDER BY id", "SELECT id FROM t WHERE a < 20 ORDER BY $d LIMIT 100 OFFSET 30",
				'RESET vexpg.ef_search') }
		  map { 7919 * $_ } 1 .. 10);
	my $expected = $primary->safe_psql('postgres', $query);
	cmp_ok(length($expected), '>', 0, "rows $when");
	is($standby->safe_psql('postgres', $query), $expected, "the standby answers as its primary $when");
	sound($_, 't_v_idx', $_->name . " $when") for $primary, $standby;
}

# A cursor on the standby begins to read, waits while a vacuum that frees rows before its snapshot, and inserts that take
# their places, are replayed, and reads on. Returns what it read. The dead rows must lie on other pages of the table than
# the row that the cursor stands on: that page it keeps pinned.
sub cursor_over
{
	my ($replayed) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my ($out, $err) = ('', '');
	append_to_file("$folder/script", qq{SET enable_seqscan = off; SET hnsw.ef_search = 10; BEGIN ISOLATION LEVEL REPEATABLE READ;
		DECLARE c CURSOR FOR SELECT id FROM s ORDER BY v <-> vexpg_test_vector(1800, 16); FETCH 1 FROM c;
		\\! touch $folder/open; for i in `seq 600`; do [ -e $folder/go ] && break; sleep 0.1; done
		FETCH ALL FROM c;\n});
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $standby->connstr('postgres'), '-f', "$folder/script" ],
		'<', \undef, '>', \$out, '2>', \$err);
	for (1 .. 600) { last if -e "$folder/open"; sleep(0.1); }
	$replayed->();
	$primary->wait_for_catchup($standby, 'replay');
	append_to_file("$folder/go", '');
	$psql->finish;
	is($err, '', 'a cursor on the standby meets no conflict');
	return join("\n", sort { $a <=> $b } split(/\n/, $out));
}

same_answers('after the build');
my $cycles = long_or(5, 50);
for my $cycle (1 .. $cycles)
{
	my $first = 2000 + 200 * $cycle;
	$primary->safe_psql('postgres', "DELETE FROM t WHERE id % 10 = $cycle % 10");
	$primary->safe_psql('postgres', 'VACUUM t');
	perfect($primary, 't_v_idx', "after vacuum $cycle");
	$primary->safe_psql('postgres', qq{
		INSERT INTO t SELECT i, vexpg_test_vector(i, 16), i % 50, i % 3 = 0
			FROM generate_series($first, $first + 199) i ON CONFLICT DO NOTHING;
		UPDATE t SET v = vexpg_test_vector(id + $cycle, 16), a = a + 1 WHERE id % 20 = $cycle % 20;
		INSERT INTO empty VALUES ($cycle, vexpg_test_vector($cycle, 16))});
	same_answers("after cycle $cycle");
}
sound($standby, 'empty_v_idx', 'on the standby');

$primary->safe_psql('postgres', q{
	CREATE TABLE s (id int, v vector(16));
	INSERT INTO s SELECT i, vexpg_test_vector(i, 16) FROM generate_series(1, 2000) i;
	CREATE INDEX s_v_idx ON s USING hnsw (v vector_l2_ops);
	DELETE FROM s WHERE id <= 1000});
$primary->wait_for_catchup($standby, 'replay');
my $read = cursor_over(sub {
	$primary->safe_psql('postgres', 'VACUUM s');
	$primary->safe_psql('postgres', 'INSERT INTO s SELECT i, vexpg_test_vector(i, 16) FROM generate_series(5001, 5800) i')});
is($read, join("\n", 1001 .. 2000),
	'a cursor on the standby returns its rows, each once, over a replayed vacuum and reused slots');
sound($standby, 's_v_idx', 'on the standby');

$standby->promote;
$standby->safe_psql('postgres', q{
	INSERT INTO t SELECT i, vexpg_test_vector(i, 16), 1, true FROM generate_series(100001, 100200) i;
	DELETE FROM t WHERE id % 7 = 0});
$standby->safe_psql('postgres', 'VACUUM t');
perfect($standby, 't_v_idx', 'after promotion and vacuum');
complete($standby, 't', 'after promotion');
calm($_, 'of ' . $_->name) for $primary, $standby;
done_testing();
