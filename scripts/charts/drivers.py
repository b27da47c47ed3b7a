# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs: what drives an outcome, and where a claim holds."""
import numpy as np

from . import estimates
from .estimates import ResultError
from .sheet import (BLACK, BLUE, ORANGE, SKY, VERMILION, WIDTHS, Sheet, bounds_in_words, figure, in_lines, name_of, number,
                    period, rows_of, scale)
from .worlds import saving_claim

# ---- inputs ----

def inputs(data, arm):
    """The inputs that vary over the points, as numbers: {name: (variable, values at the points)}."""
    found = {}
    for name, variable in data.data_vars.items():
        if name.startswith("param_") and "point" in variable.dims:
            at = (variable.sel(arm=arm) if "arm" in variable.dims else variable).values.astype(float)
            if np.unique(at[np.isfinite(at)]).size > 1:
                found[variable.attrs["input"]] = (variable, at)
    if not found:
        raise ResultError(f"{estimates.path_of(data)}: no input varies from world to world")
    return found


def arm_shown(data, arms):
    return estimates.baseline(data) if arms is None else arms[0]


ENDS = {"input in its lowest fifth": SKY, "input in its highest fifth": ORANGE}


@figure
def tornado(data, width=WIDTHS["double"], arms=None):
    """How far an input moves an outcome: its mean where the input is in its lowest and in its highest fifth, with 95 % intervals."""
    arm, most = arm_shown(data, arms), 10
    names = [name for name in ("saving_joint", "npv_social") if np.isfinite(estimates.values(data, name, arm)).any()]
    if not names:
        raise ResultError(f"{estimates.path_of(data)}: no world of {arm} defines a saving or a social net present value")
    sheet = Sheet(len(names), width, 16 + 6.2 * min(most, len(inputs(data, arm))), smallest=80, legend=list(ENDS))
    for ax, name in zip(sheet.axes, names):
        value, rows = estimates.values(data, name, arm), []
        for key, (variable, at) in inputs(data, arm).items():
            if "flag_values" in variable.attrs:
                continue  # words have no lowest and no highest
            ends = np.nanquantile(at, (0.2, 0.8))
            low, high = (estimates.interval(data, np.where(part[:, None], value, np.nan)) for part in (at <= ends[0], at >= ends[1]))
            rows.append((f"{key}\n≤ {number(ends[0])}, ≥ {number(ends[1])}", low, high))
        rows = sorted((row for row in rows if np.isfinite(row[1][0] + row[2][0])), key=lambda row: -abs(row[2][0] - row[1][0]))[:most]
        middle = np.nanmean(value)
        factor, unit = scale(data[name].attrs["units"], max(abs(row[k][0]) for row in rows for k in (1, 2)))
        for k, (words, colour) in enumerate(ENDS.items(), 1):
            mean, lo, hi = (factor * np.array([row[k][j] for row in rows]) for j in range(3))
            ax.barh(range(len(rows)), mean - factor * middle, left=factor * middle, height=0.6, color=colour, label=words, lw=0)
            ax.errorbar(mean, range(len(rows)), xerr=[mean - lo, hi - mean], fmt="none", ecolor=BLACK, elinewidth=0.7)
        ax.axvline(factor * middle, color=BLACK, lw=0.6)
        rows_of(ax, [""] * len(rows), 40)
        ax.set_yticklabels([row[0] for row in rows], fontsize=5.5)
        ax.set(xlabel=f"{unit}, {period(data, name)}", title=f"mean {name_of(data[name])}")
    sheet.legend()
    return sheet.figure


# Table of a design, its columns with their words, what is on the axis
INDICES = {
    "sensitivity_sobol": ({"first": "by itself (first order)", "total": "with its interactions (total)"}, "% of the variance"),
    "sensitivity_factorial": ({"first": "by itself (first order)", "total": "with its interactions (total)"}, "% of the variance"),
    "sensitivity_morris": ({"mu_star": "mean size of the elementary effect"}, None),
    "sensitivity_given": ({"first": "by itself (first order, from the sample)"}, "% of the variance"),
}


def indices_table(data):
    for name in INDICES:
        try:
            return name, estimates.table(data, name)
        except ResultError as error:
            missing = error
    raise missing


@figure
def sensitivity(data, width=WIDTHS["double"], arms=None):
    """What drives the outcomes: Sobol indices, elementary effects or indices from the sample, with 95 % intervals (table
    sensitivity_...)."""
    name, table = indices_table(data)
    columns, axis = INDICES[name]
    table = table[(table.arm == arm_shown(data, arms)) & (table.input != "all inputs")]
    if table.empty:
        raise ResultError(f"{estimates.path_of(data)}: the table {name} has nothing of this arm")
    metrics, most = list(dict.fromkeys(table.metric)), 7 if width > 120 else 5
    rows = min(most, table.input.nunique())
    sheet = Sheet(len(metrics), width, 18 + 4.2 * rows, smallest=55, legend=list(columns.values()))
    for ax, metric in zip(sheet.axes, metrics):
        part = table[table.metric == metric].sort_values(list(columns)[-1], ascending=False, kind="stable")[:most]
        factor, unit = (100, axis) if axis else scale(part.unit.iloc[0], part.mu_star.max())
        for k, (column, words) in enumerate(columns.items()):
            height = 0.8 / len(columns)
            place = np.arange(len(part)) + (k - (len(columns) - 1) / 2) * height
            value, lo, hi = (factor * part[c].values for c in (column, column + "_lo", column + "_hi"))
            ax.barh(place, value, height, color=(BLUE, SKY)[k], label=words, lw=0)
            ax.errorbar(value, place, xerr=np.maximum([value - lo, hi - value], 0), fmt="none", ecolor=BLACK, elinewidth=0.7)
        rows_of(ax, part.input, 40)
        known = data[metric] if metric in data else None
        ax.set(xlim=(0, None), title=in_lines(name_of(known) if known is not None else f"run ends: {metric.replace('_', ' ')}", 45),
               xlabel=f"{unit}\n{period(data, metric) if known is not None else f'month {int(data.month[-1])}'}")
    sheet.legend()
    return sheet.figure


def classes_of(at, most):
    """Edges that part values into about equally many worlds a class; whole numbers of which there are few are classes themselves."""
    kinds = np.unique(at[np.isfinite(at)])
    if len(kinds) <= most:
        middle = (kinds[1:] + kinds[:-1]) / 2
        return np.concatenate([[2 * kinds[0] - middle[0]], middle, [2 * kinds[-1] - middle[-1]]])
    return np.unique(np.nanquantile(at, np.linspace(0, 1, most + 1)))


def strength(at, hit):
    """Share of a hit's variance that lies between twenty classes of an input."""
    place = np.digitize(at, classes_of(at, 20)[1:-1])
    means = [np.nanmean(hit[place == k]) for k in range(place.max() + 1) if np.isfinite(hit[place == k]).any()]
    return np.var(means) if len(means) > 1 else 0


def box_of(data, arm, claim):
    """Limits of the box in which a claim holds most, {input: (lo, hi)}, and its row; ({}, None) where klaster claims was not asked."""
    try:
        boxes, limits = estimates.table(data, "claims_boxes"), estimates.table(data, "claims_limits")
    except ResultError:
        return {}, None
    def of_claim(frame):
        return frame[(frame.arm == arm) & frame.condition.str.startswith(claim["name"] + ":")]
    box = of_claim(boxes)[of_claim(boxes).role == "holds"]
    if box.empty:
        return {}, None
    limits = of_claim(limits)[of_claim(limits).box == box.box.iloc[0]]
    limits = limits.assign(p=limits[["p_lo", "p_hi"]].min(axis=1)).sort_values("p", kind="stable")
    return {row.input: (row.lo, row.hi) for row in limits.itertuples()}, box.iloc[0]


@figure
def where(data, width=WIDTHS["double"], arms=None, claim=None):
    """Where a claim holds: its share over the two inputs that matter most, and the box that klaster claims found, if it was asked."""
    arm, stated = arm_shown(data, arms), estimates.claims(data) or [saving_claim(data)]
    chosen = [c for c in stated if c["name"] == claim or (claim is None and c["metric"] == "saving_joint")] or stated[:1]
    if claim is not None and chosen[0]["name"] != claim:
        raise ResultError(f"{estimates.path_of(data)}: no claim is called {claim}; there are {', '.join(c['name'] for c in stated)}")
    claim, known = chosen[0], inputs(data, arm)
    value = estimates.values(data, claim["metric"], arm)
    hit = np.where(np.isfinite(value), estimates.holds(data, claim, arm), np.nan)
    limits, box = box_of(data, arm, claim)
    order = [n for n in limits if n in known] + sorted((n for n in known if n not in limits),
                                                       key=lambda n: -strength(known[n][1], hit))
    if len(order) < 2:
        raise ResultError(f"{estimates.path_of(data)}: one input alone varies; two make a map")
    (x, x_at), (y, y_at) = (known[name] for name in order[:2])
    most = int(np.clip(np.sqrt(np.isfinite(hit).sum() / 30), 3, 12))
    sheet = Sheet(1, width, min(width * 0.8, 105))
    ax = sheet.axes[0]
    edges = classes_of(x_at, most), classes_of(y_at, most)
    flat = np.isfinite(hit)
    pairs = [np.repeat(at[:, None], hit.shape[1], axis=1)[flat] for at in (x_at, y_at)]
    worlds = np.histogram2d(*pairs, bins=edges)[0]
    hits = np.histogram2d(*pairs, bins=edges, weights=hit[flat])[0]
    with np.errstate(invalid="ignore"):
        shares = np.where(worlds >= 5, 100 * hits / worlds, np.nan)
    ax.set_facecolor("#EEEEEE")
    mesh = ax.pcolormesh(*edges, shares.T, cmap="cividis", vmin=0, vmax=100, edgecolor="white", lw=0.3)
    sheet.figure.colorbar(mesh, ax=ax, label="% of worlds in which it holds\n(grey: fewer than 5 worlds)")
    title = f"{claim['name']}: {name_of(data[claim['metric']])} {bounds_in_words(data, claim)}, {period(data, claim['metric'])}"
    if box is not None:
        draw_box(ax, limits, order, edges)
        title += f"\nin {100 * box.density:.0f} % [{100 * box.density_lo:.0f}, {100 * box.density_hi:.0f}] of the worlds in the box: {box.limits}"
    ax.set_title("\n".join(in_lines(line, width - 15, most=3) for line in title.split("\n")), fontsize=6.5)
    for set_label, set_ticks, variable, name in ((ax.set_xlabel, ax.set_xticks, x, order[0]), (ax.set_ylabel, ax.set_yticks, y, order[1])):
        unit = variable.attrs.get("units", "1")
        set_label(in_lines(f"{name}: {name_of(variable)}" + ("" if unit == "1" else f", {unit}"), width * 0.55, most=3))
        if "flag_values" in variable.attrs:
            set_ticks(variable.attrs["flag_values"], variable.attrs["flag_meanings"].split())
    return sheet.figure


def draw_box(ax, limits, order, edges):
    """The box's limits on the two axes; where it has none, it ends where the worlds end."""
    ends = []
    for name, edge in zip(order, edges):
        lo, hi = limits.get(name, (np.nan, np.nan))
        ends.append((edge[0] if np.isnan(lo) else lo, edge[-1] if np.isnan(hi) else hi))
    (left, right), (bottom, top) = ends
    ax.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=VERMILION, lw=1.8, clip_on=False)
