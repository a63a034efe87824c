#!/bin/sh
# SPDX-License-Identifier: MIT
# Manual pages are free of mistakes that mandoc knows, and every program has one.
# Usage: man_test.sh SOURCE
set -eu
source=$1
status=0
[ -n "$(find "$source/man" -name '*.[0-9]')" ] || { echo "no manual page in man/"; exit 1; }

for program in "$source"/apps/*.cpp; do
  name=$(basename "$program" .cpp)
  grep -q 'int main(' "$program" || continue
  [ -f "$source/man/$name.1" ] || { echo "apps/$name.cpp has no man/$name.1"; status=1; }
done
[ $status -eq 0 ] || exit $status
command -v mandoc >/dev/null || { echo "SKIPPED: there is no mandoc"; exit 77; }
for page in "$source"/man/*.[0-9]; do
  # STYLE messages are matters of taste: mandoc wants dates in the mdoc form, for one.
  mandoc -T lint -W warning "$page" || status=1
done
exit $status
