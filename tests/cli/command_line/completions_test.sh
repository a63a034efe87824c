#!/bin/sh
# SPDX-License-Identifier: MIT
# The completion scripts do in their shells what they are for.
# Usage: completions_test.sh BIN_DIR PICTURE_TOOL SOURCE_DIR SHELL
. "$(dirname "$0")/../expect.sh"
shell=$4
command -v "$shell" >/dev/null || skip "there is no $shell"

PATH=$bin:$PATH
TESSERA_MODEL_PATH=$tmp/models
export PATH TESSERA_MODEL_PATH
mkdir models
tiny_model mixture_bayer_18x22 models/demosaic.safetensors
tiny_model mixture_mask_18x22 models/inpaint.safetensors
touch 'a picture.png'

# offers LINE WORD...: completing LINE offers these words; offers_not: none of them.
offers() {
  line=$1
  shift
  complete_"$shell" "$line" >offered 2>"$err"
  for word in "$@"; do grep -Fqx -e "$word" offered || fail "$shell: '$line' does not offer $word"; done
}
offers_not() {
  line=$1
  shift
  complete_"$shell" "$line" >offered 2>"$err"
  for word in "$@"; do ! grep -Fqx -e "$word" offered || fail "$shell: '$line' offers $word"; done
}

# As the interactive shell would call it: the words of the line, the last one under the cursor.
complete_bash() {
  # shellcheck disable=SC2016  # for the inner shell
  bash -c 'eval "$("$1" --completion bash)"
    line=${2//=/ = }
    read -ra COMP_WORDS <<<"$line"
    case $2 in *" ") COMP_WORDS+=("") ;; esac
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    "_tessera_${1//-/_}" "$1"
    printf "%s\n" "${COMPREPLY[@]}"' complete "${1%% *}" "$1"
}

complete_fish() {
  # Offers stand before a tab and their description.
  # shellcheck disable=SC2016
  HOME=$tmp fish --no-config -c '$argv[1] --completion fish | source
    complete -C $argv[2]' "${1%% *}" "$1" | cut -f 1
}

# Offers of zsh need a terminal; here its parser and the description of the options are looked at.
complete_zsh() {
  # shellcheck disable=SC2016
  zsh -f -c '_arguments() { print -rl -- "$@" }
    compadd() { print -rl -- "$@" }
    _files() { print -rl -- * }
    option=${${(z)2}[-1]}; [[ $2 == *" " ]] || option=
    _arguments() {
      local spec
      for spec in "$@"; do
        [[ $spec == "*"-* ]] || continue
        local name=${${spec#"*"}%%[+=\[]*}
        if [[ $name == $option ]]; then eval "${spec##*: :}"
        elif [[ -z $option ]]; then print -r -- $name; fi
      done
    }
    eval "$("$1" --completion zsh)"' complete "${1%% *}" "$1"
}

offers 'denoise --pr' --preserve --progress --precision --print-model-path
offers 'interpolate --precision ' auto bf16 f32
offers_not 'interpolate --precision ' 'a picture.png' --cfa
offers 'interpolate --cfa ' RGGB BGGR GRBG GBRG
offers 'interpolate -n ' demosaic inpaint
offers 'interpolate --mask ' alpha nan 'a picture.png'
offers 'evaluate --ta' --task
offers 'fuse --method ' auto linear ot match task
offers 'inspect --' --help --completion
offers 'reparam --' --help --completion
[ "$shell" != bash ] || offers 'interpolate --precision=b' bf16
finish
