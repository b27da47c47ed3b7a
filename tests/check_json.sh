#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every command has --json, and then standard output is one JSON text and nothing else. A command that has no line here fails the
# check.
set -euo pipefail
[ -x /usr/bin/python3 ] || exit 77
export LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
klaster() { "$KL_PROGRAM" "$@"; }
fail() { printf '%s\n' "$1" && exit 1; }
klaster run paper -n 64 -q -o one.h5
klaster run three-options -n 32 -q -o arms.h5
klaster run sensitivity -n 200 -q -o saltelli.h5
klaster run paper -n 64 -q --shard 1/2 -o s1.h5
klaster run paper -n 64 -q --shard 2/2 -o s2.h5
klaster run paper -n 32 -q -o less.h5
sed 's/^firms:/firmss:/; s/^claims:/claimss:/' <(klaster init -) >wrong.yaml

# One line a use: the exit code that is expected, keys that the JSON must have, and the command line.
uses='
0 file                      init fresh.yaml
0 klaster,parameters        check paper
2 found                     check wrong.yaml
0 -                         params
0 -                         params fee gate
0 -                         params --outcomes
0 file,runs_done,status     run paper -n 40 -o new.h5
0 runs,bytes_disk,seconds   run paper -n 40 -o dry.h5 --dry-run
0 runs_done,status,file     run paper -n 64 -o one.h5 --resume
0 runs_played               run paper -n 96 -o less.h5 --extend
0 precision                 run paper -n 40 -o precise.h5 --precision saving_joint:mean=1
0 tables                    calibrate calibrate-navoi --particles 60 --waves 2
0 arms                      summary one.h5
0 program,study             report one.h5 --no-synergy
0 months                    replay one.h5 -p 3
0 months                    replay paper --set firms=8
0 tables                    compare arms.h5
0 tables                    decide arms.h5
0 tables                    sensitivity saltelli.h5 -m saving_joint --bootstrap 40
0 tables                    claims one.h5
0 tables                    discover one.h5 -c net-saving
0 tables                    synergy one.h5 --runs 8
0 tables                    synergy paper --stakeholders
0 tables                    show one.h5
0 tables                    show arms.h5 differences
0 table,columns,rows        export one.h5
0 table,columns,rows        export arms.h5 --what fans
0 table,columns,rows        export arms.h5 --what inputs
0 files                     verify one.h5
1 files                     verify s1.h5
0 verdict,quantities        diff one.h5 one.h5
0 file,merged,complete      merge s1.h5 s2.h5 -o merged.h5
0 commands                  help
0 commands                  help run
0 version,build             version
'
while read -r code keys line; do
    [ -n "$line" ] || continue
    got=0
    # shellcheck disable=SC2086 # a line is words
    klaster $line --json >out 2>err || got=$?
    # calibrate may say that it gave up: that is no matter here
    [ "$got" = "$code" ] || { [[ $line == calibrate* ]] && [ "$got" = 1 ]; } ||
        fail "klaster $line --json ended with $got, not $code: $(cat err)"
    /usr/bin/python3 -c '
import json, sys
text = open("out", encoding="utf-8").read()
def no_constant(name): raise ValueError(name + " is no JSON")
data = json.loads(text, parse_constant=no_constant)
if not text.endswith("\n") or text.endswith("\n\n"): raise ValueError("no line at the end, or an empty one")
for key in sys.argv[1].split(","):
    if key != "-" and key not in data: raise ValueError(f"no {key!r} in {str(list(data))[:300]}")
' "$keys" 2>why || fail "klaster $line --json: $(tail -n 1 why)"
done <<<"$uses"

for command in $(klaster help --json | grep -o '^      "name": "[a-z]*"' | cut -d'"' -f4); do
    klaster help "$command" | grep -q -- '--json' || fail "klaster $command has no --json"
    grep -Eq "^[0-9] +[^ ]+ +$command( |\$)" <<<"$uses" || fail "klaster $command is not looked at here"
done
# A row is a line.
[ "$(klaster export one.h5 --json | grep -c '^{"arm": ')" = 64 ] || fail "klaster export --json is not a row a line"
klaster export arms.h5 -o folder --json
[ "$(ls folder)" = $'fans.json\ninputs.json\nruns.json' ] || fail "klaster export -o folder --json wrote: $(ls folder)"
echo "every command prints JSON"
