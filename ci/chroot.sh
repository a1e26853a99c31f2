#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# Debian suites newer than this machine, each in a folder, for the PostgreSQL majors that Debian 12 does not have.
#   chroot.sh make SUITE DIR PACKAGE...             creates it (100 s); does nothing if it is complete
#   chroot.sh in DIR [-u USER] [-b HOST:INSIDE]... COMMAND...   runs COMMAND inside
# Needs root. Mounts belong to the one call: none is left behind.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

inside() {
  local root=$1 user=root binds=() ; shift
  while :; do
    case ${1-} in
      -u) user=$2; shift 2 ;;
      -b) binds+=("$2"); shift 2 ;;
      *) break ;;
    esac
  done
  export IN_ROOT=$root IN_USER=$user IN_BINDS="${binds[*]-}"
  exec unshare --mount --propagation private -- bash -euc '
    mount -t proc proc "$IN_ROOT/proc"
    mount --rbind /dev "$IN_ROOT/dev"
    if ! mountpoint -q "$IN_ROOT/dev/shm"; then
      mkdir -p "$IN_ROOT/dev/shm"
      mount -t tmpfs -o mode=1777 tmpfs "$IN_ROOT/dev/shm"
    fi
    for bind in $IN_BINDS; do
      mkdir -p "$IN_ROOT${bind#*:}"
      mount --bind "${bind%%:*}" "$IN_ROOT${bind#*:}"
    done
    exec chroot --userspec="$IN_USER" "$IN_ROOT" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      LC_ALL=C.UTF-8 HOME=/tmp VEXPG_LONG="${VEXPG_LONG-}" "$@"' chroot.sh "$@"
}

make_chroot() {
  local suite=$1 dir=$2 mirror; shift 2
  [ "$(cat "$dir/.complete" 2>/dev/null)" != "$*" ] || return 0
  mirror=$(debian_mirror)
  [ -e "$dir/.bootstrapped" ] || rm -rf "$dir"
  if [ ! -e "$dir/.bootstrapped" ]; then
    debootstrap --variant=minbase --keyring="$keyring" --include=ca-certificates "$suite" "$dir" "$mirror"
    touch "$dir/.bootstrapped"
  fi
  chmod 755 "$dir"
  # No service starts, no default cluster, no documentation.
  printf '#!/bin/sh\nexit 101\n' > "$dir/usr/sbin/policy-rc.d"
  chmod 755 "$dir/usr/sbin/policy-rc.d"
  mkdir -p "$dir/etc/postgresql-common" "$dir/etc/dpkg/dpkg.cfg.d"
  echo 'create_main_cluster = false' > "$dir/etc/postgresql-common/createcluster.conf"
  printf 'path-exclude=/usr/share/%s/*\n' doc man locale > "$dir/etc/dpkg/dpkg.cfg.d/99small"
  echo force-unsafe-io >> "$dir/etc/dpkg/dpkg.cfg.d/99small"
  # A mirror that is a snapshot serves Release files past their Valid-Until.
  printf '%s;\n' 'Acquire::Check-Valid-Until "false"' 'Acquire::Languages "none"' 'APT::Install-Recommends "false"' \
    > "$dir/etc/apt/apt.conf.d/99chroot"
  cp /etc/resolv.conf "$dir/etc/resolv.conf" 2>/dev/null || true
  "$0" in "$dir" env DEBIAN_FRONTEND=noninteractive apt-get update -q
  "$0" in "$dir" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y "$@"
  "$0" in "$dir" apt-get clean
  echo "$*" > "$dir/.complete"
}

action=$1; shift
case $action in
  make) make_chroot "$@" ;;
  in) inside "$@" ;;
  *) echo "usage: chroot.sh make SUITE DIR PACKAGE... | chroot.sh in DIR [-u USER] [-b HOST:INSIDE] COMMAND..." >&2; exit 2 ;;
esac
