#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes everything in samples/images but before-after.png, which make_before_after.py makes from
# restored pictures. Needs Debian's povray, python3-numpy and python3-opencv.
set -eu
cd "$(dirname "$0")"
mkdir -p images
povray +Iscene.pov +Oimages/scene.png +W480 +H320 +A0.05 -J +AM2 +R4 +FN8 -D 2> images/povray.log ||
  { cat images/povray.log >&2; exit 1; }
rm images/povray.log
python3 make_chart.py images/chart.png
python3 make_degraded.py images/scene.png
