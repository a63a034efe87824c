#!/bin/sh
# SPDX-License-Identifier: MIT
# `inspect`: what it prints, and what it refuses.
. "$(dirname "$0")/expect.sh"
inspect=$bin/inspect
tiny_model mixture_bayer_18x22 model.safetensors

# A model alone.
expect_status 0 "$inspect" ./model.safetensors
expect_stdout '^task: demosaic' 'name: graph_mixture_net' '^blocks\.0\.conv1 +convolution 3x3' \
  '^image_graph +image graph' 'parameters in tensors'
[ ! -s "$err" ] || fail "inspect talks on stderr"
expect_status 0 "$inspect" --json ./model.safetensors
expect_stdout '"macs_per_pixel"' '"receptive_radius"' '"name": "graph_mixture_net"'
TESSERA_MODEL_PATH=$tmp expect_status 0 "$inspect" model
TESSERA_MODEL_PATH=$tmp expect_status 0 "$inspect" --list-models
expect_stdout '^model	'

# Wrong usage is 2, a bad model 3, told in one line.
for arguments in '' '--no-such-option model.safetensors'; do
  # shellcheck disable=SC2086
  expect_status 2 "$inspect" $arguments
  expect_one_line
  expect_stderr '^inspect: '
done
head -c 3000 model.safetensors >cut.safetensors
printf 'nothing of the kind' >text.safetensors
for file in cut.safetensors text.safetensors missing.safetensors; do
  expect_status 3 "$inspect" ./$file
  expect_one_line
  expect_stderr "$file"
done

finish
