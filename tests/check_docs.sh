#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The generated pages of docs/ are what the program generates today. After a change of params.def or outcomes.def:
# scripts/docs writes them anew.
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
exit "$failed"
