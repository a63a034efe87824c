#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals end the program as signals do, and leave no temporary files and no half results.
. "$(dirname "$0")/interruption.sh"

for signal in INT TERM HUP KILL; do
  for delay in 0.05 0.2 0.4; do
    interrupt as_usual $signal $delay
    [ -z "$(left_in_out)" ] || fail "$signal left $(left_in_out)"
  done
done

# What runs that were killed have left, goes after a day, and nothing else does.
rm -rf out && mkdir out
for name in .tessera-00000000000000a1 .tessera-00000000000000a2 .tessera-notes; do
  echo half >out/$name.tmp
done
touch -d '25 hours ago' out/.tessera-00000000000000a1.tmp out/.tessera-notes.tmp
# shellcheck disable=SC2086
expect_status 0 $menon in/1.png -o out -v --dry-run
expect_only out .tessera-00000000000000a1.tmp .tessera-00000000000000a2.tmp .tessera-notes.tmp
# shellcheck disable=SC2086
expect_status 0 $menon in/1.png -o out -v
expect_stderr '^interpolate: out: temporary files of killed runs removed: 1$'
expect_only out .tessera-00000000000000a2.tmp .tessera-notes.tmp 1.png

# Resuming completes the set and leaves what is done alone.
rm -rf out
"$interpolate" in --cfa RGGB --method menon --png-level 9 -o out -j 1 2>/dev/null &
runner=$!
tries=0
until [ -e out/1.png ] || [ $tries -eq 1000 ]; do
  tries=$((tries + 1))
  sleep 0.02
done
kill -TERM $runner
wait $runner
stat -c '%n %i %Y' out/*.png >before
left=$(wc -l <before)
[ "$left" -ge 1 ] && [ "$left" -lt 9 ] || fail "nothing to resume: $left results are done"
expect_status 0 "$interpolate" in --cfa RGGB --method menon -o out --skip-existing
expect_only out 1.png 2.png 3.png 4.png 5.png 6.png 7.png 8.png 9.png
stat -c '%n %i %Y' out/*.png | comm -23 before - >again
[ ! -s again ] || fail "done again: $(cat again)"
finish
