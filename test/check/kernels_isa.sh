#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# kernels_isa.sh [FOLDER]: in the built objects under FOLDER/src (default: here) each instruction set is in its place.
# A file of kernels whose flags were lost would pass every test as emulation; a weak symbol of such a file could be
# linked in place of its twin for every CPU; an AVX instruction elsewhere ends the server on an older CPU; and a fused
# multiply-add in a step of the rotation changes codes from machine to machine.
set -euo pipefail
folder=${1:-.}/src
status=0 objdump=${OBJDUMP:-objdump}
fail() { echo "$1: $2"; status=1; }
instructions() { "$objdump" -d --no-show-raw-insn "$1" | sed -nE 's/^ *[0-9a-f]+:\t(.*)/\1/p'; }
count() { grep -cE "$1" <<< "$2" || true; }

kernels=(avx2 avx512 avx512vnni neon)
for name in "${kernels[@]}"; do
  object=$folder/kernels/$name.o
  [ -e "$object" ] || { fail "$object" 'is not built'; continue; }
  weak=$(nm "$object" | grep -E '^[0-9a-f ]+ [WVu] ' || true)
  [ -z "$weak" ] || fail "$object" "has weak symbols:"$'\n'"$weak"
  fused=$("$objdump" -d --no-show-raw-insn "$object" | awk '/^[0-9a-f]+ <.*>:$/ { inside = /hadamard|kac_mix|flip_signs/ }
    inside && /\t(vfn?m(add|sub)|fn?m(add|sub|la|ls))/')
  [ -z "$fused" ] || fail "$object" "fuses in a step of the rotation:"$'\n'"$fused"
done
[ $status = 0 ] || exit 1

machine=$("$objdump" -f "$folder/kernels/scalar.o" | sed -nE 's/^architecture: ([^,]*),.*/\1/p')
if [ "$machine" != i386:x86-64 ]; then
  echo "kernels_isa: no weak symbols, no fused rotation; AVX is not for $machine"
  exit 0
fi

# holds NAME MINIMUM PATTERN, lacks NAME PATTERN
declare -A code
for name in "${kernels[@]}"; do code[$name]=$(instructions "$folder/kernels/$name.o"); done
holds() { local n; n=$(count "$3" "${code[$1]}"); [ "$n" -ge "$2" ] || fail "$1.o" "only $n instructions with $3"; }
lacks() { local n; n=$(count "$2" "${code[$1]}"); [ "$n" = 0 ] || fail "$1.o" "$n instructions with $2"; }
holds avx2 100 '%ymm'
holds avx2 10 '^vfmadd'
holds avx2 4 '^vpmaddubsw'
holds avx2 4 '^vcvtph2ps'
lacks avx2 '%zmm|%k[0-7]'
holds avx512 100 '%zmm'
holds avx512 4 '^vpmaddubsw.*%zmm'
lacks avx512 '^(vpdpbusd|vpopcnt)'
holds avx512vnni 100 '%zmm'
holds avx512vnni 8 '^vpdpbusd.*%zmm'
holds avx512vnni 3 '^vpopcntq.*%zmm'

objects=0
while IFS= read -r object; do
  case $object in */kernels/avx*.o) continue ;; esac
  objects=$((objects + 1))
  vex=$(instructions "$object" | grep -E '^v|%[yz]mm' | head -3 || true)
  [ -z "$vex" ] || fail "$object" "holds AVX instructions: $vex"
done < <(find "$folder" -name '*.o')
[ $status != 0 ] || echo "kernels_isa: each instruction set in its file, none in the other $objects objects"
exit $status
