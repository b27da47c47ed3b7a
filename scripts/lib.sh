# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the scripts share: where the project is, and how to get the packages of scripts/dependencies. To be sourced.
KL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

kl_say() { printf '%s\n' "$*" >&2; }

# The packages of the named sets, one a line.
kl_packages() {
    local set
    for set in "$@"; do
        awk -v set="$set" '$1 == set { print $2 }' "$KL_ROOT/scripts/dependencies"
    done
}

# Those of the packages named on stdin that are not installed, one a line. Node.js often comes by another way.
kl_missing() {
    local package
    while read -r package; do
        case $package in
        nodejs) ! command -v node >/dev/null || continue ;;
        npm) ! command -v npm >/dev/null || continue ;;
        esac
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
    done
}

# Install what the named sets lack. Where that is not possible it says what is needed and returns 0: the libraries may
# have come by another way, and if they have not, the build says which one it misses.
kl_install() {
    local -a missing as_root=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        kl_say "This is not a Debian system. What is needed, by the names of Debian 12:"
        kl_packages "$@" | sed 's/^/  /' >&2
        kl_say "Going on with what is there."
        return 0
    fi
    mapfile -t missing < <(kl_packages "$@" | kl_missing)
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            kl_say "Neither root nor sudo. These packages are missing: ${missing[*]}"
            kl_say "Going on with what is there."
            return 0
        fi
        as_root=(sudo)
    fi
    kl_say "Installing ${missing[*]}"
    local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
    local log
    log=$(mktemp)
    "${apt[@]}" update >"$log" 2>&1 || { cat "$log" >&2 && kl_say "apt-get update failed; going on with older lists"; }
    if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
        cat "$log" >&2
        kl_say "Could not install: ${missing[*]}. Going on with what is there."
    fi
    rm -f "$log"
}

kl_jobs() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

# Configure and build a preset in build/<preset>. Quiet where all goes well; the whole output where it does not.
kl_build() {
    local preset=$1 log
    shift
    log=$(mktemp)
    kl_say "Building build/$preset"
    if ! (cd "$KL_ROOT" && cmake --preset "$preset" "$@") >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        kl_say "The build could not be set up. By the names of Debian 12 it needs:"
        kl_packages run | paste -sd' ' >&2
        return 1
    fi
    if ! cmake --build "$KL_ROOT/build/$preset" -j "$(kl_jobs)" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        kl_say "The build failed."
        return 1
    fi
    rm -f "$log"
}
