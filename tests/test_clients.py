#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs read result files unaided: the program plays a small study, then xarray (over netCDF4 and over
h5netcdf), h5py, pandas, netCDF4, ncdump, h5dump and h5diff look at it. A client that is not installed is skipped by name.

Usage: test_clients.py KLASTER"""
import importlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings

STUDY = """\
klaster: 1
name: clients
title: A study for other programs — проверка
seed: 5
months: 24
points: 12
replicates: 3
mechanism: five-stage
parameters:
  fee: {uniform: [0.01, 0.05]}
  graph: {choice: [small_world, random]}
  months.pilot: {integer: [2, 4]}
arms:
  - name: plain
    label: Без поддержки
  - name: supported
    parameters:
      opex_support: 0.5
output:
  quantiles: [0.05, 0.5, 0.95]
"""
PROGRAM = ""


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise unittest.SkipTest(name + " is not installed") from None


def tool(name):
    if shutil.which(name) is None:
        raise unittest.SkipTest(name + " is not installed")
    return name


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        study = os.path.join(cls.directory.name, "clients.yaml")
        cls.path = os.path.join(cls.directory.name, "clients.h5")
        with open(study, "w", encoding="utf-8") as file:
            file.write(STUDY)
        subprocess.run([PROGRAM, "run", study, "--quiet", "--output", cls.path], check=True)
        cls.other = os.path.join(cls.directory.name, "other.h5")
        subprocess.run([PROGRAM, "run", study, "--quiet", "--threads", "1", "--output", cls.other], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def look_at_dataset(self, data):
        self.assertEqual(dict(data.sizes), {"arm": 2, "point": 12, "replicate": 3, "month": 24, "quantile": 3})
        self.assertEqual(list(data.arm.values), ["plain", "supported"])
        self.assertEqual(list(data.arm_label.values), ["Без поддержки", "supported"])
        self.assertEqual(list(data["quantile"].values), [0.05, 0.5, 0.95])
        self.assertEqual(list(data.month.values), list(range(1, 25)))
        self.assertEqual(data.saving_joint.dims, ("arm", "point", "replicate"))
        self.assertEqual(data.saving_joint_q.dims, ("arm", "month", "quantile"))
        self.assertEqual(data.saving_joint_mean.dims, ("arm", "month"))
        self.assertEqual(data.param_fee.dims, ("point",))
        self.assertEqual(data.param_opex_support.dims, ("arm",))
        self.assertEqual(data.month_built.attrs["units"], "month")
        self.assertEqual(data.month_built.dtype.kind, "f", "months are numbers, no time")
        self.assertEqual(data.month.dtype.kind, "i")
        self.assertEqual(data.npv_social.attrs["units"], "USD")
        self.assertEqual(data.status.attrs["flag_meanings"].split()[0], "completed")
        self.assertEqual(list(data.status.attrs["flag_values"]), list(range(6)))
        self.assertEqual(data.attrs["Conventions"], "CF-1.10")
        self.assertEqual(data.attrs["title"], "A study for other programs — проверка")
        self.assertEqual(int(data.attrs["complete"]), 1)
        self.assertEqual(int(data.attrs["runs_done"]), 72)
        for name, variable in data.data_vars.items():
            self.assertTrue(variable.attrs.get("long_name"), name)
            if name not in ("status", "arm_label"):
                self.assertTrue(variable.attrs.get("units"), name)
        self.assertTrue(((data.param_fee >= 0.01) & (data.param_fee <= 0.05)).all())
        built = data.month_built.sel(arm="plain").values
        self.assertTrue(((built >= 1) & (built <= 24)).any())

    def look_with_xarray(self, engine):
        module({"netcdf4": "netCDF4"}.get(engine, engine))
        xarray = module("xarray")
        with xarray.open_dataset(self.path, engine=engine) as data:
            self.look_at_dataset(data)
            frame = data[["saving_joint", "npv_social", "status"]].to_dataframe()
            self.assertEqual(list(frame.index.names), ["arm", "point", "replicate"])
            self.assertEqual(len(frame), 72)
        with xarray.open_dataset(self.path, engine=engine, group="provenance") as data:
            self.assertIn("clients.yaml", data.attrs["command"])
            self.assertRegex(data.attrs["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        with xarray.open_dataset(self.path, engine=engine, group="study") as data:
            self.assertEqual(str(data["text"].values), STUDY)
        with xarray.open_dataset(self.path, engine=engine, group="parameters") as data:
            self.assertEqual(int(data.firms), 54)
            self.assertEqual(data.firms.attrs["units"], "firm")

    def test_xarray_over_netcdf4(self):
        self.look_with_xarray("netcdf4")

    def test_xarray_over_h5netcdf(self):
        self.look_with_xarray("h5netcdf")

    def test_netcdf4(self):
        netcdf4 = module("netCDF4")
        with netcdf4.Dataset(self.path) as data:
            self.assertEqual(data.variables["bcr"].dimensions, ("arm", "point", "replicate"))
            self.assertEqual(list(data.variables["arm"][:]), ["plain", "supported"])
            for variable in data.variables.values():
                self.assertIsNotNone(variable[...])

    def test_h5py(self):
        h5py = module("h5py")
        with h5py.File(self.path, "r") as file:
            self.assertEqual(file["status"].shape, (2, 12, 3))
            self.assertEqual([d.label or d[0].name for d in file["status"].dims], ["/arm", "/point", "/replicate"])
            self.assertEqual(list(file["arm"].asstr()), ["plain", "supported"])
            self.assertEqual(file["study/text"].asstr()[()], STUDY)
            self.assertEqual(file.attrs["filetype"], "klaster result")
            for name, item in file.items():  # every byte, through the checksums
                if isinstance(item, h5py.Dataset):
                    self.assertEqual(item[...].shape, item.shape, name)

    def test_pandas(self):
        pandas, h5py = module("pandas"), module("h5py")
        with h5py.File(self.path, "r") as file:
            index = pandas.MultiIndex.from_product(
                [file[axis.label or axis[0].name].asstr()[:] if axis[0].name == "/arm" else axis[0][:]
                 for axis in file["bcr"].dims], names=["arm", "point", "replicate"])
            frame = pandas.DataFrame({n: file[n][...].ravel() for n in ("bcr", "npv_social")}, index=index)
        self.assertEqual(frame.loc["supported"].shape, (36, 2))

    def test_ncdump(self):
        out = subprocess.run([tool("ncdump"), "-h", self.path], check=True, stdout=subprocess.PIPE).stdout.decode()
        self.assertIn("float saving_joint(arm, point, replicate) ;", out)
        self.assertIn('string npv_social:units = "USD" ;', out)
        subprocess.run([tool("ncdump"), self.path], check=True, stdout=subprocess.DEVNULL)

    def test_h5dump(self):
        out = subprocess.run([tool("h5dump"), "-H", self.path], check=True, stdout=subprocess.PIPE).stdout.decode()
        self.assertIn('DATASET "saving_joint_q"', out)
        subprocess.run([tool("h5dump"), self.path], check=True, stdout=subprocess.DEVNULL)

    def test_tables_of_analyses(self):
        """Whatever `compare` finds: every table opens as a group, with all its columns, texts and undefined cells."""
        h5py, xarray = module("h5py"), module("xarray")
        path = os.path.join(self.directory.name, "analysed.h5")
        shutil.copy(self.path, path)
        out = subprocess.run([PROGRAM, "compare", path, "--json"], check=True, stdout=subprocess.PIPE).stdout
        tables = json.loads(out.decode())["tables"]
        with h5py.File(path, "r") as file:
            self.assertEqual(sorted(file["analysis"]), sorted(table["name"] for table in tables))
        for engine in ("netcdf4", "h5netcdf"):
            module("netCDF4" if engine == "netcdf4" else engine)
            for table in tables:
                with xarray.open_dataset(path, group="analysis/" + table["name"], engine=engine) as data:
                    self.look_at_table(data, table)
        if shutil.which("ncdump"):
            subprocess.run(["ncdump", path], check=True, stdout=subprocess.DEVNULL)

    def look_at_table(self, data, table):
        self.assertEqual(data.attrs["title"], table["title"])
        self.assertIn("compare", data.attrs["command"])
        self.assertEqual(dict(data.sizes), {"row": len(table["rows"])})
        self.assertEqual(list(data.data_vars), [column["name"] for column in table["columns"]])
        for column in table["columns"]:
            values = data[column["name"]].values
            for row, value in zip(table["rows"], values):
                wanted = row[column["name"]]
                if wanted is None:
                    self.assertFalse(math.isfinite(value), "undefined is NaN; JSON has no infinity")
                else:
                    self.assertEqual(value, wanted)

    def test_what_exact_fans_were_made_from(self):
        numpy, xarray = module("numpy"), module("xarray")
        with xarray.open_dataset(self.path) as data, xarray.open_dataset(self.path, group="checkpoint") as made:
            self.assertEqual(list(made.runs.values), [36, 36])
            self.assertEqual(made.value.dims, ("arm", "series", "month", "rank"))
            for place, name in enumerate(made.series.values):
                values = made.value.values[:, place]
                self.assertTrue((numpy.isfinite(values).sum(axis=2) == data[name + "_defined"].values).all(), name)
                for arm in range(2):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")  # of months in which no world has a value
                        due = numpy.nanquantile(values[arm].astype(float), data["quantile"].values, axis=1).T
                    found = data[name + "_q"].values[arm]
                    self.assertTrue(numpy.allclose(found, due, rtol=1e-6, atol=0, equal_nan=True), name)

    def test_what_a_sketch_was_made_from(self):
        """The bins as docs/file-format.md defines them; 4,101 worlds put every quantile of the study on a rank."""
        numpy, xarray = module("numpy"), module("xarray")
        study, path = (os.path.join(self.directory.name, "sketch" + ending) for ending in (".yaml", ".h5"))
        with open(study, "w", encoding="utf-8") as file:
            file.write(STUDY.replace("points: 12", "points: 4101").replace("replicates: 3", "replicates: 1"))
        subprocess.run([PROGRAM, "run", study, "--quiet", "--months", "3", "--output", path], check=True)
        step = numpy.arange(3841)
        amount = 2.0 ** (10 + step // 128) * (1 + step % 128 / 128) - 1024
        centre = {"money": numpy.concatenate([-amount[:0:-1], amount])}
        with xarray.open_dataset(path) as data, xarray.open_dataset(path, group="checkpoint") as made:
            for kind, quantum in (("linear", 2.0 ** -40), ("money", 2.0 ** -10)):
                count = made["count_" + kind].values
                for place, name in enumerate(made["series_" + kind].values):
                    if kind == "linear":
                        lowest, highest = (made.series_linear.attrs[key][place] for key in ("lowest", "highest"))
                        centre[kind] = lowest + numpy.arange(2049) * (highest - lowest) / 2048
                    defined = data[name + "_defined"].values
                    self.assertTrue((count[:, place].sum(axis=2) == defined).all(), name)
                    if (defined < 4101).any():
                        continue
                    at = list(made.series.values).index(name)
                    total = made.sum_high.values[:, at] * 2.0 ** 32 + made.sum_low.values[:, at]
                    mean = total * quantum / defined
                    self.assertTrue(numpy.allclose(data[name + "_mean"].values, mean, rtol=1e-6), name)
                    below = count[:, place].cumsum(axis=2)
                    for q, share in enumerate(data["quantile"].values):
                        due = centre[kind][(below <= round(share * 4100)).sum(axis=2)]
                        found = data[name + "_q"].values[:, :, q]
                        self.assertTrue(numpy.allclose(found, due, rtol=1e-6, atol=1e-9), name)

    def test_the_examples_in_the_documentation(self):
        for name in ("xarray", "netCDF4", "h5py", "pandas"):
            module(name)
        top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(os.path.join(top, "docs", "file-format.md"), encoding="utf-8") as file:
            examples = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
        self.assertEqual(len(examples), 3)
        target = os.path.join(self.directory.name, "results", "paper.h5")
        os.mkdir(os.path.dirname(target))
        subprocess.run([PROGRAM, "run", os.path.join(top, "scenarios", "paper.yaml"), "--runs", "40", "--quiet",
                        "--output", target], check=True)
        for example in examples:
            subprocess.run([sys.executable, "-c", example], cwd=self.directory.name, check=True,
                           stdout=subprocess.DEVNULL)

    def test_the_resolved_study_gives_the_same_file(self):
        h5py, h5diff = module("h5py"), tool("h5diff")
        resolved = os.path.join(self.directory.name, "resolved.json")
        again = os.path.join(self.directory.name, "again.h5")
        with h5py.File(self.path, "r") as file, open(resolved, "w", encoding="utf-8") as out:
            out.write(file["study/resolved"].asstr()[()])
        subprocess.run([PROGRAM, "run", resolved, "--quiet", "--output", again], check=True)
        done = subprocess.run([h5diff, "--exclude-path=/provenance", "--exclude-path=/study/text", self.path, again],
                              stdout=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b""))

    def test_h5diff_sees_differences_in_the_provenance_alone(self):
        """h5diff does not compare texts and references of netCDF's bookkeeping attributes; the numbers it does."""
        h5diff = tool("h5diff")
        done = subprocess.run([h5diff, "--exclude-path=/provenance", self.path, self.other], stdout=subprocess.PIPE,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        done = subprocess.run([h5diff, self.path, self.other, "/provenance"], stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1, "the control: the number of threads differs")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
