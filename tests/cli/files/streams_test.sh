#!/bin/sh
# SPDX-License-Identifier: MIT
# Pipes, devices, full disks.
. "$(dirname "$0")/../expect.sh"

tiny_model mixture_bayer_18x22 demosaic.safetensors
"$tool" make u16 3 0 200 150 truth.png
"$tool" mosaic RGGB truth.png mosaic.png
run() { "$interpolate" --cfa RGGB -n "$tmp/demosaic.safetensors" "$@"; }

expect_status 0 run mosaic.png -o file.png
run - -o - -f png <mosaic.png >piped.png 2>"$err" || fail "stdin to stdout"
cmp -s file.png piped.png || fail "a pipe gives other bytes than a file"
cat mosaic.png | run /dev/stdin -o - -f png 2>"$err" | cat >piped.png
cmp -s file.png piped.png || fail "/dev/stdin gives other bytes than a file"
run mosaic.png -o /dev/stdout -f png 2>"$err" | cat >piped.png
cmp -s file.png piped.png || fail "/dev/stdout gives other bytes than a file"
# What is open already is continued where it stands, by whatever name, and in its own mode.
for name in /dev/stdout /dev/fd/1 /proc/self/fd/1 out-link; do
  ln -sf /dev/stdout out-link
  printf HEADERHEADER >appended
  run mosaic.png -o $name -f png 2>"$err" >>appended || fail "appending to $name"
  (printf HEADERHEADER; run mosaic.png -o $name -f png 2>"$err") >continued
  (printf HEADERHEADER; cat file.png) >expected
  cmp -s expected appended || fail "$name: >> does not append"
  cmp -s expected continued || fail "$name does not go on where the output stands"
done
expect_status 1 run mosaic.png -o /dev/fd/77 -f png
expect_stderr '/dev/fd/77: .*[Bb]ad file descriptor'
(cat mosaic.png; printf more) | run - -o file-with-tail.png 2>"$err" || fail "stdin with a tail"
expect_stderr '^interpolate: stdin: warning: 4 bytes after the picture are ignored'
mkfifo fifo
cat mosaic.png >fifo &
expect_status 0 run fifo -o from-fifo.png
cmp -s file.png from-fifo.png || fail "a FIFO gives other bytes than a file"
# Streams are there already, and written all the same.
for policy in --skip-existing --update --overwrite; do
  for name in - /dev/stdout /dev/fd/1; do
    run mosaic.png -o $name -f png $policy 2>"$err" | cat >piped.png
    cmp -s file.png piped.png || fail "$policy leaves out $name"
  done
  cat fifo >piped.png &
  expect_status 0 run mosaic.png -o fifo -f png $policy
  wait $!
  cmp -s file.png piped.png || fail "$policy leaves out a FIFO"
done
# A file called - is a file, and neither stdin nor stdout.
mkdir dash
cp mosaic.png dash/-
cd dash || exit 1
run - -o - -f png --skip-existing <../mosaic.png >out.png 2>"$err" || fail "stdin beside a file -"
cmp -s ../file.png out.png || fail "stdin is not read beside a file -"
run ./- -o - -f png >out.png 2>"$err" || fail "a file - to stdout"
cmp -s ../file.png out.png || fail "a file - is not read"
run ./- -o made.png --report - >report.json 2>"$err" || fail "a report to stdout beside a file -"
cmp -s ../file.png made.png || fail "a file - beside a report on stdout"
cd ..
# Two programs in a row.
run mosaic.png -o - -f png | "$interpolate" - --scale 2 --method bicubic -o chained.png || fail "a chain"
expect_info chained.png '400x300 3 u16 opaque'

# Among other pictures a large one may lack memory at first; a stream cannot be read a second time.
"$tool" make u8 1 1 700 700 large.png
mkdir little
for name in a b c d; do "$tool" make u8 1 1 60 60 little/$name.png; done
"$interpolate" - little/*.png --mask alpha --method bilinear -j 2 --max-memory 24M -o among -f png \
  <large.png 2>"$err" || fail "a large stream among files"
expect_only among a.png b.png c.png d.png stdin.png

expect_status 2 run mosaic.png -o -
expect_stderr 'format'
# A reader that has seen enough ends it quietly.
{ run mosaic.png -o - -f png 2>"$err"; echo $? >status; } | head -c 100 >/dev/null
[ "$(cat status)" -eq 141 ] || fail "status $(cat status) instead of 141 for a closed pipe"
[ ! -s "$err" ] || fail "a closed pipe is complained about"
{ "$interpolate" --help 2>"$err"; echo $? >status; } | true
case $(cat status) in 0 | 141) ;; *) fail "--help into a closed pipe" ;; esac

# evaluate takes one picture from a pipe, on either side; its figures are those of the file.
mkdir ref
cp truth.png ref/a.png
"$interpolate" --cfa RGGB --method malvar mosaic.png -o restored.png || fail "malvar"
# figures OPERAND...: on stdin the restored picture.
figures() { "$evaluate" "$@" -f csv <restored.png 2>"$err" | cut -d , -f 5-14; }
figures ref/a.png restored.png >filed.txt
figures ref/a.png - >piped.txt
[ "$(wc -l <filed.txt)" -eq 3 ] || fail "no figures to compare"
cmp -s filed.txt piped.txt || fail "stdin has other figures than the file"
expect_status 0 "$evaluate" - restored.png <ref/a.png
expect_stdout '^restored.png +1 +[0-9.]+ '
expect_status 0 "$evaluate" - --task demosaic --method malvar --per-image <ref/a.png
expect_stdout '^stdin +malvar '
# stdin is read once, has no name, and is called stdin when something is wrong with it.
for pair in '- -' '- /dev/stdin' '/dev/fd/0 -' 'ref/a.png - -'; do
  # shellcheck disable=SC2086
  expect_status 2 "$evaluate" $pair <ref/a.png
  expect_one_line
  expect_stderr '^evaluate: stdin is given twice and holds one picture \(give'
done
expect_status 2 "$evaluate" - ref <ref/a.png
expect_stderr '^evaluate: stdin has no name to look for in a folder \(give'
expect_status 2 "$evaluate" ref - <ref/a.png
expect_stderr 'ref is a folder and stdin is not'
for operands in '- restored.png' 'ref/a.png -'; do
  # shellcheck disable=SC2086
  expect_status 1 "$evaluate" $operands </dev/null
  expect_stderr '^evaluate: stdin: is empty'
done
expect_no_file ./-

# A full disk.
expect_status 1 run mosaic.png -o /dev/full -f png
expect_stderr 'No space'
run mosaic.png -o - -f png >/dev/full 2>"$err" && fail "a full disk behind stdout is success"
expect_stderr 'No space'
"$interpolate" --help >/dev/full 2>"$err" && fail "--help into a full disk is success"
expect_one_line
expect_stderr '^interpolate: stdout: cannot be written: No space'
"$evaluate" truth.png truth.png >/dev/full 2>"$err" && fail "figures on a full disk are success"
expect_one_line
expect_stderr '^evaluate: stdout: cannot be written: No space'
mkdir small
(ulimit -f 8; run mosaic.png -o small/out.png 2>"$err"; echo $? >status)
[ "$(cat status)" -eq 1 ] || fail "status $(cat status) when the file size limit is met"
expect_only small
echo old >small/out.png
(ulimit -f 8; run mosaic.png -o small/out.png 2>"$err")
[ "$(cat small/out.png)" = old ] || fail "a failed write changed the file that stood there"
expect_only small out.png

# Descriptors that the parent closed receive nothing.
run mosaic.png -o closed.png 2>&- || fail "a closed stderr"
expect_same file.png closed.png

# Pictures beside the inputs are files: stdin is an input's.
tiny_model mixture_mask_18x22 mask.safetensors
for option in "denoise --method nlm -o out.png - --sigma-map" \
    "inspect ./mask.safetensors - --mask" "inspect ./mask.safetensors - --reference"; do
  # shellcheck disable=SC2086
  expect_status 2 $option - </dev/null
  expect_one_line
  expect_stderr "${option##* }: is not read from stdin \\(give a file"
done
finish
