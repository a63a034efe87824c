#!/bin/sh
# SPDX-License-Identifier: MIT
# Every command under EXAMPLES of the manual pages works, on files of the names that it uses.
. "$(dirname "$0")/../expect.sh"
PATH=$bin:$PATH
# Shipped models; a tiny one for each task that has none yet.
TESSERA_MODEL_PATH=$source_dir/models:$tmp/models
export PATH TESSERA_MODEL_PATH

mkdir models
tiny_model mixture_noise_18x22 models/denoise-color.safetensors
tiny_model mixture_noise_grey_2x14 models/denoise-gray.safetensors

# One picture with all its degradations, under the names of all pages.
"$tool" make u8 3 0 48 32 picture.png
"$tool" noise 10 1 picture.png noisy.tif
"$bin/denoise" -q noisy.tif --sigma 0 --method nlm --depth 8 -o noisy.png
mkdir scans photos raws originals enlarged restored kodak train test out out/ours out/theirs
for folder in photos originals enlarged restored kodak out/ours out/theirs train test; do
  cp picture.png $folder/one.png
done
cp noisy.png scans/one.png
cp picture.png photo.png
"$tool" mosaic RGGB picture.png mosaic.png
cp mosaic.png raws/one.png
"$tool" mosaic GBRG picture.png raw.png
"$tool" sixteen mosaic.png sixteen.png
"$tool" dng RGGB sixteen.png photo.dng
"$tool" mask 0.5 48 32 holes.png
cp noisy.tif old.tif
for name in before after a b; do tiny_model mixture_bayer_18x22 $name.safetensors; done
tiny_model training_mixture_ecb training.safetensors
tiny_model conv_ffdnet_18x22 ffdnet_color.safetensors

for page in "$source_dir"/man/*.[0-9]; do
  sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE ALSO/s/^\.Dl //p' "$page" >examples
  case $page in *.1) [ -s examples ] || fail "$page has no examples" ;; esac
  while IFS= read -r example; do
    echo "$example"
    rm -rf clean large
    sh -c "$example" >"$tmp/stdout" 2>"$err" </dev/null || fail "$(basename "$page"): $example"
  done <examples
done
finish
