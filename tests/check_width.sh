#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is printed for people fits 80 columns in a pipe, whatever arms and claims are called and however the points are laid out;
# and nothing is left out for that: the numbers are those of a wider page.
set -euo pipefail
export LC_ALL=C.UTF-8
unset COLUMNS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
klaster() { "$KL_PROGRAM" "$@"; }
fail() { printf '%s\n' "$1" && exit 1; }

cat >arms.yaml <<'Y'
klaster: 1
name: a-study-with-a-name-of-its-own-that-is-long
points: 300
uncertainty: default
parameters: {firms: 30}
arms:
  - {name: the-mechanism-as-it-is-without-anything}
  - {name: the-mechanism-with-an-infrastructure-grant, parameters: {capex_grant: 75000}}
  - {name: running_cost_paid_in_part_for_two_whole_years, parameters: {opex_support: 0.6}}
claims:
  - {name: the-joint-saving-that-the-paper-claims-for-it, metric: saving_joint, interval: [0.3, 0.4], source: the paper}
  - {name: worth-its-cost, metric: npv_social, interval: [0, null]}
Y
factorial='kind: factorial, factors: {fee: [0.01, 0.08], margin: [0.2, 0.4], graph: [small_world, scale_free]}'
for design in "$factorial" 'kind: saltelli, base: 64, factors: [shareable, satisfaction_intercept, employees_sd]' \
    'kind: morris, trajectories: 12'; do
    kind=${design#kind: }
    kind=${kind%%,*}
    points=
    more='firms: 30'
    [ "$kind" != factorial ] || points='points: 40'
    [ "$kind" != saltelli ] || more='satisfaction_intercept: {normal: [0.4, 0.1]}, employees_sd: {uniform: [0.8, 1.5]}'
    printf 'klaster: 1\nname: %s\nuncertainty: default\n%s\ndesign: {%s}\nparameters: {%s}\n' "$kind" "$points" "$design" "$more" >"$kind.yaml"
    klaster run "$kind.yaml" -q -o "$kind.h5"
done
klaster run arms.yaml -q -o arms.h5

narrow() { # the command line
    local width
    klaster "$@" >out 2>err || fail "klaster $*: $(cat err)"
    width=$(wc -L <out)
    [ "$width" -le 80 ] || fail "klaster $* is $width columns wide: $(awk 'length > 80' out | head -n 3)"
}

numbers() { tr -s ' ' '\n' | grep '[0-9]' | grep -v '[a-z]-$\|^[a-z]' | sort; }

same_numbers() { # the command line
    klaster "$@" 2>/dev/null | numbers >narrow
    COLUMNS=100 klaster "$@" 2>/dev/null | numbers >wide
    cmp -s narrow wide || fail "klaster $* has other numbers on 80 columns than on 100: $(diff narrow wide | head -n 5)"
}

for line in 'summary arms.h5' 'summary arms.h5 --all' 'compare arms.h5 --no-save' 'compare arms.h5 --all --no-save' \
    'decide arms.h5 --no-save' 'claims arms.h5 --no-save' 'claims arms.h5 --explain --no-save' \
    'sensitivity factorial.h5 -m saving_joint -m npv_social --no-save --bootstrap 40' \
    'sensitivity saltelli.h5 -m saving_joint -m npv_social --no-save --bootstrap 40' \
    'sensitivity morris.h5 -m saving_joint -m npv_social --no-save --bootstrap 40' \
    'sensitivity arms.h5 -m saving_joint --no-save --bootstrap 40' 'summary factorial.h5' \
    'replay arms.h5 -p 3 --months' 'replay arms.h5 -p 3 --firms' 'params' 'params --outcomes' 'params fee graph' \
    'check arms.yaml' 'check saltelli.yaml' 'check factorial.yaml' 'verify arms.h5' 'synergy arms.h5 --runs 20 --no-save -q -a the-mechanism-with-an-infrastructure-grant' \
    'synergy arms.h5 --stakeholders --no-save' 'calibrate calibrate-navoi --particles 60 --waves 40 -q --threads 1' \
    'discover arms.h5 -w saving_joint>0.3 --no-save' 'diff arms.h5 arms.h5' 'help' 'version'; do
    # shellcheck disable=SC2086 # a line is words
    narrow $line
done
for line in 'compare arms.h5 --no-save' 'decide arms.h5 --no-save' \
    'sensitivity factorial.h5 -m saving_joint --no-save --bootstrap 40'; do
    # shellcheck disable=SC2086
    same_numbers $line
done
echo "80 columns"
