#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One study on several nodes by MPI, a rank a socket or so, with threads inside:
#
#   sbatch --nodes=4 --ntasks-per-node=2 --cpus-per-task=16 scripts/slurm/mpi.sh paper results/paper.h5 --runs 10000000
#
# Arguments: STUDY, OUTPUT, options of klaster run. OUTPUT must lie on a file system that all nodes see.
#
# Two minutes before the walltime all ranks are told to stop, the file is written as far as it goes, and the job is queued
# again; it goes on where it was, also with another number of nodes. When a rank is lost the job ends; what was committed
# is in the journals beside OUTPUT, and the next start takes it from there.
#SBATCH --job-name=klaster-mpi
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

# pmix is how Slurm tells Debian's Open MPI who the ranks are. cpus-per-task is not inherited by srun since Slurm 22.05.
srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" \
    "${KLASTER_MPI:-klaster-mpi}" run "$study" "$@" --output "$output" --threads "${SLURM_CPUS_PER_TASK:-1}" --resume &
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
