#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Play the studies of tests/data/bits and hold the digests of their result files against the stored ones: this build gives the
# numbers of every other. With KL_BITS_DIR the result files are kept there. The last control: another seed is found.
set -euo pipefail
/usr/bin/python3 -c 'import h5py' 2>/dev/null || { echo "no h5py for /usr/bin/python3: not checked" && exit 77; }
studies=$KL_SOURCE_DIR/tests/data/bits
digest() { /usr/bin/python3 "$KL_SOURCE_DIR/tests/digest.py" "$@"; }

kept=${KL_BITS_DIR-}
[ -n "$kept" ] || { kept=$(mktemp -d) && trap 'rm -rf "$kept"' EXIT; }
names=()
for study in "$studies"/*.yaml; do
    name=$(basename "$study" .yaml)
    names+=("$name")
    "$KL_PROGRAM" run "$study" --quiet --force -o "$kept/$name.h5"
done
files=("${names[@]/#/$kept/}")
paste -d" " <(printf "%s\n" "${names[@]}") <(digest "${files[@]/%/.h5}") >"$kept/digests"

"$KL_PROGRAM" run "$studies/sobol.yaml" --seed 78 --quiet -f -o "$kept/control.h5"
if grep -q " $(digest "$kept/control.h5")\$" "$kept/digests"; then
    echo "another seed has the digest of a stored study: the digest tells nothing"
    exit 1
fi
rm -f "$kept/control.h5"

if ! diff "$studies/digests" "$kept/digests"; then
    echo "Not the numbers that are stored. Where the change is meant, tests/data/bits/digests becomes:"
    cat "$kept/digests"
    exit 1
fi
echo "${#names[@]} studies: the numbers of every other build"
