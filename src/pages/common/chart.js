// SPDX-License-Identifier: GPL-3.0-or-later
//
// What all charts by Observable Plot share: letters of one size whatever the width, the page's colours, ticks as the page's
// language writes numbers.
import * as Plot from "@observablehq/plot";

import { isNumber } from "./number.js";

const NARROW = 480; // CSS pixels: a phone

/** Is the chart drawn for a phone? */
export const isNarrow = (width) => width < NARROW;

/**
 * Plot.plot with the house's settings.
 * @param {number} width  CSS pixels
 * @param {object} options  of Plot; `style` adds to the house's
 */
export function plot(width, options) {
    return Plot.plot({
        width,
        ...options,
        style: { background: "none", color: "var(--text)", fontFamily: "inherit", fontSize: "13px", ...options.style },
    });
}

/** Months at which an axis has ticks: whole years, or fewer where it is narrow or long. */
export function yearTicks(months, width) {
    const most = Math.max(2, Math.floor(width / 70));
    let step = months > 24 ? 12 : months > 12 ? 6 : 3;
    while (months / step > most) step *= 2;
    const ticks = [];
    for (let month = step; month <= months; month += step) ticks.push(month);
    return ticks.length > 0 ? ticks : [months];
}

/** The x axis of months. */
export const monthAxis = (months, width, label) =>
    ({ domain: [0, months], ticks: yearTicks(months, width), label, tickFormat: String, labelAnchor: "right" });

/** Mean width of a text's letters over their size; Cyrillic ones are wider. */
const letter = (text) => /\p{Script=Cyrillic}/u.test(text) ? 0.62 : 0.56;

/** Some text as wide as this many CSS pixels, about, at the charts' size of letters. */
export const textWidth = (text, size = 13) => text.length * size * letter(text);

/** A label in at most two lines of so many CSS pixels, cut in the middle where it must be: its end often tells labels apart. */
export function twoLines(text, width, size = 13) {
    if (textWidth(text, size) <= width) return text;
    const words = text.split(" ");
    let first = words.shift();
    while (words.length > 0 && textWidth(`${first} ${words[0]}`, size) <= width) first += ` ${words.shift()}`;
    const most = Math.max(2, Math.floor(width / (size * letter(text))));
    const rest = words.join(" ");
    if (first.length > most) first = `${first.slice(0, most - 1)}…`;
    return rest ? `${first}\n${rest.length <= most ? rest : `…${rest.slice(1 - most)}`}` : first;
}

/** Is there any number among them? */
export const anyNumber = (values) => values.some(isNumber);
