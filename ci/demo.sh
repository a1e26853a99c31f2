#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# `make demo`: 60,000 real images in a throw-away PostgreSQL, indexed and searched by vexpg, from a bare Debian.
# Promise: everything it makes lies in one folder (.demo/ in the project; /var/tmp/vexpg-demo-UID where the server's
# user cannot reach the project), the system's PostgreSQL folders are not written to, and no server is left running.
# A second run keeps what is still valid; VEXPG_DEMO_FRESH=1 starts over.
set -euo pipefail
unset MAKEFLAGS MFLAGS MAKELEVEL
umask 022
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
images=60000 queries=100 picture_rows=12
log=$(mktemp /tmp/vexpg-demo.XXXXXX.log)
socket= server_pid= finished=

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold= dim= plain=; fi
say() { printf '%s\n' "$*"; }
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }
seconds_since() { awk -v then="$1" -v now="$EPOCHREALTIME" 'BEGIN { printf "%.1f", now - then }'; }

finish() {
  local status=$?
  trap - EXIT
  if [ -n "$server_pid" ] && kill -0 "$server_pid" 2>/dev/null; then
    kill -INT "$server_pid"
    for _ in $(seq 100); do kill -0 "$server_pid" 2>/dev/null || break; sleep 0.1; done
  fi
  case $socket in /tmp/vexpg-demo-socket.*) rm -rf "$socket" ;; esac
  if [ -n "$finished" ]; then
    rm -f "$log"
  else
    [ ! -s "$log" ] || { say "last lines of $log:"; tail -n 15 "$log"; } >&2
    [ $status != 0 ] || status=1
  fi
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- 1. What the machine needs -------------------------------------------------------------------------------------

# A major counts if both its server and its extension headers are here; the newest such one is taken.
complete_major() {
  local major
  for major in 18 17 16 15; do
    if [ -x "/usr/lib/postgresql/$major/bin/initdb" ] &&
       [ -e "/usr/lib/postgresql/$major/lib/pgxs/src/makefiles/pgxs.mk" ]; then
      echo "$major"
      return
    fi
  done
}

# The server that this Debian release ships, if none is complete.
server_packages() {
  local major=15
  [ -z "$(complete_major)" ] || return 0
  case $(cat /etc/debian_version 2>/dev/null) in 13*) major=17 ;; esac
  echo "postgresql-$major postgresql-server-dev-$major"
}

install_missing() {
  command -v apt-get >/dev/null || fail "make demo installs what it needs with apt-get, which this system does not have"
  finished=yes
  bash "$project/ci/packages.sh" g++ make libsimde-dev python3 python3-pil dataset-fashion-mnist $(server_packages)
  finished=
}

# ---- 2. A private server with the extension in it -------------------------------------------------------------------

# The server refuses to run as root: root hands over to `postgres`, anyone else runs it as himself.
as_server_user() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi
}

choose_folder() {
  work=$project/.demo
  if ! mkdir -p "$work" 2>/dev/null || ! as_server_user test -x "$work"; then
    rmdir "$work" 2>/dev/null || true
    work=/var/tmp/vexpg-demo-$(id -u)
    mkdir -p "$work"
    say "the user postgres cannot enter $project, so the server lives in $work"
  fi
  [ "$(stat -c %u "$work")" = "$(id -u)" ] || fail "$work belongs to somebody else"
  [ -z "${VEXPG_DEMO_FRESH-}" ] || rm -rf "${work:?}"/*
}

# Sources are copied, without anybody's object files, so that the project's own build folder is not touched.
build_extension() {
  bin=$work/server/usr/lib/postgresql/$major/bin
  if [ ! -x "$bin/pg_config" ]; then
    rm -rf "$work/server" && mkdir -p "$work"/server/usr/{lib,share,include}/postgresql
    cp -a "/usr/lib/postgresql/$major" "$work/server/usr/lib/postgresql/"
    cp -a "/usr/share/postgresql/$major" "$work/server/usr/share/postgresql/"
    cp -a /usr/include/postgresql "$work/server/usr/include/"
  fi
  if [ "$(cat "$work/build/.major" 2>/dev/null)" != "$major" ]; then rm -rf "$work/build"; fi
  mkdir -p "$work/build" && echo "$major" > "$work/build/.major"
  (cd "$project" && tar --exclude='*.o' --exclude='*.so' -cf - Makefile vexpg.control vexpg--*.sql src ci) |
    tar -C "$work/build" -xf -
  make -s -C "$work/build" -j"$(nproc)" PG_CONFIG="$bin/pg_config" >>"$log" 2>&1 || fail "the extension did not build"
  make -C "$work/build" PG_CONFIG="$bin/pg_config" install >>"$log" 2>&1 || fail "the extension did not install"
}

# Data made by another build of the extension is not reused: its format may differ.
start_server() {
  local stamp
  stamp="$major $(cat "$work"/build/vexpg.so "$work"/build/vexpg--*.sql "$project"/ci/demo.* | sha256sum)"
  if [ "$(cat "$work/data.stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$work/data" "$work/data.stamp"
    install -d -m 700 "$work/data"
    [ "$(id -u)" != 0 ] || chown postgres: "$work/data"
    as_server_user "$bin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale=C -N >>"$log" 2>&1 ||
      fail "initdb failed"
    as_server_user tee -a "$work/data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = ''
shared_buffers = 640MB
maintenance_work_mem = 512MB
max_wal_size = 4GB
dynamic_shared_memory_type = mmap
fsync = off
jit = off
logging_collector = off
CONF
    echo "$stamp" > "$work/data.stamp"
  fi
  # A socket's path may have 107 bytes; a deep project folder needs another place for it.
  socket=$work/data
  if [ $((${#socket} + 14)) -gt 107 ]; then
    socket=$(mktemp -d /tmp/vexpg-demo-socket.XXXXXX)
    [ "$(id -u)" != 0 ] || chown postgres: "$socket"
  fi
  as_server_user timeout 60 "$bin/pg_ctl" -D "$work/data" -l "$work/data/log" -o "-k $socket" -w -t 50 start \
    >>"$log" 2>&1 || { cat "$work/data/log" >>"$log"; fail "the server did not start"; }
  server_pid=$(head -n 1 "$work/data/postmaster.pid")
}

psql() {
  PGOPTIONS='-c client_min_messages=warning' "$bin/psql" -h "$socket" -U postgres -d postgres -X -q \
    -v ON_ERROR_STOP=1 -P footer=off -P linestyle=unicode "$@"
}
indent() { sed '/^ *$/d; s/^/  /'; }
ask() { psql -A -t -c "$1"; }

# ---- 3. Data, index, queries ----------------------------------------------------------------------------------------

load_images() {
  local began=$EPOCHREALTIME
  if [ "$(ask "SELECT count(*) FROM pg_class WHERE relname = 'images_loaded'")" = 1 ]; then
    say "60,000 images are there from the last run"
    return
  fi
  psql >>"$log" 2>&1 <<'SQL'
DROP TABLE IF EXISTS images, queries, exact;
CREATE EXTENSION IF NOT EXISTS vexpg;
CREATE TABLE images (id int, label int, embedding vector(784));
CREATE TABLE queries (id int, label int, embedding vector(784));
-- In the row itself, not beside it: an exact search over all rows is then several times faster.
ALTER TABLE images ALTER embedding SET STORAGE PLAIN;
ALTER TABLE queries ALTER embedding SET STORAGE PLAIN;
SQL
  /usr/bin/python3 "$project/ci/demo.py" copy train $images | psql -c "COPY images FROM STDIN (FORMAT binary)"
  /usr/bin/python3 "$project/ci/demo.py" copy t10k $queries | psql -c "COPY queries FROM STDIN (FORMAT binary)"
  psql -c "VACUUM ANALYZE images" -c "ANALYZE queries" -c "CREATE TABLE images_loaded ()"
  say "$(ask "SELECT to_char(count(*), 'FM999,999') FROM images") images of 28 x 28 pixels by binary COPY in" \
    "$(seconds_since "$began") s," \
    "table $(ask "SELECT pg_size_pretty(pg_table_size('images'))")"
}

# One bar on a terminal, a few lines in a log.
show_progress() {
  local percent=$1 phase=$2 filled
  if [ -t 1 ]; then
    filled=$(printf '%*s' $((percent * 40 / 100)) '')
    printf '\r  [%-40s] %3d %%  %-40s' "${filled// /#}" "$percent" "$phase"
  elif [ $((percent / 25)) -gt "$shown" ]; then
    shown=$((percent / 25))
    say "  $percent %  $phase"
  fi
}

build_index() {
  local began=$EPOCHREALTIME builder shown=0 line
  say "  $bold$index_sql$plain"
  if [ -z "$(ask "SELECT to_regclass('images_embedding_idx')")" ]; then
    psql -c "$index_sql" >>"$log" 2>&1 &
    builder=$!
    while kill -0 "$builder" 2>/dev/null; do
      line=$(ask "SELECT coalesce(100 * tuples_done / nullif(tuples_total, 0),
                  100 * blocks_done / nullif(blocks_total, 0)) || ' ' || phase
                  FROM pg_stat_progress_create_index") || true
      [ -z "$line" ] || show_progress "${line%% *}" "${line#* }"
      sleep 0.5
    done
    wait "$builder" || fail "the index was not built"
    [ ! -t 1 ] || printf '\r%*s\r' 100 ''
    ask "COMMENT ON INDEX images_embedding_idx IS '$(seconds_since "$began")'"
  fi
  say "  built in $(ask "SELECT obj_description('images_embedding_idx'::regclass)") s," \
    "$(ask "SELECT pg_size_pretty(pg_relation_size('images_embedding_idx'))")"
}

# Prints a statement and its rows; it is run once before, so that the time is a warm one.
show_query() {
  local query=$1 statement=$2
  printf '%s%s%s\n' "$bold" "$(sed 's/^/  /' <<<"$statement")" "$plain"
  psql <<SQL | indent
SET extra_float_digits = -9;
SELECT embedding AS query FROM queries WHERE id = $query \gset
\o /dev/null
$statement
\o
\timing on
$statement
SQL
}

# The exact answer takes the same statement without the index; it is kept for the next run.
measure_recall() {
  local nearest="SELECT q.id AS query, n.id, n.distance FROM queries q, LATERAL
    (SELECT id, embedding <-> q.embedding AS distance FROM images ORDER BY embedding <-> q.embedding LIMIT 10) n"
  if [ -z "$(ask "SELECT to_regclass('exact')")" ]; then
    psql -c "SET enable_indexscan = off" -c "CREATE TABLE exact_new AS SELECT clock_timestamp() AS began, *
      FROM ($nearest) x" -c "ALTER TABLE exact_new RENAME TO exact"
  fi
  psql <<SQL | indent
CREATE TABLE IF NOT EXISTS found (query int, id int, distance float8);
CREATE TEMP TABLE result (ef int, search text, "recall@10" numeric, "ms per query" numeric);
INSERT INTO result SELECT 0, 'exact, without the index', 1,
  round((extract(epoch FROM max(began) - min(began)) * 1000 / ($queries - 1))::numeric, 2) FROM exact;
CREATE PROCEDURE pg_temp.measure(ef int) LANGUAGE plpgsql AS \$\$
DECLARE began timestamptz; fastest interval;
BEGIN
  PERFORM set_config('hnsw.ef_search', ef::text, false);
  FOR pass IN 1..3 LOOP
    TRUNCATE found;
    began := clock_timestamp();
    INSERT INTO found $nearest;
    fastest := least(fastest, clock_timestamp() - began);
  END LOOP;
  INSERT INTO result SELECT ef, 'hnsw.ef_search = ' || ef,
    round((SELECT count(*) FROM found JOIN exact USING (query, id)) / (10.0 * $queries), 3),
    round((extract(epoch FROM fastest) * 1000 / $queries)::numeric, 2);
END \$\$;
CALL pg_temp.measure(20);
CALL pg_temp.measure(100);
CALL pg_temp.measure(40);
SELECT search, "recall@10", "ms per query" FROM result ORDER BY ef;
SQL
}

draw_picture() {
  picture=$work/neighbours.png
  psql -A -t -F ' ' -c "SELECT query, string_agg(id::text, ' ' ORDER BY distance) FROM found
    GROUP BY query ORDER BY query LIMIT $picture_rows" | /usr/bin/python3 "$project/ci/demo.py" picture "$picture"
}

# ---- The show ------------------------------------------------------------------------------------------------------

began=$EPOCHREALTIME
say "${bold}vexpg demo: similar images among 60,000, found by SQL$plain"
step "1  Server and extension"
install_missing
major=$(complete_major)
[ -n "$major" ] || fail "no PostgreSQL 15 or later with its server headers was found under /usr/lib/postgresql"
choose_folder
build_extension
start_server
say "$(ask "SELECT split_part(version(), ' on ', 1)") with vexpg, a private copy in $work"

step "2  Data: Fashion-MNIST"
load_images
say "${dim}labels: 0 T-shirt, 1 trousers, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 boot$plain"

step "3  Index"
index_sql="CREATE INDEX images_embedding_idx ON images USING hnsw (embedding vector_l2_ops, label);"
build_index

step "4  The five nearest images to test image 0, a boot"
show_query 0 "SELECT id, label, embedding <-> :'query' AS distance
FROM images ORDER BY embedding <-> :'query' LIMIT 5;"

step "5  The five nearest dresses to test image 4, a shirt: the filter is answered in the index"
show_query 4 "SELECT id, label, embedding <-> :'query' AS distance
FROM images WHERE label = 3 ORDER BY embedding <-> :'query' LIMIT 5;"

step "6  Recall and time over $queries test images, ten neighbours each"
measure_recall

step "7  Picture: $picture_rows test images and their ten nearest neighbours"
draw_picture
say "$picture"
say ""
say "done in $(seconds_since "$began") s"
finished=yes
