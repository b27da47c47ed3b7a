// SPDX-License-Identifier: GPL-3.0-or-later
//
// A map of two inputs: in which share of the worlds of a cell the claim holds; on it the box that the analysis found. Cells are
// classes of about as many worlds, so they are drawn equally wide and places between their edges are interpolated.
import * as Plot from "@observablehq/plot";

import { MUTED, ON_RAMP, RAMP, rampStep } from "../../common/colour.js";
import { hasText, t } from "../../common/locale.js";
import { count, isNumber, share, significant } from "../../common/number.js";
import { axisTitles } from "../options/rows.js";

const LIMITS = [0.05, 0.1, 0.25, 0.5, 1];

/** Number of classes of an axis of the map. */
export const classesOf = (axis) => (axis.values ? axis.values.length : axis.edges.length - 1);

/** Where a value stands on an axis, 0 to the number of classes. `upper`: the far side of a class that is one value. */
export function placeOf(axis, value, upper) {
    if (axis.values) {
        const inside = axis.values.filter((one) => (upper ? one <= value : one < value)).length;
        return inside;
    }
    const { edges } = axis;
    for (let i = 0; i + 1 < edges.length; i++) {
        if (value <= edges[i + 1]) return i + Math.max(0, Math.min(1, (value - edges[i]) / (edges[i + 1] - edges[i] || 1)));
    }
    return edges.length - 1;
}

/** Cells with their shares: {x, y, worlds, hits, share}. */
export function cellsOf(heat) {
    return heat.worlds.flatMap((row, y) =>
        row.map((worlds, x) => ({
            x,
            y,
            worlds,
            hits: heat.hits[y][x],
            share: worlds > 0 ? heat.hits[y][x] / worlds : null,
        })),
    );
}

/** The end of the colours: the least of LIMITS that all shares are within. */
export const rampEnd = (cells) => LIMITS.find((limit) => cells.every((cell) => (cell.share ?? 0) <= limit)) ?? 1;

/** The part of a box on one axis: [from, to] in classes; the whole axis where it has no limit. */
function span(axis, limit) {
    const n = classesOf(axis);
    return [
        isNumber(limit?.lo) ? placeOf(axis, limit.lo, false) : 0,
        isNumber(limit?.hi) ? placeOf(axis, limit.hi, true) : n,
    ];
}

/** The box on the map; null where it limits neither input by numbers. @param {object[]} limits rows of claims_limits */
export function boxOn(heat, limits) {
    const of = (axis) => limits.find((limit) => limit.input === axis.input && (isNumber(limit.lo) || isNumber(limit.hi)));
    const x = of(heat.x),
        y = of(heat.y);
    if (!x && !y) return null;
    const [x1, x2] = span(heat.x, x),
        [y1, y2] = span(heat.y, y);
    return { x1, x2, y1, y2 };
}

const valueText = (axis, value) =>
    isNumber(value)
        ? significant(value, 3)
        : hasText(`choice.${axis.input}.${value}`)
          ? t(`choice.${axis.input}.${value}`)
          : String(value);

/** Ticks of an axis: edges, or the middles of classes that are one value. */
function ticksOf(axis) {
    if (axis.values) return axis.values.map((value, i) => ({ at: i + 0.5, text: valueText(axis, value) }));
    return axis.edges.map((edge, i) => ({ at: i, text: significant(edge, 3) }));
}

function axisMarks(heat, width) {
    const every = width < 520 && !heat.x.values ? 2 : 1;
    return [
        Plot.text(
            ticksOf(heat.x).filter((_, i) => i % every === 0),
            { x: "at", frameAnchor: "bottom", dy: 14, text: "text" },
        ),
        Plot.text(ticksOf(heat.y), { y: "at", frameAnchor: "left", dx: -6, textAnchor: "end", text: "text" }),
    ];
}

/**
 * @param {object} heat    one of data.heat
 * @param {object} box     of boxOn, or null
 * @param {{x: string, y: string}} names  of the inputs
 */
export function heatChart(heat, box, names, width) {
    const cells = cellsOf(heat);
    const end = rampEnd(cells);
    const nx = classesOf(heat.x),
        ny = classesOf(heat.y);
    const left = 64,
        right = 26,
        cell = (width - left - right) / nx;
    const titles = axisTitles(width, { left, right }, { x: names.x, y: names.y });
    const height = Math.max(26, Math.min(52, cell)) * ny + titles.top + titles.bottom;
    const text = (c, big) =>
        c.share === null ? "–" : big ? `${share(c.share, 0)}\n${count(c.worlds)}` : cell > 30 ? share(c.share, 0) : "";
    const colour = (c) => (c.share === null ? "var(--soft)" : RAMP[rampStep(c.share, 0, end)]);
    return Plot.plot({
        width,
        height,
        marginLeft: left,
        marginRight: right,
        marginTop: titles.top,
        marginBottom: titles.bottom,
        style: { fontSize: "12px", background: "none" },
        x: { domain: [0, nx], axis: null },
        y: { domain: [0, ny], axis: null },
        marks: [
            Plot.rect(cells, {
                x1: "x",
                x2: (c) => c.x + 1,
                y1: "y",
                y2: (c) => c.y + 1,
                fill: colour,
                stroke: "var(--page)",
                inset: 0.5,
                title: (c) =>
                    t("insight.where.cell", { share: share(c.share), hits: count(c.hits), worlds: count(c.worlds) }),
            }),
            box &&
                Plot.rect([box], {
                    x1: "x1",
                    x2: "x2",
                    y1: "y1",
                    y2: "y2",
                    fill: "none",
                    stroke: "var(--page)",
                    strokeWidth: 6,
                }),
            box &&
                Plot.rect([box], {
                    x1: "x1",
                    x2: "x2",
                    y1: "y1",
                    y2: "y2",
                    fill: "none",
                    stroke: "var(--arm-1)",
                    strokeWidth: 3,
                    strokeDasharray: "8 4",
                }),
            Plot.text(cells, {
                x: (c) => c.x + 0.5,
                y: (c) => c.y + 0.5,
                text: (c) => text(c, cell > 46),
                lineHeight: 1.15,
                fill: (c) => (c.share === null ? MUTED : ON_RAMP[rampStep(c.share, 0, end)]),
                fontSize: cell > 38 ? 12 : 10,
                fontVariant: "tabular-nums",
                stroke: colour,
                strokeWidth: 3,
            }),
            ...axisMarks(heat, width),
            ...titles.marks,
        ].filter(Boolean),
    });
}
