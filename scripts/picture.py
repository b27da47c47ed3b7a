#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws docs/images/paper.svg from a result file: the joint saving month by month, and what became of the worlds.

usage: scripts/picture.py RESULT.h5 PICTURE.svg [ARM]

Needs python3-h5py and python3-matplotlib. The same file gives the same picture, byte for byte, with the same matplotlib.
"""
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  (after the backend is chosen)

# Okabe & Ito: told apart by colour-blind readers, too
BLUE, SKY, GREEN, ORANGE, VERMILION, GREY = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#BBBBBB"
CLAIM = (30, 40)  # per cent: Sobirov 2025

STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "svg.hashsalt": "klaster",
}


def draw_saving(axes, file, arm):
    """The fan: where half and nine tenths of the worlds lie."""
    month = file["month"][:]
    at = {round(q, 3): k for k, q in enumerate(file["quantile"][:])}
    fan = 100 * file["saving_joint_q"][arm]
    axes.axhspan(*CLAIM, color=ORANGE, alpha=0.22, lw=0)
    axes.text(2, sum(CLAIM) / 2, "the paper: 30-40 %", va="center", color="#8A5F00")
    axes.fill_between(month, fan[:, at[0.05]], fan[:, at[0.95]], color=SKY, alpha=0.45, lw=0, label="nine worlds in ten")
    axes.fill_between(month, fan[:, at[0.25]], fan[:, at[0.75]], color=BLUE, alpha=0.45, lw=0, label="half of the worlds")
    axes.plot(month, fan[:, at[0.5]], color=BLUE, lw=2, label="median")
    axes.set(ylim=(0, 48), ylabel="joint saving, % of members' budgets", title="What members save, where there are members")
    axes.legend(frameon=False, loc="lower right", fontsize=9)


def stage_shares(file, arm):
    """Share of worlds in each state at the end of each month, in the order in which they are stacked."""
    month = file["month"][:][:, None]
    passed = {name: file[f"month_{name}"][arm].ravel() for name in ("built", "gate", "rollout", "closed")}
    reached = {name: (when > 0) & (month >= when) for name, when in passed.items()}
    status = file["status"][arm].ravel()
    words = file["status"].attrs["flag_meanings"]
    words = (words.decode() if isinstance(words, bytes) else str(words)).split()
    closed, is_open = reached["closed"], ~reached["closed"]
    states = [
        ("rolled out", GREEN, is_open & reached["rollout"]),
        ("roll-out", SKY, is_open & reached["gate"] & ~reached["rollout"]),
        ("pilot", BLUE, is_open & reached["built"] & ~reached["gate"]),
        ("assessment, build", GREY, is_open & ~reached["built"]),
        ("insolvent", VERMILION, closed & (status == words.index("insolvent"))),
        ("gate failed", ORANGE, closed & (status == words.index("gate_failed"))),
    ]
    return [(label, colour, 100 * np.mean(hit, axis=1)) for label, colour, hit in states]


def draw_fates(axes, file, arm):
    month = file["month"][:]
    shares = stage_shares(file, arm)
    axes.stackplot(month, [share for _, _, share in shares], colors=[colour for _, colour, _ in shares], alpha=0.85, lw=0)
    floor = np.zeros(len(month))
    for label, _, share in shares:
        if share[-1] > 4:  # still there at the end: with its share
            axes.text(month[-3], floor[-3] + share[-3] / 2, f"{label} {share[-1]:.0f} %", ha="right", va="center", fontsize=9)
        elif share.max() > 20:  # passing: upright, in the middle of its time
            at = int(np.average(np.arange(len(month)), weights=share))
            axes.text(month[at], floor[at] + share[at] / 2, label, ha="center", va="center", rotation=90, fontsize=9)
        floor = floor + share
    axes.set(ylim=(0, 100), ylabel="% of worlds", title="What became of the ecosystem")


def main(result, picture, arm="0"):
    plt.rcParams.update(STYLE)
    with h5py.File(result) as file:
        figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), constrained_layout=True)
        draw_saving(left, file, int(arm))
        draw_fates(right, file, int(arm))
        last = int(file["month"][-1])
        for axes in (left, right):
            axes.set(xlim=(1, last), xticks=[1, *range(12, last + 1, 12)], xlabel="month")
        plt.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
