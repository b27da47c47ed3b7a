# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures share: style, colours, words, panels, points with intervals. It computes nothing."""
import functools
import textwrap

import matplotlib
import numpy as np
from matplotlib.figure import Figure

WIDTHS = {"single": 85, "double": 174}  # mm, of one column and of two

# Okabe & Ito: told apart by colour-blind readers, too
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE, GREY = "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#BBBBBB"
LINES = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
STATUS = {"completed": GREEN, "gate_failed": ORANGE, "insolvent": VERMILION, "unfinished": SKY, "alone": GREY, "failed": BLACK}

STYLE = {
    "font.family": "DejaVu Sans", "font.size": 7, "axes.titlesize": 7, "axes.labelsize": 7, "legend.fontsize": 7,
    "xtick.labelsize": 6.5, "ytick.labelsize": 6.5, "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "lines.linewidth": 1.2, "hatch.linewidth": 0.4, "legend.frameon": False, "figure.dpi": 150, "savefig.dpi": 300,
    "text.parse_math": False,  # names and labels are data: a dollar is a dollar
    "pdf.fonttype": 42, "svg.hashsalt": "klaster",
}

FIGURES = {}


def figure(draw):
    """A figure that the command makes, by the name of its function; whoever calls it, it has the style of this script."""
    @functools.wraps(draw)
    def drawn(*args, **kwargs):
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)
    FIGURES[draw.__name__] = drawn
    return drawn


# ---- words ----

def in_lines(text, width, most=2):
    """A text in at most so many lines of `width` mm, about equally long; whatever it holds, it stays text in one piece."""
    text, room = " ".join(str(text).split()), max(12, int(width / 1.35))
    lines = textwrap.wrap(text, room) or [""]
    if len(lines) > most:
        return "\n".join(lines[:most]) + " …"
    shortest = next(n for n in range(8, room + 1) if len(textwrap.wrap(text, n)) <= len(lines))
    return "\n".join(textwrap.wrap(text, shortest))


def label_of(data, arm):
    return str(data.arm_label.sel(arm=arm).values)


def name_of(variable):
    """What a variable is, from its long name: the part before the explanation."""
    if variable.name == "survival":
        return "platform open at the end"
    return variable.attrs.get("long_name", variable.name).split(";")[0].split(":")[0]


def period(data, name):
    """The months that an outcome speaks of."""
    last, text = int(data.month[-1]), data[name].attrs.get("long_name", "")
    if "maturity" in text:
        return f"months {max(1, last - 11)}–{last}"
    return f"month {last}" if "at the end" in text else f"months 1–{last}"


def scale(units, largest):
    """How values are shown: what to multiply them with, and the unit then."""
    if units == "1":
        return 100, "%"
    if units.startswith("USD"):
        for factor, word in ((1e-6, "million "), (1e-3, "thousand ")):
            if largest * factor >= 1:
                return factor, word + units
    return 1, {"month": "months", "firm": "firms", "employee": "employees"}.get(units, units)


def bounds_in_words(data, claim):
    """A claim's interval: '30–40 %', 'at least 0 USD'."""
    low, high = claim["lowest"], claim["highest"]
    factor, unit = scale(data[claim["metric"]].attrs.get("units", "1"), max(abs(b) for b in (low, high, 0) if np.isfinite(b)))
    if not np.isfinite(high):
        return f"at least {low * factor:g} {unit}"
    return f"at most {high * factor:g} {unit}" if not np.isfinite(low) else f"{low * factor:g}–{high * factor:g} {unit}"


def number(value):
    """Three digits: 0.0214, 106,000."""
    return f"{float(f'{value:.3g}'):,.10g}"


def percent(share):
    return f"{100 * share.share:.1f} % [{100 * share.lo:.1f}, {100 * share.hi:.1f}]"


# ---- sheets ----

class Sheet:
    """A figure `width` mm wide with n panels of `height` mm, in as many columns as are at least `smallest` mm wide, and above them
    room for a legend with these labels. Has .figure, .axes (the panels), .columns and .panel (mm a panel)."""

    def __init__(self, n, width, height, smallest=None, legend=(), **shared):
        self.columns = min(n, max(1, int(width // (smallest or width))))
        self.panel = width / self.columns
        self.legend_columns = max(1, min(len(legend), int(width // (10 + 1.25 * max(map(len, legend), default=0)))))
        head = 2 + 3.4 * -(-len(legend) // self.legend_columns) if legend else 0.01
        rows = -(-n // self.columns)
        self.figure = Figure(figsize=(width / 25.4, (rows * height + head) / 25.4), layout="constrained")
        grid = self.figure.add_gridspec(rows + 1, self.columns, height_ratios=[head] + rows * [height])
        self.axes = []
        self.figure.add_subplot(grid[0, :]).axis("off")  # keeps room for the legend
        for place in range(n):
            other = {axis: self.axes[0] for axis in shared if self.axes}
            self.axes.append(self.figure.add_subplot(grid[1 + place // self.columns, place % self.columns], **other))
            if "sharey" in shared and place % self.columns:
                self.axes[-1].tick_params(labelleft=False)
            if "sharex" in shared and place + self.columns < n:
                self.axes[-1].tick_params(labelbottom=False)

    def name(self, x=None, y=None):
        """The names of shared axes: once, in the middle."""
        size = {"fontsize": STYLE["axes.labelsize"]}
        y = in_lines(y, 25.4 * self.figure.get_figheight() - 12) if y else y
        if x and self.columns > 1:
            self.figure.supxlabel(x, **size)
        elif x:
            self.axes[-1].set_xlabel(x)
        if y and len(self.axes) > self.columns:
            self.figure.supylabel(y, **size)
        elif y:
            self.axes[0].set_ylabel(y)

    def legend(self):
        """The first panel's legend, above all panels."""
        self.figure.legend(*self.axes[0].get_legend_handles_labels(), loc="upper center", ncol=self.legend_columns,
                           columnspacing=1.2, handlelength=1.6)


def row_height(names, width):
    """mm that a row takes for all names to have their lines."""
    return 5.5 if all("…" not in in_lines(name, width) for name in names) else 8.2


def rows_of(ax, names, width):
    """A row a name from the top, and nothing but ticks for the rest."""
    ax.set(yticks=range(len(names)), ylim=(len(names) - 0.5, -0.5))
    ax.set_yticklabels([in_lines(name, width, most=3) for name in names], linespacing=1)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#E4E4E4", lw=0.5)
    ax.set_axisbelow(True)


def dots(ax, middle, lo, hi, place, colour, **more):
    """Points with their intervals."""
    known = np.isfinite(np.asarray(middle, dtype=float))
    middle, lo, hi, place = (np.asarray(v, dtype=float)[known] for v in (middle, lo, hi, place))
    off = np.maximum(np.nan_to_num([middle - lo, hi - middle]), 0)
    ax.errorbar(middle, place, xerr=off, fmt="o", ms=3, lw=1, color=colour, clip_on=False, **more)


def months(ax, data):
    last = int(data.month[-1])
    step = 12 * max(1, -(-last // 84))
    ax.set(xlim=(1, last), xticks=[1, *range(step, last + 1, step)])
