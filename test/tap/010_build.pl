# SPDX-License-Identifier: PostgreSQL
# CREATE INDEX: with parallel workers it finds what one process finds; one process builds the same bytes each time; whatever
# ends it early leaves nothing behind.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my $node = new_node('build', conf => q{
min_parallel_table_scan_size = 0
max_parallel_maintenance_workers = 2
max_worker_processes = 8
maintenance_work_mem = 128MB
});
# Every third vector is one of 200: chains. Some are NULL.
$node->safe_psql('postgres', q{
	CREATE TABLE t (id serial PRIMARY KEY, v vector(24), a int, b text);
	INSERT INTO t (v, a, b)
		SELECT CASE WHEN i % 50 = 0 THEN NULL ELSE vexpg_test_vector(CASE WHEN i % 3 = 0 THEN i % 200 ELSE i END, 24) END,
		       i % 100, 'text ' || i % 7
		FROM generate_series(1, 6000) i});

# Runs a statement that builds an index; returns how many processes took part, by the server's word.
sub built_by
{
	my ($statement, $settings) = @_;
	my ($out, $err);
	$settings //= '';
	is($node->psql('postgres', "SET client_min_messages = debug1; $settings $statement", stdout => \$out, stderr => \$err), 0,
		$statement) or diag($err);
	return $err =~ /was built by (\d+) processes/ ? $1 : 1;
}

# The index without what may differ: LSN and checksum of each page, the build's own id.
sub content
{
	my ($index) = @_;
	$node->safe_psql('postgres', 'CHECKPOINT');
	my $path = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('$index')");
	my $bytes = slurp_file($path);
	substr($bytes, $_ * 8192, 10) = "\0" x 10 for 0 .. length($bytes) / 8192 - 1;
	substr($bytes, 24 + 8, 8) = "\0" x 8;
	return $bytes;
}

my $alone = 'SET max_parallel_maintenance_workers = 0;';
is(built_by('CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a)', $alone), 1, 'one process if no worker is allowed');
my $first = content('t_v_idx');
perfect($node, 't_v_idx', 'built by one process');
is(built_by('REINDEX INDEX t_v_idx', $alone), 1, 'a second time');
ok($first eq content('t_v_idx'), 'one process builds the same bytes again');

cmp_ok(built_by('REINDEX INDEX t_v_idx'), '>', 1, 'workers help');
perfect($node, 't_v_idx', 'built in parallel');
complete($node, 't', 'built in parallel');
$node->safe_psql('postgres', 'ALTER TABLE t SET (parallel_workers = 0)');
is(built_by('REINDEX INDEX t_v_idx'), 1, 'parallel_workers = 0 of the table is obeyed');
$node->safe_psql('postgres', 'ALTER TABLE t SET (parallel_workers = 1)');
is(built_by('REINDEX INDEX t_v_idx'), 2, 'parallel_workers = 1 of the table is obeyed');
$node->safe_psql('postgres', 'ALTER TABLE t RESET (parallel_workers)');
is(built_by('REINDEX INDEX t_v_idx', "SET min_parallel_table_scan_size = '1GB';"), 1, 'a small table needs no worker');

# Kinds of builds.
cmp_ok(built_by('CREATE INDEX CONCURRENTLY t_c_idx ON t USING hnsw (v vector_cosine_ops)'), '>', 1, 'concurrently');
cmp_ok(built_by('REINDEX INDEX CONCURRENTLY t_c_idx'), '>', 1, 'again concurrently');
perfect($node, 't_c_idx', 'built concurrently');
cmp_ok(built_by(q{CREATE INDEX t_p_idx ON t USING hnsw (v vector_ip_ops) WHERE a < 40}), '>', 1, 'partial');
perfect($node, 't_p_idx', 'which is partial');
cmp_ok(built_by(q{CREATE INDEX t_e_idx ON t USING hnsw ((v::halfvec(24)) halfvec_l2_ops, (a * 2))}), '>', 1, 'expressions');
perfect($node, 't_e_idx', 'of expressions');
$node->safe_psql('postgres', q{
	CREATE FUNCTION twice(int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS
		'BEGIN RETURN 2 * $1; END';
	CREATE UNLOGGED TABLE u AS SELECT * FROM t;
	CREATE TABLE p (id int, v vector(24)) PARTITION BY RANGE (id);
	CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (3000);
	CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (3000) TO (9000);
	INSERT INTO p SELECT id, v FROM t;
	CREATE TABLE equal AS SELECT id, vexpg_test_vector(1, 24) AS v FROM t;
	CREATE TABLE none (id int, v vector(24));
	CREATE TABLE toasted (id int, v vector(24)); ALTER TABLE toasted ALTER v SET STORAGE EXTERNAL;
	ALTER TABLE toasted SET (toast_tuple_target = 128); INSERT INTO toasted SELECT id, v FROM t});
is(built_by('CREATE INDEX t_u_idx ON t USING hnsw (v vector_l2_ops, (twice(a)))'), 1, 'what is not parallel safe is not shared');
for my $case ([ 'u', 1 ], [ 'p', 1 ], [ 'equal', 1 ], [ 'none', 0 ], [ 'toasted', 1 ])
{
	my ($table, $parallel) = @$case;
	my $dim = $table eq 'equal' ? '((v::vector(24)) vector_l2_ops)' : '(v vector_l2_ops)';
	my $processes = built_by("CREATE INDEX ${table}_v_idx ON $table USING hnsw $dim");
	ok($parallel ? $processes > 1 : $processes == 1, "workers for table $table");
	perfect($node, $_, 'built in parallel') for $table eq 'p' ? ('p1_v_idx', 'p2_v_idx') : "${table}_v_idx";
}
is($node->safe_psql('postgres', q{
	CREATE TEMP TABLE x AS SELECT id, v FROM t; CREATE INDEX x_v_idx ON x USING hnsw (v vector_l2_ops);
	SELECT count(*) FROM vexpg_index_check('x_v_idx')}), '0', 'temporary table');

# An index that is larger than maintenance_work_mem.
my ($out, $err);
for my $workers (0, 2)
{
	$node->psql('postgres', "SET maintenance_work_mem = '1MB'; SET max_parallel_maintenance_workers = $workers;
		ALTER TABLE t SET (parallel_workers = $workers); REINDEX INDEX t_v_idx", stdout => \$out, stderr => \$err);
	like($err, qr/NOTICE:.*maintenance_work_mem/, "a notice says that memory is short, with $workers workers");
	perfect($node, 't_v_idx', 'built with little memory');
	complete($node, 't', 'built with little memory');
	# Parts that were joined badly would lose what lies beyond their borders.
	my $found = $node->safe_psql('postgres', q{
		SET enable_seqscan = off; SET vexpg.ef_search = 40;
		SELECT sum((SELECT count(*) FROM (SELECT v <-> q.v AS d FROM t ORDER BY 1 LIMIT 10) s WHERE d <= q.tenth))
		FROM (SELECT v, (SELECT max(d) FROM (SELECT t.v <-> p.v AS d FROM t ORDER BY 1 LIMIT 10 OFFSET 0) e) AS tenth
		      FROM (SELECT vexpg_test_vector(100000 + i, 24) AS v FROM generate_series(1, 50) i) p) q});
	cmp_ok($found, '>=', 450, "$found of 500 neighbours found");
}
$node->safe_psql('postgres', 'ALTER TABLE t RESET (parallel_workers)');

# The same for codes that are not of floats.
$node->safe_psql('postgres', q{
	CREATE TABLE c (id int, b bit(640), s sparsevec(1000));
	INSERT INTO c SELECT i, (SELECT string_agg(hashint4(i * 20 + k)::bit(32)::text, '') FROM generate_series(1, 20) k)::bit(640),
		format('{%s:1,%s:2,%s:%s}/1000', 1 + i % 300, 301 + i % 299, 700 + i % 150, i)::sparsevec
	FROM generate_series(1, 3000) i});
for my $column ('b bit_hamming_ops', 's sparsevec_l2_ops')
{
	$node->psql('postgres', "SET maintenance_work_mem = '1MB'; CREATE INDEX c_idx ON c USING hnsw ($column)",
		stdout => \$out, stderr => \$err);
	like($err, qr/NOTICE:.*maintenance_work_mem/, "memory is short for $column");
	perfect($node, 'c_idx', "on $column, built with little memory");
	$node->safe_psql('postgres', 'DROP INDEX c_idx');
}

# The estimate of size and memory holds.
for my $case ([ 'v vector_l2_ops', 24, '' ], [ 'v vector_l2_ops, a', 24, 'WITH (m = 8, bits = 4, ef_construction = 100)' ])
{
	my ($columns, $dim, $with) = @$case;
	my $arguments = $with ? '8, 100, 4, -1, 1' : '16, 64';
	$node->safe_psql('postgres', "CREATE TABLE s AS SELECT id, vexpg_test_vector(id, $dim) AS v, a FROM t;
		ALTER TABLE s ALTER v TYPE vector($dim)");
	my ($size, $build) = split(/\|/, $node->safe_psql('postgres',
		"SELECT index_bytes, build_bytes FROM vexpg_index_size_estimate((SELECT count(*) FROM s), $dim, $arguments)"));
	my $kb = int($build / 1024) + 1;
	$node->psql('postgres', "SET maintenance_work_mem = '${kb}kB'; CREATE INDEX s_idx ON s USING hnsw ($columns) $with",
		stdout => \$out, stderr => \$err);
	is($err, '', "$kb kB are enough to build it as a whole");
	my $real = $node->safe_psql('postgres', "SELECT pg_relation_size('s_idx')");
	$kb = int($kb * 0.9);
	$node->psql('postgres', "SET maintenance_work_mem = '${kb}kB'; REINDEX INDEX s_idx", stdout => \$out, stderr => \$err);
	like($err, qr/maintenance_work_mem/, "$kb kB are not");
	cmp_ok(abs($size - $real) / $real, '<', 0.03, "estimated $size bytes, $real in truth");
	$node->safe_psql('postgres', 'DROP TABLE s');
}

# The memory of a build: that of a whole one is at most 1.3 times the index, that of one in parts maintenance_work_mem;
# beside it, the matrix of a join and the like. VmPeak counts what was ever allocated, shared buffers before and after.
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM (VALUES (512), (768), (784), (1024), (1536), (2000)) d (dim), (VALUES (60000), (1000000)) r (rows),
		LATERAL vexpg_index_size_estimate(rows, dim) WHERE build_bytes > 1.2 * index_bytes}), '0', 'estimates of builds are small');
$node->safe_psql('postgres', q{
	CREATE TABLE s (v vector(512));
	INSERT INTO s SELECT a.v + b.v FROM (SELECT vexpg_test_vector(i, 512) AS v FROM generate_series(1, 128) i) a,
		(SELECT vexpg_test_vector(i, 512) AS v FROM generate_series(1001, 1125) i) b});
sub allocated
{
	my ($memory, $key) = @_;
	my $peak = q{SELECT substring(pg_read_file('/proc/self/status') FROM 'VmPeak:\s+(\d+)');};
	my $out = $node->safe_psql('postgres', "SET max_parallel_maintenance_workers = 0; SET maintenance_work_mem = '$memory';
		DROP INDEX IF EXISTS s_idx; SELECT count(v <-> v) FROM s; $peak
		CREATE INDEX s_idx ON s USING hnsw $key; $peak");
	my (undef, $before, $after) = split(/\n/, $out);
	return 1024 * ($after - $before);
}
SKIP:
{
	skip 'no /proc', 5 unless -e '/proc/self/status';
	my $scratch = 8 * 1024 * 1024;
	my $whole = allocated('128MB', '(v vector_l2_ops)');
	my $real = $node->safe_psql('postgres', "SELECT pg_relation_size('s_idx')");
	cmp_ok($whole - $scratch, '<', 1.2 * $real, "$whole bytes allocated for an index of $real");
	my $in_parts = allocated('4MB', '(v vector_l2_ops)') - 2 * 1024 * 1024;  # its files have buffers
	cmp_ok($in_parts - $scratch, '<', 4 * 1024 * 1024, "$in_parts bytes for one in parts of 4 MB");
	perfect($node, 's_idx', 'built in parts of 4 MB');
	# Of few dimensions and many candidates a whole build takes several times the index: only where it is allowed to.
	my $few = '((subvector(v, 1, 40)::vector(40)) vector_l2_ops) WITH (ef_construction = 250)';
	$whole = allocated('128MB', $few);
	$real = $node->safe_psql('postgres', "SELECT pg_relation_size('s_idx')");
	cmp_ok($whole, '>', 4 * $real, "$whole bytes allocated for an index of $real");
	$in_parts = allocated('6MB', $few) - 2 * 1024 * 1024;
	cmp_ok($in_parts - $scratch, '<', 6 * 1024 * 1024, "$in_parts bytes for one in parts of 6 MB");
}
perfect($node, 's_idx', 'after all of these');
$node->safe_psql('postgres', 'DROP TABLE s');

# From instant to quality under running queries.
$node->safe_psql('postgres', "CREATE TABLE s AS SELECT id, v FROM t WHERE v IS NOT NULL;
	CREATE INDEX s_v_idx ON s USING hnsw ((v::vector(24)) vector_l2_ops) WITH (profile = 'instant')");
my $query = "SELECT count(*) FROM (SELECT id FROM s ORDER BY v::vector(24) <-> vexpg_test_vector(7, 24) LIMIT 10) q;\n";
my ($in, $answers, $complaints) = ("SET enable_seqscan = off;\n" . $query x 400, '', '');
my $queries = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$answers, '2>', \$complaints);
$node->safe_psql('postgres', "ALTER INDEX s_v_idx SET (profile = 'quality')");
$node->safe_psql('postgres', 'REINDEX INDEX CONCURRENTLY s_v_idx');
$queries->finish;
is($complaints, '', 'no query fails while the index is replaced');
is(join(',', grep { $_ ne '10' } split(/\n/, $answers)), '', 'every query gets its ten rows');
is($node->safe_psql('postgres', "SELECT ef_construction FROM vexpg_index_info('s_v_idx')"), '200', 'it is of better quality now');
perfect($node, 's_v_idx', 'replaced');

# Ends at any moment: nothing is left, neither files nor locks nor workers.
sub files
{
	my @files = glob($node->data_dir . '/base/*/*');
	push @files, glob($node->data_dir . '/base/pgsql_tmp/*');
	return scalar(grep { !/pg_internal\.init|fsm$|vm$/ } @files);
}
$node->safe_psql('postgres', 'CHECKPOINT');
my $before = files();
my $cancelled = 0;
for my $round (1 .. long_or(20, 200))
{
	my $timeout = 2 + int(700 * rand() ** 2);
	my $concurrently = $round % 4 == 0 ? 'CONCURRENTLY' : '';
	my $memory = $round % 3 == 0 ? '1MB' : '128MB';
	$node->psql('postgres', "SET maintenance_work_mem = '$memory'; ALTER TABLE t SET (parallel_workers = 2);
		SET statement_timeout = $timeout; CREATE INDEX $concurrently gone ON t USING hnsw (v vector_l2_ops)",
		stdout => \$out, stderr => \$err);
	$cancelled++ if $err =~ /canceling statement/;
	unlike($err, qr/WARNING|PANIC|FATAL/, "round $round: end after $timeout ms");
	$node->safe_psql('postgres', 'DROP INDEX IF EXISTS gone');
}
note("$cancelled builds were cancelled");
cmp_ok($cancelled, '>', 3, 'some builds were cancelled');
$node->safe_psql('postgres', 'CHECKPOINT');
is(files(), $before, 'no file is left');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), '0',
	'no worker is left');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass}), '0', 'no lock is left');

# A disk that is full: here a limit on temporary files, which the rows of the build go to.
$node->psql('postgres', "SET temp_file_limit = '100kB'; REINDEX INDEX t_v_idx", stdout => \$out, stderr => \$err);
like($err, qr/temporary file size exceeds/, 'no room for temporary files: a clear error');
$node->safe_psql('postgres', 'CHECKPOINT');
is(files(), $before, 'which leaves no file');
perfect($node, 't_v_idx', 'as it was before');
calm($node, 'after all');
done_testing();
