#!/bin/sh
# SPDX-License-Identifier: MIT
# What programs write beside pictures: models, reports, lists. They are as whole as pictures, follow
# links, go into pipes and devices, and what cannot be written is known before any work.
. "$(dirname "$0")/../expect.sh"

tiny_model mixture_bayer_18x22 model.safetensors
"$tool" make u8 3 0 40 30 truth.png
"$tool" mosaic RGGB truth.png mosaic.png
: >empty.png
fuse="fuse ./model.safetensors ./model.safetensors --method linear -q"
denoise="denoise --method nlm --sigma 5"

# A model into a file, through a link, into a pipe.
# shellcheck disable=SC2086
{
  expect_status 0 $fuse -o fused.safetensors
  mkdir elsewhere && ln -s elsewhere/real.safetensors link.safetensors
  cp model.safetensors elsewhere/real.safetensors
  expect_status 0 $fuse -o link.safetensors
}
[ -L link.safetensors ] || fail 'fuse replaces a link'
cmp -s fused.safetensors elsewhere/real.safetensors || fail 'fuse through a link'
mkfifo pipe
timeout 60 cat pipe >piped.safetensors &
reader=$!
# shellcheck disable=SC2086
expect_status 0 timeout 60 $fuse -o pipe
if [ -p pipe ]; then wait $reader; else fail 'fuse replaces a pipe'; kill $reader; fi
cmp -s fused.safetensors piped.safetensors || fail 'fuse into a pipe'

# The same for reports; /dev/stdout may be a file that more is written to.
printf 'before\n' >all.txt
# shellcheck disable=SC2086
$denoise truth.png -o out.png --report /dev/stdout >>all.txt 2>"$err" || fail 'a report to stdout'
grep -q '^before$' all.txt || fail 'a report to stdout destroys what stood there'
grep -q '"done": 1' all.txt || fail 'a report to stdout'
# shellcheck disable=SC2086
expect_status 0 $denoise truth.png -o out.png --report /dev/null

# A list of inputs is not replaced by a report, but by what is left of it to do.
printf 'truth.png\nempty.png\n' >list.txt
# shellcheck disable=SC2086
{
  expect_status 2 $denoise --files-from list.txt -o of-list --report ./list.txt
  expect_stderr 'list.txt: a list of inputs of this run and its report'
  expect_status 1 $denoise --files-from list.txt -o of-list --failed-list list.txt
}
[ "$(cat list.txt)" = empty.png ] || fail 'a list of failures in the place of the list'

# "-" is stdout and never a file of this name.
# shellcheck disable=SC2086
{
  expect_status 0 $denoise truth.png -o out.png --report -
  expect_stdout '"done": 1'
  expect_status 1 $denoise empty.png truth.png -o listed --failed-list -
  expect_stdout '^empty.png$'
  expect_status 0 $fuse -o fused.safetensors --report -
  expect_stdout '"method"'
  for stream in - /dev/stdout /dev/fd/1; do
    expect_status 2 $denoise truth.png -o $stream -f png --report -
    expect_stderr 'a picture and the report cannot both go to stdout'
    expect_status 2 $denoise truth.png -o - -f png --failed-list $stream
    expect_stderr 'a picture and the list of failures cannot both go to stdout'
  done
  expect_status 2 $denoise empty.png truth.png -o listed2 --failed-list - --report -
  expect_stderr 'the report and the list of failures cannot both go to stdout'
  expect_status 2 $fuse -o -
}
expect_status 0 "$evaluate" truth.png out.png -o -
expect_stdout '^out.png '
expect_status 2 "$bin/reparam" ./model.safetensors -o -
expect_status 2 "$bin/inspect" ./model.safetensors mosaic.png -o -
expect_no_file ./-

# Known before any work, in one line with cause and remedy.
rm -f out.png
# refused STATUS CAUSE ARGUMENT...
refused() {
  status=$1
  cause=$2
  shift 2
  expect_status "$status" "$@"
  expect_one_line
  expect_stderr "$cause"
  expect_no_file out.png out.safetensors
}
mkdir folder
# shellcheck disable=SC2086
for option in --report --failed-list; do
  refused 1 'absent/r: cannot be written: its folder does not exist \(create' \
    $denoise truth.png -o out.png $option absent/r
  refused 1 'folder: cannot be written: is a folder' $denoise truth.png -o out.png $option folder
  refused 2 'truth.png: is there and holds no text.*\(' $denoise truth.png -o out.png $option truth.png
  refused 1 'absent/r: cannot be written' "$interpolate" --cfa RGGB --method menon mosaic.png \
    -o out.png $option absent/r
done
# shellcheck disable=SC2086
{
  refused 1 'absent/r: cannot be written' $fuse -o out.safetensors --report absent/r
  refused 2 'model.safetensors: is there and' $fuse -o out.safetensors --report model.safetensors
  refused 1 'absent/o: cannot be written' $fuse -o absent/o
}
refused 1 'absent/r: cannot be written' "$evaluate" truth.png --task demosaic --method menon -o absent/r
refused 2 'truth.png: is there and' "$evaluate" truth.png --task demosaic --method menon -o truth.png
refused 1 'absent/o: cannot be written' "$bin/reparam" ./model.safetensors -o absent/o

# A report is no picture's file, and the other way round: neither its own name nor another one.
printf 'P6\n2 2\n255\nlooks a text' >text.dat
cp text.dat before.dat
# shellcheck disable=SC2086
for option in --report --failed-list; do
  shared=': a result of this run and its .*\(give'
  refused 2 "out.dat$shared" $denoise truth.png -f png -o out.dat $option out.dat
  refused 2 "out.dat$shared" $denoise truth.png -f png -o ./folder/../out.dat $option out.dat
  refused 2 "out.dat$shared" "$interpolate" --cfa RGGB --method menon mosaic.png -f png -o out.dat \
    $option out.dat
  refused 2 'text.dat: an input of this run and its .*\(give' $denoise text.dat -o out.png $option text.dat
  expect_no_file out.dat
done
cmp -s text.dat before.dat || fail 'a report replaces an input'
# shellcheck disable=SC2086
{
  refused 2 'both.txt: ' $denoise truth.png -o out.png --report both.txt --failed-list both.txt
  refused 2 'out.safetensors: ' $fuse -o out.safetensors --report ./out.safetensors
  refused 2 'page.html: ' "$evaluate" truth.png truth.png -o page.html --html page.html
  expect_no_file both.txt page.html
  expect_status 0 $denoise truth.png -o done.png --report /dev/null --failed-list /dev/null
}

# What is no picture does not get the name of one, whether there is a picture of this name or not.
cp truth.png there.png
# misnamed NAME WHAT BETTER ARGUMENT...
misnamed() {
  said="^[a-z]+: $1: this name says [A-Za-z0-9]+, what goes there is $2 \\(call it $3\\)\$"
  shift 3
  refused 2 "$said" "$@"
  expect_same truth.png there.png
}
# shellcheck disable=SC2086
for name in out.png there.png out.JPEG out.gif out.dng; do
  for program in "$fuse" "$bin/reparam ./model.safetensors"; do
    misnamed $name 'a checkpoint' "${name%.*}.safetensors" $program -o $name
  done
  misnamed $name 'an HTML page' "${name%.*}.html" "$evaluate" truth.png truth.png --overwrite \
    --html $name
  expect_no_file out.JPEG out.gif out.dng
done
# shellcheck disable=SC2086
for name in out.pth out.PT out.onnx; do
  for program in "$fuse" "$bin/reparam ./model.safetensors"; do
    misnamed $name 'a checkpoint' out.safetensors $program -o $name
  done
done
expect_no_file out.pth out.PT out.onnx
# shellcheck disable=SC2086
for option in --report --failed-list; do
  misnamed folder/r.tif text folder/r.txt $denoise truth.png -o done.png $option folder/r.tif
done
misnamed out.png text out.txt "$evaluate" truth.png truth.png -o out.png
# shellcheck disable=SC2086
misnamed out.png 'a folder' out.png/ $fuse -o out.safetensors --aligned-out out.png
misnamed out.png 'a folder' out.png/ "$bin/inspect" ./model.safetensors mosaic.png -o out.png
misnamed out.png 'a folder' out.png/ "$evaluate" truth.png done.png --diff out.png
expect_status 0 "$evaluate" truth.png done.png --diff diff.png/
expect_status 0 "$evaluate" truth.png done.png --diff diff.png --overwrite
expect_file diff.png/done.png/truth.png
mkfifo pipe.png
timeout 60 cat pipe.png >piped.safetensors &
reader=$!
# shellcheck disable=SC2086
expect_status 0 timeout 60 $fuse -o pipe.png
wait $reader
cmp -s fused.safetensors piped.safetensors || fail 'fuse into a pipe called like a picture'

# A report on a full disk: the pictures are done, the status says that something failed.
# shellcheck disable=SC2086
expect_status 1 $denoise truth.png -o done.png --report /dev/full
expect_stderr '^denoise: /dev/full: cannot be written: No space'
expect_file done.png
# shellcheck disable=SC2086
expect_status 1 $denoise empty.png truth.png -o done --failed-list /dev/full
expect_stderr '/dev/full: cannot be written: No space'

# The older report stands until the new one is complete.
echo '{}' >report.json
# shellcheck disable=SC2086
(ulimit -f 0; $denoise truth.png -o - -f png --report report.json >/dev/null; echo "status $?") 2>&1 |
  cat >"$err"
expect_stderr 'report.json: cannot be written: File too large' '^status 1$'
[ "$(cat report.json)" = '{}' ] || fail 'half a report'
[ -z "$(find . -name '.tessera-*')" ] || fail 'temporary files are left'

# The precision that ran, whatever was asked for. Without bf16 hardware, asking for it is refused.
tiny_model gtv_bayer_18x22 gtv.safetensors
expect_status 0 "$interpolate" --cfa RGGB -n ./gtv.safetensors mosaic.png -o gtv.png --overwrite \
  --precision bf16 --report -
expect_stdout '"precision": "f32"'
expect_stderr 'gtv.safetensors: warning: this network runs in f32 only'
expect_status 0 "$interpolate" --cfa RGGB --method malvar mosaic.png -o malvar.png --report -
expect_stdout '"models": \[\]' '"model": null'
# shellcheck disable=SC2086
expect_status 0 $denoise truth.png -o out.png --report -
expect_stdout '"models": \[\]' '"model": null'
# Of the two that denoise loads, that one is named which restored the file.
mkdir models
tiny_model mixture_noise_18x22 models/denoise-color.safetensors
tiny_model mixture_noise_grey_2x14 models/denoise-gray.safetensors
TESSERA_MODEL_PATH=$tmp/models expect_status 0 "$bin/denoise" --sigma 9 mosaic.png truth.png -o both \
  --report -
grep -A 9 '"input": "mosaic.png"' stdout | grep -q '"model": ".*denoise-gray.safetensors"' ||
  fail 'a grey picture and its model'
grep -A 9 '"input": "truth.png"' stdout | grep -q '"model": ".*denoise-color.safetensors"' ||
  fail 'a colour picture and its model'
[ "$(grep -c '"task": "denoise"' stdout)" = 2 ] || fail 'the models that were loaded'
finish
