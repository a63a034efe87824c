#!/bin/sh
# SPDX-License-Identifier: MIT
# Many files: exit status, isolation, mirrored trees, resuming, sharding, odd names, the account.
. "$(dirname "$0")/../expect.sh"

tiny_model mixture_bayer_18x22 demosaic.safetensors
"$tool" make u8 3 0 24 18 truth.png
"$tool" mosaic RGGB truth.png mosaic.png
run() { "$interpolate" --cfa RGGB -n "$tmp/demosaic.safetensors" "$@"; }

# Three good files and a bad one.
mkdir in
for name in a b c; do cp mosaic.png in/$name.png; done
head -c 200 mosaic.png >in/bad.png
for threads in 1 2 8; do
  rm -rf out
  expect_status 1 run in -o out -j $threads --failed-list failed.txt
  expect_only out a.png b.png c.png
  expect_stderr '^interpolate: in/bad.png: ' '^interpolate: done 3, skipped 0, failed 1$'
  [ "$(cat failed.txt)" = in/bad.png ] || fail "the list of failed files"
  [ "$(grep -c bad.png "$err")" -eq 1 ] || fail "one bad file costs one line"
done
echo kept >failed.txt
expect_status 1 run in -o dry --dry-run --failed-list failed.txt
[ "$(cat failed.txt)" = kept ] || fail "a dry run wrote the list of failed files"
rm in/bad.png

# Existing results: refused, skipped, updated, overwritten.
expect_status 2 run in -o out
expect_stderr 'out/a.png: exists already, one of 3 results that do \(--overwrite, --skip-existing'
expect_status 2 run in/a.png -o out/
expect_stderr 'out/a.png: exists already \(--overwrite'
touch -d '2001-01-01' out/a.png
expect_status 0 run in -o out --skip-existing
expect_stderr 'done 0, skipped 3, failed 0'
[ "$(stat -c %Y out/a.png)" -lt 1000000000 ] || fail "--skip-existing touched a result"
before=$(stat -c %Y%i out/b.png)
touch -d '2002-01-01' in/*.png
expect_status 0 run in -o out --update
expect_stderr 'done 1, skipped 2, failed 0'
[ "$(stat -c %Y%i out/b.png)" = "$before" ] || fail "--update redid a file that was new"
expect_status 0 run in -o out --overwrite
expect_stderr 'done 3'
rm out/b.png
expect_status 0 run in -o out --skip-existing
expect_stderr 'done 1, skipped 2, failed 0'

# A tree is mirrored; junk, hidden files and loops of links are passed over.
mkdir -p tree/x/y tree/.hidden tree/hollow
for name in p.png x/p.png x/y/p.png .hidden/p.png .p.png; do cp mosaic.png "tree/$name"; done
echo note >tree/x/note.txt
touch tree/Thumbs.db
ln -s .. tree/x/loop
expect_status 0 run tree -r -o mirror
found=$(cd mirror && find . -type f | sort | tr '\n' ' ')
[ "$found" = './p.png ./x/p.png ./x/y/p.png ' ] || fail "mirrored tree: $found"
[ ! -e mirror/hollow ] || fail "an empty folder was made"

# Collisions are found before any work.
mkdir clash
cp mosaic.png clash/a.png
cp mosaic.png clash/a.tif
expect_status 2 run clash -o clash-out -f png
expect_stderr 'clash-out/a.png: the result of both clash/a.png and clash/a.tif'
expect_no_file clash-out
# In whatever part of the list they lie.
before=$(cksum <clash/a.png)
for shard in 1/2 2/2; do
  expect_status 2 run clash -o clash-out -f png --shard $shard --skip-existing
  expect_stderr 'the result of both'
  expect_status 2 run clash -o clash -f png --shard $shard --overwrite
done
expect_no_file clash-out
[ "$(cksum <clash/a.png)" = "$before" ] || fail "a shard overwrote an input"

# Shards are disjoint and complete.
rm -rf out
for shard in 1/3 2/3 3/3; do
  expect_status 0 run in -o out --shard $shard
done
expect_only out a.png b.png c.png

# Names are byte strings.
mkdir names
newline=$(printf 'new\nline.png')
invalid=$(printf 'invalid-\377.png')
for name in 'with space.png' '#%d"quote'\''.png' -dash.png "$newline" "$invalid"; do
  cp mosaic.png "names/$name"
done
expect_status 0 run names -o names-out
[ "$(find names-out -type f -print0 | tr -dc '\0' | wc -c)" -eq 5 ] || fail "odd names in a folder"
(cd names && run -o ../dash-out/ -- -dash.png) || fail "a leading dash"
expect_file dash-out/-dash.png
find names -type f -print0 >list0
expect_status 0 run --files0-from list0 -o list-out/
[ "$(find list-out -type f -print0 | tr -dc '\0' | wc -c)" -eq 5 ] || fail "odd names from a list"
printf 'in/a.png\nin/b.png\n' | run --files-from - -o from-stdin 2>"$err" || fail "--files-from -"
expect_only from-stdin a.png b.png
# A list that names nothing is no wrong usage: nothing matched.
for list in --files-from --files0-from; do
  expect_status 4 run $list - -o none/ </dev/null
  expect_one_line
  expect_stderr 'names no input \(--allow-empty'
  expect_status 0 run $list - -o none/ --allow-empty </dev/null
done
expect_status 2 run -o none/
expect_stderr '^interpolate: no input is given \(name'
# Lists of other systems: what ends a line, or begins the file, is no part of a name.
carriage=$(printf 'c\rr.png\r')
cp mosaic.png "$carriage"
printf '\357\273\277in/a.png\r\n\r\nin/b.png\r\n%s\r\n%s\n%s' "$carriage" "$carriage" in/c.png >list
expect_status 0 run --files-from list -o of-lines -f tif
[ "$(LC_ALL=C ls of-lines | tr '\r\n' '<>')" = 'a.tif>b.tif>c<r.tif>c.tif>' ] ||
  fail "a list with carriage returns: $(ls of-lines)"
printf '\357\273\277in/absent.png\r\n' >list
expect_status 1 run --files-from list -o none/
expect_one_line
expect_stderr '^interpolate: in/absent.png: not found'
cp mosaic.png "$(printf '\357\273\277marked.png')"
printf '\357\273\277marked.png\n' >list
expect_status 0 run --files-from list -o marked/
# UTF-16, and each kind of list for the option of the other.
printf '\377\376i\0n\0/\0a\0' >list
for list in list list0; do
  expect_status 2 run --files-from $list -o none/
  expect_one_line
  expect_stderr "^interpolate: $list: holds zero bytes, .*\\(--files0-from .*UTF-8"
done
printf 'in/a.png\nin/b.png\n' >list
expect_status 2 run --files0-from list -o none/
expect_one_line
expect_stderr '^interpolate: list: the names do not end with zero bytes \(--files-from takes one a line'
expect_no_file none
# One that cannot be read is told with its cause.
expect_status 1 run --files-from absent -o none/
expect_one_line
expect_stderr '^interpolate: absent: cannot read the list of files: No such file'
expect_status 1 run --files0-from in -o none/
expect_stderr '^interpolate: in: cannot read the list of files: is a folder'
rm "names/$newline"
head -c 100 mosaic.png >"names/$newline"
expect_status 1 run "names/$newline" -o broken-name.png
expect_one_line
expect_stderr 'new\\nline.png'
[ "$(grep -o line.png "$err" | wc -l)" -eq 1 ] || fail "a name with a newline is told twice"

# xargs goes on after a failure, because the status is never 255.
printf 'no picture' >in/0.png
visited=$(find in -type f -print0 | sort -z |
  xargs -0 -n 1 sh -c 'echo visited; "$0" "$1" --cfa RGGB --method menon -o "xargs-$(basename "$1")" 2>/dev/null' "$interpolate" |
  grep -c visited)
[ "$visited" -eq 4 ] || fail "xargs stopped after $visited files"
rm in/0.png

# In place, several operands, first failure, an output that is a file.
cp mosaic.png place.png
expect_status 0 run --in-place place.png
expect_info place.png '24x18 3 u8 opaque'
cp mosaic.png place.png
expect_status 2 run --in-place -f jpg place.png
expect_stderr 'place.png: --in-place keeps this name'
expect_same mosaic.png place.png
# What would leave every file as it is, and what would lose pages of one.
for flag in --skip-existing --update; do
  expect_status 2 run --in-place $flag place.png
  expect_stderr 'in place every result exists already'
done
cp mosaic.png place.png && printf 'more' >>place.png
before=$(cksum <place.png)
expect_status 1 run --in-place place.png
expect_stderr 'place.png: 4 bytes after the picture are ignored: replaced in place, the rest would be lost'
expect_status 1 run --in-place --dry-run place.png
[ "$(cksum <place.png)" = "$before" ] || fail 'a file was replaced that holds more than its picture'
# A dry run and a run agree on that, whatever the kind of file.
"$tool" make u8 1 0 20 16 two.pgm && cat two.pgm two.pgm >more.pgm
"$tool" make u8 1 0 20 16 more.jpg && printf 'more' >>more.jpg
for file in more.pgm more.jpg; do
  for how in '' --dry-run; do
    # shellcheck disable=SC2086
    expect_status 1 run --in-place $how $file
    expect_stderr "$file: .*: replaced in place, the rest would be lost"
  done
done
expect_status 0 run place.png -o elsewhere.png
expect_status 0 run in/a.png in/b.png -o several
expect_only several a.png b.png
expect_status 2 run in/a.png in/b.png -o mosaic.png
head -c 100 mosaic.png >in/0.png
rm -rf out
expect_status 1 run in -o out --fail-fast -j 1
expect_no_file out
expect_stderr 'done 0, skipped 0, failed 1'
mkdir texts
for name in a b c; do echo text >texts/$name.png; done
expect_status 1 run texts -o out --fail-fast --dry-run
expect_one_line

# Progress: JSON lines for front ends; nothing redirected that needs a terminal.
rm -rf out in/0.png
expect_status 0 run in -o out --progress json
expect_stderr '"event":"started"' '"event":"finished"' '"percent":100'
head -c 100 mosaic.png >in/0.png
rm -rf out
expect_status 1 run in -o out --progress json -v
expect_stderr '"event":"file".*"message":"in/0.png: .*"state":"failed"' \
  '"done":3,"event":"finished","failed":1,"skipped":0'
grep -v '^{.*}$' "$err" && fail "not an object a line"
rm in/0.png
rm -rf out
expect_status 0 run in -o out --progress always
grep -q "$(printf '\r')" "$err" && fail "carriage returns without a terminal"
rm out/c.png
expect_status 0 run in -o out --progress always --skip-existing
# What was skipped tells nothing of what is left.
expect_stderr '1/3 files, 33 %, ETA unknown$' '3/3 files, 100 %, ETA 0 s$'
finish
