#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# Who may include whom. Run in the root of the sources; prints each include that breaks a rule and ends with status 1.
# The pure layers (kernels, types, codec, graph and the page format) know no server; access method and SQL functions
# never know each other; one file is the door to the server's headers.
set -euo pipefail

pure_storage='layout|page_check'
allowed() { # allowed FILE: the project folders that FILE may include from
  case $1 in
    src/kernels/*) echo kernels ;;
    src/types/*) echo kernels types ;;
    src/codec/*) echo kernels types codec ;;
    src/graph/*) echo kernels types codec graph ;;
    src/storage/*)
      if [[ $1 =~ ^src/storage/($pure_storage)\. ]]; then echo kernels types codec graph purestorage
      else echo kernels types codec graph storage pg; fi ;;
    src/am/*) echo kernels types codec graph storage pg am ;;
    src/sql/*) echo kernels types codec graph storage pg sql ;;
    # The module's entry point names the settings and the kernels that it chooses.
    src/pg/*) echo kernels types pg ;;
  esac
}
# Headers that need no C++ runtime. The kernels get only C's.
c_headers=' stddef.h stdint.h string.h math.h float.h '
std_headers=' algorithm array bit cassert cerrno cfloat climits cmath compare concepts cstddef cstdint cstdlib cstring iterator
  limits new numeric optional span type_traits utility '

status=0
complain() { echo "$1: must not include $2 ($3)"; status=1; }
check() { # check FILE HEADER
  local file=$1 header=$2 name=${2#?}; name=${name%?}
  case $header in
    '<'simde/*|'<immintrin.h>'|'<arm_neon.h>'|'<cpuid.h>'|'<sys/auxv.h>'|'<asm/hwcap.h>')
      [[ $file == src/kernels/* ]] || complain "$file" "$header" 'vector instructions belong to kernels/' ;;
    '<sys/mman.h>') [[ $file == src/pg/* ]] || complain "$file" "$header" 'the system is asked in pg/' ;;
    '<'*)
      if [[ $c_headers == *" $name "* ]]; then return; fi
      [[ $file != src/kernels/* ]] || complain "$file" "$header" 'kernels know floats and lengths only'
      [[ $std_headers =~ [[:space:]]$name[[:space:]] ]] || complain "$file" "$header" 'not a header free of the C++ runtime' ;;
    '"'*.h'"')
      [[ $file == src/pg/pg.hpp || $file == src/pg/compat.hpp ]] ||
        complain "$file" "$header" 'only src/pg/pg.hpp opens the door to the server' ;;
    *)
      local folder=${name%%/*}
      [[ $name == */* ]] || folder=$(basename "$(dirname "$file")")
      [[ $name =~ ^storage/($pure_storage)\. && $file =~ ^src/storage/($pure_storage)\. ]] && folder=purestorage
      [[ " $(allowed "$file") " == *" $folder "* ]] || complain "$file" "$header" 'a later layer' ;;
  esac
}

count=0
while IFS=: read -r file header; do
  check "$file" "$header"
  count=$((count + 1))
done < <(grep -rHoE --include='*.cpp' --include='*.hpp' --include='*.inl' '^ *# *include *(<[^>]+>|"[^"]+")' src |
  sed -E 's/# *include *//; s/: */:/')
[ "$count" -gt 0 ] || { echo "no include found: not in the root of the sources?"; exit 1; }
[ $status != 0 ] || echo "layers: $count includes keep the rules"
exit $status
