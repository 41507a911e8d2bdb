#!/bin/bash
# One run in eight shards, each a task of a Slurm job array: sbatch deploy/slurm-array.sh
# For another number set SHARDS and give --array=1-N. Tasks that failed are submitted again alone,
# as --array=3, with the same SHARDS.
# A task that is started again resumes its shard (--resume). Set the date, the office and the paths.
#SBATCH --job-name=tokenkaart
#SBATCH --array=1-8
#SBATCH --cpus-per-task=4
#SBATCH --mem=512M
#SBATCH --requeue
#SBATCH --output=tokenkaart-%A-%a.log
set -euo pipefail
umask 077

# All shards need the same date, also those that begin after midnight.
exec "${TOKENKAART:-tokenkaart}" issue "${HOLDERS:-holders.csv}" \
    --out "${RUNS:-.}/shard-$SLURM_ARRAY_TASK_ID" \
    --shard "slurm/${SHARDS:-8}" \
    --resume \
    --date "${DATE:-2026-11-22}" \
    --design letter \
    --office "${OFFICE:-Stad Gent}" \
    --phone "${PHONE:-09 210 10 10}" \
    --jobs "${SLURM_CPUS_PER_TASK:-1}" \
    "$@"
