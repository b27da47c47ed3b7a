#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Holds what was built against the layers of CMakeLists.txt. Includes are read in the sources; calls and data are read
# in the object files by nm, so that a macro or an inline function hides nothing. Prints one line a violation.
#
# KL_BUILD_DIR holds layers.txt, klaster.map and libklaster.so; KL_SOURCE_DIR holds src. check_layers_control.sh shows
# that offenders are found.
set -euo pipefail
layers=$KL_BUILD_DIR/layers.txt
sources=$KL_SOURCE_DIR/src
[ -z "${KL_SANITIZE-}" ] || exit 77 # sanitizers add calls and data of their own
violations=$(mktemp)
symbols=$(mktemp)
includes=$(mktemp)
trap 'rm -f "$violations" "$symbols" "$includes"' EXIT

# ---- symbols of every object: layer, file, class, section, name ----

while IFS='|' read -r layer _ objects; do
    [ -n "$objects" ] || continue
    IFS=$'\t' read -r -a files <<<"$objects" # a path may hold blanks
    nm --format=sysv "${files[@]}" | awk -F'|' -v layer="$layer" '
        /^(Undefined s|S)ymbols from / {
            file = $0
            sub(/.*\//, "", file)
            sub(/\.o(\[.*)?:$/, "", file)
        }
        !/ymbols from / && NF >= 7 && $1 !~ /^Name/ {
            for (i = 1; i <= NF; i++) gsub(/^ +| +$/, "", $i)
            print layer, file, $3, ($7 == "" ? "-" : $7), $1
        }'
done <"$layers" >"$symbols"
[ -s "$symbols" ] || { echo "no symbols in the objects of $layers" && exit 1; }

# What awk knows of the table of layers: uses["core"] = "kl_params kl_num ..."; may["core", "num"] once it is closed.
# shellcheck disable=SC2016 # awk, not the shell, is to read it
table='
    function close_table(layer, of,  i, n, parts) { # a layer may use what it links, and what that may use
        if ((layer, of) in may) return
        may[layer, of] = 1
        n = split(uses[of], parts, " ")
        for (i = 1; i <= n; i++)
            if (sub(/^kl_/, "", parts[i])) close_table(layer, parts[i])
    }
    function bad(sentence) { print layer "/" file ": " sentence }
    FILENAME == ARGV[1] { split($0, column, "|"); uses[column[1]] = column[2]; next }
    FILENAME == ARGV[2] && FNR == 1 { for (l in uses) close_table(l, l) }
    BEGIN { # the model and what it stands on
        pure["status"] = pure["rng"] = pure["num"] = pure["params"] = pure["core"] = pure["design"] = 1
    }'

# ---- calls and data ----

awk "$table"'
    BEGIN {
        # All that the pure layers may use of the C library. sqrt and the roundings are exact by IEEE 754; exp, log,
        # pow and their like are not, and differ between machines.
        allowed = "^(mem(cpy|set|move|cmp)|str(cmp|ncmp|len|chr)|sqrtf?|fabsf?|floorf?|ceilf?|qsort|" \
                  "_GLOBAL_OFFSET_TABLE_|__cpu_(model|indicator_init|features2)|__stack_chk_fail)$"
        memory = "^(malloc|calloc|realloc|free|aligned_alloc|posix_memalign)$"
        # Libraries that one layer keeps to itself.
        home["H5"] = "store"; home["fy_"] = "study"; home["gsl_"] = "analysis"
        home["MPI_"] = "ranks"
        home["GOMP_"] = home["omp_"] = home["__kmpc_"] = "engine"
        # Nothing below the program prints, ends the process, or lets the surroundings change a result.
        never = "^(v?printf|puts|putchar|perror|stdout|stderr|exit|_exit|_Exit|quick_exit|abort|__assert_fail|" \
                "setlocale|gsl_rng_env_setup|s?rand|s?random|system|popen|signal|sigaction|strtok|localtime|gmtime)$"
    }
    FILENAME == ARGV[2] && !second { # first reading: where is each name defined?
        if ($3 ~ /^[A-TV-Zi]$/) # i: chosen at load time, see core/vector.h
            owner[$5] = $1
        next
    }
    {
        layer = $1; file = $2; class = $3; section = $4; name = $5
        if (section ~ /^\.t(bss|data)/) bad("data of a thread: " name)
        else if (class ~ /^[bBdDgGsSC]$/ && section !~ /^\.data\.rel\.ro/) bad("writable data: " name)
        # clang 14 shows the resolver of a cloned static function, too
        if (class ~ /^[TDBRVW]$/ && name !~ /^kl_/ && name !~ /\.resolver$/) bad("shows a name without kl_: " name)
        if (class !~ /^[Uw]$/) next
        if (name in owner) {
            if (!((layer, owner[name]) in may)) bad("calls " name " of " owner[name])
        } else if (layer in pure) {
            if (name ~ memory) {
                if (file != "memory.c") bad("allocates by " name ", which only memory.c of its layer may")
            } else if (name !~ allowed) bad("uses " name ", which the core must not")
        }
        if (name ~ never) bad("uses " name ", which no library layer may")
        for (prefix in home)
            if (index(name, prefix) == 1 && layer != home[prefix])
                bad("uses " name ", which only " home[prefix] " may")
    }' "$layers" "$symbols" second=1 "$symbols" >>"$violations"

# ---- includes ----

find "$sources" -name '*.[ch]' | sort | while read -r file; do
    sed -n 's/^ *# *include *[<"]\([^>"]*\)[>"].*/\1/p' "$file" |
        sed "s|^|$(basename "$(dirname "$file")") $(basename "$file") |"
done >"$includes"
awk "$table"'
    BEGIN {
        uses["rng"] = ""
        # public headers that are not called like their layer; the umbrella klaster.h is for programs
        of["run.h"] = of["mechanism.h"] = "core"
        of["outcomes.h"] = of["params.def"] = of["outcomes.def"] = of["choices.def"] = "params"
        n = split("table precision compare appraisal sensitivity discovery synergy calibration charts", topic, " ")
        for (i = 1; i <= n; i++) of[topic[i] ".h"] = "analysis"
        of["verify.h"] = "store"; of["version.h"] = "status"; of["klaster.h"] = "cli"
        home["hdf5.h"] = home["hdf5_hl.h"] = "store"; home["omp.h"] = "engine"; home["libfyaml.h"] = "study"; home["mpi.h"] = "ranks"
    }
    FNR == 1 {
        for (l in uses) uses["cli"] = uses["cli"] " kl_" l
        close_table("cli", "cli")
    }
    {
        layer = $1; file = $2; header = $3
        n = split(header, part, "/")
        target = ""
        if (part[1] == "klaster" && n == 2) {
            target = part[2]
            sub(/\..*/, "", target)
            if (part[2] in of) target = of[part[2]]
        } else if (n == 2 && part[1] in uses)
            target = part[1]
        if (target != "" && !((layer, target) in may)) bad("includes " header " of " target)
        if (header in home && layer != home[header]) bad("includes " header ", which only " home[header] " may")
        if (part[1] == "gsl" && layer != "analysis") bad("includes " header ", which only analysis may")
        if (layer in pure && header ~ /^(stdio|time|locale|signal|unistd|pthread|omp)\.h$/)
            bad("includes " header ", which the core must not")
    }' "$layers" "$includes" >>"$violations"

# ---- the shared library ----

library=$KL_BUILD_DIR/libklaster.so
if [ -e "$library" ]; then
    comm -3 <(nm -D --defined-only "$library" | awk '{ print $3 }' | sort -u) \
        <(sed -n 's/^    \(kl_[a-z0-9_]*\);$/\1/p' "$KL_BUILD_DIR/klaster.map" | sort -u) |
        awk 'sub(/^\t/, "") { print "libklaster.so: a public header declares " $1 ", but it is not there"; next }
             { print "libklaster.so: exports " $1 ", which no public header declares" }' >>"$violations"
fi

sort -u "$violations"
if [ -s "$violations" ]; then
    echo "$(sort -u "$violations" | wc -l) violations of the layers"
    exit 1
fi
echo "$(wc -l <"$symbols") symbols, $(grep -c . "$layers") layers: as CMakeLists.txt says"
