#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# klaster and its peers in C, NumPy and JavaScript play the same neutral model (benchmarks/peers): means and standard
# deviations of members and joins agree. All seeds are fixed; another seed would fail by chance in 1 of 10,000 comparisons.
# Negative control: peers that wait 11 months instead of 12 after leaving have about one member more, and are found out.
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77
/usr/bin/python3 -c 'import numpy' 2>/dev/null || exit 77
peers=$KL_SOURCE_DIR/benchmarks/peers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1" && exit 1; }

read -ra gsl <<<"$(pkg-config --cflags --libs gsl)"
"${KL_CC:-cc}" -std=c11 -O2 -DHAVE_INLINE -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow "$peers/adoption.c" \
    -o "$work/adoption" "${gsl[@]}"

names=(c c-asking c-cached c-events numpy-batched numpy)
! command -v node >/dev/null || names+=(javascript)
/usr/bin/python3 "$peers/agree.py" "$KL_PROGRAM" "$work" "${names[@]}" --runs 4000 || fail "a peer plays another model"

for name in c numpy-batched; do
    status=0
    /usr/bin/python3 "$peers/agree.py" "$KL_PROGRAM" "$work" "$name" --runs 4000 --wait 11 >"$work/said" || status=$?
    cat "$work/said"
    { [ "$status" = 1 ] && grep -q DIFFERS "$work/said"; } || fail "$name with another wait was not found out"
done

# A peer that fails is an error and no agreement; so is a name that nobody has.
status=0
/usr/bin/python3 "$peers/agree.py" "$KL_PROGRAM" "$work/nowhere" c --runs 10 2>"$work/said" >/dev/null || status=$?
{ [ "$status" = 3 ] && grep -q "No such file" "$work/said"; } || fail "a peer that is not there was not missed"
status=0
/usr/bin/python3 "$peers/agree.py" "$KL_PROGRAM" "$work" nobody 2>"$work/said" >/dev/null || status=$?
{ [ "$status" = 2 ] && grep -q "no such peer: nobody" "$work/said"; } || fail "a name that nobody has was taken"

# Whatever reads a number reads it whole.
for arguments in "pushed" "pushed x 1" "pushed 1 1x" "pushed 1 1 61" "polled 1 1"; do
    read -ra words <<<"$arguments"
    ! "$work/adoption" "${words[@]}" 2>/dev/null || fail "adoption took: $arguments"
done
echo "peers: one model"
