#!/usr/bin/env bash
# A sweep as a Slurm array job on a shared folder. Each task takes its shard's number and their
# count from SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT; a task that is killed or requeued goes
# on where its journal ends. The array's size is the number of shards.
#   sbatch --array=1-8 scenarios/submit/slurm.sh web.yaml --vary components.worker.tasks=1..64 -o web
#   fleetsim merge web                # when all are done; what is missing is said
#SBATCH --job-name=fleetsim
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -eu
exec "${FLEETSIM:-fleetsim}" sweep "$@" --jobs "${SLURM_CPUS_PER_TASK:-2}" --quiet
