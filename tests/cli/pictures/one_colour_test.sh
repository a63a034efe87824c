#!/bin/sh
# SPDX-License-Identifier: MIT
# A picture of one colour stays so with every shipped model: within one of 255, and exactly where
# the network is nothing but solves on graphs (gtv).
. "$(dirname "$0")/../expect.sh"
width=60 height=46
"$tool" mask 0.6 $width $height mask.png

models=0
for folder in "$source_dir"/models/*/; do
  [ -f "$folder/model.safetensors" ] || continue
  models=$((models + 1))
  name=$(basename "$folder")
  channels=3
  case $name in
    demosaic-noisy*) program=interpolate channels=1 options='--cfa RGGB --sigma 10' ;;
    demosaic*) program=interpolate channels=1 options='--cfa RGGB' ;;
    upscale2*) program=interpolate options='--scale 2' ;;
    inpaint*) program=interpolate options='--mask mask.png' ;;
    denoise-gray*) program=denoise channels=1 options='--sigma 15' ;;
    denoise-*) program=denoise options='--sigma 15' ;;
    *) fail "$name: what it does is not known here"; continue ;;
  esac
  case $name in *-gtv) allowed=0 ;; *) allowed=1 ;; esac
  for value in 0 77 255; do
    "$tool" constant u8 $channels $value $width $height patch.png
    # shellcheck disable=SC2086
    expect_status 0 "$bin/$program" patch.png $options -n "$folder/model.safetensors" -o out.png
    # How many values there are, the least, the largest, the mean.
    "$tool" levels out.png |
      awk -v v=$value -v a=$allowed '{ exit !(NF == 4 && $2 >= v - a && $3 <= v + a) }' ||
      fail "$name makes $("$tool" levels out.png) of $value"
    rm -f out.png
  done
done
[ $models -ge 15 ] || fail "only $models models are shipped"
finish
