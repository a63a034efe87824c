#!/bin/sh
# SPDX-License-Identifier: MIT
# An installed tree works wherever it is moved to, and with a prefix before the programs' names the
# manual pages and completions have them, too.
# Usage: relocation_test.sh SOURCE BUILD
set -eu
source=$1
build=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cmake --install "$build" --prefix "$tmp/first" >"$tmp/log"
mkdir "$tmp/another place"
mv "$tmp/first" "$tmp/another place/second"
prefix="$tmp/another place/second"
cd /
env -u TESSERA_MODEL_PATH -u LD_LIBRARY_PATH XDG_DATA_HOME="$tmp" XDG_DATA_DIRS="$tmp" \
  "$prefix/bin/interpolate" --cfa RGGB "$source/samples/images/scene-mosaic.png" -o "$tmp/picture.png"
[ -s "$tmp/picture.png" ]
"$prefix/bin/interpolate" --list-models | grep -F "$prefix/share/tessera/models" >"$tmp/log" ||
  { echo "the models of the moved tree are not found"; exit 1; }
for file in bash-completion/completions/denoise zsh/site-functions/_denoise \
    fish/vendor_completions.d/denoise.fish man/man1/denoise.1; do
  [ -s "$prefix/share/$file" ] || { echo "share/$file is missing"; exit 1; }
done

# The pages of man/ alone, configured with a prefix: no compiler is needed for that.
mkdir "$tmp/prefixed"
cat >"$tmp/prefixed/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(pages LANGUAGES NONE)
include(GNUInstallDirs)
add_subdirectory("$source/man" man)
END
cmake -S "$tmp/prefixed" -B "$tmp/pages" -Wno-dev -DTESSERA_PROGRAM_PREFIX=tessera- >"$tmp/log"
cmake --install "$tmp/pages" --prefix "$tmp/renamed" >"$tmp/log"
page=$tmp/renamed/share/man/man1/tessera-denoise.1
grep -q '^.Nm tessera-denoise$' "$page"
grep -q '^.Xr tessera-interpolate 1' "$page"
grep -q '^.Dl tessera-denoise --sigma' "$page"
if grep -nE '^\.(Nm|Xr) (denoise|evaluate|fuse|inspect|interpolate|reparam)' "$page"; then exit 1; fi
# Everything else of the page is as it was.
sed 's/tessera-\(denoise\|interpolate\)/\1/' "$page" | diff - "$source/man/denoise.1"
command -v mandoc >/dev/null || { echo "SKIPPED: there is no mandoc"; exit 77; }
mandoc -T lint -W warning "$page"
