#!/bin/sh
# SPDX-License-Identifier: MIT
# denoise as a program: sigma in all its forms, depth, grey and alpha kept, bad input, pipes.
. "$(dirname "$0")/../expect.sh"
denoise=$bin/denoise

tiny_model mixture_noise_18x22 denoise.safetensors
tiny_model conv_dncnn_19x23 blind.safetensors
tiny_model mixture_bayer_18x22 demosaic.safetensors
model=./denoise.safetensors
"$tool" make u8 3 0 40 30 colour.png

# How strong the noise is.
for wrong in -1 abc nan 300 '' 25px; do
  expect_status 2 "$denoise" colour.png --sigma "$wrong" -n $model -o out.png
  expect_one_line
  expect_stderr '^denoise: ' 'sigma'
  expect_no_file out.png
done
expect_status 2 "$denoise" colour.png -n $model -o out.png
expect_stderr 'not said'
expect_status 2 "$denoise" colour.png --sigma 5 --sigma-map colour.png -n $model -o out.png
expect_stderr 'exclude'
expect_status 2 "$denoise" colour.png --sigma 5 --method nlm -n $model -o out.png
expect_status 2 "$denoise" colour.png --sigma 5 --method bm3d -o out.png
expect_status 0 "$denoise" colour.png --sigma 0 -n $model -o same.png
expect_same colour.png same.png
"$tool" noise 20 7 colour.png noisy.tif
expect_status 0 "$denoise" noisy.tif --sigma auto --method nlm -o clean.tif --report report.json
expect_stderr 'noisy.tif: sigma [0-9.]*, estimated'
found=$(sed -n 's/.*sigma \([0-9.]*\), estimated/\1/p' "$err")
awk -v s="$found" 'BEGIN { exit !(s > 18 && s < 22) }' || fail "sigma 20 estimated as $found"
# The same number in the report, and none where nothing was estimated.
reported=$(sed -n 's/.*"noise_sigma": \([0-9.]*\),*$/\1/p' report.json)
[ "$(printf %.2f "${reported:-0}")" = "$found" ] || fail "the report tells sigma $reported"
expect_status 0 "$denoise" noisy.tif --sigma 20 --method nlm -o clean.tif --report -
expect_stdout '"noise_sigma": null'

# Models: another task, fixed noise levels, maps.
expect_status 3 "$denoise" colour.png --sigma 5 -n ./demosaic.safetensors -o out.png
expect_stderr 'demosaic.*denoise'
expect_no_file out.png
"$tool" mask 0.5 40 30 map.png
expect_status 0 "$denoise" colour.png --sigma-map map.png -n $model -o mapped.png
expect_status 2 "$denoise" colour.png --sigma-map map.png -n ./blind.safetensors -o out.png
expect_stderr 'fixed noise level'
"$tool" mask 0.5 20 30 small.png
expect_status 1 "$denoise" colour.png --sigma-map small.png -n $model -o out.png
expect_stderr 'sigma map has 20x30 pixels, the picture 40x30'
expect_status 2 "$denoise" colour.png --sigma-map map.png -n $model -o map.png
expect_stderr 'a file that this run reads'

# Words that are nearly one are told what there is.
for word in Auto 5px '' nan + ++5 +-5; do
  shown=$(printf %s "$word" | sed 's/+/[+]/g')
  expect_status 2 "$denoise" colour.png --sigma "$word" -n $model -o out.png
  expect_stderr "--sigma: expected auto, or 0 to 255 .8-bit grey levels., found \"$shown\""
done
expect_status 0 "$denoise" colour.png --sigma 5 -n $model -o plain.png
expect_status 0 "$denoise" colour.png --sigma +5.0 -n $model -o plus.png
expect_same plain.png plus.png
expect_status 2 "$denoise" colour.png --sigma 5 --method nlm --print-model-path
expect_stderr 'a method needs no model'

# A plan is told once, on stdout.
expect_status 0 "$denoise" colour.png --sigma 5 -n $model -o out.png --dry-run
expect_stdout '^colour.png -> out.png 40x30, .*of pixels'
[ ! -s "$err" ] || fail 'a dry run tells each file twice'

# What lies hidden beside maps is none.
mkdir maps
cp map.png maps/colour.png
printf 'none' >maps/._colour.png
printf 'none' >maps/._colour.tif
expect_status 0 "$denoise" colour.png --sigma-map maps -n $model -o mapped2.png
expect_same mapped.png mapped2.png

# A result is as old as its map, too.
expect_status 0 "$denoise" colour.png --sigma-map maps -n $model -o renewed/
expect_status 0 "$denoise" colour.png --sigma-map maps -n $model -o renewed/ --update -v
expect_stderr 'skipped 1'
touch -d '1 hour' maps/colour.png
expect_status 0 "$denoise" colour.png --sigma-map maps -n $model -o renewed/ --update -v
expect_stderr 'done 1, skipped 0'
# Of two maps of one name the one of the picture's suffix; otherwise nobody knows.
cp maps/colour.png maps/colour.tif
expect_status 0 "$denoise" colour.png --sigma-map maps -n $model -o mapped3.png
expect_same mapped.png mapped3.png
cp colour.png colour.webp
expect_status 1 "$denoise" colour.webp --sigma-map maps -n $model -o mapped4.png
expect_stderr 'colour.webp: two sigma maps of one name: maps/colour.(png|tif) and maps/colour.(png|tif)'
touch -d '1 hour ago' maps/colour.png maps/colour.tif colour.webp
cp mapped.png mapped4.webp
expect_status 0 "$denoise" colour.webp --sigma-map maps -n $model -o mapped4.webp --update
rm maps/colour.tif colour.webp

# Maps in the same folders as the pictures: of two of one name the one whose folders agree.
mkdir -p tree/one tree/two trees_maps/one
cp colour.png tree/one
cp colour.png tree/two
"$tool" make u8 1 0 40 30 trees_maps/colour.png
cp map.png trees_maps/one/colour.png
expect_status 0 "$denoise" -r tree --sigma-map trees_maps -n $model -o tree_out
expect_same mapped.png tree_out/one/colour.png
cmp -s mapped.png tree_out/two/colour.png && fail "the map of another folder was taken"
rm trees_maps/colour.png
expect_status 1 "$denoise" -r tree --sigma-map trees_maps -n $model -o tree_out --overwrite
expect_stderr 'tree/two/colour.png: no sigma map named colour'

# The model is an input like any other.
cp $model model.png
expect_status 2 "$denoise" colour.png --sigma 5 -n ./model.png -o model.png
expect_stderr 'model.png: the output is a file that this run reads'
cmp -s $model model.png || fail "the model was replaced"

# Depth, grey, alpha, any size.
for kind in 'u8 1 0' 'u8 3 1' 'u16 1 1' 'u16 3 0'; do
  # shellcheck disable=SC2086
  "$tool" make $kind 31 22 in.png
  for arguments in "-n $model" '-n ./blind.safetensors' '--method nlm'; do
    # shellcheck disable=SC2086
    expect_status 0 "$denoise" in.png --sigma 25 $arguments -o result.png
    expect_info result.png "$("$tool" info in.png)"
  done
done
for size in '1 1' '1 9' '9 1' '3 3'; do
  # shellcheck disable=SC2086
  "$tool" make u8 1 0 $size tiny.png
  expect_status 0 "$denoise" tiny.png --sigma 25 -n $model -o tiny-out.png
  expect_status 1 "$denoise" tiny.png --sigma auto -n $model -o none.png
  expect_stderr 'too few'
done

# A sample that is no number is refused, and what would restore it is named.
printf 'Pf\n2 1\n-1.0\n\000\000\300\177\000\000\200\077' >nan.pfm
expect_status 1 "$denoise" nan.pfm --sigma 25 -n $model -o none.pfm
expect_one_line
expect_stderr 'nan.pfm: .*not numbers \(interpolate --mask nan'
expect_no_file none.pfm

# Pipes, folders, the same bytes for any tiles and threads.
"$denoise" - --sigma 25 -n $model -o - -f png <colour.png >piped.png 2>"$err" || fail 'pipe'
expect_status 0 "$denoise" colour.png --sigma 25 -n $model -o filed.png
expect_same piped.png filed.png
mkdir pictures && cp colour.png pictures/a.png && cp colour.png pictures/b.png
expect_status 0 "$denoise" pictures --sigma 25 -n $model -o results
expect_only results a.png b.png
"$tool" make u16 3 0 131 70 big.png
for weights in $model ./blind.safetensors; do
  expect_status 0 "$denoise" big.png --sigma 25 -n "$weights" -t 512 -j 1 -o reference.png
  for tile in 0 32 50; do
    expect_status 0 "$denoise" big.png --sigma 25 -n "$weights" -t $tile -j 2 -o again.png
    cmp -s reference.png again.png || fail "$weights: -t $tile changes the file"
  done
done
expect_status 0 "$denoise" colour.png --sigma 25 -n $model -x -o mean.png
expect_info mean.png '40x30 3 u8 opaque'
finish
