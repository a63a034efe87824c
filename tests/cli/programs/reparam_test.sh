#!/bin/sh
# SPDX-License-Identifier: MIT
# reparam as a user sees it: what is written, what is told, and what is refused.
. "$(dirname "$0")/../expect.sh"
reparam=$bin/reparam

tiny_model training_mixture_ecb train.safetensors
tiny_model mixture_bayer_18x22 plain.safetensors
"$tool" make u8 3 0 40 30 colour.png
"$tool" mosaic RGGB colour.png mosaic.png

# A training form does not run; folded it does.
expect_status 3 "$interpolate" mosaic.png --cfa RGGB -n ./train.safetensors -o out.png
expect_stderr 'fold it with reparam'
cp train.safetensors before.safetensors
expect_status 0 "$reparam" train.safetensors -o deploy.safetensors
expect_stdout '^block .*parameters' '^blocks\.0\.conv1 +ecb +6 +1 +[0-9]+ > 584 ' '^blocks\.0\.conv2 ' \
  '^all +12 +2 '
expect_only . before.safetensors colour.png deploy.safetensors mosaic.png plain.safetensors \
  stderr stdout train.safetensors
cmp -s before.safetensors train.safetensors || fail "reparam changed its input"
grep -aq "source_sha256.*$(sha256sum <train.safetensors | cut -d ' ' -f 1)" deploy.safetensors ||
  fail "the result does not name its source"
expect_status 0 "$interpolate" mosaic.png --cfa RGGB -n ./deploy.safetensors -o out.png

# The same input, the same bytes; nothing left to fold, the same file.
expect_status 0 "$reparam" train.safetensors -o again.safetensors
cmp -s deploy.safetensors again.safetensors || fail "two runs differ"
for model in deploy plain; do
  expect_status 0 "$reparam" $model.safetensors -o copy.safetensors
  expect_stderr 'nothing to fold'
  cmp -s $model.safetensors copy.safetensors || fail "the copy of $model differs"
done

# Columns stand below their headings, however long the names of blocks are.
expect_status 0 "$reparam" --check-only "$source_dir/models/denoise-gray-fast/training.safetensors"
awk 'NR == 1 { kind = index($0, " kind ") } / ecb / && index($0, " ecb ") != kind { bad = 1 }
  END { exit bad || kind == 0 }' "$tmp/stdout" || fail "columns of the table are out of line"

expect_status 0 "$reparam" --check-only train.safetensors
expect_stdout '^blocks\.0\.conv1 '
expect_status 0 "$reparam" --check-only --json train.safetensors
expect_stdout '"passed": true' '"written": false' '"name": "blocks.0.conv2"'
expect_status 0 "$reparam" --check-only plain.safetensors
expect_only . again.safetensors before.safetensors colour.png copy.safetensors deploy.safetensors \
  mosaic.png out.png plain.safetensors stderr stdout train.safetensors

# refused STATUS REGEX ARGUMENT...: told in one line, and what stands there stays.
echo precious >there.safetensors
refused() {
  status=$1
  regex=$2
  shift 2
  expect_status "$status" "$reparam" "$@"
  expect_one_line
  expect_stderr '^reparam: ' "$regex"
  [ "$(cat there.safetensors)" = precious ] || fail "a refusal changed an output: $*"
}
refused 2 'no checkpoint'
refused 2 'either an output' train.safetensors
refused 2 'either an output' --check-only train.safetensors -o there.safetensors
refused 2 'output is the input' train.safetensors -o ./train.safetensors
refused 2 'unknown option' train.safetensors -o there.safetensors --frobnicate
refused 2 'sigma' train.safetensors -o there.safetensors --sigma=-1
refused 2 'sigma' train.safetensors -o there.safetensors --sigma nan
refused 3 './missing.safetensors' ./missing.safetensors -o there.safetensors
refused 3 'frozen in conv_net' train.safetensors -o there.safetensors --freeze-gates colour.png
refused 2 '--sigma needs --freeze-gates' train.safetensors -o there.safetensors --sigma 25
refused 3 'no-such: no such model .*; interpolate --list-models shows' no-such -o there.safetensors
refused 1 'cannot' train.safetensors -o no-folder/deploy.safetensors
for bytes in 0 4 100 2000 $(($(wc -c <train.safetensors) - 1)); do
  head -c "$bytes" train.safetensors >cut.safetensors
  refused 3 'cut.safetensors' cut.safetensors -o there.safetensors
done
# A kind that nobody knows, and a tensor that the other kind lacks: the name lengths stay.
sed 's/"kind\\":\\"ecb\\"/"kind\\":\\"ecx\\"/' train.safetensors >unknown.safetensors
refused 3 'unknown kind "ecx"' unknown.safetensors -o there.safetensors
sed 's/conv1\.sobel_x\.mask\.scale/conv1.sobel_x.mask.scalf/' train.safetensors >renamed.safetensors
refused 3 'sobel_x.mask.scale.*missing.*sobel_x.mask.scalf' renamed.safetensors -o there.safetensors

# Pictures that gates are frozen on are read, not written, and named when they cannot serve.
tiny_model training_conv_net gated.safetensors
cp colour.png same.png
ln -s same.png link.safetensors
refused 2 'link.safetensors: a file that this run reads would be replaced' gated.safetensors \
  --freeze-gates same.png -o link.safetensors
cmp -s colour.png same.png || fail "a picture was replaced"
"$tool" make u8 1 0 1 1 dot.png
refused 1 'dot.png: expected 2 x 2 pixels or more .*, found 1 x 1' gated.safetensors \
  --freeze-gates dot.png -o there.safetensors
mkdir bare
refused 4 'bare: no picture in the folder \(name pictures' gated.safetensors --freeze-gates bare \
  -o there.safetensors

# Unless all that was found can be told, nothing is written.
for arguments in 'train.safetensors' 'plain.safetensors --json'; do
  # shellcheck disable=SC2086
  "$reparam" $arguments -o there.safetensors >/dev/full 2>"$err" && fail "a full stdout is no failure"
  expect_stderr '^reparam: stdout: cannot be written: No space'
  [ "$(cat there.safetensors)" = precious ] || fail "a result although stdout is full"
done
finish
