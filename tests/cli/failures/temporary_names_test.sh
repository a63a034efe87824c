#!/bin/sh
# SPDX-License-Identifier: MIT
# Where files without names are not to be had, signals leave no temporary files either; killed runs do.
. "$(dirname "$0")/interruption.sh"
unshare -m sh -c 'mount -t tmpfs none /proc' 2>/dev/null || skip "hiding /proc needs root"

# Without /proc a file without a name could never get one: temporary names are used, as on network
# file systems.
without_proc() { exec unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"; }

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
finish
