#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A job array: task I of N plays shard I/N of a study; no task knows of the others. Then merge.sh joins them:
#
#   job=$(sbatch --parsable --array=1-20 scripts/slurm/array.sh paper results/paper.h5 --runs 1000000)
#   sbatch --dependency=afterok:"$job" scripts/slurm/merge.sh results/paper.h5
#
# Arguments: STUDY, the file that merge.sh will write, options of klaster run. The shards lie beside that file.
#
# Two minutes before the walltime klaster is told to stop, brings to disk what it has, and the task is queued again; so it is
# after a pre-emption or when a node fails. A task goes on where it was, until its shard is whole.
#SBATCH --job-name=klaster
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
set -u
study=${1:?STUDY OUTPUT [OPTION]...} output=${2:?STUDY OUTPUT [OPTION]...}
shift 2
number=$SLURM_ARRAY_TASK_ID all=$SLURM_ARRAY_TASK_MAX

# Two minutes before the walltime: stop, and half a minute before it queue the job again even where the file is not written
# yet; the journals have what was played.
trap 'scancel --signal=TERM "$SLURM_JOB_ID"; { sleep 90 && scontrol requeue "$SLURM_JOB_ID"; } &' USR1

srun --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" "${KLASTER:-klaster}" run "$study" "$@" --shard "$number/$all" --output "${output%.h5}.shard-$number.h5" \
    --threads "${SLURM_CPUS_PER_TASK:-1}" --resume &
step=$!

# Until it has ended; a signal wakes `wait` up before.
while kill -0 $step 2>/dev/null; do wait $step; done
wait $step
code=$?

# 143: told to stop, and all is in the file. Not where the job was cancelled: then it does not run any more.
if [ $code -eq 143 ] && [ "$(squeue --noheader --format=%T --jobs="$SLURM_JOB_ID")" = RUNNING ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit $code
