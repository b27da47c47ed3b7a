#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neutral model (README.md) in plain Python: adoption.c's way `pushed` on lists. An agent-based toolkit in Python does
the same work, and its own on top.

    adoption.py RUNS SEED [WAIT]

Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined."""
import random
import sys
from math import exp

FIRMS, MONTHS, HALF, EVERY = 100, 60, 5, 12
REWIRING, INTERCEPT, ON_PEERS, LEAVING = 0.1, -3.6, 3.0, 0.015


def draw_graph(uniform):
    """Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double. Neighbours of every firm."""
    pairs = [(i, (i + k + 1) % FIRMS) for i in range(FIRMS) for k in range(HALF)]
    near = [set() for _ in range(FIRMS)]
    for i, j in pairs:
        near[i].add(j)
        near[j].add(i)
    for i, old in pairs:
        if uniform() >= REWIRING:
            continue
        j = i
        while j == i or j in near[i]:
            j = int(uniform() * FIRMS)
        near[i].remove(old)
        near[old].remove(i)
        near[i].add(j)
        near[j].add(i)
    return [list(ties) for ties in near]


def play(wait, uniform):
    """One run; its row."""
    near = draw_graph(uniform)
    per_tie = [ON_PEERS / len(ties) if ties else 0.0 for ties in near]
    member, free_at, peers = [False] * FIRMS, [0] * FIRMS, [0] * FIRMS
    stay = exp(-LEAVING)
    members = joins = 0
    row = []
    for month in range(1, MONTHS + 1):
        moving = []
        for i in range(FIRMS):
            if member[i]:
                if uniform() >= stay:
                    moving.append(i)
            elif month >= free_at[i] and uniform() * (1 + exp(-(INTERCEPT + per_tie[i] * peers[i]))) < 1:
                moving.append(i)
        for i in moving:
            change = -1 if member[i] else 1
            member[i] = change > 0
            if change < 0:
                free_at[i] = month + wait + 1
            else:
                joins += 1
            members += change
            for j in near[i]:
                peers[j] += change
        if month % EVERY == 0:
            row.append(members)
    return [*row, joins]


def main():
    try:
        runs, seed, wait = int(sys.argv[1]), int(sys.argv[2]), int((sys.argv[3:] or [12])[0])
    except (IndexError, ValueError):
        sys.exit("usage: adoption.py RUNS SEED [WAIT]")
    uniform = random.Random(seed).random
    for _ in range(runs):
        print(",".join(map(str, play(wait, uniform))))


if __name__ == "__main__":
    main()
