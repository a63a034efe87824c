#!/bin/sh
# SPDX-License-Identifier: MIT
# A locale with a decimal comma, and one whose I has another lower case, change nothing.
. "$(dirname "$0")/../expect.sh"
command -v localedef >/dev/null || skip "there is no localedef"
mkdir locales
localedef -i de_DE -f UTF-8 locales/de_DE.UTF-8 2>/dev/null &&
  localedef -i tr_TR -f UTF-8 locales/tr_TR.UTF-8 2>/dev/null ||
  skip "locales cannot be built here (package locales)"
LOCPATH=$tmp/locales
export LOCPATH
"$tool" make u8 3 0 40 30 a.png
mkdir ref out && cp a.png ref/a.png
expect_status 0 "$bin/denoise" a.png --sigma 12.5 --method nlm -o out/a.png
expect_status 0 "$evaluate" ref out -f csv
cp "$tmp/stdout" figures.csv
for LC_ALL in de_DE.UTF-8 tr_TR.UTF-8; do
  export LC_ALL
  # The locale is in force: awk and printf of the shell know its comma.
  [ "$(printf '%.1f' 1 2>/dev/null)" = 1,0 ] || [ "$(env printf %.1f 1)" = 1,0 ] || fail "$LC_ALL is not in force"
  expect_status 0 "$bin/denoise" a.png --sigma 12.5 --method nlm -o b.png -v
  expect_stderr ', [0-9]+\.[0-9]+ s'
  cmp -s out/a.png b.png || fail "$LC_ALL changes pixels"
  expect_status 2 "$bin/denoise" a.png --sigma 12,5 --method nlm -o c.png
  expect_status 0 "$evaluate" ref out -f csv
  cmp -s figures.csv "$tmp/stdout" || fail "$LC_ALL changes figures"
  expect_status 0 "$bin/denoise" a.png --sigma 5 --method nlm -o upper.TIF
  expect_status 0 "$bin/denoise" a.png --sigma 5 --method nlm -o upper.PNG --report report.json
  grep -Eq '"seconds": [0-9]+\.[0-9]' report.json || fail "$LC_ALL changes the report"
done
finish
