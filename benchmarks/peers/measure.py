#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast klaster and its peers play the neutral model: paired rounds, medians, ratios, in Markdown.

    measure.py KLASTER BUILD [PEER]... [--rounds N] [--runs N] [--core N] [--v3 KLASTER] [--no-instructions] [--readme FILE]

KLASTER is the program, BUILD where benchmarks/peers/run built the peers; without PEER all that are there. In every round each
peer plays once, in an order by lot, right after klaster has: the ratio of the two belongs to one moment of the machine. All
are bound to one core (the last one, or --core). --v3 is a klaster built for x86-64-v3 alone (AVX2), measured as one more peer.
--readme puts what is printed into a file, too, in place of all after its line "## Results". README.md says what is counted."""
import argparse
import datetime
import os
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import peers

FIRM_MONTHS = peers.FIRMS * peers.MONTHS  # of a run
STUDY_RUNS = 10_000  # of neutral.yaml
HEADING = "\n## Results\n"
printed = []


def say(text):
    """Print, and remember for the page that --readme names."""
    print(text, flush=True)
    printed.append(text)


def write_into(page):
    head, found, _ = page.read_text().partition(HEADING)
    if not found:
        raise peers.PeerError(f"{page}: has no line \"## Results\"")
    page.write_text(f"{head}{HEADING}\n" + "\n".join(printed).strip() + "\n")


class Klaster:
    """`klaster run neutral.yaml`, from the command to the published file."""

    def __init__(self, program, directory, runs):
        self.program, self.runs = program, runs
        self.target = Path(directory) / "neutral.h5"

    def play(self, runs):
        return peers.start(peers.klaster_command(self.program, self.target, runs, 1))


class Other:
    """A peer; what it takes before its first run is taken off."""

    def __init__(self, peer):
        self.peer, self.runs = peer, peer.runs
        empty = [peers.start([*peer.command, 0, 1]) for _ in range(3)]
        self.idle = statistics.median(took.cpu for took in empty)

    def play(self, runs):
        took = peers.start([*self.peer.command, runs, 1])
        took.cpu -= self.idle
        return took


def rate(player):
    """Million firm-months a second of processor, now; and the seconds on the clock."""
    took = player.play(player.runs)
    if not took.cpu > 0:
        raise peers.PeerError("too few runs to be timed")
    return player.runs * FIRM_MONTHS / took.cpu / 1e6, took.wall


def number(x):
    """Three figures."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def timings(klaster, others, rounds):
    """By name: (rates, ratios of klaster's rate); klaster's own under ''."""
    found = {name: ([], []) for name in ["", *others]}
    walls = []
    for done in range(rounds):
        for name in random.sample(list(others), len(others)):
            own, wall = rate(klaster)
            their, _ = rate(others[name])
            found[""][0].append(own)
            walls.append(wall)
            found[name][0].append(their)
            found[name][1].append(own / their)
        print(f"round {done + 1} of {rounds}", file=sys.stderr, flush=True)
    return found, statistics.median(walls)


# glibc clears and copies much memory by one instruction, which callgrind counts once for each byte. Not here.
PLAIN_MEMORY = "glibc.cpu.x86_rep_stosb_threshold=100000000:glibc.cpu.x86_rep_movsb_threshold=100000000"


def instructions(command):
    """Instructions of a program, counted by callgrind, which plays AVX2 and not AVX-512."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        peers.start(["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", f"--log-file={log}", *command],
                    {"GLIBC_TUNABLES": PLAIN_MEMORY})
        for line in log.read_text().splitlines():
            if "Collected :" in line:
                return int(line.split(":")[1])
    raise peers.PeerError("callgrind did not say how much it counted")


def count(klaster, chosen):
    """Instructions a firm-month of klaster, start and output included, and of the C programs beyond their start."""
    runs = STUDY_RUNS
    say("\n| whole program | instructions a firm-month |\n| --- | --: |")
    own = instructions(peers.klaster_command(klaster.program, klaster.target, runs, 1))
    say(f"| klaster, {runs:,} runs, start and output included | {own / (runs * FIRM_MONTHS):.1f} |")
    for peer in (peer for peer in chosen if peer.name.startswith("c")):
        more, less = (instructions([*peer.command, n, 1]) for n in (1100, 100))
        say(f"| {peer.says} | {(more - less) / (1000 * FIRM_MONTHS):.1f} |")


def table(klaster, others, rounds):
    found, wall = timings(klaster, others, rounds)
    say("| | million firm-months a second | klaster is faster by | lowest and highest round |\n| --- | --: | --: | --: |")
    say(f"| klaster, {klaster.runs:,} runs, start and output included | {number(statistics.median(found[''][0]))} | | |")
    for name, other in others.items():
        rates, ratios = found[name]
        say(f"| {other.says} | {number(statistics.median(rates))} | {number(statistics.median(ratios))} x | "
            f"{number(min(ratios))} - {number(max(ratios))} |")
    say(f"\n{rounds} rounds; klaster run takes {wall:.2f} s on the clock, median.")


def machine():
    try:
        text = Path("/proc/cpuinfo").read_text()
        return next(line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("klaster")
    parser.add_argument("build")
    parser.add_argument("names", nargs="*", metavar="PEER")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=100_000, help="of klaster: a second's, as of the others")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--v3", metavar="KLASTER", help="klaster for x86-64-v3 alone")
    parser.add_argument("--no-instructions", action="store_true")
    parser.add_argument("--readme", metavar="FILE", type=Path)
    args = parser.parse_intermixed_args()
    chosen = [peer for peer in peers.peers(args.build) if (peer.name in args.names if args.names else peer.there())]
    if missing := set(args.names) - {peer.name for peer in chosen}:
        parser.error(f"no such peer: {', '.join(sorted(missing))}")
    os.sched_setaffinity(0, {args.core})
    say(f"{datetime.date.today()}; {machine()}, core {args.core}; load before the start {os.getloadavg()[0]:.1f}.\n")
    with tempfile.TemporaryDirectory() as directory:
        klaster = Klaster(args.klaster, directory, args.runs)
        try:
            others = {peer.name: Other(peer) for peer in chosen}
            for peer in chosen:
                others[peer.name].says = peer.says
            others["study"] = Klaster(args.klaster, directory, STUDY_RUNS)
            others["study"].says = f"klaster, {STUDY_RUNS:,} runs, start and output included"
            if args.v3:
                others["v3"] = Klaster(args.v3, directory, args.runs)
                others["v3"].says = "klaster built for AVX2, without AVX-512"
            table(klaster, others, args.rounds)
            if not args.no_instructions and not shutil.which("valgrind"):
                print("valgrind is missing: no instructions are counted", file=sys.stderr)
            elif not args.no_instructions:
                count(klaster, chosen)
            if args.readme:
                write_into(args.readme)
        except peers.PeerError as error:
            print(error, file=sys.stderr)
            sys.exit(3)


if __name__ == "__main__":
    main()
