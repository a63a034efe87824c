#!/bin/sh
# SPDX-License-Identifier: MIT
# evaluate on files and on degradations of its own: pairs by name, every figure with its protocol.
. "$(dirname "$0")/../expect.sh"

# Originals of three kinds, one in a folder of the folder; restored: a little off.
mkdir -p ref/deep out/deep same/deep
"$tool" make u8 3 0 40 30 ref/a.png
"$tool" make u8 3 0 31 33 ref/b.png
"$tool" make u8 3 0 50 20 ref/deep/c.png
mkdir deep
for name in a b deep/c; do
  "$tool" mosaic RGGB "ref/$name.png" "$name-mosaic.png"
  expect_status 0 "$interpolate" --cfa RGGB --method malvar "$name-mosaic.png" -o "out/$name.tif"
  cp "ref/$name.png" "same/$name.png"
done

# Folders, other suffixes: figures, protocol, means.
expect_status 0 "$evaluate" ref out --per-image
expect_stdout '^out +3 ' '^deep/c +out ' 'channels rgb, border 0, range 0 to the white of each file' \
  'SSIM Gaussian 11x11 sigma 1.5, valid region'
cp "$tmp/stdout" whole.txt
expect_status 0 "$evaluate" ref out --channel y --border 4
expect_stdout 'channels y, border 4'
expect_status 0 "$evaluate" ref/a.png out/a.tif
expect_status 0 "$evaluate" ref same
expect_stdout '^same +3 +inf '
expect_status 0 "$evaluate" ref same out -f json
expect_stdout '"identical": true' '"psnr_db": null' '"first": "same"'
expect_status 0 "$evaluate" ref out -f markdown -o figures.md
cp out/a.tif 'a|<i>&.tif'
expect_status 0 "$evaluate" ref/a.png 'a|<i>&.tif' -f markdown
expect_stdout 'a\\[|]&lt;i>&amp;[.]tif'
cp ref/a.png '*b* `c` [d](e).png'
expect_status 0 "$evaluate" ref/a.png '*b* `c` [d](e).png' -f markdown
expect_stdout '\\[*]b\\[*] \\[`]c\\[`] \\[[]d[]][(]e[)][.]png'
# A file is what its name says, and nothing else.
for suffix in csv json md tsv; do
  case $suffix in md) format=markdown ;; *) format=$suffix ;; esac
  expect_status 0 "$evaluate" ref out -o named.$suffix
  expect_status 0 "$evaluate" ref out -f $format -o named
  [ "$(head -c 20 named.$suffix)" = "$(head -c 20 named)" ] || fail "named.$suffix is no $format"
  expect_status 0 "$evaluate" ref out -f $format -o named.$suffix
  expect_status 2 "$evaluate" ref out -f text -o other.$suffix
  expect_stderr "^evaluate: other.$suffix: this name says $suffix, --format says text \\(leave out"
  expect_no_file other.$suffix
done
expect_status 2 "$evaluate" ref out -f json -o upper.CSV
expect_stderr 'this name says csv'
expect_status 0 "$evaluate" ref out -o upper.CSV
cmp -s named.csv upper.CSV || fail 'a suffix in capitals says something else'
expect_status 0 "$evaluate" ref out -f csv -o figures.txt
expect_file figures.md
[ ! -s "$tmp/stdout" ] || fail "-o leaves something on stdout"

# One picture has no interval; grey is compared with colour by luma only, and the cause is named.
expect_status 0 "$evaluate" ref/a.png out/a.tif
expect_stdout '^out/a.tif +1 +[0-9.]+ +- '
"$tool" make u8 1 0 40 30 grey.png
expect_status 1 "$evaluate" ref/a.png grey.png
expect_stderr 'grey.png: channels differ: reference 3, restored 1 \(--channel y or grey compares'
expect_status 0 "$evaluate" ref/a.png grey.png --channel y

# What was measured and cannot be saved is a failure.
mkdir blocked && touch blocked/out blocked/menon
expect_status 1 "$evaluate" ref out --diff blocked
expect_stderr 'blocked/out' 'done 0, skipped 0, failed 3'
expect_stdout '^out +3 '
expect_status 1 "$evaluate" ref/deep --task demosaic --method menon --save blocked
expect_stderr 'blocked/menon'

# Samples that are no numbers: the file that holds them is named, once.
{
  printf 'Pf\n12 12\n-1.0\n'
  i=0
  while [ $i -lt 144 ]; do printf '\000\000\000\077' && i=$((i + 1)); done
} >half.pfm
{
  printf 'Pf\n12 12\n-1.0\n\000\000\300\177'
  tail -c 572 half.pfm
} >nan.pfm
for pair in 'nan.pfm half.pfm' 'half.pfm nan.pfm'; do
  # shellcheck disable=SC2086
  expect_status 1 "$evaluate" $pair
  expect_one_line
  expect_stderr '^evaluate: nan.pfm: holds samples that are not finite numbers'
done
mkdir of-nan by-one by-two
cp nan.pfm of-nan/a.pfm
cp half.pfm by-one/a.pfm
cp half.pfm by-two/a.pfm
expect_status 1 "$evaluate" of-nan by-one by-two
expect_one_line
expect_stderr '^evaluate: of-nan/a.pfm: holds'
expect_status 1 "$evaluate" of-nan --task denoise --method nlm --sigma 5,10
expect_one_line
expect_stderr '^evaluate: of-nan/a.pfm: '

# Folders without pictures are named.
mkdir bare
expect_status 4 "$evaluate" bare out
expect_one_line
expect_stderr 'bare: no picture in the folder and its folders'
expect_status 4 "$evaluate" ref bare
expect_one_line
expect_stderr 'bare: no picture in the folder and its folders'

# A file that is missing is named and changes no other figure; one too many is named.
rm out/b.tif
expect_status 1 "$evaluate" ref out --per-image
expect_stderr 'ref/b.png: no picture of this name in out' 'done 2, skipped 0, failed 1'
for name in a deep/c; do
  grep "^$name " whole.txt >expected
  grep "^$name " "$tmp/stdout" | cmp -s - expected || fail "the figures of $name changed"
done
expect_status 0 "$evaluate" ref out --allow-missing
expect_stderr 'ref/b.png: no picture'
mv out/a.tif out/other.tif
expect_status 1 "$evaluate" ref out
expect_stderr 'out/other.tif: no original of this name'
mv out/other.tif out/a.tif

# A name with a comma and a newline is one field of CSV, quoted.
mkdir names names-out
odd='one, two
three'
cp ref/a.png "names/$odd.png"
cp out/a.tif "names-out/$odd.tif"
expect_status 0 "$evaluate" names names-out -f csv
expect_stdout '^row,method,sigma,image,psnr_db' 'image,names-out,0,"one, two$' '^three",[0-9.]+,'
expect_status 0 "$evaluate" names names-out -f tsv
expect_stdout 'one, two\\nthree	[0-9.]+	'
[ "$(wc -l <"$tmp/stdout")" -eq 3 ] || fail "TSV has other than three lines"

# Bad input: one line with file and cause, right status, and the others are measured.
"$tool" make u8 3 0 40 31 out/a.tif
expect_status 1 "$evaluate" ref out --allow-missing
expect_stderr 'out/a.tif: sizes differ: reference 40x30 with 3 channels, restored 40x31'
head -c 300 ref/a.png >out/a.tif
expect_status 1 "$evaluate" ref out --allow-missing
expect_stderr 'out/a.tif: '
expect_stdout '^out +1 '
rm out/a.tif
cp ref/a.png out/a.png
cp ref/a.png out/a.bmp
expect_status 2 "$evaluate" ref out
expect_stderr 'two pictures of one name: out/a.(bmp|png) and out/a.(bmp|png)'
rm out/a.bmp
mkdir empty
expect_status 4 "$evaluate" ref empty
expect_status 4 "$evaluate" --task demosaic --method menon empty
expect_status 1 "$evaluate" ref no-such-folder
expect_stderr 'no-such-folder: there is no such file'
for arguments in 'ref' '' 'ref out --channel cmyk' 'ref out --border -1' 'ref out --border 1.5' \
    'ref out --range 0' 'ref out --alpha x' 'ref out -f xml' 'ref out --method menon' \
    'ref out --sigma 5' 'ref out --save x' 'ref out out' 'ref --task demosaic' \
    'ref --task sharpen --method menon' 'ref --task demosaic --method bicubic' \
    'ref --task demosaic --method nearest' 'ref --task demosaic --method menon --sigma -1' \
    'ref --task demosaic --method menon --sigma abc' 'ref --task demosaic --method menon,,malvar' \
    'ref --task demosaic --method menon --sigma 5,5' 'ref --task inpaint --method tv --missing 2' \
    'ref --task inpaint --method tv --missing 1' 'ref --task denoise --method nlm --sigma 256' \
    'ref --task denoise --method nlm --sigma 5 --told-sigma 256' \
    'ref --task demosaic --method menon,menon' 'ref out --min-psnr high' 'ref out --html-quality 0'; do
  # shellcheck disable=SC2086
  expect_status 2 "$evaluate" $arguments
  expect_one_line
  expect_stderr '^evaluate: '
done
# Before the work, too: folders that cannot be.
for option in --diff --save; do
  expect_status 1 "$evaluate" ref --task demosaic --method menon $option ref/a.png
  expect_stderr '^evaluate: ref/a.png: cannot write here \(ref/a.png is not a folder\)'
done
# What nobody would listen to is refused.
for option in -x '--seed 1' '--missing 0.5' '--told-sigma 5' '--cfa BGGR' --noise-shift; do
  # shellcheck disable=SC2086
  expect_status 2 "$evaluate" ref out $option
  expect_one_line
  expect_stderr '^evaluate: --[a-z-]+ needs --task: files are compared as they are'
done
for arguments in '--task demosaic --method menon --missing 0.5' '--task denoise --method nlm --cfa RGGB' \
    '--task upscale2 --method bicubic --missing 0.5'; do
  # shellcheck disable=SC2086
  expect_status 2 "$evaluate" ref $arguments
  expect_one_line
  expect_stderr '^evaluate: --[a-z]+ belongs to --task (inpaint|demosaic)$'
done
# Only figures go to stdout.
for option in --html --diff --save; do
  expect_status 2 "$evaluate" ref --task demosaic --method menon $option -
  expect_one_line
  expect_stderr "^evaluate: $option: only figures go to stdout"
  expect_no_file ./-
done
expect_status 3 "$evaluate" ref --task demosaic -n no-such-model
expect_status 1 "$evaluate" ref out --border 20 --allow-missing
expect_stderr 'too small'

# The even enlargement of an odd original is cropped, and a line says so.
mkdir small large odd
cp ref/b.png odd/b.png
"$tool" decimate odd/b.png small/b.png
expect_status 0 "$interpolate" --scale 2 --method bicubic small -o large
expect_status 0 "$evaluate" odd large -v
expect_stderr 'even enlargement 32x34 of an odd original cropped to 31x33'
sed -n 's/^large *1 *\([0-9.]*\) .*/\1/p' "$tmp/stdout" >by-files
expect_status 0 "$evaluate" --task upscale2 --method bicubic odd
expect_stderr 'even enlargement of an odd original was cropped'
sed -n 's/^bicubic *1 *\([0-9.]*\) .*/\1/p' "$tmp/stdout" | cmp -s - by-files ||
  fail "by task $(cat "$tmp/stdout"), by files $(cat by-files)"
[ -s by-files ] || fail "no figure of the enlargement"

# Models and methods in one run; what is saved scores the same on files.
tiny_model mixture_bayer_18x22 tiny.safetensors
tiny_model mixture_mask_18x22 fill.safetensors
expect_status 0 "$evaluate" --task demosaic -n ./tiny.safetensors --method menon,malvar ref \
  --save saved --diff diff -f csv
expect_stdout 'mean,menon,0,' 'mean,./tiny.safetensors,0,' 'mean,malvar,0,'
expect_file saved/observed/a.png saved/menon/deep/c.png saved/tiny.safetensors/b.png diff/malvar/a.png
sed -n 's/^mean,menon,0,,\([0-9.]*\),.*/\1/p' "$tmp/stdout" >by-task
expect_status 0 "$evaluate" ref saved/menon -f csv
sed -n 's/^mean,saved.menon,0,,\([0-9.]*\),.*/\1/p' "$tmp/stdout" | cmp -s - by-task ||
  fail "saved pictures score $(cat "$tmp/stdout"), not $(cat by-task)"
expect_status 2 "$evaluate" --task demosaic --method menon ref --save saved
expect_stderr 'saved/menon/a.png: the output exists'
expect_status 0 "$evaluate" --task demosaic --method menon ref --save saved --overwrite
expect_status 3 "$evaluate" --task demosaic -n ./fill.safetensors ref
expect_status 0 "$evaluate" --task inpaint -n ./fill.safetensors --method bilinear ref --missing 0.5 --save holes
expect_stdout '50 % of the pixels missing'
expect_file holes/mask/a.png
expect_status 0 "$evaluate" --task demosaic --method menon,bilinear ref --noise-shift
expect_stdout 'What noise costs' 'change at 20' 'noise sigma 0, 5, 10, 20 of 255'
cp "$tmp/stdout" first
expect_status 0 "$evaluate" --task demosaic --method menon,bilinear ref --noise-shift -j 1 -t 16
sed -n '/What noise/,/^$/p' first >first-table
sed -n '/What noise/,/^$/p' "$tmp/stdout" | cmp -s - first-table || fail "two runs differ"
# Noise is added, and a denoiser is told how much, or something else.
expect_status 0 "$evaluate" --task denoise --method nlm ref/deep
expect_stdout 'noise sigma 15, 25, 50 of 255, not clipped' '^nlm +15 ' '^nlm +50 '
expect_status 0 "$evaluate" --task denoise --method nlm --sigma 20 ref/deep -f csv
sed -n 's/^mean,nlm,20,,\([0-9.]*\),.*/\1/p' "$tmp/stdout" >told-right
expect_status 0 "$evaluate" --task denoise --method nlm --sigma 20 --told-sigma 2 ref/deep -f csv
sed -n 's/^mean,nlm,20,,\([0-9.]*\),.*/\1/p' "$tmp/stdout" >told-wrong
[ "$(sort -g told-right told-wrong | tail -n 1)" = "$(cat told-right)" ] ||
  fail "told 20: $(cat told-right) dB, told 2: $(cat told-wrong) dB"
if cmp -s told-right told-wrong; then fail "nobody listens to --told-sigma"; fi
# --noise-shift tells denoisers 25, unless something else is asked for.
for told in '' '--told-sigma 25'; do
  # shellcheck disable=SC2086
  expect_status 0 "$evaluate" --task denoise --method nlm --sigma 5,40 --noise-shift $told ref/deep
  sed -n '/What noise/,/^$/p' "$tmp/stdout" >"shift$told"
done
cmp -s shift 'shift--told-sigma 25' || fail "--noise-shift tells another sigma than 25"
expect_status 2 "$evaluate" --task denoise --method menon ref/deep
expect_stderr 'no method "menon" for the task denoise; expected nlm'
expect_status 3 "$evaluate" --task denoise -n ./tiny.safetensors ref/deep
"$tool" make u8 1 0 40 30 ref/grey.png
expect_status 1 "$evaluate" --task demosaic --method menon,malvar ref
expect_stderr 'ref/grey.png: ' 'done 3, skipped 0, failed 1'
[ "$(grep -c grey "$err")" -eq 1 ] || fail "one bad original costs more than one line"

# One page that needs nothing beside it.
expect_status 0 "$evaluate" --task demosaic --method menon,malvar --sigma 0,10 ref/deep --html page.html
expect_file page.html
grep -q 'id="m0.1.1"' page.html || fail "a picture is missing in the page"
grep -q 'id="data"' page.html || fail "the figures are missing in the page"
grep -q 'Chart.js' page.html || fail "the plots are missing in the page"
if grep -Eq '(src|href)="?(https?:|//|[a-z]+\.(js|css))' page.html; then fail "the page loads something"; fi
expect_status 2 "$evaluate" --task demosaic --method menon ref/deep --html page.html
expect_stderr 'page.html: the output exists'
expect_status 1 "$evaluate" ref/deep same/deep --html no-such-folder/page.html

# What is compared or restored with is never replaced, --overwrite or not.
mkdir truth menon && cp ref/a.png truth
cp ref/a.png original
cp ref/b.png menon/a.png
cp tiny.safetensors page.safetensors
# kept FILE ARGUMENT...: refused, and the file is as before.
kept() {
  file=$1
  shift
  cp "$file" before
  expect_status 2 "$evaluate" --overwrite "$@"
  expect_one_line
  expect_stderr "^evaluate: (./)?$file: a file that this run reads would be replaced"
  cmp -s "$file" before || fail "$file was replaced"
}
kept original original menon/a.png --html original
kept menon/a.png truth menon --allow-missing --diff .
kept menon/a.png menon --task demosaic --method menon --save .
kept page.safetensors truth --task demosaic -n ./page.safetensors --html page.safetensors
printf 'P3 1 1 255 1 2 3\n' >text.dat
kept text.dat text.dat text.dat -o text.dat
# What was observed is refused like all else that exists.
mkdir seen
expect_status 0 "$evaluate" --task demosaic --method menon truth --save seen
rm -r seen/menon
expect_status 2 "$evaluate" --task demosaic --method menon truth --save seen
expect_stderr 'seen/observed/a.png: the output exists'
finish
