#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals end the program as signals do, and leave no temporary files and no half results.
. "$(dirname "$0")/expect.sh"

"$tool" make u16 3 0 900 700 truth.png
"$tool" mosaic RGGB truth.png mosaic.png
mkdir in
for name in 1 2 3 4 5 6 7 8 9; do cp mosaic.png in/$name.png; done

menon="$interpolate --cfa RGGB --method menon --png-level 9"
as_usual() { exec "$@"; }
# Without /proc a file without a name could never get one: temporary names are used, as on network
# file systems.
without_proc() { exec unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"; }

# interrupt WAY SIGNAL DELAY: into the folder out, which is new. All nine pictures take longer than
# the shorter delays; where they are done the signal came too late.
interrupt() {
  rm -rf out
  found=0
  case $2 in HUP) expected=129 ;; INT) expected=130 ;; KILL) expected=137 ;; TERM) expected=143 ;; esac
  # timeout sends the signal; a shell in the background would make the child ignore INT.
  # shellcheck disable=SC2086
  ("$1" timeout --preserve-status -s "$2" "$3" $menon in -o out -j 2) 2>"$err" || found=$?
  if [ "$found" -eq 0 ] && [ "$3" = 0.4 ]; then
    [ "$("$tool" readable out)" = 9 ] || fail "$*: status 0 without all results"
  else
    [ "$found" -eq "$expected" ] || fail "$*: status $found instead of $expected"
  fi
  for file in out/[1-9].png; do
    [ ! -e "$file" ] || "$tool" info "$file" >/dev/null || fail "$*: half of $file"
  done
}
left_in_out() { [ ! -d out ] || find out -type f ! -name '[1-9].png'; }

for signal in INT TERM HUP KILL; do
  for delay in 0.05 0.2 0.4; do
    interrupt as_usual $signal $delay
    [ -z "$(left_in_out)" ] || fail "$signal left $(left_in_out)"
  done
done
if unshare -m sh -c 'mount -t tmpfs none /proc' 2>/dev/null; then
  for signal in INT TERM HUP; do
    for delay in 0.05 0.2 0.4; do
      interrupt without_proc $signal $delay
      [ -z "$(left_in_out)" ] || fail "without /proc $signal left $(left_in_out)"
    done
  done
  # There is a temporary name at all, or the lines above showed nothing: killed as soon as it is seen.
  seen=0
  for attempt in 1 2 3 4 5; do
    rm -rf out
    # shellcheck disable=SC2086
    (without_proc $menon in -o out -j 2) 2>"$err" &
    runner=$!
    tries=0
    until left_in_out | grep -q '/[.]tessera-' || [ $tries -eq 1000 ]; do
      tries=$((tries + 1))
      sleep 0.02
    done
    kill -KILL $runner
    wait $runner
    seen=$(left_in_out | grep -c '/[.]tessera-')
    [ "$seen" -eq 0 ] || break
  done
  [ "$seen" -gt 0 ] || fail "without /proc nothing stood under a temporary name ($attempt times)"
else
  echo 'not checked: temporary names (it needs root)'
fi

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
