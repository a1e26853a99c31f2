#!/usr/bin/python3
# SPDX-License-Identifier: PostgreSQL
"""Compression by choice: what an index costs and gives for each WITH (bits, refine).

`run.py compression SET...`: a row of the table is bytes of index a row, recall and queries a second in strict order at
hnsw.ef_search = 40, and the recall of the codes alone (vexpg.rerank = index, ef_search = 200).
"""
BITS, REFINE = (1, 2, 4, 8), (0, 4, 8)


def search(side, about, folder, setup):
    """(recall, queries a second) of the index as it stands."""
    options = side.options
    words = side.driver('search', base=folder / 'base.f32', queries=folder / 'query.f32', truth=folder / 'truth.ivecs',
                        dim=about['dim'], metric=about['metric'], seconds=options.seconds, core=options.core, table='items',
                        setup=f'SET enable_seqscan = off; {setup}')
    return float(words[0]), float(words[2])


def compression(options, sides, about, folder):
    side = next(side for side in sides if side.name == 'vexpg')
    result, chosen = [], options.vexpg_with
    for bits in BITS:
        for refine in REFINE:
            options.vexpg_with = f'bits = {bits}, refine = {refine}'
            built = side.create_index(about)
            strict = search(side, about, folder, 'SET hnsw.ef_search = 40')
            alone = search(side, about, folder, 'SET hnsw.ef_search = 200; SET vexpg.rerank = index')
            row = {'bits': bits, 'refine': refine, 'bytes': built['bytes'] / about['rows'], 'recall': strict[0],
                   'qps': strict[1], 'codes_alone': alone[0]}
            result.append(row)
            print('  compression ', *(f'{key}={value}' for key, value in row.items()), flush=True)
    options.vexpg_with = chosen
    return result
