#!/bin/sh
# SPDX-License-Identifier: MIT
# `fuse`: what it writes, prints and refuses.
. "$(dirname "$0")/expect.sh"
fuse=$bin/fuse
tiny_model mixture_bayer_18x22 a.safetensors
tiny_model mixture_bayer_18x22 b.safetensors
tiny_model mixture_decimation2_18x22 other.safetensors
tiny_model glr_bayer_18x22 glr.safetensors
mkdir pictures
cp "$source_dir/samples/images/scene-small.png" pictures

# A model with itself: its own weights, found to have a common ancestor, the recipe inside.
expect_status 0 "$fuse" -o same.safetensors ./a.safetensors ./b.safetensors
expect_stdout 'ancestry 1.00' 'linear' '^wrote +same.safetensors'
expect_file same.safetensors
grep -q 'tessera.fuse' same.safetensors || fail "no recipe in the result"
expect_status 0 "$fuse" --method ot --calib pictures --calib-count 4 --calib-size 24 \
  --eval pictures --report report.json -o twin.safetensors ./a.safetensors ./b.safetensors
expect_stdout 'aligned 1' 'differs from itself' 'PSNR' 'ensemble'
expect_file report.json
grep -q '"written": true' report.json || fail "the report does not say that it was written"

# The same bytes for any number of threads, and again.
for threads in 1 2 3; do
  expect_status 0 "$fuse" -j $threads --method ot --calib pictures --calib-count 4 --calib-size 24 \
    --correct refit -o twin$threads.safetensors ./a.safetensors ./b.safetensors
done
cmp twin1.safetensors twin2.safetensors && cmp twin1.safetensors twin3.safetensors ||
  fail "bytes depend on threads"

# A plan writes nothing.
expect_status 0 "$fuse" --plan -o never.safetensors ./a.safetensors ./b.safetensors
expect_no_file never.safetensors

# Wrong usage is 2.
for arguments in './a.safetensors' './a.safetensors ./b.safetensors' \
  '-o x.safetensors ./a.safetensors' \
  '-o ./a.safetensors ./a.safetensors ./b.safetensors' \
  '-o x.safetensors -w 0,0 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors -w 1 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors -w 1,-1 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --calib nowhere ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --eval nowhere ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --anchor 3 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --method task ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --metric acts ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --method best ./a.safetensors ./b.safetensors'; do
  # shellcheck disable=SC2086
  expect_status 2 "$fuse" $arguments
  expect_one_line
  expect_no_file x.safetensors
done

# Models that do not go together are 3, and all that differs is told.
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./other.safetensors
expect_one_line
expect_stderr 'task' 'observation'
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./glr.safetensors
expect_stderr 'architecture is graph_mixture_net' 'glr_net'
head -c 3000 a.safetensors >cut.safetensors
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./cut.safetensors
expect_stderr 'cut.safetensors'
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./missing.safetensors
expect_no_file x.safetensors

# A threshold that cannot be met is 5, and nothing is written.
expect_status 5 "$fuse" --eval pictures --min-psnr-drop -100 -o x.safetensors \
  ./a.safetensors ./b.safetensors
expect_no_file x.safetensors

finish
