#!/usr/bin/python3
# SPDX-License-Identifier: PostgreSQL
"""Measures vexpg beside pgvector in one server, on one data set after the other.

run.py PART SET...      PART is one table of docs/benchmarks.md: build, search, filters, write, vacuum,
                        churn, compression, libraries, types, clients, builds; or all of these; or scaling or large

Both extensions live in one server, each in a database of its own; the sides alternate within every round, and what is
reported is the median of the rounds. Results go to bench/results/SET.json and, for the curves, SET.search.csv.
bench/README.md has the conditions; `bench/server.sh up` starts the server.
"""
import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import building
import compression
import datasets
import engines
import filters as filtered
import large as large_sets
import types_of_vectors

HERE = Path(__file__).resolve().parent
OPCLASS = {'l2': 'vector_l2_ops', 'cosine': 'vector_cosine_ops', 'ip': 'vector_ip_ops'}
ENOUGH_RECALL = 0.9985


class Side:
    """One extension in its database. Every statement is a connection of its own, so no side keeps warm caches."""

    def __init__(self, name, options):
        self.name, self.options = name, options
        self.extension = {'pgvector': 'vector'}.get(name, name)
        self.database = None

    def start(self, action, database=None, **arguments):
        arguments['conn'] = f'host={self.options.host} user=postgres dbname={database or self.database}'
        words = [f'{key}={value}' for key, value in arguments.items()]
        return subprocess.Popen([self.options.programs / 'driver', action, *words], text=True, stdout=subprocess.PIPE)

    def finish(self, started):
        out, _ = started.communicate()
        if started.returncode != 0:
            raise SystemExit(f'{self.name}: driver failed')
        return out.strip().split('\t')

    def driver(self, action, database=None, **arguments):
        return self.finish(self.start(action, database, **arguments))

    def sql(self, statement, database=None, memory=None):
        """(seconds, first value) of a statement."""
        setup = f'SET max_parallel_maintenance_workers = {self.options.workers}'
        if memory:
            setup += f"; SET maintenance_work_mem = '{memory}'"
        seconds, *value = self.driver('sql', database, run=statement, setup=setup)
        return float(seconds), value[0] if value else ''

    def value(self, statement):
        return self.sql(statement)[1]

    def load(self, about, folder):
        """The table in a database of its own, loaded once for each install script of the extension."""
        self.database = f'bench_{self.name}_{about["name"]}_{self.options.storage}'
        stamp = f'{about["name"]} {about["sha256"]} {self.digest("SHAREDIR", f"extension/{self.script()}")}'
        exists = self.sql(f"SELECT count(*) FROM pg_database WHERE datname = '{self.database}'", 'postgres')[1] == '1'
        if exists and self.value("SELECT coalesce(obj_description(to_regclass('items')), '')") == stamp:
            return
        self.sql(f'DROP DATABASE IF EXISTS "{self.database}"', 'postgres')
        self.sql(f'CREATE DATABASE "{self.database}"', 'postgres')
        self.sql(f'CREATE EXTENSION {self.extension}')
        self.sql(f'CREATE TABLE items (id int, embedding vector({about["dim"]}))')
        if self.options.storage != 'external':
            self.sql(f'ALTER TABLE items ALTER embedding SET STORAGE {self.options.storage}')
        self.driver('copy', table='items', rows=folder / 'base.f32', dim=about['dim'])
        self.sql('VACUUM ANALYZE items')
        self.sql(f"COMMENT ON TABLE items IS '{stamp}'")

    def script(self):
        return f'{self.extension}--' + self.sql("SELECT default_version FROM pg_available_extensions "
                                                f"WHERE name = '{self.extension}'", 'postgres')[1] + '.sql'

    def digest(self, folder, file):
        """Tells one installed file of the extension from another."""
        return self.sql(f"SELECT md5(pg_read_binary_file(setting || '/{file}')) FROM pg_config WHERE name = '{folder}'",
                        'postgres')[1]

    def index_stamp(self, parameters):
        return f'{parameters} {self.digest("PKGLIBDIR", self.extension + ".so")}'

    def parameters(self, extra=None):
        if extra is None:
            extra = self.options.vexpg_with if self.name == 'vexpg' else ''
        return f'm = {self.options.m}, ef_construction = {self.options.ef_construction}{extra and ", " + extra}'

    def create_index(self, about, table='items', extra=None, memory=None):
        """Seconds, bytes and WAL bytes of a fresh index. extra: index parameters instead of the option's."""
        self.sql(f'DROP INDEX IF EXISTS {table}_embedding_idx')
        self.sql('CHECKPOINT')
        before = self.value('SELECT pg_current_wal_insert_lsn()')
        parameters = self.parameters(extra)
        seconds, _ = self.sql(f'CREATE INDEX {table}_embedding_idx ON {table} '
                              f'USING hnsw (embedding {OPCLASS[about["metric"]]}) WITH ({parameters})', memory=memory)
        self.sql(f"COMMENT ON INDEX {table}_embedding_idx IS '{self.index_stamp(parameters)}'")
        size = int(self.value(f"SELECT pg_relation_size('{table}_embedding_idx')"))
        return {'seconds': seconds, 'bytes': size, 'wal': self.wal_since(before)}

    def require_index(self, about, memory=None):
        """What a new index costs; nothing if the index of these parameters by this very library is there."""
        built = self.value("SELECT coalesce(obj_description(to_regclass('items_embedding_idx')), '')")
        if built != self.index_stamp(self.parameters()):
            return self.create_index(about, memory=memory)
        return {}

    def copy_items(self, about):
        """A second table that may be changed, with its index."""
        self.sql('DROP TABLE IF EXISTS changed')
        self.sql('CREATE TABLE changed (LIKE items INCLUDING STORAGE)')
        self.sql('INSERT INTO changed SELECT * FROM items')
        self.sql('VACUUM ANALYZE changed')
        self.create_index(about, 'changed')

    def wal_since(self, lsn):
        return int(float(self.value(f"SELECT pg_current_wal_insert_lsn() - '{lsn}'::pg_lsn")))

    def search(self, about, folder, ef, table='items', truth='truth.ivecs', **arguments):
        return self.found(ef, self.start_search(about, folder, ef, table, truth, **arguments))

    def found(self, ef, started):
        return engines.point(self.name, ef, self.finish(started))

    def start_search(self, about, folder, ef, table='items', truth='truth.ivecs', **arguments):
        # At a high ef_search the planner rightly prefers to scan a small table: here the index itself is measured.
        words = {'base': folder / 'base.f32', 'queries': folder / 'query.f32', 'truth': folder / truth, 'dim': about['dim'],
                 'metric': about['metric'], 'seconds': self.options.seconds, 'core': self.options.core, 'table': table,
                 'count': self.options.queries, 'setup': f'SET enable_seqscan = off; SET hnsw.ef_search = {ef}'}
        return self.start('search', **words | arguments)


def rounds(options, sides):
    """Round number and side, in alternating order."""
    for number in range(options.rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            yield number, side


def medians(rows, keys):
    return {key: median(row[key] for row in rows) for key in keys}


# ---- The parts, one table each --------------------------------------------------------------------------------------

def build(options, sides, about, folder):
    """Seconds to CREATE INDEX, bytes of the index and of its WAL."""
    measured = {side.name: [] for side in sides}
    for _, side in rounds(options, sides):
        measured[side.name].append(side.create_index(about))
        report(side, 'build', measured[side.name][-1])
    return {name: medians(rows, ('seconds', 'bytes', 'wal')) for name, rows in measured.items()}


def search(options, sides, about, folder):
    """The curve: recall, QPS and latency at each ef_search."""
    for side in sides:
        side.require_index(about)
    measured, done = {}, set()
    for ef in options.ef:
        for _, side in rounds(options, [side for side in sides if side.name not in done]):
            point = side.search(about, folder, ef)
            measured.setdefault((side.name, ef), []).append(point)
            report(side, 'search', point)
        # Past (almost) all of the recall, a longer search only takes time.
        done = {name for name, tried in measured if measured[name, tried][0]['recall'] >= ENOUGH_RECALL}
        if len(done) == len(sides):
            break
    curve = [{'engine': name, 'ef': ef, **medians(points, ('recall', 'rows', 'qps', 'p50', 'p99'))}
             for (name, ef), points in measured.items()]
    return sorted(curve, key=lambda point: (point['engine'], point['ef']))


WRITE_STEPS = 7


def write(options, sides, about, folder):
    """Rows inserted per second one by one, in batches, by one statement and by two writers; WAL per row after a checkpoint,
    warm, and without page images, with and without an index."""
    for side in sides:
        side.copy_items(about)
        side.sql('DROP TABLE IF EXISTS staged, plain')
        side.sql('CREATE TABLE staged (LIKE items INCLUDING STORAGE)')
        side.sql('CREATE TABLE plain (LIKE items INCLUDING STORAGE)')
        side.driver('copy', table='staged', rows=folder / 'insert.f32', dim=about['dim'])
    measured = {side.name: [] for side in sides}
    count = min(options.inserts, about['inserts'] // (WRITE_STEPS * options.rounds))
    for number, side in rounds(options, sides):
        def start(step, core=options.core, table='changed', **arguments):
            return side.start('insert', table=table, rows=folder / 'insert.f32', dim=about['dim'], count=count,
                              first=(WRITE_STEPS * number + step) * count, core=core, **arguments)

        def insert(step, **arguments):
            before = side.value('SELECT pg_current_wal_insert_lsn()')
            rate, = side.finish(start(step, **arguments))
            return float(rate), side.wal_since(before) / count

        side.sql('CHECKPOINT')
        row = {'single_first': (first := insert(0))[0], 'wal_after_checkpoint': first[1]}
        row['single'], row['wal_again'] = insert(1)
        row['batch'], _ = insert(2, batch=1000)
        begin = (WRITE_STEPS * number + 3) * count
        row['statement'] = count / side.sql('INSERT INTO changed SELECT * FROM staged '
                                            f'WHERE id >= {begin} AND id < {begin + count}')[0]
        # Each writer with its client on a core of its own.
        writers = [start(4 + writer, core=writer) for writer in range(min(2, os.cpu_count() or 1))]
        row['two_writers'] = sum(float(side.finish(writer)[0]) for writer in writers)
        switch_page_images(side, 'off')
        _, row['wal_without_images'] = insert(6)
        _, row['wal_of_the_table'] = insert(6, table='plain')
        switch_page_images(side, 'on')
        measured[side.name].append(row)
        report(side, 'write', row)
    return {name: {'count': count, **medians(rows, rows[0])} for name, rows in measured.items()}


def switch_page_images(side, setting):
    side.sql(f'ALTER SYSTEM SET full_page_writes = {setting}')
    side.sql('SELECT pg_reload_conf()')
    # The setting reaches the WAL through the checkpointer.
    side.sql('SELECT pg_sleep(0.5)')
    side.sql('CHECKPOINT')


def vacuum_after(side, deleted):
    """What VACUUM costs after such rows were deleted."""
    side.sql(f'DELETE FROM changed WHERE {deleted}')
    side.sql('CHECKPOINT')
    before = side.value('SELECT pg_current_wal_insert_lsn()')
    seconds, _ = side.sql('VACUUM (INDEX_CLEANUP on, PARALLEL 0) changed')
    return {'seconds': seconds, 'wal': side.wal_since(before),
            'bytes': int(side.value("SELECT pg_relation_size('changed_embedding_idx')"))}


def vacuum(options, sides, about, folder):
    """VACUUM after deleting a tenth of the rows, each round another tenth, and then 30 % of what is left at once; recall of
    the rest, at two ef."""
    for side in sides:
        side.copy_items(about)
    measured = {side.name: [] for side in sides}
    for number, side in rounds(options, sides):
        measured[side.name].append(vacuum_after(side, f'id % 100 < {10 * (number + 1)}'))
        report(side, 'vacuum', measured[side.name][-1])
    result = {name: medians(rows, ('seconds', 'wal', 'bytes')) for name, rows in measured.items()}
    deleted = 10 * options.rounds + round(0.3 * (100 - 10 * options.rounds))
    for side in sides:
        more = vacuum_after(side, f'id % 100 < {deleted}')
        result[side.name] |= {f'{key}_30': value for key, value in more.items()}
        report(side, 'vacuum 30 %', more)
    truth = datasets.truth_without(about['name'], deleted)
    for ef in (40, 200):
        for side in sides:
            point = side.search(about, folder, ef, 'changed', truth)
            result[side.name][f'recall_{ef}'], result[side.name][f'qps_{ef}'] = point['recall'], point['qps']
            report(side, 'after vacuum', point)
    return result


def churn(options, sides, about, folder):
    """Three times half of the rows are deleted, vacuumed away and inserted again: recall and size beside a fresh index."""
    result = {}
    for side in sides:
        side.copy_items(about)
        row = {'insert_seconds': 0.0, 'vacuum_seconds': 0.0}
        for number in range(3):
            half = f'hashint4(id + {1000003 * number}) % 2 = 0'
            side.sql(f'DELETE FROM changed WHERE {half}')
            row['vacuum_seconds'] += side.sql('VACUUM (INDEX_CLEANUP on, PARALLEL 0) changed')[0]
            row['insert_seconds'] += side.sql(f'INSERT INTO changed SELECT * FROM items WHERE {half}')[0]
        row['vacuum_seconds'] += side.sql('VACUUM (INDEX_CLEANUP on, PARALLEL 0) changed')[0]
        for state in ('', 'fresh_'):
            if state:
                side.create_index(about, 'changed')
            row[f'{state}bytes'] = int(side.value("SELECT pg_relation_size('changed_embedding_idx')"))
            for ef in (40, 200):
                point = side.search(about, folder, ef, 'changed')
                row[f'{state}recall_{ef}'], row[f'{state}qps_{ef}'] = point['recall'], point['qps']
        result[side.name] = row
        report(side, 'churn', row)
    return result


def libraries(options, sides, about, folder):
    """The same data in libraries without a database, in process."""
    return engines.libraries(options, about, folder)


def filters(options, sides, about, folder):
    """Filtered search, cell by cell, with the planner's plan and with every other one."""
    return filtered.measure(options, sides, about, folder, OPCLASS[about['metric']], report)


def clients(options, sides, about, folder):
    """One client and two at a time, each with its backend on a core of its own: queries a second together, latencies."""
    for side in sides:
        side.require_index(about)
    measured = {}
    for ef in options.client_ef:
        for number, side in rounds(options, sides):
            for count in (1, 2):
                started = [side.start_search(about, folder, ef, core=core) for core in range(count)]
                points = [side.found(ef, client) for client in started]
                row = {'recall': points[0]['recall'], 'qps': sum(point['qps'] for point in points),
                       'p50': median(point['p50'] for point in points), 'p99': median(point['p99'] for point in points)}
                measured.setdefault((side.name, ef, count), []).append(row)
                report(side, f'{count} clients', row)
    return [{'engine': name, 'ef': ef, 'clients': count, **medians(rows, rows[0])}
            for (name, ef, count), rows in measured.items()]


def types(options, sides, about, folder):
    """Every other type and metric, on the same vectors cast to it."""
    return types_of_vectors.measure(options, sides, about, folder, report)


def builds(options, sides, about, folder):
    """What a worker more, little memory and a profile do to a build."""
    return building.variants(options, sides, about, folder, OPCLASS[about['metric']], report)


def scaling(options, sides, about, folder):
    """Build time a row by number of rows."""
    return building.scaling(options, sides, about, report)


def large(options, sides, about, folder):
    """A set larger than memory is made for: warm, with few shared buffers, and cold."""
    return large_sets.measure(options, sides, about, folder, report)


PARTS = {'build': build, 'search': search, 'filters': filters, 'write': write, 'vacuum': vacuum,
         'churn': churn, 'compression': compression.compression, 'libraries': libraries, 'types': types,
         'clients': clients, 'builds': builds}
LARGE = {'scaling': scaling, 'large': large}    # only when asked for


# ---- Running --------------------------------------------------------------------------------------------------------

def report(side, part, row):
    shown = ' '.join(f'{key}={value:.5g}' if isinstance(value, float) else f'{key}={value}'
                     for key, value in row.items() if key != 'engine')
    print(f'  {part:12s} {side.name:9s} {shown}', flush=True)


def conditions(sides, options):
    """What the numbers depend on, for the report."""
    names = [line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')]
    cpu = names[0] if names else 'unknown'
    return {'cpu': cpu, 'cores': os.cpu_count(), 'date': time.strftime('%Y-%m-%d'), 'workers': options.workers,
            'm': options.m, 'ef_construction': options.ef_construction, 'rounds': options.rounds,
            'storage': options.storage, 'server': sides[0].sql('SHOW server_version', 'postgres')[1],
            'shared_buffers': sides[0].sql('SHOW shared_buffers', 'postgres')[1],
            'extensions': {side.name: side.value('SELECT extversion FROM pg_extension '
                                                 f"WHERE extname = '{side.extension}'") for side in sides}}


def save(options, about, sides, part, result):
    options.results.mkdir(parents=True, exist_ok=True)
    name = about['name'] + ('' if options.storage == 'external' else '.' + options.storage)
    path = options.results / f'{name}.json'
    stored = json.loads(path.read_text()) if path.exists() else {}
    stored |= {'set': about, part: result}
    stored.setdefault('conditions', {})[part] = conditions(sides, options)
    path.write_text(json.dumps(stored, indent=1))
    if part in ('search', 'libraries'):
        points = stored.get('search', []) + stored.get('libraries', {}).get('curve', [])
        lines = [','.join(engines.COLUMNS)] + [','.join(str(point[key]) for key in engines.COLUMNS) for point in points]
        (options.results / f'{name}.search.csv').write_text('\n'.join(lines) + '\n')


def arguments():
    cache = Path(os.environ.get('VEXPG_BENCH_CACHE', '/var/tmp/vexpg-bench'))
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('part', choices=[*PARTS, *LARGE, 'all'])
    parser.add_argument('sets', nargs='+')
    parser.add_argument('--sides', nargs='+', default=['vexpg', 'pgvector'])
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=2, help='of each point of a curve, after a pass that warms')
    parser.add_argument('--ef', nargs='+', type=int, default=[10, 15, 20, 30, 40, 60, 80, 120, 200, 400, 800])
    parser.add_argument('--m', type=int, default=16)
    parser.add_argument('--ef-construction', type=int, default=64)
    parser.add_argument('--vexpg-with', default='', help="further index parameters of vexpg, as in 'bits = 8'")
    parser.add_argument('--workers', type=int, default=0, help='max_parallel_maintenance_workers')
    parser.add_argument('--limit', type=int, default=10, help='rows of a filtered query, at most 100')
    parser.add_argument('--storage', choices=['external', 'main', 'plain'], default='external')
    parser.add_argument('--queries', type=int, default=1000, help='how many of the set are asked')
    parser.add_argument('--client-ef', nargs='+', type=int, default=[10, 40], help='hnsw.ef_search of the part clients')
    parser.add_argument('--filter-queries', type=int, default=200, help='how many are asked in a filtered cell')
    parser.add_argument('--sizes', nargs='+', type=int, default=[50000, 100000, 200000, 400000, 1000000],
                        help='rows of the part scaling')
    parser.add_argument('--variants', nargs='+', default=['worker', 'memory', 'profiles'], help='of the part builds')
    parser.add_argument('--buffers', default='7GB', help='shared_buffers of the part large where all of an index is in them')
    parser.add_argument('--states', nargs='+', default=['warm', 'quarter', 'cold'], help='of the part large')
    parser.add_argument('--patience', type=float, default=1, help='seconds for a pass over the queries of a filtered cell')
    parser.add_argument('--inserts', type=int, default=500, help='rows of one insert measurement')
    parser.add_argument('--core', type=int, default=(os.cpu_count() or 1) - 1, help='of client and backend; -1: any')
    parser.add_argument('--host', default=str(cache / 'server' / 'socket'))
    parser.add_argument('--programs', type=Path, default=HERE.parent / 'build' / 'bench')
    parser.add_argument('--results', type=Path, default=HERE / 'results')
    return parser.parse_args()


def main():
    options = arguments()
    subprocess.run(['make', '-s', '-C', HERE, f'OUT={options.programs}'], check=True)
    for name in options.sets:
        folder, about = datasets.prepare(name)
        print(f'{name}: {about["rows"]} rows, {about["dim"]} dimensions, {about["metric"]}', flush=True)
        sides = [Side(side, options) for side in options.sides]
        parts = PARTS if options.part == 'all' else [options.part]
        for part in parts:
            for side in sides:
                side.load(about, folder)
            save(options, about, sides, part, (PARTS | LARGE)[part](options, sides, about, folder))


if __name__ == '__main__':
    sys.exit(main())
