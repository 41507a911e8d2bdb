#!/bin/bash
# One run in eight shards, each a task of a Slurm job array: sbatch deploy/slurm-array.sh
# A task that is started again goes on with its shard (--resume). Set the date, the office and the paths.
#SBATCH --job-name=tokenkaart
#SBATCH --array=1-8
#SBATCH --cpus-per-task=4
#SBATCH --mem=512M
#SBATCH --requeue
#SBATCH --output=tokenkaart-%A-%a.log
# Never submit a part of the array (--array=3): count and number come from the array, so it would
# be another shard, in the worst case all holders. Submit the whole array again instead.
set -euo pipefail
umask 077

# All shards need the same date, also those that begin after midnight.
exec "${TOKENKAART:-tokenkaart}" issue "${HOLDERS:-holders.csv}" \
    --out "${RUNS:-.}/shard-$SLURM_ARRAY_TASK_ID" \
    --shard slurm \
    --resume \
    --date "${DATE:-2026-11-22}" \
    --design letter \
    --office "${OFFICE:-Stad Gent}" \
    --phone "${PHONE:-09 210 10 10}" \
    --jobs "${SLURM_CPUS_PER_TASK:-1}" \
    "$@"
