// SPDX-License-Identifier: GPL-3.0-or-later
//
// How a firm in each state looks: shape and filling say it, colour says it again. Paths serve SVG and canvas alike.
import { STATES } from "./model.js";

const round = (x) => Math.round(100 * x) / 100;

export const circlePath = (r) => `M${round(-r)},0a${round(r)},${round(r)} 0 1,0 ${round(2 * r)},0` +
    `a${round(r)},${round(r)} 0 1,0 ${round(-2 * r)},0Z`;

function diamond(r) {
    const a = round(1.25 * r);
    return `M0,${-a}L${a},0L0,${a}L${-a},0Z`;
}

function square(r) {
    const a = round(0.92 * r);
    return `M${-a},${-a}H${a}V${a}H${-a}Z`;
}

function cross(r) {
    const a = round(0.85 * r);
    return `M${-a},${-a}L${a},${a}M${-a},${a}L${a},${-a}`;
}

/** By state: the outline for a radius, CSS variables of filling and line, width of the line in pixels, dashes. */
export const LOOKS = {
    outside: { path: circlePath, fill: "--card", stroke: "--muted", width: 1.2, dash: [2, 2] },
    invited: { path: diamond, fill: "--card", stroke: "--above", width: 2, dash: [] },
    trained: { path: square, fill: "--card", stroke: "--gate", width: 2, dash: [] },
    member: { path: circlePath, fill: "--completed", stroke: "--completed", width: 1.5, dash: [] },
    left: { path: cross, fill: "none", stroke: "--insolvent", width: 2.4, dash: [] },
};

/** Looks by number of the state. */
export const LOOK = STATES.map((state) => LOOKS[state]);

export const paint = (variable) => variable.startsWith("--") ? `var(${variable})` : variable;

/**
 * Radii by firm in pixels: areas go with employees, within limits, and all shrink where many firms share the box.
 * @param {number} area  of the box in square pixels
 */
export function radii(employees, area) {
    const mean = employees.reduce((a, b) => a + b, 0) / employees.length;
    const usual = Math.max(2.2, Math.min(8, 0.1 * Math.sqrt(area / employees.length)));
    return employees.map((e) => Math.max(0.65 * usual, Math.min(2.4 * usual, usual * Math.sqrt(e / mean))));
}
