#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands of README.md work. Blocks fenced as ```sh are run, in order, in one shell that stops
# at the first failure, in a scratch folder where samples/ and models/ are links and the built
# programs are on PATH. Blocks fenced as ```console are shown only: they need the network, root or hours (set-up and
# training); tests/run.sh is the first of them. The ```cpp block must be samples/library_example.cpp.
# Usage: readme_commands_test.sh SOURCE BUILD
set -eu
source=$1
build=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# block LANGUAGE FILE: the text of all blocks of one language.
block() {
  awk -v fence="\`\`\`$1" '$0 == "```" { inside = 0 } inside { print } $0 == fence { inside = 1 }' "$2"
}

block sh "$source/README.md" > "$tmp/commands"
grep -q '^interpolate ' "$tmp/commands" || { echo "README.md runs no interpolate"; exit 1; }
if grep -nE '(^|[ /])(apt-get|sudo|quickstart\.sh|run\.sh)' "$tmp/commands"; then
  echo "README.md: set-up belongs in a console block"
  exit 1
fi
block cpp "$source/README.md" > "$tmp/example.cpp"
if ! grep -v '^// SPDX' "$source/samples/library_example.cpp" | diff - "$tmp/example.cpp"; then
  echo "README.md: the cpp block differs from samples/library_example.cpp"
  exit 1
fi

# Every file that a link or picture of README.md names exists.
grep -oE '\]\([^)#: ]+\)' "$source/README.md" | sed -e 's/^](//' -e 's/)$//' | while read -r link; do
  [ -e "$source/$link" ] || { echo "README.md links to $link, which does not exist"; exit 1; }
done

mkdir "$tmp/work"
ln -s "$source/samples" "$source/models" "$tmp/work/"
cd "$tmp/work"
export PATH="$build/apps:$PATH"
# A build folder may lie anywhere; that build/ finds the models by itself is quickstart.sh's to show.
export TESSERA_MODEL_PATH="$source/models"
bash -eux "$tmp/commands"
