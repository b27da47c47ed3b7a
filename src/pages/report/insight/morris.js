// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elementary effects of a Morris design: how much an input matters (across) against how much that depends on the other inputs and
// on chance (up).
import * as Plot from "@observablehq/plot";

import { LINE, MUTED } from "../../common/colour.js";
import { t } from "../../common/locale.js";
import { isNumber } from "../../common/number.js";
import { axisTitles, fitted } from "../options/rows.js";
import { scaleOf } from "../options/words.js";

const NAMED = 8;

/** Of rows by falling mu_star, those that get a name without standing on another's: `gap` in parts of the height. */
export function namedRows(rows, top, gap = 0.05) {
    const named = [];
    for (const row of rows) {
        if (named.length < NAMED && named.every((other) => Math.abs(other.sigma - row.sigma) > gap * top)) named.push(row);
    }
    return named;
}

/**
 * @param {object[]} all  rows of sensitivity_morris of one outcome, largest mu_star first
 * @param {number} width
 * @param {(row: object) => string} label
 */
export function morrisChart(all, width, label) {
    const rows = all.filter((row) => isNumber(row.mu_star) && isNumber(row.sigma));
    const unit = rows[0]?.unit;
    const scale = scaleOf(
        rows.flatMap((row) => [row.mu_star, row.sigma]),
        unit,
        unit === "1" ? "ratio" : undefined,
    );
    const right = Math.max(0.001, ...rows.map((row) => Math.max(row.mu_star, row.mu_star_hi ?? 0))) * 1.05;
    const top = Math.max(0.001, ...rows.map((row) => row.sigma)) * 1.08;
    const named = namedRows(rows, top);
    const margin = { left: 50, right: 16 };
    const titles = axisTitles(width, margin, {
        x: scale.title(t("insight.drivers.morris.x")),
        y: scale.title(t("insight.drivers.morris.y")),
    });
    return Plot.plot({
        width,
        height: Math.max(320, Math.min(440, width * 0.6)) + titles.top,
        marginLeft: margin.left,
        marginRight: margin.right,
        marginTop: titles.top,
        marginBottom: titles.bottom,
        style: { fontSize: "12px", background: "none" },
        x: { domain: [0, right], label: null, tickFormat: scale.show, ticks: Math.floor(width / 80) },
        y: { domain: [0, top], label: null, tickFormat: scale.show, ticks: 5 },
        marks: [
            Plot.gridX({ stroke: LINE, strokeOpacity: 1 }),
            Plot.gridY({ stroke: LINE, strokeOpacity: 1 }),
            Plot.link([Math.min(right, top)], {
                x1: 0,
                y1: 0,
                x2: (v) => v,
                y2: (v) => v,
                stroke: MUTED,
                strokeDasharray: "3 3",
            }),
            Plot.ruleY(
                rows.filter((row) => isNumber(row.mu_star_lo)),
                { x1: "mu_star_lo", x2: "mu_star_hi", y: "sigma", stroke: "var(--accent)", strokeOpacity: 0.5 },
            ),
            Plot.dot(rows, { x: "mu_star", y: "sigma", r: 4.5, fill: "var(--accent)", title: label }),
            [true, false].map((end) =>
                Plot.text(
                    named.filter((row) => row.mu_star > right * 0.55 === end),
                    {
                        x: "mu_star",
                        y: "sigma",
                        text: (row) => fitted(label(row), width * 0.5),
                        textAnchor: end ? "end" : "start",
                        dx: end ? -8 : 8,
                        dy: -9,
                        stroke: "var(--page)",
                        strokeWidth: 4,
                        fill: "var(--text)",
                    },
                ),
            ),
            titles.marks,
        ],
    });
}
