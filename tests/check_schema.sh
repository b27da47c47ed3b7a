#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The JSON Schema and klaster's own reader, held against each other on every scenario and on nonsense.
set -euo pipefail
# Debian's interpreter: another python3 on the PATH may lack its modules.
exec /usr/bin/python3 "$KL_SOURCE_DIR/tests/check_schema.py" "$KL_PROGRAM" "$KL_SOURCE_DIR/scenarios" \
  "$KL_SOURCE_DIR/docs/study-file.md"
