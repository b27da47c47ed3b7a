# SPDX-License-Identifier: GPL-3.0-or-later
"""Arms beside each other: claims, paired differences, what public money buys, which option is best."""
import numpy as np
from matplotlib.ticker import MaxNLocator

from . import estimates
from .estimates import ResultError
from .sheet import (BLACK, BLUE, GREY, LINES, ORANGE, STATUS, WIDTHS, Sheet, bounds_in_words, dots, figure, in_lines, label_of,
                    name_of, period, row_height, rows_of, scale)

# ---- arms ----

@figure
def outcomes(data, width=WIDTHS["double"], arms=None):
    """What became of the worlds: how the runs of every arm ended."""
    arms = data.arm.values if arms is None else arms
    names, ended = [label_of(data, arm) for arm in arms], [estimates.status(data, arm) for arm in arms]
    sheet = Sheet(1, width, 12 + row_height(names, width * 0.38) * len(arms),
                  legend=[name.replace("_", " ") for name in STATUS if any((e == name).any() for e in ended)])
    ax = sheet.axes[0]
    start = np.zeros(len(arms))
    for name, colour in STATUS.items():
        part = np.array([100 * (e == name).sum() / max(1, (e != "").sum()) for e in ended])
        if not part.any():
            continue
        ax.barh(range(len(arms)), part, left=start, color=colour, height=0.75, lw=0, label=name.replace("_", " "))
        for row in np.flatnonzero(part > (6 if width > 120 else 12)):
            ax.text(start[row] + part[row] / 2, row, f"{part[row]:.0f}", ha="center", va="center", fontsize=6,
                    color="white" if colour == BLACK else BLACK)
        start += part
    rows_of(ax, names, width * 0.38)
    ax.set(xlim=(0, 100), xlabel=f"% of worlds, at the end of month {int(data.month[-1])}")
    sheet.legend()
    return sheet.figure


@figure
def claims(data, width=WIDTHS["double"], arms=None):
    """In what share of the worlds each claim holds, with 95 % Monte Carlo intervals: of all worlds, and of the completed."""
    arms = list(data.arm.values if arms is None else arms)
    stated, table = estimates.claims(data), estimates.claims_table(data, arms)
    if not stated:
        raise ResultError(f"{estimates.path_of(data)}: its study makes no claims")
    names = [f"{c['name']}: {bounds_in_words(data, c)}" for c in stated]
    if len(arms) == 1:
        parts, rows = [(None, table)], names
    else:
        parts, rows = [(n, table[table.claim == c["name"]]) for n, c in zip(names, stated)], [label_of(data, arm) for arm in arms]
    room = width * (0.34 if len(parts) > 1 else 0.45)
    columns = min(len(parts), max(1, int((width - room) // 28)))
    sheet = Sheet(len(parts), width, max(30, 16 + row_height(rows, room) * len(rows)), smallest=width / columns,
                  legend=["of all worlds", "of the completed worlds"], sharex=True, sharey=True)
    for ax, (title, part) in zip(sheet.axes, parts):
        place = np.arange(len(rows))
        dots(ax, 100 * part.share, 100 * part.lo, 100 * part.hi, place - 0.13, BLUE, label="of all worlds")
        dots(ax, 100 * part.share_completed, 100 * part.lo_completed, 100 * part.hi_completed, place + 0.17, ORANGE, mfc="white",
             label="of the completed worlds")
        rows_of(ax, rows, room)
        ax.set_xlim(-2, 102)
        if title:
            ax.set_title(in_lines(title, (width - room) / columns, most=4), fontsize=6.5)
    sheet.name(f"% of worlds, {int(data.month[-1])} months")
    sheet.legend()
    return sheet.figure


@figure
def differences(data, width=WIDTHS["double"], arms=None):
    """Outcomes of every arm less those of the baseline in the same worlds, with 95 % intervals of the mean difference."""
    against = estimates.baseline(data)
    arms = [arm for arm in (data.arm.values if arms is None else arms) if arm != against]
    if not arms:
        raise ResultError(f"{estimates.path_of(data)}: has one arm; there is nothing to compare it with")
    names = ["members_final", "saving_net", "survival", "npv_social"]
    table = estimates.differences_table(data, names, against, arms)
    room, place, rows = width * 0.34, np.arange(len(arms)), [label_of(data, arm) for arm in arms]
    columns = 4 if width > 120 else 2
    sheet = Sheet(len(names), width, max(34, 20 + row_height(rows, room) * len(arms)), smallest=width / columns, sharey=True)
    for ax, name in zip(sheet.axes, names):
        part = table[table.outcome == name]
        largest = np.nanmax(np.abs(part[["lo", "hi"]].values), initial=0)
        factor, unit = scale(data[name].attrs["units"], largest)
        dots(ax, factor * part["mean"], factor * part.lo, factor * part.hi, place, BLUE)
        ax.axvline(0, color=BLACK, lw=0.6)
        rows_of(ax, rows, room)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.set_title(in_lines(name_of(data[name]), (width - room) / columns), fontsize=6.5)
        ax.set_xlabel(("points" if unit == "%" else unit) + f"\n{period(data, name)}")
    return sheet.figure


# ---- deciding ----

def families_of(data, arms):
    """Arms whose labels begin alike, up to the comma ('Fee subsidy, 37,500 USD'), share a colour: {beginning: [arms]}."""
    families = {}
    for arm in arms:
        families.setdefault(label_of(data, arm).split(",")[0], []).append(arm)
    return {(beginning if len(members) > 1 else label_of(data, members[0])): members for beginning, members in families.items()}


def draw_prices(ax, unit):
    """Lines of equal price from the origin, three of them, with round numbers."""
    (_, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    if right <= 0 or top <= 0:
        return
    for about in (0.5 * right / top, right / top, 3 * right / top):
        digit = 10 ** np.floor(np.log10(about))
        price = digit * min((1, 2, 5, 10), key=lambda nice: abs(nice - about / digit))
        leaves_at_top = top * price < right
        end = (top * price, top) if leaves_at_top else (right, right / price)
        ax.plot((0, end[0]), (0, end[1]), color=GREY, lw=0.6, zorder=0)
        ax.annotate(f"{price:g} {unit}\na member", end, color="#666666", fontsize=5.5, textcoords="offset points", clip_on=False,
                    **({"xytext": (0, 2), "ha": "center"} if leaves_at_top else {"xytext": (2, 0), "va": "center"}))
    ax.set(xlim=(None, right), ylim=(None, top))


@figure
def plane(data, width=WIDTHS["double"], arms=None):
    """The cost-effectiveness plane: public money and members at the end, each arm less the baseline, with 95 % intervals."""
    against = estimates.baseline(data)
    arms = [arm for arm in (data.arm.values if arms is None else arms) if arm != against]
    cost = estimates.differences_table(data, ["public_spending"], against, arms)
    effect = estimates.differences_table(data, ["members_final"], against, arms)
    if not arms or not (np.abs(cost["mean"]) > 0).any():
        raise ResultError(f"{estimates.path_of(data)}: no arm spends other public money than {against}; there is no price to show")
    cost, effect = (frame.set_index("arm")[["mean", "lo", "hi"]] for frame in (cost, effect))
    factor, unit = scale("USD", cost.abs().max().max())
    families = families_of(data, arms)
    sheet = Sheet(1, width, max(60, width * 0.55), legend=list(families))
    ax = sheet.axes[0]
    for k, (name, members) in enumerate(families.items()):
        x, y = factor * cost.loc[members].sort_values("mean"), effect.loc[members]
        y = y.loc[x.index]
        ax.errorbar(x["mean"], y["mean"], xerr=[x["mean"] - x.lo, x.hi - x["mean"]], yerr=[y["mean"] - y.lo, y.hi - y["mean"]],
                    color=LINES[k % len(LINES)], fmt="osD^v"[k // len(LINES) % 5], ms=3.5, lw=0.9, ls=":", label=name)
    ax.axhline(0, color=BLACK, lw=0.6)
    ax.axvline(0, color=BLACK, lw=0.6)
    draw_prices(ax, unit)
    words = f"public money more than {label_of(data, against)}, {unit}, discounted, {period(data, 'public_spending')}"
    ax.set(xlabel=in_lines(words, width * 0.75),
           ylabel=f"members more, firms, {period(data, 'members_final')}")
    sheet.legend()
    return sheet.figure


@figure
def acceptability(data, width=WIDTHS["double"], arms=None):
    """Acceptability curves: how likely each option is the best, by what one unit of the effect is worth (table acceptability)."""
    table = estimates.table(data, "acceptability")
    frontier = estimates.table(data, "acceptability_frontier")
    units = table.attrs["units"]["willingness_to_pay"]
    curves = table.pivot(index="willingness_to_pay", columns="arm", values="best")
    if arms is not None:
        curves = curves[[arm for arm in arms if arm in curves]]
    shown = curves.max().sort_values(ascending=False, kind="stable").index[:len(LINES)]
    names = [label_of(data, arm) for arm in shown] + ["others", "highest expected net benefit"]
    sheet = Sheet(1, width, max(55, width * 0.45), legend=names)
    ax = sheet.axes[0]
    factor, unit = scale(units, curves.index.max())
    for arm, colour in zip(shown, LINES):
        ax.plot(factor * curves.index, 100 * curves[arm], color=colour, label=label_of(data, arm))
    for k, arm in enumerate(curves.columns.difference(shown)):
        ax.plot(factor * curves.index, 100 * curves[arm], color=GREY, lw=0.7, zorder=1, label="others" if k == 0 else None)
    ax.plot(factor * frontier.willingness_to_pay, 100 * frontier.best, color=BLACK, lw=2.4, ls=(0, (1, 1)), alpha=0.6,
            label="highest expected net benefit")
    ax.set(xlim=(0, factor * curves.index.max()), ylim=(0, 100), ylabel="probability of being best, %",
           xlabel=f"willingness to pay, {unit} (months 1–{int(data.month[-1])})")
    sheet.legend()
    return sheet.figure
