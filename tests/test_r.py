#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/analysis.R against `klaster summary --json` and `klaster compare --json`.

Usage: test_r.py KLASTER"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRIPT = os.path.join(TOP, "scripts", "analysis.R")
STUDY = """\
klaster: 1
name: r
seed: 3
months: 30
{size}
mechanism: five-stage
parameters: {{firms: 20, {varied}}}
arms:
  - {{name: plain}}
  - {{name: helped, parameters: {{opex_support: 0.6}}}}
claims:
  - {{name: joint-saving, metric: saving_joint, interval: [0.15, 0.25]}}
  - {{name: quick, metric: month_rollout, interval: [null, 22]}}
  - {{name: worth-it, metric: npv_social, interval: [0, null]}}
"""
VARIED = "shareable: {uniform: [0.3, 0.7]}, opex: {uniform: [80000, 150000]}"
PROGRAM = ""


class R(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def play(self, name, size, varied=VARIED):
        study, result = (os.path.join(self.place.name, name + ending) for ending in (".yaml", ".h5"))
        with open(study, "w", encoding="utf-8") as file:
            file.write(STUDY.format(size=size, varied=varied))
        subprocess.run([PROGRAM, "run", study, "--quiet", "-o", result], check=True)
        return result

    def near(self, found, due, what, size=1):
        if due is None:
            self.assertIsNone(found, what)
        else:
            self.assertLessEqual(abs(found - due), 1e-9 * max(size, abs(due)), what)

    def look(self, path):
        found = json.loads(subprocess.run(["Rscript", SCRIPT, path, "--json"], check=True, stdout=subprocess.PIPE).stdout.decode())
        summary = json.loads(subprocess.run([PROGRAM, "summary", path, "--json"], check=True, stdout=subprocess.PIPE).stdout.decode())
        claims = {(row["arm"], row["claim"]): row for row in found["claims"]}
        outcomes = {(row["arm"], row["outcome"]): row for row in found["outcomes"]}
        for arm in summary["arms"]:
            for claim in arm["claims"]:
                row = claims.pop((arm["arm"], claim["name"]))
                for end, part in (("", "holds"), ("_completed", "holds_completed")):
                    self.assertEqual((row["worlds" + end], row["hits" + end]), (claim[part]["n"], claim[part]["hits"]))
                    for key in ("share", "lo", "hi"):
                        self.near(row.get(key + end), claim[part][key], (arm["arm"], claim["name"], key))
            for name, due in arm["outcomes"].items():
                row = outcomes.pop((arm["arm"], name))
                self.assertEqual((row["n"], row["unit"]), (due["n"], due["unit"]))
                for key in ("mean", "se", "sd", "q05", "q25", "median", "q75", "q95"):
                    self.near(row.get(key), due[key], (arm["arm"], name, key), size=abs(due["mean"] or 1))
        self.assertEqual((claims, outcomes), ({}, {}), "nothing that klaster does not say")
        return found

    def test_the_numbers_are_klasters(self):
        path = self.play("some", "points: 120\nreplicates: 3")
        found = self.look(path)["differences"]
        out = subprocess.run([PROGRAM, "compare", path, "--json", "--no-save", "--all"], check=True, stdout=subprocess.PIPE).stdout
        tables = {table["name"]: table["rows"] for table in json.loads(out.decode())["tables"]}
        due = {(row["arm"], row["outcome"]): row for row in tables["differences"]}
        self.assertEqual(len(found), 4)
        for row in found:
            wanted = due[row["arm"], row["outcome"]]
            self.assertEqual(row["worlds"], wanted["worlds"])
            for key, other in (("mean", "difference"), ("se", "se"), ("lo", "lo"), ("hi", "hi")):
                self.near(row.get(key), wanted[other], (row["outcome"], key), size=abs(wanted["baseline"]))

    def test_where_points_come_in_rows(self):
        self.look(self.play("rows", "design: {kind: saltelli, base: 16, factors: [shareable, opex]}\nreplicates: 2"))

    def test_where_there_is_one_row(self):
        self.look(self.play("cells", "points: 1\ndesign: {kind: factorial, factors: {fee: [0.03, 0.0301]}}\nreplicates: 40", "opex: 100000"))

    def test_it_prints_and_draws(self):
        path, picture = self.play("print", "points: 40"), os.path.join(self.place.name, "plot.pdf")
        done = subprocess.run(["Rscript", SCRIPT, path, "--plot", picture], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.stderr, b"")
        for word in (b"claims", b"outcomes", b"differences", b"joint-saving"):
            self.assertIn(word, done.stdout)
        with open(picture, "rb") as file:
            self.assertEqual(file.read(5), b"%PDF-")

    def test_the_example_in_the_documentation(self):
        with open(os.path.join(TOP, "docs", "figures.md"), encoding="utf-8") as file:
            (example,) = re.findall(r"```r\n(.*?)```", file.read(), re.DOTALL)
        os.mkdir(os.path.join(self.place.name, "results"))
        os.rename(self.play("example", "points: 30"), os.path.join(self.place.name, "results", "paper.h5"))
        example = example.replace("scripts/analysis.R", SCRIPT).replace('"baseline"', '"helped"')
        done = subprocess.run(["Rscript", "-e", example], cwd=self.place.name, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"joint-saving", done.stdout)

    def test_refusals_are_one_sentence(self):
        for path, word in ((os.path.join(self.place.name, "none.h5"), "no such file"), (__file__, "not a result file")):
            done = subprocess.run(["Rscript", SCRIPT, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertIn(word, done.stderr.decode())
            self.assertEqual(done.stderr.count(b"\n"), 1)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
