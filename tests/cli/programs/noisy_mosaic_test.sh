#!/bin/sh
# SPDX-License-Identifier: MIT
# interpolate --sigma: which model, which errors, files, folders, depths, tiles, camera raw.
. "$(dirname "$0")/../expect.sh"

tiny_model mixture_noisy_bayer_18x22 demosaic-noisy.safetensors
tiny_model mixture_bayer_18x22 demosaic.safetensors
noisy=./demosaic-noisy.safetensors
clean=./demosaic.safetensors
"$tool" make u8 3 0 61 42 truth.png
"$tool" mosaic GRBG truth.png mosaic.png

# How strong the noise is, and where that means something.
for wrong in -1 abc nan 300 auto '' 25px; do
  expect_status 2 "$interpolate" mosaic.png --cfa GRBG --sigma "$wrong" -n $noisy -o out.png
  expect_one_line
  expect_stderr '^interpolate: ' 'sigma'
  expect_no_file out.png
done
expect_status 2 "$interpolate" truth.png --scale 2 --sigma 5 -o out.png
expect_stderr 'sigma is for mosaics' 'denoise'
expect_status 2 "$interpolate" truth.png --mask alpha --sigma 5 -o out.png
expect_status 2 "$interpolate" mosaic.png --cfa GRBG --sigma 5 --method menon -o out.png
expect_stderr 'exclude'

# The model: by name, and one that does not fit names the remedy.
expect_status 2 "$interpolate" mosaic.png --cfa GRBG --sigma 5 -n $clean -o out.png
expect_one_line
expect_stderr 'without noise' 'leave it out' 'demosaic-noisy'
expect_status 2 "$interpolate" mosaic.png --cfa GRBG -n $noisy -o out.png
expect_one_line
expect_stderr 'give --sigma S'
expect_no_file out.png
TESSERA_MODEL_PATH=$tmp
export TESSERA_MODEL_PATH
expect_status 0 "$interpolate" --cfa GRBG --sigma 5 --print-model-path
expect_stdout 'demosaic-noisy.safetensors$'
for sigma in '' '--sigma 0'; do
  # shellcheck disable=SC2086
  expect_status 0 "$interpolate" --cfa GRBG $sigma --print-model-path
  expect_stdout '/demosaic.safetensors$'
done
expect_status 0 "$interpolate" mosaic.png --cfa GRBG --sigma 10 -v -o by-default.png
expect_stderr 'sigma 10' 'layout GRBG'
expect_info by-default.png '61x42 3 u8 opaque'
unset TESSERA_MODEL_PATH
expect_status 0 "$interpolate" mosaic.png --cfa GRBG --sigma 10 -n $noisy -o named.png
expect_same by-default.png named.png
expect_status 0 "$interpolate" mosaic.png --cfa GRBG --sigma 0 -n $clean -o zero.png
expect_status 0 "$interpolate" mosaic.png --cfa GRBG -n $clean -o none.png
expect_same zero.png none.png

# Depths, any size, tiles, threads, folders.
"$tool" sixteen mosaic.png sixteen.png
expect_status 0 "$interpolate" sixteen.png --cfa GRBG --sigma 10 -n $noisy -o deep.png
expect_info deep.png '61x42 3 u16 opaque'
for arguments in '-t 32' '-j 3' '-t 48 -j 2'; do
  # shellcheck disable=SC2086
  expect_status 0 "$interpolate" sixteen.png --cfa GRBG --sigma 10 -n $noisy $arguments -o tiled.png
  expect_same deep.png tiled.png
done
for size in '1 1' '1 9' '9 1' '3 3'; do
  # shellcheck disable=SC2086
  "$tool" make u8 1 0 $size tiny.png
  expect_status 0 "$interpolate" tiny.png --cfa RGGB --sigma 10 -n $noisy -o out.png
  expect_info out.png "$(echo "$size" | tr ' ' x) 3 u8 opaque"
done
mkdir in && cp mosaic.png in/a.png && cp mosaic.png in/b.png
expect_status 0 "$interpolate" in -o out --cfa GRBG --sigma 10 -n $noisy
expect_only out a.png b.png
expect_same named.png out/a.png

# Camera raw files keep their samples without --sigma only.
"$tool" dng GRBG sixteen.png photo.dng
expect_status 0 "$interpolate" photo.dng --sigma 10 -n $noisy -o developed.png
expect_info developed.png '61x42 3 u16 opaque'
expect_psnr_at_least 60 deep.png developed.png
finish
