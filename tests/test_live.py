# SPDX-License-Identifier: GPL-3.0-or-later
"""The live view of a sweep, looked at through a pseudo-terminal: test_live.py KLASTER.

A small terminal is kept here that knows what the view may use, and fails on anything else: a line that would wrap, a
picture that would scroll, a sequence that it does not know."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios

PROGRAM = os.path.abspath(sys.argv[1])
SHARE = r"(?:[0-9.]+ \[[0-9.]+, [0-9.]+\]|-)"


class Terminal:
    """Rows of text, a cursor, and every picture that was complete."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.line = [""]
        self.at_row = self.at_column = 0
        self.pictures = []
        self.colours = 0

    def put(self, character):
        # What klaster prints before and after the view may be as wide as it likes; a picture begins by \r.
        row = self.line[self.at_row].ljust(self.at_column)
        self.line[self.at_row] = row[: self.at_column] + character + row[self.at_column + 1 :]
        self.at_column += 1

    def sequence(self, number, kind):
        if kind == "m":
            self.colours += 1
        elif kind == "K":
            self.line[self.at_row] = self.line[self.at_row][: self.at_column]
        elif kind == "J":
            self.line[self.at_row] = self.line[self.at_row][: self.at_column]
            del self.line[self.at_row + 1 :]
        elif kind == "A":
            self.at_row -= number or 1
            assert self.at_row >= 0, "the cursor leaves the screen"
            picture = [text.rstrip() for text in self.line[self.at_row :]]
            assert len(picture) < self.rows, f"{len(picture)} lines on {self.rows} rows"
            for text in picture:
                assert len(text) < self.columns, f"{len(text)} columns on {self.columns}: {text}"
            self.pictures.append(picture)
        else:
            raise AssertionError(f"the view uses CSI {number} {kind}")

    def feed(self, text):
        for part in re.finditer(r"\x1b\[(\d*(?:;\d+)*)([A-Za-z])|(.)", text, re.S):
            number, kind, character = part.groups()
            if kind:
                self.sequence(int(number) if number.isdigit() else 0, kind)
            elif character == "\r":
                self.at_column = 0
            elif character == "\n":
                self.at_row += 1
                if self.at_row == len(self.line):
                    self.line.append("")
            else:
                assert character >= " ", repr(character)
                self.put(character)


def watch(arguments, rows=40, columns=80, environment=None, after=None):
    """Run klaster on a terminal. after(terminal, process, descriptor) is called when something was printed."""
    variables = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm") | (environment or {})
    for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"):
        if name not in (environment or {}):
            variables.pop(name, None)
    terminal = Terminal(rows, columns)
    descriptor, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen([PROGRAM] + arguments, stdin=slave, stdout=slave, stderr=slave, env=variables)
    os.close(slave)
    rest = b""
    while True:
        try:
            data = os.read(descriptor, 65536)
        except OSError:
            break
        if not data:
            break
        # Whole pictures end by \r; a sequence or a character must not be cut in two.
        rest += data
        cut = max(rest.rfind(b"\r"), rest.rfind(b"\n")) + 1
        terminal.feed(rest[:cut].decode())
        rest = rest[cut:]
        if after:
            after(terminal, process, descriptor)
    terminal.feed(rest.decode())
    os.close(descriptor)
    terminal.code = process.wait()
    return terminal


def said(*arguments, code=0):
    result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == code, result.stderr
    return result.stdout


def shares(lines):
    """Claim -> its shares, one an arm, of a picture."""
    found = {}
    for line in lines:
        name = re.match(r"  ([a-z][a-z0-9-]*) ", line)
        if name and re.search(SHARE, line):
            found[name.group(1)] = re.findall(SHARE, line[name.end() :])
    return found


def worlds(lines):
    found = re.search(r"so far, in % of ([0-9,]+) worlds", "\n".join(lines))
    return int(found.group(1).replace(",", "")) if found else 0


def summary_shares(path):
    """Claim -> its shares of all worlds, one an arm, as `klaster summary` prints them."""
    found = {}
    text = said("summary", path)
    audit = text[text.index("CLAIMS") : text.index("RUNS")] if "RUNS" in text else text
    name = None
    for line in audit.splitlines():
        one = re.match(r"  ([a-z][a-z0-9-]*)  .*?(" + SHARE + ")  ", line)
        if one and name is None:
            found.setdefault(one.group(1), [one.group(2)])
        head = re.match(r" +\d+  ([a-z][a-z0-9-]*)  ", line)
        if head:
            name = head.group(1)
            found[name] = []
        row = re.match(r"     [a-z][a-z0-9-]* +(" + SHARE + ")", line)
        if row and name:
            found[name].append(row.group(1))
    return found


def the_last_picture_says_what_summary_says():
    t = watch(["run", "paper", "-n", "6000", "-j", "1", "-o", "one.h5"])
    assert t.code == 0 and len(t.pictures) >= 2, t.line
    assert 0 < worlds(t.pictures[0]) < 6000 and worlds(t.pictures[-1]) == 6000
    assert "6,000 of 6,000 runs" in t.pictures[-1][0], t.pictures[-1]
    assert re.search(r"runs/s, [0-9.]+ [kM] firm-months/s", t.pictures[-1][1])
    due = summary_shares("one.h5")
    got = shares(t.pictures[-1])
    assert len(due) == 7 and set(got) == set(due), (got, due)
    for name, share in got.items():
        assert share == due[name], (name, share, due[name])


def nothing_of_it_remains():
    t = watch(["run", "paper", "-n", "6000", "-j", "1", "-f", "-o", "one.h5"])
    text = "\n".join(t.line)
    assert t.pictures and "so far" not in text and "left" not in text, text
    assert "6,000 runs:" in text and text.startswith("paper"), text


def the_view_changes_no_number():
    said("run", "paper", "-n", "6000", "-q", "-o", "unwatched.h5")
    said("diff", "one.h5", "unwatched.h5")


def arms_stand_beside_each_other():
    t = watch(["run", "funding-options", "-n", "300", "-j", "1", "-o", "arms.h5"], columns=100)
    assert t.code == 0 and t.pictures
    due, got = summary_shares("arms.h5"), shares(t.pictures[-1])
    assert got and any("4 of 19 arms" in line for line in t.pictures[-1]), t.pictures[-1]
    for name, share in got.items():
        assert len(share) == 4 and share == due[name][:4], (name, share, due[name])


def interrupt(terminal, process, _):
    """Once: the second one kills."""
    if terminal.pictures and worlds(terminal.pictures[-1]) > 1000 and not hasattr(terminal, "interrupted"):
        terminal.interrupted = True
        process.send_signal(signal.SIGINT)


def what_was_there_counts_when_it_goes_on():
    line = ["run", "paper", "-n", "8000", "-j", "1", "-o", "on.h5"]
    first = watch(line, after=interrupt)
    assert first.code == 130, first.line
    second = watch(line)
    assert second.code == 0 and second.pictures, second.line
    assert worlds(second.pictures[0]) >= worlds(first.pictures[-1]) > 1000
    assert "runs were there" in second.pictures[0][1]
    assert worlds(second.pictures[-1]) == 8000
    due = summary_shares("on.h5")
    assert all(share == due[name] for name, share in shares(second.pictures[-1]).items())


def rounds_of_precision_are_numbered():
    t = watch(["run", "paper", "-n", "2000", "-j", "1", "--precision", "joint-saving:share=0.013", "-o", "precise.h5"])
    assert t.code == 0, t.line
    rounds = [re.match(r"round (\d):", p[1]).group(1) for p in t.pictures]
    assert "1" in rounds and "2" in rounds, rounds
    due = summary_shares("precise.h5")
    assert all(share == due[name] for name, share in shares(t.pictures[-1]).items())


GRID = """klaster: 1
name: grid
parameters: {firms: 54}
points: 1
replicates: %d
design: {kind: factorial, factors: {fee: {levels: 10, of: {uniform: [0, 0.1]}}, margin: {levels: 20, of: {uniform: [0.1, 0.5]}}}}
claims: [{name: saving, metric: saving_joint, interval: [0.1, 0.3]}]
"""


def half_a_grid_is_no_sample():
    with open("grid.yaml", "w", encoding="utf-8") as file:
        file.write(GRID % 60)
    t = watch(["run", "grid.yaml", "-j", "1", "-o", "grid.h5"])
    assert t.code == 0 and t.pictures, t.line
    text = ["\n".join(p) for p in t.pictures]
    assert any("when every cell of the factorial has been played" in p for p in text[:-1]), text[0]
    for picture in t.pictures:  # 200 cells in blocks of 32 replicates, then of 28
        assert worlds(picture) == 0 or worlds(picture) >= 200 * 32
    for picture in text:
        assert ("cells not yet evenly" in picture) == (0 < worlds(picture.splitlines()) < 12000)
    assert shares(t.pictures[-1])["saving"] == summary_shares("grid.h5")["saving"]


def narrow(terminal, _, descriptor):
    if len(terminal.pictures) == 1:
        terminal.rows, terminal.columns = 8, 44
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 8, 44, 0, 0))


def it_follows_the_size_of_the_terminal():
    t = watch(["run", "paper", "-n", "9000", "-j", "1", "-f", "-o", "one.h5"], columns=120, after=narrow)
    assert t.code == 0 and len(t.pictures) > 2
    assert len(t.pictures[0]) == 10
    assert len(t.pictures[-1]) == 7, t.pictures[-1]
    assert "joint-saving" in "\n".join(t.pictures[-1])


def colour_and_drawing_can_be_refused():
    line = ["run", "paper", "-n", "6000", "-j", "1", "-f", "-o", "one.h5"]
    t = watch(line, environment={"NO_COLOR": "1"})
    assert t.pictures and t.colours == 0
    t = watch(line, environment={"NO_COLOR": ""})
    assert t.pictures and t.colours > 0
    t = watch(line, environment={"TERM": "dumb"})
    assert not t.pictures and t.colours == 0
    t = watch(line + ["-q"])
    assert t.line == [""] and not t.pictures


def a_pipe_gets_plain_text_unless_it_asks():
    line = [PROGRAM, "summary", "one.h5"]
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR_FORCE")}
    for more, coloured in (
        ({}, False),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"CLICOLOR_FORCE": "0"}, False),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
    ):
        out = subprocess.run(line, capture_output=True, text=True, check=True, env=dict(plain, **more)).stdout
        assert ("\x1b[" in out) == coloured, more
    run = [PROGRAM, "run", "paper", "-n", "6000", "-f", "-o", "one.h5"]
    err = subprocess.run(run, capture_output=True, text=True, check=True, env=dict(plain, CLICOLOR_FORCE="1")).stderr
    assert "so far" not in err and "\x1b[K" not in err and "\r" not in err


def main():
    tests = [
        the_last_picture_says_what_summary_says,
        nothing_of_it_remains,
        the_view_changes_no_number,
        arms_stand_beside_each_other,
        what_was_there_counts_when_it_goes_on,
        rounds_of_precision_are_numbered,
        half_a_grid_is_no_sample,
        it_follows_the_size_of_the_terminal,
        colour_and_drawing_can_be_refused,
        a_pipe_gets_plain_text_unless_it_asks,
    ]
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for test in tests:
            test()
            print("ok", test.__name__)
        os.chdir("/")


main()
