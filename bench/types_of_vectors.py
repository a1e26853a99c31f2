# SPDX-License-Identifier: PostgreSQL
"""The other types and metrics: the vectors of a set cast in SQL to each, in a table of their own on both sides.

`run.py types SET...`: a curve for each of CASES, with its own exact answers. sparsevec only where at least a third of the
components are zero.
"""
from pathlib import Path

import numpy as np

import datasets
import engines

# Name: type, what a vector becomes, operator class, metric of the exact answers.
CASES = {
    'halfvec cosine': ('halfvec({dim})', '{v}::halfvec({dim})', 'halfvec_cosine_ops', 'cosine'),
    'halfvec L2': ('halfvec({dim})', '{v}::halfvec({dim})', 'halfvec_l2_ops', 'l2'),
    'vector inner product': ('vector({dim})', '{v}', 'vector_ip_ops', 'ip'),
    'vector L1': ('vector({dim})', '{v}', 'vector_l1_ops', 'l1'),
    'sparsevec L2': ('sparsevec({dim})', '{v}::sparsevec({dim})', 'sparsevec_l2_ops', 'l2'),
    'bit Hamming': ('bit({dim})', 'binary_quantize({v})::bit({dim})', 'bit_hamming_ops', 'hamming'),
    'bit Jaccard': ('bit({dim})', 'binary_quantize({v})::bit({dim})', 'bit_jaccard_ops', 'jaccard'),
}
QUERIES = 200
SPARSE_SHARE = 1 / 3


def nearest(rows, queries, metric):
    """Row numbers of the nearest of each query under a metric that datasets.nearest does not know too."""
    if metric in ('l2', 'cosine', 'ip'):
        return datasets.nearest(rows, queries, metric)
    answer = np.empty((len(queries), datasets.DEPTH), '<i4')
    signs = (rows > 0).astype(np.float32)
    counts = signs.sum(axis=1)
    for number, query in enumerate(queries):
        if metric == 'l1':
            blocks = range(0, len(rows), datasets.BLOCK)
            score = np.concatenate([np.abs(rows[at:at + datasets.BLOCK] - query).sum(axis=1) for at in blocks])
        else:
            asked = (query > 0).astype(np.float32)
            common = signs @ asked
            either = counts + asked.sum() - common
            score = either - common if metric == 'hamming' else -common / np.maximum(either, 1)
        answer[number] = np.lexsort((np.arange(len(rows)), score))[:datasets.DEPTH]
    return answer


def prepare(folder, about, metric):
    """(name of the file of queries, of exact answers), made on first use."""
    queries, truth = Path(folder / f'query-{QUERIES}.f32'), Path(folder / f'truth-{metric}-{QUERIES}.ivecs')
    if not truth.exists():
        rows, asked = (np.fromfile(folder / f'{kind}.f32', '<f4').reshape(-1, about['dim']) for kind in ('base', 'query'))
        asked = asked[:QUERIES]
        asked.tofile(queries)
        found = nearest(rows, asked, metric)
        np.hstack([np.full((len(found), 1), datasets.DEPTH), found]).astype('<i4').tofile(truth)
    return queries.name, truth.name


def cases(folder, about):
    rows = np.fromfile(folder / 'base.f32', '<f4', 1000 * about['dim'])
    return {name: case for name, case in CASES.items()
            if not name.startswith('sparsevec') or (rows == 0).mean() >= SPARSE_SHARE}


def create(side, about, case, extra):
    """The table and its index; what the index costs."""
    kind, cast, operators, _ = case
    side.sql('DROP TABLE IF EXISTS cast_items')
    side.sql(f'CREATE TABLE cast_items (id int, embedding {kind.format(**about)})')
    side.sql('INSERT INTO cast_items SELECT id, ' + cast.format(v='embedding', **about) + ' FROM items')
    side.sql('VACUUM ANALYZE cast_items')
    seconds, _ = side.sql('CREATE INDEX cast_items_embedding_idx ON cast_items USING hnsw '
                          f'(embedding {operators}) WITH ({extra})')
    return {'seconds': seconds, 'bytes': int(side.value("SELECT pg_relation_size('cast_items_embedding_idx')"))}


def measure(options, sides, about, folder, report):
    """{case: {'built': {side: ...}, 'curve': points}}."""
    result = {}
    for name, case in cases(folder, about).items():
        queries, truth = prepare(folder, about, case[3])
        extra = f'm = {options.m}, ef_construction = {options.ef_construction}'
        built = {side.name: create(side, about, case, extra) for side in sides}
        curve = []
        for ef in options.ef:
            for side in sides:
                words = side.driver('search', base=folder / 'base.f32', queries=folder / queries, truth=folder / truth,
                                    dim=about['dim'], metric=case[3], query=case[1].format(v='$1', **about),
                                    seconds=options.seconds, core=options.core, table='cast_items',
                                    setup=f'SET enable_seqscan = off; SET hnsw.ef_search = {ef}')
                curve.append(engines.point(side.name, ef, words))
                report(side, name, curve[-1])
            if all(point['recall'] >= 0.9985 for point in curve[-len(sides):]):
                break
        result[name] = {'built': built, 'curve': curve}
    return result
