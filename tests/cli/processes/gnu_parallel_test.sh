#!/bin/sh
# SPDX-License-Identifier: MIT
# samples/gnu-parallel.sh: half of the running parts are killed, the same line again completes the
# set and makes nothing twice; the job log shows true statuses.
. "$(dirname "$0")/many_machines.sh"
command -v parallel >/dev/null || skip "there is no GNU parallel"
make_pictures
HOME=$tmp
export HOME
mkdir -p .parallel && touch .parallel/will-cite

# -v lines of all parts end up in one log for each run.
restore() {
  setsid "$source_dir/samples/gnu-parallel.sh" 4 jobs.log interpolate in -o out --cfa RGGB \
    --method menon --png-level 9 -v
}
# kill_part K: the processes of one part (program and shell) that run in this folder.
kill_part() {
  for process in $(pgrep -f "interpolate in -o out .*--shard $1/4 "); do
    [ "$(readlink "/proc/$process/cwd")" != "$tmp" ] || kill -KILL "$process" 2>/dev/null
  done
}

restore 2>logs/first &
run=$!
wait_until 120 some_results || fail "no result appears"
for part in 1 2; do kill_part $part; done
status=0
wait $run || status=$?
cut -f 7,8 jobs.log | sed 's/^/    exit, signal: /'
[ "$status" -ge 1 ] && [ "$status" -le 4 ] || fail "parallel ends with $status"
awk 'NR > 1 && $8 == 9 { killed++ } END { exit !(killed >= 1) }' jobs.log || fail "no part was killed"
check_interrupted

restore 2>logs/second || fail "the second run ends with $?"
check_resumed
finish
