# SPDX-License-Identifier: PostgreSQL
"""Libraries that search without a database, measured on the same files: hnswlib (C++, this process's program
`inprocess`) and zvec (npm, from Node). Both are built with ef_construction 200, as their users do."""
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = ('engine', 'ef', 'recall', 'rows', 'qps', 'p50', 'p99')
ZVEC = '@zvec/zvec@0.7.0'
EF_CONSTRUCTION = 200
EF = [10, 20, 40, 80, 120, 200, 400, 800]


def point(engine, ef, words):
    return dict(zip(COLUMNS, (engine, int(ef), *map(float, words))))


def libraries(options, about, folder):
    """{'curve': points, 'built': {engine: seconds and bytes}}; an engine that is not to be had is left out."""
    result = {'curve': [], 'built': {}}
    for engine, command in (('hnswlib', hnswlib(options)), ('zvec', zvec())):
        if command is None:
            print(f'  {engine} is not installed and is left out', flush=True)
            continue
        words = [folder / 'base.f32', folder / 'query.f32', folder / 'truth.ivecs', about['dim'], about['metric'],
                 options.m, EF_CONSTRUCTION, options.seconds, *EF]
        pinned = ['taskset', '-c', str(options.core)] if options.core >= 0 else []
        done = subprocess.run([*pinned, *command, *map(str, words)], text=True, stdout=subprocess.PIPE)
        if done.returncode != 0:
            print(f'  {engine} failed and is left out', flush=True)
            continue
        first, *rest = [line.split('\t') for line in done.stdout.splitlines() if line.count('\t') in (1, 5)]
        result['built'][engine] = {'seconds': float(first[0]), 'bytes': int(float(first[1]))}
        for ef, *numbers in rest:
            result['curve'].append(point(engine, ef, numbers))
            print(f'  libraries    {engine:9s} ef={ef} recall={numbers[0]} qps={numbers[2]}', flush=True)
    return result


def hnswlib(options):
    return [options.programs / 'inprocess']


def zvec():
    """Node and the package, fetched once into the cache; None where that is impossible."""
    cache = Path(os.environ.get('VEXPG_BENCH_CACHE', '/var/tmp/vexpg-bench')) / 'zvec'
    if not shutil.which('node') or not shutil.which('npm'):
        return None
    if not (cache / 'node_modules' / '@zvec').is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(['npm', 'install', '--silent', '--no-audit', '--prefix', cache, ZVEC], stdout=subprocess.DEVNULL)
    shutil.copy(HERE / 'zvec.mjs', cache / 'zvec.mjs')
    return ['node', cache / 'zvec.mjs'] if (cache / 'node_modules' / '@zvec').is_dir() else None
