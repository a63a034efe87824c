# SPDX-License-Identifier: MIT
# Sourced by the tests of samples/gnu-parallel.sh and samples/slurm-array.sh: pictures that take a
# while, and what must hold after half of the tasks were killed and after they were run again.
. "$(dirname "$0")/../expect.sh"
PATH=$bin:$PATH
export PATH
picture_count=24

make_pictures() {
  mkdir in logs
  "$tool" make u16 3 0 1000 800 truth.png
  "$tool" mosaic RGGB truth.png mosaic.png
  i=0
  while [ $i -lt $picture_count ]; do
    i=$((i + 1))
    cp mosaic.png "in/picture $i.png"
  done
}

# wait_until SECONDS COMMAND...: true as soon as the command is.
wait_until() {
  rounds=$(($1 * 10))
  shift
  while [ $rounds -gt 0 ]; do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
    rounds=$((rounds - 1))
  done
  return 1
}

results() { find out -name '[!.]*.png' 2>/dev/null | LC_ALL=C sort; }
some_results() { [ "$(results | wc -l)" -ge 2 ]; }
# Name, inode and time of each result.
identities() { find out -name '[!.]*.png' -printf '%f %i %T@\n' | LC_ALL=C sort; }

# After the killing: what has its name is complete, and not everything is there.
check_interrupted() {
  results >found
  while read -r file; do
    "$tool" info "$file" >/dev/null || fail "$file is not complete"
  done <found
  echo "after the killing: $(wc -l <found) of $picture_count results, all complete"
  [ "$(wc -l <found)" -lt $picture_count ] || fail "nothing was left to do: killed too late"
  identities >before
}

# After the second run: everything is there, what was there was left alone, nothing was made twice.
check_resumed() {
  [ "$(results | wc -l)" -eq $picture_count ] || fail "results: $(results | wc -l)"
  results | while read -r file; do "$tool" info "$file"; done | sort -u >kinds
  [ "$(cat kinds)" = '1000x800 3 u16 opaque' ] || fail "results are $(cat kinds)"
  identities >after
  comm -23 before after >changed
  [ ! -s changed ] || fail "made again: $(cat changed)"
  cat logs/* | sed -n 's/.* -> \(out[^,]*\),.*/\1/p' | sort >made
  [ -z "$(uniq -d made)" ] || fail "made twice: $(uniq -d made)"
  echo "after the second run: $(results | wc -l) results, $(wc -l <before) of them from the first"
}
