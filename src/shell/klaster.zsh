#compdef klaster klaster-mpi
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Completion of klaster for zsh. What can be completed is asked of the program itself (klaster complete).

_klaster() {
    local line word meaning
    local -a endings plain joined plain_meanings joined_meanings
    local -a asked=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
    for line in "${(@f)$(_call_program candidates ${(q)words[1]} complete -- ${(q@)asked} 2>/dev/null)}"; do
        case $line in
        '') ;;
        :dirs) _files -/ ;;
        :files*)
            endings=(${=line#:files})
            if (( $#endings )); then
                _files -g "${(j: :)${(@)endings/#/*}}"
            else
                _files
            fi
            ;;
        *)
            word=${line%%$'\t'*}
            meaning=$word
            [[ $line == *$'\t'* ]] && meaning="$word -- ${line#*$'\t'}"
            if [[ $word == *[=:.] ]]; then
                joined+=("$word") joined_meanings+=("$meaning")
            else
                plain+=("$word") plain_meanings+=("$meaning")
            fi
            ;;
        esac
    done
    (( $#plain )) && compadd -l -d plain_meanings -a plain
    (( $#joined )) && compadd -l -S '' -d joined_meanings -a joined
    return 0
}

_klaster "$@"
