// SPDX-License-Identifier: GPL-3.0-or-later
//
// A small interval within a table's cell: a dot on a line from lo to hi, on a scale that all cells of a column share. The numbers
// stand beside it, so it is hidden from screen readers.
import { svg } from "../../common/dom.js";
import { isNumber } from "../../common/number.js";

const W = 140,
    H = 14,
    PAD = 5;

/**
 * @param {object} spec
 * @param {number} spec.value
 * @param {number|null} spec.lo
 * @param {number|null} spec.hi
 * @param {[number, number]} spec.domain
 * @param {number} [spec.mark]  where a tick stands: 0 for differences
 * @returns {SVGElement}
 */
export function spark({ value, lo, hi, domain: [from, to], mark }) {
    const x = (v) => (PAD + ((W - 2 * PAD) * (Math.min(to, Math.max(from, v)) - from)) / (to - from || 1)).toFixed(2);
    return svg(
        "svg",
        { class: "spark", viewBox: `0 0 ${W} ${H}`, width: W, height: H, "aria-hidden": "true" },
        svg("line", { x1: PAD, x2: W - PAD, y1: H / 2, y2: H / 2, stroke: "var(--line)", "stroke-width": 1 }),
        isNumber(mark) &&
            svg("line", { x1: x(mark), x2: x(mark), y1: 1, y2: H - 1, stroke: "var(--muted)", "stroke-width": 1 }),
        isNumber(lo) &&
            isNumber(hi) &&
            svg("line", {
                x1: x(lo),
                x2: x(hi),
                y1: H / 2,
                y2: H / 2,
                stroke: "var(--accent)",
                "stroke-width": 4,
                "stroke-opacity": 0.55,
            }),
        svg("circle", { cx: x(value), cy: H / 2, r: 3.6, fill: "var(--accent)" }),
    );
}
