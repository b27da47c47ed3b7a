// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers as these sections write them: differences with their sign, intervals, shares of worlds; and columns of data tables.
import { hasText, study, t } from "../../common/locale.js";
import { capital, nameOf } from "../../common/names.js";
import {
    bare,
    brackets,
    count,
    decimal,
    isNumber,
    kindOf,
    quantity,
    share,
    shareBrackets,
    significant,
    UNDEFINED,
    unitText,
} from "../../common/number.js";
import { outcomeOf } from "../../common/outcome.js";

/** With a plus where above zero. */
export const signed = (text, x) => (x > 0 && text !== "0" ? `+${text}` : text);

/** A difference of an outcome with its unit: "+4.26 firms", "+1.2 percentage points" for shares. */
export function difference(x, unit, type) {
    if (!isNumber(x)) return UNDEFINED;
    if (kindOf(unit, type) === "share")
        return signed(t("options.points", { n: decimal(100 * x, 1) }), Number((100 * x).toFixed(1)));
    return signed(quantity(x, unit, type), x);
}

/** "[3.85, 4.66]", in the scale of `quantity`. */
export const interval = (lo, hi, unit, type) => brackets(lo, hi, (x) => bare(x, unit, type));

/** "+568 thousand USD [520 thousand, 610 thousand]". */
export const differenceInterval = (x, lo, hi, unit, type) =>
    `${difference(x, unit, type)} ${interval(lo, hi, unit, type)}`.trim();

/** A share of worlds with its interval: "56.6 % [54.3, 58.8]". */
export const shareOf = (x, lo, hi) => (isNumber(x) ? `${share(x)} ${shareBrackets(lo, hi)}`.trim() : UNDEFINED);

/** The name of an outcome at the head of a sentence or axis. */
export const outcomeName = (name, otherwise) => capital(nameOf("outcome", name, otherwise));

/** The name of an input: a parameter, or the length of a stage (months.pilot). */
export function inputName(name) {
    if (name.startsWith("months.")) {
        const stage = name.slice("months.".length);
        return t("input.months", { stage: textOr(`stage.${stage}`, stage) });
    }
    return nameOf("param", name);
}

/** Type of an outcome by the page's data, as number.js wants it. */
export const typeOf = (data, outcome) => outcomeOf(data, outcome).type;

/** Bounds of a share in per cent, rounded outwards as those of number.js, but not cut at 0: estimates of indices can lie below. */
const outward = (lo, hi, divisor) =>
    brackets(
        isNumber(lo) ? Math.floor(10 * (lo / divisor + 1e-10)) / 10 : lo,
        isNumber(hi) ? Math.ceil(10 * (hi / divisor - 1e-10)) / 10 : hi,
        (x) => decimal(x, 1),
    );

const STEPS = [
    [1e10, 1e9, "unit.billion"],
    [1e7, 1e6, "unit.million"],
    [1e4, 1e3, "unit.thousand"],
]; // from, divisor, word

/**
 * The scale of an axis: one unit for all its numbers ("thousand USD"), so that ticks and notes are short.
 * @param {(number|null)[]} values  what is shown; the largest says which scale
 * @param {string} unit
 * @param {string} [type]     as number.js has it
 * @param {boolean} [differs] differences: numbers above zero carry a plus, shares are in percentage points
 * @param {number} [least]    decimals that values and intervals have at least
 * @returns {{unit: string, show: (x: number) => string, interval: (x, lo, hi) => string, title: (text: string) => string}}
 */
export function scaleOf(values, unit, type, differs = false, least = 0) {
    const kind = kindOf(unit, type);
    const largest = Math.max(0, ...values.filter(isNumber).map(Math.abs));
    const [, size, word] = kind === "money" ? (STEPS.find(([from]) => largest >= from) ?? [0, 1]) : [0, 1];
    const divisor = kind === "share" ? 0.01 : size;
    const plain = kind === "share" && differs ? t("options.unit.points") : unitText(unit, type);
    const digits = kind === "share" ? 1 : Math.min(8, Math.max(least, 2 - Math.floor(Math.log10(largest / divisor || 1))));
    const write = (x) => decimal(x / divisor, digits); // all with as many decimals as the largest needs for three digits
    const show = (x) => (isNumber(x) ? (differs ? signed(write(x), x) : write(x)) : UNDEFINED);
    return {
        unit: word ? `${t(word)} ${plain}` : plain,
        show: (x) =>
            isNumber(x) ? (differs ? signed(significant(x / divisor, 4), x) : significant(x / divisor, 4)) : UNDEFINED,
        interval: (x, lo, hi) =>
            `${show(x)} ${kind === "share" ? outward(lo, hi, divisor) : brackets(lo, hi, write)}`.trim(),
        title(text) {
            return this.unit ? `${text}, ${this.unit}` : text;
        },
    };
}

/** A text of the page if there is one for this key, else `otherwise`. */
export const textOr = (key, otherwise, values) => (hasText(key) ? t(key, values) : otherwise);

/** How a table was computed, as the analysis says it. */
export const methodOf = (data, ...names) => {
    const parts = names
        .map((name) => data.tables?.[name])
        .filter(Boolean)
        .map((table) => textOr(`method.${table.name}`, table.method));
    return parts.length > 0 ? `${t("options.method")} ${parts.join(" ")}` : undefined;
};

/** Columns of data tables. */
export const column = {
    text: (name, label) => ({ name, label }),
    number: (name, label, unit, type) => ({ name, label, numeric: true, show: (x) => quantity(x, unit, type) }),
    share: (name, label) => ({ name, label, numeric: true, show: (x) => share(x) }),
    count: (name, label) => ({ name, label, numeric: true, show: count }),
    plain: (name, label, digits = 3) => ({ name, label, numeric: true, show: (x) => decimal(x, digits) }),
};

/** A column for a number and two for its interval: names name, name_lo, name_hi. */
export const withInterval = (name, label, unit, type) => [
    column.number(name, label, unit, type),
    column.number(`${name}_lo`, t("options.from"), unit, type),
    column.number(`${name}_hi`, t("options.to"), unit, type),
];

export { count, isNumber, quantity, share, significant };
