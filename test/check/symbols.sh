#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# symbols.sh [LIBRARY]: the built library uses no C++ runtime (an error may jump over any frame, and the server may be
# one without libstdc++) and exports only what the server looks up.
set -euo pipefail
library=${1:-vexpg.so}
status=0
fail() { echo "$library: $1:"; sed 's/^/  /' <<< "$2"; status=1; }

imports=$(nm -uC "$library")
runtime=$(grep -E 'std::|__cxa_(guard|throw|begin|end|rethrow|pure|bad|allocate|atexit)|operator (new|delete)|_Unwind|__gxx_personality' \
  <<< "$imports" || true)
[ -z "$runtime" ] || fail 'needs the C++ runtime' "$runtime"
own=$(grep 'vexpg::' <<< "$imports" || true)
[ -z "$own" ] || fail 'lacks functions of its own' "$own"
exports=$(nm -D --defined-only "$library" | awk '{ print $NF }')
strangers=$(grep -vE '^(Pg_magic_func|_PG_init|vexpg_[a-z0-9_]+|pg_finfo_vexpg_[a-z0-9_]+)$' <<< "$exports" || true)
[ -z "$strangers" ] || fail 'exports what is not the server'"'"'s to call' "$strangers"
grep -qx Pg_magic_func <<< "$exports" || fail 'is no PostgreSQL module' 'Pg_magic_func is missing'
needed=$(readelf -d "$library" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p')
libraries=$(grep -vE '^(libc|libm)\.so|^ld-linux' <<< "$needed" || true)
[ -z "$libraries" ] || fail 'is linked to more than the C library' "$libraries"
[ $status != 0 ] || echo "symbols: $(wc -l <<< "$exports") exports, no C++ runtime"
exit $status
