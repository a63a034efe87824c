#!/bin/sh
# SPDX-License-Identifier: MIT
# Where models are looked for, in which order, and what is told when there is none.
. "$(dirname "$0")/../expect.sh"
"$tool" make u8 3 0 24 18 colour.png
"$tool" mosaic RGGB colour.png mosaic.png
# The name is none of the build tree's models, which would be found otherwise.
share=tessera/models
unset XDG_DATA_HOME XDG_DATA_DIRS
HOME=$tmp/home
export HOME
long=$(printf '%0200d' 0)/$(printf '%0200d' 0)

# model_in FOLDER: one model of this name there.
model_in() { mkdir -p "$1" && tiny_model mixture_bayer_18x22 "$1/own.safetensors"; }
# found_in FOLDER: the model is taken from there.
found_in() {
  expect_status 0 "$interpolate" --cfa RGGB -n own --print-model-path
  expect_stdout "^$1/own.safetensors\$"
}

# The further a place stands behind, the later it is looked at: fill them from the last to the first.
model_in "$tmp/dirs b/$share"
XDG_DATA_DIRS="$tmp/none:relative:$tmp/dirs b"
export XDG_DATA_DIRS
found_in "$tmp/dirs b/$share"
model_in "$HOME/.local/share/$share"
found_in "$HOME/.local/share/$share"
model_in "$tmp/data home/$share"
XDG_DATA_HOME="$tmp/data home"
export XDG_DATA_HOME
found_in "$tmp/data home/$share"
model_in "$tmp/$long"
TESSERA_MODEL_PATH="$tmp/nowhere:$tmp/$long"
export TESSERA_MODEL_PATH
found_in "$tmp/$long"
expect_status 0 "$interpolate" --cfa RGGB mosaic.png -n own -o a.png
tiny_model mixture_bayer_18x22 own
expect_status 0 "$interpolate" --cfa RGGB -n own --print-model-path
expect_stdout '^(\./)?own$'
rm own
# A folder of this name, of results say, is no model, unless there is one in it.
mkdir own
expect_status 0 "$interpolate" --cfa RGGB mosaic.png -n own -o own/
expect_file own/mosaic.png
found_in "$tmp/$long"
tiny_model mixture_bayer_18x22 own/model.safetensors
expect_status 0 "$interpolate" --cfa RGGB -n own --print-model-path
expect_stdout '^(\./)?own/model.safetensors$'
rm -r own

# Relative folders of the XDG variables are no places.
model_in "relative/$share"
rm -r "$tmp/$long" "$tmp/data home" "$HOME/.local" "$tmp/dirs b"
expect_status 3 "$interpolate" --cfa RGGB no-such-picture.png -n own -o b.png
# Every place is named, before any picture is opened.
expect_one_line
expect_stderr "own" "$tmp/nowhere" "$tmp/data home/$share"
if grep -q no-such-picture "$err"; then fail "pictures come before the model"; fi
if grep -q "[^/]relative/" "$err"; then fail "a relative folder was looked at"; fi

# A folder that is only readable is good enough.
mkdir locked && tiny_model mixture_bayer_18x22 locked/own.safetensors && chmod 555 locked
TESSERA_MODEL_PATH=$tmp/locked expect_status 0 "$interpolate" --cfa RGGB mosaic.png -n own -o c.png
chmod 755 locked

# A file of another kind given as model is told what it is, and what to do with it.
# foreign REGEX: the file "other" is refused so by all that read models.
foreign() {
  for program in "inspect ./other" "reparam ./other -o new" \
      "interpolate --cfa RGGB mosaic.png -n ./other -o new.png" "fuse ./other ./other -o new"; do
    # shellcheck disable=SC2086
    expect_status 3 $program
    expect_one_line
    expect_stderr "^[a-z]+: \\./other: not a safetensors checkpoint: found $1\$"
  done
}
never_run=', which is never run \(models/train/import_checkpoint.py makes a checkpoint of it\)'
cp mosaic.png other && foreign 'a PNG picture'
printf '\377\330\377\340\000\020JFIF\000' >other && foreign 'a JPEG picture'
printf 'PK\003\004\024\000\000\000\000\000' >other && foreign 'a zip archive'
printf 'PK\003\004%022d\020\000\022\000archive/data.pklFB' 0 >other && foreign "a PyTorch file$never_run"
printf '\200\002\212\012l\374\234F\371 j\250P\031.' >other && foreign "a Python pickle$never_run"
printf '<!doctype html>\n<html>' >other && foreign 'an HTML page'
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n' >other
foreign 'a Git LFS pointer \(git lfs pull fetches the file itself\)'
printf '\211HDF\r\n\032\n' >other && foreign 'an HDF5 file'
printf 'layers: 5\n' >other && foreign 'text'
expect_no_file new new.png
# The same pointer where a picture should be.
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n' >pointer.png
expect_status 1 "$interpolate" --scale 2 --method bicubic pointer.png -o new.png
expect_stderr '^interpolate: pointer.png: not a picture .*: found a Git LFS pointer \(git lfs pull'
finish
