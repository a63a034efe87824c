#!/bin/sh
# SPDX-License-Identifier: MIT
# Several runs side by side, one processor only, progress on a terminal and elsewhere.
. "$(dirname "$0")/expect.sh"
"$tool" make u16 3 0 120 90 picture.png
mkdir in
number=0
while [ $number -lt 40 ]; do
  number=$((number + 1))
  cp picture.png in/$number.png
done

# Eight runs on one folder: every result whole, nobody fails, no lock and no fixed name in the way.
runs=
for run in 1 2 3 4 5 6 7 8; do
  "$interpolate" --scale 2 --method bicubic in -o out --skip-existing -j 1 2>log$run &
  runs="$runs $!"
done
for run in $runs; do wait "$run" || fail "one of eight runs ends with $?"; done
[ "$("$tool" readable out)" = 40 ] || fail "results: $("$tool" readable out)"
[ -z "$(find out -name '.*' ! -name .)" ] || fail "temporary files are left"

# -j 1, or one processor allowed: no more threads than the program's own and its decoders'.
"$tool" make u16 3 0 900 700 large.png
busy() {
  # CPU seconds over elapsed seconds, of many small steps on one processor at most a little over 1.
  bash -c 'TIMEFORMAT="%R %U %S"; time "$@" 2>/dev/null' timed "$@" 2>&1 | tail -n 1 |
    awk '{ exit !($2 + $3 <= 1.15 * $1 + 0.15) }'
}
busy "$interpolate" --scale 4 --method bicubic large.png -o x.png -j 1 || fail "-j 1 keeps more busy"
if command -v taskset >/dev/null; then
  expect_status 0 taskset -c 0 "$interpolate" --scale 2 --method bicubic picture.png -o y.png
  expect_file y.png
fi

# Progress in lines of JSON: done and percent only grow, and end with everything.
rm -rf out
expect_status 0 "$interpolate" --scale 2 --method bicubic in -o out --progress json -j 3
sed -n 's/.*"event":"file".*"percent":\([0-9.]*\).*/\1/p' "$err" >percents
sed -n 's/.*"done":\([0-9]*\).*"event":"file".*/\1/p' "$err" >counts
seq 40 | cmp -s - counts || fail "counts: $(tr '\n' ' ' <counts)"
sort -g -c percents || fail "percents go back"
[ "$(tail -n 1 percents | cut -d. -f1)" = 100 ] || fail "the end is not 100 %"
# Redirected: few plain lines; on a terminal: one line that is rewritten.
rm -rf out
expect_status 0 "$interpolate" --scale 2 --method bicubic in -o out --progress always
[ "$(wc -l <"$err")" -le 22 ] || fail "$(wc -l <"$err") lines of progress"
if command -v script >/dev/null; then
  rm -rf out
  script -qec "'$interpolate' --scale 2 --method bicubic in -o out" typescript >terminal </dev/null
  tr '\r' '\n' <terminal | grep -Eq '^[0-9]+/40 files, [0-9]+ %, ETA ' || fail "no progress on a terminal"
  grep -q "$(printf '\r')" terminal || fail "no carriage return on a terminal"
fi
finish
