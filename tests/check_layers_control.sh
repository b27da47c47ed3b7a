#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Negative control of check_layers.sh: each offender planted beside the built objects must be found, by its own sentence.
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
planted=0

# expect SENTENCE: run the check on the tree in $work, which must fail and say so.
expect() {
    local sentence=$1 said
    planted=$((planted + 1))
    if said=$(KL_BUILD_DIR=$work KL_SOURCE_DIR=$work bash "$here/check_layers.sh"); then
        echo "not found: $sentence"
        failures=$((failures + 1))
    elif ! grep -qF "$sentence" <<<"$said"; then
        printf 'found, but not by "%s":\n%s\n' "$sentence" "$said"
        failures=$((failures + 1))
    fi
}

# A tree of the same layers without objects or sources, but for study, which has something to call.
reset() {
    rm -rf "${work:?}"/*
    sed 's/|[^|]*$/|/' "$KL_BUILD_DIR/layers.txt" >"$work/layers.txt"
    local layer
    while IFS='|' read -r layer _; do mkdir -p "$work/src/$layer"; done <"$work/layers.txt"
    compile called 'int kl_study_planted(void) { return 1; }'
    add study called
}

# compile NAME CODE, add LAYER NAME: an object, and its place.
compile() {
    printf '%s\n' "$2" >"$work/$1.c"
    "$KL_CC" -std=c11 -O1 -fPIC -fno-builtin -w -c "$work/$1.c" -o "$work/$1.c.o"
}
add() { sed -i "/^$1|/ s|\$|\t$work/$2.c.o|" "$work/layers.txt"; }

# plant LAYER CODE SENTENCE: an object of that layer.
plant() {
    reset
    compile planted "$2"
    add "$1" planted
    expect "$1/planted.c: $3"
}

# include LAYER HEADER SENTENCE: a source of that layer.
include() {
    reset
    printf '#include <%s>\n' "$2" >"$work/src/$1/planted.c"
    expect "$1/planted.c: $3"
}

# Without an offender the check passes: what it finds below is what was planted.
reset
KL_BUILD_DIR=$work KL_SOURCE_DIR=$work bash "$here/check_layers.sh" || failures=1

plant core 'int printf(const char *, ...); void kl_x(void) { printf("x"); }' 'uses printf, which the core must not'
plant core 'char *getenv(const char *); char *kl_x(void) { return getenv("x"); }' 'uses getenv, which the core must not'
plant core 'long time(long *); long kl_x(void) { return time(0); }' 'uses time, which the core must not'
plant core 'double exp(double); double kl_x(double x) { return exp(x); }' 'uses exp, which the core must not'
plant core 'void *malloc(unsigned long); void *kl_x(void) { return malloc(8); }' 'allocates by malloc'
plant num 'int H5open(void); int kl_x(void) { return H5open(); }' 'uses H5open, which only store may'
plant params 'int omp_get_thread_num(void); int kl_x(void) { return omp_get_thread_num(); }' \
    'uses omp_get_thread_num, which only engine may'
plant store 'int MPI_Init(int *, char ***); int kl_x(void) { return MPI_Init(0, 0); }' 'uses MPI_Init, which only ranks may'
plant core 'int kl_study_planted(void); int kl_x(void) { return kl_study_planted(); }' 'calls kl_study_planted of study'
plant study 'void exit(int); void kl_x(void) { exit(1); }' 'uses exit, which no library layer may'
plant analysis 'extern void *stderr; void *kl_x(void) { return stderr; }' 'uses stderr, which no library layer may'
plant store 'static int count; int kl_x(void) { return ++count; }' 'writable data: count'
plant engine 'int kl_count = 3; int kl_x(void) { return ++kl_count; }' 'writable data: kl_count'
plant engine '_Thread_local int kl_count; int kl_x(void) { return ++kl_count; }' 'data of a thread: kl_count'
plant analysis 'int helper(void) { return 1; }' 'shows a name without kl_: helper'

include core store/h5.h 'includes store/h5.h of store'
include core klaster/study.h 'includes klaster/study.h of study'
include engine mpi.h 'includes mpi.h, which only ranks may'
include num klaster/params.h 'includes klaster/params.h of params'
include core stdio.h 'includes stdio.h, which the core must not'
include analysis hdf5.h 'includes hdf5.h, which only store may'
include study klaster/klaster.h 'includes klaster/klaster.h of cli'

reset
ln -s "$KL_BUILD_DIR/libklaster.so" "$work/libklaster.so"
cp "$KL_BUILD_DIR/klaster.map" "$work"
sed -i 's/^    kl_params_get;$/    kl_params_taken_away;/' "$work/klaster.map"
expect 'exports kl_params_get, which no public header declares'
expect 'a public header declares kl_params_taken_away, but it is not there'

echo "$planted offenders planted, $failures not found"
[ "$failures" -eq 0 ]
