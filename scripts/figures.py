#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures for papers, from any result file of klaster: SVG, PDF or PNG, in the width of one column or two.

Every figure is a function of an xarray Dataset that returns a matplotlib Figure, so that a notebook can use it, too:

    import figures
    figures.claims(figures.open_result("results/paper.h5"))

The same file gives the same picture, byte for byte, with the same matplotlib. The functions and the numbers behind them stand in
scripts/charts; docs/figures.md shows some and says how to make others.
"""
import argparse
import inspect
import os
import sys
import textwrap

try:
    import matplotlib

    from charts.worlds import course, distribution, fans, overview  # noqa: F401  (for who imports this module)
    from charts.arms import acceptability, claims, differences, outcomes, plane  # noqa: F401
    from charts.drivers import sensitivity, tornado, where  # noqa: F401
    from charts.estimates import ResultError, open_result
    from charts.sheet import FIGURES, STYLE, WIDTHS
except ImportError as missing:
    if __name__ != "__main__":
        raise
    sys.exit(f"figures.py: {missing}; Debian has it for /usr/bin/python3: python3-matplotlib, -xarray, -netcdf4, -scipy, -pandas")


def settle(whole):
    """Lay a figure out once and round where its panels stand: the solver leaves noise in the last bits, another in every process."""
    whole.draw_without_rendering()
    whole.set_layout_engine("none")
    for ax in whole.axes:
        ax.set_position([round(x, 6) for x in ax.get_position().bounds])


def save(whole, path, title):
    """Write a figure; no date goes into it, so that the same figure is the same file."""
    kind = os.path.splitext(path)[1][1:]
    metadata = {"svg": {"Date": None, "Title": title}, "pdf": {"CreationDate": None, "Title": title}, "png": {"Title": title}}
    with matplotlib.rc_context(STYLE):
        whole.savefig(path, format=kind, metadata=metadata[kind])


def summary_of(draw):
    return " ".join(draw.__doc__.split())


def parse(arguments):
    listed = "\n".join(textwrap.fill(f"{name:15}{summary_of(draw)}", 100, initial_indent="  ", subsequent_indent=" " * 17)
                       for name, draw in FIGURES.items())
    parser = argparse.ArgumentParser(prog="figures.py", formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Figures for papers from a result file of klaster.", epilog=f"Figures\n{listed}")
    parser.add_argument("file", metavar="RESULT.h5", help="what klaster run wrote")
    parser.add_argument("-o", "--output", metavar="DIR", default="figures", help="where they go, as RESULT-FIGURE.svg (figures)")
    parser.add_argument("--only", metavar="NAME", action="append", choices=FIGURES, help="this figure; may be repeated")
    parser.add_argument("--format", metavar="LIST", default="svg,pdf", help="of svg, pdf, png (svg,pdf)")
    parser.add_argument("--width", choices=WIDTHS, default="double", help="85 mm or 174 mm (double)")
    parser.add_argument("-a", "--arm", metavar="ARM", dest="arms", action="append", help="only this arm; may be repeated")
    parser.add_argument("--series", metavar="NAME", help="monthly series of the fans (saving_joint)")
    parser.add_argument("--claim", metavar="NAME", help="claim of the figure `where` (the first about the joint saving)")
    options = parser.parse_args(arguments)
    options.format = options.format.split(",")
    if not set(options.format) <= {"svg", "pdf", "png"}:
        parser.error(f"--format: {','.join(options.format)} is not a list of svg, pdf, png")
    return options


def make(data, name, options):
    """One figure in every format asked for."""
    draw, stem = FIGURES[name], os.path.splitext(os.path.basename(options.file))[0]
    asked = {"width": WIDTHS[options.width], "arms": options.arms, "series": options.series, "claim": options.claim}
    taken = inspect.signature(draw).parameters
    whole = draw(data, **{key: value for key, value in asked.items() if value is not None and key in taken})
    with matplotlib.rc_context(STYLE):
        settle(whole)
    for kind in options.format:
        path = os.path.join(options.output, f"{stem}-{name}.{kind}")
        save(whole, path, f"{data.attrs.get('title') or data.attrs['study']}: {summary_of(draw)}")
        print(path)


def main(arguments=None):
    """0: all is there; 2: a figure that was asked for by name cannot be made; 3: the file cannot be read or written to."""
    options = parse(arguments)
    try:
        data = open_result(options.file)
        for arm in options.arms or []:
            if arm not in data.arm.values:
                raise ResultError(f"{options.file}: no arm is called {arm}; there are {', '.join(data.arm.values)}")
        os.makedirs(options.output, exist_ok=True)
    except (ResultError, OSError) as error:
        print(f"figures.py: {error}", file=sys.stderr)
        return 3
    failed = 0
    for name in options.only or FIGURES:
        try:
            make(data, name, options)
        except ResultError as error:
            print(f"figures.py: {name}: {'' if options.only else 'left out: '}{error}", file=sys.stderr)
            failed = 2 if options.only else 0
        except OSError as error:
            print(f"figures.py: {error}", file=sys.stderr)
            return 3
    return failed


if __name__ == "__main__":
    sys.exit(main())
