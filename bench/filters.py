# SPDX-License-Identifier: PostgreSQL
"""Filtered search: the data's attributes, the cells, and what is measured in each (the part `filters` of run.py).

Every row has two attributes. `u` is a random rank. `b` is a rank in an order in which rows near each other stand near
each other: the set is cut in two halves of equal size along its widest direction, each half again, and so on. A filter
is a range of one of them that holds a given share of the rows: of `u` it does not care for the query, of `b` it is the
range around the query's nearest row (correlated), or the one whose centre is the farthest from the query (opposed).
"""
import json

import numpy as np

import datasets

SHARES = (0.5, 0.1, 0.01, 0.001, 0.0001)
KINDS = ('uncorrelated', 'correlated', 'opposed')
QUERIES = 200
UNFILTERED_EF = (10, 14, 20, 28, 40, 60, 90, 140, 220)
RECALL = 0.95
DEFAULT_EF = 40
PLAIN_SHARES = (0.5, 0.1, 0.01)
WHERE = {'uncorrelated': 'u BETWEEN $2 AND $3', 'correlated': 'b BETWEEN $2 AND $3', 'opposed': 'b BETWEEN $2 AND $3'}

# Settings under which only one kind of plan is left.
FORCED = {
    'hnsw': 'SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off',
    'bitmap': 'SET enable_seqscan = off; SET enable_indexscan = off',
    'seqscan': 'SET enable_bitmapscan = off; SET enable_indexscan = off',
}
ITERATIVE = {'off': 'off', 'strict': 'strict_order', 'relaxed': 'relaxed_order'}


# ---- Attributes, filters and exact answers ----------------------------------------------------------------------------

def spatial_rank(keys):
    """Ranks in which near rows are near: halves along the widest direction, down to a handful of rows."""
    order = np.arange(len(keys))
    rng = np.random.default_rng(31)

    def split(first, last):
        part = keys[order[first:last]]
        centred = part[:4096] - part[:4096].mean(axis=0)
        direction = rng.standard_normal(keys.shape[1]).astype(np.float32)
        for _ in range(8):
            direction = centred.T @ (centred @ direction)
            direction /= max(np.linalg.norm(direction), 1e-30)
        order[first:last] = order[first:last][np.argsort(part @ direction, kind='stable')]
        if last - first > 8:
            middle = (first + last) // 2
            split(first, middle)
            split(middle, last)

    split(0, len(keys))
    rank = np.empty(len(keys), np.int32)
    rank[order] = np.arange(len(keys))
    return rank


def cell_filters(kind, share, ranks, keys, queries, truth):
    """The range of each query in a cell: QUERIES x 2, both ends included."""
    rows = len(keys)
    width = max(int(rows * share), 1)
    count = rows // width
    if kind == 'uncorrelated':
        block = np.random.default_rng(37).integers(0, count, len(queries))
    elif kind == 'correlated':
        block = np.minimum(ranks['b'][truth[:, 0]] // width, count - 1)
    else:
        by_rank = np.argsort(ranks['b'])
        centres = np.stack([keys[by_rank[i * width:(i + 1) * width]].mean(axis=0) for i in range(count)])
        block = np.argmax((centres ** 2).sum(axis=1)[None] - 2 * queries @ centres.T, axis=1)
    return np.stack([block * width, block * width + width - 1], axis=1).astype('<i4')


def cell_truth(scores, rank, filters):
    """As datasets.nearest, but of the rows in each query's range; -1 where there are fewer."""
    answer = np.full((len(filters), datasets.DEPTH + 1), -1, '<i4')
    answer[:, 0] = datasets.DEPTH
    for query, (low, high) in enumerate(filters):
        found = np.flatnonzero((rank >= low) & (rank <= high))
        found = found[np.argsort(scores[query, found], kind='stable')[:datasets.DEPTH]]
        answer[query, 1:1 + len(found)] = found
    return answer


def prepare(folder, about):
    """Files of the part: attributes.f32 (u, b of each row), filter-query.f32, and for each cell filters and truth."""
    if (folder / 'filters.json').exists():
        return
    rows, queries = (np.fromfile(folder / f'{kind}.f32', '<f4').reshape(-1, about['dim']) for kind in ('base', 'query'))
    truth = np.fromfile(folder / 'truth.ivecs', '<i4').reshape(len(queries), -1)[:, 1:]
    # The queries of some sets are sorted, the first of them easy.
    chosen = np.random.default_rng(41).permutation(len(queries))[:QUERIES]
    queries, truth = queries[chosen], truth[chosen]
    keys, asked = (datasets.unit(part) if about['metric'] == 'cosine' else part for part in (rows, queries))
    ranks = {'u': np.random.default_rng(43).permutation(len(rows)).astype(np.int32), 'b': spatial_rank(keys)}
    np.stack([ranks['u'], ranks['b']], axis=1).astype('<f4').tofile(folder / 'attributes.f32')
    queries.astype('<f4').tofile(folder / 'filter-query.f32')
    np.hstack([np.full((len(truth), 1), datasets.DEPTH), truth]).astype('<i4').tofile(folder / 'filter-truth.ivecs')
    np.tile(np.array([0, 1], '<i4'), (len(queries), 1)).tofile(folder / 'filter-none.i32')
    scores = -(asked @ keys.T)
    if about['metric'] == 'l2':
        scores = (keys ** 2).sum(axis=1)[None] + 2 * scores
    for kind in KINDS:
        for share in SHARES:
            filters = cell_filters(kind, share, ranks, keys, asked, truth)
            filters.tofile(folder / f'filter-{kind}-{share}.i32')
            cell_truth(scores, ranks['u' if kind == 'uncorrelated' else 'b'], filters).tofile(
                folder / f'filter-{kind}-{share}.ivecs')
    (folder / 'filters.json').write_text(json.dumps({'queries': QUERIES, 'shares': SHARES}))


# ---- Measuring ---------------------------------------------------------------------------------------------------------

COLUMNS = ('recall', 'rows', 'qps', 'p50', 'p99', 'plan', 'visits', 'pages', 'strategy')


def load(side, about, folder, opclass):
    """The table with its attributes and indexes, made once."""
    stamp = f'filtered {about["name"]} {about["sha256"]}'
    if side.value("SELECT coalesce(obj_description(to_regclass('filtered')), '')") == stamp:
        return
    side.sql('DROP TABLE IF EXISTS filtered, attributes')
    side.sql('CREATE TABLE attributes (id int, embedding vector(2))')
    side.driver('copy', table='attributes', rows=folder / 'attributes.f32', dim=2)
    side.sql('CREATE TABLE filtered (LIKE items INCLUDING STORAGE, u int, b int)')
    side.sql('INSERT INTO filtered SELECT i.id, i.embedding, (a.embedding::real[])[1], (a.embedding::real[])[2] '
             'FROM items i JOIN attributes a USING (id) ORDER BY i.id')
    side.sql('CREATE INDEX ON filtered (u)')
    side.sql('CREATE INDEX ON filtered (b)')
    columns = f'embedding {opclass}' + (', u, b' if side.name == 'vexpg' else '')
    side.sql(f'CREATE INDEX filtered_hnsw ON filtered USING hnsw ({columns})')
    side.sql('VACUUM ANALYZE filtered')
    side.sql(f"COMMENT ON TABLE filtered IS '{stamp}'")


def ask(side, options, about, folder, where, cell, setup, count=QUERIES):
    filters, truth = (('filter-none.i32', 'filter-truth.ivecs') if cell is None else
                      (f'filter-{cell[0]}-{cell[1]}.i32', f'filter-{cell[0]}-{cell[1]}.ivecs'))
    words = side.driver('filter', base=folder / 'base.f32', queries=folder / 'filter-query.f32', truth=folder / truth,
                        filters=folder / filters, where=where, dim=about['dim'], metric=about['metric'],
                        seconds=options.seconds, core=options.core, table='filtered', k=options.limit,
                        count=min(count, options.queries), setup=setup or 'SELECT 1',
                        stats=int(side.name == 'vexpg'))
    row = dict(zip(COLUMNS, words))
    return {key: value if key in ('plan', 'strategy') else float(value) for key, value in row.items()}


def unfiltered(side, options, about, folder, report):
    """The curve without a filter: what the cells are measured against."""
    curve = []
    for ef in UNFILTERED_EF:
        setup = f'{FORCED["hnsw"]}; SET hnsw.ef_search = {ef}'
        curve.append({'ef': ef, **ask(side, options, about, folder, '$2 <= $3', None, setup)})
        report(side, f'ef {ef}', curve[-1])
        if curve[-1]['recall'] >= 0.985:
            break
    return curve


def cell_rows(side, options, about, folder, cell, ef):
    """All plans of one cell, by name."""
    where, set_ef = WHERE[cell[0]], f'SET hnsw.ef_search = {ef}; '
    column = where[0]
    plans = {'planner': ''} | FORCED
    measured = {}
    for name, setup in plans.items():
        if side.name == 'vexpg' or name == 'planner':
            measured[name] = ask(side, options, about, folder, where, cell, set_ef + setup,
                                 options.few if name in ('bitmap', 'seqscan') else QUERIES)
    if side.name == 'vexpg' and cell[1] in PLAIN_SHARES:
        measured['plain filter'] = ask(side, options, about, folder, where.replace(column, f'{column} + 0', 1), cell,
                                       set_ef + FORCED['hnsw'])
    if side.name != 'vexpg':
        for name, mode in ITERATIVE.items():
            measured[name] = ask(side, options, about, folder, where, cell,
                                 f'{set_ef}{FORCED["hnsw"]}; SET hnsw.iterative_scan = {mode}',
                                 options.few if cell[1] < 0.1 else QUERIES)
    return measured


def measure(options, sides, about, folder, opclass, report):
    """{'unfiltered': {side: curve}, 'ef': ..., 'cells': [{kind, share, side: {plan: numbers}}]}"""
    prepare(folder, about)
    result = {'unfiltered': {}, 'cells': []}
    for side in sides:
        load(side, about, folder, opclass)
        result['unfiltered'][side.name] = unfiltered(side, options, about, folder, report)
    reached = [point['ef'] for point in result['unfiltered'][sides[0].name] if point['recall'] >= RECALL]
    result['ef'] = max(DEFAULT_EF, reached[0] if reached else UNFILTERED_EF[-1])
    for kind in KINDS:
        for share in SHARES:
            cell = {'kind': kind, 'share': share}
            for side in sides:
                cell[side.name] = cell_rows(side, options, about, folder, (kind, share), result['ef'])
                for name, row in cell[side.name].items():
                    report(side, f'{kind} {share} {name}', row)
            result['cells'].append(cell)
    return result
