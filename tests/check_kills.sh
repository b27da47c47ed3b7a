#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs are killed by SIGKILL, at random moments and at random calls to the disk (also in the middle of a write), and started
# again until they end. Every final file must hold the same numbers as that of a run that nobody disturbed, and every run must
# take over all that was committed before: what a reader of its own (faults/journal.py) finds whole in the journal.
#
# usage: check_kills.sh [N [SEED]]     N kills; without it 50
set -euo pipefail
kills=${1-50}
seed=${2-1}
if ! command -v h5diff >/dev/null || [ ! -x /usr/bin/python3 ]; then
    echo "h5diff or python3 is missing"
    exit 77
fi
[ -z "${KL_SANITIZE-}" ] || exit 77 # a sanitizer does not bear with LD_PRELOAD
# shellcheck source=tests/faults/lib.sh
. "$(dirname "$0")/faults/lib.sh"
build_faults
RANDOM=$seed
SAVED="open,pwritev,ftruncate,fdatasync,fsync,rename,unlink" # the calls at which something is brought to disk or named

write_study

# Three tasks: all at once; more worlds for a file; a shard. What each yields if nobody disturbs it:
tasks=("-n 128" "-n 128 --extend" "-n 128 --shard 2/3")
fresh() { # TASK: out.h5 as it is before
    rm -f out.h5*
    case ${tasks[$1]} in *--extend*) cp small.h5 out.h5 ;; esac
}
"$klaster" run s.yaml -n 40 -q -o small.h5
nature=$("$klaster" run s.yaml -n 128 --json -q -o unbroken-0.h5)
statuses=$(grep -c '^    "[a-z_]*": [0-9]*,\?$' <<<"$nature")
cp unbroken-0.h5 unbroken-1.h5
"$klaster" run s.yaml -n 128 --shard 2/3 -q -o unbroken-2.h5
begun=$(date +%s%N)
fresh 0
"$klaster" run s.yaml -n 128 --checkpoint 0 --threads 1 -q -o out.h5
microseconds=$((($(date +%s%N) - begun) / 1000))
same_numbers unbroken-0.h5 out.h5 || { echo "a run with a journal gives other numbers" && exit 1; }

# What is committed: runs in the journals.
committed() {
    [ -e out.h5.journal ] || { echo 0 && return; }
    local counts
    counts=$(/usr/bin/python3 "$root/tests/faults/journal.py" "$statuses" out.h5.journal) || return 1
    echo "${counts##* }"
}

# One life: runs the task until its end or until it is killed. $code: 137 when it was.
live() { # TASK
    local settings=()
    read -r -a words <<<"${tasks[$1]}"
    words=(run s.yaml "${words[@]}" --json -q -o out.h5 --threads $((1 + RANDOM % 2)) --checkpoint $((RANDOM % 4 == 0)))
    case $((RANDOM % 3)) in
    0) ;;
    1) settings=(KL_FAULT_AT="$(random 15000)") ;;
    2) settings=(KL_FAULT_AT="$(random 150)" KL_FAULT_ONLY="$SAVED") ;;
    esac
    code=0
    if [ "${#settings[@]}" -gt 0 ]; then
        settings+=(LD_PRELOAD="$scratch/faults.so" KL_FAULT=disk KL_FAULT_KILL=1 KL_FAULT_TORN=$((RANDOM % 2)))
        { env "${settings[@]}" "$klaster" "${words[@]}" >said 2>err || code=$?; } 2>/dev/null
    else
        "$klaster" "${words[@]}" >said 2>err &
        local child=$!
        wait_a_little $((microseconds * 5 / 4))
        kill -KILL "$child" 2>/dev/null || true
        { wait "$child" || code=$?; } 2>/dev/null
    fi
}

# Did a run that ended take over all that was committed before it, and what the file held?
took_over() { # TASK BEFORE
    local there played given=0
    case ${tasks[$1]} in *--extend*) given=80 ;; esac
    there=$(sed -n 's/^ *"runs_done": \([0-9]*\),/\1/p' said)
    played=$(sed -n 's/^ *"runs_played": \([0-9]*\),/\1/p' said)
    [ $((there - played)) -ge $((given + $2)) ]
}

n=0
cycles=0
lives=0
kept=0
while [ "$n" -lt "$kills" ]; do
    task=$((cycles % 3))
    fresh "$task"
    before=0
    for ((life = 0; ; life++)); do
        [ "$life" -lt 200 ] || { echo "a run does not get on: $(cat err)" && exit 1; }
        live "$task"
        lives=$((lives + 1))
        [ "$code" -eq 137 ] || break
        n=$((n + 1))
        after=$(committed) || { complain "kill $n: the journal is broken: $after"; break; }
        # published already: the journal's name may be gone while the run lived
        if [ "$after" -lt "$before" ] && { [ ! -e out.h5 ] || [ -e out.h5.journal ]; }; then
            complain "kill $n: $before runs were committed, now $after are"
        fi
        [ "$after" -gt "$before" ] && kept=$((kept + after - before))
        before=$after
        # whole or not there: a file of that name never looks whole when it is not
        if [ -e out.h5 ] && ! cmp -s out.h5 small.h5; then
            same_numbers "unbroken-$task.h5" out.h5 || complain "kill $n: what has the result's name is not the result"
            break
        fi
    done
    cycles=$((cycles + 1))
    if [ "$code" -eq 137 ]; then # killed after it was published: the same command must see that, and clean up
        read -r -a words <<<"${tasks[$task]}"
        "$klaster" run s.yaml "${words[@]}" --resume -q -o out.h5 >said 2>err || complain "after kill $n: $(cat err)"
    elif [ "$code" -ne 0 ]; then
        complain "after kill $n, run $cycles: exit code $code: $(cat err)"
    else
        took_over "$task" "$before" || complain "after kill $n: $before runs were committed, fewer were taken over: $(cat said)"
    fi
    same_numbers "unbroken-$task.h5" out.h5 || complain "after kill $n, run $cycles: the numbers are others"
done
[ "$failed" -eq 0 ] || { echo "$failed complaints after $n kills" && exit 1; }
echo "$n kills in $lives lives of $cycles runs: the same numbers every time; $kept committed runs survived a kill, 0 were lost"
