# SPDX-License-Identifier: PostgreSQL
# An index that is not in memory: searches ask the disk for the pages of a step all at once and answer as ever;
# vexpg_prewarm() reads the index beforehand, on a standby too, for those who may read the table.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my $primary = new_node('primary', init => { allows_streaming => 1 }, conf => "shared_buffers = 1MB\n");
$primary->safe_psql('postgres', q{
	CREATE TABLE t (id int PRIMARY KEY, v vector(64));
	INSERT INTO t SELECT i, vexpg_test_vector(i, 64) FROM generate_series(1, 8000) i;
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops);
	CREATE INDEX t_refined_idx ON t USING hnsw (v vector_ip_ops) WITH (bits = 4, refine = 4);
	CREATE ROLE stranger LOGIN;
	CREATE ROLE reader LOGIN;
	GRANT SELECT ON t TO reader});
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay');

sub answers
{
	my ($node, $settings, $operator) = @_;
	return $node->safe_psql('postgres', "$settings; SET vexpg.ef_search = 8000;" . join(';', map {
		"SELECT string_agg(id::text, ' ' ORDER BY d) FROM (SELECT id, v $operator vexpg_test_vector($_, 64) AS d
			FROM t ORDER BY v $operator vexpg_test_vector($_, 64) LIMIT 12) s" } 9001 .. 9006));
}

sub prefetches
{
	my ($node, $settings) = @_;
	return (split /\n/, $node->safe_psql('postgres', "SET enable_seqscan = off; $settings;
		SELECT id FROM t ORDER BY v <-> vexpg_test_vector(9007, 64) LIMIT 1; SELECT prefetches FROM vexpg_last_scan()"))[1];
}

# The index does not fit the buffers: each search meets the disk.
for my $operator ('<->', '<#>')
{
	my $exact = answers($primary, 'SET enable_indexscan = off', $operator);
	is(answers($_, 'SET enable_seqscan = off', $operator), $exact, "the answers of $operator on the " . $_->name) for $primary, $standby;
	is(answers($primary, 'SET enable_seqscan = off; SET effective_io_concurrency = 0', $operator), $exact, 'without prefetching');
}
cmp_ok(prefetches($primary, ''), '>', 10, 'a cold search asks for pages ahead');
is(prefetches($primary, 'SET effective_io_concurrency = 0'), 0, 'unless it is told not to');

# Index blocks that were not found in the buffers.
sub blocks_read
{
	my ($node, $query) = @_;
	my $count = q{SELECT coalesce(sum(idx_blks_read), 0) FROM pg_statio_user_indexes WHERE indexrelname = 't_v_idx'};
	my @lines = split /\n/, $node->safe_psql('postgres', "$count; $query; SELECT pg_stat_force_next_flush(); $count");
	return $lines[-1] - $lines[0];
}
my $search = 'SET enable_seqscan = off; SELECT id FROM t ORDER BY v <-> vexpg_test_vector(9008, 64) LIMIT 1';
for my $node ($primary, $standby)
{
	my $name = $node->name;
	$node->append_conf('postgresql.conf', "shared_buffers = 32MB\n");
	$node->restart;
	cmp_ok(blocks_read($node, $search), '>', 20, "a search after a start of the $name reads the disk");
	$node->restart;
	my $pages = $node->safe_psql('postgres', "SELECT pg_relation_size('t_v_idx') / 8192");
	is($node->safe_psql('postgres', "SELECT vexpg_prewarm('t_v_idx', 'prefetch')"), $pages, "prefetching asks for the index on the $name");
	is($node->safe_psql('postgres', "SELECT vexpg_prewarm('t_v_idx')"), $pages, "prewarming reads the index on the $name");
	is(blocks_read($node, $search), 0, "the next search on the $name does not");
	is(prefetches($node, ''), 0, "nor does it ask for pages ahead on the $name");
}
is($primary->safe_psql('postgres', "SELECT vexpg_prewarm('t_v_idx') > 100", extra_params => [ '-U', 'reader' ]), 't', 'a reader may');
my ($status, $stdout, $stderr) = $primary->psql('postgres', "SELECT vexpg_prewarm('t_v_idx')", extra_params => [ '-U', 'stranger' ]);
like($stderr, qr/permission denied for index "t_v_idx"/, 'a stranger may not');
($status, $stdout, $stderr) = $primary->psql('postgres', "SELECT vexpg_prewarm('t_pkey')");
like($stderr, qr/not an hnsw index of vexpg/, 'other indexes are for pg_prewarm');

perfect($primary, $_, 'at the end') for 't_v_idx', 't_refined_idx';
sound($standby, $_, 'on the standby') for 't_v_idx', 't_refined_idx';
calm($_, 'of ' . $_->name) for $primary, $standby;
done_testing();
