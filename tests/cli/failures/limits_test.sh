#!/bin/sh
# SPDX-License-Identifier: MIT
# What the machine has not: memory, patience for bombs. Status, message, folder.
. "$(dirname "$0")/../expect.sh"
"$tool" make u16 3 0 900 700 large.png
run() { "$interpolate" --scale 2 --method bicubic "$@"; }

# Pictures that promise more than they hold, or more than is allowed: at once, without the memory.
printf 'P5 65000 65000 255\n' >bomb.pgm
printf 'P5 100000000 100000000 255\n' >absurd.pgm
for bomb in bomb.pgm absurd.pgm; do
  (ulimit -v 1000000; run $bomb -o out.png 2>"$err"; echo $? >status)
  case $(cat status) in 1 | 6) ;; *) fail "$bomb: status $(cat status)" ;; esac
  expect_one_line
  expect_stderr "^interpolate: $bomb: "
  expect_no_file out.png
done
expect_status 6 run large.png -o out.png --max-pixels 100K
expect_status 6 run large.png -o out.png --max-pixels 100K --dry-run
expect_stderr 'large.png: .*630000 pixels|large.png: .*900x700'
# A plan ends as the run would: here one file can be done.
"$tool" make u8 3 0 20 16 small.png
for plan in --dry-run ''; do
  expect_status 1 run large.png small.png -o both --max-pixels 100K $plan
done
expect_status 6 run large.png -o out.png --max-memory 1K
expect_stderr "needs [0-9]+ [KM]B of memory, 1 KB are allowed"
expect_no_file out.png

# What the format of the result cannot hold is refused before the work, for which there is no memory.
"$tool" make u8 3 1 60 40 alpha.png
"$tool" constant u8 3 77 9000 2 wide.png
"$tool" constant u8 1 77 2 32760 high.png
for case in 'large.png jpg holds no 16-bit samples' 'large.png webp holds no 16-bit samples' \
    'alpha.png jpg holds no alpha' 'alpha.png pnm holds no alpha' \
    'wide.png webp holds at most 16383 pixels on a side, the picture is 18000x4' \
    'high.png jpg holds at most 65500 pixels on a side, the picture is 4x65520'; do
  # shellcheck disable=SC2086
  set -- $case
  input=$1 format=$2
  shift 2
  expect_status 1 run "$input" -o "out.$format" --max-memory 1K
  expect_one_line
  expect_stderr "^interpolate: out.$format: .* $*"
  expect_status 1 run - -o - -f "$format" --max-memory 1K <"$input"
  expect_stderr "^interpolate: stdout: .* $*"
  [ "$input" = alpha.png ] || {
    expect_status 1 run "$input" -o "out.$format" --dry-run
    expect_stderr "^interpolate: out.$format: .* $*"
  }
  expect_no_file "out.$format"
done
expect_status 0 run large.png --depth 8 -o out.jpg
expect_status 0 run alpha.png --background white -o out.jpg
expect_status 0 run wide.png -o out.jpg

# What can never be held, whatever the pictures, is wrong usage, and no work.
expect_never() {
  reason=$1
  shift
  expect_status 2 run "$@"
  expect_one_line
  expect_stderr "^interpolate: $reason"
  expect_no_file never
}
mkdir deep && cp alpha.png deep/a.png && cp large.png deep/b.png
for case in '16 jpg JPEG.holds.no.16-bit.samples.\(give.--depth.8,.or.write.png.or.tiff\)' \
    '16 webp WebP.holds.no.16-bit.samples.\(give.--depth.8,' \
    'float webp WebP.holds.no.float.samples.\(give.--depth.8,.or.write.tiff.or.pfm\)' \
    'float png PNG.holds.no.float.samples.\(give.--depth.16,' \
    'float pnm PNM.holds.no.float.samples.\(give.--depth.16,' \
    '8 pfm PFM.holds.only.float.samples.\(give.--depth.float,.or.write.png.or.tiff\)' \
    '16 pfm PFM.holds.only.float.samples.\(give.--depth.float,'; do
  # shellcheck disable=SC2086
  set -- $case
  expect_never "--depth $1: $3" deep -o never -f "$2" --depth "$1"
  expect_never "--depth $1: $3" deep -o never -f "$2" --depth "$1" --dry-run
  expect_never "--depth $1: $3" - -o - -f "$2" --depth "$1" <alpha.png
  expect_status 2 run large.png -o "never.$2" --depth "$1"
  expect_stderr "^interpolate: --depth $1: $3"
  expect_no_file "never.$2"
done
# Without a format, each file has its own say.
cp out.jpg deep/c.jpg
expect_status 1 run deep -o mixed --depth 16
expect_stderr 'mixed/c.jpg: JPEG holds no 16-bit samples'
expect_only mixed a.png b.png
rm out.jpg
# The remedy that is told is one.
for case in 'large.png pfm float' 'wide.png pfm float' 'large.png jpg 8' 'real.tif webp 8' \
    'real.tif jpg 8' 'real.tif png 16' 'real.tif pnm 16'; do
  # shellcheck disable=SC2086
  set -- $case
  [ -f real.tif ] || "$tool" make f32 3 0 30 20 real.tif
  expect_status 1 run "$1" -o "remedy.$2"
  expect_one_line
  expect_stderr "^interpolate: remedy.$2: .*\\(give --depth $3, or write "
  expect_status 0 run "$1" -o "remedy.$2" --depth "$3"
done

# Less and less address space: the result or a refusal, never a crash or half a file.
refused=0
for kilobytes in 40000 80000 120000 160000 200000 300000 400000 600000 1000000; do
  rm -f out.png
  (ulimit -v $kilobytes; run large.png -o out.png -j 1 >"$tmp/stdout" 2>"$err"; echo $? >status)
  case $(cat status) in
    0) "$tool" info out.png >/dev/null || fail "$kilobytes KB: half a file" ;;
    1 | 6) refused=$((refused + 1)); expect_no_file out.png; expect_stderr '^interpolate: ' ;;
    # The dynamic linker's own end when not even the libraries fit.
    127) expect_no_file out.png ;;
    *) fail "$kilobytes KB: status $(cat status)" ;;
  esac
  [ -z "$(find . -name '.tessera*')" ] || fail "$kilobytes KB: a temporary file is left"
done
[ "$(cat status)" -eq 0 ] || fail "a gigabyte is not enough"
[ "$refused" -gt 0 ] || fail "nothing was refused, however little there was"
finish
