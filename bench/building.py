# SPDX-License-Identifier: PostgreSQL
"""Builds under other conditions: a worker more, a quarter of the memory, profiles; and the cost of a row by their number."""

DEFAULT_EF = 40
AMPLE = 2 * 1024 * 1024     # kB
# What a profile stands for, which is what the peer gets; `fast` is the build without a profile.
PROFILES = {'instant': 'm = 8, ef_construction = 32', 'quality': 'm = 16, ef_construction = 200'}


def one(side, about, opclass, memory, workers=0, parameters=''):
    """A fresh index of the table: seconds, those of its graph, bytes."""
    side.sql('DROP INDEX IF EXISTS items_embedding_idx')
    # The server reckons by the table's own pages, and the vectors are not in those.
    side.sql(f'ALTER TABLE items SET (parallel_workers = {workers})' if workers > 0 else
             'ALTER TABLE items RESET (parallel_workers)')
    side.sql('CHECKPOINT')
    seconds, *phases = side.driver(
        'build', run=f'CREATE INDEX items_embedding_idx ON items USING hnsw (embedding {opclass}) '
                     f'WITH ({parameters or side.parameters()})',
        setup=f"SET max_parallel_maintenance_workers = {workers}; SET maintenance_work_mem = '{memory}kB'")
    found = {phase: float(time) for phase, time in (words.split('=') for words in phases)}
    # The peer has no phase of its own for the graph: rows are inserted as they are read.
    graph = found.get('building index: building graph', found.get('building index: loading tuples', 0.0))
    return {'seconds': float(seconds), 'graph': graph,
            'bytes': int(side.value("SELECT pg_relation_size('items_embedding_idx')"))}


def variants(options, sides, about, folder, opclass, report):
    """{variant: {side: seconds, graph, bytes, recall and queries a second at the default ef}}"""
    result = {}

    def measure(name, **arguments):
        for side in sides:
            if name in PROFILES:
                arguments['parameters'] = f"profile = '{name}'" if side.name == 'vexpg' else PROFILES[name]
            row = one(side, about, opclass, **arguments)
            point = side.search(about, folder, DEFAULT_EF)
            row |= {'recall': point['recall'], 'qps': point['qps']}
            result.setdefault(name, {})[side.name] = row
            report(side, name, row)

    measure('one process', memory=AMPLE)
    if 'worker' in options.variants:
        measure('one worker more', memory=AMPLE, workers=1)
    if 'profiles' in options.variants:
        for profile in PROFILES:
            measure(profile, memory=AMPLE)
    if 'memory' in options.variants:
        # The peer keeps its graph with the vectors in memory: about as much as its index has bytes.
        needed = max(side['bytes'] for side in result['one process'].values()) // 1024
        measure('a quarter of the memory', memory=max(1024, needed // 4))
    for side in sides:
        side.sql('DROP INDEX items_embedding_idx')
    return result


def scaling(options, sides, about, report):
    """[{engine, rows, seconds, bytes}]: each of a table of its own with the first rows, as a build reads all of its table."""
    result = []
    for rows in sorted(options.sizes):
        for side in sides:
            table = 'items' if rows >= about['rows'] else 'scaled'
            if table != 'items':
                side.sql('DROP TABLE IF EXISTS scaled')
                side.sql('CREATE TABLE scaled (LIKE items INCLUDING STORAGE)')
                side.sql(f'INSERT INTO scaled SELECT * FROM items WHERE id < {rows}')
                side.sql('VACUUM ANALYZE scaled')
            built = side.create_index(about, table, memory=f'{AMPLE}kB')
            result.append({'engine': side.name, 'rows': min(rows, about['rows']), **built})
            report(side, 'scaling', result[-1])
            side.sql('DROP TABLE IF EXISTS scaled')
    return result
