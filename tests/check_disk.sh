#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Disks that are full, fail or may not be written to, at every stage of a run. The run ends with a sentence that gives the
# system's reason; what has the result's name is whole or as it was; and once there is room, the same command yields the numbers
# of a run that nobody disturbed.
#
# usage: check_disk.sh [N]     N faults a kind; without it 6
set -euo pipefail
many=${1-6}
command -v h5diff >/dev/null || { echo "h5diff is missing" && exit 77; }
[ -z "${KL_SANITIZE-}" ] || exit 77 # a sanitizer does not bear with LD_PRELOAD
# shellcheck source=tests/faults/lib.sh
. "$(dirname "$0")/faults/lib.sh"
build_faults
RANDOM=1

write_study
run=(run s.yaml -n 128 -q --threads 1)
"$klaster" "${run[@]}" -o unbroken.h5
"$klaster" run s.yaml -n 40 -q -o small.h5
cp small.h5 r.h5
"$klaster" export r.h5 >unbroken.csv

# The run ended badly, or not. Is what is there in order, and can it be gone on with?
mend() { # WHAT OUTPUT [OPTION...]
    local what=$1 output=$2
    shift 2
    is_graceful "$what"
    [ ! -e "$output.part" ] || complain "$what: leaves a .part"
    if [ "$code" -ne 0 ]; then
        # a directory that could not be brought to disk is an error behind the rename: then it is the result
        [ ! -e "$output" ] || cmp -s "$output" small.h5 || same_numbers unbroken.h5 "$output" ||
            complain "$what: what has the result's name is neither the old file nor the new one"
    fi
    "$klaster" "${run[@]}" --resume "$@" -o "$output" >said 2>again || complain "$what: it cannot be gone on with: $(cat again)"
    same_numbers unbroken.h5 "$output" || complain "$what: afterwards the numbers are others"
    if [ -e "$output.journal" ]; then # it could not be removed after the file had its name: the next run that writes does
        "$klaster" "${run[@]}" --force -o "$output" >said 2>again || complain "$what: not anew: $(cat again)"
        [ ! -e "$output.journal" ] || complain "$what: the journal stays for good"
    fi
}

# ---- one call to the disk, or all from one on ----

calls=0
saved=open,pwritev,ftruncate,fdatasync,fsync,rename,unlink
filling=write,pwrite,pwritev,open,ftruncate,fdatasync,fsync,rename # what a full disk may refuse; files can be removed there
count_calls() { # [KL_FAULT_ONLY=...]
    rm -f log out.h5*
    with_fault KL_FAULT=disk KL_FAULT_LOG=log "$@" -- "$klaster" "${run[@]}" --checkpoint 0 -o out.h5
    wc -l <log
}
n_calls=$(count_calls)
n_saved=$(count_calls KL_FAULT_ONLY="$saved")
for ((i = 0; i < many; i++)); do
    for kind in full failing torn saved late; do
        settings=(KL_FAULT=disk KL_FAULT_AT="$(random "$n_calls")" KL_FAULT_ONLY="$filling" KL_FAULT_FOREVER=1)
        words="No space left on device"
        case $kind in
        failing) settings+=(KL_FAULT_ERRNO=5) words="Input/output error" ;;
        torn) settings+=(KL_FAULT_TORN=1) ;;
        saved) settings=(KL_FAULT=disk KL_FAULT_AT="$(random "$n_saved")" KL_FAULT_ONLY="$saved") ;; # once only
        late) settings=(KL_FAULT=disk KL_FAULT_AT="$((n_saved - 1 - i))" KL_FAULT_ONLY="$saved") ;;
        esac
        extend=()
        rm -f out.h5*
        if [ $((RANDOM % 3)) -eq 0 ]; then
            cp small.h5 out.h5
            extend=(--extend)
        fi
        what="disk $kind (${settings[*]} ${extend[*]-})"
        with_fault "${settings[@]}" -- "$klaster" "${run[@]}" --checkpoint 0 "${extend[@]}" -o out.h5
        calls=$((calls + 1))
        [ "$code" -eq 0 ] || grep -q "$words" err || complain "$what: the sentence does not give the reason: $(cat err)"
        mend "$what" out.h5 "${extend[@]}"
    done
done

# A signal may interrupt a call that takes long: it is made again.
slow=write,pwrite,pwritev,ftruncate,fdatasync,fsync
n_slow=$(count_calls KL_FAULT_ONLY=pwritev,ftruncate,fdatasync,fsync)
for ((i = 0; i < many; i++)); do
    rm -f out.h5*
    with_fault KL_FAULT=disk KL_FAULT_AT="$(random "$n_calls")" KL_FAULT_ONLY="$slow" KL_FAULT_ERRNO=4 -- \
        "$klaster" "${run[@]}" --checkpoint 0 -o out.h5
    [ "$code" -eq 0 ] || complain "an interrupted write ends the run: $(cat err)"
    rm -f out.h5*
    with_fault KL_FAULT=disk KL_FAULT_AT="$(random "$n_slow")" KL_FAULT_ONLY=pwritev,ftruncate,fdatasync,fsync KL_FAULT_ERRNO=4 -- \
        "$klaster" "${run[@]}" --checkpoint 0 -o out.h5
    [ "$code" -eq 0 ] || complain "an interrupted call ends the run: $(cat err)"
    same_numbers unbroken.h5 out.h5 || complain "after an interrupted call the numbers are others"
done

# The order on disk: what the name will stand for is synced before it is renamed, and the journal goes last.
count_calls KL_FAULT_ONLY="$saved" >/dev/null
grep -o '[a-z]*$' <<<"$(tail -6 log)" | tr '\n' ' ' >order
grep -qx 'fdatasync fsync rename fsync unlink fsync ' order || complain "the last calls are: $(cat order)"

# ---- a real disk of a few KiB, in a name space of its own ----

small_disk() { # KILOBYTES
    local size
    mkdir -p disk
    mount -t tmpfs -o "size=$1k" none disk
    for words in "run s.yaml -n 128 -q --checkpoint 0 -o disk/out.h5" "export r.h5 -o disk/csv" "init disk/new.yaml"; do
        read -r -a line <<<"$words"
        with_fault KL_FAULT_ROOM=1 -- "$klaster" "${line[@]}" # or the run would not begin
        is_graceful "$words on $1 KiB"
        [ "$code" -eq 0 ] || grep -q "No space left on device" err ||
            complain "$words on $1 KiB: the sentence does not give the reason: $(cat err)"
        case $words in run*) # make room, go on, and make the disk small again
            size=$(df --output=used disk | tail -1)
            [ "$code" -eq 0 ] || [ ! -e disk/out.h5 ] || complain "$words on $1 KiB: a result that cannot be whole"
            mount -o remount,size=64m disk
            mend "$words on $1 KiB ($size used)" disk/out.h5
            rm -f disk/out.h5*
            mount -o "remount,size=$1k" disk
            ;;
        esac
    done
    # tables do not fit into the file: it stays as it was, and can be read
    mount -o remount,size=64m disk
    cp r.h5 disk/r.h5
    mount -o "remount,size=$(df --output=used disk | tail -1 | tr -d ' ')k" disk
    code=0
    "$klaster" sensitivity disk/r.h5 >out 2>err || code=$?
    is_graceful "tables for a file on a full disk"
    cmp -s r.h5 disk/r.h5 || complain "tables for a file on a full disk: the file is another"
    [ ! -e disk/r.h5.part ] || complain "tables for a file on a full disk: a .part stays"
    # a disk that may only be read
    mount -o remount,ro,size=64m disk
    code=0
    "$klaster" run s.yaml -q -o disk/new.h5 >out 2>err || code=$?
    is_graceful "a disk that may only be read"
    grep -q "Read-only file system" err || complain "a disk that may only be read: $code, $(cat err)"
    "$klaster" export disk/r.h5 2>err | cmp -s - unbroken.csv || complain "it cannot be read from such a disk: $(cat err)"
    umount disk
}
disks=0
if unshare --mount --map-root-user true 2>/dev/null; then
    export -f small_disk with_fault mend is_graceful complain same_numbers
    export klaster scratch failed
    for size in 8 100 400 $((many > 6 ? 800 : 0)) $((many > 6 ? 1600 : 0)); do
        [ "$size" -gt 0 ] || continue
        disks=$((disks + 1))
        echo "failed=0; run=(${run[*]}); small_disk $size; exit \"\$failed\"" >disk.sh
        unshare --mount --map-root-user bash disk.sh || complain "see above"
    done
else
    echo "without real disks: no file system may be mounted here"
fi

# ---- directories ----

# As somebody who may not write: whoever is root gives that up.
as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${as_nobody[@]}" true 2>/dev/null || as_nobody=()
fi
if [ "$(id -u)" -ne 0 ] || [ "${#as_nobody[@]}" -gt 0 ]; then
    mkdir locked
    cp small.h5 locked/out.h5
    chmod 755 "$scratch"
    chmod 555 locked
    chmod 644 s.yaml locked/out.h5
    if "${as_nobody[@]}" test -x "$klaster" -a -r s.yaml; then
        for words in "${run[*]} -o locked/new.h5" "${run[*]} --extend -o locked/out.h5" "sensitivity locked/out.h5"; do
            code=0
            read -r -a line <<<"$words"
            "${as_nobody[@]}" "$klaster" "${line[@]}" >out 2>err || code=$?
            is_graceful "$words, in a directory of others"
            case $words in sensitivity*) ;; *) [ "$code" -eq 3 ] || complain "$words, in a directory of others: $code" ;; esac
            grep -q "Permission denied" err || complain "$words, in a directory of others: $(cat err)"
            cmp -s small.h5 locked/out.h5 || complain "$words, in a directory of others: changes the file"
        done
    else
        echo "without another user: the program is not for all here"
    fi
    chmod 755 locked
fi
code=0
"$klaster" "${run[@]}" -o nowhere/out.h5 >out 2>err || code=$?
is_graceful "a directory that is not there"
grep -q "No such file or directory" err || complain "a directory that is not there: $code, $(cat err)"

# The directory goes away while the run writes, at the first call that syncs something, and again at the rename.
for at in 2 20 $((n_saved - 4)); do
    rm -rf gone elsewhere
    mkdir gone
    cat >mover.sh <<'SH'
while [ ! -e gone/out.h5.part ]; do sleep 0.01; done
mv gone elsewhere
SH
    bash mover.sh &
    mover=$!
    children=("$mover")
    code=0
    "$klaster" run s.yaml -n $((at * 40)) -q --checkpoint 0 --threads 1 -o gone/out.h5 >out 2>err || code=$?
    kill "$mover" 2>/dev/null || true
    wait "$mover" 2>/dev/null || true
    children=()
    is_graceful "a directory that goes away"
    [ "$code" -eq 0 ] || [ ! -e elsewhere/out.h5 ] || complain "a directory that goes away: a result stays there"
done

[ "$failed" -eq 0 ] || { echo "$failed complaints" && exit 1; }
echo "$calls runs with a full or failing disk, $((2 * many)) interrupted, $disks small disks, directories: in order every time"
