#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One study on several nodes by MPI, a rank a socket or so, with threads inside:
#
#   sbatch --nodes=4 --ntasks-per-node=2 --cpus-per-task=16 scripts/slurm/mpi.sh paper results/paper.h5 --runs 10000000
#
# Arguments: STUDY, OUTPUT, options of klaster run. OUTPUT must lie on a file system that all nodes see.
#
# A minute before the walltime all ranks are told to stop, the file is written as far as it goes, and the job is queued
# again; it goes on where it was, also with another number of nodes. When a rank is lost the job ends; what was committed
# is in the journals beside OUTPUT, and the next start takes it from there.
#SBATCH --job-name=klaster-mpi
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@60
#SBATCH --requeue
#SBATCH --open-mode=append
set -u
study=${1:?STUDY OUTPUT [OPTION]...} output=${2:?STUDY OUTPUT [OPTION]...}
shift 2

# pmix is how Slurm tells Debian's Open MPI who the ranks are. cpus-per-task is not inherited by srun since Slurm 22.05.
srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" \
    "${KLASTER_MPI:-klaster-mpi}" run "$study" "$@" --output "$output" --threads "${SLURM_CPUS_PER_TASK:-1}" --resume
code=$?

# 143: told to stop, and everything is kept. Not where it was cancelled: such a job does not run any more.
if [ $code -eq 143 ] && [ "$(squeue --noheader --format=%T --jobs="$SLURM_JOB_ID")" = RUNNING ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit $code
