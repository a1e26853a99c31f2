#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# The benchmark's server: PostgreSQL 18 of Debian sid in a folder, with pgvector from its package and vexpg as it stands
# in this tree, both in one private copy. Root is needed (chroot).
#   server.sh up       sets up, builds and starts (100 s the first time); restarts a running one
#   server.sh down     stops it
#   server.sh psql DATABASE [ARGS]
# Everything lies in VEXPG_BENCH_CACHE (default /var/tmp/vexpg-bench); VEXPG_BENCH_BUFFERS is its shared_buffers (4GB).
set -euo pipefail
. "$(dirname "$0")/../ci/lib.sh"
home=${VEXPG_BENCH_CACHE:-/var/tmp/vexpg-bench}/server
root=$cache/chroot-18
bin=/bench/pg/usr/lib/postgresql/18/bin
in_chroot() { "$top/ci/chroot.sh" in "$root" "$@"; }

set_up() {
  [ -e "$root/.complete" ] || "$top/ci/chroot.sh" make sid "$root" \
    postgresql-18 postgresql-server-dev-18 postgresql-18-pgvector libsimde-dev g++ make
  mkdir -p "$home" && chmod 755 "$home"
  copy_tree "$home/src"
  in_chroot -b "$home:/bench" bash /bench/src/ci/on_server.sh /bench copy 18
  in_chroot -b "$home:/bench" bash /bench/src/ci/on_server.sh /bench build
}

configure() {
  in_chroot -b "$home:/bench" install -d -o postgres -m 700 /bench/data
  in_chroot -b "$home:/bench" install -d -o postgres -m 755 /bench/socket
  [ -e "$home/data/PG_VERSION" ] || in_chroot -u postgres -b "$home:/bench" \
    "$bin/initdb" -D /bench/data -A trust -U postgres -E UTF8 --locale=C -N > "$home/initdb.log"
  # Everything in memory and nothing in the background, so that the two sides differ by the extension alone.
  cat > "$home/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '/bench/socket'
shared_buffers = ${VEXPG_BENCH_BUFFERS:-4GB}
maintenance_work_mem = 2GB
max_wal_size = 32GB
checkpoint_timeout = 1d
dynamic_shared_memory_type = mmap
autovacuum = off
jit = off
synchronous_commit = off
CONF
}

stop() {
  local pid
  [ -e "$home/data/postmaster.pid" ] || return 0
  pid=$(head -n 1 "$home/data/postmaster.pid")
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ] || { rm -f "$home/data/postmaster.pid"; return 0; }
  kill -INT "$pid"
  for _ in $(seq 300); do [ -e "/proc/$pid" ] || return 0; sleep 0.1; done
  echo "the server (process $pid) does not stop" >&2
  return 1
}

start() {
  (exec 9>&-; exec "$top/ci/chroot.sh" in "$root" -u postgres -b "$home:/bench" "$bin/postgres" -D /bench/data) \
    > "$home/server.log" 2>&1 < /dev/null &
  disown
  for _ in $(seq 300); do
    if in_chroot -b "$home:/bench" "$bin/pg_isready" -q -h /bench/socket; then return 0; fi
    sleep 0.2
  done
  tail -n 20 "$home/server.log" >&2
  return 1
}

action=${1-}; shift || true
# Two callers must not rebuild the same folder at the same time.
case $action in up|down|start) mkdir -p "$home" && exec 9> "$home/lock" && flock 9 ;; esac
case $action in
  up) stop; set_up; configure; start; echo "host=$home/socket user=postgres" ;;
  down) stop ;;
  start) stop; configure; start ;;
  psql) in_chroot -b "$home:/bench" "$bin/psql" -X -h /bench/socket -U postgres -d "$@" ;;
  *) echo "usage: server.sh up | down | start | psql DATABASE [ARGS]" >&2; exit 2 ;;
esac
