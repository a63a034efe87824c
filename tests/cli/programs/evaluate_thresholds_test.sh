#!/bin/sh
# SPDX-License-Identifier: MIT
# Thresholds of evaluate, and what it says of methods that measured nothing.
. "$(dirname "$0")/../expect.sh"
mkdir ref out
for name in a b; do
  "$tool" make u8 3 0 40 30 ref/$name.png
  "$tool" mosaic RGGB ref/$name.png mosaic.png
  expect_status 0 "$interpolate" --cfa RGGB --method malvar mosaic.png -o out/$name.png
done

# Both ways.
expect_status 5 "$evaluate" ref out --min-psnr 99
expect_stderr 'out: mean PSNR [0-9.]+ is under the 99 asked for'
expect_status 5 "$evaluate" ref out --min-ssim 0.99999
expect_status 0 "$evaluate" ref out --min-psnr 10 --min-ssim 0.1
# A mean that is the threshold itself is not under it.
expect_status 0 "$evaluate" ref out -f csv
mean=$(sed -n 's/^mean,out,0,,\([0-9.]*\),.*/\1/p' "$tmp/stdout")
expect_status 0 "$evaluate" ref out --min-psnr "${mean:-none}"
# Of several strengths the line says which.
expect_status 5 "$evaluate" ref --task denoise --method nlm --sigma 0.5,40 --min-psnr 99
expect_stderr 'nlm, sigma 0.5: mean PSNR' 'nlm, sigma 40: mean PSNR'
# A picture that failed is worse than a mean that is low.
cp ref/a.png ref/c.png
expect_status 1 "$evaluate" ref out --min-psnr 99
rm ref/c.png

# A threshold that measures nothing is missed; nothing lies above identical pictures.
"$tool" make u8 3 0 8 8 tiny.png
expect_status 5 "$evaluate" tiny.png tiny.png --min-ssim 0.5
expect_one_line
expect_stderr 'tiny.png: SSIM was measured on no picture, a mean of 0.5 is asked for \(it needs 11 pixels'
expect_status 0 "$evaluate" tiny.png tiny.png --min-psnr 30
mkdir apart
cp tiny.png apart/z.png
expect_status 5 "$evaluate" ref out apart --allow-missing --min-psnr 10
expect_stderr 'apart: PSNR was measured on no picture, a mean of 10 is asked for$'

# The columns of a record hold what their names say: of two pictures one pixel is brighter by 2 or 8.
mkdir plain spotted
printf 'P5 3 2 255\n\001\001\001\001\001\001' | tee plain/a.pgm >plain/b.pgm
printf 'P5 3 2 255\n\001\001\003\001\001\001' >spotted/a.pgm
printf 'P5 3 2 255\n\001\001\011\001\001\001' >spotted/b.pgm
expect_status 0 "$evaluate" plain spotted -f csv
found=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i }
  $1 == "image" { print $column["worst_x"], $column["worst_y"], $column["worst_channel"] }
  $1 == "mean" { low = $column["psnr_low"] + 0; high = $column["psnr_high"] + 0
    mean = $column["psnr_db"] + 0; print low < mean && mean < high }' "$tmp/stdout" | tr '\n' ' ')
[ "$found" = '2 0 0 2 0 0 1 ' ] || fail "columns of a record: $found"

# What noise costs is the mean with it less the mean without, both rounded to 0.01.
expect_status 0 "$evaluate" ref --task demosaic --method menon --noise-shift
found=$(awk '$1 == "menon" && /[+-][0-9.]+$/ && NF == 8 {
    for (k = 1; k <= 3; ++k) { off = $(5 + k) - ($(2 + k) - $2)
      print (off < 0.0101 && off > -0.0101), ($(5 + k) < -1) } }' "$tmp/stdout" | tr '\n' ' ')
[ "$found" = '1 1 1 1 1 1 ' ] || fail "what noise costs: $found in $(cat "$tmp/stdout")"

# What was not measured took no time.
expect_status 1 "$evaluate" ref --task demosaic --method menon --border 30 -f json
expect_stdout '"ns_per_pixel": null' '"seconds": null'
expect_status 1 "$evaluate" ref --task demosaic --method menon --border 30
expect_stdout '^menon +0 .* - +- +- +-'
finish
