#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# on_server.sh WORK ACTION...: what is done with one PostgreSQL server, the same on this machine and in a chroot.
# WORK holds `src`, a copy of the sources, and gets `pg`, a private copy of the server; both belong to the server user.
#   copy MAJOR|PREFIX    the private copy, of Debian's server or of one built into PREFIX
#   build [MAKE ARGS]    builds with -Werror and installs
#   regress, isolation, pgtap, tap     runs that kind of test
set -euo pipefail
. "$(dirname "$0")/lib.sh"
work=$1 action=$2; shift 2
jobs=${VEXPG_JOBS:-2}

find_pg_config() { echo "$work"/pg/bin/pg_config "$work"/pg/usr/lib/postgresql/*/bin/pg_config | tr ' ' '\n' | grep -v '[*]' |
  while read -r file; do [ ! -x "$file" ] || echo "$file"; done; }
in_src() { as_server_user env -C "$work/src" "$@"; }

copy_server() {
  case $1 in
    /*) rm -rf "$work/pg" && cp -a "$1" "$work/pg" ;;
    *) copy_debian_server "$1" "$work/pg" ;;
  esac
  [ "$(id -u)" != 0 ] || chown -R postgres "$work"
}

build() {
  in_src make -s -j"$jobs" PG_CONFIG="$pg_config" "$@"
  in_src make -s install PG_CONFIG="$pg_config" "$@" > "$work/install.log"
  echo "ok 1 - builds without a warning: $("$pg_config" --version) $*"
  [[ $* == *-fsanitize* ]] || bash "$work/src/test/check/symbols.sh" "$work/src/vexpg.so"
}

# A server of its own for each run: started by pg_regress, stopped by it. The time limit is the caller's.
installcheck() {
  local name=$1 differences; shift
  rm -rf "$work/$name.data"
  printf '%s\n' 'fsync = off' 'max_prepared_transactions = 4' 'jit = off' > "$work/$name.conf"
  if ! in_src env ${VEXPG_PRELOAD:+LD_PRELOAD="$VEXPG_PRELOAD"} make -s installcheck PG_CONFIG="$pg_config" "$@" \
      EXTRA_REGRESS_OPTS="--temp-instance=$work/$name.data --temp-config=$work/$name.conf --outputdir=$work/$name.out"; then
    differences=$work/$name.out/regression.diffs
    [ ! -s "$differences" ] || head -n 60 "$differences"
    grep -hE 'PANIC|TRAP|terminated by signal|runtime error|AddressSanitizer' "$work/$name.out/log/postmaster.log" | head -n 10
    return 1
  fi
}

pgtap() {
  local bin data=$work/pgtap.data socket result=0
  bin=$("$pg_config" --bindir)
  socket=$(as_server_user mktemp -d /tmp/vexpg-pgtap-XXXXXX)
  rm -rf "$data"
  as_server_user "$bin/initdb" -D "$data" -A trust -U postgres -N > "$work/pgtap.log"
  as_server_user "$bin/pg_ctl" -D "$data" -w -l "$work/pgtap.server.log" \
    -o "-c listen_addresses='' -c unix_socket_directories=$socket -c fsync=off" start > /dev/null
  in_src env PGHOST="$socket" PGUSER=postgres PGDATABASE=postgres sh -c "
    '$bin/psql' -XAtqc 'CREATE EXTENSION pgtap; CREATE EXTENSION vexpg' &&
    prove -v -e '$bin/psql -XAtq -v ON_ERROR_STOP=1 -f' test/pgtap/*.sql" || result=1
  as_server_user "$bin/pg_ctl" -D "$data" -m fast stop > /dev/null
  rm -rf "$socket"
  return $result
}

tap() {
  local pgxs bin
  pgxs=$("$pg_config" --pgxs) bin=$("$pg_config" --bindir)
  pgxs=${pgxs%/src/makefiles/pgxs.mk}
  rm -rf "$work/tap" && mkdir "$work/tap" && { [ "$(id -u)" != 0 ] || chown postgres "$work/tap"; }
  in_src env PATH="$bin:$PATH" PERL5LIB="$pgxs/src/test/perl:$work/src/test/tap" PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
    TESTDIR="$work/tap" TESTLOGDIR="$work/tap/log" TESTDATADIR="$work/tap/data" PGPORT=65432 TMPDIR=/tmp \
    sh -c 'prove -v --timer ${*:-test/tap/*.pl}' sh "$@"
}

[ "$action" = copy ] || { pg_config=$(find_pg_config); export PATH=$PATH:${pg_config%/*}; }
case $action in
  copy) copy_server "$@" ;;
  build) build "$@" ;;
  regress) installcheck regress ISOLATION= ;;
  isolation) installcheck isolation REGRESS= ;;
  pgtap) pgtap ;;
  tap) tap "$@" ;;
  *) echo "on_server.sh: no action $action" >&2; exit 2 ;;
esac
