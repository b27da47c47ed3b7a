#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The job scripts of scripts/slurm, by a real Slurm of two nodes that is started here and ended after: an array and its
# merge, MPI over both nodes, and jobs that are told to stop, or pre-empted, and queued again. All give the file of one
# process. Skipped where Slurm is not installed (scripts/test --slurm installs it) or the machine does not let it start.
set -euo pipefail
PATH=$PATH:/usr/sbin
for program in slurmctld slurmd sbatch srun munged; do
    command -v "$program" >/dev/null || { echo "no Slurm here: $program is missing" && exit 77; }
done
scripts=$KL_SOURCE_DIR/scripts/slurm
work=$(mktemp -d)
cd "$work"
trap '"$scripts/start-local" --stop "$work/slurm"; cd / && rm -rf "$work"' EXIT
"$scripts/start-local" "$work/slurm" >start.txt 2>&1 || { cat start.txt && echo "Slurm does not start on this machine" && exit 77; }
# shellcheck disable=SC1091 # made just now
. "$work/slurm/environment"
export KLASTER=$KL_PROGRAM KLASTER_MPI=${KL_PROGRAM_MPI-} SBATCH_TIMELIMIT=10
failed=0
bad() {
    echo "$1"
    shift
    [ $# -eq 0 ] || tail -n 30 "$@"
    failed=1
}
same() { # A B WHAT
    h5diff --exclude-path /provenance "$1" "$2" >diff.txt 2>&1 || bad "$3: other numbers" diff.txt
}
state() { scontrol --oneliner show job "$1" | sed -n 's/.* JobState=\([A-Z_]*\) .*/\1/p' | sort -u | paste -sd,; }
restarts() { scontrol --oneliner show job "$1" | sed -n 's/.* Restarts=\([0-9]*\) .*/\1/p'; }

# Until a job (or an array) is in a state, or in another that it will not leave.
await() { # JOB STATE SECONDS
    local i now=
    for ((i = 0; i < $3 * 5; i++)); do
        now=$(state "$1")
        [ "$now" = "$2" ] && return 0
        case $now in
        COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL | OUT_OF_MEMORY) break ;;
        esac
        sleep 0.2
    done
    bad "job $1 is $now, not $2"
    return 1
}
await_file() { # FILE BYTES
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "$2" ] && return 0
        sleep 0.1
    done
    bad "$1 does not come"
}

# Slurm lets a job that was queued again wait for two minutes. Some seconds must pass, or its nodes take it for the first.
start_again() {
    sleep 4
    scontrol update JobId="$1" StartTime=now
}

submit() { sbatch --parsable --cpus-per-task=1 "$@"; }

# ---- an array, and its merge ----

small=(--runs 1500 --seed 11)
"$KL_PROGRAM" run paper "${small[@]}" --quiet -o one.h5
array=$(submit --array=1-3 -o 'array-%a.txt' "$scripts/array.sh" paper array.h5 "${small[@]}")
merge=$(submit --dependency=afterok:"$array" -o merge.txt "$scripts/merge.sh" array.h5)
await "$merge" COMPLETED 120 || bad "the array" array-*.txt merge.txt
same one.h5 array.h5 "array and merge"
[ ! -e array.shard-1.h5 ] || bad "merge.sh left a shard"

# ---- MPI over both nodes ----

if [ -n "$KLASTER_MPI" ]; then
    mpi=$(submit --nodes=2 --ntasks=4 -o mpi.txt "$scripts/mpi.sh" paper mpi.h5 "${small[@]}")
    await "$mpi" COMPLETED 120 || bad "MPI" mpi.txt
    same one.h5 mpi.h5 "MPI over two nodes"
fi

# ---- told to stop, and queued again ----

large=(--runs 12000 --seed 12 --checkpoint 0)
"$KL_PROGRAM" run paper "${large[@]}" --quiet -o large.h5
stop_and_go_on() { # NAME JOB: what Slurm does before the walltime is done here by hand
    await_file "$1.h5.journal" 20000
    scancel --batch --signal=USR1 "$2"
    await "$2" PENDING 60 || { bad "$1 is not queued again" "$1.txt" && return 0; }
    grep -q 'marked incomplete' "$1.txt" || bad "$1: no word of what is kept" "$1.txt"
    start_again "$2"
    await "$2" COMPLETED 120 || { bad "$1 does not go on" "$1.txt" && return 0; }
    [ "$(restarts "$2")" = 1 ] || bad "$1: $(restarts "$2") restarts"
    grep -q 'going on' "$1.txt" || bad "$1: it did not go on" "$1.txt"
    same large.h5 "$1.h5" "$1"
}
stop_and_go_on requeue "$(submit -o requeue.txt "$scripts/requeue.sh" paper requeue.h5 "${large[@]}")"
[ -z "$KLASTER_MPI" ] ||
    stop_and_go_on mpi-requeue "$(submit -N 2 -n 4 -o mpi-requeue.txt "$scripts/mpi.sh" paper mpi-requeue.h5 "${large[@]}")"

# ---- pre-empted ----

spare=$(submit --nodelist=klaster1 --exclusive -o spare.txt "$scripts/requeue.sh" paper spare.h5 "${large[@]}")
await_file spare.h5.journal 20000
urgent=$(submit --partition=urgent --nodelist=klaster1 --exclusive -o /dev/null --wrap 'sleep 1')
await "$urgent" COMPLETED 60 || true
await "$spare" PENDING 60 || true
start_again "$spare"
await "$spare" COMPLETED 120 || bad "the pre-empted job" spare.txt
same large.h5 spare.h5 "pre-empted"
grep -q 'going on' spare.txt || bad "the pre-empted job did not go on" spare.txt

# ---- cancelled by its owner: stays cancelled ----

gone=$(submit -o gone.txt "$scripts/requeue.sh" paper gone.h5 "${large[@]}")
await_file gone.h5.journal 20000
scancel "$gone"
await "$gone" CANCELLED 60 || true
sleep 1
[ "$(state "$gone") $(restarts "$gone")" = 'CANCELLED 0' ] || bad "a cancelled job was queued again" gone.txt

[ "$failed" = 0 ] && echo "Slurm: the files of one process"
exit "$failed"
