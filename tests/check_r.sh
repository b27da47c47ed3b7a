#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# scripts/analysis.R finds the numbers of klaster summary and klaster compare, draws, and refuses in a sentence.
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77
command -v Rscript >/dev/null && Rscript -e 'library(ncdf4); library(jsonlite)' >/dev/null 2>&1 || exit 77
exec /usr/bin/python3 "$KL_SOURCE_DIR/tests/test_r.py" "$KL_PROGRAM"
