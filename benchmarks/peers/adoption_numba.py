#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neutral model (README.md) in Numba: adoption.c's way `pushed`, compiled just in time; NumPy's Mersenne twister.

    adoption_numba.py RUNS SEED [WAIT]

Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined."""
import sys

import numba
import numpy as np

FIRMS, MONTHS, HALF, EVERY = 100, 60, 5, 12
REWIRING, INTERCEPT, ON_PEERS, LEAVING = 0.1, -3.6, 3.0, 0.015


@numba.njit
def seed_generator(seed):
    np.random.seed(seed)


@numba.njit
def draw_graph(ties, degree, tied, targets):
    """Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double."""
    tied[:] = False
    for i in range(FIRMS):
        for k in range(HALF):
            j = (i + k + 1) % FIRMS
            targets[i, k] = j
            tied[i, j] = tied[j, i] = True
    for i in range(FIRMS):
        for k in range(HALF):
            if np.random.random() >= REWIRING:
                continue
            j = i
            while j == i or tied[i, j]:
                j = int(np.random.random() * FIRMS)
            old = targets[i, k]
            tied[i, old] = tied[old, i] = False
            tied[i, j] = tied[j, i] = True
            targets[i, k] = j
    degree[:] = 0
    for i in range(FIRMS):
        for k in range(HALF):
            j = targets[i, k]
            ties[i, degree[i]] = j
            degree[i] += 1
            ties[j, degree[j]] = i
            degree[j] += 1


@numba.njit
def play(runs, wait):
    rows = np.zeros((runs, MONTHS // EVERY + 1), np.int64)
    ties, degree = np.empty((FIRMS, FIRMS - 1), np.int32), np.empty(FIRMS, np.int32)
    tied, targets = np.empty((FIRMS, FIRMS), np.bool_), np.empty((FIRMS, HALF), np.int32)
    moving = np.empty(FIRMS, np.int32)
    stay = np.exp(-LEAVING)
    for run in range(runs):
        draw_graph(ties, degree, tied, targets)
        member, free_at = np.zeros(FIRMS, np.bool_), np.zeros(FIRMS, np.int32)
        peers = np.zeros(FIRMS, np.int32)
        n_members = 0
        for month in range(1, MONTHS + 1):
            n_moving = 0
            for i in range(FIRMS):
                if member[i]:
                    move = np.random.random() >= stay
                elif month >= free_at[i]:
                    share = peers[i] / degree[i] if degree[i] > 0 else 0.0
                    move = np.random.random() * (1 + np.exp(-(INTERCEPT + ON_PEERS * share))) < 1
                else:
                    move = False
                if move:
                    moving[n_moving] = i
                    n_moving += 1
            for i in moving[:n_moving]:
                change = -1 if member[i] else 1
                member[i] = change > 0
                if change < 0:
                    free_at[i] = month + wait + 1
                else:
                    rows[run, -1] += 1
                n_members += change
                for e in range(degree[i]):
                    peers[ties[i, e]] += change
            if month % EVERY == 0:
                rows[run, month // EVERY - 1] = n_members
    return rows


def main():
    try:
        runs, seed, wait = int(sys.argv[1]), int(sys.argv[2]), int((sys.argv[3:] or [12])[0])
    except (IndexError, ValueError):
        sys.exit("usage: adoption_numba.py RUNS SEED [WAIT]")
    seed_generator(seed)
    np.savetxt(sys.stdout, play(runs, wait), "%d", ",")


if __name__ == "__main__":
    main()
