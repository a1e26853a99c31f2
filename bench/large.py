# SPDX-License-Identifier: PostgreSQL
"""A large set in three states of memory (the part `large` of run.py): the index in shared buffers; shared_buffers a
quarter of the side's own index, the rest with the kernel; nothing in memory. The server is restarted for each state."""
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT_BUFFERS = '4GB'
BUILD_MEMORY = '5GB'        # the peer's graph of 1,000,000 rows of 768 dimensions takes 4.2
EF = (10, 20, 40, 80, 160, 320, 640)
ENOUGH_RECALL = 0.99
RECALLS = (0.95, 0.99)
COLD_QUERIES = 50


def restart(buffers):
    subprocess.run([HERE / 'server.sh', 'start'], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {'VEXPG_BENCH_BUFFERS': buffers})


def drop_page_cache():
    """Needs root; then every page of the next query comes from the disk."""
    subprocess.run(['sync'], check=True)
    Path('/proc/sys/vm/drop_caches').write_text('3\n')


def read_index(side, mode):
    """The whole index into shared buffers (buffer) or into the kernel's cache alone (read)."""
    side.sql(f"SELECT pg_prewarm('items_embedding_idx', '{mode}')")


def curve(side, about, folder, report, state):
    points = []
    for ef in EF:
        points.append(side.search(about, folder, ef))
        report(side, state, points[-1])
        if points[-1]['recall'] >= ENOUGH_RECALL:
            break
    return points


def ef_for(points, recall):
    """The ef_search at which a side's warm curve reaches a recall, or the last one measured."""
    for low, high in zip([{'ef': 0, 'recall': 0.0}, *points], points):
        if high['recall'] >= recall:
            share = (recall - low['recall']) / (high['recall'] - low['recall'])
            return max(EF[0], round(low['ef'] + share * (high['ef'] - low['ef'])))
    return points[-1]['ef']


def cold(sides, about, folder, report, warm):
    """The first queries of a server that has just started, with an empty page cache, at equal recall."""
    result = []
    for recall in RECALLS:
        for side in sides:
            ef = ef_for([point for point in warm if point['engine'] == side.name], recall)
            restart(DEFAULT_BUFFERS)
            drop_page_cache()
            result.append({'at': recall, **side.search(about, folder, ef, once=1, count=COLD_QUERIES)})
            report(side, 'cold', result[-1])
    return result


def measure(options, sides, about, folder, report):
    """{state: points}, of both sides; `built` of an index that was not there or not by this very library."""
    restart(options.buffers)
    result = {'built': {}}
    for side in sides:
        side.sql('CREATE EXTENSION IF NOT EXISTS pg_prewarm')
        if built := side.require_index(about, memory=BUILD_MEMORY):
            result['built'][side.name] = built
            report(side, 'built', built)
    if {'warm', 'cold'} & set(options.states):
        result['warm'] = []
        for side in sides:
            read_index(side, 'buffer')
            result['warm'] += curve(side, about, folder, report, 'warm')
    if 'quarter' in options.states:
        result['quarter'] = []
        for side in sides:
            size = int(side.value("SELECT pg_relation_size('items_embedding_idx')"))
            restart(f'{max(size // 4 // 1024, 1024)}kB')
            read_index(side, 'read')
            result['quarter'] += curve(side, about, folder, report, 'quarter')
    if 'cold' in options.states:
        result['cold'] = cold(sides, about, folder, report, result['warm'])
    restart(DEFAULT_BUFFERS)
    return result
