#!/usr/bin/python3
# SPDX-License-Identifier: PostgreSQL
"""Compression by choice: what an index costs and gives for each WITH (bits, refine), beside product quantisation.

`run.py compression SET...`: a row of the table is bytes of index a row, recall and queries a second in strict order at
hnsw.ef_search = 40, and the recall of the codes alone (vexpg.rerank = index, ef_search = 200). Beside it a product
quantiser of faiss, where libfaiss-dev is installed, with as many bytes a row as codes have, where those divide the
dimensions.
"""
import os
import json
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
BITS, REFINE = (1, 2, 4, 8), (0, 4, 8)
QUANTISED = 100     # queries
FRACTIONS = (1 / 8, 1 / 4, 1 / 2, 1)     # bytes a dimension


def quantiser(options, about, folder):
    """[{bytes, recall of codes alone, of 40 candidates with true distances}], computed once; nothing without faiss."""
    path = folder / 'quantised.json'
    if path.exists():
        return json.loads(path.read_text())
    program = options.programs / 'quantiser'
    built = subprocess.run(['make', '-s', '-C', HERE, f'OUT={options.programs}', program], stderr=subprocess.DEVNULL)
    if built.returncode != 0:
        print('  faiss is not installed and is left out', flush=True)
        return []
    sizes = [size for size in (int(about['dim'] * share) for share in FRACTIONS) if size and about['dim'] % size == 0]
    words = [program, folder / 'base.f32', folder / 'query.f32', folder / 'truth.ivecs', about['dim'], about['metric'],
             QUANTISED, *sizes]
    done = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True, env=os.environ | {'OPENBLAS_NUM_THREADS': '1'})
    rows = [line.split('\t') for line in done.stdout.splitlines()]
    found = [{'bytes': int(size), 'alone': float(alone), 'reranked': float(reranked)} for size, alone, reranked in rows]
    path.write_text(json.dumps(found))
    return found


def compression(options, sides, about, folder):
    side = next(side for side in sides if side.name == 'vexpg')
    result = []
    for bits in BITS:
        for refine in REFINE:
            built = side.create_index(about, extra=f'bits = {bits}, refine = {refine}')
            strict = side.search(about, folder, 40)
            alone = side.search(about, folder, 200, setup='SET enable_seqscan = off; SET hnsw.ef_search = 200; '
                                                          'SET vexpg.rerank = index')
            row = {'bits': bits, 'refine': refine, 'bytes': built['bytes'] / about['rows'], 'recall': strict['recall'],
                   'qps': strict['qps'], 'codes_alone': alone['recall']}
            result.append(row)
            print('  compression ', *(f'{key}={value}' for key, value in row.items()), flush=True)
    side.sql('DROP INDEX items_embedding_idx')
    quantised = quantiser(options, about, folder)
    print('  product quantisation', *quantised, flush=True)
    return {'codes': result, 'quantiser': quantised}
