# SPDX-License-Identifier: GPL-3.0-or-later
"""Two validators of study files, held against each other.

`klaster params --schema` must be a valid draft-07 schema (judged by python3-jsonschema) and accept every scenario that is
shipped. Of nonsense that a schema can see, both the schema and `klaster check` must refuse each; of what is right, both
must accept each; of what only the reader can see, the schema accepts and the reader refuses. The examples of
docs/study-file.md are held to the same.
"""
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

PROGRAM, SCENARIOS, MANUAL = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])

RIGHT = [
    "parameters: {fee: 0.1, firms: 20, graph: random, gate: false}",
    "parameters: {fee: {pert: [0, 0.1, 0.2]}, firms: {integer: [20, 30]}, graph: {choice: [random, complete]}}",
    "parameters: {fee: {constant: 0.1}, gate: {choice: [true, false]}, firms: {choice: [20, 40]}}",
    "parameters: {opex: {lognormal: [100000, 0.3]}, join_intercept: {normal: [-3.6, 0.3]}, margin: {beta: [2, 6]}}",
    "parameters: {fee: {loguniform: [0.01, 0.1]}, margin: {triangular: [0.1, 0.2, 0.3]}, capex: {uniform: [1, 2]}}",
    "parameters: {months.pilot: 3, months.rollout: {integer: [6, 9]}}",
    "parameters:",
    "include: cases/navoi",
    "include: [cases/navoi, cases/technopark]",
    "mechanism: {name: m, stages: [{name: a, kind: build, months: 2}, {name: b, kind: rollout, months: 3, settings: {waves: 1}}]}",
    "mechanism: {choice: [giz, {name: m, stages: [{name: a, kind: build, months: 2}, {name: b, kind: rollout, months: 3}]}]}",
    "design: {kind: factorial, factors: {mechanism: [five-stage, unido, big-bang], firms: [20, 54]}}",
    "klaster: 1\nmechanism: {choice: [giz, jm]}\ndesign: {kind: saltelli, base: 4, factors: [mechanism, months.pilot]}",
    "arms: [{name: a, label: A}, {name: b, mechanism: unido, include: cases/jizzakh, parameters: {fee: 0}}]",
    "claims: [{name: c, metric: bcr, interval: [1, null], source: here}, {name: d, metric: gini, interval: [0, 0.5]}]",
    "targets: [{metric: brand, value: 0.2, tolerance: 0.1, source: x}, {metric: members@24, arm: baseline, value: 1, tolerance: 1}]",
    "output: {quantiles: [0.1, 0.5, 0.9]}",
    "{seed: 0, months: 1, points: 1, replicates: 3, uncertainty: default, name: x.y, title: 5}",
    "design: sobol", "design: {kind: latin_hypercube}", "{design: saltelli, uncertainty: default}",
    "design: {kind: factorial, factors: {fee: [0, 0.1], graph: [random, complete], gate: [true, false], months.pilot: [2, 3]}}",
    "design: {kind: factorial, factors: {fee: {levels: 3, of: {uniform: [0, 0.1]}}, months.build: {levels: 2}}}",
    "{design: {kind: saltelli, base: 4, second_order: true, factors: [months.build, months.rollout]}}",
    "{design: {kind: morris, trajectories: 3, levels: 6}}",
]

BOTH_REFUSE = [
    "pionts: 5", "firms: 5", "seed: -1", "seed: 1.5", "seed: x", "months: 0", "months: 1201", "points: 0", "replicates: 0",
    "points: [1]", "points: '5'", "name: my study", "title: [a]", "uncertainty: full", "klaster: 2",
    "parameters: [fee]", "parameters: {feee: 0.1}", "parameters: {fee: 1.7}", "parameters: {fee: x}",
    "parameters: {fee: '0.1'}", "parameters: {fee: [0.1, 0.2]}", "parameters: {firms: 12.5}", "parameters: {gate: 1}",
    "parameters: {gate: 'true'}", "parameters: {graph: smallworld}", "parameters: {graph: 1}",
    "parameters: {fee: {perrt: [0, 0.1, 0.2]}}", "parameters: {fee: {pert: [0, 0.1]}}",
    "parameters: {fee: {uniform: 0.1}}", "parameters: {fee: {uniform: [0, x]}}", "parameters: {fee: {}}",
    "parameters: {fee: {uniform: [0, 0.1], beta: [1, 2]}}", "parameters: {firms: {uniform: [20, 30]}}",
    "parameters: {gate: {uniform: [0, 1]}}", "parameters: {graph: {choice: [random, randon]}}",
    "parameters: {graph: {choice: []}}", "parameters: {graph: {choice: [random, random]}}",
    "parameters: {months.pilot: 0}", "parameters: {months.pilot: {uniform: [1, 2]}}", "parameters: {months.: 2}",
    "include: {a: b}", "mechanism: {name: m}", "mechanism: [five-stage]",
    "mechanism: {choice: []}", "mechanism: {choice: [giz], name: m}", "mechanism: {choice: [giz, giz]}",
    "design: {kind: factorial, factors: {mechanism: [giz]}}",
    "mechanism: {name: m, stages: [{name: a, kind: bild, months: 2}]}",
    "mechanism: {name: m, stages: [{kind: build, months: 2}]}",
    "mechanism: {name: m, stages: [{name: a, kind: build, months: 2, seting: {waves: 2}}]}",
    "arms: []", "arms: {name: a}", "arms: [{label: x}]", "arms: [{name: a, paramters: {}}]",
    "arms: [{name: a, parameters: {feee: 1}}]",
    "claims: [{name: c, metric: saving_jont, interval: [0, 1]}]", "claims: [{name: c, metric: bcr, interval: [0]}]",
    "targets: [{metric: brandy, value: 1, tolerance: 1}]", "targets: [{metric: brand, value: 1}]", "targets: [{metric: brand, value: 1, tolerance: 0}]",
    "claims: [{name: c, metric: bcr, interval: [0, x]}]", "claims: [{name: c, interval: [0, 1]}]", "claims: [{metric: bcr, interval: [0, 1]}]",
    "output: {quantiles: [0, 0.5]}", "output: {quantiles: []}", "output: {quantile: [0.5]}",
    "design: sobel", "design: [sobol]", "design: factorial", "design: {base: 4}", "design: {kind: sobol, base: 4}",
    "design: {kind: factorial}", "design: {kind: factorial, factors: {}}", "design: {kind: factorial, factors: {feee: [0, 1]}}",
    "design: {kind: factorial, factors: {fee: 0.1}}", "design: {kind: factorial, factors: {fee: [0.1]}}",
    "design: {kind: factorial, factors: {fee: [0.1, 0.1]}}", "design: {kind: factorial, factors: {fee: {levels: 1}}}",
    "design: {kind: factorial, factors: {fee: {levels: 3, off: 2}}}", "design: {kind: factorial, factors: [fee, opex]}",
    "{design: {kind: saltelli, base: 0}}", "{design: {kind: saltelli, factors: fee}}", "{design: {kind: saltelli, factors: [feee]}}",
    "{design: {kind: saltelli, second_order: 1}}", "{design: {kind: morris, levels: 5}}", "{design: {kind: morris, base: 5}}",
]

ONLY_THE_READER_REFUSES = [
    "parameters: {fee: {pert: [0.2, 0.1, 0.3]}}", "parameters: {fee: {uniform: [0, 2]}}", "parameters: {firms: 3}",
    "mechanism: five-stag", "include: nosuch", "parameters: {months.pilott: 3}", "arms: [{name: a}, {name: a}]",
    "claims: [{name: c, metric: bcr, interval: [2, 1]}]", "output: {quantiles: [0.5, 0.2]}",
    "targets: [{metric: nosuch@3, value: 1, tolerance: 1}]", "targets: [{metric: members@61, value: 1, tolerance: 1}]",
    "design: {kind: factorial, factors: {fee: [0.1, 1.7]}}", "design: {kind: factorial, factors: {fee: {levels: 3}}}",
    "design: {kind: factorial, factors: {firms: {levels: 5, of: {integer: [20, 22]}}}}",
    "{design: {kind: saltelli, factors: [fee]}}", "design: saltelli", "design: morris",
]


class Loader(yaml.SafeLoader):
    """YAML 1.2's idea of numbers and truth values, which is klaster's and the editors'."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def load(text):
    def plain(value):
        if isinstance(value, float) and math.isinf(value):
            return ".inf" if value > 0 else "-.inf"
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    return plain(yaml.load(text, Loader))


def reader_accepts(text, folder):
    path = pathlib.Path(folder) / "study.yaml"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([PROGRAM, "check", str(path)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(f"klaster check ended with {done.returncode}: {done.stderr}")
    return done.returncode == 0


def whole(piece):
    if "klaster" in piece:
        return piece + "\n"
    if piece.startswith("{"):
        return "{klaster: 1, " + piece[1:] + "\n"
    return "klaster: 1\n" + ("" if piece.startswith("points") else "points: 20\n") + piece + "\n"


def examples():
    """The manual's YAML blocks: studies or parts of them, and one fragment."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", MANUAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    fragments = [block for block in blocks if block.startswith("name:")]
    return [block.rstrip("\n") for block in blocks if block not in fragments], fragments


def main():
    schema = json.loads(subprocess.run([PROGRAM, "params", "--schema"], capture_output=True, text=True, check=True).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    faults = []

    def validator(definition=None):
        part = schema if definition is None else {"definitions": schema["definitions"], "$ref": f"#/definitions/{definition}"}
        return jsonschema.Draft7Validator(part)

    shipped = [(path, None) for path in sorted(SCENARIOS.glob("*.yaml"))]
    shipped += [(path, "fragment") for path in sorted(SCENARIOS.glob("cases/*.yaml"))]
    shipped += [(path, "mechanism") for path in sorted(SCENARIOS.glob("mechanisms/*.yaml"))]
    if len(shipped) < 17:
        faults.append(f"only {len(shipped)} scenarios found")
    for path, definition in shipped:
        for error in validator(definition).iter_errors(load(path.read_text(encoding="utf-8"))):
            faults.append(f"{path.name}: the schema refuses it: {error.message[:200]}")

    parts, fragments = examples()
    if len(parts) < 5 or len(fragments) != 1:
        faults.append(f"{len(parts)} studies and {len(fragments)} fragments found in the manual")
    if not validator("fragment").is_valid(load(fragments[0])):
        faults.append("the schema refuses the manual's fragment")

    study = validator()
    with tempfile.TemporaryDirectory() as folder:
        for pieces, by_schema, by_reader in ((RIGHT + parts, True, True), (BOTH_REFUSE, False, False),
                                             (ONLY_THE_READER_REFUSES, True, False)):
            for piece in pieces:
                text = whole(piece)
                if study.is_valid(load(text)) != by_schema:
                    faults.append(f"the schema {'refuses' if by_schema else 'accepts'}: {piece}")
                if reader_accepts(text, folder) != by_reader:
                    faults.append(f"klaster {'refuses' if by_reader else 'accepts'}: {piece}")
    n_pieces = len(RIGHT) + len(parts) + len(BOTH_REFUSE) + len(ONLY_THE_READER_REFUSES)
    print("\n".join(faults) or f"{len(shipped)} scenarios, {n_pieces} pieces: agreed")
    return 1 if faults else 0


sys.exit(main())
