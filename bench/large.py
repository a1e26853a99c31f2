# SPDX-License-Identifier: PostgreSQL
"""A large set in three states of memory (the part `large` of run.py): everything in shared buffers; shared_buffers a quarter
of the side's own index, the rest with the kernel; and nothing in memory at all. The server is restarted for each state."""
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
WARM_BUFFERS = '10GB'
EF = (10, 20, 40, 80, 160, 320)
COLD_EF = (40, 160)
COLD_QUERIES = 50


def restart(buffers):
    subprocess.run([HERE / 'server.sh', 'start'], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {'VEXPG_BENCH_BUFFERS': buffers})


def drop_page_cache():
    """Needs root; then every page of the next query comes from the disk."""
    subprocess.run(['sync'], check=True)
    Path('/proc/sys/vm/drop_caches').write_text('3\n')


def curve(side, about, folder, report, state):
    points = []
    for ef in EF:
        points.append(side.search(about, folder, ef))
        report(side, state, points[-1])
        if points[-1]['recall'] >= 0.995:
            break
    return points


def measure(options, sides, about, folder, report):
    """{state: points}, of both sides; `built` of an index that was not there."""
    restart(WARM_BUFFERS)
    result = {'built': {}, 'warm': [], 'quarter': [], 'cold': []}
    for side in sides:
        if not side.value("SELECT to_regclass('items_embedding_idx')"):
            result['built'][side.name] = side.create_index(about)
            report(side, 'built', result['built'][side.name])
        result['warm'] += curve(side, about, folder, report, 'warm')
    for side in sides:
        size = int(side.value("SELECT pg_relation_size('items_embedding_idx')"))
        restart(f'{size // 4 // 1024}kB')
        result['quarter'] += curve(side, about, folder, report, 'quarter')
    for ef in COLD_EF:
        for side in sides:
            restart('4GB')
            drop_page_cache()
            point = side.search(about, folder, ef, once=1, count=COLD_QUERIES)
            result['cold'].append(point)
            report(side, 'cold', point)
    restart('4GB')
    return result
