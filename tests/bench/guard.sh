#!/bin/sh
# SPDX-License-Identifier: MIT
# Instructions that the kernels execute on small fixed inputs, beside those of guard.txt: more than
# 3 % more is a failure, more than 3 % less asks for a new guard.txt.
#   tests/bench/guard.sh BUILD_DIR [--write]
# Needs valgrind, which knows AVX2 but not AVX-512, and a build with -DTESSERA_BUILD_BENCH=ON.
# Counts depend on compiler and libraries (guard.txt: GCC 12 and oneDNN 2.6 of Debian 12), not on
# the machine's speed or load.
set -eu

build=${1:?usage: guard.sh BUILD_DIR [--write]}
kernels=$build/tests/bench/kernels
known=$(dirname "$0")/guard.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1

instructions() {
  valgrind --tool=callgrind --callgrind-out-file="$folder/out" --collect-atstart=no \
    --toggle-collect='*counted*' "$kernels" "$1" 2>"$folder/log" ||
    { cat "$folder/log" >&2; exit 2; }
  awk '/Collected/ {print $NF}' "$folder/log"
}

"$kernels" >"$folder/names"
while read -r kernel; do
  count=$(instructions "$kernel")
  [ -n "$count" ] || { echo "guard: $kernel: valgrind told no count" >&2; exit 2; }
  echo "$kernel $count"
done <"$folder/names" >"$folder/found"

if [ "${2:-}" = --write ]; then
  cp "$folder/found" "$known"
  exit 0
fi
awk '
  NR == FNR { known[$1] = $2; next }
  !($1 in known) { print $1 ": not in guard.txt"; bad = 1; next }
  {
    change = 100 * ($2 / known[$1] - 1)
    verdict = change > 3 ? "MORE" : change < -3 ? "less: write guard.txt anew" : "ok"
    printf "%-20s %12d %12d %+6.2f %% %s\n", $1, known[$1], $2, change, verdict
    if (change > 3) bad = 1
    seen[$1] = 1
  }
  END {
    for (kernel in known) if (!(kernel in seen)) { print kernel ": did not run"; bad = 1 }
    exit bad
  }' "$known" "$folder/found"
