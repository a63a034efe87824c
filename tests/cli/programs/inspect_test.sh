#!/bin/sh
# SPDX-License-Identifier: MIT
# `inspect`: what it prints, and what it refuses.
. "$(dirname "$0")/../expect.sh"
inspect=$bin/inspect
tiny_model mixture_bayer_18x22 model.safetensors

# A model alone.
expect_status 0 "$inspect" ./model.safetensors
expect_stdout '^task: demosaic' 'name: graph_mixture_net' '^blocks\.0\.conv1 +convolution 3x3' \
  '^image_graph +image graph' 'parameters in tensors'
[ ! -s "$err" ] || fail "inspect talks on stderr"
expect_status 0 "$inspect" --json ./model.safetensors
expect_stdout '"macs_per_pixel"' '"receptive_radius"' '"name": "graph_mixture_net"'
# A card that is not as cards are is no card.
for name in 5 null '["model.safetensors"]'; do
  printf -- '---\n{"file": %s}\n---\n' "$name" >card.md
  expect_status 0 "$inspect" --json ./model.safetensors
  expect_stdout '"card": null'
done
rm card.md
TESSERA_MODEL_PATH=$tmp expect_status 0 "$inspect" model
TESSERA_MODEL_PATH=$tmp expect_status 0 "$inspect" --list-models
expect_stdout '^model	'

# Wrong usage is 2, a bad model 3, told in one line.
for arguments in '' '--no-such-option model.safetensors'; do
  # shellcheck disable=SC2086
  expect_status 2 "$inspect" $arguments
  expect_one_line
  expect_stderr '^inspect: '
done
head -c 3000 model.safetensors >cut.safetensors
printf 'nothing of the kind' >text.safetensors
for file in cut.safetensors text.safetensors missing.safetensors; do
  expect_status 3 "$inspect" ./$file
  expect_one_line
  expect_stderr "$file"
done

# A model on a picture: numbers, pictures, a page.
"$tool" make u8 3 0 60 44 colour.png
"$tool" mosaic RGGB colour.png mosaic.png

# Words of other people's files reach no terminal as they are.
LC_ALL=C sed 's/"golden ca/"\\u001b[3m/' model.safetensors >escapes.safetensors
told_escaped() {
  cat "$tmp/stdout" "$err" >told
  grep -Fq '\x1B[3mse mixture' told || fail "no title: $*"
  if grep -q "$(printf '\033')" told; then fail "passes on an escape sequence: $*"; fi
}
for command in "inspect ./escapes.safetensors" \
    "fuse --method linear -o fused.safetensors ./escapes.safetensors ./model.safetensors" \
    "interpolate -vv --cfa RGGB -n ./escapes.safetensors mosaic.png -o out.png"; do
  # shellcheck disable=SC2086
  expect_status 0 "$bin"/$command
  told_escaped "$command"
done

expect_status 0 "$inspect" ./model.safetensors mosaic.png --crop 40 --probes 1 --pde --mi --html \
  --at 20,30 -o looked-at
expect_stdout '^Graphs' '^Filters' '^Steps' '^Equation'
expect_file looked-at/inspection.json looked-at/report.html looked-at/result.png \
  looked-at/image_graph-head0-entropy.png looked-at/influence-20,30.png
if grep -q 'src="http\|href="http' looked-at/report.html; then fail "the page needs the network"; fi
[ -z "$(find looked-at -name ".tessera*")" ] || fail "temporary files are left"
cp looked-at/inspection.json first.json
expect_status 2 "$inspect" ./model.safetensors mosaic.png -o looked-at
expect_one_line
expect_stderr 'overwrite'
expect_status 0 "$inspect" ./model.safetensors mosaic.png --crop 40 --probes 1 --pde --mi --html \
  --at 20,30 -o looked-at --overwrite
cmp first.json looked-at/inspection.json || fail "two runs tell different numbers"
# What an inspection left goes, what it did not leave stays, an input above all.
touch looked-at/mine.png
expect_status 0 "$inspect" ./model.safetensors mosaic.png --probes 1 --at none -o looked-at --overwrite
expect_no_file looked-at/report.html looked-at/influence-20,30.png
[ -e looked-at/mine.png ] || fail "a file that is not the inspection's is gone"
mkdir inputs
cp mosaic.png inputs/result.png
expect_status 2 "$inspect" ./model.safetensors inputs/result.png --probes 1 --at none -o inputs
expect_stderr '^inspect: inputs/result.png: an input'
cp colour.png inputs/estimate.png
expect_status 2 "$inspect" ./model.safetensors mosaic.png --probes 1 --at none -o inputs --overwrite
expect_stderr '^inspect: inputs/estimate.png: exists, and no inspection left it'
cp mosaic.png looked-at/mine.png
cp mosaic.png looked-at/result.png
expect_status 2 "$inspect" ./model.safetensors looked-at/result.png -o looked-at --overwrite --at none
expect_same mosaic.png looked-at/result.png
# A picture of an older inspection, which the new one has not, is no input's grave either.
sed 's/"files": \[/"files": [ "old.png", "older.png",/' looked-at/inspection.json > list
mv list looked-at/inspection.json
cp mosaic.png looked-at/old.png
cp mosaic.png looked-at/older.png
rm looked-at/result.png
expect_status 0 "$inspect" ./model.safetensors looked-at/old.png --probes 1 --at none -o looked-at --overwrite
expect_same mosaic.png looked-at/old.png
expect_no_file looked-at/older.png
expect_only inputs estimate.png result.png
# No points, and nothing else changes.
expect_status 0 "$inspect" --json ./model.safetensors mosaic.png --crop 40 --probes 1 --pde --mi --at 20,30
sed '/"influences"/,/^  \]/d' "$tmp/stdout" > with-points
expect_status 0 "$inspect" --json ./model.safetensors mosaic.png --crop 40 --probes 1 --pde --mi --at none
expect_stdout '"influences": \[\]'
sed '/"influences"/d' "$tmp/stdout" > without-points
diff with-points without-points || fail "points change other numbers"
# A colour picture is its own reference.
expect_status 0 "$inspect" --json ./model.safetensors colour.png --crop 32 --probes 1
expect_stdout '"reference_psnr": -?[0-9]' 'made a mosaic, and is the reference'
expect_status 0 "$inspect" --json ./model.safetensors colour.png --reference colour.png --crop 32 --probes 1
expect_stdout 'made a mosaic"'
# A single tile tells no error.
expect_status 0 "$inspect" --json ./model.safetensors colour.png --crop 32 --probes 1 --pde --at none
expect_stdout '"error": null' '"held_out_residual": null'
# The smallest pictures.
for size in '1 1' '1 9' '9 1'; do
  # shellcheck disable=SC2086
  "$tool" make u8 1 0 $size small.png
  expect_status 0 "$inspect" ./model.safetensors small.png --probes 1 --pde --mi
done

# Denoisers look at the noisy picture and are told the error to expect; attention has its table.
tiny_model mixture_noise_18x22 denoiser.safetensors
expect_status 0 "$inspect" ./denoiser.safetensors colour.png --crop 32 --probes 1 --sigma 25
expect_stdout 'expected PSNR -?[0-9.]+ dB \(SURE, no reference used\)'
tiny_model gtv_noise_13x9 smoother.safetensors
expect_status 0 "$inspect" ./smoother.safetensors colour.png --crop 32 --probes 1 --sigma 255
expect_stdout '^no PSNR to expect: the error is estimated below 0, .* \(SURE, no reference used\)'
! grep -E 'PSNR - dB|about -' "$tmp/stdout" || fail "a number that is none"
expect_status 0 "$inspect" --json ./denoiser.safetensors colour.png --crop 32 --probes 1
expect_stdout 'noise level estimated' '"averaged_pixels": -?[0-9]' '"noise_sigma_8bit": [0-9]'
"$tool" make u8 1 0 33 27 grey.png
expect_status 0 "$inspect" --json ./denoiser.safetensors grey.png --crop 0 --probes 1 --sigma 25
expect_stdout '"sure": null' 'stands in for the colours'
tiny_model transformer_noise_18x22 transformer.safetensors
expect_status 0 "$inspect" ./transformer.safetensors
expect_stdout '^blocks\.1\.attention +window attention' '^blocks\.1\.mlp +perceptron'
expect_status 0 "$inspect" ./transformer.safetensors colour.png --crop 32 --probes 1 --pde --html \
  --sigma 25 -o attention
expect_stdout '^Attention' '^Equation' 'blocks\.2\.mlp'
expect_file attention/report.html

# What does not fit.
for arguments in '--pde' '--crop 32' '-o folder'; do
  # shellcheck disable=SC2086
  expect_status 2 "$inspect" ./model.safetensors $arguments
  expect_one_line
  expect_stderr 'needs a picture'
done
for arguments in '--html' '--at 5' '--at 5,x' '--at 900,900' '--sigma 0' '--sigma nan' '--crop -1' \
    '--probes 0' '--cfa RGBG' '-j 0'; do
  # shellcheck disable=SC2086
  expect_status 2 "$inspect" ./model.safetensors mosaic.png $arguments
  expect_one_line
done
expect_status 1 "$inspect" ./model.safetensors missing.png -o unmade
expect_one_line
expect_stderr 'missing.png'
expect_status 1 "$inspect" ./model.safetensors text.safetensors -o unmade
expect_status 1 "$inspect" ./model.safetensors mosaic.png --reference small.png -o unmade
expect_stderr '^inspect: small.png: the reference has'
tiny_model mixture_mask_18x22 filler.safetensors
"$tool" make u8 1 0 10 10 holes.png
expect_status 1 "$inspect" ./filler.safetensors colour.png --mask holes.png -o unmade
expect_stderr '^inspect: colour.png: the mask has 10x10 pixels.*(mask holes.png)'
for arguments in '--sigma 20' '--mask mosaic.png'; do
  # shellcheck disable=SC2086
  expect_status 2 "$inspect" ./model.safetensors mosaic.png $arguments
  expect_one_line
done
expect_status 2 "$inspect" ./denoiser.safetensors colour.png --sigma 25 --cfa RGGB
expect_one_line
expect_status 6 "$inspect" ./model.safetensors mosaic.png --max-memory 1K -o unmade
expect_no_file unmade
finish
