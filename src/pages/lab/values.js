// SPDX-License-Identifier: GPL-3.0-or-later
//
// Values of parameters as people read them.
import { t } from "../common/locale.js";
import { count, decimal, money, share } from "../common/number.js";

/** Parameters that are shares of something, and read best in per cent. */
const SHARES = new Set(["shareable", "fee", "opex_support", "fee_subsidy", "onboarding_grant", "training_voucher", "exporters",
    "training_attendance", "quality_max", "take_up", "margin", "discount"]);

/** @param {object} row of `klaster params --json` @param {number|boolean|string} value */
export function show(row, value) {
    if (row.kind === "flag") return t(value ? "lab.yes" : "lab.no");
    if (row.kind === "choice") return t(`choice.${row.name}.${value}`);
    if (row.unit.startsWith("USD")) return money(value);
    if (SHARES.has(row.name)) return share(value, Number.isInteger(Math.round(1e6 * value) / 1e4) ? 0 : 1);
    return row.kind === "int" ? count(value) : decimal(value, Number.isInteger(value) && row.unit !== "1" ? 0 : 2);
}

/** Ends of what a distribution of the study draws from: "50 % – 70 %", "0.50 – 0.90". */
export function showDrawn(row, said) {
    const [values] = Object.values(said);
    return `${show(row, values[0])} – ${show(row, values.at(-1))}`;
}

/** The value that stands for a parameter: what it is in the study, or the likeliest of what is drawn. */
export function centre(said) {
    if (said === null || typeof said !== "object") return said;
    const [[kind, values]] = Object.entries(said);
    if (kind === "pert" || kind === "triangular") return values[1];
    if (kind === "normal" || kind === "lognormal") return values[0];
    return Math.round(1e6 * (values[0] + values.at(-1)) / 2) / 1e6;
}
