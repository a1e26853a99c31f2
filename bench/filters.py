# SPDX-License-Identifier: PostgreSQL
"""Filtered search: the data's attributes, the cells, and what is measured in each (the part `filters` of run.py).

Every row has two attributes. `u` is a random rank. `b` is a rank in an order in which rows near each other stand near
each other: the set is cut in two halves of equal size along its widest direction, each half again, and so on. A filter
is a range of one of them that holds a given share of the rows: of `u` it does not care for the query, of `b` it is the
range around the query's nearest row (correlated), or the one whose centre is the farthest from the query (opposed).
A set of the user's own may bring attributes (datasets.own_attributes): there a filter is equality with the query's own
value, or with some other value.
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
PLAIN_SHARE = 0.01          # below it a plain filter reads the whole index
OTHER_ROWS = 10             # that have the other value, at the least
COLUMN = {'uncorrelated': 'u', 'correlated': 'b', 'opposed': 'b'}
EXACT = 'SET vexpg.ef_search = 10000'   # so wide a search of the graph costs more than the exact pass

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


def own_filters(codes, asked, other):
    """Of each query its own value of an attribute, or one of the others; both ends of a range."""
    if not other:
        return np.stack([asked, asked], axis=1).astype('<i4')
    counts = np.bincount(codes)
    rng = np.random.default_rng(47)
    chosen = [rng.choice([value for value in np.flatnonzero(counts >= OTHER_ROWS) if value != own]) for own in asked]
    return np.stack([chosen, chosen], axis=1).astype('<i4')


def every_cell(ranks, own, keys, asked, truth):
    """(description of a cell, its filters), one after the other."""
    for kind in KINDS:
        for share in SHARES:
            yield ({'kind': kind, 'share': share, 'column': COLUMN[kind], 'where': f'{COLUMN[kind]} BETWEEN $2 AND $3'},
                   cell_filters(kind, share, ranks, keys, asked, truth))
    for column, (codes, values) in own.items():
        for other in (False, True):
            filters = own_filters(codes, values, other)
            share = float(np.mean(np.bincount(codes)[filters[:, 0]])) / len(codes)
            yield ({'kind': f'{column}, {"another" if other else "its own"}', 'share': float(f'{share:.2g}'),
                    'column': column, 'where': f'{column} = $2'}, filters)


def prepare(folder, about):
    """What filters.json says. Files of the part: attributes.f32 (u, b and the set's own attributes of each row),
    filter-query.f32, and for each cell filters and truth."""
    if (folder / 'filters.json').exists():
        return json.loads((folder / 'filters.json').read_text())
    rows, queries = (np.fromfile(folder / f'{kind}.f32', '<f4').reshape(-1, about['dim']) for kind in ('base', 'query'))
    truth = np.fromfile(folder / 'truth.ivecs', '<i4').reshape(len(queries), -1)[:, 1:]
    # The queries of some sets are sorted, the first of them easy.
    chosen = np.random.default_rng(41).permutation(len(queries))[:QUERIES]
    queries, truth = queries[chosen], truth[chosen]
    own = {name: (codes, asked[chosen]) for name, (codes, asked) in datasets.own_attributes(about['name']).items()}
    keys, asked = (datasets.unit(part) if about['metric'] == 'cosine' else part for part in (rows, queries))
    ranks = {'u': np.random.default_rng(43).permutation(len(rows)).astype(np.int32), 'b': spatial_rank(keys)}
    columns = ranks | {name: codes for name, (codes, _) in own.items()}
    np.stack(list(columns.values()), axis=1).astype('<f4').tofile(folder / 'attributes.f32')
    queries.astype('<f4').tofile(folder / 'filter-query.f32')
    np.hstack([np.full((len(truth), 1), datasets.DEPTH), truth]).astype('<i4').tofile(folder / 'filter-truth.ivecs')
    np.tile(np.array([0, 1], '<i4'), (len(queries), 1)).tofile(folder / 'filter-none.i32')
    scores = -(asked @ keys.T)
    if about['metric'] == 'l2':
        scores = (keys ** 2).sum(axis=1)[None] + 2 * scores
    cells = []
    for cell, filters in every_cell(ranks, own, keys, asked, truth):
        filters.tofile(folder / f'filter-{len(cells)}.i32')
        cell_truth(scores, columns[cell['column']], filters).tofile(folder / f'filter-{len(cells)}.ivecs')
        cells.append({'number': len(cells)} | cell)
    described = {'queries': QUERIES, 'columns': list(columns), 'cells': cells}
    (folder / 'filters.json').write_text(json.dumps(described))
    return described


# ---- Measuring ---------------------------------------------------------------------------------------------------------

COLUMNS = ('recall', 'rows', 'qps', 'p50', 'p99', 'plan', 'visits', 'pages', 'strategy')


def load(side, about, folder, opclass, columns):
    """The table with its attributes and indexes, made once for each build of the extension."""
    stamp = f'filtered {about["name"]} {about["sha256"]} {side.index_stamp(", ".join(columns))}'
    if side.value("SELECT coalesce(obj_description(to_regclass('filtered')), '')") == stamp:
        return
    side.sql('DROP TABLE IF EXISTS filtered, attributes')
    side.sql(f'CREATE TABLE attributes (id int, embedding vector({len(columns)}))')
    side.driver('copy', table='attributes', rows=folder / 'attributes.f32', dim=len(columns))
    side.sql(f'CREATE TABLE filtered (LIKE items INCLUDING STORAGE, {", ".join(f"{name} int" for name in columns)})')
    side.sql('INSERT INTO filtered SELECT i.id, i.embedding, '
             + ', '.join(f'(a.embedding::real[])[{number}]' for number in range(1, len(columns) + 1))
             + ' FROM items i JOIN attributes a USING (id) ORDER BY i.id')
    for name in columns:
        side.sql(f'CREATE INDEX ON filtered ({name})')
    keys = ', '.join([f'embedding {opclass}', *(columns if side.name == 'vexpg' else [])])
    side.sql(f'CREATE INDEX filtered_hnsw ON filtered USING hnsw ({keys}) WITH ({side.parameters()})')
    side.sql('DROP TABLE attributes')
    side.sql('VACUUM ANALYZE filtered')
    side.sql(f"COMMENT ON TABLE filtered IS '{stamp}'")


def ask(side, about, folder, cell, setup, where=None):
    """The queries of a cell (None: without a filter) under such settings, as many as the patience lasts for."""
    options = side.options
    filters, truth = (('filter-none.i32', 'filter-truth.ivecs') if cell is None else
                      (f'filter-{cell["number"]}.i32', f'filter-{cell["number"]}.ivecs'))
    words = side.driver('filter', base=folder / 'base.f32', queries=folder / 'filter-query.f32', truth=folder / truth,
                        filters=folder / filters, where=where or cell['where'], dim=about['dim'],
                        metric=about['metric'],
                        seconds=min(options.seconds, options.patience), limit=options.patience, core=options.core,
                        table='filtered', k=options.limit, count=options.filter_queries, setup=setup or 'SELECT 1',
                        stats=int(side.name == 'vexpg'))
    row = dict(zip(COLUMNS, words))
    return {key: value if key in ('plan', 'strategy') else float(value) for key, value in row.items()}


def unfiltered(side, about, folder, report):
    """The curve without a filter: what the cells are measured against."""
    curve = []
    for ef in UNFILTERED_EF:
        setup = f'{FORCED["hnsw"]}; SET hnsw.ef_search = {ef}'
        curve.append({'ef': ef, **ask(side, about, folder, None, setup, '$2 <= $3')})
        report(side, f'ef {ef}', curve[-1])
        if curve[-1]['recall'] >= 0.985:
            break
    return curve


def our_plans(side, about, folder, cell, ef):
    """The planner's plan and each that can be forced, by name; the index without the attribute; and its exact pass."""
    set_ef = f'SET hnsw.ef_search = {ef}; '
    measured = {name: ask(side, about, folder, cell, set_ef + setup)
                for name, setup in ({'planner': ''} | FORCED).items()}
    if cell['share'] >= PLAIN_SHARE:
        column = cell['column']
        measured['plain filter'] = ask(side, about, folder, cell, set_ef + FORCED['hnsw'],
                                       cell['where'].replace(column, f'{column} + 0', 1))
    exact = ask(side, about, folder, cell, f'{FORCED["hnsw"]}; {EXACT}')
    if exact['strategy'] == 'exact':
        measured['exact pass'] = exact
    return measured


def peer_plans(side, about, folder, cell, ef):
    """The planner's plan, and the index in each mode of iterative scans."""
    set_ef = f'SET hnsw.ef_search = {ef}; '
    modes = {name: f'{FORCED["hnsw"]}; SET hnsw.iterative_scan = {mode}' for name, mode in ITERATIVE.items()}
    return {name: ask(side, about, folder, cell, set_ef + setup) for name, setup in ({'planner': ''} | modes).items()}


def measure(options, sides, about, folder, opclass, report):
    """{'unfiltered': {side: curve}, 'ef': ..., 'cells': [{kind, share, side: {plan: numbers}}]}"""
    described = prepare(folder, about)
    result = {'unfiltered': {}, 'cells': []}
    for side in sides:
        load(side, about, folder, opclass, described['columns'])
        result['unfiltered'][side.name] = unfiltered(side, about, folder, report)
    reached = [point['ef'] for point in result['unfiltered'][sides[0].name] if point['recall'] >= RECALL]
    result['ef'] = max(DEFAULT_EF, reached[0] if reached else UNFILTERED_EF[-1])
    for described_cell in described['cells']:
        cell = {'kind': described_cell['kind'], 'share': described_cell['share']}
        for side in sides:
            plans = our_plans if side.name == 'vexpg' else peer_plans
            cell[side.name] = plans(side, about, folder, described_cell, result['ef'])
            for name, row in cell[side.name].items():
                report(side, f'{cell["kind"]} {cell["share"]} {name}', row)
        result['cells'].append(cell)
    return result
