// SPDX-License-Identifier: GPL-3.0-or-later
//
// How a series goes month by month over all worlds: bands between quantiles, the median or the mean as a line. A world is no line
// here: the upper edge of a band is another world in each month.
import * as Plot from "@observablehq/plot";

import { isNarrow, monthAxis, plot, textWidth } from "../common/chart.js";
import { ACCENT, LINE, MUTED } from "../common/colour.js";
import { legend } from "../common/figure.js";
import { t } from "../common/locale.js";
import { isNumber, share } from "../common/number.js";

/**
 * A fan as the charts need it.
 * @param {object} data  of the report
 * @param {number} arm
 * @param {string} name  of the series
 * @returns {?{months: number, mean: number[], median: ?number[], bands: {lo: number[], hi: number[], part: number, q: number[]}[]}}
 *          bands from the widest to the narrowest, part: share of the worlds between lo and hi; null where the file has none
 */
export function fanOf(data, arm, name) {
    const series = data.fans?.arms[arm]?.series[name];
    if (!series) return null;
    const q = data.fans.quantiles;
    const bands = [];
    for (let i = 0; i < q.length; i++) {
        const j = q.findIndex((one) => Math.abs(one + q[i] - 1) < 1e-9);
        if (j > i) bands.push({ lo: series.q[i], hi: series.q[j], part: q[j] - q[i], q: [q[i], q[j]] });
    }
    const middle = q.findIndex((one) => Math.abs(one - 0.5) < 1e-9);
    return {
        months: series.mean.length, mean: series.mean, median: middle >= 0 ? series.q[middle] : null,
        bands: bands.sort((a, b) => b.part - a.part),
    };
}

/** The last month in which the line is defined; 0 where it never is. */
export function lastMonth(fan) {
    const line = fan.median ?? fan.mean;
    let month = line.length;
    while (month > 0 && !isNumber(line[month - 1])) month--;
    return month;
}

const OPACITY = [0.16, 0.3, 0.42];
const opacity = (fan, i) => OPACITY[Math.min(OPACITY.length - 1, i + Math.max(0, 2 - fan.bands.length))];

/** "Median", "half of the worlds", "90 % of the worlds". */
export function fanLegend(fan) {
    const items = [{ label: t(fan.median ? "fan.median" : "fan.mean"), colour: ACCENT, kind: "line" }];
    for (const [i, band] of [...fan.bands.entries()].reverse()) {
        items.push({
            label: t("fan.band", { share: share(band.part, 0) }),
            colour: `color-mix(in srgb, ${ACCENT} ${Math.round(100 * opacity(fan, i))}%, transparent)`,
        });
    }
    return legend(items);
}

const points = (months, values) => values.map((y, i) => ({ x: i + 1, ...y })).slice(0, months);

/** Bands and line of a fan. */
export function fanMarks(fan, colour = ACCENT) {
    const line = fan.median ?? fan.mean;
    return [
        ...fan.bands.map((band, i) => Plot.areaY(points(fan.months, band.lo.map((lo, m) => ({ lo, hi: band.hi[m] }))), {
            x: "x", y1: (d) => d.lo ?? NaN, y2: (d) => d.hi ?? NaN, fill: colour, fillOpacity: opacity(fan, i), curve: "linear",
        })),
        Plot.lineY(points(fan.months, line.map((y) => ({ y }))), { x: "x", y: (d) => d.y ?? NaN, stroke: colour, strokeWidth: 2.4 }),
    ];
}

/** Stages as spans behind a chart: names at the top where they fit. */
export function spanMarks(spans, width, months) {
    const perMonth = (width - 60) / months;
    return [
        Plot.ruleX(spans.filter((span) => span.from > 0), { x: "from", stroke: MUTED, strokeDasharray: "3 3" }),
        Plot.text(spans.filter((span) => textWidth(span.label, 12) < (span.to - span.from) * perMonth - 6), {
            x: "from", text: "label", frameAnchor: "top-left", dx: 5, dy: -16, fill: MUTED, fontSize: 12,
        }),
    ];
}

/** A claimed interval behind a chart; null bounds are open. */
export function claimMarks(claims, shown, domain) {
    const inside = claims.filter(({ lowest, highest }) =>
        [lowest, highest].some((x) => isNumber(x) && x > domain[0] && x < domain[1]));
    const low = (d) => isNumber(d.lowest) ? d.lowest : domain[0], high = (d) => isNumber(d.highest) ? d.highest : domain[1];
    return [
        Plot.rect(inside, { y1: low, y2: high, fill: "var(--holds)", fillOpacity: 0.13 }),
        ...inside.map((d) => Plot.ruleY([d.lowest, d.highest].filter(isNumber), {
            stroke: "var(--holds)", strokeWidth: 1.2, strokeDasharray: "5 4",
        })),
        Plot.text(inside, {
            y: high, frameAnchor: "top-left", lineAnchor: "bottom", dx: 4, dy: -4, fontSize: 12, fill: "var(--gain)",
            text: (d) => t("fan.claimed", { range: shown.range(d.lowest, d.highest) }),
        }),
    ];
}

/** [lowest, highest] of all that is drawn, with 0 if it is not far. */
export function domainOf(fans) {
    const values = fans.flatMap((fan) => [fan.median ?? fan.mean, ...fan.bands.flatMap((band) => [band.lo, band.hi])].flat())
        .filter(isNumber);
    const least = Math.min(...values), most = Math.max(...values);
    if (values.length === 0) return [0, 1];
    if (least > 0.5 * most) return [least - 0.1 * (most - least), most]; // a band far from 0 would be flat
    const lo = Math.min(0, least), hi = Math.max(0, most);
    return hi > lo ? [lo, hi] : [lo, lo + 1];
}

/**
 * The chart of a fan.
 * @param {number} width
 * @param {object} fan  of fanOf
 * @param {import("../common/outcome.js").Shown} shown  of the series
 * @param {{claims?: object[], spans?: object[], height?: number}} extra
 */
export function fanChart(width, fan, shown, { claims = [], spans = [], height } = {}) {
    const domain = domainOf([fan]);
    const ticks = isNarrow(width) ? 4 : 5;
    const axis = shown.axis(domain);
    return plot(width, {
        height: height ?? Math.round(Math.min(330, Math.max(230, width * 0.5))),
        marginLeft: 46, marginRight: 12, marginTop: spans.length > 0 ? 46 : 28, marginBottom: 38,
        x: monthAxis(fan.months, width, t("axis.month")),
        y: { domain, nice: true, ticks, tickFormat: axis.tick, label: null },
        marks: [
            Plot.gridY({ stroke: LINE, strokeOpacity: 1, ticks }),
            ...claimMarks(claims, shown, domain),
            ...spanMarks(spans, width, fan.months),
            ...fanMarks(fan),
            ...domain[0] <= 0 ? [Plot.ruleY([0], { stroke: MUTED })] : [],
            Plot.text([`↑ ${axis.title}`], {
                frameAnchor: "top-left", dx: -44, dy: spans.length > 0 ? -40 : -22, fontSize: 12, fill: MUTED,
            }),
        ],
    });
}
