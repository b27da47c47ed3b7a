// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can be set: the sliders with their ranges, the presets, and settings as the part of an address behind #, so that a link
// brings somebody else to the same worlds.

/**
 * Sliders. `drawn`: the paper's study draws it, and so does the page until somebody moves it.
 * @type {{name: string, lo: number, hi: number, step: number, drawn?: boolean, group: string}[]}
 */
export const SLIDERS = [
    { name: "firms", group: "cluster", lo: 5, hi: 300, step: 1 },
    { name: "shareable", group: "cluster", lo: 0.1, hi: 0.9, step: 0.01, drawn: true },
    { name: "scale_elasticity", group: "cluster", lo: 0.3, hi: 1, step: 0.01, drawn: true },
    { name: "fee", group: "platform", lo: 0, hi: 0.15, step: 0.005 },
    { name: "pilot_firms", group: "pilot", lo: 1, hi: 12, step: 1, drawn: true },
    { name: "opex_support", group: "funding", lo: 0, hi: 1, step: 0.05 },
    { name: "capex_grant", group: "funding", lo: 0, hi: 240000, step: 10000 },
];

/** Order of the groups; `pilot` also has the switches of the pilot stage and of its gate. */
export const GROUPS = ["cluster", "platform", "pilot", "funding"];

export const WORLDS = [100, 200, 500, 1000, 2000];
export const MONTHS = [36, 60, 84, 120];
export const SERIES = ["members", "saving_joint", "saving_joint_all", "account"];

/** What a preset sets over the paper's study. */
export const PRESETS = {
    paper: {},
    "small-zone": { set: { firms: 8, employees_mean: 91, degree: 5 } }, // scenarios/cases/small-industrial-zone
    "no-pilot": { pilot: false },
    support: { set: { opex_support: 0.5, opex_support_months: 36, training_voucher: 0.2 } }, // scenarios/starter
};

/** @param {import("./setup.js").Base} base @returns {import("./setup.js").Settings} */
export const startOf = (base) =>
    ({ seed: base.study.seed, worlds: 500, months: base.study.months, pilot: true, uncertain: true, set: {} });

/** A preset, in the worlds that are there: seed, their number and the horizon stay. */
export const presetOf = (name, settings) => ({ ...settings, pilot: true, uncertain: true, set: {}, ...structuredClone(PRESETS[name]) });

/** Is that what a preset says? */
export const isPreset = (name, settings) => same(presetOf(name, settings), settings);

/** The same settings, whatever the order of their parts. */
export const same = (a, b) => hashOf(a) === hashOf(b);

/** Values that a slider must keep to, given the others: a pilot is no larger than its cluster. */
export const highest = (slider, settings) =>
    slider.name === "pilot_firms" ? Math.min(slider.hi, settings.set.firms ?? slider.hi) : slider.hi;

/** A copy with one parameter set, or with `null` as in the study again; what contradicts it gives way. */
export function withValue(settings, name, value) {
    const set = { ...settings.set };
    if (value === null) delete set[name];
    else set[name] = value;
    if (name === "firms" && set.pilot_firms > value) set.pilot_firms = value;
    return { ...settings, set };
}

/** Settings as text: "firms=20&pilot=0&seed=7". What is as at the start is left out where `start` is given. */
export function hashOf(settings, start) {
    const parts = new URLSearchParams();
    for (const key of ["seed", "worlds", "months"]) {
        if (settings[key] !== start?.[key]) parts.set(key, String(settings[key]));
    }
    if (!settings.pilot) parts.set("pilot", "0");
    if (!settings.uncertain) parts.set("uncertain", "0");
    for (const name of Object.keys(settings.set).sort()) parts.set(name, String(settings.set[name]));
    return parts.toString();
}

const wholeWithin = (text, lo, hi) => /^\d+$/.test(text ?? "") && Number(text) >= lo && Number(text) <= hi;

/** A parameter's value from text; undefined where it is none of its values. */
function valueOf(row, text) {
    if (row.kind === "choice") return text in row.choices ? text : undefined;
    if (row.kind === "flag") return { true: true, false: false }[text];
    const value = text.trim() === "" ? NaN : Number(text);
    const fits = value >= row.lowest && value <= row.highest && (row.kind === "real" || Number.isInteger(value));
    return fits ? value : undefined;
}

/** Settings from a text of hashOf; whatever cannot be read is left as at the start. */
export function settingsOf(text, base, start) {
    const parts = new URLSearchParams(text);
    const settings = { ...start, set: {} };
    if (wholeWithin(parts.get("seed"), 0, Number.MAX_SAFE_INTEGER)) settings.seed = Number(parts.get("seed"));
    if (wholeWithin(parts.get("worlds"), 1, 10000)) settings.worlds = Number(parts.get("worlds"));
    if (wholeWithin(parts.get("months"), 1, 240)) settings.months = Number(parts.get("months"));
    settings.pilot = parts.get("pilot") !== "0";
    settings.uncertain = parts.get("uncertain") !== "0";
    for (const [name, said] of parts) {
        const row = base.rows.get(name);
        const value = row && valueOf(row, said);
        if (value !== undefined && !(name === "firms" && value > 2000)) settings.set[name] = value;
    }
    return settings;
}
