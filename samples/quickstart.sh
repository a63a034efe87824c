#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh Debian 12 machine to restored pictures: installs what is missing from Debian's
# packages, builds Release into build/, and restores the sample images with the shipped models.
# Usage: samples/quickstart.sh [FOLDER]      results go to FOLDER, out/ unless given
set -eu
output=${1:-out}
mkdir -p "$output"
output=$(cd "$output" && pwd)
cd "$(dirname "$0")/.."

samples/install_packages.sh

launcher=
[ -n "$(command -v ccache)" ] && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake -G Ninja -S . -B build -DCMAKE_BUILD_TYPE=Release -DTESSERA_BUILD_TESTS=OFF $launcher \
  > "$output/configure.log" || { cat "$output/configure.log" >&2; exit 1; }
rm "$output/configure.log"
cmake --build build

# restore TEXT INPUT OUTPUT PROGRAM OPTIONS...: one picture, and a line that says what was made.
restore() {
  text=$1 input=$2 result=$3 program=$4
  shift 4
  "build/apps/$program" "$@" "$input" -o "$result"
  printf '%s: %s -> %s\n' "$text" "$input" "$result"
}
images=samples/images
restore 'Bayer mosaic to colour' $images/scene-mosaic.png "$output/scene-demosaicked.png" \
  interpolate --cfa RGGB
restore 'small picture doubled' $images/scene-small.png "$output/scene-doubled.png" \
  interpolate --scale 2
restore 'holes filled' $images/scene-holes.png "$output/scene-filled.png" \
  interpolate --mask $images/scene-mask.png
restore 'noise removed' $images/scene-noisy.png "$output/scene-denoised.png" denoise --sigma 30
