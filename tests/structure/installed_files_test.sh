#!/bin/sh
# SPDX-License-Identifier: MIT
# `cmake --install` puts down the reviewed files of installed_files.txt, the models, and nothing else.
# Usage: installed_files_test.sh SOURCE BUILD [--update]
set -eu
source=$1
build=$2
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cmake --install "$build" --prefix "$tmp/prefix" > "$tmp/log"
# The library folder is lib or lib/<architecture>; the version and the build type stand in names.
(cd "$tmp/prefix" && find . -type f -o -type l) | grep -v '^./share/tessera/models/' |
  sed -e 's|^\./||' -e 's|^lib/[^/]*-linux-gnu[^/]*/|lib/|' \
    -e 's|\.so\.[0-9.]*$|.so.VERSION|' -e 's|Targets-[a-z]*\.cmake|Targets-TYPE.cmake|' |
  LC_ALL=C sort -u > "$tmp/found"
if [ "${3:-}" = --update ]; then
  cp "$tmp/found" "$here/installed_files.txt"
  exit 0
fi
# '<': only installed; '>': only in the reviewed list. After review: run with --update.
diff "$tmp/found" "$here/installed_files.txt"

# Every installed header compiles alone, with nothing but the standard library beside it.
for header in "$tmp"/prefix/include/tessera/*.h; do
  printf '#include "tessera/%s"\n' "$(basename "$header")" |
    c++ -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I "$tmp/prefix/include" -x c++ -
done

# Every model of the source tree and its card are there, whole, and nothing beside them; training
# forms stay behind.
models=share/tessera/models
if [ -d "$tmp/prefix/$models" ]; then
  (cd "$tmp/prefix/$models" && find . -type f | LC_ALL=C sort) > "$tmp/installed_models"
else
  : > "$tmp/installed_models"
fi
(cd "$source/models" && find . '(' -name '*.safetensors' -o -name card.md ')' ! -name training.safetensors |
  LC_ALL=C sort) |
  diff "$tmp/installed_models" -
while read -r file; do
  cmp "$source/models/$file" "$tmp/prefix/$models/$file"
done < "$tmp/installed_models"
