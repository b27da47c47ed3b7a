#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The notebook of docs/notebooks executes from the top, its own assertions hold, its numbers are klaster's, and it is kept
# without outputs.
set -euo pipefail
[ -z "${KL_SANITIZE-}" ] || exit 77
/usr/bin/python3 -c 'import ipykernel, matplotlib, nbconvert, netCDF4, scipy, xarray' 2>/dev/null || exit 77
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$KL_SOURCE_DIR/tests/test_notebook.py" "$KL_PROGRAM"
