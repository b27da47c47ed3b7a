# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers: what each is called, how it is started, and klaster behind the same front. Needs nothing but Python.

Every peer is a program that takes RUNS SEED [WAIT] and prints a line a run: members after months 12, 24, 36, 48 and 60, and
how often a firm joined. klaster answers the same question by `klaster run neutral.yaml`."""
import csv
import io
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
STUDY = HERE / "neutral.yaml"
FIRMS, MONTHS, EVERY = 100, 60, 12
COLUMNS = [f"members after month {month}" for month in range(EVERY, MONTHS + 1, EVERY)] + ["joins"]
PYTHON = "/usr/bin/python3"  # the first one on the PATH may lack Debian's modules


class PeerError(Exception):
    """A peer did not do what it was asked for; the text says what it said."""


@dataclass
class Peer:
    name: str
    says: str  # what it is, for the table
    command: list  # before RUNS SEED
    runs: int  # that take about a second
    needs: str = ""  # a file that was built, or a module of Python

    def there(self):
        if not shutil.which(self.command[0]):
            return False
        if "/" in self.needs or not self.needs:
            return not self.needs or Path(self.needs).exists()
        return subprocess.run([PYTHON, "-c", f"import {self.needs}"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def peers(build):
    """All peers, by the directory into which benchmarks/peers/run builds."""
    build = Path(build)
    c, node = str(build / "adoption"), str(build / "adoption_agentscript.mjs")
    numpy, numba = str(HERE / "adoption_numpy.py"), str(HERE / "adoption_numba.py")
    java = build / "Adoption.class"
    return [
        Peer("c", "C, GSL's mt19937, who moves tells its neighbours", [c, "pushed"], 20_000, c),
        Peer("c-asking", "C, every firm asks its neighbours", [c, "asking"], 20_000, c),
        Peer("c-cached", "C, chances from a table of this one model", [c, "cached"], 20_000, c),
        Peer("c-events", "C, from event to event, for this one model", [c, "events"], 20_000, c),
        Peer("java", "Java, arrays", ["java", "-cp", str(build), "Adoption"], 20_000, str(java)),
        Peer("numba", "Numba", [PYTHON, numba], 10_000, "numba"),
        Peer("javascript", "JavaScript, typed arrays", ["node", str(HERE / "adoption.mjs")], 20_000),
        Peer("numpy-batched", "NumPy, 100 worlds at once", [PYTHON, numpy, "batched"], 10_000, "numpy"),
        Peer("numpy", "NumPy, one world at a time", [PYTHON, numpy, "one"], 1_000, "numpy"),
        Peer("python", "plain Python", [PYTHON, str(HERE / "adoption.py")], 2_000),
        Peer("r", "base R", ["Rscript", "--vanilla", str(HERE / "adoption.R")], 1_000),
        Peer("agentscript", "AgentScript on Node.js", ["node", node], 200, str(build / "node_modules" / "agentscript")),
    ]


@dataclass
class Took:
    cpu: float  # seconds of processor, all threads, user and system
    wall: float
    output: str


def start(command, environment=None):
    """Run to the end, with more in its environment; what it took and said."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        begun = time.monotonic()
        try:
            child = subprocess.Popen([str(word) for word in command], stdout=said, stderr=complained,
                                     env={**os.environ, **(environment or {})})
        except OSError as error:
            raise PeerError(f"{command[0]}: {error.strerror}") from error
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        complained.seek(0)
        if child.returncode != 0:
            text = complained.read().decode(errors="replace").strip()
            raise PeerError(f"{' '.join(map(str, command))}: exit code {child.returncode}: {text}")
        return Took(usage.ru_utime + usage.ru_stime, wall, said.read().decode())


def sample(peer, runs, seed, wait=None):
    """A row a run, in the order of COLUMNS."""
    took = start([*peer.command, runs, seed, *([] if wait is None else [wait])])
    rows = [[float(value) for value in row] for row in csv.reader(io.StringIO(took.output))]
    if len(rows) != runs or any(len(row) != len(COLUMNS) for row in rows):
        raise PeerError(f"{peer.name}: printed something else than {runs} rows of {len(COLUMNS)} numbers")
    return rows


def klaster_command(program, target, runs, seed, *options):
    return [program, "run", STUDY, "--threads", "1", "--quiet", "--force", "--runs", runs, "--seed", seed,
            "-o", target, *options]


def klaster_sample(program, runs, seed):
    """As sample(). A horizon at a time: a world's first 12 months are the same whatever the horizon."""
    columns = []
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "neutral.h5"
        for month in range(EVERY, MONTHS + 1, EVERY):
            start(klaster_command(program, target, runs, seed, "--months", month))
            table = list(csv.DictReader(io.StringIO(start([program, "export", target, "--what", "runs"]).output)))
            columns.append([float(row["members_final"]) for row in table])
        columns.append([float(row["joins"]) for row in table])
    return [list(row) for row in zip(*columns)]
