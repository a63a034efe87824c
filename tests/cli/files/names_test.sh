#!/bin/sh
# SPDX-License-Identifier: MIT
# Files under hard names, and files under two names: nothing is mixed up, nothing destroyed.
. "$(dirname "$0")/../expect.sh"
"$tool" make u8 3 0 24 18 picture.png
run() { "$interpolate" --scale 2 --method bicubic "$@"; }

# As long as the system allows: a leaf of 255 bytes, a path of more than 1024.
leaf=$(printf '%0251d.png' 0)
mkdir long
cp picture.png "long/$leaf"
expect_status 0 run long -o long-out
expect_file "long-out/$leaf"
deep=deep
while [ ${#deep} -lt 1100 ]; do deep=$deep/$(printf '%0100d' 0); done
mkdir -p "$deep"
cp picture.png "$deep/a.png"
expect_status 0 run deep -r -o mirror
expect_file "mirror${deep#deep}/a.png"
printf '%s\0' "$deep/a.png" "long/$leaf" >list0
expect_status 0 run --files0-from list0 -o listed/
expect_only listed "$leaf" a.png

# One name composed and decomposed: two files. Upper and lower case: two files.
mkdir twins
for name in "$(printf 'caf\303\251.png')" "$(printf 'cafe\314\201.png')" a.png A.PNG; do
  cp picture.png "twins/$name"
done
expect_status 0 run twins -o twins-out
[ "$(find twins-out -type f | wc -l)" -eq 4 ] || fail "twins: $(ls twins-out)"

# Whatever the input is also called, it is not overwritten.
ln picture.png hard.png
ln -s picture.png soft.png
mkdir folder
ln -s .. folder/up
before=$(cksum <picture.png)
for name in picture.png ./picture.png folder/../picture.png "$tmp/picture.png" hard.png soft.png \
    folder/up/picture.png; do
  expect_status 2 run picture.png -o "$name"
  expect_stderr 'the output is the input'
done
mkdir pair && cp picture.png pair/a.png && ln -s a.png pair/b.png
expect_status 2 run pair -o pair
cp picture.png clash.png && cp picture.png clash.tiff
expect_status 2 run clash.png clash.tiff -f jpg -o clash-out
expect_stderr 'the result of both'
[ "$(cksum <picture.png)" = "$before" ] || fail "the input was changed"

# Only with leave.
expect_status 0 run hard.png --in-place
expect_info hard.png '48x36 3 u8 opaque'
[ "$(cksum <picture.png)" = "$before" ] || fail "in place, and the other name was changed"

# In place a file keeps its name, which must not lie about its format from then on.
for name in kept.png kept.bmp kept.gif kept.dng; do
  cp picture.png $name
  expect_status 2 run $name --in-place -f jpg
  expect_one_line
  expect_stderr "^interpolate: $name: --in-place keeps this name, which says another format"
  cmp -s picture.png $name || fail "$name was replaced"
done
expect_status 1 run nothing --in-place
expect_stderr '^interpolate: nothing: not found'
cp picture.png kept
expect_status 0 run kept --in-place -f jpg
expect_info kept '48x36 3 u8 opaque'

# Nor does the name of a single output; streams, folders and names that say nothing go by --format.
for name in lie.png lie.PFM lie.bmp lie.gif lie.dng; do
  for how in --dry-run -v; do
    expect_status 2 run picture.png -f jpg -o $name $how
    expect_one_line
    expect_stderr "^interpolate: $name: this name says ${name#lie.}, --format says jpg \(leave out"
  done
  expect_status 2 run - -f jpg -o $name <picture.png
  expect_no_file $name
done
expect_stderr 'or call the file lie.jpg'
for name in true.jpg true.JPEG true true.tmp; do
  expect_status 0 run picture.png -f jpg -o $name
  [ "$(head -c 3 $name | od -An -tx1)" = ' ff d8 ff' ] || fail "$name is no JPEG"
done
for name in says.nothing nothing; do
  expect_status 2 run picture.png -o $name
  expect_stderr "^interpolate: $name: .*expected one of .*, or --format png\\)"
done
expect_status 2 run picture.png -o -
expect_stderr '^interpolate: stdout: a picture here needs a format'
expect_status 2 run picture.png -o /dev/stdout
expect_stderr '^interpolate: /dev/stdout: a picture here needs a format'
mkdir folder.png
expect_status 0 run picture.png -f jpg -o folder.png
expect_only folder.png picture.jpg
mkfifo pipe.png
head -c 3 pipe.png >first & run picture.png -f jpg -o pipe.png 2>"$err"
wait $!
[ "$(od -An -tx1 <first)" = ' ff d8 ff' ] || fail 'no JPEG through a pipe with a name'

# Through a link that leads nowhere nothing is written, and it stays, as with cp.
ln -s nowhere.png dangling.png
ln -s loop.png loop.png
for link in dangling.png loop.png; do
  for how in --dry-run --max-memory=1K -v; do
    expect_status 1 run picture.png -o $link $how
    expect_stderr "^interpolate: $link: cannot be written: is a symbolic link that leads nowhere"
  done
  [ -L $link ] || fail "$link was replaced"
  expect_status 1 run picture.png -o reported.png --report $link
  expect_stderr "$link: cannot be written: is a symbolic link"
done
expect_no_file nowhere.png reported.png
mkdir linked
ln -s ../nowhere.png linked/picture.png
cp picture.png other.png
expect_status 1 run picture.png other.png -o linked
expect_only linked other.png picture.png
expect_stderr 'done 1, skipped 0, failed 1'
ln -s target.png there.png
cp picture.png target.png
expect_status 0 run picture.png -o there.png
[ -L there.png ] || fail "a link was replaced"
expect_info target.png '48x36 3 u8 opaque'

# A name with control bytes stands in quotes wherever it is told.
name=$(printf 'new\nline\033\t.png')
quoted="'new\\\\nline\\\\x1B\\\\t[.]png'"
"$tool" make u8 1 0 24 18 "$name"
expect_status 0 run "$name" -o out.webp -v
expect_stderr "^interpolate: $quoted: warning: WebP has no grey" "^interpolate: $quoted -> out.webp"
expect_status 0 run picture.png -o "$name" -v --overwrite
expect_stderr "picture.png -> $quoted, 48x36"
expect_status 0 run "$name" -o "$name" --in-place --dry-run
expect_stdout "^$quoted -> $quoted "
expect_status 2 run "$name" -o "$name"
expect_stderr "^interpolate: $quoted: the output is the input $quoted"
expect_status 2 run "$name" picture.png -o "$name"
expect_stderr "^interpolate: $quoted: several results need a folder"
expect_status 1 run "absent $name" -o "out $name"
expect_stderr "^interpolate: 'absent new.*': not found"
expect_status 3 "$interpolate" picture.png --scale 2 -o out.png -n "./$name.safetensors"
expect_stderr "'\./new.*safetensors': no such model file"
mkdir "dir $name"
expect_status 4 run "dir $name" -o out
expect_stderr "^interpolate: 'dir new.*': no picture"
expect_status 2 "$bin/reparam" a.safetensors "$name" -o c.safetensors
expect_stderr "one operand too many: $quoted"
expect_status 1 "$evaluate" "absent $name" picture.png
expect_stderr "^evaluate: 'absent new"
expect_status 1 run "$name" -o picture.png/x.png --files-from "list $name"
expect_stderr "'list new.*': cannot read the list"
# A file is read once by whatever way it is named, and no other in its place.
mkdir -p real/sub
cp picture.png real/b.png
cp picture.png ./b.png
ln -s real/sub link-to-sub
expect_status 2 run b.png link-to-sub/../b.png -o both
expect_stderr 'the result of both b.png and link-to-sub/../b.png'
expect_status 0 run real/b.png link-to-sub/../b.png real/sub/../b.png -o once -v
expect_stderr 'done 1,'
cp picture.png ./-
run - ./- -o streams -f png -v <picture.png 2>"$err" || fail 'stdin beside a file -'
expect_stderr 'done 2,'
rm ./-

finish
