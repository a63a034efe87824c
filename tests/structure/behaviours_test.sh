#!/bin/sh
# SPDX-License-Identifier: MIT
# The table of tests/cli/README.md has its thirty rows, each names a test, and every test it names is
# one of ctest's.
# Usage: behaviours_test.sh SOURCE BUILD
set -eu
source=$1
build=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
table=$source/tests/cli/README.md
status=0

ctest --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$tmp/tests"
[ "$(wc -l <"$tmp/tests")" -gt 100 ] || { echo "ctest lists too few tests"; exit 1; }
row=0
grep -E '^\| [0-9]+ \|' "$table" >"$tmp/rows"
while IFS= read -r line; do
  row=$((row + 1))
  case $line in "| $row |"*) ;; *) echo "row $row is missing: $line"; status=1 ;; esac
  # The last column; names of options in the second one are not tests.
  printf '%s\n' "$line" | sed 's/ |$//; s/.*| //' | grep -oE '`[^`]+`' | tr -d '\140' >"$tmp/named"
  [ -s "$tmp/named" ] || { echo "row $row names no test"; status=1; }
  while IFS= read -r name; do
    grep -Fqx -e "$name" "$tmp/tests" || { echo "row $row: there is no test $name"; status=1; }
  done <"$tmp/named"
done <"$tmp/rows"
[ $row -eq 30 ] || { echo "the table has $row rows, not 30"; status=1; }
exit $status
