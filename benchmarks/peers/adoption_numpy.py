#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neutral model (README.md) in NumPy: vectors over the firms of one world, or over the firms of many worlds at once.

    adoption_numpy.py one|batched RUNS SEED [WAIT]

Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined."""
import sys

import numpy as np

FIRMS, MONTHS, HALF, EVERY = 100, 60, 5, 12
REWIRING, INTERCEPT, ON_PEERS, LEAVING = 0.1, -3.6, 3.0, 0.015
GRAPHS = 2000  # drawn at once
BATCH = 100  # worlds at once: their arrays fit the second-level cache


def draw_graph(rng):
    """Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double. The far end of tie k of firm i."""
    targets = (np.arange(FIRMS)[:, None] + np.arange(1, HALF + 1)) % FIRMS
    rewired = np.argwhere(rng.random((FIRMS, HALF)) < REWIRING).tolist()
    tied = {(i, j) for i, row in enumerate(targets.tolist()) for j in row}
    tied |= {(j, i) for i, j in tied}
    for i, k in rewired:
        j = i
        while j == i or (i, j) in tied:
            j = int(rng.random() * FIRMS)
        old = int(targets[i, k])
        tied -= {(i, old), (old, i)}
        tied |= {(i, j), (j, i)}
        targets[i, k] = j
    return targets[None]


def draw_graphs(n, rng):
    """As draw_graph, for n worlds at once: tie by tie, over the worlds in which it is rewired."""
    targets = np.broadcast_to((np.arange(FIRMS)[:, None] + np.arange(1, HALF + 1)) % FIRMS, (n, FIRMS, HALF)).copy()
    tied = np.zeros((n, FIRMS, FIRMS), bool)
    for k in range(HALF):
        tied[:, np.arange(FIRMS), targets[0, :, k]] = tied[:, targets[0, :, k], np.arange(FIRMS)] = True
    for i in range(FIRMS):
        tied[:, i, i] = True  # for the time of drawing
    rewired = rng.random((FIRMS, HALF, n)) < REWIRING
    for i in range(FIRMS):
        for k in range(HALF):
            world = np.flatnonzero(rewired[i, k])
            new = (rng.random(len(world)) * FIRMS).astype(np.intp)
            while (taken := tied[world, i, new]).any():
                new[taken] = rng.random(np.count_nonzero(taken)) * FIRMS
            old = targets[world, i, k]
            tied[world, i, old] = tied[world, old, i] = False
            tied[world, i, new] = tied[world, new, i] = True
            targets[world, i, k] = new
    return targets


def neighbours(targets):
    """Neighbours of every firm of every world in one flat numbering, padded with one firm that is nobody; and their number."""
    n = len(targets)
    nobody = n * FIRMS
    base = np.arange(n)[:, None, None] * FIRMS
    near = np.broadcast_to(base + np.arange(FIRMS)[:, None], targets.shape).ravel()
    far = (base + targets).ravel()
    ends, others = np.concatenate([near, far]), np.concatenate([far, near])
    order = np.argsort(ends, kind="stable")
    ends, others = ends[order], others[order]
    degree = np.bincount(ends, minlength=nobody)
    first = np.cumsum(degree) - degree
    ties = np.full((nobody, degree.max()), nobody, np.int32)
    ties[ends, np.arange(len(ends)) - first[ends]] = others
    return ties, degree


def play(targets, wait, rng):
    """Play the worlds whose graphs these are; a row a world."""
    n = len(targets)
    size = n * FIRMS
    ties, degree = neighbours(targets)
    per_tie = (ON_PEERS / np.maximum(degree, 1)).astype(np.float32)
    member = np.zeros(size, bool)
    free_at = np.zeros(size, np.int16)
    utility = np.full(size, INTERCEPT, np.float32)
    joins = np.zeros(n, np.int64)
    leave = np.float32(1 - np.exp(-LEAVING))
    chance, lot = np.empty(size, np.float32), np.empty(size, np.float32)
    rows = []
    for month in range(1, MONTHS + 1):
        np.negative(utility, out=chance)
        np.exp(chance, out=chance)
        chance += 1
        np.reciprocal(chance, out=chance)
        chance[free_at > month] = 0
        np.copyto(chance, leave, where=member)
        rng.random(out=lot, dtype=np.float32)
        moving = np.flatnonzero(lot < chance)
        leaving = member[moving]
        joined, left = moving[~leaving], moving[leaving]
        member[joined], member[left] = True, False
        free_at[left] = month + wait + 1
        pushed = (np.bincount(ties[joined].ravel(), minlength=size + 1) -
                  np.bincount(ties[left].ravel(), minlength=size + 1))
        utility += per_tie * pushed[:size].astype(np.float32)
        joins += np.bincount(joined // FIRMS, minlength=n)
        if month % EVERY == 0:
            rows.append(np.count_nonzero(member.reshape(n, FIRMS), axis=1))
    return np.column_stack([*rows, joins])


def main():
    try:
        batched = {"one": False, "batched": True}[sys.argv[1]]
        runs, seed, wait = int(sys.argv[2]), int(sys.argv[3]), int((sys.argv[4:] or [12])[0])
    except (IndexError, KeyError, ValueError):
        sys.exit("usage: adoption_numpy.py one|batched RUNS SEED [WAIT]")
    rng = np.random.Generator(np.random.SFC64(seed))
    for start in range(0, runs, GRAPHS):
        n = min(GRAPHS, runs - start)
        if batched:
            graphs = draw_graphs(n, rng)
            parts = [play(graphs[k:k + BATCH], wait, rng) for k in range(0, n, BATCH)]
        else:
            parts = [play(draw_graph(rng), wait, rng) for _ in range(n)]
        np.savetxt(sys.stdout, np.concatenate(parts), "%d", ",")


if __name__ == "__main__":
    main()
