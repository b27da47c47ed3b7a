#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One study on one node, longer than any walltime, on a queue whose jobs may be pre-empted:
#
#   sbatch --partition=spare scripts/slurm/requeue.sh paper results/paper.h5 --runs 100000000
#
# Arguments: STUDY, OUTPUT, options of klaster run.
#
# Two minutes before the walltime klaster is told to stop: it drops the worlds in flight, commits the rest, writes a valid file
# that is marked incomplete, and ends with 143. Then the job is queued again. Pre-emption looks the same from inside, and
# Slurm queues the job itself; where it leaves no time for a file, the journal beside OUTPUT has what was committed.
#SBATCH --job-name=klaster
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
set -u
study=${1:?STUDY OUTPUT [OPTION]...} output=${2:?STUDY OUTPUT [OPTION]...}
shift 2

# Two minutes before the walltime: stop, and half a minute before it queue the job again even where the file is not written
# yet; the journals have what was played.
trap 'scancel --signal=TERM "$SLURM_JOB_ID"; { sleep 90 && scontrol requeue "$SLURM_JOB_ID"; } &' USR1

srun --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" "${KLASTER:-klaster}" run "$study" "$@" --output "$output" \
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
