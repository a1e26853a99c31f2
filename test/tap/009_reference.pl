# SPDX-License-Identifier: PostgreSQL
# docs/reference.md and the extension are the same: every function, operator, type, cast, operator class, index option,
# setting, column of an inspection function and error message has its row, with what the row says of it, and no row is
# about something else.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use File::Find;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

my $project = "$FindBin::RealBin/../..";
my $text = slurp_file("$project/docs/reference.md");
my $node = new_node('reference');

# The table rows of a section, as lists of cells; the section goes to the next heading of its own or a higher rank.
sub rows_of
{
	my ($heading) = @_;
	my ($marks) = $heading =~ /^(#+)/;
	my ($section) = $text =~ /^\Q$heading\E\n(.*?)(?=^#{1,${\ length $marks}} |\z)/ms or die "no section $heading";
	my @rows;
	while ($section =~ /^\| (.*) \|$/gm)
	{
		push @rows, [ map { s/&#124;/|/gr } split(/ ?\| ?/, $1 =~ s/\\\|/&#124;/gr, -1) ];
	}
	return grep { $_->[0] =~ /`|<code>/ } @rows;
}

sub code { return shift =~ s{`|</?code>}{}gr; }
sub plain { return lc(shift) =~ s/,(?=\d)//gr; }

# Rows with a T, one for each type that their column T lists, as "signature: result".
sub expanded
{
	my @lines;
	for my $row (@_)
	{
		my ($signature, $result, $types) = (code($row->[0]), code($row->[1]), $row->[2]);
		for my $type ($types eq '' ? ('T') : split(/, /, $types))
		{
			push @lines, "$signature: $result" =~ s/(?<![a-zA-Z])T(?![a-zA-Z])/$type/gr;
		}
	}
	return join("\n", sort @lines);
}

sub catalog
{
	my ($query) = @_;
	return join("\n", sort split(/\n/, $node->safe_psql('postgres', $query)));
}

my $member = q{FROM pg_depend AS d JOIN pg_extension AS x ON d.refclassid = 'pg_extension'::regclass
	AND d.refobjid = x.oid AND x.extname = 'vexpg' AND d.deptype = 'e'};

# Types and settings.
is(join("\n", sort map { code($_->[0]) } rows_of('## Types')),
	catalog("SELECT typname $member JOIN pg_type AS t ON d.classid = 'pg_type'::regclass AND d.objid = t.oid
	         WHERE t.typelem = 0 AND t.typtype = 'b' AND t.oid NOT IN (SELECT typarray FROM pg_type)"),
	'the types');
is(join("\n", sort map { join('|', code($_->[0]), plain($_->[1]), plain($_->[2]), $_->[3]) } rows_of('## Settings')),
	catalog(q{LOAD 'vexpg';
		SELECT concat_ws('|', name, boot_val,
			CASE WHEN vartype = 'enum' THEN array_to_string(enumvals, ', ')
			     WHEN vartype = 'string' THEN 'auto, or a name that `vexpg_kernels()` lists'
			     ELSE min_val || ' to ' || max_val END,
			CASE context WHEN 'user' THEN 'any user' ELSE context END)
		FROM pg_settings WHERE name ~ '^(hnsw|ivfflat|vexpg)\.'}),
	'the settings: default, range, who may set them');

# Functions and operators. A function with OUT parameters says so in a section of its own.
is(expanded(grep { $_->[0] =~ /\(/ && @$_ == 4 } rows_of('## Functions'), rows_of('## Aggregates'), rows_of('## Inspection')),
	catalog(qq{SELECT replace(p.oid::regprocedure::text, ',', ', ') || ': ' || pg_get_function_result(p.oid)
		$member JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid}) =~ s/"//gr,
	'the functions and aggregates, and what they return');
is(expanded(rows_of('## Operators')),
	catalog(qq{SELECT format('%s %s %s: %s', oprleft::regtype, oprname, oprright::regtype, oprresult::regtype)
		$member JOIN pg_operator AS o ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid}),
	'the operators');
for my $name (qw(vexpg_index_check(regclass) vexpg_index_info(regclass) vexpg_recall_curve(regclass) vexpg_last_scan() vexpg_kernels()))
{
	is(join("\n", map { code($_->[0]) } rows_of("### `$name`")),
		$node->safe_psql('postgres', "SELECT name FROM pg_proc, unnest(proargnames, proargmodes) AS a (name, mode)
			WHERE oid = '$name'::regprocedure AND mode IN ('o', 't')"),
		"the columns of $name");
}

# Casts and operator classes.
my @casts;
for my $row (rows_of('## Casts'))
{
	for my $from (split(/, /, code($row->[0])))
	{
		push @casts, map { "$from, $_, $row->[2]" } split(/, /, code($row->[1]));
	}
}
is(join("\n", sort @casts),
	catalog(qq{SELECT concat_ws(', ', castsource::regtype, casttarget::regtype,
			CASE castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END)
		$member JOIN pg_cast AS c ON d.classid = 'pg_cast'::regclass AND d.objid = c.oid}),
	'the casts');
is(join("\n", sort map { join(', ', code($_->[0]), @$_[ 1, 2 ]) } rows_of('## Operator classes')),
	catalog(qq{SELECT concat_ws(', ', opcname, amname, opcintype::regtype)
		$member JOIN pg_opclass AS c ON d.classid = 'pg_opclass'::regclass AND d.objid = c.oid
		JOIN pg_am AS a ON a.oid = c.opcmethod}),
	'the operator classes');

# Index options: the default is what an index without options says, the ends of the range are taken, the next are not.
$node->safe_psql('postgres', 'CREATE TABLE t (v vector(300)); CREATE INDEX t_v_idx ON t USING hnsw (v vector_l2_ops)');
for my $row (rows_of('## Index options'))
{
	my ($option, $default, $values) = (code($row->[0]), code($row->[1]), code($row->[2]));
	if ($values =~ /[a-z]{3}/)
	{
		my @taken = grep { $node->psql('postgres', "ALTER INDEX t_v_idx SET ($option = $_)") == 0 } (split(/, /, $values), 'none');
		is(join(', ', @taken), $values, "$option takes $values");
		$node->safe_psql('postgres', "ALTER INDEX t_v_idx RESET ($option)");
		my $name = 'k' . ucfirst($default);
		like(slurp_file("$project/src/am/options.cpp"), qr/add_enum_reloption\(kind, "$option",[^;]*::$name\)/,
			"$option is $default by default");
		next;
	}
	my @listed = $values =~ /^(\d+) to (\d+)$/ ? ($1, $2) : split(/, /, $values);
	my ($low, $high) = sort { $a <=> $b } @listed;
	my %taken = map { $_ => $node->psql('postgres', "ALTER INDEX t_v_idx SET ($option = $_)") == 0 }
		($default, @listed, $low - 1, ($values =~ / to / ? $high : $listed[-1]) + 1);
	is(join(' ', grep { $taken{$_} } sort { $a <=> $b } keys %taken),
		join(' ', sort { $a <=> $b } keys %{ { map { $_ => 1 } $default, @listed } }), "$option takes $values");
	$node->safe_psql('postgres', "ALTER INDEX t_v_idx RESET ($option)");
	my $source = slurp_file("$project/src/am/options.cpp") . slurp_file("$project/src/storage/layout.hpp");
	my $constant = 'kDefault' . join('', map { ucfirst } split(/_/, $option));
	ok($source =~ /\b$constant = $default\b|"$option",.{0,150}?by dimension", $default,/s, "$option is $default by default");
}

# Every message that a user can get. Varying parts are … in the reference and % in the sources.
my %documented = map { $_ => 1 } map { /`([^`]+)`/g } map { $_->[1] } map { [ split(/ \| /, $_) ] } $text =~ /^\| (\w{5} \| `.*) \|$/gm;
my %raised;
find({ no_chdir => 1, wanted => sub {
	return unless /\.(cpp|hpp)$/ && !/validate\.cpp$/;
	my $source = slurp_file($_);
	$source =~ s/"\s*\n\s*"//g;
	my @messages = $source =~ /ereport\(\s*ERROR,.*?errmsg\(\s*"((?:[^"\\]|\\.)*)"/gs;
	push @messages, $source =~ /return "(%s (?:must|cannot|index|indices)[^"]*|[^"]* in %s|[^"]* of %s [^"]*)";/g if /checks\.cpp$/;
	$raised{ s/\\"/"/gr =~ s/%(\d*d|u|s|ld|lld)/…/gr } = 1 for @messages;
} }, "$project/src");
cmp_ok(scalar(keys %raised), '>', 30, 'the sources raise errors');
is(join("\n", sort grep { !$documented{$_} } keys %raised), '', 'every error message has its row');
$raised{$_} = 1 for ('value out of range: overflow', 'value out of range: underflow');
is(join("\n", sort grep { !$raised{$_} } keys %documented), '', 'every row of the error table is raised somewhere');

calm($node, 'after all');
done_testing();
