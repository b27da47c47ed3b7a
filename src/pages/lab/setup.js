// SPDX-License-Identifier: GPL-3.0-or-later
//
// From what a student has set to what the core plays, and to the study file that says the same. The base is a resolved study
// (`klaster check paper --json`); what is set stands over it, exactly as `--set` and `parameters:` of a study do.

/**
 * @typedef {object} Settings
 * @property {number} seed
 * @property {number} worlds   how many
 * @property {number} months   horizon
 * @property {boolean} pilot   with the pilot stage
 * @property {boolean} uncertain  draw the parameters with a prior, else keep their defaults
 * @property {Object<string, number|boolean|string>} set  parameters that are set to one value; all others are as in the base
 *
 * @typedef {object} Base
 * @property {object} study   resolved study
 * @property {Map<string, object>} rows  rows of `klaster params --json` by name
 */

/** @param {object} data the page's data @returns {Base} */
export const baseOf = (data) =>
    ({ study: data.study, rows: new Map(data.parameters.map((row) => [row.name, row])) });

/** A value as a number: a choice by its place, a flag as 0 or 1. */
function numberOf(row, value) {
    if (row?.kind === "choice") {
        const place = Object.keys(row.choices).indexOf(value);
        if (place < 0) throw new Error(`${row.name}: no value ${value}`);
        return place;
    }
    return Number(value);
}

/** What a study file says for a parameter or length, as a distribution. */
function distribution(row, said) {
    if (said === null || typeof said !== "object") return { kind: "constant", values: [numberOf(row, said)] };
    const [[kind, values]] = Object.entries(said);
    return { kind, values: [values].flat().map((value) => numberOf(row, value)) };
}

const isDrawn = (said) => said !== null && typeof said === "object";

/** Settings of the mechanism's stages are no uncertainty of ours: they are drawn in any case. */
const OF_MECHANISM = new Set(["pilot_firms"]);

/** What the base says for a parameter, with uncertainty or at the default. */
function baseValue(base, name, uncertain) {
    const said = base.study.parameters[name];
    return isDrawn(said) && !uncertain && !OF_MECHANISM.has(name) ? base.rows.get(name).default : said;
}

const stagesOf = (base, settings) =>
    base.study.mechanism.stages.filter((stage) => settings.pilot || stage.kind !== "pilot");

/** @param {Base} base @param {Settings} settings @returns {import("./core.js").Setup} */
export function setupOf(base, settings) {
    const inputs = {};
    for (const name of Object.keys(base.study.parameters)) {
        const said = name in settings.set ? settings.set[name] : baseValue(base, name, settings.uncertain);
        inputs[name] = distribution(base.rows.get(name), said);
    }
    const stages = stagesOf(base, settings).map((stage) =>
        ({ name: stage.name, kind: stage.kind, months: "months" in stage ? distribution(null, stage.months) : null }));
    return { seed: settings.seed, months: settings.months, inputs, stages };
}

/** What stands behind the base's name on a command line, to say these settings; null where it takes a study file. */
function optionsOf(base, settings) {
    if (!settings.pilot || !settings.uncertain) return null;
    const words = Object.entries(settings.set).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
    if (settings.seed !== base.study.seed) words.push("--seed", settings.seed);
    return words;
}

/** The command that plays these worlds; null where it takes a study file. */
export function commandOf(base, settings, points) {
    const options = optionsOf(base, settings);
    if (!options) return null;
    const months = settings.months === base.study.months ? [] : ["--months", settings.months];
    return ["klaster", "run", base.study.name, ...options, ...months, "--runs", points].join(" ");
}

/** The command that shows one of these worlds as a page; `file` is what the study file is called where it takes one. */
export function replayOf(base, settings, point, file) {
    const options = settings.months === base.study.months ? optionsOf(base, settings) : null;
    return ["klaster", "replay", ...(options ? [base.study.name, ...options] : [file]), "--point", point, "--html"].join(" ");
}

/** A value in YAML, on one line: what JSON says is YAML. */
const yaml = (value) => JSON.stringify(value).replace(/^\{"(\w+)":(.*)\}$/, "{$1: $2}").replace(/,/g, ", ");

function stageLine(stage) {
    const months = "months" in stage ? `, months: ${yaml(stage.months)}` : "";
    return `    - {name: ${stage.name}, kind: ${stage.kind}${months}}`;
}

/** Where the base departs from the defaults and priors, what is said in a study file that stands alone. */
function ownValues(base, settings) {
    const own = {};
    for (const [name, said] of Object.entries(base.study.parameters)) {
        const row = base.rows.get(name);
        const value = name in settings.set ? settings.set[name] : baseValue(base, name, settings.uncertain);
        const priorKept = isDrawn(said) && settings.uncertain && !(name in settings.set) && row.prior !== "";
        const isDefault = !isDrawn(value) && numberOf(row, value) === numberOf(row, row.default);
        if (!priorKept && (!isDefault || name in settings.set)) own[name] = value;
    }
    return own;
}

/** A study file that stands alone and plays the very same worlds. @returns {string} YAML */
export function studyFile(base, settings, points) {
    const own = Object.entries(ownValues(base, settings)).map(([name, value]) => `  ${name}: ${yaml(value)}`);
    return [
        "klaster: 1",
        "name: laboratory",
        `seed: ${settings.seed}`,
        `months: ${settings.months}`,
        `points: ${points}`,
        "replicates: 1",
        `uncertainty: ${settings.uncertain ? "default" : "none"}`,
        "mechanism:",
        `  name: ${settings.pilot ? base.study.mechanism.name : "without-pilot"}`,
        "  stages:",
        ...stagesOf(base, settings).map(stageLine),
        ...(own.length ? ["parameters:", ...own] : []),
        "claims:",
        ...base.study.claims.filter((claim) => claim.name === "joint-saving").map((claim) =>
            `  - {name: ${claim.name}, metric: ${claim.metric}, interval: ${yaml(claim.interval)}, source: Sobirov 2025}`),
        "",
    ].join("\n");
}
