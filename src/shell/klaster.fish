# SPDX-License-Identifier: GPL-3.0-or-later
#
# Completion of klaster for fish. What can be completed is asked of the program itself (klaster complete).

function __klaster_candidates
    set -l words (commandline -opc)
    set -l now (commandline -ct)
    set -l program $words[1]
    for line in ($program complete -- $words[2..-1] $now 2>/dev/null)
        switch $line
            case ':dirs'
                __fish_complete_directories $now
            case ':files' ':files '
                __fish_complete_path $now
            case ':files *'
                set -l endings (string split -n ' ' -- (string replace ':files ' '' -- $line))
                set -l either (string join '|' -- / (string escape --style=regex -- $endings))
                __fish_complete_path $now | string match -r -- ".*(?:$either)(?:\t.*)?\$"
            case '*'
                echo $line
        end
    end
end

for program in klaster klaster-mpi
    complete -c $program -f -a '(__klaster_candidates)'
end
