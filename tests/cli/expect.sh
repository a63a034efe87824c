# SPDX-License-Identifier: MIT
# Sourced by the tests of the folders beside it, which are called with BIN_DIR PICTURE_TOOL SOURCE_DIR.
# Each expectation that fails is told on stdout; the test's status is 1 at the end (finish).
set -u
bin=$1
tool=$2
source_dir=$3
script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
interpolate=$bin/interpolate
evaluate=$bin/evaluate
# For commands that are split into words, whose path may have spaces.
PATH=$bin:$PATH
export PATH
tmp=$(mktemp -d)
# What the shell itself tells goes through a file, in which finish looks for misspelt words.
shell_says=$(mktemp)
exec 9>&2 2>"$shell_says"
clean_up() {
  cat "$shell_says" >&9
  rm -rf "$tmp" "$shell_says"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$tmp" || exit 99
# What the user's environment says must not decide a test.
unset OMP_NUM_THREADS TESSERA_MODEL_PATH
XDG_DATA_HOME=$tmp/no-data
export XDG_DATA_HOME
failures=0
err=$tmp/stderr

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$*"
  if [ -s "$err" ]; then sed 's/^/    stderr: /' "$err"; fi
}

# expect_status STATUS COMMAND...: stdout goes to $tmp/stdout, stderr to $err.
expect_status() {
  expected=$1
  shift
  found=0
  "$@" >"$tmp/stdout" 2>"$err" || found=$?
  [ "$found" -eq "$expected" ] || fail "status $found instead of $expected: $*"
}

# expect_stderr REGEX...: each is found in what the last command told.
expect_stderr() {
  for regex in "$@"; do
    grep -Eq -e "$regex" "$err" || fail "stderr has no '$regex'"
  done
}

# expect_one_line: the last command told exactly one line.
expect_one_line() {
  [ "$(wc -l <"$err")" -eq 1 ] || fail "stderr is not one line"
}

expect_stdout() {
  for regex in "$@"; do
    grep -Eq -e "$regex" "$tmp/stdout" || fail "stdout has no '$regex'"
  done
}

expect_file() { for file in "$@"; do [ -s "$file" ] || fail "no file $file"; done; }
expect_no_file() { for file in "$@"; do [ ! -e "$file" ] || fail "there is a file $file"; done; }
expect_same() { "$tool" same "$1" "$2" || fail "$1 and $2 differ"; }
expect_info() { [ "$("$tool" info "$1")" = "$2" ] || fail "$1 is $("$tool" info "$1"), not $2"; }

# expect_psnr_at_least DB A B
expect_psnr_at_least() {
  found=$("$tool" psnr "$2" "$3")
  awk -v a="$found" -v b="$1" 'BEGIN { exit !(a == "inf" || a + 0 >= b + 0) }' ||
    fail "PSNR $found under $1: $2 $3"
}

# expect_psnr_under DB A B: they differ, by so much at least.
expect_psnr_under() {
  found=$("$tool" psnr "$2" "$3")
  awk -v a="$found" -v b="$1" 'BEGIN { exit !(a ~ /^[0-9]/ && a + 0 < b + 0) }' ||
    fail "PSNR '$found' not under $1: $2 $3"
}

# expect_only FOLDER NAME...: the folder holds just these, hidden files included (in order).
expect_only() {
  folder=$1
  shift
  found=$(ls -A "$folder" | LC_ALL=C sort | tr '\n' ' ')
  expected=
  for name in "$@"; do expected="$expected$name "; done
  [ "$found" = "$expected" ] || fail "$folder holds: $found"
}

# skip REASON: nothing is checked, and ctest says so (SKIP_RETURN_CODE).
skip() {
  printf 'SKIPPED: %s\n' "$*"
  exit 77
}

# A misspelt expectation would pass. The first look also finds those that were not come to.
require_known_words() {
  for word in $(grep -o 'expect_[a-z_]*' "$script" | sort -u); do
    command -v "$word" >/dev/null || fail "there is no expectation called $word"
  done
  ! grep -F "$0: " "$shell_says" | grep 'not found$' || fail "words that are no command"
}

finish() {
  require_known_words
  [ "$failures" -eq 0 ] || { echo "$failures expectations failed"; exit 1; }
  exit 0
}

tiny_model() { "$tool" model "$1" "$2" || fail "cannot make the model $1"; }
