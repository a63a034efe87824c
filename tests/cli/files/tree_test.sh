#!/bin/sh
# SPDX-License-Identifier: MIT
# A tree of 400 pictures with every trap at once: one command, one account, status 1, every good
# result complete; killed at random points and resumed; a dry run that names just these results.
# Usage: tree_test.sh BIN_DIR PICTURE_TOOL SOURCE_DIR [KILLS]
. "$(dirname "$0")/../expect.sh"
kills=${4:-8}
pictures=400

# Kinds in turn, three folders deep, equal names in all folders.
number=0
for kind in 'u8 1 0' 'u8 3 0' 'u8 3 1' 'u8 1 1' 'u16 1 0' 'u16 3 0' 'u16 3 1' 'u16 1 1'; do
  # shellcheck disable=SC2086
  "$tool" make $kind 40 30 "kind$number.png"
  number=$((number + 1))
done
"$tool" make u8 3 0 40 30 kind.jpg
"$tool" make f32 3 0 40 30 kind.tif
number=0
while [ $number -lt $pictures ]; do
  folder=tree/$((number % 5))/$((number % 7))/$((number % 3))
  mkdir -p $folder
  cp "kind$((number % 8)).png" $folder/$number.png
  number=$((number + 1))
done
# Equal stems with other suffixes, odd names, loops of links, what is no picture.
newline=$(printf 'new\nline.png')
invalid=$(printf 'invalid-\377.png')
cp kind.jpg tree/0/0/0/0.jpg
cp kind.tif tree/0/0/0/0.tif
for name in "$newline" "$invalid" 'with space.png' -dash.png '#%d"quote'\''.png' '-o.png'; do
  cp kind1.png "tree/1/1/1/$name"
done
ln -s ../.. tree/2/2/loop
ln -s . tree/self
ln -s nowhere tree/dangling.png
echo note >tree/note.txt
touch tree/Thumbs.db tree/.hidden.png
good=$((pictures + 8))
# Bad ones: a link that leads nowhere, empty, text, cut in the middle and before the end, CMYK.
: >tree/1/empty.png
echo 'no picture' >tree/1/text.png
head -c 300 kind5.png >tree/2/cut.png
head -c -12 kind5.png >tree/2/no-end.png
# Start of image, frame of four components, start of scan.
printf '\377\330\377\300\000\024\010\000\020\000\020\004\001\021\000\002\021\000\003\021\000\004\021\000\377\332\000\016\004\001\000\002\000\003\000\004\000\000\077\000' >tree/3/cmyk.jpg
bad=6

run() { "$interpolate" --scale 2 --method bicubic -r tree "$@"; }

# A dry run names every result of good files, and touches nothing.
run -o out --dry-run >plan 2>"$err"
run -o out --dry-run --report - >plan.json 2>"$err"
expect_no_file out
planned=$(grep -Ec " -> '?out/" plan)
[ "$planned" -ge $good ] || fail "planned: $planned of $good"

expect_status 1 run -o out --failed-list failed.txt --report done.json
expect_stderr "^interpolate: done $good, skipped [0-9]+, failed $bad\$" \
  'tree/dangling.png: ' 'tree/1/empty.png: ' 'tree/1/text.png: ' 'tree/2/cut.png: ' 'tree/2/no-end.png: ' 'tree/3/cmyk.jpg: .*CMYK'
[ "$(grep -c ': ' "$err")" -eq $((bad + 1)) ] || fail "other than one line for each failure"
[ "$(wc -l <failed.txt)" -eq $bad ] || fail "the list of failures"
[ "$("$tool" readable out)" = $good ] || fail "complete results: $("$tool" readable out)"
[ -z "$(find out -name '.*' ! -name . -print)" ] || fail "temporary files are left"
[ ! -e out/2/2/loop ] || fail "a loop was entered"

# Results of both reports: names, one a line, of what was planned or done.
results_of() { grep -E '"(output|state)":' "$1" | paste - - | grep -E '"(planned|done)"' | cut -d'"' -f4 | sort; }
results_of plan.json >planned
results_of done.json >done
[ "$(wc -l <done)" -eq $good ] || fail "done by the report: $(wc -l <done)"
[ -z "$(comm -13 planned done)" ] || fail "not planned: $(comm -13 planned done)"
# The header of a cut file is whole: only decoding shows that it is bad.
[ "$(comm -23 planned done | wc -l)" -le 2 ] || fail "not done: $(comm -23 planned done)"

# Killed at random points, resumed: no partial file ever, the union complete, what is done stays.
rm -rf out
kill_number=0
half_done=0
while [ $kill_number -lt "$kills" ]; do
  kill_number=$((kill_number + 1))
  delay=$(od -An -N2 -tu2 /dev/urandom | awk '{ printf "%.2f", 0.1 + $1 / 65535 * 2 }')
  "$interpolate" --scale 2 --method bicubic -r tree -o out --skip-existing --png-level 9 -j 1 2>/dev/null &
  # The first kill comes as soon as there are results, the others at any time.
  tries=0
  while [ $kill_number -eq 1 ] && [ ! -d out/1 ] && [ $tries -lt 1000 ]; do
    tries=$((tries + 1))
    sleep 0.02
  done
  [ $kill_number -eq 1 ] || sleep "$delay"
  kill -KILL $! 2>/dev/null
  wait $!
  [ -d out ] || continue
  "$tool" readable out >complete 2>partial || fail "partial by kill $kill_number: $(cat partial)"
  echo "kill $kill_number: $(cat complete) of $good"
  [ -z "$(find out -name '.tessera-*')" ] || fail "a temporary file by kill $kill_number"
  if [ "$(cat complete)" -gt 0 ] && [ "$(cat complete)" -lt $good ]; then half_done=$((half_done + 1)); fi
  # A complete set leaves nothing to interrupt: from the start again.
  if [ "$(cat complete)" -eq $good ] && [ $kill_number -lt "$kills" ]; then rm -rf out; fi
done
[ $half_done -gt 0 ] || fail "no kill of $kills has hit a half-done set"
mkdir -p out
find out -name '[!.]*.*' -type f -printf '%p %i %T@\n' | sort >before
expect_status 1 run -o out --skip-existing
[ "$("$tool" readable out)" = $good ] || fail "the union: $("$tool" readable out) of $good"
find out -name '[!.]*.*' -type f -printf '%p %i %T@\n' | sort >after
[ -z "$(comm -23 before after)" ] || fail "done again: $(comm -23 before after | head -n 3)"

# A part of the target cannot be written: it costs its own files. Root may write everywhere.
as_user() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
  chmod 755 "$tmp"
  mkdir theirs && chown 65534:65534 theirs
else
  mkdir theirs
fi
as_user mkdir -p theirs/out/3
as_user chmod 555 theirs/out/3
protected=$(find tree/3 -name '*.png' | wc -l)
expect_status 1 as_user "$interpolate" --scale 2 --method bicubic -r tree -o theirs/out
expect_stderr 'cannot be written|cannot make its folder' "failed $((bad + protected))\$"
[ "$("$tool" readable theirs/out)" = $((good - protected)) ] || fail "beside the protected folder"
as_user chmod 755 theirs/out/3
finish
