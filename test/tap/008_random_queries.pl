# SPDX-License-Identifier: PostgreSQL
# Random tables, random statements between, random queries: what the index answers is what a sequential scan answers.
# With a list of candidates that covers the table the distances must be equal one by one; with a short list each row must
# pass the filter, come once and in order, and a LIMIT must be filled. Rows may be unreachable between two vacuums, if
# the checker says so: such queries are asked again after a vacuum.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Vexpg;

seed();
# Under this locale strings do not order by bytes for the index, which keeps them by hashes; those COLLATE "C" by prefixes.
my $node = new_node('random_queries', conf => "jit = off\n",
	init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
my $seconds = $ENV{VEXPG_RANDOM_SECONDS} // long_or(50, 1200);
my %radius = (l2 => 3, ip => -0.5, cosine => 0.3, l1 => 6, hamming => 3, jaccard => 0.5);
my %operators =
  (l2 => '<->', ip => '<#>', cosine => '<=>', l1 => '<+>', hamming => '<~>', jaccard => '<%>');

$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/random_queries.sql"));

sub pick { return $_[ int(rand(@_)) ]; }
sub chance { return rand() < $_[0]; }
sub upto { return int(rand($_[0] + 1)); }

sub gauss { return sqrt(-2 * log(1 - rand())) * cos(6.283185307 * rand()); }

# Shapes of data that have broken vector indexes: ties, few distinct values, far from the origin, huge, tiny, sparse, one
# long vector among short ones.
my %component = (
	grid => sub { return upto(4) - 2 },
	gaussian => sub { return gauss() },
	far => sub { return 1000 + 0.01 * gauss() },
	huge => sub { return 1e15 * gauss() },
	tiny => sub { return 1e-15 * gauss() },
	sparse => sub { return chance(0.9) ? 0 : gauss() },
	steps => sub { return 2**(upto(8) - 4) },
	constant => sub { return 1 },
);

# A value of the world's type from numbers: as they are, rounded, spread over many dimensions, or their signs.
sub text_of
{
	my ($world, @numbers) = @_;
	my $type = $world->{type};
	return join('', map { $_ > 0 ? 1 : 0 } @numbers) if $type eq 'bit';
	@numbers = map { my $n = sprintf('%.0f', $_); $n > 127 ? 127 : $n < -128 ? -128 : $n } @numbers if $type eq 'int8vec';
	return '[' . join(',', @numbers) . ']' if $type ne 'sparsevec';
	my $step = int($world->{columns} / $world->{dim});
	return '{' . join(',', map { (1 + $step * $_) . ':' . $numbers[$_] } grep { $numbers[$_] != 0 } 0 .. $#numbers)
	  . "}/$world->{columns}";
}

sub vector_text
{
	my ($world) = @_;
	my $of = $component{ $world->{data} };
	my $scale = $world->{outliers} && chance(0.02) ? 50 : 1;
	return text_of($world, map { sprintf('%.5g', $scale * $of->()) } 1 .. $world->{dim});
}

sub zero_text
{
	my ($world) = @_;
	return text_of($world, (0) x $world->{dim});
}

# Filter columns: the type, and what its declaration adds.
my @attribute_types = ((map { [ $_, '' ] } qw(int2 int4 int8 bool date timestamp timestamptz float4 float8 uuid numeric text mood)),
	[ 'text', ' COLLATE "C"' ], [ 'varchar', ' COLLATE "C"' ], [ 'bpchar', '' ], [ 'name', '' ],
	map { [ $_, '' ] } qw(int4[] text[] int8[] uuid[]));
my @words = ('', qw(a b ab abcde abcdef abcdefg abcdefgh abcdefghi abcdezzz Z tenant-1 tenant-2), 'a b', "z~");
my @numbers = (0, '0.00', 0.1, '0.1000000000000000055', '1e30', '-1e-30', "'NaN'", "'Infinity'", 12.5);

sub element_text
{
	my ($type) = @_;
	return 'NULL' if chance(0.1);
	return chance(0.5) ? 'md5(' . "'" . upto(20) . "')::uuid" : sprintf("'00000000-0000-0000-0000-%012d'::uuid", upto(9))
	  if $type eq 'uuid';
	return "'" . pick(@words) . "'::text" if $type eq 'text';
	return upto(30) . "::$type";
}

sub attribute_text
{
	my ($type) = @_;
	return 'NULL' if chance(0.1);
	return 'ARRAY[' . join(', ', map { element_text($1) } 1 .. upto(chance(0.1) ? 30 : 3)) . "]::$type" if $type =~ /(.*)\[\]/;
	return "'" . pick(@words) . "'::$type" if $type =~ /^(text|varchar|bpchar|name)$/;
	return "'" . pick(qw(sad ok fine happy)) . "'::mood" if $type eq 'mood';
	return pick(@numbers) . '::numeric' if $type eq 'numeric';
	return element_text($type) if $type eq 'uuid';
	return pick('true', 'false') if $type eq 'bool';
	return "'2024-01-01'::date + " . upto(20) if $type eq 'date';
	return "'2024-01-01 12:00'::$type + interval '1 hour' * " . upto(40) if $type =~ /timestamp/;
	return pick(0.5, -0.25, 1e10, "'NaN'", "'-Infinity'", "'Infinity'", upto(10)) . "::$type" if $type =~ /float/;
	return '(' . (upto(12) - 3) . ")::$type";
}

# A constant to compare with: of the column's type, or of another type of the same family.
sub constant
{
	my ($type) = @_;
	my %family = (int2 => ['int2', 'int4', 'int8'], int4 => ['int2', 'int4', 'int8'], int8 => ['int2', 'int4', 'int8'],
		float4 => ['float4', 'float8'], float8 => ['float4', 'float8'], date => ['date', 'timestamp'], timestamp => ['date', 'timestamp'],
		text => ['text', 'varchar', 'name'], varchar => ['text', 'varchar'], name => ['text', 'name']);
	my $other = $family{$type} ? pick(@{ $family{$type} }) : $type;
	my $text = 'NULL';
	$text = attribute_text($other) while $text eq 'NULL';
	return chance(0.03) ? "NULL::$other" : $text;
}

sub condition
{
	my ($world) = @_;
	my ($name, $type) = @{ pick(@{ $world->{attributes} }, [ 'x', 'int4' ]) };
	my $kind = upto(9);
	return "$name " . pick('&&', '&&', '@>', '@>', '<@', '=') . ' ' . constant($type) if $type =~ /\[\]/ && $kind > 1;
	return pick($name, "NOT $name", "$name IS TRUE", "$name = true") if $type eq 'bool' && $kind < 4;
	return "$name IS NULL" if $kind == 0;
	return "$name IS NOT NULL" if $kind == 1;
	return "$name BETWEEN " . constant($type) . ' AND ' . constant($type) if $kind == 2;
	return "$name IN (" . join(', ', map { constant($type) } 0 .. upto(4)) . ')' if $kind == 3;
	return "$name = ANY (ARRAY[" . join(', ', map { attribute_text($type) } 0 .. upto(4)) . "]::${type}[])" if $kind == 4;
	return "$name " . pick('<', '<=', '>', '>=') . ' ' . constant($type) if $kind < 7;
	return "($name = " . constant($type) . " OR x % 3 = 1)" if $kind == 7;
	return "$name <> " . constant($type) if $kind == 8;
	return "$name = " . constant($type);
}

sub conditions
{
	my ($world) = @_;
	my $count = pick(0, 0, 0, 1, 1, 2, 3);
	return map { condition($world) } 1 .. $count;
}

sub values_text
{
	my ($world, $id) = @_;
	my $vector = 'NULL';
	if (!chance($world->{nulls}))
	{
		push @{ $world->{pool} }, vector_text($world) if !@{ $world->{pool} } || !chance($world->{duplicates});
		$vector = "'" . pick(@{ $world->{pool} }) . "'";
		$vector = "'" . $world->{pool}[-1] . "'" if chance(0.7);
		$vector = "'" . zero_text($world) . "'" if chance(0.005);
	}
	return "($id, " . upto(9) . ", $vector" . join('', map { ', ' . attribute_text($_->[1]) } @{ $world->{attributes} }) . ')';
}

sub insert
{
	my ($world, $count) = @_;
	return '' if $count == 0;
	return 'INSERT INTO t VALUES ' . join(",\n", map { values_text($world, ++$world->{last_id}) } 1 .. $count) . ";\n";
}

# A table and its index, before or after the first rows came.
sub new_world
{
	my $world = {
		dim => pick(1, 2, 3, 4, 7, 8, 16, 17, 31, 33, 40, 1 + upto(39)),
		rows => pick(0, 1, 2, 5, 50, 300, 1000, upto(3000)),
		type => pick('vector', 'vector', 'halfvec', 'int8vec', 'sparsevec', 'bit'),
		metric => pick('l2', 'ip', 'cosine', 'l1'),
		data => pick(sort keys %component),
		outliers => chance(0.2),
		nulls => pick(0, 0.1, 0.5),
		duplicates => pick(0, 0, 0.3, 0.9, 1),
		partitioned => chance(0.2),
		secured => chance(0.15),
		pool => [],
		last_id => 0,
		copies => 0,
	};
	$world->{data} = 'gaussian' if $world->{type} eq 'halfvec' && $world->{data} =~ /huge|tiny/;
	$world->{metric} = pick('hamming', 'jaccard') if $world->{type} eq 'bit';
	# Above 65,536 dimensions indices are hashed.
	$world->{columns} = $world->{dim} * ($world->{type} eq 'sparsevec' ? pick(1, 1000, 10000, 1000000) : 1);
	my $n = 0;
	$world->{attributes} = [ map { [ 'a' . ++$n, @{ pick(@attribute_types) } ] } 1 .. pick(0, 0, 1, 2, 3, 8) ];
	my @columns = map { $_->[0] } @{ $world->{attributes} };
	splice(@columns, upto(scalar @columns), 0, "v $world->{type}_$world->{metric}_ops");
	my @options = (pick((), 'm = 4, ef_construction = 16', 'm = 2, ef_construction = 8', 'm = 40, ef_construction = 80'),
		$world->{type} =~ /sparse|bit/ ? () : (pick((), 'bits = ' . pick(1, 2, 4, 8)), pick((), 'refine = ' . pick(0, 4, 8))));
	$world->{index} = 'CREATE INDEX t_v_idx ON t USING hnsw (' . join(', ', @columns) . ')'
	  . (@options && chance(0.5) ? ' WITH (' . join(', ', @options) . ')' : '') . ";\n";
	$world->{table} = 'CREATE ' . pick('', '', 'UNLOGGED ') . "TABLE t (id int, x int, v $world->{type}($world->{columns})"
	  . join('', map { ", $_->[0] $_->[1]$_->[2]" } @{ $world->{attributes} }) . ')';
	if ($world->{partitioned})
	{
		$world->{table} =~ s/UNLOGGED //;
		$world->{table} .= ' PARTITION BY HASH (id)';
	}
	$world->{table} .= ";\n" . join('',
		map { "CREATE TABLE t_$_ PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER $_);\n" } $world->{partitioned} ? (0 .. 2) : ());
	$world->{fill} = insert($world, $world->{rows});
	return $world;
}

# The query vector: new, of a row, the zero vector or NULL.
sub query_vector
{
	my ($world) = @_;
	my $kind = rand();
	return "NULL::$world->{type}($world->{columns})" if $kind < 0.02;
	my $text = vector_text($world);
	$text = pick(@{ $world->{pool} }) if $kind < 0.4 && @{ $world->{pool} };
	$text = zero_text($world) if $kind < 0.05;
	return "'$text'::$world->{type}($world->{columns})";
}

# What a query is made of; the rows that no index holds are left out in WHERE, which does not keep the index from use.
sub parts
{
	my ($world) = @_;
	my $norm = $world->{type} eq 'vector' ? 'vector_norm' : 'l2_norm';
	my @where = (conditions($world), 'v IS NOT NULL');
	push @where, "$norm(v) > 0" if $world->{metric} eq 'cosine';
	my $limit = pick(1, 3, 10, 10, 50, 100000);
	return {
		where => 'WHERE ' . join(' AND ', @where),
		limit => "LIMIT $limit" . (chance(0.2) ? ' OFFSET ' . upto(30) : ''),
		operator => $operators{ $world->{metric} },
		vector => query_vector($world),
		filtered => @where > 2,
	};
}

# SELECT statements whose rows are (k, d): identity and distance; and how they are to be compared.
sub query
{
	my ($world, $p) = @_;
	my ($limit, $where, $operator) = @$p{qw(limit where operator)};
	my $q = $p->{vector};
	my $d = "v $operator $q";
	my $list = "id::text AS k, $d AS d";
	my $kind = upto(18);
	my $within = "$d " . pick('<', '<=') . " (SELECT v $operator $q FROM t $where ORDER BY id LIMIT 1 OFFSET " . upto(5) . ")";
	return ("SELECT 'all' AS k, count(*)::float8 AS d FROM t $where", 'rows') if $kind == 16;
	return ("SELECT 'within' AS k, count(*)::float8 AS d FROM t $where AND $within", 'rows') if $kind == 17;
	return ("SELECT $list FROM t $where AND $within", 'set') if $kind == 12;
	return ("SELECT $list FROM t $where AND $within ORDER BY $d $limit", 'distances') if $kind == 13;
	return ("SELECT q.id || '/' || t.id AS k, v $operator q.q AS d FROM (SELECT id AS qid, v AS q FROM t WHERE v IS NOT NULL"
		  . " ORDER BY id LIMIT 5) q(id, q) JOIN t ON v $operator q.q <= $radius{ $world->{metric} } $where", 'set') if $kind == 14;
	my $radius = pick(($radius{ $world->{metric} }) x 4, -1, 0, "'NaN'", "'Infinity'", 'NULL');
	return ("SELECT $list FROM t $where AND v <$operator> sphere($q, $radius)", 'set') if $kind == 15;
	return ("SELECT $list FROM t $where AND $d <= $radius ORDER BY $d $limit", 'distances') if $kind == 18;
	return ("SELECT $list FROM t $where ORDER BY $d, id $limit", 'rows') if $kind == 0;
	return ("SELECT $list FROM t $where ORDER BY $d DESC, id $limit", 'rows') if $kind == 1;
	return ("SELECT $list FROM t $where AND $d < (SELECT avg(v $operator $q) FROM t) ORDER BY $d $limit", 'distances') if $kind == 2;
	return ("SELECT * FROM (SELECT $list, row_number() OVER (ORDER BY $d, id) AS n FROM t $where) s WHERE n <= 7", 'rows')
	  if $kind == 3;
	return ("SELECT q.id || '/' || l.id AS k, l.d FROM (SELECT id, v AS q FROM t WHERE v IS NOT NULL ORDER BY id LIMIT 5) q,"
		  . " LATERAL (SELECT id, v $operator q AS d FROM t $where ORDER BY v $operator q $limit) l", 'distances') if $kind == 4;
	return ("SELECT $list FROM t $where AND EXISTS (SELECT 1 FROM t o WHERE o.id = t.id + 1) ORDER BY $d $limit", 'distances')
	  if $kind == 5;
	return ("SELECT $list FROM t $where AND x IN (SELECT g FROM generate_series(2, 5) g) ORDER BY $d $limit", 'distances')
	  if $kind == 6;
	return ("(SELECT $list FROM t $where ORDER BY $d $limit) UNION ALL (SELECT $list FROM t WHERE id < 0)", 'distances')
	  if $kind == 7;
	return ("SELECT $list FROM t $where ORDER BY v $operator (SELECT $q) $limit", 'distances') if $kind == 8;
	return ("SELECT $list FROM t $where ORDER BY $d $limit FOR UPDATE", 'distances') if $kind == 9;
	return ("SELECT $list FROM t $where ORDER BY $d $limit", 'distances');
}

# A vector with a dimension more.
sub wrong_text
{
	my ($world) = @_;
	return "'{1:1}/" . ($world->{columns} + 1) . "'::sparsevec" if $world->{type} eq 'sparsevec';
	return "'" . text_of({ %$world, dim => $world->{dim} + 1 }, (1) x ($world->{dim} + 1)) . "'::\"$world->{type}\"";
}

# One question of random_queries.sql, mostly one call.
sub question
{
	my ($world) = @_;
	my $p = parts($world);
	my ($query, $how) = query($world, $p);
	my $kind = upto(11);
	my $quoted = "\$q\$$query\$q\$";
	my $changes = $world->{secured} ? 'SELECT 1' : statement($world);
	return "SELECT * FROM ask_cursor($quoted, " . upto(20) . ", \$q\$$changes\$q\$, " . pick(0, 0, upto(60)) . ");\n"
	  if $kind == 0 && $how eq 'distances' && $query !~ /FOR UPDATE/;
	return "DO \$d\$ BEGIN PERFORM hold($quoted, " . upto(20) . "); END \$d\$;\n$changes;\nSELECT * FROM ask_held();\n"
	  if $kind == 1 && $how eq 'distances' && $query !~ /FOR UPDATE/ && $changes !~ /^SELECT/;
	(my $with_parameter = $query) =~ s/\Q$p->{vector}\E/\$1/g;
	return "SELECT * FROM ask_prepared(\$q\$$with_parameter\$q\$, '\"$world->{type}\"', \$q\$$p->{vector}\$q\$);\n"
	  if ($kind == 2 || $kind == 3) && $how eq 'distances' && $with_parameter =~ /\$1/;
	# A radius that is a subquery is not looked at where no row can match, so not every plan would tell.
	(my $wrong = $query) =~ s/\Q$p->{vector}\E/wrong_text($world)/ge;
	return "SELECT * FROM ask_wrong(\$q\$$wrong\$q\$);\n" if $kind == 4 && $how ne 'rows' && $wrong ne $query && $query !~ /avg/;
	my $simple = $how eq 'distances' && $query !~ /LATERAL|OFFSET|UNION|avg|NULL|FOR UPDATE/;
	my $ef = $simple ? pick(10000, 10000, 40, 1, 7) : 10000;
	return "SELECT * FROM ask($quoted, '$how', $ef);\n" if $ef == 10000;
	(my $candidates = $query) =~ s/ORDER BY.*//s;
	return "SELECT * FROM ask($quoted, '$how', $ef, \$q\$$candidates\$q\$);\n";
}

# A change of the table.
sub statement
{
	my ($world) = @_;
	my $kind = upto(6);
	return insert($world, pick(1, 5, 50)) if $kind < 2;
	return 'DELETE FROM t WHERE id % 10 = ' . upto(9) if $kind == 2;
	return 'UPDATE t SET x = x + 1 WHERE id % 7 = ' . upto(6) if $kind == 3;
	return 'UPDATE t SET v = (SELECT v FROM t o WHERE o.id = t.id + 3) WHERE id % 11 = ' . upto(10) if $kind == 4;
	if ($kind == 5 && @{ $world->{attributes} })
	{
		my ($name, $type) = @{ pick(@{ $world->{attributes} }) };
		return "UPDATE t SET $name = " . attribute_text($type) . ' WHERE id % 9 = ' . upto(8);
	}
	return 'DELETE FROM t WHERE v IS NOT NULL AND id % 3 = ' . upto(2) if $kind == 6;
	return "INSERT INTO t (id, x, v) SELECT id + 100000 * " . ++$world->{copies} . ", x, v FROM t WHERE id < 100000 AND id % 13 = 0";
}

sub script
{
	my ($world) = @_;
	my $sql = "DROP TABLE IF EXISTS t; TRUNCATE unequal;\n" . $world->{table};
	$sql .= chance(0.3) ? $world->{index} . $world->{fill} : $world->{fill} . $world->{index};
	$sql .= "ANALYZE t;\n";
	$sql .= "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;\n" if chance(0.3);
	# Under a policy the questions are those of a user who sees some rows only.
	$sql .= "GRANT ALL ON t TO asker; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON t TO asker USING (id % 5 > 0);\n"
	  if $world->{secured};
	my ($on, $off) = $world->{secured} ? ("SET ROLE asker;\n", "RESET ROLE;\n") : ('', '');
	$sql .= $on . join('', map { question($world) } 1 .. 12) . $off;
	for (1 .. 3)
	{
		$sql .= statement($world) . ";\n" for 1 .. 1 + upto(3);
		$sql .= chance(0.2) ? "REINDEX TABLE t;\n" : 'VACUUM ' . pick('', '', '(ANALYZE) ', '(INDEX_CLEANUP ON) ') . "t;\n" if chance(0.4);
		$sql .= $on . join('', map { question($world) } 1 .. 8) . $off;
	}
	# A vacuum mends what inserts have made unreachable only if there are dead rows.
	return $sql . "DELETE FROM t USING (SELECT tableoid AS p, min(ctid) AS c FROM t GROUP BY 1) m"
	  . " WHERE t.tableoid = m.p AND t.ctid = m.c;\n"
	  . "VACUUM (INDEX_CLEANUP ON) t;\n${on}SELECT * FROM ask_again();\n${off}SELECT * FROM findings();\n";
}

my ($began, $worlds, $failed, %asked) = (time(), 0, 0);
while (time() - $began < $seconds && $failed < 5)
{
	my $world = new_world();
	my $sql = script($world);
	$asked{$_}++ for $sql =~ /FROM (ask_?\w*)\(/g;
	my ($stdout, $stderr);
	$worlds++;
	my $status = $node->psql('postgres', $sql, stdout => \$stdout, stderr => \$stderr, on_error_die => 0, on_error_stop => 1);
	next if $status == 0 && $stdout eq '';
	$failed++;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/random_queries_$worlds.sql";
	append_to_file($file, $sql);
	fail("world $worlds: " . $world->{index} . " ($world->{data}, $world->{rows} rows, $world->{dim} dimensions; $file)");
	diag(substr("$stdout\n$stderr", 0, 3000));
}
is($failed, 0, "$worlds random tables");
my $used = $node->safe_psql('postgres', q{SELECT round(100.0 * count(*) FILTER (WHERE by_index) / count(*)) FROM asked});
note("$used % of the queries used the index; ", join(', ', map { "$_: $asked{$_}" } sort keys %asked));
cmp_ok($used, '>', 40, 'most queries used the index');
calm($node, 'after all');
done_testing();
