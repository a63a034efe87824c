#!/bin/sh
# SPDX-License-Identifier: MIT
# The form of results: depth, alpha over a background, grey, descriptions, compression, times; and
# tone, which nothing touches.
. "$(dirname "$0")/../expect.sh"
denoise=$bin/denoise
keep() { "$denoise" --sigma 0 --method nlm "$@"; }

# A finer depth is computed in: more than 256 levels come out of 8 bits, measured ones exact.
"$tool" make u8 3 1 60 40 eight.png
expect_status 0 "$interpolate" eight.png --scale 2 --method bicubic --depth 16 -o sixteen.png
expect_info sixteen.png '120x80 3 u16 alpha'
[ "$("$tool" levels sixteen.png | cut -d' ' -f1)" -gt 256 ] || fail "16 bits hold 8"
expect_status 0 keep eight.png --depth 16 -o wide.png
expect_status 0 keep wide.png --depth 8 -o narrow.png
expect_same eight.png narrow.png
expect_status 0 keep eight.png --depth float -o wide.tif
expect_status 0 keep wide.tif --depth 8 -o narrow.png
expect_same eight.png narrow.png
expect_status 0 "$interpolate" eight.png --scale 2 --method bicubic --depth 16 --dry-run -o x.png
expect_stdout '^eight.png -> x.png 120x80'
# PGM: its own maximum is white. 1000 of 1000 is white at any depth.
printf 'P2 2 1 1000 1000 500' >own-white.pgm
expect_status 0 keep own-white.pgm --depth 8 -o own-white.png
[ "$("$tool" levels own-white.png)" = '2 128 255 191.5000' ] || fail "$("$tool" levels own-white.png)"
# Rounded to the nearest, or so that the mean is kept; twice the same.
"$tool" constant u16 1 25800 64 64 between.png # 100.39 of 255
expect_status 0 keep between.png --depth 8 -o rounded.png
[ "$("$tool" levels rounded.png)" = '1 100 100 100.0000' ] || fail "$("$tool" levels rounded.png)"
expect_status 0 keep between.png --depth 8 --dither -o dithered.png
"$tool" levels dithered.png | awk '{ exit !($1 == 2 && $4 > 100.36 && $4 < 100.42) }' ||
  fail "dithered: $("$tool" levels dithered.png)"
expect_status 0 keep between.png --depth 8 --dither -o again.png
cmp -s dithered.png again.png || fail "two runs dither differently"
expect_status 2 keep between.png --dither -o x.png
expect_status 2 keep between.png --depth 12 -o x.png
expect_status 2 "$interpolate" eight.png --missing-value 3 --depth 16 --method tv -o x.png

# Alpha: JPEG refuses it, a background takes it away.
expect_status 1 keep eight.png -o flat.jpg
expect_stderr 'JPEG holds no alpha.*--background'
expect_no_file flat.jpg
for colour in white black '#ff8000'; do
  expect_status 0 keep eight.png --background "$colour" -o "flat-$colour.png"
  expect_info "flat-$colour.png" '60x40 3 u8 opaque'
  expect_status 0 keep eight.png --background "$colour" -o flat.jpg
done
[ "$("$tool" psnr flat-white.png flat-black.png | cut -d. -f1)" -lt 20 ] || fail "no background is seen"
for wrong in red '#12345' '#1234567' '#12345g' ''; do
  expect_status 2 keep eight.png --background "$wrong" -o x.png
done
# What nobody sees does not bleed: over a background only the visible colours count.
"$tool" make u8 1 1 60 40 grey-alpha.png
expect_status 0 keep grey-alpha.png --background black -o flat-grey.png
expect_info flat-grey.png '60x40 1 u8 opaque'

# Grey: stays grey; three equal channels stay three, unless asked otherwise.
"$tool" make u16 1 0 33 20 grey.png
expect_status 0 keep grey.png -o grey-out.png
expect_info grey-out.png '33x20 1 u16 opaque'
"$tool" constant u8 3 77 20 10 equal.png
expect_status 0 keep equal.png -o equal-out.png
expect_info equal-out.png '20x10 3 u8 opaque'
expect_status 0 keep equal.png --grey auto -o equal-out.png
expect_info equal-out.png '20x10 1 u8 opaque'
expect_status 0 keep eight.png --grey auto -o colour-out.png
expect_info colour-out.png '60x40 3 u8 alpha'

# Tone: a constant stays that constant, at both ends too.
tiny_model mixture_noise_18x22 denoise.safetensors
for value in 0 1 127 128 254 255; do
  "$tool" constant u8 1 $value 40 30 patch.png
  expect_status 0 "$denoise" patch.png --sigma 15 --method nlm -o patch-out.png
  [ "$("$tool" levels patch-out.png | cut -d' ' -f1-3)" = "1 $value $value" ] ||
    fail "nlm makes $("$tool" levels patch-out.png) of $value"
  expect_status 0 "$interpolate" patch.png --scale 2 --method bicubic -o patch-out.png
  [ "$("$tool" levels patch-out.png | cut -d' ' -f1-3)" = "1 $value $value" ] ||
    fail "bicubic makes $("$tool" levels patch-out.png) of $value"
done
"$tool" constant u16 3 65535 40 30 patch.png
expect_status 0 "$interpolate" patch.png --scale 4 --method bicubic -o patch-out.png
[ "$("$tool" levels patch-out.png)" = '1 65535 65535 65535.0000' ] || fail "16-bit white"

# Descriptions are carried, or left out as told.
"$tool" describe eight.png described.png
for kind in '|icc exif xmp ' '--strip|' '--strip=all|' '--strip=exif|icc xmp ' \
    '--strip=icc,xmp|exif '; do
  # shellcheck disable=SC2086  # no word for no option
  expect_status 0 keep described.png ${kind%|*} -o described-out.png
  [ "$("$tool" descriptions described-out.png)" = "${kind#*|}" ] ||
    fail "${kind%|*} leaves $("$tool" descriptions described-out.png)"
  expect_same eight.png described-out.png
done
expect_status 2 keep described.png --strip=iptc -o x.png
# A word that stands apart is an input, and hardly meant as one.
for word in icc exif,xmp all; do
  expect_status 2 keep described.png --strip $word -o x.png
  expect_one_line
  expect_stderr "^denoise: --strip: what to leave out follows an equals sign: --strip=$word"
done
expect_no_file x.png
cp described.png icc
expect_status 0 keep --strip icc -o described-out.png
[ -z "$("$tool" descriptions described-out.png)" ] || fail '--strip leaves something'
rm icc

# Encoders: sizes change, pixels do not.
"$tool" make u16 3 0 300 200 large.png
for level in 0 2 9; do keep large.png --png-level $level -o level$level.png; done
for compression in none lzw deflate zstd; do
  expect_status 0 keep large.png --compression $compression -o $compression.tif
  expect_same large.png $compression.tif
done
size() { wc -c <"$1"; }
[ "$(size level0.png)" -gt "$(size level9.png)" ] || fail "--png-level changes nothing"
expect_same level0.png level9.png
[ "$(size none.tif)" -gt "$(size deflate.tif)" ] || fail "--compression changes nothing"
# What is fast and still saves something is the default: for 16 bits, for 8.
expect_status 0 keep large.png -o standard.tif
cmp -s standard.tif deflate.tif || fail 'the standard compression of 16 bits is not deflate'
cmp -s lzw.tif deflate.tif && fail "lzw is deflate"
for compression in auto lzw; do
  expect_status 0 keep large.png --depth 8 --compression $compression -o $compression.tif
done
cmp -s auto.tif lzw.tif || fail 'the standard compression of 8 bits is not LZW'
expect_status 0 keep eight.png --background white --quality 30 -o q30.jpg
expect_status 0 keep eight.png --background white --quality 95 -o q95.jpg
[ "$(size q30.jpg)" -lt "$(size q95.jpg)" ] || fail "--quality changes nothing"

# Times are kept on request.
touch -d '2001-02-03 04:05:06' eight.png
expect_status 0 keep eight.png --preserve -o old.png
[ "$(stat -c %Y old.png)" = "$(stat -c %Y eight.png)" ] || fail "--preserve"
expect_status 0 keep eight.png --update -o old.png
cp -p eight.png placed.png
expect_status 0 keep placed.png --in-place --preserve
[ "$(stat -c %Y placed.png)" = "$(stat -c %Y eight.png)" ] || fail "--preserve in place"

# Links to folders are entered on request, and loops end.
mkdir -p tree/a other
cp eight.png tree/a/1.png
cp eight.png other/2.png
ln -s ../../other tree/a/link
ln -s ../.. tree/a/loop
ln -s . tree/self
expect_status 0 keep tree -r -o plain
[ "$(find plain -type f | sort | tr '\n' ' ')" = 'plain/a/1.png ' ] || fail "a link was followed"
expect_status 0 keep tree -r --follow-links -o linked --dry-run
grep -q '^tree/a/link/2.png -> linked/a/link/2.png' "$tmp/stdout" || fail "--follow-links does not"
finish
