// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers as a person reads them in the page's language, each with its unit. What is undefined (null, NaN) is an en dash.
// Browsers have no Uzbek number format: uz uses the Russian one (10 000,5), as is written in Uzbekistan.
import { currentLanguage, hasText, t } from "./locale.js";

const THIN = "\u202f"; // narrow no-break space: between digits and before a unit
const MINUS = "\u2212";
export const UNDEFINED = "–";

const formats = new Map();
const rules = new Map();
const tag = () => currentLanguage() === "en" ? "en-US" : "ru-RU";

/** Is there a number? null, NaN and infinities are none. */
export const isNumber = (x) => typeof x === "number" && Number.isFinite(x);

function format(x, options) {
    const key = `${tag()} ${JSON.stringify(options)}`;
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(tag(), options));
    const text = formats.get(key).format(Object.is(x, -0) ? 0 : x);
    return text.replace(/[\u00a0 ]/g, THIN).replace(/^-/, MINUS);
}

/** A number with exactly `digits` decimals; "–" where there is none. A rounded zero carries no minus. */
export function decimal(x, digits = 1) {
    if (!isNumber(x)) return UNDEFINED;
    const rounded = Math.round(Math.abs(x) * 10 ** digits) === 0 ? 0 : x;
    return format(rounded, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A number with up to `digits` significant digits, without noughts at the end. */
export const significant = (x, digits = 3) => isNumber(x) ? format(x, { maximumSignificantDigits: digits }) : UNDEFINED;

/** A whole number: 10,000. */
export const count = (x) => isNumber(x) ? format(x, { maximumFractionDigits: 0 }) : UNDEFINED;

/** A share in [0, 1] in per cent: 27.6 %. One that is not nought never looks so: <0.1 %. */
export function share(x, digits = 1) {
    if (!isNumber(x)) return UNDEFINED;
    const least = 10 ** -digits;
    return x > 0 && 100 * x < least / 2 ? `<${decimal(least, digits)}${THIN}%` : `${decimal(100 * x, digits)}${THIN}%`;
}

/** Money in USD, short: 14.6 k USD, 2.23 million USD, 310 USD. */
export function money(x) {
    if (!isNumber(x)) return UNDEFINED;
    return `${moneyNumber(x)}${THIN}${t("unit.USD")}`;
}

/** What stands before USD in `money`; for axes. */
export function moneyNumber(x) {
    if (!isNumber(x)) return UNDEFINED;
    const size = Math.abs(x);
    if (size >= 999.5e6) return `${significant(x / 1e9)}${THIN}${t("unit.billion")}`;
    if (size >= 999.5e3) return `${significant(x / 1e6)}${THIN}${t("unit.million")}`;
    if (size >= 9995) return `${significant(x / 1e3)}${THIN}${t("unit.thousand")}`;
    return size >= 100 || x === 0 ? count(x) : significant(x);
}

/**
 * The text of `key` in the form that goes with n: the keys key.one, key.few, key.many, key.other, as far as they are there.
 * {n} stands for the number.
 */
export function plural(key, n, values = {}) {
    const language = currentLanguage();
    if (!rules.has(language)) rules.set(language, new Intl.PluralRules(language));
    const form = `${key}.${rules.get(language).select(Math.abs(n))}`;
    return t(hasText(form) ? form : `${key}.other`, { n: isInteger(n) ? count(n) : significant(n), ...values });
}

const isInteger = (x) => isNumber(x) && Number.isInteger(x);

/** A length in months: 25 months. */
export const months = (n) => isNumber(n) ? plural("unit.months", Math.abs(n - Math.round(n)) < 1e-9 ? Math.round(n) : n) :
    UNDEFINED;

/** "[26.7, 28.5]": the bounds as `show` writes them, without unit. */
export const brackets = (lo, hi, show) =>
    isNumber(lo) && isNumber(hi) ? `[${show(lo)}${currentLanguage() === "en" ? "," : ";"}\u00a0${show(hi)}]` : "";

/**
 * A share with its interval: "27.6 % [26.7, 28.5]". The bounds are rounded outwards, so that an interval never claims more
 * than was computed.
 */
export function shareInterval(x, lo, hi, digits = 1) {
    if (!isNumber(x)) return UNDEFINED;
    return `${share(x, digits)} ${shareBrackets(lo, hi, digits)}`.trim();
}

/** The interval alone, in per cent: "[26.7, 28.5]". */
export function shareBrackets(lo, hi, digits = 1) {
    const step = 10 ** digits;
    const outward = (y, round) => round(100 * y * step) / step;
    return brackets(
        isNumber(lo) ? Math.max(0, outward(lo + 1e-12, Math.floor)) : lo,
        isNumber(hi) ? Math.min(100, outward(hi - 1e-12, Math.ceil)) : hi,
        (y) => decimal(y, digits));
}

const MONEY = new Set(["USD", "USD/firm", "USD/year", "USD/month"]);

/** How a number with this unit is shown: "share" (in %), "money", "month", "count" or "number". */
export function kindOf(unit, type) {
    if (type === "share" || type === "ratio" && (!unit || unit === "1")) return "share";
    if (MONEY.has(unit) || type === "money") return "money";
    if (unit === "month" || type === "month") return "month";
    if (type === "count") return "count";
    return "number";
}

/**
 * How an axis over [lo, hi] is labelled: ticks without a unit, and the unit that stands with the axis' name.
 * @returns {{tick: (x: number) => string, unit: string}}
 */
export function axisOf([lo, hi], unit, type) {
    const after = unitText(unit, type);
    const kind = kindOf(unit, type);
    if (kind === "share") return { tick: (x) => significant(100 * x, 6), unit: after };
    const size = kind === "money" ? Math.max(Math.abs(lo), Math.abs(hi)) : 0;
    const [by, word] = size >= 1e9 ? [1e9, "unit.billion"] : size >= 1e6 ? [1e6, "unit.million"] :
        size >= 1e4 ? [1e3, "unit.thousand"] : [1, null];
    return { tick: (x) => significant(x / by, 6), unit: word ? `${t(word)} ${after}` : after };
}

/** A unit as it stands behind a number: "USD", "USD per firm", "%"; "" for a pure number. */
export function unitText(unit, type) {
    const kind = kindOf(unit, type);
    if (kind === "share") return "%";
    if (kind === "month") return type === "count" ? plural("unit.months-word", 5) : t("unit.month");
    if (!unit || unit === "1") return "";
    return hasText(`unit.${unit}`) ? t(`unit.${unit}`) : unit;
}

/** The number without its unit, in the scale in which the unit is said (shares in per cent). */
export function bare(x, unit, type) {
    if (!isNumber(x)) return UNDEFINED;
    const kind = kindOf(unit, type);
    if (kind === "share") return decimal(100 * x, 1);
    if (kind === "money") return moneyNumber(x);
    if (Number.isInteger(x)) return count(x);
    return Math.abs(x) >= 100 ? decimal(x, 0) : significant(x, 3);
}

/** The unit in the form that goes with a number as it is shown: 1 firm, 11.6 firms; Russian has more forms. */
function unitAfter(x, unit, type) {
    return hasText(`unit.${unit}.other`) ? plural(`unit.${unit}`, Number(x.toPrecision(3))) : unitText(unit, type);
}

/** A number of an outcome or series with its unit: share, money, months, count. */
export function quantity(x, unit, type) {
    if (!isNumber(x)) return UNDEFINED;
    const kind = kindOf(unit, type);
    if (kind === "month") return months(Number.isInteger(x) ? x : Number(x.toPrecision(3)));
    const after = unitAfter(x, unit, type);
    return after ? `${bare(x, unit, type)}${THIN}${after}` : bare(x, unit, type);
}

/** The same with an interval: "30.4 % [30.1, 30.7]". */
export function quantityInterval(x, lo, hi, unit, type) {
    return `${quantity(x, unit, type)} ${brackets(lo, hi, (y) => bare(y, unit, type))}`.trim();
}

/** "15–25", in one line. */
export const span = (from, to) => `${from}–\u2060${to}`;

/** "30–40 %", "at least 42 %", "at most 5", "any value": an interval that a claim names; bounds may be null. */
export function range(lowest, highest, unit, type) {
    const low = isNumber(lowest), high = isNumber(highest);
    if (!low && !high) return t("range.any");
    const show = (x) => trim(x, unit, type);
    const after = kindOf(unit, type) === "month" ? ` ${plural("unit.months-word", high ? highest : lowest)}` :
        unitText(unit, type) && THIN + unitText(unit, type);
    if (lowest === highest || (!high && type === "share" && lowest === 1)) return show(lowest) + after;
    if (!high) return t("range.least", { bound: show(lowest) + after });
    if (!low) return t("range.most", { bound: show(highest) + after });
    return span(show(lowest), show(highest)) + after;
}

/** A bound as a person writes it: 30, not 30.0. */
function trim(x, unit, type) {
    return kindOf(unit, type) === "money" ? moneyNumber(x) :
        significant(kindOf(unit, type) === "share" ? 100 * x : x, 6);
}
