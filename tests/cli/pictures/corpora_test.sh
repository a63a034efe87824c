#!/bin/sh
# SPDX-License-Identifier: MIT
# Awkward files that are never committed: PngSuite and bombs through the programs.
. "$(dirname "$0")/../expect.sh"
corpora=$source_dir/../shared/corpora
[ -d "$corpora/pngsuite" ] || skip "the corpora are not present"

# The 14 damaged files fail, the other 161 are done, with depth, channels and alpha.
(cd "$corpora/pngsuite" && ls x*.png) >damaged
expect_status 1 "$bin/denoise" "$corpora/pngsuite" --sigma 5 --method nlm -o denoised --failed-list failed
expect_stderr 'done 161, skipped [0-9]+, failed 14$'
sed 's/.*\///' failed | cmp -s - damaged || fail "failed: $(tr '\n' ' ' <failed)"
expect_status 1 "$interpolate" "$corpora/pngsuite" --scale 2 --method bicubic -o enlarged --failed-list failed
expect_stderr 'done 161, skipped [0-9]+, failed 14$'
sed 's/.*\///' failed | cmp -s - damaged || fail "failed: $(tr '\n' ' ' <failed)"
for file in "$corpora"/pngsuite/[!x]*.png; do
  name=$(basename "$file")
  expect_info "denoised/$name" "$("$tool" info "$file")"
  [ "$("$tool" info "enlarged/$name" | cut -d' ' -f2-)" = "$("$tool" info "$file" | cut -d' ' -f2-)" ] ||
    fail "$name changes its kind when enlarged"
done

# Bombs end at once, in little memory.
for bomb in "$corpora"/odd/bomb-* "$corpora"/odd/bad-455*; do
  (ulimit -v 1500000; timeout 30 "$interpolate" "$bomb" --scale 2 --method bicubic -o out.png 2>"$err"
    echo $? >status)
  case $(cat status) in 1 | 6) ;; *) fail "$bomb: status $(cat status)" ;; esac
  expect_one_line
  expect_no_file out.png
done
# The rest of that folder: what each picture is, that of its own kind; damage beside the picture is a
# warning, damage of the picture a failure. Of each result: file, size and kind of sample.
odd=$corpora/odd
expect_status 1 "$bin/denoise" "$odd" --sigma 5 --method nlm -o odd-denoised --failed-list odd-failed
cp "$err" warnings
expect_status 1 "$interpolate" "$odd" --scale 2 --method bicubic -o odd-enlarged --failed-list failed
cmp -s odd-failed failed || fail "interpolate fails at others: $(tr '\n' ' ' <failed)"
sed 's/.*\///' failed >damaged
# Of corrupt-icc and corrupt-iptc the coded picture itself is cut or broken; a key before its palette
# is against the PNG specification.
cmp -s damaged - <<'END' || fail "failed: $(tr '\n' ' ' <damaged)"
bad-4552.pgm
bad-4553.pgm
bomb-65000.pgm
bomb-65500x65500.jpg
bomb-progressive-65500x65500.jpg
circle-trns-before-plte.png
corrupt-icc-4551.jpg
corrupt-icc-4552.jpg
corrupt-iptc-8011.jpg
with_nans.tif
END
while read -r name; do
  [ "$(grep -c "/$name: " warnings)" -eq 1 ] || fail "$name: not one line"
done <damaged
for name in corrupt-exif-1626 corrupt-exif-deep-ifds corrupt-exif-recursive-ifd \
    corrupt-exif-utf8-type corrupt-exif corrupt-xmp-deep-nesting; do
  # The first is damaged behind its EXIF, too.
  damages=1
  [ $name != corrupt-exif-1626 ] || damages=2
  [ "$(grep -c "/$name.jpg: warning: " warnings)" -eq $damages ] || fail "$name: not $damages warnings"
  expect_info "odd-denoised/$name.jpg" "$("$tool" info "$odd/$name.jpg")"
done
for name in bayer.png weld_16bit.png paris_exif_orientation_5.jpg paris_exif_xmp_icc.jpg \
    paris_icc_exif_xmp.png paris_icc_exif_xmp_at_end.png circle-trns-after-plte.png unpremult.tif \
    grey-binary.pgm rgb-binary.ppm; do
  ! grep -q "/$name: " warnings || fail "$name: a warning without a reason"
  expect_info "odd-denoised/$name" "$("$tool" info "$odd/$name")"
done
for result in bw-ascii.png bw-binary.png grey-ascii.pgm grey-binary.pgm; do
  [ "$("$tool" info "odd-enlarged/$result" | cut -d' ' -f2-)" = '1 u8 opaque' ] || fail "$result is not grey"
done
# Colour profile, EXIF and XMP of one picture in three files.
for name in paris_exif_xmp_icc.jpg paris_icc_exif_xmp.png paris_icc_exif_xmp_at_end.png; do
  [ "$("$tool" descriptions "odd-denoised/$name")" = 'icc exif xmp ' ] ||
    fail "$name: only $("$tool" descriptions "odd-denoised/$name")"
done

# Missing pixels to the one, an error to the other; a mosaic; 16 bits.
expect_status 0 "$interpolate" "$odd/with_nans.tif" --mask nan --method bilinear -o filled.tif
expect_status 1 "$bin/denoise" "$odd/with_nans.tif" --sigma 5 --method nlm -o out.tif
expect_no_file out.tif
expect_status 0 "$interpolate" "$odd/bayer.png" --cfa RGGB --method menon -o bayer.png
expect_info bayer.png '256x172 3 u16 opaque'
expect_status 0 "$bin/denoise" "$odd/weld_16bit.png" --sigma 0 --method nlm -o weld.png
expect_same weld.png "$odd/weld_16bit.png"

# However a picture is stored, it is upright afterwards. The files are JPEGs of their own, with their
# number written into the picture, which costs more than all else; a wrong turn is under 15 dB.
turns=$corpora/orientation
expect_status 0 "$interpolate" "$turns" --scale 2 --method bicubic -o turned-i -f png
expect_status 0 "$bin/denoise" "$turns" --sigma 0 --method nlm -o turned-d
for kind in Landscape Portrait; do
  for number in 0 2 3 4 5 6 7 8; do
    expect_psnr_at_least 25 turned-i/${kind}_1.png turned-i/${kind}_$number.png
    expect_psnr_at_least 25 turned-d/${kind}_1.jpg turned-d/${kind}_$number.jpg
  done
done
finish
