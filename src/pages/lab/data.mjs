// SPDX-License-Identifier: GPL-3.0-or-later
//
// Writes what the laboratory's page is given: the core as WebAssembly, the paper's study as it is resolved, the table of
// parameters, and which program they come from.
//
//   node data.mjs KLASTER KLASTER-LAB.WASM OUT.json
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const [program, module, out] = process.argv.slice(2);
const klaster = (...words) => execFileSync(program, words, { encoding: "utf8", maxBuffer: 1 << 26 });

writeFileSync(out, JSON.stringify({
    format: 1,
    page: "lab",
    program: klaster("--version").split("\n")[0],
    study: JSON.parse(klaster("check", "paper", "--json")),
    parameters: JSON.parse(klaster("params", "--json")),
    wasm: readFileSync(module).toString("base64"),
}));
