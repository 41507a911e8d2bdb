#!/bin/bash
# One run in eight shards, each a task of a Slurm job array: sbatch deploy/slurm-array.sh
# For another number set SHARDS and give --array=1-N. Tasks that failed are submitted again alone,
# as --array=3, with the same SHARDS.
# The runs lie on storage that others share, so the cards are sealed to SEAL_TO (age1… or an SSH key)
# and the operator's key SIGN_WITH signs the manifests: docs/scale.md says why. Both must be given.
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
    --seal-to "${SEAL_TO:?is to be the recipient whom the cards are sealed to}" \
    --sign-with "${SIGN_WITH:?is to be the file of the key that signs the manifests}" \
    --jobs "${SLURM_CPUS_PER_TASK:-1}" \
    "$@"
