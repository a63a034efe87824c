#!/bin/sh
# SPDX-License-Identifier: MIT
# clang-format 14 would change nothing. Usage: format_test.sh SOURCE
# To repair: clang-format -i $(git ls-files '*.h' '*.cpp')
set -eu
cd "$1"
command -v clang-format >/dev/null || { echo "SKIPPED: there is no clang-format"; exit 77; }
find lib apps tests samples models/train -name '*.h' -o -name '*.cpp' |
  xargs clang-format --dry-run --Werror
