# SPDX-License-Identifier: PostgreSQL
"""Builds under other conditions: a worker more, a quarter of the memory, profiles; and the cost a row by number of rows."""
import time

DEFAULT_EF = 40
PROFILES = ('instant', 'fast', 'quality')
POLL = 0.1


def phases(side, run, workers, memory):
    """Seconds of a CREATE INDEX in all and of each of its phases, as a second connection sees them."""
    started = side.start('sql', run=run, setup=f'SET max_parallel_maintenance_workers = {workers}; '
                                               f"SET maintenance_work_mem = '{memory}kB'")
    began, seen, found = time.monotonic(), 'waiting', {}
    since = began
    while started.poll() is None:
        phase = side.value('SELECT phase FROM pg_stat_progress_create_index') or seen
        now = time.monotonic()
        found[seen] = found.get(seen, 0) + now - since
        seen, since = phase, now
        time.sleep(POLL)
    return float(side.finish(started)[0]), found


def one(side, about, opclass, memory, workers=0, extra=''):
    """A fresh index of the table: seconds, seconds of its graph, bytes."""
    side.sql('DROP INDEX IF EXISTS items_embedding_idx')
    side.sql('CHECKPOINT')
    options = side.options
    parameters = extra or f'm = {options.m}, ef_construction = {options.ef_construction}'
    seconds, found = phases(side, f'CREATE INDEX items_embedding_idx ON items USING hnsw (embedding {opclass}) '
                                  f'WITH ({parameters})', workers, memory)
    graph = sum(time for phase, time in found.items() if 'graph' in phase or 'loading' in phase)
    return {'seconds': seconds, 'graph': graph, 'bytes': int(side.value("SELECT pg_relation_size('items_embedding_idx')"))}


def variants(options, sides, about, folder, opclass, report):
    """{variant: {side: seconds, graph, bytes, recall and queries a second at the default ef}}"""
    ample = 2 * 1024 * 1024
    result = {}

    def measure(name, side, **arguments):
        row = one(side, about, opclass, **arguments)
        point = side.search(about, folder, DEFAULT_EF)
        row |= {'recall': point['recall'], 'qps': point['qps']}
        result.setdefault(name, {})[side.name] = row
        report(side, name, row)
        return row

    for side in sides:
        measure('one process', side, memory=ample)
        measure('one worker more', side, memory=ample, workers=1)
    # The peer keeps its graph with the vectors in memory: about as much as its index has bytes.
    needed = max(side['bytes'] for side in result['one process'].values()) // 1024
    for side in sides:
        measure('a quarter of the peer\'s memory', side, memory=max(1024, needed // 4))
    for side in sides:
        if side.name == 'vexpg':
            for profile in PROFILES:
                measure(f'profile {profile}', side, memory=ample, extra=f"profile = '{profile}'")
    for side in sides:
        side.sql('DROP INDEX items_embedding_idx')
    return result


def scaling(options, sides, about, opclass, report):
    """[{engine, rows, seconds, bytes}]: partial indexes over the first rows of the table."""
    result = []
    for rows in options.sizes:
        for side in sides:
            side.sql('DROP INDEX IF EXISTS scaling_idx')
            side.sql('CHECKPOINT')
            seconds, _ = side.sql(f'CREATE INDEX scaling_idx ON items USING hnsw (embedding {opclass}) WITH (m = {options.m}, '
                                  f'ef_construction = {options.ef_construction}) WHERE id < {rows}')
            result.append({'engine': side.name, 'rows': rows, 'seconds': seconds,
                           'bytes': int(side.value("SELECT pg_relation_size('scaling_idx')"))})
            report(side, 'scaling', result[-1])
            side.sql('DROP INDEX scaling_idx')
    return result
