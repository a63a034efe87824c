#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals end the program as signals do, and leave no temporary files and no half results.
. "$(dirname "$0")/expect.sh"

"$tool" make u16 3 0 900 700 truth.png
"$tool" mosaic RGGB truth.png mosaic.png
mkdir in
for name in 1 2 3 4 5 6 7 8 9; do cp mosaic.png in/$name.png; done

for signal in INT TERM HUP KILL; do
  for delay in 0.05 0.2 0.4; do
    rm -rf out
    found=0
    # timeout sends the signal; a shell in the background would make the child ignore INT.
    timeout --preserve-status -s $signal $delay "$interpolate" in --cfa RGGB --method menon \
      -o out --png-level 9 -j 2 2>"$err" || found=$?
    case $found in 0 | 129 | 130 | 137 | 143) ;; *) fail "$signal after $delay s: status $found" ;; esac
    [ -d out ] || continue
    [ $signal = KILL ] || [ -z "$(find out -type f ! -name '[1-9].png')" ] ||
      fail "$signal left $(find out -type f ! -name '[1-9].png')"
    for file in out/[1-9].png; do
      [ ! -e "$file" ] || "$tool" info "$file" >/dev/null || fail "$signal left half of $file"
    done
  done
done

# Resuming completes the set and leaves what is done alone.
rm -rf out
timeout -s TERM 0.5 "$interpolate" in --cfa RGGB --method menon -o out -j 1 2>/dev/null
expect_status 0 "$interpolate" in --cfa RGGB --method menon -o out --skip-existing
expect_only out 1.png 2.png 3.png 4.png 5.png 6.png 7.png 8.png 9.png
finish
