#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every script of the project is clean for shellcheck, and scripts/lib.sh finds, names and leaves alone packages as it says.
# shellcheck disable=SC2030,SC2031 # each trial has a PATH of its own
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77
cd "$KL_SOURCE_DIR"
mapfile -t scripts < <(grep -slE '^#!.*sh$|shellcheck shell=' scripts/* scripts/slurm/* benchmarks/* benchmarks/peers/* tests/*.sh tests/*/*.sh .ci/run)
shellcheck -x "${scripts[@]}"

# shellcheck source=scripts/lib.sh
. scripts/lib.sh
fail() { echo "$1" && exit 1; }

[ "$(kl_packages run | head -1)" = gcc ] || fail "the run set does not start with gcc"
kl_packages run test papers clang count hand site slurm | sort | uniq -d | grep . && fail "a package stands twice"
awk '!/^#/ && (NF < 3 || $1 !~ /^(run|test|papers|clang|count|hand|peers|site|slurm)$/) { print; bad = 1 } END { exit bad }' scripts/dependencies ||
    fail "a line of scripts/dependencies lacks its set, its package or its reason"

# With every package there, apt is not called; without dpkg the packages are named and the script goes on.
fake=$(mktemp -d)
trap 'rm -rf "$fake"' EXIT
printf '#!/bin/sh\nprintf installed\n' >"$fake/dpkg-query"
printf '#!/bin/sh\necho called >>"%s/calls"\n' "$fake" >"$fake/apt-get"
chmod +x "$fake/dpkg-query" "$fake/apt-get"
(PATH=$fake:$PATH && kl_install run test) || fail "kl_install fails where all is there"
[ ! -e "$fake/calls" ] || fail "apt-get was called though all was there"

mkdir "$fake/bin"
for tool in awk sed; do ln -s "$(command -v "$tool")" "$fake/bin/$tool"; done
said=$( (PATH=$fake/bin && kl_install run) 2>&1) || fail "kl_install fails where there is no dpkg"
grep -q libhdf5-dev <<<"$said" || fail "the packages are not named where there is no dpkg"

# A missing package is asked for by name, once (the fake dpkg-query now knows none).
printf '#!/bin/sh\nexit 1\n' >"$fake/dpkg-query"
printf '#!/bin/sh\necho "$*" >>"%s/calls"\n' "$fake" >"$fake/apt-get"
printf '#!/bin/sh\nexec "$@"\n' >"$fake/sudo"
chmod +x "$fake/sudo"
(PATH=$fake:$PATH && kl_install test) 2>/dev/null || fail "kl_install fails where something is missing"
grep -q 'install -y.* libcmocka-dev' "$fake/calls" || fail "apt-get was not asked for libcmocka-dev"
# Where there is nothing to compare, the report on instructions says so and is content.
said=$(benchmarks/instructions no-such-commit) || fail "benchmarks/instructions fails where there is no commit"
grep -q 'not counted: there is no commit' <<<"$said" || fail "benchmarks/instructions does not say that there is no commit"
echo "scripts: as they say"
