# SPDX-License-Identifier: MIT
# Sourced by interruption_test.sh and temporary_names_test.sh: nine mosaics, and runs that are
# interrupted.
. "$(dirname "$0")/../expect.sh"

"$tool" make u16 3 0 900 700 truth.png
"$tool" mosaic RGGB truth.png mosaic.png
mkdir in
for name in 1 2 3 4 5 6 7 8 9; do cp mosaic.png in/$name.png; done

menon="interpolate --cfa RGGB --method menon --png-level 9"
as_usual() { exec "$@"; }

# interrupt WAY SIGNAL DELAY: into the folder out, which is new. All nine pictures take longer than
# the shorter delays; where they are done the signal came too late.
interrupt() {
  rm -rf out
  found=0
  case $2 in HUP) expected=129 ;; INT) expected=130 ;; KILL) expected=137 ;; TERM) expected=143 ;; esac
  # timeout sends the signal; a shell in the background would make the child ignore INT.
  # shellcheck disable=SC2086
  ("$1" timeout --preserve-status -s "$2" "$3" $menon in -o out -j 2) 2>"$err" || found=$?
  if [ "$found" -eq 0 ] && [ "$3" = 0.4 ]; then
    [ "$("$tool" readable out)" = 9 ] || fail "$*: status 0 without all results"
  else
    [ "$found" -eq "$expected" ] || fail "$*: status $found instead of $expected"
  fi
  for file in out/[1-9].png; do
    [ ! -e "$file" ] || "$tool" info "$file" >/dev/null || fail "$*: half of $file"
  done
}
left_in_out() { [ ! -d out ] || find out -type f ! -name '[1-9].png'; }
