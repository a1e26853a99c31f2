# SPDX-License-Identifier: PostgreSQL
# A damaged index file never crashes a backend nor sends it into an endless loop: each statement answers or raises
# index_corrupted (XX002), or the server's own data_corrupted (XX001) where it rejects the page before we see it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use File::Copy qw(copy);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

seed();
# From 18 on checksums are the default, and would catch everything before we see it.
my @extra = PostgreSQL::Test::Cluster->new('probe')->pg_version >= 18 ? ('--no-data-checksums') : ();
my $node = new_node('damage', init => { extra => \@extra });
$node->safe_psql('postgres', q{
	CREATE TABLE t (id int PRIMARY KEY, v vector(16), a int, b bool);
	INSERT INTO t SELECT i, vexpg_test_vector(CASE WHEN i % 10 = 0 THEN 5 ELSE i END, 16), i % 50, i % 3 = 0
		FROM generate_series(1, 2000) i;
	CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops, a, b)});
my $file = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t_v_idx')");
my $block_bytes = 8192;
$node->stop;
copy($file, "$file.saved") or die "copy: $!";
my $blocks = (-s $file) / $block_bytes;
note("$blocks blocks");

# change(BLOCK, OFFSET, BYTES) in the file on disk.
sub change
{
	my ($block, $offset, $bytes) = @_;
	open(my $handle, '+<:raw', $file) or die "open: $!";
	seek($handle, $block * $block_bytes + $offset, 0);
	print $handle $bytes;
	close($handle);
}
sub random_bytes { return join('', map { chr(int(rand(256))) } 1 .. $_[0]); }

# Beyond the server's own page header, which it verifies itself.
my $header_bytes = 24;
my @damages = (
	[ 'meta page zeroed', sub { change(0, 0, "\0" x $block_bytes) } ],
	[ 'meta page overwritten', sub { change(0, $header_bytes, random_bytes($block_bytes - $header_bytes)) } ],
	[ 'file empty', sub { truncate($file, 0) } ],
	[ 'file cut to the meta page', sub { truncate($file, $block_bytes) } ],
	[ 'file cut in half', sub { truncate($file, int($blocks / 2) * $block_bytes) } ],
	[ 'last page gone', sub { truncate($file, ($blocks - 1) * $block_bytes) } ],
	[ 'a page in another place', sub {
		open(my $handle, '<:raw', "$file.saved") or die;
		seek($handle, (1 + int(rand($blocks - 1))) * $block_bytes, 0);
		read($handle, my $page, $block_bytes);
		change(1 + int(rand($blocks - 1)), 0, $page); } ],
	[ 'one byte of the meta page', sub { change(0, $header_bytes + int(rand(200)), random_bytes(1)) } ]);
for my $n (1 .. long_or(4, 100))
{
	my $block = 1 + int(rand($blocks - 1));
	push @damages,
		[ "block $block zeroed", sub { change($block, 0, "\0" x $block_bytes) } ],
		[ "block $block overwritten", sub { change($block, $header_bytes, random_bytes($block_bytes - $header_bytes)) } ],
		[ "block $block with 20 wrong bytes",
			sub { change($block, $header_bytes + int(rand($block_bytes - $header_bytes)), random_bytes(1)) for 1 .. 20 } ];
}

my %statements = (
	search => 'SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> vexpg_test_vector(3, 16) LIMIT 500) s',
	filter => 'SELECT count(*) FROM (SELECT id FROM t WHERE a = 3 ORDER BY v <-> vexpg_test_vector(3, 16) LIMIT 20) s',
	check => "SELECT count(*) FROM vexpg_index_check('t_v_idx')",
	insert => 'INSERT INTO t SELECT i, vexpg_test_vector(i, 16), 1, true FROM generate_series(10001, 10050) i',
	vacuum => 'VACUUM t');

for my $damage (@damages)
{
	my ($name, $action) = @$damage;
	copy("$file.saved", $file) or die "copy: $!";
	$action->();
	$node->start;
	my @wrong;
	$node->safe_psql('postgres', 'DELETE FROM t WHERE id > 10000 OR id % 100 = 7');
	for my $kind (qw(search filter check insert vacuum search check))
	{
		my ($out, $err);
		$node->psql('postgres', "\\set VERBOSITY sqlstate\nSET enable_seqscan = off; SET enable_sort = off;\n"
			  . "SET statement_timeout = '20s';\n$statements{$kind};\n", stdout => \$out, stderr => \$err);
		push @wrong, "$kind: $err" if $err =~ /\S/ && $err !~ /ERROR:  XX00[12]/;
	}
	is(join("\n", @wrong), '', "$name: an answer or a clear error");
	is($node->safe_psql('postgres', 'SELECT 1'), '1', "$name: the server lives");
	$node->stop;
}

# REINDEX is the way out, and needs nothing of the damaged file.
copy("$file.saved", $file) or die "copy: $!";
change(0, 0, random_bytes($block_bytes));
$node->start;
$node->safe_psql('postgres', 'REINDEX INDEX t_v_idx');
perfect($node, 't_v_idx', 'after REINDEX');
complete($node, 't', 'after REINDEX');
calm($node, 'after all damages');
done_testing();
