# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the checks with faults share: a scratch directory, in memory where there is room, with a small study and its result;
# the library of faults.c; and what must hold of a program that met a fault.
#
# Sourced with KL_PROGRAM set (KL_CC: a compiler). The caller's directory becomes the scratch directory.

# shellcheck disable=SC2034 # for the scripts that source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) klaster=$(realpath "$KL_PROGRAM")
scratch=$(mktemp -d /dev/shm/klaster-faults-XXXXXX 2>/dev/null || mktemp -d)
children=()
clean_up() {
    cd /
    [ "${#children[@]}" -eq 0 ] || kill -KILL "${children[@]}" 2>/dev/null || true
    chmod -R u+rwX "$scratch"
    rm -rf "$scratch"
}
trap clean_up EXIT
cd "$scratch" || exit 1
export LC_ALL=C OMP_NUM_THREADS=1
unset COLUMNS

failed=0
complain() {
    echo "$*"
    failed=$((failed + 1))
    [ "$failed" -lt "${KL_MANY-20}" ] || { echo "and so on" && exit 1; }
}

build_faults() {
    "${KL_CC:-cc}" -std=gnu11 -O1 -g -fPIC -shared "$root/tests/faults/faults.c" -o faults.so -ldl ||
        { echo "faults.c cannot be built here" && exit 77; }
}

# with_fault NAME=VALUE... -- COMMAND...: its standard output in `out`, error in `err`, the exit code in $code.
with_fault() {
    local settings=()
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    code=0
    # a group, so that the shell says nothing of a program that a signal ended
    { timeout 120 env "${settings[@]}" LD_PRELOAD="$scratch/faults.so" "$@" >out 2>err; } 2>/dev/null || code=$?
}

# A fault ends in success or in a sentence and an exit code that is no signal's and no time-out's.
is_graceful() { # WHAT
    if [ "$code" -ge 124 ]; then
        complain "$1: exit code $code: $(tail -3 err)"
    elif [ "$code" -ne 0 ] && ! grep -q '^klaster: .*[a-z]' err; then
        complain "$1: exit code $code without a sentence: $(tail -3 err)"
    fi
}

# Two result files with the same numbers. What a run says of itself may differ.
same_numbers() {
    h5diff -q --exclude-path=/provenance --exclude-path=/checkpoint "$1" "$2" >/dev/null 2>&1
}

# The study of the checks that disturb runs: 64 blocks of two worlds, over in a moment.
write_study() {
    cat >s.yaml <<'YAML'
klaster: 1
months: 30
parameters:
  firms: {integer: [5, 12]}
  fee: {uniform: [0.01, 0.06]}
points: 64
replicates: 2
arms:
  - name: with
  - name: without
    parameters: {ecosystem: false}
YAML
}

random() { # below $1, which is at most 2^30
    echo $(((RANDOM << 15 | RANDOM) % $1))
}

wait_a_little() { # at most $1 microseconds
    local wait
    wait=$(random "$1")
    sleep "$(printf '%d.%06d' $((wait / 1000000)) $((wait % 1000000)))"
}
