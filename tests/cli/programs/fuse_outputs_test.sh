#!/bin/sh
# SPDX-License-Identifier: MIT
# `fuse`: nothing that is read is replaced, and unless all goes well nothing is written.
. "$(dirname "$0")/../expect.sh"
fuse=$bin/fuse
tiny_model mixture_bayer_18x22 a.safetensors
tiny_model mixture_bayer_2x2 b.safetensors
mkdir pictures
cp "$source_dir/samples/images/scene-small.png" pictures/scene.png

# expect_untouched FILE...: as it was when all was saved in `kept`.
expect_untouched() { for file in "$@"; do cmp -s "$file" "kept/$file" || fail "$file changed"; done; }
# refused STATUS REGEX ARGUMENT...: in one line, and no result.
refused() {
  status=$1
  regex=$2
  shift 2
  expect_status "$status" "$fuse" "$@"
  expect_one_line
  expect_stderr '^fuse: ' "$regex"
  [ ! -s stdout ] || fail "something on stdout: $*"
  expect_no_file o.safetensors
}

# Aligned models replace no model that is read, and not the result; older ones are replaced like it.
mkdir ao kept kept/ao kept/pictures
cp a.safetensors ao/net.safetensors
cp b.safetensors ao/1-net.safetensors
cp -r ao pictures kept
refused 2 'ao/1-net.safetensors: a file that this run reads would be replaced' \
  -o o.safetensors ao/net.safetensors ao/1-net.safetensors --aligned-out ao
ln ao/1-net.safetensors base.safetensors
refused 2 'ao/1-net.safetensors: .* would be replaced, base.safetensors' --method task \
  --base base.safetensors -o o.safetensors ao/net.safetensors --aligned-out ao
refused 2 'ao/1-net.safetensors: two results of this run' \
  -o ao/1-net.safetensors ao/net.safetensors ./b.safetensors --aligned-out ./ao/../ao
expect_untouched ao/net.safetensors ao/1-net.safetensors
expect_status 0 "$fuse" -o o.safetensors ./a.safetensors ./b.safetensors --aligned-out out/deep
expect_only out/deep 1-a.safetensors 2-b.safetensors
echo old >out/deep/1-a.safetensors
expect_status 0 "$fuse" -o o.safetensors ./a.safetensors ./b.safetensors --aligned-out out/deep
cmp -s out/deep/2-b.safetensors b.safetensors || fail "the anchor is not as it was"
[ "$(wc -c <out/deep/1-a.safetensors)" -gt 4 ] || fail "the older aligned model is still there"
rm o.safetensors

# Pictures and options that are read are no outputs either, whatever they are called.
refused 2 'pictures/scene.png: this name says png' --calib pictures \
  -o pictures/scene.png ./a.safetensors ./b.safetensors
ln -s pictures/scene.png link.safetensors
refused 2 'link.safetensors: .* would be replaced, pictures/scene.png' --eval pictures \
  -o link.safetensors ./a.safetensors ./b.safetensors
printf '{"models": ["./a.safetensors", "./b.safetensors"], "method": "linear"}' >options.json
cp options.json kept
refused 2 'options.json: a file that this run reads' --config options.json -o options.json
refused 2 'options.json: a file that this run reads' --config options.json -o o.safetensors \
  --report options.json
expect_untouched options.json pictures/scene.png

# When something fails after the work, nothing is left and the older result stands.
pair="./a.safetensors ./b.safetensors"
echo file >file
# shellcheck disable=SC2086
{
  refused 1 'file: cannot write here .*; choose another' -o o.safetensors $pair --aligned-out file
  refused 1 'file/deep: cannot write here .*; choose another' -o o.safetensors $pair --aligned-out file/deep
  refused 2 '--aligned-out: ' -o o.safetensors $pair --aligned-out -
  expect_no_file ./-
  refused 1 '/dev/full: cannot be written: No space' -q -o o.safetensors $pair --aligned-out fresh \
    --report /dev/full
  expect_no_file fresh
  echo old >older.safetensors
  for output in o older; do
    "$fuse" -o $output.safetensors $pair --report report.json --aligned-out fresh >/dev/full 2>"$err" &&
      fail "a full stdout is no failure"
    expect_one_line
    expect_stderr '^fuse: stdout: cannot be written: No space'
  done
  expect_no_file o.safetensors report.json fresh
  [ "$(cat older.safetensors)" = old ] || fail "the older result is gone"
}

# A threshold that is missed is told, with -q too.
# shellcheck disable=SC2086
for quiet in '' -q; do
  expect_status 5 "$fuse" $quiet --eval pictures --min-psnr-drop -100 -o o.safetensors $pair
  expect_one_line
  expect_stderr '^fuse: the result lies .* dB below the best model, -100 is allowed: nothing written$'
  expect_no_file o.safetensors
done

# Warnings are told, but not with -q.
# shellcheck disable=SC2086
{
  expect_status 0 "$fuse" --method ot --residual mean -o o.safetensors $pair
  expect_stderr '^fuse: warning: '
  expect_status 0 "$fuse" -q --method ot --residual mean -o o.safetensors $pair
  [ ! -s "$err" ] || fail "-q tells warnings"
  rm o.safetensors
}

# A report on stdout stands there alone.
# shellcheck disable=SC2086
for quiet in '' -q; do
  expect_status 0 "$fuse" $quiet -o o.safetensors $pair --report -
  [ "$(head -n 1 stdout)$(tail -n 1 stdout)" = '{}' ] || fail "not only JSON on stdout"
  expect_stdout '"written": true'
  expect_no_file ./-
  rm o.safetensors
done

# Models are found by name, the ancestor too, and figures stand under the names that were given.
mkdir -p shelf/one shelf/two
cp a.safetensors shelf/one/model.safetensors
cp b.safetensors shelf/two/model.safetensors
TESSERA_MODEL_PATH=$tmp/shelf
export TESSERA_MODEL_PATH
expect_status 0 "$fuse" --method task --base one -o o.safetensors two
expect_status 0 "$fuse" --method linear --eval pictures --report report.json -o o.safetensors one shelf/two/
expect_stdout '^ +one +[0-9.]+$' '^ +two +[0-9.]+$'
grep -q '"one": {' report.json || fail "the report has no model called one"
rm o.safetensors
refused 3 'no-such: no such model .*; interpolate --list-models shows' -o o.safetensors one no-such

# What nobody would listen to is refused; a file of options that is none is named.
printf '{' >broken.json
printf '{"weights": {}}' >nested.json
while read -r regex arguments; do
  # shellcheck disable=SC2086
  refused 2 "$regex" -o o.safetensors $arguments $pair
done <<'END'
--calib-count.needs.--calib --calib-count 4
--calib-size.needs.--calib --calib-size 24
--calib-sigma.needs.--calib --calib-sigma 15
--eval-count.needs.--eval --eval-count 1
--eval-sigma.needs.--eval --eval-sigma 15
--calib-sigma:.expected.0.to.255 --calib pictures --calib-sigma 15,-1
--calib-sigma:.expected.0.to.255 --calib pictures --calib-sigma 256
--eval-sigma:.expected.0.to.255 --eval pictures --eval-sigma 15,1e9
--eval-sigma:.expected.0.to.255 --eval pictures --eval-sigma nan
--config:.broken.json:.expected.a.JSON.object --config broken.json
--config:.nested.json:.weights --config nested.json
END

finish
