#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# packages.sh NAME...: sees to it that these Debian packages are installed. As root it installs them, as a user with
# sudo it does so through sudo; else it prints the one line to run and ends with status 1.
set -euo pipefail
missing=()
for name in "$@"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  # Without a terminal sudo must not ask for a password.
  if command -v sudo > /dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
  else
    echo "Some packages are missing. Please run this, then try again:"
    echo "  apt-get update && apt-get install -y ${missing[*]}"
    exit 1
  fi
fi
echo "installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  "${as_root[@]}" apt-get update -q &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y "${missing[@]}"
}
install < /dev/null > "$log" 2>&1 || { tail -n 30 "$log"; exit 1; }
