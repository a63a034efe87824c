#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad input gets one line that names file, cause and remedy, the right status, and no output.
. "$(dirname "$0")/../expect.sh"

tiny_model mixture_bayer_18x22 demosaic.safetensors
tiny_model mixture_mask_18x22 inpaint.safetensors
"$tool" make u8 3 0 40 30 colour.png
"$tool" make u8 1 0 40 30 grey.png
"$tool" mosaic RGGB colour.png mosaic.png
"$tool" mask 0.5 20 30 small-mask.png
"$tool" mask 1.0 40 30 empty-mask.png
model=./demosaic.safetensors

# refused STATUS REGEX ARGUMENT...: told in one line, and nothing is written.
refused() {
  status=$1
  regex=$2
  shift 2
  expect_status "$status" "$interpolate" "$@"
  expect_one_line
  expect_stderr '^interpolate: ' "$regex"
  expect_no_file out out.png out.xyz
}

refused 3 'no-such-model.*looked' mosaic.png --cfa RGGB -n no-such-model -o out.png
refused 3 './missing.safetensors' mosaic.png --cfa RGGB -n ./missing.safetensors -o out.png
for bytes in 0 4 100 2000 $(($(wc -c <demosaic.safetensors) - 1)); do
  head -c "$bytes" demosaic.safetensors >cut.safetensors
  refused 3 'cut.safetensors' mosaic.png --cfa RGGB -n ./cut.safetensors -o out.png
done
refused 3 'inpaint.*demosaic' mosaic.png --cfa RGGB -n ./inpaint.safetensors -o out.png
refused 1 'colour.png: the picture has 3 channels; a mosaic has one' colour.png --cfa RGGB -n $model -o out.png
refused 1 'colour.png: the picture has 3 channels; a mosaic has one' colour.png --cfa RGGB -n $model -o out.png --dry-run
refused 1 'mask has 20x30 pixels, the picture 40x30' colour.png --mask small-mask.png --method tv -o out.png
refused 1 'nothing is measured' colour.png --mask empty-mask.png --method tv -o out.png
refused 2 'mask: is not read from stdin \(give a file, or ./- ' colour.png --mask - --method tv -o out.png
refused 1 'no alpha' colour.png --mask alpha --method tv -o out.png
refused 1 'NaN' colour.png --mask nan --method tv -o out.png
refused 1 'missing-mask.png' colour.png --mask missing-mask.png --method tv -o out.png
head -c 300 mosaic.png >broken.png
refused 1 'broken.png: ' broken.png --cfa RGGB -n $model -o out.png
echo 'no picture' >text.png
refused 1 'text.png: ' text.png --cfa RGGB -n $model -o out.png
refused 1 'absent.png: ' absent.png --cfa RGGB -n $model -o out.png
refused 1 'mosaic.png.*not a folder' mosaic.png --cfa RGGB -n $model -o mosaic.png/out.png
refused 1 'cannot' mosaic.png --cfa RGGB -n $model -o /proc/out.png
refused 2 'the output is the input' mosaic.png --cfa RGGB -n $model -o mosaic.png
refused 2 'the output is the input' mosaic.png --cfa RGGB -n $model -o ./x/../mosaic.png
refused 2 'the output is a file that this run reads' colour.png --mask small-mask.png --method tv -o small-mask.png
refused 2 'scale.*3\.7' colour.png --scale 3.7 -o out.png
refused 2 'cfa.*RGBG|RGBG' mosaic.png --cfa RGBG -o out.png
refused 2 'method bicubic' mosaic.png --cfa RGGB --method bicubic -o out.png
refused 2 'what is missing' mosaic.png -n $model -o out.png
refused 2 'several kinds' mosaic.png --cfa RGGB --scale 2 -o out.png
refused 2 'exclude' mosaic.png --cfa RGGB --method menon -n $model -o out.png
refused 2 'suffix|format' mosaic.png --cfa RGGB -n $model -o out.xyz
refused 2 'no output' mosaic.png --cfa RGGB -n $model
refused 2 'no input' --cfa RGGB -n $model -o out.png
refused 6 '--max-memory' mosaic.png --cfa RGGB -n $model -o out.png --max-memory 10K
refused 6 ' 1 MB are allowed' mosaic.png --cfa RGGB -n $model -o out.png --max-memory 1M
refused 6 'pixels' mosaic.png --cfa RGGB -n $model -o out.png --max-pixels 100
# A folder misspelt is what is wrong, not the name of the output.
refused 1 'absent: not found' absent --cfa RGGB -n $model -o out
refused 1 'absent/: not found' absent/ --cfa RGGB -n $model -o out
# Several results in a folder called like a picture: hardly what was meant.
refused 2 'one.png: .*several' mosaic.png grey.png --cfa RGGB -n $model -o one.png
expect_no_file one.png
expect_status 0 "$interpolate" mosaic.png grey.png --cfa RGGB -n $model -o one.png/
expect_only one.png grey.png mosaic.png
refused 2 'cfa: given 2 times, expected once' mosaic.png --cfa RGGB --cfa RGGB -n $model -o out.png
refused 2 'cfa: needs a value, RGGB.BGGR.GRBG.GBRG \(see' mosaic.png -n $model -o out.png --cfa
mkdir empty
refused 4 'empty: no picture' empty --cfa RGGB -n $model -o out
expect_status 0 "$interpolate" empty --cfa RGGB -n $model -o out --allow-empty

# An output that stands there already keeps its bytes when the work fails.
echo precious >out.png
expect_status 1 "$interpolate" colour.png --cfa RGGB -n $model -o out.png
[ "$(cat out.png)" = precious ] || fail "a failed run changed an existing output"
finish
