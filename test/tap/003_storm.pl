# SPDX-License-Identifier: PostgreSQL
# Eight clients insert, update, delete, search and vacuum the same few thousand rows: no error, a sound index that finds
# every acknowledged row, and a standby with the same pages and the same answers.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

seed();
my $node = new_node('storm', init => { allows_streaming => 1 });
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->safe_psql('postgres', q{
	CREATE TABLE t (id int, v vector(16), a int, b bool);
	CREATE INDEX t_id_idx ON t (id);
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a, b) WITH (m = 8, ef_construction = 32);
	CREATE SEQUENCE s;
	-- Ids of what was committed: an id that is in neither table and in no tombstone was lost.
	CREATE TABLE gone (id int);
	CREATE TABLE came (id int);
	CREATE EXTENSION pageinspect;
	-- A page without its LSN, checksum and hole, which are no part of what replay must reproduce.
	CREATE FUNCTION masked(page bytea) RETURNS text LANGUAGE sql AS
	$$ SELECT md5(substring(page, 11, get_byte(page, 12) + 256 * get_byte(page, 13) - 10)
	              || substring(page, get_byte(page, 14) + 256 * get_byte(page, 15) + 1)) $$});

my $folder = PostgreSQL::Test::Utils::tempdir();
my %scripts = (
	# One row in ten is an exact copy of another, so that chains are made and broken.
	insert => q{
\set seed random(1, 100000)
\set copy random(1, 10)
WITH new AS (INSERT INTO t SELECT nextval('s'), vexpg_test_vector(CASE WHEN :copy = 1 THEN :seed % 5 ELSE :seed END, 16), :seed % 50,
	:copy > 5 RETURNING id) INSERT INTO came SELECT id FROM new;
},
	update => q{
\set seed random(1, 100000)
UPDATE t SET v = CASE WHEN :seed % 2 = 0 THEN v ELSE vexpg_test_vector(:seed, 16) END WHERE id = (SELECT id FROM t WHERE a = :seed % 50 LIMIT 1 FOR UPDATE SKIP LOCKED);
},
	delete => q{
\set a random(0, 49)
WITH old AS (DELETE FROM t WHERE id IN (SELECT id FROM t WHERE a = :a ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED) RETURNING id)
	INSERT INTO gone SELECT id FROM old;
},
	select => q{
\set seed random(1, 100000)
SET enable_seqscan = off;
SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> vexpg_test_vector(:seed, 16) LIMIT 10) s;
},
	filter => q{
\set seed random(1, 100000)
SET enable_seqscan = off;
SELECT count(*) FROM (SELECT id FROM t WHERE a = :seed % 50 ORDER BY v <-> vexpg_test_vector(:seed, 16) LIMIT 10) s;
},
	vacuum => "VACUUM (SKIP_LOCKED) t;\n");
my %weights = (insert => 40, update => 10, delete => 12, select => 30, filter => 10, vacuum => 1);
append_to_file("$folder/$_.sql", $scripts{$_}) for keys %scripts;

$node->command_ok([ 'pgbench', '-n', '-c', 8, '-j', 2, '-T', long_or(30, 300),
		(map { ('-f', "$folder/$_.sql\@$weights{$_}") } sort keys %weights), 'postgres' ],
	'eight clients work without an error');
sound($node, 't_v_idx', 'after the storm');
complete($node, 't', 'after the storm');
is($node->safe_psql('postgres', 'SELECT count(*) FROM (SELECT id FROM came EXCEPT SELECT id FROM gone EXCEPT SELECT id FROM t) s'),
	'0', 'every acknowledged row is there');

my $pages = q{SELECT block, masked(get_raw_page('t_v_idx', block))
	FROM generate_series(0, pg_relation_size('t_v_idx')::int / 8192 - 1) block ORDER BY block};
# With all candidates: hints about dead rows, which a standby has none of, may move what a smaller search finds.
my $queries = join(';', 'SET enable_seqscan = off; SET vexpg.ef_search = 10000',
	map { "SELECT id FROM t ORDER BY v <-> vexpg_test_vector($_, 16), id LIMIT 10" } map { 1009 * $_ } 1 .. 100);
sub same_on_the_standby
{
	my ($when) = @_;
	$node->wait_for_catchup($standby, 'replay');
	for my $question ([ 'pages', $pages ], [ 'rows of 100 queries', $queries ])
	{
		my $expected = $node->safe_psql('postgres', $question->[1]);
		cmp_ok(length($expected), '>', 300, "there are $question->[0] $when");
		ok($standby->safe_psql('postgres', $question->[1]) eq $expected, "the standby has the same $question->[0] $when");
	}
}
same_on_the_standby('after the storm');
$node->safe_psql('postgres', 'VACUUM t');
perfect($node, 't_v_idx', 'after a vacuum');
same_on_the_standby('after a vacuum');
complete($node, 't', 'after a vacuum');
my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM t');
cmp_ok($rows, '>', 0, "$rows rows are left");
calm($_, 'after the storm on ' . $_->name) for $node, $standby;
done_testing();
