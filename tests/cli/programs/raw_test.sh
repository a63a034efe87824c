#!/bin/sh
# SPDX-License-Identifier: MIT
# Camera raw files: what interpolate makes of synthetic DNGs, and what it refuses.
. "$(dirname "$0")/../expect.sh"

tiny_model mixture_bayer_18x22 demosaic.safetensors
model=./demosaic.safetensors
"$tool" make u8 3 0 61 42 truth.png

# mosaic_of PATTERN: mosaic.png, with 16 bits, whose white is white.
mosaic_of() {
  "$tool" mosaic "$1" truth.png eight.png
  "$tool" sixteen eight.png mosaic.png
}
# make_dng PATTERN KEY=VALUE...: photo.dng
make_dng() {
  pattern=$1
  shift
  "$tool" dng "$pattern" mosaic.png photo.dng "$@" || fail "cannot make a DNG: $*"
}
# The developed picture is that of --cfa, but for rounding: light of 16 bits is coarser in the dark
# than sRGB of 16 bits, by less than 7 of 65535, and the methods here pass that on.
expect_as_cfa() {
  expect_psnr_at_least "$1" "$2" developed.png
}

# Every phase, by model and by method.
for pattern in RGGB BGGR GRBG GBRG; do
  mosaic_of $pattern
  make_dng $pattern
  for arguments in "-n $model" '--method bilinear' '--method malvar'; do
    # shellcheck disable=SC2086
    expect_status 0 "$interpolate" mosaic.png --cfa $pattern $arguments -o mosaicked.png
    # shellcheck disable=SC2086
    expect_status 0 "$interpolate" photo.dng $arguments -v -o developed.png
    expect_stderr "layout $pattern"
    expect_info developed.png '61x42 3 u16 opaque'
    expect_as_cfa 85 mosaicked.png
  done
done

# Depths, packing, black, white, balance and borders change nothing but precision.
mosaic_of GRBG
expect_status 0 "$interpolate" mosaic.png --cfa GRBG --method bilinear -o mosaicked.png
for facts in 'bits=14' 'bits=14 packed=1' 'bits=16 packed=1' 'black=512' \
    'bits=14 black=500,510,520,530 white=16000' 'neutral=0.45,1,0.62' \
    'margin=3,5,7,1' 'bits=14 packed=1 margin=1,0,0,3 black=256,260,270,280 neutral=0.5,1,0.8'; do
  # shellcheck disable=SC2086
  make_dng GRBG $facts
  expect_status 0 "$interpolate" photo.dng --method bilinear -o developed.png
  expect_info developed.png '61x42 3 u16 opaque'
  expect_as_cfa 55 mosaicked.png
done
for bits in 10 12; do
  for packed in '' packed=1; do
    # shellcheck disable=SC2086
    make_dng GRBG bits=$bits $packed
    expect_status 0 "$interpolate" photo.dng --method bilinear -o developed.png
    expect_as_cfa 38 mosaicked.png
  done
done

# The balance of the user instead of the camera's; neutral needs the factors 1/neutral.
make_dng GRBG neutral=0.5,1,0.8
expect_status 0 "$interpolate" photo.dng --method bilinear --white-balance 2,1,1.25 -o developed.png
expect_as_cfa 80 mosaicked.png
expect_status 0 "$interpolate" photo.dng --method bilinear --white-balance as-shot -o developed.png
expect_as_cfa 80 mosaicked.png
expect_status 0 "$interpolate" photo.dng --method bilinear --white-balance 1,1,1 -o cast.png
expect_psnr_under 25 mosaicked.png cast.png
expect_status 0 "$interpolate" photo.dng --method bilinear --linear -o linear.png
expect_psnr_under 20 mosaicked.png linear.png

# Turned as the camera was held.
for orientation in 2 3 4 5 6 7 8; do
  make_dng GRBG orientation=$orientation
  expect_status 0 "$interpolate" photo.dng --method bilinear -o developed.png
  if [ $orientation -ge 5 ]; then
    expect_info developed.png '42x61 3 u16 opaque'
  else
    expect_info developed.png '61x42 3 u16 opaque'
  fi
  "$tool" turned $orientation mosaicked.png upright.png
  expect_as_cfa 80 upright.png
done

# Defective pixels: two hot ones and two dead ones, away from each other.
make_dng GRBG
expect_status 0 "$interpolate" photo.dng -n $model -v -o clean.png
! grep -q defective "$err" || fail 'defects in a clean mosaic'
make_dng GRBG defects=22,5,22,50,22,11,22,40
expect_status 0 "$interpolate" photo.dng -n $model -v -o developed.png
expect_stderr '4 defective pixels replaced'
expect_as_cfa 43 clean.png
expect_status 0 "$interpolate" photo.dng -n $model --keep-defects -v -o kept.png
! grep -q defective "$err" || fail '--keep-defects replaces defects'
expect_psnr_under 40 clean.png kept.png

# Streams, folders, dry runs, tiles and threads, the eightfold mean.
make_dng GRBG orientation=6 neutral=0.5,1,0.8
expect_status 0 "$interpolate" photo.dng -n $model -t 512 -j 1 -o developed.tif
! grep -q warning "$err" || fail 'a warning without a reason'
grep -aq Synthetic developed.tif || fail 'the camera is not named in the TIFF file'
"$interpolate" - -n $model -o - -f tif <photo.dng >piped.tif 2>"$err" || fail 'a raw file in a pipe'
cmp -s developed.tif piped.tif || fail 'a pipe changes the picture'
for tile in 0 16 32; do
  for threads in 1 2 3; do
    expect_status 0 "$interpolate" photo.dng -n $model -t $tile -j $threads -o again.tif
    cmp -s developed.tif again.tif || fail "-t $tile -j $threads changes the picture"
  done
done
expect_status 0 "$interpolate" photo.dng --method menon -o menon.tif
expect_status 0 "$interpolate" photo.dng --method menon -x -o mean.tif
expect_psnr_at_least 45 menon.tif mean.tif
mkdir photos && cp photo.dng photos/a.DNG && cp photo.dng photos/b.dng && cp truth.png photos/c.png
expect_status 0 "$interpolate" photos -n $model -o results
expect_stderr 'done 2, skipped 1, failed 0'
expect_only results a.png b.png
expect_status 0 "$interpolate" photo.dng -n $model -o planned.tif --dry-run
expect_stdout 'photo.dng.*planned.tif.*42x61'
expect_no_file planned.tif

# refused STATUS REGEX ARGUMENT...: told in one line, and nothing is written.
refused() {
  status=$1
  regex=$2
  shift 2
  expect_status "$status" "$@"
  expect_one_line
  expect_stderr "$regex"
  expect_no_file out out.png
}
make_dng GRBG xtrans=1
refused 1 'photo.dng: an X-Trans sensor.*\(' "$interpolate" photo.dng -n $model -o out.png
make_dng GRBG linear=1
refused 1 'photo.dng: it is demosaicked already.*\(' "$interpolate" photo.dng -n $model -o out.png
printf 'FOVb%0100d' 0 >photo.x3f
refused 1 'photo.x3f: a Foveon sensor.*\(' "$interpolate" photo.x3f -n $model -o out.png
make_dng GRBG
for bytes in 700 1500 $(($(wc -c <photo.dng) - 1)); do
  head -c "$bytes" photo.dng >cut.dng
  refused 1 'cut.dng: .*' "$interpolate" cut.dng -n $model -o out.png
done
refused 1 'cut.dng: .*truncated' "$interpolate" cut.dng -n $model -o out.png
refused 1 'absent.dng: not found' "$interpolate" absent.dng -n $model -o out.png
refused 6 'photo.dng: too large' "$interpolate" photo.dng -n $model --max-pixels 100 -o out.png
refused 6 'photo.dng: too large' "$interpolate" photo.dng -n $model --max-pixels 100 -o out.png --dry-run
# Before the work, for which there is no memory: developed photos have 16 bits, whatever the file.
refused 2 'out.jpg: JPEG holds no 16-bit samples' "$interpolate" photo.dng -n $model --max-memory 1K -o out.jpg
refused 2 'out.jpg: JPEG holds no 16-bit samples' "$interpolate" photo.dng -n $model --dry-run -o out.jpg
refused 2 '--format webp: WebP holds no 16-bit samples' "$interpolate" photo.dng -n $model -f webp -o out
refused 2 'out.pfm: PFM holds only float samples' "$interpolate" photo.dng -n $model -o out.pfm
expect_no_file out.jpg out out.pfm
refused 1 'photo.dng: is a camera raw file \(develop' "$interpolate" photo.dng --cfa GRBG -n $model -o out.png
refused 1 'photo.dng: is a camera raw file \(develop' "$bin/denoise" photo.dng --sigma 5 --method nlm -o out.png
expect_status 1 "$evaluate" photo.dng --task demosaic --method menon
expect_stderr 'photo.dng: is a camera raw file \(develop'
refused 2 'what is missing is not said' "$interpolate" mosaic.png -n $model -o out.png
expect_status 1 "$interpolate" photo.dng mosaic.png -n $model -o mixed
expect_stderr 'mosaic.png: not a camera raw file'
expect_only mixed photo.png
for wrong in 1,2 1,2,3,4 1,,2 0,1,1 a,b,c 2 ''; do
  refused 2 'white-balance' "$interpolate" photo.dng --white-balance "$wrong" -n $model -o out.png
done
refused 2 'for camera raw files' "$interpolate" mosaic.png --cfa GRBG --linear -n $model -o out.png
mkdir pictures && cp truth.png pictures
refused 4 'no camera raw file' "$interpolate" pictures -n $model -o out
# What -v tells of the noise is a number in the report; of a picture too small for it nothing is known.
"$tool" make u8 3 0 30 24 truth.png
mosaic_of RGGB
make_dng RGGB
expect_status 0 "$interpolate" photo.dng --method bilinear -o developed.png --report -
expect_stdout '"noise_sigma": null'
"$tool" make u8 3 0 160 120 truth.png
mosaic_of RGGB
make_dng RGGB
expect_status 0 "$interpolate" photo.dng --method bilinear -v -o developed.png --report report.json
found=$(sed -n 's/.*noise sigma \([0-9.]*\), estimated.*/\1/p' "$err")
reported=$(sed -n 's/.*"noise_sigma": \([0-9.]*\),*$/\1/p' report.json)
[ -n "$found" ] && [ "$(printf %.2f "${reported:-0}")" = "$found" ] ||
  fail "noise $found, the report tells $reported"
finish
