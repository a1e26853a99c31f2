#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# steps.sh STEP...: one step of check.sh, as a command of its own so that a time limit holds for all that it starts.
# VEXPG_RUN is the folder of this run. Each step works on a copy of the sources: the tree is never written to, and the
# server's user needs no access to it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
run=$VEXPG_RUN

chroot_packages_17=(postgresql-17 postgresql-server-dev-17 libsimde-dev g++ make)
# With the peer that bench/ measures against.
chroot_packages_18=(postgresql-18 postgresql-server-dev-18 postgresql-18-pgvector libsimde-dev g++ make)

work_copy() {
  rm -rf "${run:?}/$1" && mkdir -p "$run/$1" && copy_tree "$run/$1/src"
  [ "$(id -u)" != 0 ] || chown -R postgres "$run/$1"
}

# on SERVER ACTION...: ci/on_server.sh here, or in the chroot of that server.
on() {
  local server=$1; shift
  case $server in
    17|18) "${as_root[@]}" "$top/ci/chroot.sh" in "$cache/chroot-$server" -b "$run/$server:/vexpg" \
             env VEXPG_CACHE=/vexpg VEXPG_LONG="${VEXPG_LONG-}" bash /vexpg/src/ci/on_server.sh /vexpg "$@" ;;
    *) bash "$run/$server/src/ci/on_server.sh" "$run/$server" "$@" ;;
  esac
}

set_up() {
  local server=$1 source=${1%%-*}
  case $server in
    17) "${as_root[@]}" "$top/ci/chroot.sh" make trixie "$cache/chroot-17" "${chroot_packages_17[@]}" ;;
    18) "${as_root[@]}" "$top/ci/chroot.sh" make sid "$cache/chroot-18" "${chroot_packages_18[@]}" ;;
    18-assert) source=$cache/pg18-assert; "$top/ci/assert_server.sh" "$source" ;;
  esac
  work_copy "$server"
  on "$server" copy "$source"
}

build_clang() {
  work_copy 15-clang
  on 15-clang copy 15
  # The flags that Debian's server passes on are g++'s.
  on 15-clang build CXX="clang++ -Wno-unknown-warning-option -Wno-ignored-optimization-argument"
}

# Our library under AddressSanitizer and UndefinedBehaviorSanitizer inside the assert-enabled server.
asan() {
  local server=18-asan sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
  work_copy $server
  on $server copy "$cache/pg18-assert"
  on $server build CXX="g++ $sanitize" CC="gcc $sanitize" | sed 's/^ok.*/built/'
  # The server measures its stack by addresses, which fake frames would upset; what it leaks is not ours.
  export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
  VEXPG_PRELOAD=$(gcc -print-file-name=libasan.so) on $server regress
}

# Beside the library as it was built for 15.
style() {
  local script name status=0
  cd "$run/15/src"
  for script in test/check/*.sh; do
    name=$(basename "$script" .sh)
    if bash "$script"; then echo "ok - $name"; else echo "not ok - $name"; status=1; fi
  done
  return $status
}

unit() { work_copy "unit-$1"; make -C "$run/unit-$1/src/test/unit" -j"${VEXPG_JOBS:-2}" run CXX="$1"; }
arm64() { work_copy arm64; make -C "$run/arm64/src/test/unit" -j"${VEXPG_JOBS:-2}" run-arm64; }
fuzz() {
  work_copy fuzz
  make -s -C "$run/fuzz/src/test/fuzz" SECONDS_IN_ALL=$([ -n "${VEXPG_LONG-}" ] && echo 1200 || echo 60)
}

"$@"
