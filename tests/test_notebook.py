#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/notebooks/thirty-to-forty-percent.ipynb, executed by scripts/notebook.

Usage: test_notebook.py KLASTER"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAME = "thirty-to-forty-percent"
PROGRAM = ""


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def of_klaster(*arguments):
    return json.loads(subprocess.run([PROGRAM, *arguments, "--json"], check=True, stdout=subprocess.PIPE).stdout.decode())


class Notebook(unittest.TestCase):
    def setUp(self):
        self.stored = read(os.path.join(TOP, "docs", "notebooks", NAME + ".ipynb"))

    def test_it_is_kept_without_outputs(self):
        for cell in self.stored["cells"]:
            if cell["cell_type"] == "code":
                self.assertEqual((cell["outputs"], cell["execution_count"]), ([], None), cell["id"])
            self.assertEqual(cell["metadata"], {}, cell["id"])

    def test_every_question_has_a_folded_answer(self):
        text = "".join("".join(cell["source"]) for cell in self.stored["cells"])
        asked = text.count("**Question.**") + text.count("**Think first.**")
        self.assertGreater(asked, 6)
        self.assertEqual((text.count("<details><summary>Answer</summary>"), text.count("</details>")), (asked, asked))

    def test_it_executes_and_its_numbers_are_klasters(self):
        with tempfile.TemporaryDirectory() as place:
            results, out = os.path.join(place, "results"), os.path.join(place, "out")
            os.mkdir(results)
            environment = {**os.environ, "KLASTER": PROGRAM, "KLASTER_NOTEBOOK": results, "KLASTER_NOTEBOOK_OUT": out}
            done = subprocess.run([os.path.join(TOP, "scripts", "notebook")], env=environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            self.assertTrue(os.path.getsize(os.path.join(out, NAME + ".html")) > 100000)
            self.look(read(os.path.join(out, NAME + ".ipynb")), results)

    def look(self, executed, results):
        code = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
        self.assertEqual([cell["execution_count"] for cell in code], list(range(1, len(code) + 1)))
        outputs = [output for cell in code for output in cell["outputs"]]
        self.assertEqual([output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"], [])
        self.assertGreaterEqual(sum("image/png" in output.get("data", {}) for output in outputs), 8)
        numbers = json.loads("".join(code[-1]["outputs"][0]["text"]))
        whole = self.first_claim(results, "paper")
        self.assertAlmostEqual(numbers["all"], whole["holds"]["share"], places=12)
        self.assertAlmostEqual(numbers["completed"], whole["holds_completed"]["share"], places=12)
        self.assertEqual(sorted(numbers["firms"], key=int), ["10", "20", "54", "200"])
        for firms, share in numbers["firms"].items():
            self.assertAlmostEqual(share, self.first_claim(results, "firms-" + firms)["holds"]["share"], places=12)
        tables = of_klaster("compare", os.path.join(results, "pilot.h5"), "--no-save")["tables"]
        rows = next(table["rows"] for table in tables if table["name"] == "differences")
        due = {row["arm"]: row["difference"] for row in rows if row["outcome"] == "npv_social"}
        self.assertEqual(set(numbers["npv"]), set(due))
        for arm, value in due.items():
            self.assertAlmostEqual(numbers["npv"][arm] / value, 1, places=9)

    def first_claim(self, results, name):
        claims = of_klaster("summary", os.path.join(results, name + ".h5"))["arms"][0]["claims"]
        return next(claim for claim in claims if claim["name"] == "joint-saving")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
