#!/bin/sh
# SPDX-License-Identifier: MIT
# Several runs side by side, progress elsewhere than on a terminal.
. "$(dirname "$0")/../expect.sh"
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

# Progress in lines of JSON: counts and percent only grow, and end with everything.
rm -rf out
expect_status 0 "$interpolate" --scale 2 --method bicubic in -o out --progress json -j 3
sed -n 's/.*"event":"file".*"percent":\([0-9.]*\).*/\1/p' "$err" >percents
sed -n 's/.*"event":"file","finished":\([0-9]*\).*/\1/p' "$err" >counts
seq 40 | cmp -s - counts || fail "counts: $(tr '\n' ' ' <counts)"
sort -g -c percents || fail "percents go back"
[ "$(tail -n 1 percents | cut -d. -f1)" = 100 ] || fail "the end is not 100 %"
# Redirected: few plain lines; command_line/terminal_test.sh looks at a terminal.
rm -rf out
expect_status 0 "$interpolate" --scale 2 --method bicubic in -o out --progress always
expect_stderr '^interpolate: [0-9]+/40 files, ' '^interpolate: 40/40 files, 100 %'
[ "$(wc -l <"$err")" -le 22 ] || fail "$(wc -l <"$err") lines of progress"
finish
