-- vexpg_index_check(): no row for a fresh or vacuumed index of any kind; vexpg_index_info(); errors of both.
SET client_min_messages = warning;

CREATE TABLE items (id int PRIMARY KEY, embedding vector(20), half halfvec(5), tenant int4, flag bool);
INSERT INTO items SELECT i,
    CASE WHEN i % 50 = 0 THEN NULL
         WHEN i % 50 = 1 THEN array_fill(0, ARRAY[20])::vector
         ELSE (SELECT array_agg(CASE WHEN i % 5 = 2 THEN j ELSE (i * j * 7919) % 1009 END)
           FROM generate_series(1, 20) j)::vector END,
    ARRAY[i % 11, i % 13, i % 17, i % 19, i % 23]::halfvec(5), CASE WHEN i % 9 > 0 THEN i % 7 END, i % 2 = 0
  FROM generate_series(1, 1500) i;

CREATE FUNCTION findings(index regclass, OUT severity text, OUT finding text, OUT count bigint) RETURNS SETOF record
  LANGUAGE sql
  AS 'SELECT severity, finding, count(*) FROM vexpg_index_check($1) GROUP BY 1, 2 ORDER BY 1, 2';

CREATE VIEW names AS SELECT unnest(
    '{i_l2,i_cosine,i_ip,i_half,i_columns,i_partial,i_expression}'::text[]) AS name;

CREATE INDEX i_l2 ON items USING hnsw (embedding vector_l2_ops);
CREATE INDEX i_cosine ON items USING hnsw (embedding vector_cosine_ops) WITH (bits = 4, refine = 4);
CREATE INDEX i_ip ON items USING hnsw (embedding vector_ip_ops)
  WITH (m = 8, ef_construction = 32, bits = 2, refine = 8);
CREATE INDEX i_half ON items USING hnsw (half halfvec_l2_ops) WITH (bits = 1, refine = 4);
CREATE INDEX i_columns ON items USING hnsw (tenant, embedding vector_l2_ops, flag);
CREATE INDEX i_partial ON items USING hnsw (half halfvec_cosine_ops) WHERE flag;
CREATE INDEX i_expression ON items USING hnsw ((embedding::halfvec(20)) halfvec_ip_ops, (tenant + 1)) WITH (refine = 4);

SELECT name, f.* FROM names, findings(name::regclass) f;

-- What is in them.
SELECT name, element_type, dimensions, metric, bits, refine, m, ef_construction, attributes
  FROM names, vexpg_index_info(name::regclass);
SELECT name, live_nodes, CASE WHEN bits = 8 AND metric = 'l2' THEN duplicates END AS duplicates,
    dead_nodes, detail_pages > 0 AS details, attribute_pages > 0 AS attribute_pages,
    bytes = pg_relation_size(name::regclass) AS bytes
  FROM names, vexpg_index_info(name::regclass);

-- Rows that go, come and change break nothing, and after a vacuum there is nothing to mend either.
DELETE FROM items WHERE id % 3 = 0;
UPDATE items SET tenant = tenant + 1, flag = NOT flag WHERE id % 7 = 0;
INSERT INTO items SELECT i, (SELECT array_agg((i * j * 7919) % 1009) FROM generate_series(1, 20) j)::vector,
    ARRAY[i % 11, i % 13, i % 17, i % 19, 1]::halfvec(5), i % 7, true FROM generate_series(2001, 2200) i;
SELECT name, f.* FROM names, findings(name::regclass) f WHERE severity = 'error';
VACUUM items;
SELECT name, f.* FROM names, findings(name::regclass) f;
DELETE FROM items;
VACUUM items;
SELECT name, f.* FROM names, findings(name::regclass) f;

-- Unlogged and temporary tables, and an index that begins empty.
CREATE UNLOGGED TABLE notes (v vector(3));
CREATE TEMPORARY TABLE drafts (v vector(3));
CREATE INDEX notes_v ON notes USING hnsw (v vector_l2_ops);
CREATE INDEX drafts_v ON drafts USING hnsw (v vector_l2_ops);
SELECT * FROM findings('notes_v');
INSERT INTO notes VALUES ('[1,2,3]'), ('[1,2,3]'), ('[4,5,6]');
INSERT INTO drafts TABLE notes;
SELECT * FROM findings('notes_v');
SELECT * FROM findings('drafts_v');
SELECT live_nodes, duplicates FROM vexpg_index_info('drafts_v');

-- Not ours to look into.
SELECT * FROM vexpg_index_check('items');
SELECT * FROM vexpg_index_check('items_pkey');
SELECT * FROM vexpg_index_info('items_pkey');
SELECT * FROM vexpg_index_check(0);
CREATE TABLE parts (id int, v vector(3)) PARTITION BY RANGE (id);
CREATE INDEX parts_v ON ONLY parts USING hnsw (v vector_l2_ops);
SELECT * FROM vexpg_index_check('parts_v');
CREATE ROLE regress_vexpg_reader;
SET ROLE regress_vexpg_reader;
SELECT * FROM vexpg_index_check('i_l2');
SELECT * FROM vexpg_index_info('i_l2');
RESET ROLE;
GRANT SELECT ON items TO regress_vexpg_reader;
SET ROLE regress_vexpg_reader;
SELECT * FROM vexpg_index_check('i_l2');
SELECT dimensions FROM vexpg_index_info('i_l2');
RESET ROLE;

DROP VIEW names;
DROP TABLE items, notes, drafts, parts;
DROP FUNCTION findings(regclass);
DROP ROLE regress_vexpg_reader;
