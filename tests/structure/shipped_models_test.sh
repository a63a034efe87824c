#!/bin/sh
# SPDX-License-Identifier: MIT
# What is shipped in models/ restores a picture, and is the file that its card speaks of. The floors
# are a little under what the default networks reach; wrong weights are many decibels below.
# Usage: shipped_models_test.sh SOURCE BUILD
set -eu
source=$1
build=$2
status=0

# field NAME CARD: the text of a field of the card's front matter.
field() { sed -n "s/^ \"$1\": \"\(.*\)\",*\$/\1/p" "$2"; }

cards=0
for folder in "$source"/models/*/; do
  [ -f "$folder/model.safetensors" ] || continue
  cards=$((cards + 1))
  file=$folder$(field file "$folder/card.md")
  found=$(sha256sum "$file" | cut -d' ' -f1)
  [ "$found" = "$(field sha256 "$folder/card.md")" ] ||
    { echo "$file: its card has the sha256 of another file"; status=1; }
done
[ $cards -ge 4 ] || { echo "only $cards models are shipped"; status=1; }

# reaches DB TASK MODEL OPTION...
reaches() {
  floor=$1
  task=$2
  model=$3
  shift 3
  "$build/apps/evaluate" "$source/samples/images/scene.png" --task "$task" \
    -n "$source/models/$model/model.safetensors" --min-psnr "$floor" "$@" >/dev/null ||
    { echo "$model: not what it should reach"; status=1; }
}
reaches 35 demosaic demosaic
reaches 31 upscale2 upscale2
reaches 28 inpaint inpaint
reaches 31.5 denoise denoise-color --sigma 30
exit $status
