#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/figures.py and scripts/charts: numbers against `klaster summary`, `compare` and `decide`; files; refusals.

Usage: test_figures.py KLASTER"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "scripts"))
import figures  # noqa: E402  (it stands in scripts)
from charts import estimates  # noqa: E402

PROGRAM = ""
SCRIPT = os.path.join(TOP, "scripts", "figures.py")
HOSTILE = r"Half, $\frac{1}{0$ <b>& %s — Қўллаб"
STUDY = """\
klaster: 1
name: figures
title: "A study for figures: $\\\\alpha$ <x>"
seed: 11
months: 36
{points}
replicates: {replicates}
{design}
mechanism: five-stage
{uncertainty}
parameters: {{firms: 24, {varied}}}
arms:
  - {{name: plain, label: No support}}
  - {{name: half, label: '{label}', parameters: {{opex_support: 0.5}}}}
  - {{name: full, label: "Full, a label that is so long that it takes two lines of a figure at least", parameters: {{opex_support: 1}}}}
claims:
  - {{name: joint-saving, metric: saving_joint, interval: [0.15, 0.30]}}
  - {{name: quick, metric: month_rollout, interval: [null, 25]}}
  - {{name: worth-it, metric: npv_social, interval: [0, null]}}
output: {{quantiles: [0.05, 0.25, 0.5, 0.75, 0.95]}}
"""


def klaster(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, stdout=subprocess.PIPE).stdout.decode()


def tables(*arguments):
    return {table["name"]: table["rows"] for table in json.loads(klaster(*arguments, "--json"))["tables"]}


def draw(*arguments):
    return subprocess.run([SCRIPT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def content_of(path):
    with open(path, "rb") as file:
        return file.read()


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.path = cls.play("several")
        cls.data = estimates.open_result(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def play(cls, name, points="points: 150", replicates=2, design="", varied="shareable: {uniform: [0.3, 0.7]}, scale_elasticity: {uniform: [0.5, 0.9]}", uncertainty="uncertainty: default"):
        study, result = (os.path.join(cls.place.name, name + ending) for ending in (".yaml", ".h5"))
        with open(study, "w", encoding="utf-8") as file:
            file.write(STUDY.format(points=points, replicates=replicates, design=design, varied=varied, label=HOSTILE, uncertainty=uncertainty))
        klaster("run", study, "--quiet", "-o", result)
        return result

    def near(self, found, due, what, size=1):
        if due is None:
            self.assertFalse(np.isfinite(found), what)
        else:
            self.assertLessEqual(abs(found - due), 1e-9 * max(size, abs(due)), what)

    def look_at_claims(self, path):
        with estimates.open_result(path) as data:
            found = estimates.claims_table(data).set_index(["arm", "claim"])
        compared = 0
        for arm in json.loads(klaster("summary", path, "--json"))["arms"]:
            for claim in arm["claims"]:
                row = found.loc[(arm["arm"], claim["name"])]
                for end, part in (("", "holds"), ("_completed", "holds_completed")):
                    self.assertEqual((row["worlds" + end], row["hits" + end]), (claim[part]["n"], claim[part]["hits"]))
                    for key in ("share", "lo", "hi"):
                        self.near(row[key + end], claim[part][key], (path, arm["arm"], claim["name"], part, key))
                        compared += 1
        self.assertEqual(compared, len(found) * 6)

    def test_shares_are_those_of_summary(self):
        self.look_at_claims(self.path)

    def test_shares_are_those_of_summary_where_points_come_in_rows(self):
        design = "design: {kind: saltelli, base: 16, factors: [shareable, scale_elasticity]}"
        self.look_at_claims(self.play("rows", points="", replicates=2, design=design, uncertainty=""))

    def test_shares_are_those_of_summary_where_there_is_one_row(self):
        design = "design: {kind: factorial, factors: {fee: [0.03, 0.0301], opex: [100000, 100100]}}"
        path = self.play("cells", points="points: 1", replicates=40, design=design, varied="", uncertainty="")
        self.look_at_claims(path)

    def test_differences_are_those_of_compare(self):
        rows = tables("compare", self.path, "--no-save", "--all")["differences"]
        self.assertGreater(len(rows), 50)
        for row in rows:
            if row["outcome"] in ("additional_members", "crowded_out", "deadweight"):
                continue  # are differences themselves: nothing in the baseline
            found = estimates.difference(self.data, row["outcome"], row["arm"], "plain")
            self.assertEqual(found.worlds, row["worlds"])
            for key, value in (("difference", found.mean), ("lo", found.lo), ("hi", found.hi), ("mean", found.mean_arm),
                               ("baseline", found.mean_baseline)):
                self.near(value, row[key], (row["arm"], row["outcome"], key), size=abs(row["baseline"] or 1))

    def test_the_plane_is_that_of_decide(self):
        for row in tables("decide", self.path, "--no-save")["plane"]:
            self.near(estimates.difference(self.data, "public_spending", row["arm"], "plain").mean, row["more_cost"], row["arm"])
            self.near(estimates.difference(self.data, "members_final", row["arm"], "plain").mean, row["more_effect"], row["arm"])

    def test_what_is_drawn_is_what_was_computed(self):
        summary = json.loads(klaster("summary", self.path, "--json"))["arms"]
        axes = [ax for ax in figures.claims(self.data).axes if ax.containers]
        self.assertEqual(len(axes), 3)
        for k, ax in enumerate(axes):
            (points, _, (bars,)), due = ax.containers[0], [arm["claims"][k]["holds"] for arm in summary]
            self.assertTrue(np.allclose(points.get_xdata(), [100 * d["share"] for d in due]))
            self.assertTrue(np.allclose([line[:, 0] for line in bars.get_segments()], [[100 * d["lo"], 100 * d["hi"]] for d in due]))
        (ax,) = [ax for ax in figures.distribution(self.data, arms=["full"]).axes if ax.patches]
        bars = [bar.get_height() for bar in ax.patches if hasattr(bar, "get_height")]
        defined = np.isfinite(estimates.values(self.data, "saving_joint", "full"))
        self.assertAlmostEqual(sum(bars), 100 * defined.mean(), places=6)
        full = next(arm for arm in summary if arm["arm"] == "full")["claims"][0]["holds"]
        self.assertIn(f"{100 * full['share']:.1f} % [{100 * full['lo']:.1f}, {100 * full['hi']:.1f}]", ax.get_title(loc="left"))

    def test_every_figure_is_made_twice_the_same(self):
        path = os.path.join(self.place.name, "all.h5")
        shutil.copy(self.path, path)
        for command in ("decide", "sensitivity", "claims"):
            klaster(command, path, "--csv")
        made = []
        for place, kinds in (("one", "svg,pdf"), ("two", "svg,pdf")):
            done = draw(path, "-o", os.path.join(self.place.name, place), "--format", kinds)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            made.append({os.path.basename(name): content_of(name) for name in done.stdout.decode().split("\n") if name})
        self.assertEqual(len(made[0]), 2 * len(figures.FIGURES))
        for name, content in made[0].items():
            self.assertTrue(made[1][name] == content, name)
            if name.endswith("pdf"):
                self.assertIn(b"/FontFile2", content, name)
                self.assertNotIn(b"/Type3", content, name)
            if name.endswith("svg"):
                width = float(re.search(rb'width="([0-9.]+)pt"', content).group(1))
                self.assertAlmostEqual(width, 174 / 25.4 * 72, places=3, msg=name)
                self.assertNotIn(b"<b>", content, "a label stays text")

    def test_a_narrow_figure_of_one_arm(self):
        done = draw(self.path, "-o", os.path.join(self.place.name, "narrow"), "--width", "single", "--format", "svg,png", "--arm", "half",
                    "--only", "fans", "--series", "account", "--only", "distribution")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        names = done.stdout.decode().split()
        self.assertEqual([content_of(name)[:4] for name in names[1::2]], 2 * [b"\x89PNG"])
        for name in names[::2]:
            width = float(re.search(rb'width="([0-9.]+)pt"', content_of(name)).group(1))
            self.assertAlmostEqual(width, 85 / 25.4 * 72, places=3)

    def refused(self, code, word, *arguments):
        done = draw(*arguments, "-o", os.path.join(self.place.name, "refused"))
        said = done.stderr.decode()
        self.assertEqual(done.returncode, code, said)
        self.assertEqual((said.count("\n"), done.stdout), (1, b""), said)
        self.assertIn(word, said)

    def test_refusals_are_one_sentence(self):
        other = os.path.join(self.place.name, "other.h5")
        with open(other, "wb") as file:
            file.write(b"\x89HDF\r\n\x1a\nno more")
        self.refused(3, "no such file", os.path.join(self.place.name, "nothing.h5"))
        self.refused(3, "not a result file", other)
        self.refused(3, "not a result file", __file__)
        self.refused(3, "no arm is called x; there are plain, half, full", self.path, "--arm", "x")
        self.refused(2, "klaster decide", self.path, "--only", "acceptability")
        self.refused(2, "klaster sensitivity", self.path, "--only", "sensitivity")
        self.refused(2, "no monthly series x", self.path, "--only", "fans", "--series", "x")
        self.refused(2, "no claim is called x; there are joint-saving", self.path, "--only", "where", "--claim", "x")
        self.refused(2, "nothing to compare", self.path, "--only", "differences", "--arm", "plain")

    def test_the_documentation_names_every_figure(self):
        with open(os.path.join(TOP, "docs", "figures.md"), encoding="utf-8") as file:
            text = file.read()
        for name in figures.FIGURES:
            self.assertIn(f"| `{name}` |", text)
        for option in re.findall(r"--[a-z]+", draw("--help").stdout.decode()):
            self.assertIn(option, text)

    def test_the_example_in_the_documentation(self):
        with open(os.path.join(TOP, "docs", "figures.md"), encoding="utf-8") as file:
            (example,) = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
        os.mkdir(os.path.join(self.place.name, "results"))
        shutil.copy(self.path, os.path.join(self.place.name, "results", "paper.h5"))
        example = example.replace('"scripts"', repr(os.path.join(TOP, "scripts")))
        done = subprocess.run([sys.executable, "-c", example], cwd=self.place.name, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"joint-saving", done.stdout)
        self.assertTrue(os.path.exists(os.path.join(self.place.name, "saving.pdf")))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
