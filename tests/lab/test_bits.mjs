// SPDX-License-Identifier: GPL-3.0-or-later
//
// The WebAssembly module against the native core, bit for bit, over the test set of cases.c; and against the file that
// `klaster run` writes. By the page's own loader and the very module that goes into the page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { CoreError, openCore } from "../../src/pages/lab/core.js";
import { baseOf, commandOf, setupOf, studyFile } from "../../src/pages/lab/setup.js";

const { KL_PROGRAM: program, KL_LAB_WASM: module, KL_LAB_CASES: cases } = process.env;
const directory = mkdtempSync(join(tmpdir(), "klaster-lab-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const bytes = readFileSync(module);
const klaster = (...words) => execFileSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
const base = baseOf({
    study: JSON.parse(klaster("check", "paper", "--json")),
    parameters: JSON.parse(klaster("params", "--json")),
});
const paper = { seed: 2025, worlds: 40, months: 60, pilot: true, uncertain: true, set: {} };

/** The test set, played natively: setups, and a reader of the values. */
function playNatively() {
    const setups = join(directory, "setups.json"), values = join(directory, "values.bin");
    execFileSync(cases, [setups, values]);
    const buffer = readFileSync(values);
    let at = 0;
    const take = (size) => buffer.subarray(at, (at += size));
    return { set: JSON.parse(readFileSync(setups, "utf8")), take, left: () => buffer.length - at };
}

/** Where two arrays first differ, in bits; NaN is NaN. @returns {number} -1: nowhere */
function firstDifference(found, expected, Bits, nan) {
    const a = new Bits(found.buffer), b = new Bits(new Uint8Array(expected).buffer);
    assert.equal(a.length, b.length);
    return a.findIndex((bits, i) => (Number.isNaN(found[i]) ? nan : bits) !== b[i]);
}

test("the_module_equals_the_native_core_bit_for_bit_over_the_test_set", async () => {
    const { set, take, left } = playNatively();
    const core = await openCore(bytes);
    const seen = new Set();
    for (const [k, { setup, first, n }] of set.cases.entries()) {
        core.begin(setup, n, set.outcomes, set.series, { complain: false });
        const slice = core.play(first, n);
        for (const status of slice.status) seen.add(status);
        assert.deepEqual([...slice.status], [...new Int8Array(new Uint8Array(take(n)).buffer)], `case ${k}: status`);
        for (const name of set.outcomes) {
            const at = firstDifference(slice.outcomes[name], take(n * 8), BigUint64Array, 0x7ff8000000000000n);
            assert.equal(at, -1, `case ${k}: ${name} of world ${first + at}`);
        }
        for (const name of set.series) {
            const at = firstDifference(slice.series[name], take(n * 4 * setup.months), Uint32Array, 0x7fc00000);
            assert.equal(at, -1, `case ${k}: ${name}, place ${at}`);
        }
    }
    assert.equal(left(), 0);
    assert.ok(set.cases.length >= 70);
    for (const status of [0, 1, 2, 3]) assert.ok(seen.has(status), `no world of the set ends with status ${status}`);
});

test("another_bit_is_seen", () => {
    const found = Float64Array.of(1, NaN, 0.1 + 0.2);
    assert.equal(firstDifference(found, new Uint8Array(Float64Array.of(1, NaN, 0.1 + 0.2).buffer), BigUint64Array, 0x7ff8000000000000n), -1);
    assert.equal(firstDifference(found, new Uint8Array(Float64Array.of(1, NaN, 0.3).buffer), BigUint64Array, 0x7ff8000000000000n), 2);
});

/** Rows of a result file as `klaster export` prints them, objects by column. */
function exported(result) {
    const [head, ...rows] = klaster("export", result).trim().split(/\r?\n/).map((line) => line.split(","));
    return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
}

const OUTCOMES = ["saving_joint", "saving_net", "members_final", "npv_social", "month_rollout"];
const WORDS = ["completed", "gate_failed", "insolvent", "unfinished", "alone", "failed"];

/** Worlds of the laboratory against rows of a file: shares and ratios have 32 bits there, money has 64. */
async function assertEqualsFile(settings, result) {
    const core = await openCore(bytes);
    core.begin(setupOf(base, settings), settings.worlds, OUTCOMES, []);
    const slice = core.play(0, settings.worlds);
    const rows = exported(result);
    assert.equal(rows.length, settings.worlds);
    for (const row of rows) {
        const world = Number(row.point);
        assert.equal(WORDS[slice.status[world]], row.status);
        for (const name of OUTCOMES) {
            const found = slice.outcomes[name][world];
            if (row[name] === "") assert.ok(Number.isNaN(found) || found === -1, `${name} of world ${world}`);
            else assert.equal(name.startsWith("saving") ? Math.fround(found) : found, name.startsWith("saving") ? Math.fround(Number(row[name])) : Number(row[name]), `${name} of world ${world}`);
        }
    }
}

test("worlds_equal_those_of_klaster_run_paper", async () => {
    const result = join(directory, "paper.h5");
    klaster("run", "paper", "--runs", "40", "--quiet", "-o", result);
    await assertEqualsFile(paper, result);
});

test("the_command_that_the_page_shows_plays_the_worlds_that_it_shows", async () => {
    const settings = { ...paper, seed: 7, months: 48, set: { firms: 20, scale_elasticity: 0.6, fee: 0.05, gate: false, opex_support: 0.5, degree: 5 } };
    const words = commandOf(base, settings, settings.worlds).split(" ");
    assert.equal(words.shift(), "klaster");
    const result = join(directory, "command.h5");
    klaster(...words, "--quiet", "-o", result);
    await assertEqualsFile(settings, result);
});

test("the_study_file_that_the_page_shows_plays_the_worlds_that_it_shows", async () => {
    const some = { firms: 8, employees_mean: 91, degree: 5, shareable: 0.6, capex_grant: 50000 };
    for (const pilot of [true, false])
        for (const uncertain of [true, false])
            for (const set of [{}, some]) {
                const settings = { ...paper, worlds: 12, seed: 99, pilot, uncertain, set };
                const study = join(directory, "laboratory.yaml"), result = join(directory, "laboratory.h5");
                writeFileSync(study, studyFile(base, settings, settings.worlds));
                klaster("run", study, "--quiet", "--force", "-o", result);
                await assertEqualsFile(settings, result);
            }
});

test("a_command_is_shown_only_where_it_says_all", () => {
    assert.equal(commandOf(base, paper, 500), "klaster run paper --runs 500");
    assert.equal(commandOf(base, { ...paper, pilot: false }, 500), null);
    assert.equal(commandOf(base, { ...paper, uncertain: false }, 500), null);
});

test("what_cannot_be_played_is_refused_with_a_sentence", async () => {
    const core = await openCore(bytes);
    const begin = (settings, outcomes = []) => core.begin(setupOf(base, { ...paper, ...settings }), 10, outcomes, []);
    assert.throws(() => begin({ set: { fee: 2 } }), (e) => e instanceof CoreError && /^fee: a parameter is outside its bounds/.test(e.message));
    assert.throws(() => begin({ seed: -1 }), /argument is outside its domain/);
    assert.throws(() => begin({ set: { firms: 2, pilot_firms: 4 } }), /pilot_firms must not exceed firms/);
    assert.throws(() => begin({}, ["savings"]), /savings: no such outcome or series/);
    begin({}); // and it can be used again
    assert.equal(core.play(0, 3).status.length, 3);
});
