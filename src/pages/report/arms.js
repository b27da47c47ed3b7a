// SPDX-License-Identifier: GPL-3.0-or-later
//
// The arms of a report as sections need them: their names for readers, which one is the baseline, and a select.
import { choice } from "../common/figure.js";
import { study, t } from "../common/locale.js";
import { isNumber } from "../common/number.js";

/** Is this a report of several options? */
export const hasArms = (data) => data.study.arms.length > 1;

/** The label of arm i. */
export const armLabel = (data, i) => study(data.study.arms[i].label || data.study.arms[i].name);

/** What stands behind a heading to say which arm it is about; "" in a report of one arm. */
export const ofArm = (data, i) => hasArms(data) ? ` · ${armLabel(data, i)}` : "";

/** A select of the arm, or nothing where there is one. */
export function armChoice(data, arm, onChange) {
    if (!hasArms(data)) return null;
    return choice(t("arm.choose"), data.study.arms.map((one, i) => ({ value: String(i), label: armLabel(data, i) })), String(arm),
        (value) => onChange(Number(value)));
}

/** The arm that the report is about: the one of --arm, else the baseline. */
export function mainArm(data) {
    const named = data.study.arms.findIndex((arm) => arm.name === data.arm);
    return named >= 0 ? named : data.study.baseline ?? 0;
}

/** What `klaster summary` says of arm i. */
export const summaryOf = (data, i) => data.summary.arms.find((arm) => arm.arm === data.study.arms[i].name) ?? data.summary.arms[i];

/** The name of a claim for readers: translated where it is one of those that ship, else as the study has it. */
export const claimName = (data, claim) => study(claim.name) !== claim.name ? study(claim.name) : claim.name;

/**
 * Wilson's (1927) 95 % interval for a share of worlds. `units` independent ones: worlds that share a point or a row of the design
 * hang together, so that their number is taken, which makes intervals too wide rather than too narrow.
 */
export function wilson(hits, n, units) {
    if (!n || !units) return { share: null, lo: null, hi: null };
    const z = 1.959963984540054, p = hits / n, m = Math.min(n, units);
    const middle = (p + z * z / (2 * m)) / (1 + z * z / m);
    const half = z / (1 + z * z / m) * Math.sqrt(p * (1 - p) / m + z * z / (4 * m * m));
    return { share: p, lo: Math.max(0, middle - half), hi: Math.min(1, middle + half) };
}

/** Independent rows of the design, as far as they were played. */
export function unitsOf(data, runs) {
    const rows = isNumber(data.study.rows) ? data.study.rows : data.study.points;
    const all = data.study.points * data.study.replicates;
    return Math.max(1, Math.floor(rows * Math.min(1, runs / all)));
}
