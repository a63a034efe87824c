#!/bin/sh
# SPDX-License-Identifier: MIT
# Folders in awkward places: results among the inputs, folders that cannot be read.
. "$(dirname "$0")/../expect.sh"
"$tool" make u8 3 0 24 18 a.png
mkdir -p in/deep
cp a.png in/a.png
cp a.png in/deep/b.png
run() { "$interpolate" --scale 2 --method bicubic "$@"; }

# Results within the inputs: a second run does not take them for inputs.
for again in '' --skip-existing --overwrite --update; do
  # shellcheck disable=SC2086
  expect_status 0 run -r in -o in/results $again
  [ "$(find in/results -type f | wc -l)" -eq 2 ] ||
    fail "results of results: $(find in/results -type f | tr '\n' ' ')"
done
expect_stderr 'done 0, skipped 2, failed 0'
expect_status 0 run -r in -o in/deep/results
[ "$(find in/deep/results -type f | wc -l)" -eq 4 ] || fail 'another folder of results is an input'
# They are inputs when the user says so.
expect_status 0 run in/results -o again
expect_only again a.png
rm -r in/results in/deep/results

# A folder that cannot be read costs one line; the rest is done. Root may read everything.
as_user() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
  chmod 755 "$tmp"
fi
mkdir -p in/closed
cp a.png in/closed/c.png
chmod 000 in/closed
mkdir theirs && chmod 777 theirs
expect_status 1 as_user "$interpolate" --scale 2 --method bicubic -r in -o theirs/out \
  --failed-list theirs/failed
expect_stderr '^interpolate: in/closed: cannot read the folder \(Permission denied\)' \
  'done 2, skipped 0, failed 1'
[ "$(wc -l <"$err")" -eq 2 ] || fail 'more than a line for a folder, and the account'
[ "$(cat theirs/failed)" = in/closed ] || fail "the list of failures: $(cat theirs/failed)"
[ "$(find theirs/out -type f | wc -l)" -eq 2 ] || fail 'beside a closed folder'
expect_status 1 as_user "$interpolate" --scale 2 --method bicubic -r in/closed -o theirs/none
expect_one_line
expect_no_file theirs/none
# Nobody compares what is left of a set.
expect_status 1 as_user "$evaluate" in theirs/out
expect_stderr 'in/closed: cannot read the folder'
chmod 755 in/closed

# A link that leads nowhere fails by its name; what is no file at all is skipped.
mkdir odd
cp a.png odd/a.png
ln -s nowhere.png odd/b.png
mkfifo odd/c.png
expect_status 1 run odd -o odd-out
expect_stderr '^interpolate: odd/b.png: ' 'done 1, skipped 1, failed 1'
expect_only odd-out a.png

# Two folders whose names differ throughout: what was looked for is shown by a pair.
mkdir named && cp a.png named/a_x2.png
expect_status 4 "$evaluate" in named
expect_one_line
expect_stderr '^evaluate: in: no restored picture has the name .*: in/a.png and named/a_x2.png, say \(they are paired by name'
# What reading warns of is told, once for both pictures.
cp a.png named/a.png
echo more >>named/a.png
for original in a.png named/a.png; do
  expect_status 0 "$evaluate" $original named/a.png
  expect_one_line
  expect_stderr '^evaluate: note: 5 bytes after the picture are ignored \(1 of the results'
done
finish
