#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Joins the shards that array.sh has made for a result file, checks it, and removes them. Argument: that file.
#SBATCH --job-name=klaster-merge
#SBATCH --ntasks=1
#SBATCH --time=01:00:00
set -eu
output=${1:?OUTPUT}
klaster=${KLASTER:-klaster}

"$klaster" merge "${output%.h5}".shard-*.h5 --output "$output"
"$klaster" verify "$output"
rm "${output%.h5}".shard-*.h5
