# SPDX-License-Identifier: GPL-3.0-or-later
"""A result file with few datasets, which is opened in a third of the time: shrink.py RESULT.h5 STUDY.yaml SMALL.h5

It says that an engine of another version wrote it: then outcomes and series may be missing, and the resolved text may be the
short one of the study file."""
import os
import subprocess
import sys
import zlib

import h5py

source, study, target = sys.argv[1:]
part = target + ".whole"
with open(source, "rb") as a, open(part, "wb") as b:
    b.write(a.read())
with h5py.File(part, "r+") as file:
    file.attrs.modify("engine_version", "0.0.1")
    axes = ("arm", "point", "replicate", "month", "quantile")
    for axis in axes:
        if "REFERENCE_LIST" in file[axis].attrs:
            del file[axis].attrs["REFERENCE_LIST"]
    names = [n for n, o in file.items() if isinstance(o, h5py.Dataset) and n not in axes + ("status",)]
    for number, name in enumerate(names):
        if number % 12 and not name.startswith("input"):
            del file[name]
    for name in list(file["parameters"]):
        if zlib.crc32(name.encode()) % 8:
            del file["parameters"][name]
    del file["study"]["resolved"]
    with open(study, encoding="utf-8") as text:
        file["study"].create_dataset("resolved", data=text.read(), dtype=h5py.string_dtype())
subprocess.run(["h5repack", part, target], check=True)
os.remove(part)
