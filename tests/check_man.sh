#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Help and manual pages: every command has both, with every option and examples; help fits 80 columns, manual pages have nothing
# that mandoc finds fault with, and every page was built.
set -euo pipefail
export LC_ALL=C.UTF-8
unset COLUMNS
fail() { printf '%s\n' "$1" && exit 1; }
klaster() { "$KL_PROGRAM" "$@"; }
list=$(klaster help --json)
mapfile -t commands < <(grep -o '^      "name": "[a-z]*"' <<<"$list" | cut -d'"' -f4)
[ ${#commands[@]} -ge 20 ] || fail "klaster help --json has ${#commands[@]} commands"

narrow() {
    local width
    width=$(wc -L <<<"$2")
    [ "$width" -le 80 ] || fail "klaster help $1 is $width columns wide"
}

# lint NAME TEXT
lint() {
    local found
    command -v mandoc >/dev/null || return 0
    found=$(mandoc -T lint -W style <<<"$2" || true)
    [ -z "$found" ] || fail "the manual page of $1: $found"
    mandoc -T utf8 <<<"$2" | grep -ci "^klaster" >/dev/null || fail "the manual page of $1 cannot be shown"
}

narrow '' "$(klaster help)"
lint klaster "$(klaster help --man)"
lint klaster-study "$(klaster help --man study)"
for command in "${commands[@]}"; do
    help=$(klaster help "$command")
    page=$(klaster help --man "$command")
    narrow "$command" "$help"
    lint "$command" "$page"
    grep -q '^Examples\?$' <<<"$help" || fail "klaster help $command has no example"
    grep -q "^\.SH EXAMPLES" <<<"$page" || fail "klaster-$command(1) has no example"
    [ "$help" = "$(klaster "$command" --help)" ] || fail "klaster $command --help is something else"
    while read -r option; do
        grep -q -- "$option" <<<"$help" || fail "klaster help $command lacks $option"
        grep -Fq -- "${option//-/\\-}" <<<"$page" || fail "klaster-$command(1) lacks $option"
    done < <(klaster complete -- "$command" -- 2>/dev/null | cut -f1 | grep '^--')
    grep -Fq "klaster\\-$command" <<<"$(klaster help --man)" || fail "klaster(1) lacks $command"
    [ -s "$KL_BUILD_DIR/man/klaster-$command.1" ] || fail "klaster-$command.1 was not built: is it in cmake/shell.cmake?"
done
for page in klaster.1 klaster-study.5; do
    [ -s "$KL_BUILD_DIR/man/$page" ] || fail "$page was not built"
done
grep -Fq 'NO_COLOR' <<<"$(klaster help --man)" || fail "klaster(1) does not say what NO_COLOR does"
klaster help study >/dev/null 2>&1 && fail "'study' is no command"
echo "${#commands[@]} commands"
