# SPDX-License-Identifier: GPL-3.0-or-later
"""One arm after the other: month by month, how the saving is distributed, what became of the worlds."""
import numpy as np

from . import estimates
from .estimates import ResultError
from .sheet import (BLUE, GREEN, GREY, ORANGE, SKY, VERMILION, BLACK, WIDTHS, Sheet, bounds_in_words, figure, in_lines, label_of,
                    months, name_of, percent, period, scale)

# ---- the paper's claim ----

def draw_fan(ax, data, series, arm):
    """Quantiles month by month: shaded from the outer pair to the inner, the middle as a line."""
    fan, found = data[f"{series}_q"].sel(arm=arm), data["quantile"].values
    factor = scale(fan.attrs["units"], float(abs(data[f"{series}_q"]).max()))[0]
    for k, q in enumerate(found):
        pair = np.flatnonzero(np.isclose(found, 1 - q))
        if q < 0.5 and len(pair):
            ax.fill_between(data.month, factor * fan[:, k], factor * fan[:, pair[0]], color=SKY if k == 0 else BLUE, alpha=0.45,
                            lw=0, label=f"{round(100 * (1 - 2 * q))} % of worlds")
        if q == 0.5:
            ax.plot(data.month, factor * fan[:, k], color=BLUE, label="median")
    if 0.5 not in found:
        ax.plot(data.month, factor * data[f"{series}_mean"].sel(arm=arm), color=BLUE, label="mean")
    months(ax, data)


def draw_band(ax, claim, across, words=None):
    """The band that a claim speaks of, in per cent, where it is one."""
    low, high = 100 * claim["lowest"], 100 * claim["highest"]
    if np.isfinite(low) and np.isfinite(high):
        (ax.axhspan if across else ax.axvspan)(low, high, color=ORANGE, alpha=0.22, lw=0, label=words)


def saving_claim(data):
    """What the study claims of the joint saving; if nothing, what the paper claims (Sobirov 2025)."""
    for claim in estimates.claims(data):
        if claim["metric"] == "saving_joint":
            return claim
    return {"name": "joint-saving", "metric": "saving_joint", "lowest": 0.30, "highest": 0.40, "source": "Sobirov 2025"}


def stage_shares(data, arm):
    """Share of worlds in each state at the end of each month, in the order in which they are stacked: (name, colour, share)."""
    month = data.month.values[:, None]
    reached = {name: month >= estimates.values(data, f"month_{name}", arm).ravel() for name in ("built", "gate", "rollout", "closed")}
    ended = estimates.status(data, arm).ravel()
    closed, is_open = reached["closed"], ~reached["closed"] & (ended != "")
    states = [
        ("rolled out", GREEN, is_open & reached["rollout"]),
        ("roll-out", SKY, is_open & reached["gate"] & ~reached["rollout"]),
        ("pilot", BLUE, is_open & reached["built"] & ~reached["gate"]),
        ("assessment, build", GREY, is_open & ~reached["built"]),
        ("insolvent", VERMILION, closed & (ended == "insolvent")),
        ("gate failed", ORANGE, closed & (ended == "gate_failed")),
    ]
    return [(name, colour, 100 * hit.sum(axis=1) / (ended != "").sum()) for name, colour, hit in states]


def draw_stages(ax, data, arm):
    shares, month = stage_shares(data, arm), data.month.values
    ax.stackplot(month, [s for _, _, s in shares], colors=[c for _, c, _ in shares], alpha=0.85, lw=0)
    floor = np.zeros(len(month))
    for name, _, share in shares:
        if share[-1] > 4:  # still there at the end: with its share
            ax.text(month[-3], floor[-3] + share[-3] / 2, f"{name} {share[-1]:.0f} %", ha="right", va="center")
        elif share.max() > 20:  # passing: upright, in the middle of its time
            at = int(np.average(np.arange(len(month)), weights=share))
            ax.text(month[at], floor[at] + share[at] / 2, name, ha="center", va="center", rotation=90)
        floor = floor + share
    months(ax, data)
    ax.set(ylim=(0, 100), xlabel="month", ylabel="% of worlds", title="What became of the ecosystem")


@figure
def overview(data, width=WIDTHS["double"], arms=None):
    """The joint saving month by month, and what became of the worlds, in one arm."""
    arm = (data.arm.values if arms is None else arms)[0]
    sheet = Sheet(2, width, 70, smallest=70)
    left, right = sheet.axes
    claim = saving_claim(data)
    draw_band(left, claim, across=True, words=f"the claim: {bounds_in_words(data, claim)}")
    draw_fan(left, data, "saving_joint", arm)
    left.set_ylim(0, max(48, left.get_ylim()[1]))
    left.set(xlabel="month", ylabel="joint saving, % of members' budgets", title="What members save, where there are members")
    left.legend(loc="lower right")
    draw_stages(right, data, arm)
    return sheet.figure


@figure
def fans(data, width=WIDTHS["double"], arms=None, series="saving_joint"):
    """A monthly series in every arm: median and where half and nine tenths of the worlds lie."""
    arms = data.arm.values if arms is None else arms
    if f"{series}_q" not in data:
        raise ResultError(f"{estimates.path_of(data)}: has no monthly series {series}")
    variable = data[f"{series}_q"]
    sheet = Sheet(len(arms), width, 38 if len(arms) > 6 else 52, smallest=40 if len(arms) > 6 else 55,
                  legend=["the claim", "90 % of worlds", "50 % of worlds", "median"], sharex=True, sharey=True)
    unit = scale(variable.attrs["units"], float(abs(variable).max()))[1]
    for ax, arm in zip(sheet.axes, arms):
        if series == "saving_joint":
            draw_band(ax, saving_claim(data), across=True, words="the claim")
        draw_fan(ax, data, series, arm)
        ax.set_title(in_lines(label_of(data, arm), sheet.panel - 8))
    sheet.name("month", f"{name_of(variable)}, {unit}")
    sheet.legend()
    return sheet.figure


@figure
def course(data, width=WIDTHS["double"], arms=None):
    """The main monthly series of one arm: members, usage, savings, reach, account, net benefit."""
    arm = (data.arm.values if arms is None else arms)[0]
    names = [name for name in ("members", "usage", "saving_joint", "saving_net", "reach_cluster", "trust", "quality", "account",
                               "net_benefit") if f"{name}_q" in data]
    sheet = Sheet(len(names), width, 40 if width > 120 else 34, smallest=55 if width > 120 else 40,
                  legend=["90 % of worlds", "50 % of worlds", "median"], sharex=True)
    for ax, name in zip(sheet.axes, names):
        draw_fan(ax, data, name, arm)
        variable = data[f"{name}_q"]
        unit = scale(variable.attrs["units"], float(abs(variable).max()))[1]
        ax.set(title=in_lines(name_of(variable), sheet.panel - 15), ylabel=unit)
        if unit == "%":
            ax.set_ylim(0, None)
        else:
            ax.axhline(0, color=BLACK, lw=0.5)
    sheet.name("month")
    sheet.legend()
    return sheet.figure


@figure
def distribution(data, width=WIDTHS["double"], arms=None):
    """Distribution of the joint saving over worlds, the claimed band, and in what share of the worlds the claim holds."""
    arms = data.arm.values if arms is None else arms
    claim = saving_claim(data)
    saving = {arm: estimates.values(data, "saving_joint", arm) for arm in arms}
    ends = [np.nanquantile(v, q) for v in saving.values() if np.isfinite(v).any() for q in (0, 1)] or [0, 1]
    edges = np.arange(np.floor(50 * min(ends)), np.ceil(50 * max(ends)) + 1) / 50
    sheet = Sheet(len(arms), width, 36 if len(arms) > 6 else 54, smallest=42 if len(arms) > 6 else 55,
                  legend=[f"the claim: {bounds_in_words(data, claim)}", "worlds with members"], sharex=True, sharey=True)
    for ax, arm in zip(sheet.axes, arms):
        played = (estimates.status(data, arm) != "").sum()
        draw_band(ax, claim, across=False, words=f"the claim: {bounds_in_words(data, claim)}")
        found = 100 * saving[arm][np.isfinite(saving[arm])]
        ax.hist(found, bins=100 * edges, weights=np.full(len(found), 100 / max(1, played)), color=BLUE, edgecolor="white", lw=0.3,
                label="worlds with members")
        hit = estimates.share(data, estimates.holds(data, claim, arm))
        without = 100 * (played - len(found)) / max(1, played)
        ax.set_title("\n".join([in_lines(label_of(data, arm), sheet.panel - 8), f"holds in {percent(hit)}",
                                f"no members in {without:.0f} %"]), fontsize=6)
    if len(arms) == 1:
        sheet.axes[0].set_title(f"The claim holds in {percent(hit)} of the worlds;\nin {without:.0f} % there are no members.")
    sheet.name(f"joint saving, % of members' budgets, {period(data, 'saving_joint')}", "% of worlds in a class of 2 points")
    sheet.legend()
    return sheet.figure
