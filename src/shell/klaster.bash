# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Completion of klaster for bash 4.1 and later. What can be completed is asked of the program itself (klaster complete).

_klaster() {
    # bash cuts words at = and : as well; put them together again.
    local -a words=()
    local i word last=
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ ${#words[@]} -gt 1 && ($word == [=:]* || $last == *[=:]) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        last=$word
    done
    local now=${words[${#words[@]} - 1]} kept='' line
    [[ $now == *[=:]* ]] && kept=${now%"${now##*[=:]}"} # bash completes what comes after
    now=${now#\"} now=${now#\'}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        :dirs) compopt -o filenames && mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "${now#"$kept"}") ;;
        :files*) _klaster_files "${now#"$kept"}" "${line#:files}" ;;
        *)
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$kept"}")
            ;;
        esac
    done < <("${words[0]/#\~/$HOME}" complete -- "${words[@]:1:${#words[@]}-2}" "$now" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:.] ]] && compopt -o nospace
    return 0
}

# Files with one of the endings, or any; and directories on the way to them.
_klaster_files() {
    local file ending
    compopt -o filenames
    while IFS= read -r file; do
        if [[ -d $file || -z ${2// /} ]]; then
            COMPREPLY+=("$file")
            continue
        fi
        for ending in $2; do
            [[ $file == *"$ending" ]] && COMPREPLY+=("$file") && break
        done
    done < <(compgen -f -- "$1")
}

complete -F _klaster klaster klaster-mpi
