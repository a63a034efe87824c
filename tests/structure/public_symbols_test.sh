#!/bin/sh
# SPDX-License-Identifier: MIT
# The shared library exports the reviewed names of public_symbols.txt and nothing else.
# Usage: public_symbols_test.sh LIBRARY [--update]
set -eu
library=$1
here=$(cd "$(dirname "$0")" && pwd)
found=$(mktemp)
trap 'rm -f "$found"' EXIT

nm -DC --defined-only "$library" | sed 's/^[0-9a-f]* *//' | LC_ALL=C sort -u > "$found"
if [ "${2:-}" = --update ]; then
  cp "$found" "$here/public_symbols.txt"
  exit 0
fi
foreign=$(grep -vE '^[A-Z] (vtable for |typeinfo (name )?for )?tessera::' "$found" || true)
if [ -n "$foreign" ]; then
  printf 'exported, but not of tessera:\n%s\n' "$foreign"
  exit 1
fi
# '<': only in the library; '>': only in the reviewed list. After review: run with --update.
diff "$found" "$here/public_symbols.txt"
