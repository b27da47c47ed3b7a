// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bars that cut all worlds into what became of them: one row a claim, or one an option. Used for claims (holds, below, above ...)
// and for how the worlds ended.
import * as Plot from "@observablehq/plot";

import { isNarrow, plot, textWidth } from "../common/chart.js";
import { FATE, onFate } from "../common/colour.js";
import { legend } from "../common/figure.js";
import { t } from "../common/locale.js";
import { nameOf } from "../common/names.js";
import { decimal, isNumber, share } from "../common/number.js";

const STATUSES = ["completed", "gate_failed", "insolvent", "unfinished", "alone", "failed"];
const ORDER = ["inside", "below", "above", "undefined", ...STATUSES];

/** The name of a fate: of a claim ("below it"), or of a world ("insolvent"). */
export const fateName = (fate) => STATUSES.includes(fate) ? nameOf("status", fate) : t(`fate.${fate}`);

/**
 * What became of a claim in all worlds: it holds; else the world was completed and the metric lies below, above or is undefined;
 * else the status says why. As klaster summary counts.
 * @returns {Object<string, number>} worlds by fate
 */
export function fatesOf(claim) {
    const { inside, below, above, undefined: none } = claim.fates;
    const fates = { inside: 0, below: below.completed, above: above.completed, undefined: none.completed };
    for (const status of STATUSES) {
        fates.inside += inside[status];
        if (status !== "completed") fates[status] = below[status] + above[status] + none[status];
    }
    return fates;
}

/** Fates that occur in any row, in their order. */
export const fatesIn = (rows) => ORDER.filter((fate) => rows.some((row) => row.fates[fate] > 0));

/** A legend of these fates. */
export const fateLegend = (fates) => legend(fates.map((fate) => ({ label: fateName(fate), colour: FATE[fate] })));

function segmentsOf(rows, fates) {
    const segments = [];
    for (const [i, row] of rows.entries()) {
        let from = 0;
        for (const fate of fates) {
            const part = row.worlds > 0 ? (row.fates[fate] ?? 0) / row.worlds : 0;
            if (part > 0) segments.push({ i, fate, part, x1: from, x2: from + part, name: row.label });
            from += part;
        }
    }
    return segments;
}

/**
 * @param {number} width
 * @param {{label: string, value?: string, worlds: number, fates: Object<string, number>, lo?: number, hi?: number}[]} rows
 *        label and value stand above the bar; lo and hi bound the first fate's share
 */
export function fateBars(width, rows) {
    const fates = fatesIn(rows);
    const narrow = isNarrow(width);
    const twoLines = narrow && rows.some((row) => textWidth(row.label) + textWidth(row.value ?? "") > width - 12);
    const head = twoLines ? 40 : 23, bar = 24, gap = 16;
    const step = head + bar + gap, total = rows.length * step + 4;
    const top = (i) => i * step + head;
    const longest = Math.max(...rows.map((row) => textWidth(row.label) * 1.08));
    const size = twoLines ? Math.max(10, Math.min(13, Math.floor(13 * (width - 4) / longest * 2) / 2)) : 13;
    const segments = segmentsOf(rows, fates);
    return plot(width, {
        height: total + 26, marginLeft: 1, marginRight: 1, marginTop: 2, marginBottom: 24,
        x: { domain: [0, 1], axis: null },
        y: { domain: [total, 0], axis: null },
        marks: [
            Plot.rect(segments, {
                x1: "x1", x2: "x2", y1: (d) => top(d.i), y2: (d) => top(d.i) + bar, fill: (d) => FATE[d.fate],
                stroke: "var(--page)", strokeWidth: 1, title: (d) => `${d.name}\n${fateName(d.fate)}: ${share(d.part)}`,
            }),
            Plot.text(segments.filter((d) => (d.x2 - d.x1) * width > 34), {
                x: (d) => (d.x1 + d.x2) / 2, y: (d) => top(d.i) + bar / 2, text: (d) => decimal(100 * d.part, 1),
                fill: (d) => onFate(d.fate), fontSize: 12, fontVariant: "tabular-nums",
            }),
            intervalMarks(rows, top, bar),
            axisMarks(total),
            Plot.text(rows, {
                x: 0, y: (_, i) => top(i) - (twoLines ? 26 : 9), text: "label", textAnchor: "start", fontWeight: 600, fontSize: size,
            }),
            Plot.text(rows.filter((row) => row.value), {
                x: twoLines ? 0 : 1, y: (row) => top(rows.indexOf(row)) - 9, text: "value", textAnchor: twoLines ? "start" : "end",
            }),
        ],
    });
}

/** 0 to 100 % below the bars; the outer numbers stay inside. */
function axisMarks(y) {
    return [["start", [0]], ["middle", [0.25, 0.5, 0.75]], ["end", [1]]].map(([textAnchor, at]) => Plot.text(at, {
        x: (d) => d, y, dy: 14, text: (d) => share(d, 0), textAnchor, fill: "var(--muted)", fontSize: 12,
    }));
}

/** A whisker below each bar: the interval of the first fate's share. */
function intervalMarks(rows, top, bar) {
    const marked = rows.map((row, i) => ({ ...row, y: top(i) + bar + 5 })).filter((row) => isNumber(row.lo));
    const ends = marked.flatMap((row) => [{ x: row.lo, y: row.y }, { x: row.hi, y: row.y }]);
    return [
        Plot.link(marked, { x1: "lo", x2: "hi", y1: "y", y2: "y", stroke: "var(--text)", strokeWidth: 2 }),
        Plot.link(ends, { x1: "x", x2: "x", y1: (d) => d.y - 4, y2: (d) => d.y + 3, stroke: "var(--text)", strokeWidth: 2 }),
    ];
}
