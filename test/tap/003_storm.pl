# SPDX-License-Identifier: PostgreSQL
# Eight clients insert, update, delete, search and vacuum the same few thousand rows: no error, and a sound index.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my $node = new_node('storm');
$node->safe_psql('postgres', q{
	CREATE TABLE t (id int, v vector(16), a int, b bool);
	CREATE INDEX t_id_idx ON t (id);
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a, b) WITH (m = 8, ef_construction = 32);
	CREATE SEQUENCE s});

my $folder = PostgreSQL::Test::Utils::tempdir();
my %scripts = (
	# One row in ten is an exact copy of another, so that chains are made and broken.
	insert => q{
\set seed random(1, 100000)
\set copy random(1, 10)
INSERT INTO t SELECT nextval('s'), vexpg_test_vector(CASE WHEN :copy = 1 THEN :seed % 5 ELSE :seed END, 16), :seed % 50, :copy > 5;
},
	update => q{
\set seed random(1, 100000)
UPDATE t SET v = vexpg_test_vector(:seed, 16) WHERE id = (SELECT id FROM t WHERE a = :seed % 50 LIMIT 1 FOR UPDATE SKIP LOCKED);
},
	delete => q{
\set a random(0, 49)
DELETE FROM t WHERE id IN (SELECT id FROM t WHERE a = :a ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED);
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

$node->command_ok([ 'pgbench', '-n', '-c', 8, '-j', 2, '-T', long_or(20, 300),
		(map { ('-f', "$folder/$_.sql\@$weights{$_}") } sort keys %weights), 'postgres' ],
	'eight clients work without an error');
sound($node, 't_v_idx', 'after the storm');
complete($node, 't', 'after the storm');
$node->safe_psql('postgres', 'VACUUM t');
perfect($node, 't_v_idx', 'after a vacuum');
complete($node, 't', 'after a vacuum');
my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM t');
cmp_ok($rows, '>', 0, "$rows rows are left");
calm($node, 'after the storm');
done_testing();
