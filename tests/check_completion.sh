#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Completion, asked of the shells themselves: bash by its completion function and on a terminal, zsh on a terminal (zpty), fish by
# `complete -C`. A shell that is not installed is left out; one must be there.
set -euo pipefail
export LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir bin sub
ln -s "$KL_PROGRAM" bin/klaster
export PATH=$work/bin:$PATH HOME=$work
touch mine.yaml notes.txt
klaster run paper -n 20 -q -o result.h5
klaster run three-options -n 4 -q -o arms.h5
fail() { printf '%s\n' "$1" && exit 1; }
scripts=$KL_SOURCE_DIR/src/shell
asked=0

# expect SHELL LINE FOUND WORD... [! WORD...]: each word is among those found, and those after the ! are not.
expect() {
    local shell=$1 line=$2 found=$3 not='' word
    shift 3
    for word in "$@"; do
        if [ "$word" = '!' ]; then
            not=yes
        elif [ -z "$not" ] && ! grep -Fqx -- "$word" <<<"$found"; then
            fail "$shell: '$line' does not offer '$word' but: $(tr '\n' ' ' <<<"$found")"
        elif [ -n "$not" ] && grep -Fqx -- "$word" <<<"$found"; then
            fail "$shell: '$line' offers '$word'"
        fi
    done
}

# What every shell must offer. With $2 = yes the shell completes only what comes after = and : (bash).
check_all() {
    local shell=$1 after_mark=$2 key=graph= stat=joint-saving: metric=--metric=
    [ "$after_mark" = yes ] && key='' stat='' metric=''
    expect "$shell" 1 "$("$shell" 'klaster ru')" run ! replay
    expect "$shell" 2 "$("$shell" 'klaster ')" run summary help ! complete
    expect "$shell" 3 "$("$shell" 'klaster run --se')" --set --seed ! --force
    expect "$shell" 4 "$("$shell" 'klaster run p')" paper pilot-value
    expect "$shell" 5 "$("$shell" 'klaster run ')" mine.yaml paper ! result.h5 notes.txt
    expect "$shell" 6 "$("$shell" 'klaster summary ')" result.h5 arms.h5 ! mine.yaml notes.txt paper
    expect "$shell" 7 "$("$shell" 'klaster run paper --set gra')" graph=
    expect "$shell" 8 "$("$shell" 'klaster run paper --set graph=s')" "${key}small_world" "${key}scale_free" ! "${key}blocks"
    expect "$shell" 9 "$("$shell" 'klaster export result.h5 --what ')" runs fans inputs
    expect "$shell" 10 "$("$shell" 'klaster summary result.h5 --metric saving_n')" saving_net saving_net_all
    expect "$shell" 11 "$("$shell" 'klaster summary result.h5 --metric=saving_n')" "${metric}saving_net"
    expect "$shell" 12 "$("$shell" 'klaster compare arms.h5 --baseline ')" "${arms[@]}"
    expect "$shell" 13 "$("$shell" 'klaster discover result.h5 --claim j')" joint-saving
    expect "$shell" 14 "$("$shell" 'klaster run paper --precision joint-saving:s')" "${stat}share="
    expect "$shell" 15 "$("$shell" 'klaster params scale_el')" scale_elasticity
    expect "$shell" 16 "$("$shell" 'klaster help dec')" decide
    asked=$((asked + 1))
}
mapfile -t arms < <(klaster summary arms.h5 --json | grep -o '"arm": "[^"]*"' | cut -d'"' -f4)
[ ${#arms[@]} -ge 2 ] || fail "arms.h5 has too few arms"

# ---- bash ----

# As readline cuts a line: at blanks, and at = and : which are words of their own.
asked_bash() {
    # shellcheck disable=SC2016 # the inner shell expands it
    bash --norc -c '
        source "$1"
        read -r -a COMP_WORDS <<<"$(sed "s/[=:]\+/ & /g" <<<"$2")"
        [[ $2 == *[[:space:]=:] ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { :; }
        _klaster
        printf "%s\n" "${COMPREPLY[@]}"' bash "$scripts/klaster.bash" "$1"
}
check_all asked_bash yes

# And on a terminal, by the Tab key: the word is completed and the command runs.
if [ -x /usr/bin/python3 ]; then
    said=$(/usr/bin/python3 - "$scripts/klaster.bash" <<'PY'
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
os.write(terminal, f"source '{sys.argv[1]}'; PS1=; bind 'set bell-style none'; stty -echo\n".encode())
time.sleep(0.5)
os.write(terminal, b"klaster vers\t --js\t; exit\n")
said = b""
while True:
    try:
        said += os.read(terminal, 4096)
    except OSError:
        break
print(said.decode())
PY
    )
    grep -q '"file_format"' <<<"$said" || fail "bash: Tab does not complete 'klaster vers' and '--js': $said"
fi

# ---- zsh: a terminal of its own; candidates are seen as zsh would insert them ----

if command -v zsh >/dev/null; then
    mkdir functions
    cp "$scripts/klaster.zsh" functions/_klaster
    asked_zsh() {
        zsh -f -s -- "$1" <<'ZSH'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PROMPT= RPROMPT=; fpath=($PWD/functions \$fpath); autoload -Uz compinit; compinit -u -D; unsetopt beep; stty -echo
compadd() { local -a out; builtin compadd -O out \"\$@\"; print -rl -- \${^out}'<<' >>! $PWD/found; builtin compadd \"\$@\" }
bindkey '^I' complete-word; bindkey '^X' kill-whole-line
print rea''dy"
zpty -r shell line '*ready*'
: >! found
zpty -w -n shell "$1"$'\t'
integer i
for ((i = 0; i < 50; i++)); do
    sleep 0.1
    [[ -s found ]] && break
done
sleep 0.3
zpty -d shell
sed -n 's/<<$//p' found
ZSH
    }
    check_all asked_zsh no
fi

# ---- fish ----

if command -v fish >/dev/null; then
    asked_fish() {
        # shellcheck disable=SC2016 # fish expands it
        fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$scripts/klaster.fish" "$1" | cut -f1
    }
    check_all asked_fish no
fi
echo "shells that were asked: $asked"
