#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# assert_server.sh PREFIX: PostgreSQL 18 with assertions, debug symbols, TAP modules and injection points, built from
# the source package of Debian sid into PREFIX (3 to 4 minutes on 2 cores). Does nothing if PREFIX is complete.
# Needs no root: it asks apt with lists of its own and never changes this machine's apt.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
prefix=$1
[ ! -e "$prefix/.complete" ] || exit 0
work=$prefix.build
rm -rf "$work" "$prefix" && mkdir -p "$work"/apt/{lists/partial,cache/archives/partial}

# "C" locale data and every library that configure could drag in are left out: no NLS, so that AddressSanitizer can be
# preloaded (with Debian's own server that hangs), no ICU, no zlib.
flags=(--enable-cassert --enable-debug --enable-tap-tests --enable-injection-points
       --without-icu --without-readline --without-zlib)

echo "deb-src [signed-by=$keyring] $(debian_mirror) sid main" > "$work/apt/sources.list"
apt=(-o "Dir::Etc::sourcelist=$work/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=-
     -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o APT::Sandbox::User=root
     -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false)
apt-get "${apt[@]}" -q update
(cd "$work" && apt-get "${apt[@]}" -q --download-only --only-source source postgresql-18)
mkdir "$work/src" && tar -xf "$work"/postgresql-18_*.orig.tar.* -C "$work/src" --strip-components=1

cd "$work/src"
./configure -q --prefix="$prefix" "${flags[@]}" CFLAGS='-O1 -g -fno-omit-frame-pointer'
make -s -j"$(nproc)"
make -s install
for module in pageinspect pg_walinspect pg_buffercache amcheck; do make -s -C contrib/$module install; done
make -s -C src/test/modules/injection_points install
cd / && rm -rf "$work"
touch "$prefix/.complete"
