# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts of klaster's result files; scripts/figures.py is the command, docs/figures.md the guide."""
