#!/bin/sh
# SPDX-License-Identifier: MIT
# Awkward files that are never committed: PngSuite and bombs through the programs.
. "$(dirname "$0")/expect.sh"
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
# Missing pixels to the one, an error to the other.
expect_status 0 "$interpolate" "$corpora/odd/with_nans.tif" --mask nan --method bilinear -o filled.tif
expect_status 1 "$bin/denoise" "$corpora/odd/with_nans.tif" --sigma 5 --method nlm -o out.tif
expect_no_file out.tif
expect_status 0 "$bin/denoise" "$corpora/odd/weld_16bit.png" --sigma 0 --method nlm -o weld.png
expect_same weld.png "$corpora/odd/weld_16bit.png"
finish
