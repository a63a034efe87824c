#!/bin/sh
# SPDX-License-Identifier: MIT
# Help, manual and the completions of three shells list the same options.
. "$(dirname "$0")/../expect.sh"

for program in denoise evaluate fuse inspect interpolate reparam; do
  # The first word of a line that defines options: -s,--scale
  "$bin/$program" --help | grep -E '^  -' | awk '{ print $1 }' | tr ',' '\n' | sort -u >help-options
  # Likewise in the manual: .It Fl s , Fl -scale
  grep '^\.It Fl' "$source_dir/man/$program.1" | grep -oE 'Fl [-a-zA-Z0-9]+' |
    sed 's/^Fl /-/' | sort -u >man-options
  diff help-options man-options >difference || fail "$program: $(cat difference)"
  # bash: every option is a word of one list; zsh: '*--scale=[help]...'; fish: -s s -l scale.
  "$bin/$program" --completion bash | sed -n "s/.*compgen -W '\([^']*--help[^']*\)' -- .*/\1/p" |
    tr ' ' '\n' | sort -u >bash-options
  "$bin/$program" --completion zsh | sed -n "s/^  '\*\(-[-a-zA-Z0-9]*\).*/\1/p" |
    sort -u >zsh-options
  "$bin/$program" --completion fish | grep '^complete' | sed "s/ -d .*//" |
    grep -oE -e '-[sl] [-a-zA-Z0-9]+' | sed -e 's/^-s /-/' -e 's/^-l /--/' | sort -u >fish-options
  for shell in bash zsh fish; do
    diff help-options $shell-options >difference || fail "$program, $shell: $(cat difference)"
  done
  [ "$(wc -l <man-options)" -ge 6 ] || fail "$program: the lists are too short to be true"
  ! "$bin/$program" --help | grep -E '(INT|UINT|FLOAT|TEXT)([: =]|$)' >kinds ||
    fail "$program --help names a type of C++: $(cat kinds)"
done
finish
