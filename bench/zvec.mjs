// SPDX-License-Identifier: PostgreSQL
// zvec from Node on the benchmark's files; arguments and output are those of inprocess.cpp.
//   zvec.mjs BASE QUERIES TRUTH DIM l2|cosine|ip M EF_CONSTRUCTION SECONDS EF...
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zvec from '@zvec/zvec';

const [basePath, queryPath, truthPath, dimWord, metricName, m, efConstruction, seconds, ...efs] = process.argv.slice(2);
const dim = Number(dimWord);
const k = 10;
const depth = 101;

function read(path) {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(fstatSync(file).size);
  for (let at = 0; at < bytes.length;) at += readSync(file, bytes, at, Math.min(1 << 28, bytes.length - at), at);
  closeSync(file);
  return bytes.buffer;
}
const base = new Float32Array(read(basePath));
const queries = new Float32Array(read(queryPath));
const truth = new Int32Array(read(truthPath));
const row = (values, index) => values.subarray(index * dim, (index + 1) * dim);
const rows = base.length / dim;
const queryCount = queries.length / dim;

function distance(a, b) {
  let squared = 0, product = 0, normA = 0, normB = 0;
  for (let i = 0; i < dim; ++i) {
    squared += (a[i] - b[i]) ** 2;
    product += a[i] * b[i];
    normA += a[i] * a[i];
    normB += b[i] * b[i];
  }
  if (metricName === 'l2') return Math.sqrt(squared);
  return metricName === 'ip' ? -product : 1 - product / Math.sqrt(normA * normB);
}

function folderBytes(path) {
  return readdirSync(path, { withFileTypes: true }).reduce((sum, entry) => sum +
    (entry.isDirectory() ? folderBytes(join(path, entry.name)) : statSync(join(path, entry.name)).size), 0);
}

const { L2, COSINE, IP } = zvec.ZVecMetricType;
const metric = { l2: L2, cosine: COSINE, ip: IP }[metricName];
zvec.ZVecInitialize({ queryThreads: 1, optimizeThreads: 1 });
const home = mkdtempSync(join(tmpdir(), 'vexpg-bench-zvec-'));
const collection = zvec.ZVecCreateAndOpen(join(home, 'c'), new zvec.ZVecCollectionSchema({
  name: 'items',
  vectors: {
    name: 'v', dataType: zvec.ZVecDataType.VECTOR_FP32, dimension: dim,
    indexParams: {
      indexType: zvec.ZVecIndexType.HNSW, metricType: metric, m: Number(m), efConstruction: Number(efConstruction),
    },
  },
}));

let began = process.hrtime.bigint();
for (let start = 0; start < rows; start += 500) {
  const documents = [];
  for (let i = start; i < Math.min(rows, start + 500); ++i) {
    documents.push({ id: String(i), vectors: { v: row(base, i) } });
  }
  collection.insertSync(documents);
}
collection.optimizeSync();
console.log(`${(Number(process.hrtime.bigint() - began) / 1e9).toFixed(2)}\t${folderBytes(home)}`);

const nearest = (query, ef) => collection.querySync({
  fieldName: 'v', vector: query, topk: k, params: { indexType: zvec.ZVecIndexType.HNSW, ef },
});
for (const ef of efs.map(Number)) {
  let recall = 0;
  for (let q = 0; q < queryCount; ++q) {
    const query = row(queries, q);
    const limit = distance(query, row(base, truth[q * depth + k]));
    const slack = 1e-6 * Math.max(1e-3, Math.abs(limit));
    const near = (hit) => distance(query, row(base, Number(hit.id))) <= limit + slack;
    recall += nearest(query, ef).filter(near).length / k;
  }
  const latencies = [];
  began = process.hrtime.bigint();
  do {
    for (let q = 0; q < queryCount; ++q) {
      const query = row(queries, q);
      const sent = process.hrtime.bigint();
      nearest(query, ef);
      latencies.push(Number(process.hrtime.bigint() - sent) / 1e3);
    }
  } while (Number(process.hrtime.bigint() - began) / 1e9 < Number(seconds));
  const total = latencies.reduce((sum, value) => sum + value, 0);
  latencies.sort((a, b) => a - b);
  const percentile = (percent) => latencies[Math.floor(latencies.length * percent / 100)].toFixed(1);
  console.log([ef, (recall / queryCount).toFixed(5), k, (latencies.length / total * 1e6).toFixed(1), percentile(50),
    percentile(99)].join('\t'));
}
rmSync(home, { recursive: true });
