#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs on emulated processors with SSE4 (Nehalem) and AVX2 (Haswell) beside this one: no
# sample of a result may differ by more than 1 of 255.
#   tests/bench/older_processors.sh BUILD_DIR
# Needs qemu-user. Some minutes.
set -eu

build=$(cd "${1:?usage: older_processors.sh BUILD_DIR}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

# emulate PROCESSOR OUTPUT PROGRAM ARGUMENT ...: the program's result as binary PNM.
emulate() {
  processor=$1 output=$2 program=$build/apps/$3
  shift 3
  if [ "$processor" = this ]; then
    "$program" -j 1 "$@" -o "$output"
  else
    qemu-x86_64 -cpu "$processor" "$program" -j 1 "$@" -o "$output" 2>"$folder/log" ||
      { cat "$folder/log" >&2; exit 1; }
  fi
}

# Greatest difference of two files, byte by byte; cmp prints octal numbers.
difference() {
  cmp -l "$1" "$2" | awk '
    function decimal(octal) {
      return 64 * int(octal / 100) + 8 * (int(octal / 10) % 10) + octal % 10
    }
    { d = decimal($2) - decimal($3); if (d < 0) d = -d; if (d > most) most = d }
    END { print most + 0 }'
}

compare() {
  name=$1
  shift
  emulate this "$folder/this.ppm" "$@"
  for processor in Nehalem Haswell; do
    emulate $processor "$folder/other.ppm" "$@"
    most=$(difference "$folder/this.ppm" "$folder/other.ppm")
    echo "$name $processor $most"
    [ "$most" -le 1 ] || status=1
  done
}

# A picture of waves with a deterministic ripple, 64x48: picture CHANNELS.
picture() {
  awk -v channels="$1" 'BEGIN {
    print (channels == 3 ? "P3" : "P2"), 64, 48, 255
    for (y = 0; y < 48; ++y)
      for (x = 0; x < 64; ++x)
        for (c = 0; c < channels; ++c)
          print int(127 + 90 * sin(0.2 * x + 0.1 * c) * cos(0.15 * y) + (7 * x + 11 * y) % 31)
  }'
}
picture 3 >"$folder/colour.ppm"
picture 1 >"$folder/grey.pgm"
awk 'BEGIN { print "P2 64 48 255"; for (i = 0; i < 64 * 48; ++i) print i % 3 ? 255 : 0 }' \
  >"$folder/mask.pgm"

compare colour denoise --sigma 25 --precision f32 "$folder/colour.ppm"
compare grey denoise --sigma 25 --precision f32 "$folder/grey.pgm"
compare nlm denoise --sigma 25 --method nlm "$folder/colour.ppm"
compare mosaic interpolate --cfa RGGB --precision f32 "$folder/grey.pgm"
compare noisy-mosaic interpolate --cfa RGGB --sigma 10 --precision f32 "$folder/grey.pgm"
compare gtv interpolate --cfa RGGB -n demosaic-gtv "$folder/grey.pgm"
compare menon interpolate --cfa RGGB --method menon "$folder/grey.pgm"
compare doubled interpolate --scale 2 --precision f32 "$folder/colour.ppm"
compare filled interpolate --mask "$folder/mask.pgm" --precision f32 "$folder/colour.ppm"
compare tv interpolate --mask "$folder/mask.pgm" --method tv "$folder/colour.ppm"
exit $status
