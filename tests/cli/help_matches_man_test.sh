#!/bin/sh
# SPDX-License-Identifier: MIT
# Help and manual list the same options.
. "$(dirname "$0")/expect.sh"

for program in denoise evaluate fuse inspect interpolate reparam; do
  # The first word of a line that defines options: -s,--scale
  "$bin/$program" --help | grep -E '^  -' | awk '{ print $1 }' | tr ',' '\n' | sort -u >help-options
  # Likewise in the manual: .It Fl s , Fl -scale
  grep '^\.It Fl' "$source_dir/man/$program.1" | grep -oE 'Fl [-a-zA-Z0-9]+' |
    sed 's/^Fl /-/' | sort -u >man-options
  diff help-options man-options >difference || fail "$program: $(cat difference)"
  [ "$(wc -l <man-options)" -ge 6 ] || fail "$program: the lists are too short to be true"
done
finish
