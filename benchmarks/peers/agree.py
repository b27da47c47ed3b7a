#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do klaster and its peers play the same model? Means and standard deviations of six numbers, against klaster's.

    agree.py KLASTER BUILD [PEER]... [--runs N] [--seed N] [--wait MONTHS]

KLASTER is the program, BUILD where benchmarks/peers/run built the peers; without PEER all that are there. --runs is for the
fast ones; slow ones play as many as take them about a second, if that is less.
--wait is the peers' wait after leaving; klaster's stays 12 months, so that another number must be found out.
--without-klaster holds the peers against the first of them.
Exit code 1 where one differs, 3 where one fails. README.md says how often that happens by chance: FALSE_ALARM for each peer."""
import argparse
import math
import statistics
import sys

import peers

FALSE_ALARM = 1e-4  # of one peer's 12 comparisons together, by Bonferroni and the normal distribution


def moments(column):
    """Mean, its standard error, log standard deviation, its standard error (large samples, any distribution)."""
    n, mean = len(column), statistics.fmean(column)
    second = statistics.fmean((x - mean) ** 2 for x in column)
    fourth = statistics.fmean((x - mean) ** 4 for x in column)
    if not second > 0:
        raise peers.PeerError("a number is the same in all runs")
    kurtosis = fourth / second ** 2
    return mean, math.sqrt(second / n), math.log(second) / 2, math.sqrt(max(kurtosis - 1, 0) / (4 * n))


def differences(rows, others):
    """For each column how far the two means and the two standard deviations are apart, in standard errors."""
    for column, other in zip(zip(*rows), zip(*others)):
        a, b = moments(column), moments(other)
        yield (a[0], math.exp(a[2]), (a[0] - b[0]) / math.hypot(a[1], b[1]), (a[2] - b[2]) / math.hypot(a[3], b[3]))


def limit(n_columns):
    """Standard errors beyond which two numbers differ."""
    return statistics.NormalDist().inv_cdf(1 - FALSE_ALARM / (2 * 2 * n_columns))


def compare(name, rows, reference):
    """Print a line; True where they agree."""
    found = list(differences(rows, reference))
    worst = max(max(abs(mean), abs(spread)) for _, _, mean, spread in found)
    agrees = worst <= limit(len(found))
    cells = "  ".join(f"{mean:6.2f} {spread:5.2f}" for mean, spread, _, _ in found)
    print(f"{name:14} {len(rows):6}  {cells}  {worst:6.2f}  {'agrees' if agrees else 'DIFFERS'}", flush=True)
    return agrees


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("klaster")
    parser.add_argument("build")
    parser.add_argument("names", nargs="*", metavar="PEER")
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wait", type=int)
    parser.add_argument("--without-klaster", action="store_true")
    args = parser.parse_intermixed_args()
    chosen = [peer for peer in peers.peers(args.build) if (peer.name in args.names if args.names else peer.there())]
    if missing := set(args.names) - {peer.name for peer in chosen}:
        parser.error(f"no such peer: {', '.join(sorted(missing))}")
    print(f"{'':14} {'runs':>6}  " + "  ".join(f"{c.replace('members after ', ''):>12}" for c in peers.COLUMNS) +
          f"  {'worst':>6}\n{'':22}" + "  ".join(f"{'mean':>6} {'sd':>5}" for _ in peers.COLUMNS) +
          f"  (standard errors; limit {limit(len(peers.COLUMNS)):.2f})")
    try:
        if args.without_klaster:
            reference = peers.sample(chosen[0], args.runs, args.seed)
        else:
            reference = peers.klaster_sample(args.klaster, args.runs, args.seed)
        compare("reference" if args.without_klaster else "klaster", reference, reference)
        agree = [compare(peer.name, peers.sample(peer, min(args.runs, peer.runs), args.seed + 1 + k, args.wait), reference)
                 for k, peer in enumerate(chosen)]
    except peers.PeerError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    sys.exit(0 if all(agree) else 1)


if __name__ == "__main__":
    main()
