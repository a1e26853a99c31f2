#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# check.sh [KIND...]: `make check`. Installs what is missing, sets up every supported server and runs every kind of test
# (test/README.md tells them), or only the kinds named. VEXPG_LONG=1 runs the same tests with long counts;
# VEXPG_SERVERS="15 18" restricts the servers. Promise: the last line is `N passed, N failed, N skipped`; the status is
# 0 only if tests ran and none failed. A kind without tests, a server that could not be set up and a skip that
# test/skips.txt does not list are failures.
set -uo pipefail
unset MAKEFLAGS MFLAGS MAKELEVEL
umask 022
. "$(dirname "$0")/lib.sh"

all_kinds="style build unit arm64 fuzz regress isolation pgtap tap asan"
kinds=${*:-$all_kinds}
servers=${VEXPG_SERVERS:-15 17 18 18-assert}
for kind in $kinds; do
  case " $all_kinds " in *" $kind "*) ;; *) echo "no kind of test is called $kind; there are: $all_kinds" >&2; exit 2 ;; esac
done

"$top/ci/packages.sh" g++ clang make git postgresql-15 postgresql-server-dev-15 postgresql-15-pgtap libipc-run-perl \
  libgtest-dev libsimde-dev libclang-rt-14-dev g++-aarch64-linux-gnu qemu-user debootstrap bison flex bzip2 xz-utils || exit 1

exec 9> "$cache/lock"
flock -n 9 || { echo "another check uses $cache; waiting for its end"; flock 9; }
export VEXPG_RUN=$cache/run VEXPG_CACHE=$cache
# A chroot's server user owns a part of the last run.
rm -rf "$VEXPG_RUN" 2> /dev/null || "${as_root[@]}" rm -rf "$VEXPG_RUN"
mkdir -p "$VEXPG_RUN/log" && : > "$VEXPG_RUN/results" || exit 1
cd / || exit 1

wanted() { case " $kinds " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }
supported() { case " $servers " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# step KIND SERVER SECONDS STEP...: runs a step of ci/steps.sh under that time limit, counts its tests, notes the row.
# A step that fails without a failed test, and one that runs no test at all, count as one failure.
step() {
  local kind=$1 server=$2 limit=$3 begin=$SECONDS status=0 passed failed skipped log=$VEXPG_RUN/log/$1-$2.log; shift 3
  [ -z "${VEXPG_LONG-}" ] || limit=$((limit * 20))
  timeout -k 20 "$limit" bash "$top/ci/steps.sh" "$@" > "$log" 2>&1 9>&- < /dev/null &
  step_pid=$!
  wait $step_pid || status=$?
  stop_servers_under "$VEXPG_RUN/$server"
  [ $status != 124 ] || echo "not ended after $limit s" >> "$log"
  read -r passed failed skipped < <("$top/ci/count.sh" "$kind" "$top/test/skips.txt" < "$log")
  if [ "$failed" = 0 ] && { [ $status != 0 ] || { [ "$kind" != setup ] && [ "$passed" = 0 ]; }; }; then
    echo "status $status, $passed tests passed" >> "$log"
    failed=1
  fi
  echo "$kind $server $passed $failed $skipped $((SECONDS - begin))" >> "$VEXPG_RUN/results"
  printf '%5d s  %-9s %-9s %6d passed %4d failed %4d skipped\n' $SECONDS "$kind" "$server" "$passed" "$failed" "$skipped"
  [ "$failed" != 0 ] || return 0
  echo "--- $log"; "$top/ci/count.sh" "$kind" "$top/test/skips.txt" list < "$log" | head -n 20; tail -n 40 "$log"; echo "---"
  return 1
}

# prepare SERVER KIND...: sets the server up and builds on it, if any of the kinds is wanted there.
prepare() {
  local server=$1 kind any=; shift
  supported "$server" || return
  for kind in "$@"; do ! wanted "$kind" || any=1; done
  [ -n "$any" ] && step setup "$server" 900 set_up "$server" && step build "$server" 480 on "$server" build
}
# tests SERVER KIND...: runs those of the kinds that are wanted.
tests() {
  local server=$1 kind; shift
  for kind in "$@"; do
    wanted "$kind" || continue
    case $kind in
      style) step style "$server" 120 style ;;
      asan) step asan 18-asan 900 asan ;;
      tap) step tap "$server" 900 on "$server" tap ;;
      *) step "$kind" "$server" 400 on "$server" "$kind" ;;
    esac
  done
}

# Two lanes, one a core: this machine's own server and what needs none, and the servers to be fetched or built first.
lane_here() {
  local ready=
  ! prepare 15 build style regress isolation pgtap tap || ready=1
  [ -z "$ready" ] || tests 15 style regress isolation pgtap
  [ -z "$ready" ] || ! wanted build || step build 15-clang 480 build_clang
  ! wanted unit || { step unit g++ 600 unit g++; step unit clang 600 unit clang++; }
  ! wanted arm64 || step arm64 qemu 600 arm64
  ! wanted fuzz || step fuzz clang 300 fuzz
  [ -z "$ready" ] || tests 15 tap
}
lane_servers() {
  ! prepare 17 build regress isolation || tests 17 regress isolation
  ! prepare 18 build regress isolation || tests 18 regress isolation
  ! prepare 18-assert build regress isolation tap asan || tests 18-assert regress isolation tap asan
}
run_lane() {
  trap '[ -z "${step_pid-}" ] || kill "$step_pid"; exit 130' TERM INT
  "$@"
}

summary() {
  local kind row
  echo; printf '%-9s %-10s %7s %7s %8s %8s\n' kind server passed failed skipped seconds
  for kind in $kinds; do
    grep -q "^$kind " "$VEXPG_RUN/results" || echo "$kind - 0 1 0 0" >> "$VEXPG_RUN/results"
  done
  sort -s -k1,1 "$VEXPG_RUN/results" | while read -r row; do printf '%-9s %-10s %7d %7d %8d %8d\n' $row; done
  echo "took $((SECONDS / 60)) min $((SECONDS % 60)) s; logs in $VEXPG_RUN/log"
  awk '{ p += $3; f += $4; s += $5 }
       END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' "$VEXPG_RUN/results"
}

run_lane lane_here & lanes=$!
run_lane lane_servers & lanes="$lanes $!"
trap 'kill $lanes; wait; exit 130' INT TERM
wait
summary
