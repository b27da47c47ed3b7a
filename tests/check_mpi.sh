#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One study on several processes gives the file that one process gives: 1, 2 and 4 ranks with 1 and 2 threads; after a rank
# was killed; with more worlds, shards, and --precision. And it fails as one.
set -euo pipefail
[ -n "${KL_PROGRAM_MPI-}" ] || { echo "no MPI here" && exit 77; }
read -r -a mpirun <<<"$KL_MPIRUN"
work=$(mktemp -d)
cd "$work"
trap 'cd / && rm -rf "$work"' EXIT
failed=0
bad() {
    echo "$1"
    failed=1
}
ranks() { # N ARGUMENTS...: of klaster-mpi
    timeout 300 "${mpirun[@]}" "$1" "$KL_PROGRAM_MPI" "${@:2}"
}
same() { # A B WHAT
    h5diff --exclude-path /provenance "$1" "$2" >diff.txt 2>&1 || { bad "$3: other numbers" && head -20 diff.txt; }
    "$KL_PROGRAM" verify "$2" >verify.txt 2>&1 || { bad "$3: the file is not whole" && cat verify.txt; }
    [ -z "$(find . -name "$2.*")" ] || bad "$3: left $(find . -name "$2.*" | tr '\n' ' ')"
}

# ---- the same file ----

small=(run paper --runs 1500 --seed 11 --quiet)
"$KL_PROGRAM" "${small[@]}" -o one.h5
for n in 1 2 4; do
    for threads in 1 2; do
        ranks "$n" "${small[@]}" --threads "$threads" --checkpoint 0 -o "$n-$threads.h5" || bad "$n ranks x $threads threads failed"
        same one.h5 "$n-$threads.h5" "$n ranks x $threads threads"
    done
done

# What it says, and says once.
ranks 2 run paper --runs 300 -o said.h5 >said.txt 2>&1
[ "$(grep -c -- '^-> .*said.h5' said.txt)" = 1 ] || { bad "the last line does not stand once" && cat said.txt; }
grep -q '2 processes' said.txt || { bad "the plan does not say how many processes there are" && cat said.txt; }
ranks 2 run paper --runs 300 --json -o json.h5 2>/dev/null | grep -q '"processes": 2' || bad "--json does not count the processes"

# ---- more worlds, shards, precision ----

ranks 2 run paper --runs 700 --seed 11 --quiet -o more.h5
ranks 4 "${small[@]}" --extend -o more.h5 || bad "--extend failed"
same one.h5 more.h5 "--extend on 4 ranks"
for i in 1 2; do ranks 2 "${small[@]}" --shard "$i/2" -o "shard-$i.h5" || bad "shard $i failed"; done
"$KL_PROGRAM" merge shard-1.h5 shard-2.h5 -o merged.h5 >/dev/null || bad "merge failed"
same one.h5 merged.h5 "shards on 2 ranks"
precise=(run paper --runs 200 --seed 11 --quiet --precision saving_joint:mean=0.004)
"$KL_PROGRAM" "${precise[@]}" -o precise.h5
ranks 2 "${precise[@]}" -o precise-2.h5 || bad "--precision failed"
same precise.h5 precise-2.h5 "--precision on 2 ranks"

# ---- a rank is lost ----

# Killed once it has committed something. mpirun then ends the others; nothing that was committed may be lost, and the next
# start, with another number of ranks, goes on.
large=(run paper --runs 8000 --seed 12 --threads 1 --checkpoint 0)
"$KL_PROGRAM" run paper --runs 8000 --seed 12 --quiet -o large.h5
"${mpirun[@]}" 4 "$KL_PROGRAM_MPI" "${large[@]}" -o lost.h5 >lost.txt 2>&1 &
job=$!
for _ in $(seq 600); do
    [ "$(stat -c %s lost.h5.journal.2 2>/dev/null || echo 0)" -gt 100000 ] && break
    sleep 0.05
done
victim=$(pgrep -P "$job" -f klaster-mpi | tail -1 || true)
[ -n "$victim" ] && kill -9 "$victim"
if wait "$job"; then bad "mpirun did not notice that a rank was killed"; fi
[ ! -e lost.h5 ] || bad "there is a result although a rank was killed"
committed=$(stat -c %s lost.h5.journal* | awk '{ n += $1 } END { print n + 0 }')
[ "$committed" -gt 100000 ] || bad "nothing was committed before the kill"
ranks 2 "${large[@]}" -o lost.h5 >going-on.txt 2>&1 || { bad "it does not go on" && cat going-on.txt; }
grep -q 'going on: .* runs are there already' going-on.txt || { bad "it does not say that it goes on" && cat going-on.txt; }
same large.h5 lost.h5 "4 ranks, one lost, then 2 ranks"

# ---- failing as one ----

code=0
ranks 2 "${small[@]}" -o one.h5 >refused.txt 2>&1 || code=$?
[ "$code $(grep -c 'one.h5 exists already' refused.txt)" = '3 1' ] ||
    { bad "an existing file is not refused once, but with $code" && cat refused.txt; }
printf 'klaster: 1\nname: wrong\npoints: none\n' >wrong.yaml
code=0
ranks 2 run wrong.yaml >wrong.txt 2>&1 || code=$?
[ "$code $(grep -c 'wrong.yaml has 1 error' wrong.txt)" = '2 1' ] ||
    { bad "a wrong study is not refused once, but with $code" && cat wrong.txt; }
code=0
ranks 2 run paper -o /nonexistent/x.h5 >nowhere.txt 2>&1 || code=$?
[ "$code" = 3 ] || bad "a directory that is not there gives $code"

# The program without MPI, started as two: the one that comes second learns what to use instead.
timeout 300 "${mpirun[@]}" 2 "$KL_PROGRAM" run paper --runs 20000 --quiet -o both.h5 >both.txt 2>&1 || true
grep -q 'klaster-mpi' both.txt || { bad "klaster does not speak of klaster-mpi when it is started twice" && cat both.txt; }
[ "$failed" = 0 ] && echo "ranks: the files of one process"
exit "$failed"
