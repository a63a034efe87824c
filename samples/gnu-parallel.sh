#!/bin/sh
# SPDX-License-Identifier: MIT
# Restores many pictures with GNU parallel: N processes, each with its part of the files.
# Usage: samples/gnu-parallel.sh N JOBLOG PROGRAM ARGUMENT...
#
#   samples/gnu-parallel.sh 8 clean.log denoise -r photos -o clean --sigma auto
#
# The same line again goes on where the last run stopped, whatever ended it: parts that succeeded
# (JOBLOG says which) are not started, and finished results of the others are kept. The status is
# the number of parts that failed. Several machines that share the files: set PARALLEL to
# "--sshloginfile nodes.txt --workdir .".
set -eu
[ $# -ge 3 ] || { sed -n '3,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
case $1 in
  '' | *[!0-9]* | 0*) echo "gnu-parallel.sh: expected a number of processes from 1 on, found '$1'" >&2; exit 2 ;;
esac
parts=$1
joblog=$2
shift 2
# One thread for each process: as many processes as processors run side by side.
exec parallel --quote --joblog "$joblog" --resume-failed "$@" \
  --shard "{}/$parts" --skip-existing -j 1 ::: $(seq "$parts")
