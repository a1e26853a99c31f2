# SPDX-License-Identifier: PostgreSQL
# What CREATE INDEX says of its recall is what queries find, however the index was built; one process measures the same
# each time.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my $node = new_node('recall_curve', conf => q{
min_parallel_table_scan_size = 0
max_parallel_maintenance_workers = 0
max_worker_processes = 8
maintenance_work_mem = 128MB
});
my ($rows, $queries, $dim) = (long_or(9000, 60000), long_or(60, 300), 24);
$node->safe_psql('postgres', qq{
	CREATE TABLE t (id int, v vector($dim));
	INSERT INTO t SELECT i, vexpg_test_vector(i, $dim) FROM generate_series(1, $rows) i;
	CREATE TABLE q AS SELECT n, vexpg_test_vector(1000000 + 17 * n, $dim) AS v FROM generate_series(1, $queries) n;
	CREATE FUNCTION found(step int) RETURNS TABLE (recall numeric, codes numeric) LANGUAGE plpgsql AS
	\$\$ DECLARE one record; hits int := 0; scored bigint := 0; count int;
	BEGIN
		PERFORM set_config('enable_seqscan', 'off', true), set_config('vexpg.ef_search', step::text, true);
		FOR one IN SELECT * FROM truth LOOP
			EXECUTE 'SELECT count(*) FILTER (WHERE d <= \$2) FROM (SELECT v <-> \$1 AS d FROM t ORDER BY v <-> \$1 LIMIT 10) s'
				INTO count USING one.v, one.farthest;
			hits := hits + count;
			scored := scored + (SELECT codes_scored FROM vexpg_last_scan());
		END LOOP;
		RETURN QUERY SELECT hits / (10.0 * $queries), scored / $queries.0;
	END \$\$;
	CREATE TABLE truth AS SELECT q.v, (SELECT max(d) FROM (SELECT t.v <-> q.v AS d FROM t ORDER BY 1 LIMIT 10) n) AS farthest FROM q});

# The index without what may differ: LSN and checksum of each page, the build's own id.
sub content
{
	$node->safe_psql('postgres', 'CHECKPOINT');
	my $bytes = slurp_file($node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t_v_idx')"));
	substr($bytes, $_ * 8192, 10) = "\0" x 10 for 0 .. length($bytes) / 8192 - 1;
	substr($bytes, 24 + 8, 8) = "\0" x 8;
	return $bytes;
}

sub build
{
	my ($settings, $with, $command) = @_;
	$node->safe_psql('postgres', "SET client_min_messages = error; DROP INDEX IF EXISTS t_v_idx; $settings;
		ALTER TABLE t SET (parallel_workers = 2);
		CREATE INDEX $command t_v_idx ON t USING hnsw (v vector_l2_ops) $with");
}

for my $case (
	[ 'by one process', '', '' ],
	[ 'with workers', 'SET max_parallel_maintenance_workers = 2', '' ],
	[ 'in parts', "SET maintenance_work_mem = '2MB'", '' ],
	[ 'in parts with workers', "SET maintenance_work_mem = '2MB'; SET max_parallel_maintenance_workers = 2", '' ],
	[ 'concurrently', 'SET max_parallel_maintenance_workers = 2', '', 'CONCURRENTLY' ],
	[ 'with fewer links', '', q{WITH (profile = 'instant')} ])
{
	my ($how, $settings, $with, $command) = @$case;
	build($settings, $with, $command // '');
	perfect($node, 't_v_idx', "built $how");
	for my $ef (20, 40, 160)
	{
		my ($recall, $codes, $built) = split(/\|/, $node->safe_psql('postgres',
			"SELECT recall, codes_scored, rows FROM vexpg_recall_curve('t_v_idx') WHERE ef_search = $ef AND stop_gamma IS NULL"));
		my ($real_recall, $real_codes) = split(/\|/, $node->safe_psql('postgres', "SELECT * FROM found($ef)"));
		# Queries by which it was measured and those here are a few dozen each.
		cmp_ok(abs($recall - $real_recall), '<=', 0.04, "$how, ef $ef: recall $recall said, $real_recall found");
		cmp_ok(abs($codes - $real_codes), '<=', 0.1 * $real_codes, "$how, ef $ef: $codes codes said, $real_codes compared");
		is($built, $rows, "$how: all rows are counted");
	}
}

for my $settings ('', "SET maintenance_work_mem = '2MB'")
{
	my @contents = map { build($settings, '', ''); content() } (1, 2);
	ok($contents[0] eq $contents[1], 'one process builds the same bytes' . ($settings ? ' in parts' : ''));
}

# An unlogged table that a crash empties has an index of which nothing was measured.
$node->safe_psql('postgres', 'CREATE UNLOGGED TABLE u AS SELECT * FROM t LIMIT 3000; CREATE INDEX u_v_idx ON u USING hnsw (v vector_l2_ops)');
is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM vexpg_recall_curve('u_v_idx')"), 't', 'unlogged');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', "SELECT count(*) FROM vexpg_recall_curve('u_v_idx')"), '0', 'unlogged, after a crash');
perfect($node, 'u_v_idx', 'after a crash');
perfect($node, 't_v_idx', 'after a crash');
calm($node, 'after all');
done_testing();
