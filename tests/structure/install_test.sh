#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs into an empty folder and builds samples/library_example.cpp against it twice, with
# find_package and with pkg-config; both programs and the installed interpolate run there.
# Usage: install_test.sh SOURCE BUILD
set -eu
source=$1
build=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
prefix=$tmp/prefix
example=$source/samples/library_example.cpp
mosaic=$source/samples/images/scene-mosaic.png

cmake --install "$build" --prefix "$prefix" > "$tmp/log"
libraries=$(dirname "$(find "$prefix" -name libtessera.so)")

cmake -G Ninja -S "$source/tests/install" -B "$tmp/consumer" -DCMAKE_PREFIX_PATH="$prefix" \
  -DEXAMPLE="$example" > "$tmp/log" || { cat "$tmp/log"; exit 1; }
cmake --build "$tmp/consumer" > "$tmp/log" || { cat "$tmp/log"; exit 1; }

PKG_CONFIG_PATH=$libraries/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046  # the flags are several words on purpose
c++ -std=c++20 "$example" $(pkg-config --cflags --libs tessera) -o "$tmp/by_pkg_config"

# The models of the prefix are found, and no others: by the examples because they lie beside the
# library, by the installed program because they lie beside it.
unset TESSERA_MODEL_PATH
XDG_DATA_HOME=$tmp
XDG_DATA_DIRS=$tmp
LD_LIBRARY_PATH=$libraries
export XDG_DATA_HOME XDG_DATA_DIRS LD_LIBRARY_PATH
"$tmp/consumer/library_example" "$mosaic" "$tmp/by_cmake.png"
"$tmp/by_pkg_config" "$mosaic" "$tmp/by_pkg_config.png"
unset LD_LIBRARY_PATH
"$prefix/bin/interpolate" --cfa RGGB "$mosaic" -o "$tmp/by_program.png"
# A folder of models two above the program counts in a build tree alone.
if "$prefix/bin/interpolate" --version | grep -Fx "  $(cd "$prefix/.." && pwd)/models"; then
  echo 'an installed program looks for models beside its prefix' >&2
  exit 1
fi
cmp "$tmp/by_cmake.png" "$tmp/by_pkg_config.png"
cmp "$tmp/by_cmake.png" "$tmp/by_program.png"
