#!/bin/sh
# SPDX-License-Identifier: MIT
# A full disk of one megabyte, with an older result on it. Only root may make one.
. "$(dirname "$0")/../expect.sh"
"$tool" make u16 3 0 900 700 large.png
"$tool" make u8 3 0 40 30 small.png
run() { "$interpolate" --scale 2 --method bicubic "$@" --png-level 0; }
mkdir disk
mount -t tmpfs -o size=1m tmpfs disk 2>/dev/null || skip "a disk needs root"
trap 'umount "$tmp/disk"; clean_up' EXIT
echo old >disk/out.png
expect_status 1 run large.png -o disk/out.png
expect_stderr 'No space'
[ "$(cat disk/out.png)" = old ] || fail "a full disk changed the older result"
expect_only disk out.png
mkdir in && cp large.png in/1.png && cp small.png in/2.png
expect_status 1 run in -o disk/results
expect_stderr 'done 1, skipped 0, failed 1'
expect_only disk/results 2.png
# Figures stand without their page.
expect_status 1 "$evaluate" --task upscale2 --method bicubic in --html disk/page.html
expect_stderr 'page.html: .*No space'
expect_stdout '^bicubic +2 '
expect_only disk out.png results
finish
