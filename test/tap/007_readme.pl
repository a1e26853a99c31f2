# SPDX-License-Identifier: PostgreSQL
# The documentation does what it says: every ```sql block of README.md and docs/reference.md runs, in order, in a fresh
# database; where a ```text block follows, it is the answer, else no statement fails. The README's commands exist and its
# install commands install. Links, and the files and functions that CONTRIBUTING.md names, exist.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my $project = "$FindBin::RealBin/../..";

# What matters of an output: not the blanks at the ends of lines, and no empty lines.
sub trimmed
{
	return join("\n", grep { $_ ne '' } map { s/\s+$//r } split(/\n/, shift));
}

# The blocks of a document: [line, statements, expected answer or undef].
sub sql_blocks
{
	my ($text) = @_;
	my @blocks;
	while ($text =~ /^```sql\n(.*?)^```\n(?:\n?```text\n(.*?)^```\n)?/gms)
	{
		my ($sql, $answer, $line) = ($1, $2, 1 + (substr($text, 0, $-[0]) =~ tr/\n//));
		push @blocks, [ $line, $sql, $answer ];
	}
	return @blocks;
}

# Runs the blocks in one session of a new database. Both streams get a mark after each block.
sub run_document
{
	my ($node, $path, $database) = @_;
	my @blocks = sql_blocks(slurp_file("$project/$path"));
	my $script = '';
	$script .= "$blocks[$_][1]\\echo \@\@$_\@\@\n\\warn \@\@$_\@\@\n" for 0 .. $#blocks;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	my ($out, $err);
	IPC::Run::run([ 'psql', '-XqAt', '-P', 'format=aligned', '-P', 'tuples_only=off', '-d', $node->connstr($database) ],
		'<', \$script, '>', \$out, '2>', \$err);
	my @out = split(/@@\d+@@\n/, $out, -1);
	my @err = split(/@@\d+@@\n/, $err, -1);
	is(scalar(@out), @blocks + 1, "$path: psql reached the end");
	for my $i (0 .. $#blocks)
	{
		my ($line, undef, $answer) = @{ $blocks[$i] };
		my ($printed, $complaints) = ($out[$i] // '', $err[$i] // '');
		if (defined $answer) { is(trimmed($printed . $complaints), trimmed($answer), "$path line $line: the answer"); }
		else { is(trimmed($complaints), '', "$path line $line: no complaint"); }
	}
	return scalar(@blocks);
}

# The lines of the shell blocks of the README, without comments.
sub shell_lines
{
	my $text = slurp_file("$project/README.md");
	my @lines;
	push @lines, grep { $_ ne '' } map { s/\s*#.*//r } split(/\n/, $1) while $text =~ /^```sh\n(.*?)^```\n/gms;
	return @lines;
}

# `make demo` and `make check` are run by nobody in here: that their scripts are there and are sound shell is. Packages
# are those that CI installs. What builds and installs is run, into a folder of its own.
sub check_command
{
	my ($line) = @_;
	if ($line =~ /^make (demo|check)$/)
	{
		my $script = "ci/$1.sh";
		like(`make -s -n -C $project $1`, qr/\Q$script\E/, "`$line` runs $script");
		is(system('bash', '-n', "$project/$script"), 0, "$script is sound");
	}
	elsif ($line =~ /^sudo apt-get install -y (.*)$/)
	{
		my $known = slurp_file("$project/ci/check.sh") . slurp_file("$project/ci/demo.sh");
		like($known, qr/(?<![\w-])\Q$_\E(?![\w-])/, "CI installs $_ too") for split(/ /, $1);
	}
	elsif ($line =~ /^(?:sudo )?make( install)?$/)
	{
		my $folder = PostgreSQL::Test::Utils::tempdir();
		my $target = $1 // '';
		is(system("make -s -C $project$target DESTDIR=$folder > $folder/make.log 2>&1"), 0, "`$line`")
			or diag(slurp_file("$folder/make.log"));
		return if $target eq '';
		my $files = `cd $folder && find . -type f -name 'vexpg*'`;
		like($files, qr{/\Q$_\E$}m, "`$line` installs $_") for qw(vexpg.so vexpg.control vexpg--1.0.sql);
	}
	else { fail("no test knows what `$line` should do"); }
}

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
cmp_ok(run_document($node, 'README.md', 'readme'), '>', 5, 'README.md has examples');
cmp_ok(run_document($node, 'docs/reference.md', 'reference'), '>', 8, 'docs/reference.md has examples');
check_command($_) for shell_lines();

# Every link within the project leads somewhere, but for what the benchmarks write.
for my $document (qw(README.md CONTRIBUTING.md CHANGELOG.md docs/reference.md docs/filtering.md bench/README.md test/README.md))
{
	my $folder = "$project/$document" =~ s{[^/]*$}{}r;
	my $text = slurp_file("$project/$document");
	my @links = grep { !/^(https?:|#)/ } $text =~ /\]\(([^)]+)\)/g;
	my @dead = grep { !-e "$folder$_" && !m{benchmarks\.md$} } map { s/#.*//r } @links;
	is("@dead", '', "$document has no dead link");
}

# What the recipes name: files, and functions of the sources.
my $recipes = slurp_file("$project/CONTRIBUTING.md");
my @files = grep { !/NAME|\s/ } $recipes =~ m{`([\w.-]+/[\w./-]+|[\w-]+\.\d\.sql)`}g;
is(join(' ', grep { !-e "$project/$_" } @files), '', 'the files that CONTRIBUTING.md names exist');
cmp_ok(scalar(@files), '>', 40, 'it names some');
my @names = $recipes =~ m{`(?:enum class |struct )?(\w{5,})(?:\(\))?`}g;
my @sources = map { "$project/$_" } qw(src test/check Makefile vexpg--1.0.sql);
is(join(' ', grep { system('grep', '-rqwF', '--include=*.[chis]*', '--include=Makefile', $_, @sources) != 0 } @names),
	'', 'the names in CONTRIBUTING.md are in the sources');
calm($node, 'after all');
done_testing();
