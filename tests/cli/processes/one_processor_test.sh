#!/bin/sh
# SPDX-License-Identifier: MIT
# -j 1, OMP_NUM_THREADS=1, or one processor allowed: no more threads than the program's own and its
# decoders'.
. "$(dirname "$0")/../expect.sh"
taskset -c 0 true 2>/dev/null || skip "there is no taskset, or it may not choose processor 0"
mkdir in
for name in 1 2 3 4 5 6; do "$tool" make u16 3 0 400 300 in/$name.png; done

# most_threads COMMAND...: of the command in work, sets most; it makes out.
most_threads() {
  rm -rf out ended
  most=0
  {
    # shellcheck disable=SC2016  # of the inner shell
    sh -c 'echo $$ >process; exec "$@"' sh "$@" -o out 2>"$err"
    echo $? >ended
  } &
  until [ -s ended ]; do
    threads=$(sed -n 's/^Threads:[^0-9]*//p' "/proc/$(cat process)/status" 2>/dev/null)
    [ "${threads:-0}" -le "$most" ] || most=$threads
  done
  wait $!
  [ "$(cat ended)" -eq 0 ] || fail "status $(cat ended): $*"
  [ -e out ] || fail "nothing is made: $*"
}
echo 0 >process
enlarge="interpolate --scale 4 --method bicubic in"
tiny_model mixture_bayer_18x22 a.safetensors
fuse="fuse ./a.safetensors ./a.safetensors --method linear --eval in"
# shellcheck disable=SC2086  # words of a command
for command in "$enlarge" "$fuse"; do
  most_threads $command -j 1
  alone=$most
  most_threads $command -j 3
  [ "$most" -gt "$alone" ] || fail "three threads are not to be told from one: $most and $alone"
  most_threads taskset -c 0 $command
  [ "$most" -le "$alone" ] || fail "$most threads on one processor, $alone of -j 1: $command"
  most_threads env OMP_NUM_THREADS=1 $command
  [ "$most" -le "$alone" ] || fail "$most threads by OMP_NUM_THREADS, $alone of -j 1: $command"
  most_threads env OMP_NUM_THREADS=1 $command -j 3
  [ "$most" -gt "$alone" ] || fail "OMP_NUM_THREADS counts more than -j: $command"
done
finish
