# SPDX-License-Identifier: PostgreSQL
# What every script of ci/ shares: where servers are kept, who runs them, how root is reached. Sourced, never run.
# Promise: no host name of a package mirror stands here or anywhere else; it is read from this machine's own apt.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Chroots and built servers live here between runs, outside the tree, readable by the user `postgres`.
cache=${VEXPG_CACHE:-/var/tmp/vexpg-check-$(id -u)}
mkdir -p "$cache" && chmod 755 "$cache"

if [ "$(id -u)" = 0 ]; then as_root=(); else as_root=(sudo); fi

# A server refuses to run as root: root hands over to `postgres`, anyone else runs it as himself.
as_server_user() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

debian_mirror() {
  local uri
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' \
    "Codename: $(. /etc/os-release && echo "$VERSION_CODENAME")" | head -n 1)
  [ -n "$uri" ] || { echo "apt knows no Debian mirror; run apt-get update" >&2; return 1; }
  echo "$uri"
}

# Ends the servers that a step left behind, and only those: their data lies under DIR.
stop_servers_under() {
  local file pid
  find "$1" -name postmaster.pid 2>/dev/null | while read -r file; do
    pid=$(head -n 1 "$file")
    [ "$(readlink "/proc/$pid/cwd")" != "$(dirname "$file")" ] || kill -QUIT "$pid"
  done
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# copy_debian_server MAJOR DIR: a private, writable copy of Debian's server, so that `make install` never touches the
# system's folders and two runs never meet. It is relocatable: DIR/.../bin/pg_config answers with the new paths.
copy_debian_server() {
  local major=$1 dir=$2
  rm -rf "$dir" && mkdir -p "$dir"/usr/{lib,share,include}/postgresql
  cp -a "/usr/lib/postgresql/$major" "$dir/usr/lib/postgresql/"
  cp -a "/usr/share/postgresql/$major" "$dir/usr/share/postgresql/"
  cp -a /usr/include/postgresql "$dir/usr/include/"
}

# copy_tree DIR: the sources as they stand (tracked and new files, nothing that git ignores), for builds that run as
# another user or in a chroot.
copy_tree() {
  local dir=$1
  rm -rf "$dir" && mkdir -p "$dir"
  if [ ! -e "$top/.git" ]; then cp -r "$top/." "$dir"; return; fi
  # A file deleted since the last commit is still in git's list.
  git -c safe.directory='*' -C "$top" ls-files -z --cached --others --exclude-standard |
    (cd "$top" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done) |
    tar -C "$top" --null -T - -cf - | tar -C "$dir" --no-same-owner -xf -
}
