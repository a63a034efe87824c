#!/bin/sh
# SPDX-License-Identifier: MIT
# `fuse`: what it writes, prints and refuses.
. "$(dirname "$0")/../expect.sh"
fuse=$bin/fuse
tiny_model mixture_bayer_18x22 a.safetensors
tiny_model mixture_bayer_18x22 b.safetensors
tiny_model mixture_decimation2_18x22 other.safetensors
tiny_model glr_bayer_18x22 glr.safetensors
mkdir pictures
cp "$source_dir/samples/images/scene-small.png" pictures
# What other systems leave beside pictures is none.
printf 'none' >pictures/._scene-small.png

# A model with itself: its own weights, found to have a common ancestor, the recipe inside.
expect_status 0 "$fuse" -o same.safetensors ./a.safetensors ./b.safetensors
expect_stdout 'ancestry 1.00' 'linear' '^wrote +same.safetensors'
expect_file same.safetensors
grep -q 'tessera.fuse' same.safetensors || fail "no recipe in the result"
expect_status 0 "$fuse" --method ot --calib pictures --calib-count 4 --calib-size 24 \
  --eval pictures --report report.json -o twin.safetensors ./a.safetensors ./b.safetensors
expect_stdout 'aligned 1' 'differs from itself' 'compared by both on 4 crops' 'PSNR' 'ensemble'
expect_file report.json
grep -q '"written": true' report.json || fail "the report does not say that it was written"

# The same bytes for any number of threads, and again.
for threads in 1 2 3; do
  expect_status 0 "$fuse" -j $threads --method ot --calib pictures --calib-count 4 --calib-size 24 \
    --correct refit -o twin$threads.safetensors ./a.safetensors ./b.safetensors
done
cmp twin1.safetensors twin2.safetensors && cmp twin1.safetensors twin3.safetensors ||
  fail "bytes depend on threads"

# Models of one name are told apart in the table, in the report, and in the recipe.
mkdir one two
cp a.safetensors one/same.safetensors
tiny_model mixture_bayer_2x2 two/same.safetensors
expect_status 0 "$fuse" --method linear --eval pictures --report report.json -o named.safetensors \
  one/same.safetensors two/same.safetensors
expect_stdout '^models +1 one/same' '^ +2 two/same' '^ +1 same.safetensors' '^ +2 same.safetensors'
[ "$(grep -c '"[12] same.safetensors": {' report.json)" -eq 4 ] || fail "one name for two models"
grep -aq '1 same.safetensors.*2 same.safetensors' named.safetensors || fail "likewise in the recipe"

# A model in a folder of its own is called as the folder, whichever way it was given.
mkdir shipped shipped/first shipped/second
cp a.safetensors shipped/first/model.safetensors
cp two/same.safetensors shipped/second/model.safetensors
expect_status 0 env TESSERA_MODEL_PATH=shipped "$fuse" --method linear --eval pictures \
  --aligned-out aligned -o folders.safetensors first shipped/second/model.safetensors
expect_stdout '^ +first ' '^ +second '
for name in first second; do
  grep -aq "\\\\\"name\\\\\":\\\\\"$name\\\\\"" folders.safetensors || fail "the recipe has no $name"
done
expect_only aligned 1-first.safetensors 2-second.safetensors

# Models are measured as `evaluate` measures them, up to the edges of pictures, and the protocol is told.
mkdir colour few
"$tool" make u8 3 0 41 30 colour/odd.png
cp colour/odd.png few
"$tool" make u16 1 0 24 40 few/grey.png
# same_figures FOLDER TASK TINY SIGMAS: those of the model in fuse are those in evaluate.
same_figures() {
  tiny_model "$3" measured.safetensors
  levels=
  [ "$4" = 0 ] || levels="--eval-sigma $4"
  # shellcheck disable=SC2086
  expect_status 0 "$fuse" --plan --method linear --eval "$1" $levels ./measured.safetensors ./measured.safetensors
  expect_stdout 'channels rgb, border 0, range 0 to the white of each file, alpha ignored; mean of' \
    "task $2, .*seed 80; results rounded as the originals"
  found=$(sed -n 's/^ *1 measured.safetensors *//p' "$tmp/stdout" | tr -s ' ')
  expected=$("$evaluate" "$1" --task "$2" -n ./measured.safetensors -f csv --sigma "$4" 2>"$err" |
    awk -F, '$1 == "mean" { printf "%s%.2f", separator, $5; separator = " " }')
  [ -n "$found" ] && [ "$found" = "$expected" ] || fail "$3: fuse tells $found, evaluate $expected"
}
same_figures colour demosaic mixture_bayer_18x22 0
same_figures colour demosaic mixture_noisy_bayer_18x22 10
same_figures few inpaint mixture_mask_18x22 0
same_figures few upscale2 mixture_decimation2_18x22 0
same_figures few denoise mixture_noise_18x22 15,50
same_figures few denoise conv_dncnn_19x23 25
# Grey stands in for the colours of a mosaic.
expect_status 0 "$fuse" --plan --method linear --eval few ./a.safetensors ./b.safetensors

# A plan writes nothing.
expect_status 0 "$fuse" --plan -o never.safetensors ./a.safetensors ./b.safetensors
expect_no_file never.safetensors

# Denoisers are measured at noise levels; published ones are known by their tensors.
for tiny in mixture_noise_18x22 gtv_noise_13x9 transformer_noise_18x22 conv_dncnn_19x23 \
  conv_ffdnet_18x22; do
  tiny_model $tiny noise.safetensors
  cp noise.safetensors noise2.safetensors
  expect_status 0 "$fuse" --method ot --calib pictures --calib-count 4 --calib-size 24 \
    --eval pictures --eval-sigma 15,50 -o denoiser.safetensors ./noise.safetensors ./noise2.safetensors
  expect_stdout 'sigma 15 +sigma 50' 'judged +on 4 crops kept out'
  expect_file denoiser.safetensors
done

# Two that differ: what is taken is the best of what was judged, and the report says so.
tiny_model mixture_bayer_2x2 c.safetensors
expect_status 0 "$fuse" --calib pictures --calib-count 8 --calib-size 24 -o apart.safetensors \
  ./a.safetensors ./c.safetensors
expect_stdout '(taken)' 'ot \+ refit' 'linear \+ refit' 'soft ot \+ refit'
grep '^judged' stdout | sed 's/.*out://; s/ dB$//' | tr ',' '\n' |
  awk '/taken/ { taken = $(NF - 1); next } best == "" || $NF > best { best = $NF }
    END { exit !(taken != "" && best != "" && taken >= best - 0.04) }' ||
  fail "not the best candidate was taken"

expect_status 0 "$fuse" -j 3 --calib pictures --calib-count 8 --calib-size 24 -o apart3.safetensors \
  --report report.json ./a.safetensors ./c.safetensors
cmp apart.safetensors apart3.safetensors || fail "the choice depends on threads"
grep -q '"reg": ' report.json || fail "the report does not name the regularisation"
# Soft plans that were asked for are named.
expect_status 0 "$fuse" --method ot --metric acts --reg 0.08 --calib pictures --calib-count 8 \
  --calib-size 24 --plan ./a.safetensors ./c.safetensors
expect_stdout '^method +ot, compared by acts, reg 0.08 on 8 crops'

# A weight of 0 is legal; all weight on one model gives that model, in its own order if asked for.
expect_status 0 "$fuse" -w 1,0 --keep-order --no-provenance -o kept.safetensors \
  ./a.safetensors ./c.safetensors
expect_status 0 "$fuse" -w 0,1 --method linear --no-provenance -o kept2.safetensors \
  ./c.safetensors ./a.safetensors
cmp kept.safetensors kept2.safetensors || fail "--keep-order does not keep the order"

# Exceptions for some tensors: the first that matches holds.
expect_status 0 "$fuse" --method linear --no-provenance -o ruled.safetensors --set '.=keep:2' \
  --set 'head=skip' ./c.safetensors ./a.safetensors
cmp ruled.safetensors kept2.safetensors || fail "--set keep does not keep"
expect_status 0 "$fuse" --method linear --no-provenance -o ruled.safetensors \
  --set '^head=weight:0,2' --set '.=weight:0,1' ./c.safetensors ./a.safetensors
cmp ruled.safetensors kept2.safetensors || fail "--set weight does not weigh"
expect_status 0 "$fuse" --method linear --no-provenance -o ruled.safetensors \
  --set '.=keep:2' --set '.=keep:1' ./c.safetensors ./a.safetensors
cmp ruled.safetensors kept2.safetensors || fail "of two rules of one pattern the second holds"

# Options from a file; those on the command line win.
expect_status 0 "$fuse" --print-config --method linear -w 0,1 --no-provenance \
  -o kept3.safetensors ./c.safetensors ./a.safetensors
cp stdout config.json
for value in '"yes"' 1 '[]'; do
  printf '{"plan": %s}' "$value" >switch.json
  expect_status 2 "$fuse" --config switch.json ./a.safetensors ./b.safetensors
  expect_stderr '^fuse: --config: switch.json: plan: expected true or false'
done
expect_status 2 "$fuse" --print-config --plan=false ./a.safetensors ./b.safetensors
expect_status 0 "$fuse" --config config.json
cmp kept3.safetensors kept2.safetensors || fail "--config does not do the same again"
expect_status 0 "$fuse" --config config.json -o kept4.safetensors -w 1,1
cmp -s kept4.safetensors kept2.safetensors && fail "the command line does not win"

# Across heads an aligned model is another one.
expect_status 0 "$fuse" --method ot --heads flat --plan ./a.safetensors ./c.safetensors
expect_stderr 'warning: --heads flat: aligned models compute something else'
# Likewise where a stream does not have one map; the published recipe is all of that.
expect_status 0 "$fuse" --method ot --residual mean --report report.json --plan ./a.safetensors \
  ./c.safetensors
expect_stderr 'warning: --residual mean: aligned models compute something else'
expect_stdout 'compared by weights, residual mean'
grep -q '"residual": "mean"' report.json || fail "the report does not name the residual"
tiny_model transformer_bayer_2x2 t.safetensors
tiny_model transformer_bayer_30x12 u.safetensors
for residual in mean scalar matrix; do
  expect_status 0 "$fuse" --method ot --heads flat --residual $residual --reg 0.08 --calib pictures \
    --calib-count 4 --calib-size 24 -o recipe.safetensors ./t.safetensors ./u.safetensors
  expect_stdout "heads flat, residual $residual" 'it may'
  grep -q "residual.*$residual" recipe.safetensors || fail "the recipe does not name the residual"
done
expect_status 0 "$fuse" --print-config --residual matrix ./t.safetensors ./u.safetensors
expect_stdout '"residual": "matrix"'
# A shared stream keeps what a model computes, with rotations too.
for heads in two-level rotate; do
  expect_status 0 "$fuse" --method ot --heads $heads --plan ./t.safetensors ./u.safetensors
  expect_stdout 'aligned 1 differs from itself by [0-9.]*e-0[5-9]: ok'
done

# Negative controls: units go where chance or another picture leads them, and yet an aligned model
# computes what it did.
for metric in shuffled random; do
  expect_status 0 "$fuse" --method ot --metric $metric --calib pictures --calib-count 4 \
    --calib-size 24 --correct none -o $metric.safetensors ./a.safetensors ./b.safetensors
  expect_stdout "compared by $metric on 4 crops" 'itself by [0-9.]*e[-+]0[05-9]: ok'
  grep -q "metric.*$metric" $metric.safetensors || fail "the recipe does not name the metric"
done
# Recipes differ; without them the bytes are equal where the same units are matched.
for metric in random weights; do
  expect_status 0 "$fuse" --method ot --metric $metric --calib pictures --calib-count 4 \
    --calib-size 24 --correct none --no-provenance -o bare-$metric.safetensors ./a.safetensors \
    ./b.safetensors
done
cmp -s bare-random.safetensors bare-weights.safetensors && fail "chance has matched a model with itself"
expect_status 2 "$fuse" --metric shuffled --calib pictures --calib-count 1 --plan ./a.safetensors \
  ./b.safetensors
expect_stderr '--metric shuffled needs two crops'

# Wrong usage is 2.
printf '[1]' >list.json
printf '{"weight": 1}' >unknown.json
for arguments in './a.safetensors' './a.safetensors ./b.safetensors' \
  '-o x.safetensors ./a.safetensors' \
  '-o ./a.safetensors ./a.safetensors ./b.safetensors' \
  '-o x.safetensors -w 0,0 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors -w 1 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors -w 1,-1 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --calib nowhere ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --eval nowhere ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --anchor 3 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --method task ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --metric acts ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --metric shuffled ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --residual scalar ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --residual half ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --config nowhere.json ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --config list.json ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --config unknown.json ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --set head ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --set (=skip ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --set nothing=skip ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --set head=keep:3 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --set head=weight:1 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --keep-order ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --tol 0 ./a.safetensors ./b.safetensors' \
  '-o x.safetensors --method best ./a.safetensors ./b.safetensors'; do
  # shellcheck disable=SC2086
  expect_status 2 "$fuse" $arguments
  expect_one_line
  expect_no_file x.safetensors
done

# Models that do not go together are 3, and all that differs is told.
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./other.safetensors
expect_one_line
expect_stderr 'task' 'observation is a Bayer mosaic in ./a.safetensors and every second pixel in'
tiny_model mixture_noise_18x22 noise.safetensors
# The first three in one line; all of them on request, a line each.
expect_status 3 "$fuse" --method linear -o x.safetensors ./a.safetensors ./noise.safetensors
expect_one_line
expect_stderr '; and [1-9][0-9]* more \(--verbose tells all\)$'
[ "$(grep -o '; ' "$err" | wc -l)" -eq 3 ] || fail 'not three mismatches in the line'
more=$(sed 's/.*; and \([0-9]*\) more.*/\1/' "$err")
expect_status 3 "$fuse" -v --method linear -o x.safetensors ./a.safetensors ./noise.safetensors
[ "$(wc -l <"$err")" -eq $((more + 4)) ] || fail "not $((more + 3)) mismatches"
expect_stderr '^fuse: observation is' '^fuse: tensor ' '^fuse: these cannot be fused: '
tiny_model mixture_noise_grey_2x14 grey.safetensors
expect_status 3 "$fuse" --method ot -o x.safetensors ./noise.safetensors ./grey.safetensors
expect_one_line
expect_stderr 'the input has [0-9]+ channels in ./noise.safetensors and [0-9]+ in ./grey.safetensors'
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./glr.safetensors
expect_stderr 'architecture is graph_mixture_net' 'glr_net'
tiny_model training_conv_net training.safetensors
expect_status 3 "$fuse" -o x.safetensors ./training.safetensors ./training.safetensors
expect_one_line
expect_stderr 'layers.0: a training form with a gate cannot be fused; fold it first'
tiny_model mixture_mask_18x22 mask.safetensors
tiny_model mixture_mask_thin_plate plate.safetensors
expect_status 3 "$fuse" -o x.safetensors ./mask.safetensors ./plate.safetensors
expect_one_line
head -c 3000 a.safetensors >cut.safetensors
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./cut.safetensors
expect_stderr 'cut.safetensors'
expect_status 3 "$fuse" -o x.safetensors ./a.safetensors ./missing.safetensors
expect_no_file x.safetensors

# A picture whose samples are no numbers is named, and nothing else is blamed.
mkdir broken
cp pictures/scene-small.png broken
{
  printf 'PF\n32 32\n-1.0\n'
  i=0
  while [ $i -lt 3072 ]; do printf '\000\000\300\177' && i=$((i + 1)); done
} >broken/nan.pfm
for option in --eval --calib; do
  expect_status 1 "$fuse" --method linear $option broken -o x.safetensors ./a.safetensors ./b.safetensors
  expect_one_line
  expect_stderr '^fuse: broken/nan.pfm: holds samples that are not (finite )?numbers'
done
expect_no_file x.safetensors

# A fusion whose results are not finite is a bad model, with and without pictures to judge it by.
tiny_model mixture_bayer_2x2 c.safetensors
for judges in '' '--calib pictures --calib-count 4 --calib-size 24'; do
  # shellcheck disable=SC2086
  expect_status 3 "$fuse" --method task --base ./a.safetensors -w 1e18,1e18 $judges -o x.safetensors \
    ./a.safetensors ./c.safetensors
  expect_one_line
  expect_stderr '^fuse: the fused network gives results that are not finite \(look for extreme weights'
  expect_no_file x.safetensors
done

# A threshold that cannot be met is 5, and nothing is written.
expect_status 5 "$fuse" --eval pictures --min-psnr-drop -100 -o x.safetensors \
  ./a.safetensors ./b.safetensors
expect_no_file x.safetensors

finish
