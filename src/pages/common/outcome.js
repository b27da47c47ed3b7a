// SPDX-License-Identifier: GPL-3.0-or-later
//
// Outcomes and series as they are shown: name, unit, numbers. Which pure numbers are read in per cent, the data says.
import { capital, nameOf } from "./names.js";
import { axisOf, bare, quantity, quantityInterval, range, unitText } from "./number.js";

/**
 * @typedef {object} Shown
 * @property {string} name     of the model
 * @property {string} label    in the page's language
 * @property {string} Label    with a capital
 * @property {string} unit
 * @property {string} type     share, ratio, money, month, count, number
 * @property {string} unitText what stands behind numbers and on axes; may be ""
 * @property {(x: number) => string} show   number with unit
 * @property {(x: number) => string} bare   number without
 * @property {(x, lo, hi) => string} withInterval
 * @property {(lo, hi) => string} range     "30–40 %", "at least 42 %"
 * @property {(domain: number[]) => {tick: (x: number) => string, title: string}} axis  ticks, and name with unit
 */

function shown(kind, name, info) {
    const unit = info?.unit ?? "";
    const isNumber = info?.percent === false && ["share", "ratio"].includes(info.type);
    const type = isNumber ? "number" : info?.type;
    const label = nameOf(kind, name);
    return {
        name, label, Label: capital(label), unit, type,
        unitText: unitText(unit, type),
        show: (x) => quantity(x, unit, type),
        bare: (x) => bare(x, unit, type),
        withInterval: (x, lo, hi) => quantityInterval(x, lo, hi, unit, type),
        axis: (domain) => {
            const { tick, unit: after } = axisOf(domain, unit, type);
            return { tick, title: after ? `${capital(label)}, ${after}` : capital(label) };
        },
        range: (lo, hi) => range(lo, hi, unit, type),
    };
}

/** An outcome of the data. @returns {Shown} */
export const outcomeOf = (data, name) => shown("outcome", name, data.outcomes?.[name]);

/** A monthly series of the data. @returns {Shown} */
export const seriesOf = (data, name) => shown("series", name, data.series?.[name]);
