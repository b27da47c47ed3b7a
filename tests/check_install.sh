#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is installed can be used: a small program is built against it by pkg-config and by find_package, shared and
# static, after the tree was moved; the installed program finds its scenarios.
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$KL_BUILD_DIR" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"
prefix=$work/prefix
lib=$(dirname "$(find "$prefix" -name libklaster.so)")
fail() { echo "$1" && exit 1; }

for file in include/klaster/klaster.h include/klaster/params.def include/klaster/version.h \
    share/klaster/scenarios/paper.yaml bin/klaster share/man/man1/klaster.1 share/man/man1/klaster-run.1 \
    share/man/man5/klaster-study.5 share/bash-completion/completions/klaster share/zsh/site-functions/_klaster \
    share/fish/vendor_completions.d/klaster.fish; do
    [ -e "$prefix/$file" ] || fail "$file was not installed"
done

mkdir "$work/user"
cat >"$work/user/user.c" <<'C'
#include <klaster/klaster.h>
#include <stdio.h>

int main(void)
{
    kl_params params;
    kl_params_defaults(&params);
    kl_mechanism mechanism = kl_mechanism_five_stage();
    kl_run run;
    kl_run_init(&run);
    kl_status status = kl_run_start(&run, &params, &mechanism, (kl_world){1, 0, 0}, 60);
    while (status == KL_OK && run.month < run.horizon)
        kl_run_step(&run);
    double outcome[KL_N_OUTCOMES] = {0};
    if (status == KL_OK)
        kl_run_outcomes(&run, outcome);
    printf("%s %d %.17g\n", kl_status_name(status), run.month, outcome[KL_OUT_saving_joint]);
    kl_run_free(&run);
    return status != KL_OK;
}
C
cat >"$work/user/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(user C)
find_package(klaster 0.1 REQUIRED COMPONENTS static)
add_executable(user_shared user.c)
target_link_libraries(user_shared PRIVATE klaster::klaster)
add_executable(user_static user.c)
target_link_libraries(user_static PRIVATE klaster::static)
CMAKE

export PKG_CONFIG_PATH=$lib/pkgconfig
# shellcheck disable=SC2046 # flags are words
"$KL_CC" -std=c11 "$work/user/user.c" -o "$work/by_pkg_config" $(pkg-config --cflags --libs klaster) -Wl,-rpath,"$lib"
first=$("$work/by_pkg_config")
[[ $first == "KL_OK 60 "* ]] || fail "the program built by pkg-config said: $first"

[ "$(pkg-config --modversion klaster)" = "$("$prefix/bin/klaster" --version | grep -o '[0-9]*\.[0-9]*\.[0-9]*' | head -1)" ] ||
    fail "klaster.pc and klaster --version differ"

build_user() {
    cmake -S "$work/user" -B "$work/user/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$KL_CC" &&
        cmake --build "$work/user/build"
}
build_user >"$work/log" 2>&1 || { cat "$work/log" && fail "find_package(klaster) does not work"; }
for kind in shared static; do
    said=$("$work/user/build/user_$kind")
    [ "$said" = "$first" ] || fail "the $kind program said '$said', not '$first'"
done

"$prefix/bin/klaster" check "$prefix/share/klaster/scenarios/paper.yaml" >/dev/null || fail "klaster check fails"
echo "installed, moved and used: $first"
