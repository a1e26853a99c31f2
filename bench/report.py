#!/usr/bin/python3
# SPDX-License-Identifier: PostgreSQL
"""Tables and plots out of bench/results: docs/benchmarks.md and docs/img/SET.svg.

report.py [SET...]      all sets that have results, in the catalogue's order; --print writes the text to stdout alone

It refuses to write a document that lacks a set under a heading where the present one has it.
"""
import argparse
import json
import math
from pathlib import Path

import datasets

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / 'docs'
RECALLS = (0.95, 0.99)
LOWEST_RECALL = 0.8
DEFAULT_EF = 40
FILTER_RECALL = 0.95
COLOURS = {'vexpg': '#1f5fbf', 'pgvector': '#d0662a', 'hnswlib': '#7a7a7a', 'zvec': '#b0a030'}
OURS, PEER = 'vexpg', 'pgvector'


def at_recall(points, recall, key='qps'):
    """(value, is a bound) of a curve at a recall: between two measured points the logarithm is interpolated linearly.
    A curve that begins above the recall gives its first point as a lower bound; None if it never gets there."""
    points = sorted(points, key=lambda point: point['ef'])
    if points and points[0]['recall'] >= recall:
        return points[0][key], True
    for low, high in zip(points, points[1:]):
        if low['recall'] < recall <= high['recall']:
            share = (recall - low['recall']) / (high['recall'] - low['recall'])
            return math.exp((1 - share) * math.log(low[key]) + share * math.log(high[key])), False
    return None


def curve(result, engine):
    points = result.get('search', []) + result.get('libraries', {}).get('curve', [])
    return [point for point in points if point['engine'] == engine]


def table(head, rows):
    if not rows:
        return []
    align = ['---'] + ['--:'] * (len(head) - 1)
    return ['| ' + ' | '.join(map(str, row)) + ' |' for row in (head, align, *rows)] + ['']


def ratio(ours, theirs):
    return f'**{ours / theirs:.2f}x**' if ours and theirs else ''


def megabytes(count):
    return f'{count / 1e6:.1f}'


def kilobytes(count):
    return f'{count / 1e3:.1f}'


def sides_of(result, part):
    """(vexpg's dictionary, pgvector's) of a part, if both were measured in one run."""
    measured = result.get(part, {})
    return (measured[OURS], measured[PEER]) if OURS in measured and PEER in measured else None


# ---- The tables -----------------------------------------------------------------------------------------------------

def data_table(results):
    return table(['set', 'rows', 'dimensions', 'metric', 'local intrinsic dimension',
                  'default ef_search: recall@10 of vexpg', 'of pgvector'],
                 [[name, f'{r["set"]["rows"]:,}', r['set']['dim'], r['set']['metric'], r['set']['local_dimension'],
                   *(next((f'{p["recall"]:.4f}' for p in curve(r, side) if p['ef'] == DEFAULT_EF), '')
                     for side in (OURS, PEER))]
                  for name, r in results.items()])


def smallest_ratio(result):
    """Our speed over the peer's at equal recall where we are worst, over the peer's points that both curves cover."""
    ratios = []
    for point in curve(result, PEER):
        ours = at_recall(curve(result, OURS), point['recall'])
        if ours and point['recall'] >= LOWEST_RECALL:
            ratios.append(ours[0] / point['qps'])
    return f'{min(ratios):.2f}x' if ratios else ''


def search_table(results):
    rows = []
    for name, result in results.items():
        if not result.get('search'):
            continue
        # Two curves that both begin above a recall are compared where the later one begins.
        begin = max((min(p['recall'] for p in curve(result, side)) for side in (OURS, PEER) if curve(result, side)),
                    default=0)
        for recall in sorted({max(recall, math.ceil(begin * 1000) / 1000) for recall in RECALLS}):
            row = [name, recall]
            found = {}
            for engine in (OURS, PEER, 'hnswlib', 'zvec'):
                qps, p50, p99 = (at_recall(curve(result, engine), recall, key) for key in ('qps', 'p50', 'p99'))
                found[engine] = qps and qps[0]
                shown = f'{"≥ " if qps[1] else ""}{qps[0]:,.0f}' if qps else '-'
                if qps and engine in (OURS, PEER):
                    shown += f' ({p50[0]:,.0f} / {p99[0]:,.0f})'
                row.append(shown)
            row[4:4] = [ratio(found[OURS], found[PEER]), smallest_ratio(result)]
            rows.append(row)
    return table(['set', 'recall@10', 'vexpg QPS (p50 / p99 us)', 'pgvector QPS (p50 / p99 us)', 'ratio',
                  'ratio where smallest', 'hnswlib QPS', 'zvec QPS'], rows)


def build_table(results):
    rows = []
    for name, result in results.items():
        if sides := sides_of(result, 'build'):
            ours, theirs = sides
            count = result['set']['rows']
            rows.append([name, f'{ours["seconds"]:.1f}', f'{theirs["seconds"]:.1f}',
                         ratio(theirs['seconds'], ours['seconds']),
                         megabytes(ours['bytes']), megabytes(theirs['bytes']),
                         f'**{ours["bytes"] / theirs["bytes"]:.2f}**', f'{ours["bytes"] / count:,.0f}',
                         f'{theirs["bytes"] / count:,.0f}'])
    return table(['set', 'vexpg s', 'pgvector s', 'faster', 'vexpg MB', 'pgvector MB', 'size ratio',
                  'vexpg bytes a row', 'pgvector bytes a row'], rows)


def both(sides, key, shown):
    """A cell for each side; a dash where an older run did not measure it."""
    return [shown(side[key]) if key in side else '-' for side in sides]


def write_table(results):
    rows = []
    for name, result in results.items():
        if sides := sides_of(result, 'write'):
            ours, theirs = sides
            rates = [cell for key in ('single', 'batch', 'statement', 'two_writers')
                     for cell in both(sides, key, lambda rate: f'{rate:,.0f}')]
            rows.append([name, *rates, ratio(ours['single'], theirs['single']),
                         ratio(ours.get('statement'), theirs.get('statement'))])
    return table(['set', 'rows/s one by one: vexpg', 'pgvector', 'in transactions of 1,000: vexpg', 'pgvector',
                  'one statement: vexpg', 'pgvector', 'two writers: vexpg', 'pgvector', 'ratio, one by one',
                  'one statement'], rows)


def wal_table(results):
    rows = []
    for name, result in sorted(results.items(), key=lambda item: item[1]['set']['dim']):
        if sides := sides_of(result, 'write'):
            keys = ('wal_after_checkpoint', 'wal_again', 'wal_without_images', 'wal_of_the_table')
            cells = [cell for key in keys for cell in both(sides, key, kilobytes)]
            index = [side[keys[2]] - side[keys[3]] for side in sides if keys[3] in side]
            rows.append([result['set']['dim'], name, *cells,
                         f'**{index[0] / index[1]:.2f}**' if len(index) == 2 else '-'])
    return table(['dimensions', 'set', 'kB a row after a checkpoint: vexpg', 'pgvector', 'the next rows: vexpg', 'pgvector',
                  'without page images: vexpg', 'pgvector', 'of that the table: vexpg', 'pgvector',
                  'the index alone, to pgvector\'s'], rows)


def vacuum_table(results):
    rows = []
    for name, result in results.items():
        if sides := sides_of(result, 'vacuum'):
            ours, theirs = sides
            rows.append([name, f'{ours["seconds"]:.2f}', f'{theirs["seconds"]:.1f}',
                         ratio(theirs['seconds'], ours['seconds']),
                         megabytes(ours['wal']), megabytes(theirs['wal']),
                         *both(sides, 'seconds_30', lambda seconds: f'{seconds:.1f}'),
                         ratio(theirs.get('seconds_30'), ours.get('seconds_30')),
                         *(f'{side[key]:.4f}' for key in ('recall_40', 'recall_200') for side in (ours, theirs))])
    return table(['set', 'a tenth: vexpg s', 'pgvector s', 'faster', 'vexpg WAL MB', 'pgvector WAL MB',
                  '30 % more: vexpg s', 'pgvector s', 'faster',
                  'recall@10 after, ef 40: vexpg', 'pgvector', 'ef 200: vexpg', 'pgvector'], rows)


def at_filter_recall(points, key):
    """The unfiltered curve at the recall that filtered cells are measured against."""
    value = at_recall(points, FILTER_RECALL, key)
    return value[0] if value else points[-1][key]


def slower_than_best(ours):
    """The planner's plan to the best of all that can be forced and find enough. A plan that was measured twice, chosen and
    forced, counts with the better time."""
    chosen = ours['planner']
    forced = [ours[name] for name in ('hnsw', 'bitmap', 'seqscan')]
    mine = min(row['p50'] for row in (chosen, *forced) if row['plan'] == chosen['plan'])
    return mine / min(mine, *(row['p50'] for row in forced if row['recall'] >= FILTER_RECALL))


def filter_cell(cell, unfiltered):
    """One line: ours against the unfiltered query and against other plans, the peer's modes beside it."""
    ours, theirs = cell[OURS], cell.get(PEER, {})
    planner, index, plain, exact = ours['planner'], ours['hnsw'], ours.get('plain filter'), ours.get('exact pass')
    return [f'{100 * cell["share"]:g} %', cell['kind'], f'{index["recall"]:.3f}', f'{index["rows"]:.1f}',
            index['strategy'], f'{index["visits"]:,.0f}',
            f'{index["visits"] / at_filter_recall(unfiltered, "visits"):.2f}', f'{index["p50"]:,.0f}',
            f'{index["p50"] / at_filter_recall(unfiltered, "p50"):.2f}', exact and f'{exact["p50"]:,.0f}' or '-',
            planner['plan'], f'{slower_than_best(ours):.2f}', f'{ours["bitmap"]["p50"]:,.0f}',
            f'{ours["seqscan"]["p50"]:,.0f}', plain and f'{plain["p50"]:,.0f} ({plain["recall"]:.2f})' or '-',
            *(f'{theirs[mode]["p50"]:,.0f} ({theirs[mode]["recall"]:.2f}, {theirs[mode]["rows"]:.1f})' if mode in theirs
              else '-' for mode in ('off', 'strict', 'relaxed'))]


def filter_summary(name, measured):
    """What the cells come to, in a sentence or two."""
    unfiltered = measured['unfiltered'][OURS]
    base = at_filter_recall(unfiltered, 'p50')
    ours = [cell[OURS] for cell in measured['cells']]
    visits = [cell['hnsw']['visits'] / at_filter_recall(unfiltered, 'visits') for cell in ours]
    times = [cell['hnsw']['p50'] / base for cell in ours]
    exact = [cell['hnsw']['p50'] / max(12 * base, 1.2 * cell.get('exact pass', cell['hnsw'])['p50']) for cell in ours]
    return (f'{name}, hnsw.ef_search = {measured["ef"]}; without a filter {at_filter_recall(unfiltered, "visits"):,.0f} visits '
            f'and {base:,.0f} us at recall {FILTER_RECALL}. Over the {len(ours)} cells {sum(visits) / len(visits):.2f} times '
            f'the visits and {sum(times) / len(times):.2f} times the time, at most {max(times):.1f} times; '
            f'{sum(share > 1 for share in exact)} cells take longer than both 12 times the unfiltered query and 1.2 times the '
            f'exact pass. Smallest recall {min(cell["hnsw"]["recall"] for cell in ours):.3f}; the plan chosen takes at most '
            f'{max(map(slower_than_best, ours)):.2f} times as long as the best one.')


def filter_tables(results):
    lines = []
    for name, result in results.items():
        measured = result.get('filters')
        if not measured:
            continue
        rows = [filter_cell(cell, measured['unfiltered'][OURS]) for cell in measured['cells']]
        lines += [filter_summary(name, measured), '']
        lines += table(['rows that match', 'filter and query', 'recall@10', 'rows', 'strategy', 'visits', 'x', 'p50 us', 'x',
                        'exact pass us', 'plan chosen', 'its time / the best plan\'s', 'bitmap and sort us', 'sequential us',
                        'hnsw, plain filter us (recall)', 'pgvector us (recall, rows): off', 'strict', 'relaxed'], rows)
    return lines


def churn_table(results):
    rows = []
    for name, result in results.items():
        for side, row in result.get('churn', {}).items():
            rows.append([name, side, *(f'{row[state + key]:.4f}' for key in ('recall_40', 'recall_200') for state in ('', 'fresh_')),
                         f'{row["bytes"] / row["fresh_bytes"]:.2f}', f'{row["vacuum_seconds"]:.1f}', f'{row["insert_seconds"]:.1f}'])
    return table(['set', 'engine', 'recall@10, ef 40', 'fresh', 'ef 200', 'fresh', 'size to fresh', 'vacuums s', 'inserts s'],
                 rows)


def builds_table(results):
    rows = []
    for name, result in results.items():
        measured = result.get('builds', {})
        for variant, sides in measured.items():
            row = [name, variant]
            for side in (side for side in (OURS, PEER) if side in sides):
                found, whole = sides[side], measured['one process'][side]
                row += [f'{found["seconds"]:.1f} ({whole["seconds"] / found["seconds"]:.2f}x)',
                        f'{found["graph"]:.1f} ({whole["graph"] / max(found["graph"], 1e-3):.2f}x)',
                        f'{found["recall"]:.4f}', f'{found["qps"]:,.0f}']
            times = [sides[side]['seconds'] for side in (PEER, OURS) if side in sides]
            rows.append([*row, *['-'] * (10 - len(row)), ratio(*times) if len(times) == 2 else '-'])
    ours = ['s (one process to it)', 'of that the graph', 'recall@10, ef 40', 'QPS']
    return table(['set', 'build', *(f'{side}: {ours[0]}' if i == 0 else ours[i] for side in (OURS, PEER) for i in range(4)),
                  'faster'], rows)


def builds_section(results):
    lines = builds_table(results)
    return lines and [
        'Under other conditions: a worker more; `profile = \'instant\'` and `quality`, pgvector with the same m and '
        'ef_construction; `maintenance_work_mem` a quarter of what pgvector\'s build needs, on both sides.', '', *lines]


def scaling_section(results):
    """Build time a row; the plot is beside it."""
    lines = []
    for name, result in results.items():
        points = [point for point in result.get('scaling', []) if point['engine'] == OURS]
        if points:
            first = points[0]
            lines += [f'The first rows of {name}: build time a row by number of rows, beside its logarithm.', '']
            lines += table(['rows', 's', 'us a row', 'to the first', 'log n to the first'],
                           [[f'{p["rows"]:,}', f'{p["seconds"]:.1f}', f'{1e6 * p["seconds"] / p["rows"]:.1f}',
                             f'{p["seconds"] / p["rows"] / (first["seconds"] / first["rows"]):.2f}',
                             f'{math.log(p["rows"]) / math.log(first["rows"]):.2f}'] for p in points])
            lines += [f'![build time a row of {name}](img/{name}.scaling.svg)', '']
    return lines


def clients_table(results):
    rows = []
    for name, result in results.items():
        points = {(p['engine'], p['ef'], p['clients']): p for p in result.get('clients', [])}
        for engine, ef, count in points:
            if count == 1:
                one, two = points[engine, ef, 1], points[engine, ef, 2]
                rows.append([name, engine, ef, f'{one["recall"]:.4f}', f'{one["qps"]:,.0f}', f'{two["qps"]:,.0f}',
                             f'{two["qps"] / one["qps"]:.2f}',
                             *(f'{p["p50"]:,.0f} / {p["p99"]:,.0f}: {p["p99"] / p["p50"]:.2f}' for p in (one, two))])
    return table(['set', 'engine', 'ef', 'recall@10', 'QPS, one client', 'two clients', 'to one',
                  'p50 / p99 us and their ratio, one client', 'two clients'], rows)


def clients_section(results):
    lines = clients_table(results)
    return lines and ['Two clients at a time, each with its backend on a core of its own:', '', *lines]


def large_rows(name, state, points):
    """Lines of one state: at equal recall, interpolated; cold, at the ef that a warm server needs for it."""
    ours, theirs = ([p for p in points if p['engine'] == side] for side in (OURS, PEER))
    for recall in RECALLS if ours and theirs else ():
        if state == 'cold':
            found = [next((p for p in side if p['at'] == recall), None) for side in (ours, theirs)]
        else:
            found = [{key: value[0] for key in ('qps', 'p50', 'p99') if (value := at_recall(side, recall, key))}
                     for side in (ours, theirs)]
        if all(found):
            yield [name, state, recall, *(f'{p["qps"]:,.0f} ({p["p50"]:,.0f} / {p["p99"]:,.0f})' for p in found),
                   ratio(*(p['qps'] for p in found))]


def large_section(results):
    rows = [row for name, result in results.items() for state in ('warm', 'quarter', 'cold')
            for row in large_rows(name, state, result.get('large', {}).get(state, []))]
    lines = table(['set', 'memory', 'recall@10', 'vexpg QPS (p50 / p99 us)', 'pgvector QPS (p50 / p99 us)', 'ratio'], rows)
    return lines and [
        '## Large', '', 'One client: the whole index in shared buffers (warm); shared_buffers a quarter of the side\'s own '
        'index, the rest in the kernel\'s cache (quarter); the first 50 queries after a restart with an empty page cache, at '
        'the ef_search that gives the recall (cold).', '', *lines]


def compression_section(results):
    lines = []
    for name, result in results.items():
        measured = result.get('compression')
        if measured:
            lines += [f'{name}:', '']
            others = {8 * row['bytes'] / result['set']['dim']: row['alone'] for row in measured['quantiser']}
            lines += table(['bits', 'refine', 'index bytes a row', 'recall@10, ef 40', 'QPS', 'recall@10 of the codes alone',
                            'of product quantisation with as many bytes'],
                           [[row['bits'], row['refine'], f'{row["bytes"]:,.0f}', f'{row["recall"]:.4f}', f'{row["qps"]:,.0f}',
                             f'{row["codes_alone"]:.4f}', f'{alone:.4f}' if (alone := others.get(row['bits'] + row['refine']))
                             else '-'] for row in measured['codes']])
            if measured['quantiser']:
                lines += table(['product quantisation, bytes a row', 'bits a dimension', 'recall@10 of the codes alone',
                                'of 40 candidates with true distances'],
                               [[row['bytes'], f'{8 * row["bytes"] / result["set"]["dim"]:g}', f'{row["alone"]:.4f}',
                                 f'{row["reranked"]:.4f}'] for row in measured['quantiser']])
    return lines and [
        '## Compression', '', '`WITH (bits, refine)`: what an index costs and gives. Codes alone: `vexpg.rerank = index` at '
        '`hnsw.ef_search = 200`. Beside it faiss\'s product quantiser, all rows scored for 100 queries.', '', *lines]


def types_table(results):
    rows = []
    for name, result in results.items():
        for case, measured in result.get('types', {}).items():
            ours, theirs = ([point for point in measured['curve'] if point['engine'] == side] for side in (OURS, PEER))
            row = [name, case]
            for recall in RECALLS:
                # Where both curves begin above the recall, at the recall where the later one begins.
                recall = max(recall, *(min((p['recall'] for p in side), default=1) for side in (ours, theirs)))
                found = [at_recall(side, recall) for side in (ours, theirs)]
                row += [f'{recall:.3g}', *(f'{qps[0]:,.0f}' if qps else '-' for qps in found),
                        ratio(*(qps[0] for qps in found)) if all(found) else '-']
            built = measured['built']
            rows.append([*row, ratio(built[PEER]['seconds'], built[OURS]['seconds']),
                         f'**{built[OURS]["bytes"] / built[PEER]["bytes"]:.2f}**'])
    return table(['set', 'type and metric', *['recall@10', 'vexpg QPS', 'pgvector QPS', 'ratio'] * 2, 'build faster',
                  'size ratio'], rows)


def types_section(results):
    lines = types_table(results)
    return lines and [
        '## Types and metrics', '', 'The same vectors cast to the other types, 200 queries, exact answers under each metric; '
        'bit is `binary_quantize()` of the vectors, and many rows are equally near then.', '', *lines]


def conditions_text(results):
    """The machine and settings, said once; sets that were measured otherwise are said to be."""
    every = {name: result['conditions'].get('search') or next(iter(result['conditions'].values()))
             for name, result in results.items()}
    first = next(iter(every.values()))
    extensions = ', '.join(f'{name} {version}' for name, version in first['extensions'].items())
    text = [f'Measured on {first["date"]}: {first["cpu"]}, {first["cores"]} cores; PostgreSQL {first["server"]} with '
            f'{extensions}; shared_buffers {first["shared_buffers"]}, jit off, m = {first["m"]}, '
            f'ef_construction = {first["ef_construction"]}, max_parallel_maintenance_workers = {first["workers"]}, '
            f'vectors stored {first["storage"]}, median of {first["rounds"]} alternating rounds, '
            'everything in memory and warm.', '']
    for name, other in every.items():
        different = [f'{key} {value}' for key, value in other.items() if value != first[key] and key != 'date']
        if different:
            text += [f'{name}: {"; ".join(different)}.', '']
    return text


def plot(name, result, path):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as pyplot
    # Equal results give an equal file.
    matplotlib.rcParams['svg.hashsalt'] = name
    figure, axes = pyplot.subplots(figsize=(6.4, 4.0))
    for engine, colour in COLOURS.items():
        points = sorted(curve(result, engine), key=lambda point: point['ef'])
        points = [point for point in points if point['recall'] >= LOWEST_RECALL]
        if points:
            style = '-o' if engine in (OURS, PEER) else '--s'
            axes.plot([point['recall'] for point in points], [point['qps'] for point in points], style, color=colour,
                      markersize=4, linewidth=1.6, label=engine + (' (in process)' if style == '--s' else ' (SQL)'))
    axes.set_yscale('log')
    axes.set_xlabel('recall@10')
    axes.set_ylabel('queries per second, one client')
    about = result['set']
    axes.set_title(f'{name}: {about["rows"]:,} rows, {about["dim"]} dimensions, {about["metric"]}', fontsize=10)
    axes.grid(True, which='both', alpha=0.25)
    axes.legend(fontsize=9)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={'Date': None} if path.suffix == '.svg' else None)
    pyplot.close(figure)


def scaling_plot(name, points, path):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as pyplot
    matplotlib.rcParams['svg.hashsalt'] = name
    figure, axes = pyplot.subplots(figsize=(6.4, 4.0))
    for engine in dict.fromkeys(point['engine'] for point in points):
        mine = [point for point in points if point['engine'] == engine]
        axes.plot([p['rows'] for p in mine], [1e6 * p['seconds'] / p['rows'] for p in mine], '-o', color=COLOURS[engine],
                  markersize=4, linewidth=1.6, label=engine)
        scale = mine[0]['seconds'] / mine[0]['rows'] / math.log(mine[0]['rows'])
        axes.plot([p['rows'] for p in mine], [1e6 * scale * math.log(p['rows']) for p in mine], ':', color=COLOURS[engine],
                  linewidth=1.2, label='as log n')
    axes.set_xscale('log')
    axes.set_ylim(bottom=0)
    axes.set_xlabel('rows')
    axes.set_ylabel('build time a row, us')
    axes.set_title(name, fontsize=10)
    axes.grid(True, which='both', alpha=0.25)
    axes.legend(fontsize=9)
    figure.tight_layout()
    figure.savefig(path, metadata={'Date': None})
    pyplot.close(figure)


def filter_section(results):
    lines = filter_tables(results)
    return lines and [
        '## Filters', '',
        'LIMIT 10 under a condition on a column of the index that the given share of the rows satisfies: rows that have '
        'nothing to do with the query, rows around it, or rows far away from it. Each kind of plan is forced in turn; '
        'plans are made anew for each query, so that the planner knows the values. pgvector\'s index has no such columns: '
        'it filters what its index returns, in its three modes of `hnsw.iterative_scan`.', '', *lines]


def document(results):
    plots = [f'![recall and speed on {name}](img/{name}.svg)' for name in results if results[name].get('search')]
    return '\n'.join([
        '# Benchmarks', '',
        'Written by `bench/report.py` from measurements of `bench/run.py`; [bench/README.md](../bench/README.md) tells '
        'how each table is repeated and what exactly is measured.', '',
        *conditions_text(results),
        '## Data', '', *data_table(results),
        '## Search', '',
        'At equal recall, interpolated on both curves (where both begin above a recall, at the recall where the later '
        'one begins); `≥` marks a curve that is above that recall at its first point. The smallest ratio is over all points '
        'of pgvector\'s curve from a recall of 0.8 on. '
        'hnswlib and zvec search in their own process, without SQL, connection or transactions.', '',
        *search_table(results), *[line for image in plots for line in (image, '')],
        *clients_section(results), *large_section(results), *types_section(results), *compression_section(results),
        *filter_section(results),
        '## Build and size', '', *build_table(results), *builds_section(results), *scaling_section(results),
        '## Inserts', '', *write_table(results),
        'WAL of an inserted row, the table\'s own included:', '', *wal_table(results),
        '## Vacuum', '', 'After deleting a tenth of the rows, and then 30 % of what is left.', '', *vacuum_table(results),
        '## Churn', '', 'Three times half of the rows were deleted, vacuumed away and inserted again; beside an index built '
        'afresh from the same rows.', '', *churn_table(results)])


def tables_in(text):
    """(heading, first cell) of every line of every table: which sets a document tells of, and under what."""
    found, heading = set(), ''
    for line in text.splitlines():
        if line.startswith('#'):
            heading = line.strip('# ')
        elif line.startswith('| ') and not line.startswith(('| set |', '| ---')):
            found.add((heading, line.split('|')[1].strip()))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('sets', nargs='*')
    parser.add_argument('--results', type=Path, default=HERE / 'results')
    parser.add_argument('--docs', type=Path, default=DOCS)
    parser.add_argument('--print', action='store_true')
    parser.add_argument('--lose', action='store_true', help='write the document even if it tells less than the present one')
    options = parser.parse_args()
    order = list(datasets.catalogue())
    found = {path.stem: path for path in options.results.glob('*.json')}
    names = options.sets or sorted((name for name in found if 'small' not in name),
                                   key=lambda name: (order.index(name) if name in order else len(order), name))
    results = {name: json.loads(found[name].read_text()) for name in names}
    if not results:
        raise SystemExit(f'no results in {options.results}')
    text = document(results).rstrip() + '\n'
    if options.print:
        print(text, end='')
        return
    target = options.docs / 'benchmarks.md'
    lost = sorted(tables_in(target.read_text()) - tables_in(text)) if target.exists() else []
    if lost and not options.lose:
        raise SystemExit('the present document tells what these results do not (--lose writes nevertheless):\n'
                         + '\n'.join(f'  {heading}: {name}' for heading, name in lost))
    for name, result in results.items():
        if result.get('search'):
            plot(name, result, options.docs / 'img' / f'{name}.svg')
        if result.get('scaling'):
            scaling_plot(name, result['scaling'], options.docs / 'img' / f'{name}.scaling.svg')
    target.write_text(text)
    print(target)


if __name__ == '__main__':
    main()
