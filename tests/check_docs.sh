#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The generated pages of docs/ are what the program generates today (after a change of params.def or outcomes.def,
# scripts/docs writes them anew), and docs/command-line.md names every command and every long option.
set -euo pipefail
[ -n "${KL_SANITIZE-}" ] && exit 77
failed=0
compare() {
    local page=$1
    shift
    if ! diff -u "$KL_SOURCE_DIR/docs/$page" <("$KL_PROGRAM" "$@") | head -40; then
        echo "docs/$page is not what klaster $* says; scripts/docs mends it"
        failed=1
    fi
}
compare parameters.md params --format markdown
compare outcomes.md params --outcomes --format markdown
page=$KL_SOURCE_DIR/docs/command-line.md
commands=$("$KL_PROGRAM" help | awk '/^Usage/ { on = 1 } /^Exit codes/ { on = 0 } on && /^  [a-z]/ { print $1 }')
[ "$(wc -w <<<"$commands")" -gt 10 ] || { echo "klaster help lists no commands" && exit 1; }
for command in $commands; do
    for word in "$command" $("$KL_PROGRAM" help "$command" | awk '/^  (-., |    )--/ { sub(/^ +(-., )? */, ""); print $1 }'); do
        if ! grep -qF -- "$word" "$page"; then
            echo "docs/command-line.md does not name $word of klaster $command"
            failed=1
        fi
    done
done
exit "$failed"
