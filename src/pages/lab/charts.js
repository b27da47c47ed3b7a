// SPDX-License-Identifier: GPL-3.0-or-later
//
// The three pictures: how the joint saving is distributed over worlds, a fan of one series over months, and every world as a mark in
// its own place. What is pinned is drawn over them in dashes.
import * as Plot from "@observablehq/plot";

import { armColour, armDash, BAND, FATE, LINE, MUTED } from "../common/colour.js";
import { svg } from "../common/dom.js";
import { legend } from "../common/figure.js";
import { t } from "../common/locale.js";
import { nameOf } from "../common/names.js";
import { decimal, moneyNumber } from "../common/number.js";
import { STATUSES } from "./worlds.js";

export const CLAIM = [0.3, 0.4]; // joint saving that the paper names
export const BINS = { lo: -0.1, hi: 0.6, width: 0.02 };
export const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95];

const NOW = armColour(0), PINNED = "var(--text)", DASH = armDash(1);
const percent = (x) => decimal(100 * x, 0);
const frame = (width, height) => ({
    width, height, marginLeft: 52, marginRight: 14, marginTop: 24, marginBottom: 42, style: { fontSize: "12px", background: "none" },
});

const pinnedItem = (pinned) => pinned ? [{ label: t("lab.pinned"), colour: PINNED, kind: "line", dash: DASH }] : [];

/** Legend of the columns. */
export const savingLegend = (pinned) => legend([
    { label: t("lab.saving.below"), colour: FATE.below }, { label: t("lab.saving.inside"), colour: FATE.inside },
    { label: t("lab.saving.above"), colour: FATE.above }, ...pinnedItem(pinned),
]);

/** Upper end of an axis of shares: of few steps, so that it stays while a slider moves. */
const roof = (x) => [0.1, 0.15, 0.2, 0.3, 0.5, 1].find((step) => step >= 1.04 * x) ?? 1;

const fateOf = ({ x1, x2 }) => x2 <= CLAIM[0] + 1e-9 ? FATE.below : x1 >= CLAIM[1] - 1e-9 ? FATE.above : FATE.inside;

/** A line over the columns' tops. */
const outline = (bins) => bins.flatMap(({ x1, x2, share }) => [{ x: x1, y: share }, { x: x2, y: share }]);

/** Distribution of the joint saving: columns as shares of all worlds. */
export function histogramChart(bins, pinned, width) {
    const most = Math.max(...bins.map((bin) => bin.share), ...(pinned ?? []).map((bin) => bin.share));
    return Plot.plot({
        ...frame(width, Math.max(210, Math.min(300, width * 0.42))),
        x: { domain: [BINS.lo, BINS.hi], tickFormat: percent, ticks: 8, label: null },
        y: { domain: [0, roof(most)], tickFormat: percent, ticks: 5, label: null },
        marks: [
            Plot.rectX([0], { x1: CLAIM[0], x2: CLAIM[1], fill: BAND }),
            Plot.gridY({ stroke: LINE, strokeOpacity: 1 }),
            Plot.rectY(bins, { x1: "x1", x2: "x2", y: "share", fill: fateOf, insetLeft: 0.5, insetRight: 0.5 }),
            pinned && Plot.line(outline(pinned), { x: "x", y: "y", stroke: PINNED, strokeWidth: 2, strokeDasharray: DASH }),
            Plot.ruleY([0], { stroke: MUTED }),
            Plot.text([t("lab.axis.worlds")], { frameAnchor: "top-left", dx: -44, dy: -20, text: (d) => d }),
            Plot.text([t("lab.axis.saving")], { frameAnchor: "bottom-right", textAnchor: "end", dy: 36, text: (d) => d }),
        ],
    });
}

/** How a series is written on an axis, and the range that its axis always shows. */
const AXES = {
    members: { write: percent, domain: [0, 1], unit: "%" },
    saving_joint: { write: percent, domain: [0, 0.5], unit: "%" },
    saving_joint_all: { write: percent, domain: [0, 0.5], unit: "%" },
    account: { write: moneyNumber, domain: [0, 240000], unit: "USD" },
};

/** Ends of an axis that holds these rows: its own range, wider in steps where they leave it. */
function domainOf(series, rows) {
    let [lo, hi] = AXES[series].domain;
    const step = hi / 2;
    for (const { q } of rows) {
        while (q[0] < lo) lo -= step;
        while (q[4] > hi) hi += step;
    }
    return [lo, hi];
}

/** Half and nine tenths of the worlds as bands, the median as a line. */
export function fanChart(series, rows, pinned, months, width) {
    const { write, unit } = AXES[series];
    const at = (i) => (row) => row.q[i];
    return Plot.plot({
        ...frame(width, Math.max(230, Math.min(320, width * 0.45))),
        x: { domain: [1, months], ticks: Math.max(4, Math.min(10, Math.floor(width / 70))), label: null, tickFormat: (m) => decimal(m, 0) },
        y: { domain: domainOf(series, [...rows, ...(pinned ?? [])]), tickFormat: write, ticks: 6, label: null },
        marks: [
            Plot.gridY({ stroke: LINE, strokeOpacity: 1 }),
            Plot.areaY(rows, { x: "month", y1: at(0), y2: at(4), fill: NOW, fillOpacity: 0.17 }),
            Plot.areaY(rows, { x: "month", y1: at(1), y2: at(3), fill: NOW, fillOpacity: 0.28 }),
            Plot.line(rows, { x: "month", y: at(2), stroke: NOW, strokeWidth: 2.5 }),
            pinned && [0, 4].map((i) => Plot.line(pinned, { x: "month", y: at(i), stroke: PINNED, strokeWidth: 1, strokeDasharray: DASH })),
            pinned && Plot.line(pinned, { x: "month", y: at(2), stroke: PINNED, strokeWidth: 2.5, strokeDasharray: DASH }),
            Plot.ruleY([0], { stroke: MUTED }),
            Plot.text([`${nameOf("series", series)}, ${unit}`], { frameAnchor: "top-left", dx: -44, dy: -20, text: (d) => d }),
            Plot.text([t("lab.axis.month")], { frameAnchor: "bottom-right", textAnchor: "end", dy: 36, text: (d) => d }),
        ],
    });
}

/** Legend of the fan's bands. */
export const fanLegend = (pinned) => legend([
    { label: t("lab.fan.median"), colour: NOW, kind: "line" },
    { label: t("lab.fan.half"), colour: "color-mix(in srgb, var(--arm-0) 42%, var(--page))" },
    { label: t("lab.fan.most"), colour: "color-mix(in srgb, var(--arm-0) 19%, var(--page))" },
    ...pinnedItem(pinned),
]);

/* ---- every world in its place ---- */

/** One mark, around (x, y), as a piece of a path; shapes tell the fates apart, too. */
const MARKS = {
    completed: (x, y, r) => `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`,
    gate_failed: (x, y, r) => `M${x},${y - 1.15 * r}l${1.15 * r},${1.15 * r}l${-1.15 * r},${1.15 * r}l${-1.15 * r},${-1.15 * r}z`,
    insolvent: (x, y, r) => cross(x, y, 0.95 * r, 0.42 * r),
    unfinished: (x, y, r) => `M${x},${y - r}l${r},${1.9 * r}l${-2 * r},0z`,
    alone: (x, y, r) => `M${x - r},${y - 0.3 * r}h${2 * r}v${0.6 * r}h${-2 * r}z`,
    failed: (x, y, r) => `M${x - 0.8 * r},${y - 0.8 * r}h${1.6 * r}v${1.6 * r}h${-1.6 * r}z`,
};

function cross(x, y, a, b) {
    const points = [[-a, -a + b], [-a + b, -a], [0, -b], [a - b, -a], [a, -a + b], [b, 0], [a, a - b], [a - b, a], [0, b], [-a + b, a], [-a, a - b], [-b, 0]];
    return `M${points.map(([dx, dy]) => `${(x + dx).toFixed(2)},${(y + dy).toFixed(2)}`).join("L")}z`;
}

/** Cells of a grid that holds `n` worlds in `width` pixels and about `height`. */
function gridOf(n, width, height) {
    const cell = Math.max(6, Math.min(20, Math.floor(Math.sqrt(width * height / n))));
    const columns = Math.max(1, Math.floor(width / cell));
    return { cell, columns, rows: Math.ceil(n / columns) };
}

/**
 * Every world as a mark, from left to right and top to bottom by its number: the same place is the same world.
 * @param {number} chosen  the world that is looked at, or -1
 * @param {(world: number) => void} choose
 */
export function worldsChart(worlds, pinned, chosen, choose, width) {
    const { cell, columns, rows } = gridOf(worlds.capacity, width, 190);
    const place = (i) => [(i % columns + 0.5) * cell, (Math.floor(i / columns) + 0.5) * cell];
    const paths = Object.fromEntries(STATUSES.map((status) => [status, []])), changed = [];
    for (let i = 0; i < worlds.n; i++) {
        const [x, y] = place(i), status = STATUSES[worlds.status[i]];
        paths[status].push(MARKS[status](x, y, 0.36 * cell));
        if (pinned && i < pinned.n && pinned.status[i] !== worlds.status[i]) changed.push(MARKS.completed(x, y, 0.49 * cell));
    }
    const number = (event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const i = Math.floor((event.clientY - box.top) / cell) * columns + Math.floor((event.clientX - box.left) / cell);
        if (i < worlds.n) choose(i);
    };
    return svg("svg", { width: columns * cell, height: rows * cell, class: "worlds", onclick: number },
        STATUSES.map((status) => svg("path", { d: paths[status].join(""), fill: FATE[status] })),
        svg("path", { d: changed.join(""), fill: "none", stroke: PINNED, "stroke-width": Math.max(1, cell / 9) }),
        chosen >= 0 && chosen < worlds.n && svg("rect", {
            x: place(chosen)[0] - cell / 2, y: place(chosen)[1] - cell / 2, width: cell, height: cell, fill: "none", stroke: "var(--text)", "stroke-width": 2,
        }));
}

/** A mark alone, for the legend. */
export const markOf = (status) => svg("svg", { width: 16, height: 16, "aria-hidden": "true" },
    svg("path", { d: MARKS[status](8, 8, 6), fill: FATE[status] }));
