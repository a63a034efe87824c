#!/bin/sh
# SPDX-License-Identifier: MIT
#SBATCH --job-name=tessera
#SBATCH --cpus-per-task=1
# Restores many pictures as a Slurm job array: each task takes its part of the files.
# Usage: sbatch --array=1-N samples/slurm-array.sh PROGRAM ARGUMENT...
#
#   sbatch --array=1-64 samples/slurm-array.sh denoise -r photos -o clean --sigma auto
#
# The same line again, after tasks failed or were killed, goes on where they stopped: finished
# results are kept, and a result under way when its task died was never there under its name.
set -eu
first=${SLURM_ARRAY_TASK_MIN:?run this with sbatch --array=1-N}
if [ "$first" -ne 1 ] || [ "$SLURM_ARRAY_TASK_COUNT" -ne "$SLURM_ARRAY_TASK_MAX" ]; then
  # Every task must know the same number of parts.
  echo "slurm-array.sh: the array must be 1-N without gaps" >&2
  exit 2
fi
exec "$@" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
  -j "${SLURM_CPUS_PER_TASK:-1}" --skip-existing
