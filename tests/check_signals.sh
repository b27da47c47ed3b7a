#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What disturbs a run and is no error of the disk: signals while it writes, clocks that jump, a second process with the same
# result file, readers and copies of the file meanwhile. Nothing of it may change a number.
#
# usage: check_signals.sh [N]     N times each; without it 4
set -euo pipefail
many=${1-4}
command -v h5diff >/dev/null || { echo "h5diff is missing" && exit 77; }
[ -z "${KL_SANITIZE-}" ] || exit 77 # a sanitizer does not bear with LD_PRELOAD
# shellcheck source=tests/faults/lib.sh
. "$(dirname "$0")/faults/lib.sh"
build_faults
RANDOM=2

write_study
run=(run s.yaml -n 128)
begun=$(date +%s%N)
"$klaster" "${run[@]}" -q --checkpoint 0 --threads 1 -o unbroken.h5
microseconds=$((($(date +%s%N) - begun) / 1000))

is_tidy() { # WHAT
    if [ -e out.h5.part ] || [ -e out.h5.journal ]; then complain "$1: something is left over"; fi
}
is_whole() { # WHAT
    same_numbers unbroken.h5 out.h5 || complain "$1: the numbers are others"
    is_tidy "$1"
}

# ---- signals that end a run cleanly: the same command goes on ----

declare -A code_of=([HUP]=129 [INT]=130 [TERM]=143)
stopped=0
for ((i = 0; i < many; i++)); do
    for signal in HUP INT TERM; do
        rm -f out.h5*
        code=0
        "$klaster" "${run[@]}" -q --checkpoint $((i % 2)) --threads $((1 + i % 2)) -o out.h5 >out 2>err &
        child=$!
        children=("$child")
        wait_a_little "$microseconds"
        kill "-$signal" "$child" 2>/dev/null || true
        wait "$child" || code=$?
        children=()
        [ "$code" -eq 0 ] || [ "$code" -eq "${code_of[$signal]}" ] || complain "SIG$signal: exit code $code: $(cat err)"
        [ ! -e out.h5.part ] || complain "SIG$signal: leaves a .part"
        if [ "$code" -ne 0 ] && [ -e out.h5 ]; then
            stopped=$((stopped + 1))
            "$klaster" export out.h5 >runs.csv 2>err || complain "SIG$signal: what is left is not valid: $(cat err)"
        fi
        [ "$code" -eq 0 ] || "$klaster" "${run[@]}" -q -o out.h5 2>err || complain "SIG$signal: cannot go on: $(cat err)"
        is_whole "SIG$signal"
    done
done

# ---- signals that do not: stopped and continued, a window that changes its size ----

for ((i = 0; i < many; i++)); do
    rm -f out.h5*
    code=0
    "$klaster" "${run[@]}" --checkpoint 0 -o out.h5 >out 2>err &
    child=$!
    children=("$child")
    for _ in 1 2 3 4 5 6; do
        wait_a_little $((microseconds / 6 + 1))
        for signal in STOP WINCH CONT URG CHLD; do kill "-$signal" "$child" 2>/dev/null || true; done
    done
    wait "$child" || code=$?
    children=()
    [ "$code" -eq 0 ] || complain "stopped and continued: exit code $code: $(cat err)"
    is_whole "stopped and continued"
done

# ---- clocks ----

for jump in 1000000 -1 2000000000; do
    rm -f out.h5*
    with_fault KL_FAULT_CLOCK="$jump" -- "$klaster" "${run[@]}" -o out.h5
    [ "$code" -eq 0 ] || complain "clocks that jump by $jump s: exit code $code: $(cat err)"
    is_whole "clocks that jump by $jump s"
done

# ---- two processes, and readers ----

for ((i = 0; i < many; i++)); do
    rm -f out.h5*
    "$klaster" "${run[@]}" -n 4096 -q --checkpoint 0 -o out.h5 >out 2>first &
    child=$!
    children=("$child")
    until [ -s out.h5.part ] || ! kill -0 "$child" 2>/dev/null; do sleep 0.002; done
    [ $((i % 2)) -eq 0 ] || while [ ! -s out.h5.journal ] && kill -0 "$child" 2>/dev/null; do sleep 0.002; done
    for words in "" --resume --force --extend; do
        code=0
        kill -STOP "$child" 2>/dev/null || true # or it may be over before
        state=$(ps -o stat= -p "$child" 2>/dev/null || true)
        # shellcheck disable=SC2086 # one word or none
        timeout 60 "$klaster" "${run[@]}" -n 4096 -q $words -o out.h5 >out 2>err || code=$?
        kill -CONT "$child" 2>/dev/null || true
        case $state in
        T*) grep -q "another process is writing" err ||
            complain "a second process ($words) is not refused: $code, $(cat err)" ;;
        esac
    done
    code=0
    wait "$child" || code=$?
    children=()
    [ "$code" -eq 0 ] || complain "a second process disturbs the first: exit code $code: $(cat first)"
    is_tidy "a second process"
done

# The journal and a finished file may be read while a run goes on in them.
"$klaster" "${run[@]}" -q -n 40 -o small.h5
cp small.h5 out.h5
"$klaster" "${run[@]}" -q --extend --checkpoint 0 --threads 1 -o out.h5 2>err &
child=$!
children=("$child")
reads=0
while kill -0 "$child" 2>/dev/null; do
    "$klaster" export out.h5 >runs.csv 2>reader || complain "a reader is disturbed: $(cat reader)"
    reads=$((reads + 1))
done
code=0
wait "$child" || code=$?
children=()
[ "$code" -eq 0 ] || complain "a reader disturbs the run: $(cat err)"
is_whole "with readers"

[ "$failed" -eq 0 ] || { echo "$failed complaints" && exit 1; }
echo "$((3 * many)) signals ($stopped left an incomplete file), $many stops, 3 clocks, $((4 * many)) second processes, $reads reads:" \
    "the same numbers every time"
