#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A digest of what stands in a result file, whatever its compression, order of objects and date.

usage: digest.py [--all | --each] FILE...

One line a file: 64 bits of SHA-256 over name, type, shape and values of every dataset of the root group. --all takes the
datasets of all groups but /provenance; --each prints a line for each of those instead, to see which differ. Not-a-number
counts by its bits, too: the writer has only one.
"""
import hashlib
import sys

import h5py
import numpy


def bytes_of(dataset):
    """Name, type, shape and values, as bytes that do not depend on how they are stored."""
    values = dataset[()]
    head = f"{dataset.name} {dataset.dtype.str} {dataset.shape}\n".encode()
    if dataset.dtype.hasobject:  # strings of any length
        texts = numpy.ravel(numpy.asarray(values, dtype=object))
        return head + b"\0".join(t if isinstance(t, bytes) else str(t).encode() for t in texts)
    return head + numpy.ascontiguousarray(values).tobytes()


def datasets(file, everything):
    """The datasets in the order of their names."""
    found = []

    def visit(name, node):
        if isinstance(node, h5py.Dataset) and (everything or "/" not in name) and not name.startswith("provenance"):
            found.append(node)

    file.visititems(visit)
    return sorted(found, key=lambda node: node.name)


def main(arguments):
    options = {a for a in arguments if a.startswith("--")}
    if options - {"--all", "--each"} or len(options) == len(arguments):
        sys.exit(__doc__)
    for path in (a for a in arguments if a not in options):
        total = hashlib.sha256()
        with h5py.File(path, "r") as file:
            for dataset in datasets(file, options):
                part = bytes_of(dataset)
                total.update(hashlib.sha256(part).digest())
                if "--each" in options:
                    print(hashlib.sha256(part).hexdigest()[:16], dataset.name)
        if "--each" not in options:
            print(total.hexdigest()[:16])


if __name__ == "__main__":
    main(sys.argv[1:])
