#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A control for scripts/test --tsan: a program with a race is found, and the same program with a lock is not blamed. Silence over
# klaster's own threads would prove nothing otherwise.
set -euo pipefail
[ "${KL_SANITIZE-}" = thread ] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/race.c" <<'C'
#include <stdio.h>
int main(void)
{
    int blocks = 0;
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 1000; i++) {
#ifdef LOCKED
#pragma omp critical
#endif
        blocks++;
    }
    return printf("%d\n", blocks) < 0;
}
C
for kind in RACY LOCKED; do
    "$KL_CC" -g -O1 -fopenmp -fsanitize=thread -D$kind "$work/race.c" -o "$work/$kind"
done
"$work/LOCKED" >"$work/out" 2>&1 || { cat "$work/out" && echo "a program without a race is blamed" && exit 1; }
if "$work/RACY" >"$work/out" 2>&1; then
    echo "a planted race is not found"
    exit 1
fi
grep -q 'data race' "$work/out" || { cat "$work/out" && echo "not the race that was planted" && exit 1; }
echo "a planted race is found, a lock is not blamed"
