#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every allocation of every command fails, one in each run of the program: it must end well with the same output, or with a
# sentence and an exit code; nothing may leak, no half file may stay.
#
# usage: check_memory.sh [some|stacks|all] [WORD]
#   some    of the places in the program where memory is asked for, every fortieth; what ctest does
#   stacks  each place (by the calls it stands in), the first time it is reached
#   all     each allocation
#   WORD    only commands that contain it
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77 # a sanitizer has an allocator of its own
how=${1-some}
# shellcheck source=tests/faults/lib.sh
. "$(dirname "$0")/faults/lib.sh"
build_faults

"$klaster" init s.yaml 2>/dev/null
"$klaster" run s.yaml -n 24 -q -o r.h5
cat >fit.yaml <<'YAML'
klaster: 1
months: 6
parameters:
  firms: 20
  exporters: {uniform: [0.2, 0.9]}
points: 60
targets: [{metric: firm_employees, value: 60, tolerance: 20}]
YAML
cp r.h5 kept.h5
for i in 1 2; do "$klaster" run s.yaml -n 24 -q --shard $i/2 -o shard$i.h5; done
with_fault KL_FAULT=disk KL_FAULT_ONLY=pwrite,pwritev,fdatasync KL_FAULT_AT=1500 KL_FAULT_FOREVER=1 -- \
    "$klaster" run s.yaml -n 8 -q --threads 1 --checkpoint 0 -o kept-journal.h5
[ -s kept-journal.h5.journal ] || { echo "a full disk leaves no journal: $(cat err)" && exit 1; }
rm -f kept-journal.h5.part # which could not be removed either

commands=(
    "init new.yaml"
    "check s.yaml"
    "check --json s.yaml"
    "params fee"
    "params --schema"
    "run s.yaml -n 8 -q -o new.h5"
    "run s.yaml -n 8 -q -f -o old.h5"
    "run s.yaml -n 8 -q --checkpoint 0 -o new.h5"
    "run s.yaml -n 8 -q --resume -o resumed.h5"
    "run s.yaml -n 40 -q --extend -o old.h5"
    "run s.yaml -n 8 -q --shard 2/3 -o new.h5"
    "run s.yaml -n 2 -q --precision saving_joint:mean=0.2 --max-runs 8 -o new.h5"
    "replay s.yaml --set firms=5 --firms"
    "replay r.h5 --point 3 --check"
    "replay r.h5 --point 3 --json --firms"
    "summary r.h5 --all"
    "summary r.h5 --json"
    "export r.h5"
    "export r.h5 -o csv"
    "show r.h5"
    "compare r.h5"
    "decide r.h5"
    "sensitivity r.h5"
    "claims r.h5"
    "discover r.h5 --where saving_joint>0.1"
    "report r.h5 --json --no-synergy"
    "synergy s.yaml --runs 3"
    "synergy r.h5 --runs 3"
    "calibrate fit.yaml --particles 20 -o new.h5"
    "verify r.h5 shard1.h5 kept-journal.h5.journal --partial --replay 2"
    "verify --json r.h5"
    "diff r.h5 shard1.h5 --all"
    "diff --json r.h5 kept.h5"
    "merge shard1.h5 shard2.h5 -o new.h5"
    "merge shard1.h5 --partial -o new.h5"
)

# What is there before each run of a command: its inputs as they were, none of its outputs.
restore() {
    rm -rf new.* old.h5* resumed.h5* csv leaks
    cmp -s kept.h5 r.h5 || cp kept.h5 r.h5
    case $1 in
    *old.h5*) cp kept.h5 old.h5 ;;
    *resumed.h5*) cp kept-journal.h5.journal resumed.h5.journal ;;
    esac
}

# Numbers of the allocations to deny, one a line.
chosen() {
    case $how in
    all) awk '{ print $1 }' log ;;
    stacks) awk '!seen[$2]++ { print $1 }' log ;;
    some) awk '!seen[$2]++ && n++ % 40 == 3 { print $1 }' log ;;
    *) return 1 ;;
    esac
}

chosen_of_libraries() { # there are thousands
    local every=20
    if [ "$how" = some ]; then every=300; fi
    awk -v every="$every" '!seen[$2]++ && n++ % every == 7 { print $1 }' log
}

runs=0
good=0
for command in "${commands[@]}"; do
    case $command in *"${2-}"*) ;; *) continue ;; esac
    read -r -a words <<<"$command"
    case $command in run* | synergy* | calibrate*) words+=(--threads 1) ;; esac
    rm -f log
    restore "$command"
    with_fault KL_FAULT=memory KL_FAULT_LOG=log KL_FAULT_LEAKS=leaks -- "$klaster" "${words[@]}"
    [ "$code" -eq 0 ] || { complain "$command: exit code $code without any fault: $(tail -3 err)" && continue; }
    [ ! -s leaks ] || complain "$command: leaks without any fault: $(sort leaks | uniq -c | head -3)"
    cp out unbroken
    for at in $(chosen); do
        restore "$command"
        with_fault KL_FAULT=memory KL_FAULT_AT="$at" KL_FAULT_LEAKS=leaks -- "$klaster" "${words[@]}"
        runs=$((runs + 1))
        is_graceful "$command, allocation $at"
        [ ! -s leaks ] || complain "$command, allocation $at: leaks $(sort leaks | uniq -c | head -3)"
        [ -z "$(find . -name '*.part')" ] || complain "$command, allocation $at: leaves a .part"
        case $command in
        *old.h5*) [ "$code" -eq 0 ] || cmp -s kept.h5 old.h5 || complain "$command, allocation $at: harms the old file" ;;
        *new.h5*) [ "$code" -eq 0 ] || [ ! -e new.h5 ] || "$klaster" show new.h5 >/dev/null 2>&1 ||
            complain "$command, allocation $at: leaves a broken file" ;;
        esac
        case $command in
        run* | synergy* | calibrate*) ;; # say how long they took
        *) [ "$code" -ne 0 ] || cmp -s out unbroken || complain "$command, allocation $at: says something else and exits with 0" ;;
        esac
        if [ "$code" -eq 0 ]; then
            good=$((good + 1))
            [ -z "${KL_SHOW-}" ] || echo "$command, allocation $at: done without it"
        fi
    done
    [ -z "${KL_SHOW-}" ] || echo "$command: $(wc -l <log) allocations at $(awk '{ print $2 }' log | sort -u | wc -l) places"
done
# The libraries' own allocations, where a result file is read: HDF5 crashes or gives up at some of them, and the sentence is
# then that of the process which watches. (Where one is written, a crash of HDF5's is like a kill: the journal stays.)
for command in "summary r.h5 --json" "export r.h5"; do
    case $command in *"${2-}"*) ;; *) continue ;; esac
    read -r -a words <<<"$command"
    rm -f log
    restore "$command"
    with_fault KL_FAULT=memory KL_FAULT_CALLERS=any KL_FAULT_LOG=log -- "$klaster" "${words[@]}"
    cp out unbroken
    for at in $(chosen_of_libraries); do
        with_fault KL_FAULT=memory KL_FAULT_CALLERS=any KL_FAULT_AT="$at" -- "$klaster" "${words[@]}"
        runs=$((runs + 1))
        is_graceful "$command, allocation $at of a library"
        [ "$code" -ne 0 ] || cmp -s out unbroken ||
            complain "$command, allocation $at of a library: says something else and exits with 0"
        if [ "$code" -eq 0 ]; then good=$((good + 1)); fi
    done
done
[ "$runs" -gt 0 ] || { echo "nothing was tried" && exit 1; }
[ "$failed" -eq 0 ] || { echo "$failed complaints in $runs runs of the program" && exit 1; }
echo "$runs allocations denied: $good times without harm, else a sentence and an exit code; no leak, no crash"
