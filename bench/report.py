#!/usr/bin/python3
# SPDX-License-Identifier: PostgreSQL
"""Tables and plots out of bench/results: docs/benchmarks.md and docs/img/SET.svg.

report.py [SET...]      all sets that have results, in the catalogue's order; --print writes the text to stdout alone
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
        if sides := sides_of(result, 'wal'):
            keys = ('wal_after_checkpoint', 'wal_again', 'wal_without_images', 'wal_of_the_table')
            cells = [cell for key in keys for cell in both(sides, key, kilobytes)]
            index = [side[keys[2]] - side[keys[3]] for side in sides if keys[3] in side]
            rows.append([result['set']['dim'], name, *cells,
                         f'**{index[0] / index[1]:.2f}**' if len(index) == 2 else '-'])
    return table(['dimensions', 'set', 'kB a row after a checkpoint: vexpg', 'pgvector', 'the next rows: vexpg', 'pgvector',
                  'without page images: vexpg', 'pgvector', 'of that the table: vexpg', 'pgvector',
                  'the index alone, to pgvector\'s'], rows)


def wal_section(results):
    lines = wal_table(results)
    return ['### WAL', '', 'Of an inserted row, the table\'s own included: right after a checkpoint, when most pages that are '
            'changed are logged in full; for the rows that follow; and with `full_page_writes` off.', '', *lines] if lines else []


def vacuum_table(results):
    rows = []
    for name, result in results.items():
        if sides := sides_of(result, 'vacuum'):
            ours, theirs = sides
            rows.append([name, f'{ours["seconds"]:.1f}', f'{theirs["seconds"]:.1f}',
                         ratio(theirs['seconds'], ours['seconds']),
                         megabytes(ours['wal']), megabytes(theirs['wal']),
                         *(f'{side[key]:.4f}' for key in ('recall_40', 'recall_200') for side in (ours, theirs))])
    return table(['set', 'vexpg s', 'pgvector s', 'faster', 'vexpg WAL MB', 'pgvector WAL MB',
                  'recall@10 after, ef 40: vexpg', 'pgvector', 'ef 200: vexpg', 'pgvector'], rows)


def at_filter_recall(points, key):
    """The unfiltered curve at the recall that filtered cells are measured against."""
    value = at_recall(points, FILTER_RECALL, key)
    return value[0] if value else points[-1][key]


def filter_cell(cell, unfiltered):
    """One line: ours against the unfiltered query and against other plans, the peer's modes beside it."""
    ours, theirs = cell[OURS], cell.get(PEER, {})
    planner, index, plain = ours['planner'], ours['hnsw'], ours.get('plain filter')
    best = min(row['p50'] for row in ours.values() if row['recall'] >= FILTER_RECALL)
    return [f'{100 * cell["share"]:g} %', cell['kind'], f'{index["recall"]:.3f}', f'{index["rows"]:.1f}',
            index['strategy'], f'{index["visits"]:,.0f}',
            f'{index["visits"] / at_filter_recall(unfiltered, "visits"):.2f}', f'{index["p50"]:,.0f}',
            f'{index["p50"] / at_filter_recall(unfiltered, "p50"):.2f}', planner['plan'],
            f'{planner["p50"] / best:.2f}', f'{ours["bitmap"]["p50"]:,.0f}', f'{ours["seqscan"]["p50"]:,.0f}',
            plain and f'{plain["p50"]:,.0f} ({plain["recall"]:.2f})' or '-',
            *(f'{theirs[mode]["p50"]:,.0f} ({theirs[mode]["recall"]:.2f}, {theirs[mode]["rows"]:.1f})' if mode in theirs
              else '-' for mode in ('off', 'strict', 'relaxed'))]


def filter_tables(results):
    lines = []
    for name, result in results.items():
        measured = result.get('filters')
        if not measured:
            continue
        unfiltered = measured['unfiltered'][OURS]
        rows = [filter_cell(cell, unfiltered) for cell in measured['cells']]
        visits = [float(row[6]) for row in rows]
        times = [float(row[8]) for row in rows]
        lines += [f'{name}, hnsw.ef_search = {measured["ef"]}; without a filter {at_filter_recall(unfiltered, "visits"):,.0f} '
                  f'visits and {at_filter_recall(unfiltered, "p50"):,.0f} us at recall {FILTER_RECALL}. Over the cells '
                  f'{sum(visits) / len(visits):.2f} times the visits and {sum(times) / len(times):.2f} times the time.', '']
        lines += table(['rows that match', 'filter and query', 'recall@10', 'rows', 'strategy', 'visits', 'x', 'p50 us', 'x',
                        'plan chosen', 'its time / the best plan\'s', 'bitmap and sort us', 'sequential us',
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
        *filter_section(results),
        '## Build and size', '', *build_table(results),
        '## Inserts', '', *write_table(results),
        *wal_section(results),
        '## Vacuum', '', 'After deleting a tenth of the rows (each round another tenth).', '', *vacuum_table(results),
        '## Churn', '', 'Three times half of the rows were deleted, vacuumed away and inserted again; beside an index built '
        'afresh from the same rows.', '', *churn_table(results)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('sets', nargs='*')
    parser.add_argument('--results', type=Path, default=HERE / 'results')
    parser.add_argument('--docs', type=Path, default=DOCS)
    parser.add_argument('--print', action='store_true')
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
    for name, result in results.items():
        if result.get('search'):
            plot(name, result, options.docs / 'img' / f'{name}.svg')
    (options.docs / 'benchmarks.md').write_text(text)
    print(options.docs / 'benchmarks.md')


if __name__ == '__main__':
    main()
