#!/bin/sh
# SPDX-License-Identifier: MIT
# What comes out: measured samples exact, depth, grey and alpha kept, any size, the same pixels for
# any tiles and threads, better than nothing.
. "$(dirname "$0")/../expect.sh"

tiny_model mixture_bayer_18x22 demosaic.safetensors
tiny_model mixture_decimation2_18x22 upscale2.safetensors
tiny_model mixture_mask_18x22 inpaint.safetensors
tiny_model gtv_decimation2_13x9 upscale2-gtv.safetensors
tiny_model gtv_bayer_18x22 demosaic-gtv.safetensors

# Every Bayer layout: measured samples stay, and the wrong layout is far worse.
"$tool" make u8 3 0 97 64 truth.png
for pattern in RGGB BGGR GRBG GBRG; do
  "$tool" mosaic $pattern truth.png mosaic.png
  expect_status 0 "$interpolate" mosaic.png --cfa $pattern -n ./demosaic.safetensors -o out.png
  "$tool" kept_mosaic $pattern mosaic.png out.png || fail "$pattern: measured samples changed"
  expect_status 0 "$interpolate" mosaic.png --cfa $pattern --method menon -o menon.png
  "$tool" kept_mosaic $pattern mosaic.png menon.png || fail "$pattern: menon changed measured samples"
  expect_psnr_at_least 28 truth.png menon.png
done
expect_status 0 "$interpolate" mosaic.png --cfa BGGR --method menon -o wrong.png
right=$("$tool" psnr truth.png menon.png)
wrong=$("$tool" psnr truth.png wrong.png)
awk -v r="$right" -v w="$wrong" 'BEGIN { exit !(r > w + 10) }' || fail "a wrong layout costs less than 10 dB: $right, $wrong"

# Depth, grey, alpha.
for kind in 'u8 1 0' 'u8 3 0' 'u8 3 1' 'u8 1 1' 'u16 1 0' 'u16 3 0' 'u16 3 1'; do
  # shellcheck disable=SC2086
  "$tool" make $kind 30 21 small.png
  expect_status 0 "$interpolate" small.png --scale 2 -n ./upscale2.safetensors -o large.png
  "$tool" kept_grid 2 small.png large.png || fail "$kind: measured pixels changed"
  expect_info large.png "60x42 $("$tool" info small.png | cut -d' ' -f2-)"
  expect_status 0 "$interpolate" small.png -s 4 --method bicubic -o large4.png
  "$tool" kept_grid 4 small.png large4.png || fail "$kind: measured pixels changed, 4 times"
done
"$tool" make f32 3 0 30 21 small.tif
expect_status 0 "$interpolate" small.tif -s 2 -n ./upscale2-gtv.safetensors -o large.tif
"$tool" kept_grid 2 small.tif large.tif || fail "float: measured pixels changed"
expect_status 0 "$interpolate" small.tif -s 2 -n ./upscale2.safetensors -o in-float.pfm
expect_info in-float.pfm '60x42 3 f32 opaque'

# Holes.
"$tool" mask 0.6 97 64 mask.png
for method in tv bilinear; do
  expect_status 0 "$interpolate" truth.png --mask mask.png --method $method -o filled.png
  "$tool" kept_mask mask.png truth.png filled.png || fail "$method: measured pixels changed"
  expect_psnr_at_least 25 truth.png filled.png
done
expect_status 0 "$interpolate" truth.png --mask mask.png -n ./inpaint.safetensors -o filled.png
"$tool" kept_mask mask.png truth.png filled.png || fail "measured pixels changed"
mkdir masks && cp mask.png masks/truth.png
expect_status 0 "$interpolate" truth.png --mask masks -n ./inpaint.safetensors -o by-folder.png
expect_same filled.png by-folder.png
expect_status 0 "$interpolate" truth.png --missing-value 255 -n ./inpaint.safetensors -o nothing-missing.png
expect_same truth.png nothing-missing.png
for value in 256 -1 0.5; do
  expect_status 1 "$interpolate" truth.png "--missing-value=$value" --method tv -o refused.png
  expect_stderr "^interpolate: truth.png: .*missing value $value.* from 0 to 255"
  expect_no_file refused.png
done

# Any size.
for size in '1 1' '1 9' '9 1' '2 2' '3 3' '2 33' '33 31'; do
  # shellcheck disable=SC2086
  "$tool" make u8 1 0 $size tiny.png
  for arguments in '--cfa GBRG -n ./demosaic.safetensors' '--cfa GBRG --method menon' \
      '--scale 2 -n ./upscale2.safetensors' '--scale 4 --method bicubic' \
      '--missing-value 255 -n ./inpaint.safetensors'; do
    # shellcheck disable=SC2086
    expect_status 0 "$interpolate" tiny.png $arguments -o tiny-out.png
  done
done

# The same bytes for any tiles, threads and runs.
"$tool" make u16 3 0 161 118 big.png
"$tool" mosaic GRBG big.png big-mosaic.png
for model in demosaic demosaic-gtv; do
  expect_status 0 "$interpolate" big-mosaic.png --cfa GRBG -n ./$model.safetensors -t 512 -j 1 -o reference.png
  for tile in 0 32 64 97 512; do
    for threads in 1 2 3 8; do
      expect_status 0 "$interpolate" big-mosaic.png --cfa GRBG -n ./$model.safetensors -t $tile -j $threads -o again.png
      cmp -s reference.png again.png || fail "$model: -t $tile -j $threads changes the file"
    done
  done
done

# The eightfold mean keeps what was measured.
"$tool" mosaic GBRG truth.png mosaic.png
expect_status 0 "$interpolate" mosaic.png --cfa GBRG -n ./demosaic.safetensors -x -o mean.png
"$tool" kept_mosaic GBRG mosaic.png mean.png || fail "-x changed measured samples"
finish
