#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A short run of the fuzzers: damaged result files in every build, study files where clang has libFuzzer. The long ones are
# run by hand, with scripts/fuzz.
set -euo pipefail
case ${KL_SANITIZE-} in *thread*) exit 77 ;; esac # the driver is no test of threads
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$KL_SOURCE_DIR/tests/fuzz/tiny.yaml" "$work/"
cd "$work"
"$KL_PROGRAM" run tiny.yaml -q -o tiny.h5
if [ -z "${KL_SANITIZE-}" ]; then # which have handlers and allocators of their own
    "$KL_BUILD_DIR/tests/fuzz/drive_result" --runs 300 "$work" tiny.h5
fi

fuzzer=$KL_BUILD_DIR/tests/fuzz/fuzz_study
if [ ! -x "$fuzzer" ]; then
    echo "This build has no libFuzzer (-DKLASTER_FUZZ=ON, clang): study files were not fuzzed, only the corpus was read."
    exit 0
fi
mkdir corpus
"$fuzzer" -runs=20000 -max_total_time=20 -seed=1 -max_len=2048 -timeout=20 corpus "$KL_SOURCE_DIR/tests/fuzz/study" \
    >log 2>&1 || { tail -50 log && exit 1; }
grep '^Done' log
