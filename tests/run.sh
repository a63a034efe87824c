#!/bin/sh
# SPDX-License-Identifier: MIT
# All tests on a fresh Debian 12 machine: installs what is missing, builds with tests/dev.cmake and
# runs ctest; then builds the tests that meet hostile input again with address and undefined
# behaviour sanitizers and runs those. Stops at the first failing step with its status.
# Usage: tests/run.sh      builds into build-tests/ and build-sanitized/
set -eu
cd "$(dirname "$0")/.."

samples/install_packages.sh
jobs=$(nproc)

# step TEXT COMMAND...: says what runs, and how long it took.
step() {
  text=$1
  shift
  printf '== %s\n' "$text"
  start=$(date +%s)
  "$@" || {
    status=$?
    printf '== FAILED (%s): %s\n' "$status" "$text"
    exit "$status"
  }
  printf '== %s: %s s\n' "$text" "$(($(date +%s) - start))"
}

step 'configure' cmake -C tests/dev.cmake -G Ninja -S . -B build-tests
step 'build' cmake --build build-tests -j "$jobs"
step 'tests' ctest --test-dir build-tests -j "$jobs" --output-on-failure --no-tests=error

# Files from strangers reach these floors, but graph, which keeps rows of images in rings.
# -O1: the sanitizers' own checks outweigh the optimiser.
# Each executable runs once, not once for each case: starting it takes longer than most cases.
floors='base tensor checkpoint image observation graph model'
corpora='checkpoint image raw options'
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
export LSAN_OPTIONS="suppressions=$PWD/tests/leaks.supp:print_suppressions=0"
export UBSAN_OPTIONS=print_stacktrace=1
step 'configure with sanitizers' cmake -C tests/dev.cmake -G Ninja -S . -B build-sanitized \
  -DTESSERA_SANITIZE=address,undefined -DCMAKE_CXX_FLAGS_RELWITHDEBINFO='-O1 -g1'
# shellcheck disable=SC2046  # several targets on purpose
step 'build with sanitizers' cmake --build build-sanitized -j "$jobs" \
  --target $(printf '%s_tests ' $floors) $(printf '%s_fuzz ' $corpora)
for floor in $floors; do
  step "$floor with sanitizers" "build-sanitized/tests/$floor/${floor}_tests"
done
for kind in $corpora; do
  step "fuzz corpus $kind with sanitizers" "build-sanitized/tests/fuzz/${kind}_fuzz" \
    "tests/fuzz/corpus/$kind"
done
printf '== all passed: ctest above, and with sanitizers: %s\n' "$floors, fuzz corpora"
