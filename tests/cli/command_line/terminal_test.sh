#!/bin/sh
# SPDX-License-Identifier: MIT
# Progress on a terminal is one line that is rewritten.
. "$(dirname "$0")/../expect.sh"
command -v script >/dev/null || skip "there is no script"
mkdir in
number=0
while [ $number -lt 40 ]; do
  number=$((number + 1))
  "$tool" make u16 3 0 120 90 in/$number.png
done
script -qec "'$interpolate' --scale 2 --method bicubic in -o out" typescript >terminal </dev/null
tr '\r' '\n' <terminal | grep -Eq '^[0-9]+/40 files, [0-9]+ %, ETA ' || fail "no progress on a terminal"
grep -q "$(printf '\r')" terminal || fail "no carriage return on a terminal"
finish
