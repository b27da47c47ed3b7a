# SPDX-License-Identifier: GPL-3.0-or-later
"""Result files of klaster in Python: claims, shares, paired differences, with the intervals that klaster itself prints.

A module for scripts/figures.py, for notebooks and for studies of your own; it draws nothing and prints nothing. Values are arrays
(point, replicate) of float64 with NaN where a world does not define the outcome. tests/test_figures.py holds the numbers against
`klaster summary --json` and `klaster compare --json`.
"""
import json
import os
from collections import namedtuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

FORMAT = 1  # of the result file: docs/file-format.md

Share = namedtuple("Share", "worlds hits share lo hi")
Difference = namedtuple("Difference", "worlds mean lo hi mean_arm mean_baseline")

# Which command leaves which tables in the file
MAKERS = {"acceptability": "decide", "icers": "decide", "plane": "decide", "claims": "claims", "sensitivity": "sensitivity",
          "options": "compare", "differences": "compare", "synergy": "synergy"}


class ResultError(Exception):
    """What is wrong with a file or a wish, in one sentence."""


# ---- the file ----

def open_result(path):
    """A result file as an xarray Dataset, read piece by piece as it is asked for."""
    if not os.path.isfile(path):
        raise ResultError(f"{path}: there is no such file")
    try:
        data = xr.open_dataset(path, engine="netcdf4")
    except (OSError, ValueError, RuntimeError) as error:
        raise ResultError(f"{path}: not a result file of klaster ({error})") from None
    if data.attrs.get("filetype") != "klaster result":
        raise ResultError(f"{path}: not a result file of klaster (klaster run makes one)")
    if data.attrs.get("format_version") != FORMAT:
        raise ResultError(f"{path}: has file format {data.attrs.get('format_version')}; this script reads format {FORMAT}")
    return data


def path_of(data):
    return data.encoding["source"]


def table(data, name):
    """A table that an analysis left in the file, as a pandas DataFrame; .attrs has title, method, and the columns' units."""
    try:
        with xr.open_dataset(path_of(data), group=f"analysis/{name}", engine="netcdf4") as found:
            frame = found.to_dataframe()
            frame.attrs.update(found.attrs, units={name: column.attrs.get("units", "") for name, column in found.items()})
            return frame
    except OSError:
        command = MAKERS.get(name) or MAKERS[name.split("_")[0]]
        raise ResultError(f"{path_of(data)}: has no table {name}; this makes it: klaster {command} {path_of(data)}") from None


def study(data):
    """The study with every include and default written out, as a dictionary."""
    with xr.open_dataset(path_of(data), group="study", engine="netcdf4") as found:
        return json.loads(str(found["resolved"].values))


def baseline(data):
    """Name of the arm that the others are held against."""
    return study(data).get("baseline", str(data.arm.values[0]))


def values(data, name, arm):
    """An outcome in every world of an arm (by name): float64 (point, replicate), NaN where undefined or not played."""
    return data[name].sel(arm=arm).transpose("point", "replicate").values.astype(float)


def status(data, arm):
    """How each run of an arm ended, by name: an array of texts (point, replicate), '' where it was not played."""
    words = np.array(data.status.attrs["flag_meanings"].split() + [""])
    code = values(data, "status", arm)
    return words[np.where(np.isnan(code), -1, code).astype(int)]


# ---- independent units ----

def by_unit(data, array, turned=True):
    """The worlds (point, replicate) as rows of independent units: points, or the rows of the design where points share their
    worlds (docs/designs.md). Of a single row of several points the replicates are the units, if `turned`."""
    size = max(1, int(data.attrs.get("design_row_size", 1)))
    if turned and len(array) == size > 1 and array.shape[1] > 1:
        return array.T
    return array.reshape(len(array) // size, -1)


def effective_worlds(worlds, hits, n_units):
    """How many independent worlds a share is worth: Kish (1965, ch. 8), with Korn & Graubard's (1998) correction."""
    worlds, hits = worlds[worlds > 0], hits[worlds > 0]
    n, units, p = worlds.sum(), len(worlds), hits.sum() / worlds.sum()
    if n_units == 1 or n == units:
        return n
    if p in (0, 1) or units == 1:
        return units
    variance = units / (units - 1) * ((hits - p * worlds) ** 2).sum() / n**2
    if variance == 0:
        return n
    t = stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, units - 1)
    return min(n, p * (1 - p) / (n - 1) / variance * n * t**2)


# ---- shares and differences ----

def share(data, hit):
    """Share of worlds with its 95 % interval (Wilson 1927). hit (point, replicate): 1, 0, or NaN where a world does not count."""
    unit = by_unit(data, np.asarray(hit, dtype=float))
    worlds, hits = np.isfinite(unit).sum(axis=1), np.nansum(unit, axis=1)
    if worlds.sum() == 0:
        return Share(0, 0, np.nan, np.nan, np.nan)
    p, n, z = hits.sum() / worlds.sum(), effective_worlds(worlds, hits, len(unit)), stats.norm.ppf(0.975)
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Share(int(worlds.sum()), int(hits.sum()), p, 0.0 if p == 0 else max(0, middle - half),
                 1.0 if p == 1 else min(1, middle + half))


def mean(data, array):
    """Mean over the worlds that define a value, and its standard error from the spread of the units' sums (Cochran 1977, 9A)."""
    unit = by_unit(data, array, turned=False)
    if len(unit) == 1:  # then its worlds are the units
        unit = unit.T
    worlds = np.isfinite(unit).sum(axis=1)
    n, units = worlds.sum(), (worlds > 0).sum()
    if n == 0:
        return np.nan, np.nan, 0
    middle = np.nansum(unit) / n
    off = np.nansum(unit - middle, axis=1)
    error = np.sqrt(units / (units - 1) * (off**2).sum()) / n if units > 1 else np.nan
    return middle, error, units


def interval(data, array):
    """Mean with its 95 % interval by Student's t: (mean, lo, hi)."""
    middle, error, units = mean(data, array)
    half = stats.t.ppf(0.975, units - 1) * error if units > 1 else np.nan
    return middle, middle - half, middle + half


def difference(data, name, arm, against):
    """An outcome in an arm less that in another, world by world: worlds that define both, mean with interval, both means."""
    ours, theirs = values(data, name, arm), values(data, name, against)
    both = np.isfinite(ours) & np.isfinite(theirs)
    middle, lo, hi = interval(data, np.where(both, ours - theirs, np.nan))
    means = (ours[both].mean(), theirs[both].mean()) if both.any() else (np.nan, np.nan)
    return Difference(int(both.sum()), middle, lo, hi, *means)


# ---- claims ----

def claims(data):
    """The study's claims: dictionaries with name, metric, lowest and highest (infinite where open), source."""
    found = []
    for claim in study(data).get("claims", []):
        low, high = claim["interval"]
        found.append({"name": claim["name"], "metric": claim["metric"], "source": claim.get("source", ""),
                      "lowest": -np.inf if low is None else low, "highest": np.inf if high is None else high})
    return found


def holds(data, claim, arm):
    """1 where a claim holds, 0 where not or where its metric is undefined, NaN where the world was not played."""
    value = values(data, claim["metric"], arm)
    hit = (value >= claim["lowest"]) & (value <= claim["highest"])
    return np.where(status(data, arm) == "", np.nan, hit)


def claims_table(data, arms=None):
    """Every claim in every arm, as `klaster summary` has it: over all worlds, and over the completed ones that define it."""
    rows = []
    for arm in data.arm.values if arms is None else arms:
        for claim in claims(data):
            hit = holds(data, claim, arm)
            counts = (status(data, arm) == "completed") & np.isfinite(values(data, claim["metric"], arm))
            everywhere, completed = share(data, hit), share(data, np.where(counts, hit, np.nan))
            rows.append({"arm": arm, "claim": claim["name"], "metric": claim["metric"], **everywhere._asdict(),
                         **{f"{key}_completed": value for key, value in completed._asdict().items()}})
    return pd.DataFrame(rows)


def differences_table(data, names, against=None, arms=None):
    """Paired differences of outcomes, as `klaster compare` has them: a row an arm and outcome."""
    against = baseline(data) if against is None else against
    return pd.DataFrame([{"arm": arm, "outcome": name, **difference(data, name, arm, against)._asdict()}
                         for arm in (data.arm.values if arms is None else arms) if arm != against for name in names])
