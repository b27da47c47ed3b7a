#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# scripts/figures.py: its numbers are klaster's, its files the same bytes twice, its refusals sentences.
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77
# Debian's interpreter: another python3 on the PATH may lack its modules.
/usr/bin/python3 -c 'import matplotlib, netCDF4, scipy, xarray' || exit 77
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$KL_SOURCE_DIR/tests/test_figures.py" "$KL_PROGRAM"
