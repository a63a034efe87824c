#!/bin/sh
# SPDX-License-Identifier: MIT
# Syntax, help, version, models: what a user types and reads.
. "$(dirname "$0")/../expect.sh"

expect_status 0 "$interpolate" --help
expect_stdout 'Usage|OPTIONS' '--cfa'
[ ! -s "$err" ] || fail "--help talks on stderr"
expect_status 0 "$interpolate" --version
expect_stdout '^interpolate \(tessera\) [0-9]+\.[0-9]+\.[0-9]+$'
head -n 1 "$tmp/stdout" | grep -Eq '^interpolate \(tessera\)' || fail "first line of --version"

# Wrong usage is 2, told in one line.
for arguments in '--scale 3' '--scale 2x' '-t -1' '-t 25px' '-t' '-j 0' '-j two' '-g 0' '--quality 0' \
    '--quality 101' '--png-level 10' '--precision f64' '--progress often' '--max-memory lots' \
    '--max-memory -1G' '--shard 3/2' '--shard 0/2' '--shard 1' '--missing-value 2,5' \
    '--missing-value nan' '--method nearest' '-f xyz'; do
  # shellcheck disable=SC2086
  expect_status 2 "$interpolate" $arguments a.png --cfa RGGB -o b.png
  expect_one_line
  expect_stderr '^interpolate: --[a-z-]+: .*expected '
done
expect_status 2 "$interpolate" --no-such-option a.png --cfa RGGB -o b.png
expect_stderr '^interpolate: unknown option --no-such-option'
for switch in --overwrite=false --update=0 --in-place=no --dry-run=banana --verbose=-3 --help=false; do
  expect_status 2 "$interpolate" $switch a.png --cfa RGGB -o b.png
  expect_stderr "^interpolate: ${switch%=*}: takes no value"
done
expect_status 2 "$interpolate" --skip-existing --overwrite a.png --cfa RGGB -o b.png
expect_stderr '^interpolate: --skip-existing excludes --overwrite'
for seed in -1 1.5 x 18446744073709551616; do
  expect_status 2 "$bin/evaluate" --task demosaic --method menon --seed $seed colour.png
  expect_stderr "^evaluate: --seed: expected a whole number, 0 or more, found \"$seed\""
done
for part in 1 1.5; do
  expect_status 2 "$bin/evaluate" --task inpaint --method tv --missing $part colour.png
  expect_stderr "^evaluate: --missing: expected less than 1, found \"$part\""
done
expect_status 2 "$interpolate" --quality 0 a.png --cfa RGGB -o b.png
expect_stderr '^interpolate: --quality: expected a whole number from 1 to 100, found "0"'
expect_status 2 "$interpolate" --sclae 2 a.png -o b.png
expect_stderr 'did you mean --scale'
expect_status 2 "$interpolate" --overwrit a.png -o b.png
expect_stderr 'did you mean --overwrite'
# An operand too many is no option.
expect_status 2 "$bin/reparam" a.safetensors b.safetensors -o c.safetensors
expect_stderr '^reparam: one operand too many: b.safetensors \(see reparam --help\)'
expect_status 2 "$bin/inspect" model a.png b.png
expect_stderr '^inspect: one operand too many: b.png'
expect_status 2 "$bin/inspect" model a.png -y
expect_stderr '^inspect: unknown option -y'

# Models: path, TESSERA_MODEL_PATH, listing.
"$tool" make u8 3 0 20 16 colour.png
"$tool" mosaic GRBG colour.png mosaic.png
mkdir -p 'models a' models-b/other
tiny_model mixture_bayer_18x22 'models a/demosaic.safetensors'
tiny_model mixture_mask_18x22 models-b/other/model.safetensors
TESSERA_MODEL_PATH="$tmp/models a:$tmp/models-b"
export TESSERA_MODEL_PATH
expect_status 0 "$interpolate" --list-models
expect_stdout "^demosaic	$tmp/models a/demosaic.safetensors$" '^other	'
expect_status 0 "$interpolate" --cfa RGGB --print-model-path
expect_stdout "models a/demosaic.safetensors$"
expect_status 2 "$interpolate" mosaic.png --cfa RGGB --method menon --print-model-path -o no.png
expect_stderr 'a method needs no model'
expect_no_file no.png
expect_status 0 "$interpolate" mosaic.png --cfa grbg -o default-model.png
expect_file default-model.png
expect_status 0 "$interpolate" mosaic.png --cfa GRBG -n demosaic -o named.png
expect_same default-model.png named.png
# A variable that the shell does not know is no wish for the default.
expect_status 2 "$interpolate" mosaic.png --cfa GRBG -n "" -o unnamed.png
expect_one_line
expect_stderr '^interpolate: --model: the name is empty'
expect_no_file unnamed.png
(cd / && "$interpolate" "$tmp/mosaic.png" --cfa GRBG -o "$tmp/from-root.png") || fail "called from /"
expect_same default-model.png from-root.png

# A realesrgan command line: letters and their arguments.
expect_status 0 "$interpolate" -i mosaic.png -o letters.png -n demosaic -t 0 -g -1 -j 1:2:2 -f png -v --cfa GRBG
expect_same default-model.png letters.png
expect_stderr 'layout GRBG'
expect_status 0 "$interpolate" -rv --output=joined.png --cfa=GRBG -- mosaic.png
expect_same default-model.png joined.png
expect_status 0 "$interpolate" mosaic.png -o quiet.png --cfa GRBG -q
[ ! -s "$err" ] || fail "-q talks"

# As many threads as are allowed, and one more.
expect_status 0 "$interpolate" --cfa GRBG --print-model-path -j 4096
expect_status 2 "$interpolate" --cfa GRBG --print-model-path -j 4097

# A report and a dry run.
expect_status 0 "$interpolate" mosaic.png -o reported.png --cfa GRBG --report report.json
grep -q '"instruction_set"' report.json || fail "the report names no instruction set"
grep -q '"state": "done"' report.json || fail "the report has no outcome"
expect_status 0 "$interpolate" mosaic.png -o planned.png --cfa GRBG --dry-run
expect_stdout '^mosaic.png -> planned.png 20x16'
expect_no_file planned.png
# The report of a plan is for a program that asks; no file is written.
echo '{}' >kept.json
for file in plan.json kept.json; do
  expect_status 0 "$interpolate" mosaic.png -o planned.png --cfa GRBG --dry-run --report $file
  expect_stdout '^mosaic.png -> planned.png 20x16'
  expect_one_line
  expect_stderr "^interpolate: $file: not written by a --dry-run \\(--report - prints"
done
expect_status 0 "$interpolate" mosaic.png -o planned.png --cfa GRBG --dry-run -q --report plan.json
[ ! -s "$err" ] || fail "-q talks of a plan"
expect_no_file plan.json planned.png
[ "$(cat kept.json)" = '{}' ] || fail "a dry run replaced a report"
expect_status 0 "$interpolate" mosaic.png -o planned.png --cfa GRBG --dry-run --report -
[ "$(head -c 1 "$tmp/stdout"; tail -n 1 "$tmp/stdout")" = '{}' ] || fail "a plan as JSON and more"
expect_stdout '"state": "planned"' '"width": 20'
finish
