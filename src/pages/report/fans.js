// SPDX-License-Identifier: GPL-3.0-or-later
//
// Month by month: fans of saving, reach, the platform's account and the net benefit, and of any other series; with several arms
// small multiples, each arm with the baseline's median.
import * as Plot from "@observablehq/plot";

import { monthAxis, plot, textWidth, twoLines } from "../common/chart.js";
import { ACCENT, LINE, MUTED } from "../common/colour.js";
import { h } from "../common/dom.js";
import { choice, figure, legend } from "../common/figure.js";
import { t } from "../common/locale.js";
import { seriesOf } from "../common/outcome.js";
import { count, isNumber, share } from "../common/number.js";
import { armLabel, hasArms, ofArm } from "./arms.js";
import { domainOf, fanChart, fanLegend, fanMarks, fanOf, lastMonth } from "./fan.js";
import { among, live } from "./options/live.js";

const BOLD = 13.2; // bold letters of 12 pixels are as wide as others of this size
const FIRST = ["saving_joint", "reach_cluster", "account", "net_benefit"];

/** Claims about the outcome of the same name: their interval is drawn behind the series. */
const claimsOn = (data, name) => data.study.claims.filter((claim) => claim.metric === name).slice(0, 1);

/** What is seen at the end: "In month 60 the median ... is x; 90 % of the worlds lie in [a, b]." */
export function fanSentence(data, fan, shown) {
    const month = lastMonth(fan);
    if (month === 0) return t("fan.nothing", { series: shown.Label });
    const at = month - 1;
    const line = fan.median ? "fan.sentence-median" : "fan.sentence-mean";
    const bands = fan.bands.filter((band) => isNumber(band.lo[at])).map((band) =>
        t("fan.sentence-band", { share: share(band.part, 0), lo: shown.bare(band.lo[at]), hi: shown.show(band.hi[at]) }));
    return [
        t(line, { month: count(month), series: shown.label, value: shown.show((fan.median ?? fan.mean)[at]) }),
        ...bands,
        month < fan.months ? t("fan.later-undefined", { month: count(month) }) : null,
        undefinedNote(fan),
    ].filter(Boolean).join(" ");
}

/** Where the line begins late: the series is undefined until then. */
function undefinedNote(fan) {
    const line = fan.median ?? fan.mean;
    const first = line.findIndex(isNumber);
    return first > 0 ? t("fan.from", { month: count(first + 1) }) : null;
}

/** The table behind a fan: a row a month. */
export function fanTable(data, fan, shown) {
    const show = (x) => shown.bare(x);
    const unit = shown.unitText ? `, ${shown.unitText}` : "";
    const lines = [["mean", t("fan.mean"), fan.mean], ...fan.median ? [["median", t("fan.median"), fan.median]] : []];
    for (const band of fan.bands) {
        lines.push([`q${percent(band.q[0])}`, t("fan.quantile", { share: share(band.q[0], 0) }), band.lo]);
        lines.push([`q${percent(band.q[1])}`, t("fan.quantile", { share: share(band.q[1], 0) }), band.hi]);
    }
    return {
        columns: [{ name: "month", label: t("axis.month"), show: count },
            ...lines.map(([name, label]) => ({ name, label: `${label}${unit}`, show }))],
        rows: fan.mean.map((_, m) => [m + 1, ...lines.map(([, , values]) => values[m])]),
    };
}

const percent = (q) => String(Math.round(1000 * q) / 10).padStart(2, "0");

export const fanMethod = (data) => `${t("fan.method")} ${t(data.file.fans_exact ? "fan.exact" : "fan.sketch")}`;

function fanFigure(data, arm, name, id, controls) {
    const shown = seriesOf(data, name);
    const fan = fanOf(data, arm, name);
    return figure({
        id,
        title: shown.Label + ofArm(data, arm),
        sentence: fanSentence(data, fan, shown),
        controls,
        legend: lastMonth(fan) > 0 && fanLegend(fan),
        chart: lastMonth(fan) > 0 ? (width) => fanChart(width, fan, shown, { claims: claimsOn(data, name) }) : undefined,
        table: fanTable(data, fan, shown),
    });
}

const choicesOf = (data) => Object.keys(data.fans.arms[0].series).map((name) => ({ value: name, label: seriesOf(data, name).Label }));

function oneArm(data) {
    const names = Object.keys(data.fans.arms[0].series);
    const first = FIRST.filter((name) => names.includes(name));
    const choices = choicesOf(data).filter((one) => !first.includes(one.value) && one.value !== "members");
    return [
        h("p", { class: "method" }, fanMethod(data)),
        h("div", { class: "grid" }, first.map((name) => fanFigure(data, 0, name, `fan-${name}`))),
        choices.length > 0 && live("fan", { series: "trust" }, (state, set) => {
            const name = among(choices, state.series);
            return fanFigure(data, 0, name, "fan-other",
                choice(t("fan.choose"), choices, name, (value) => set({ series: value })));
        }),
    ];
}

/* ---- several arms: small multiples ---- */

function multiples(width, data, fans, shown, baseline) {
    const across = Math.min(4, fans.length, Math.max(2, Math.floor(width / 230)));
    const down = Math.ceil(fans.length / across);
    const cell = (width - 52) / across * 0.91;
    const head = fans.some(({ label }) => textWidth(label, BOLD) > cell - 8) ? 40 : 24; // one or two lines of a label
    const domain = domainOf(fans.map((one) => one.fan));
    const marks = fans.flatMap(({ fan, label }, i) => {
        const at = { fx: i % across, fy: Math.floor(i / across) };
        const line = fan.median ?? fan.mean;
        const months = line.map((_, m) => m);
        const bands = fan.bands.map((band, b) => Plot.areaY(months, {
            x: (m) => m + 1, y1: (m) => band.lo[m] ?? NaN, y2: (m) => band.hi[m] ?? NaN, ...constant(at, months),
            fill: ACCENT, fillOpacity: b === 0 ? 0.18 : 0.25,
        }));
        const base = baseline && Plot.lineY(months, {
            x: (m) => m + 1, y: (m) => baseline[m] ?? NaN, ...constant(at, months),
            stroke: "var(--text)", strokeWidth: 1.4, strokeDasharray: "4 3",
        });
        return [...bands, base, Plot.lineY(months, {
            x: (m) => m + 1, y: (m) => line[m] ?? NaN, ...constant(at, months), stroke: ACCENT, strokeWidth: 2,
        }), Plot.text([label], {
            fx: [at.fx], fy: [at.fy], frameAnchor: "top-left", lineAnchor: "bottom", dy: -5, fontSize: 12, fontWeight: 600,
            text: (d) => twoLines(d, cell - 8, BOLD),
        })];
    });
    return plot(width, {
        height: down * (130 + head) + 34, marginLeft: 46, marginRight: 6, marginTop: head, marginBottom: 34,
        fx: { axis: null, padding: 0.09, domain: [...Array(across).keys()] },
        fy: { axis: null, paddingInner: head / (130 + head), paddingOuter: 0, domain: [...Array(down).keys()] },
        x: { ...monthAxis(data.study.months, cell, t("axis.month")) },
        y: { domain, nice: true, ticks: 3, tickFormat: shown.axis(domain).tick, label: null },
        marks: [
            Plot.gridY({ stroke: LINE, strokeOpacity: 1, ticks: 3 }),
            domain[0] <= 0 && Plot.ruleY([0], { stroke: MUTED }),
            ...marks,
        ].filter(Boolean),
    });
}

/** Channels fx and fy of constant values. */
const constant = ({ fx, fy }, rows) => ({ fx: rows.map(() => fx), fy: rows.map(() => fy) });

function armsSentence(data, fans, shown) {
    const ends = fans.map(({ fan, label }) => ({ label, month: lastMonth(fan), value: (fan.median ?? fan.mean)[lastMonth(fan) - 1] }))
        .filter((end) => isNumber(end.value)).sort((a, b) => b.value - a.value);
    if (ends.length === 0) return t("fan.nothing", { series: shown.label });
    const last = ends[ends.length - 1];
    return t(fans[0].fan.median ? "fan.arms-median" : "fan.arms-mean", {
        series: shown.Label, best: ends[0].label, most: shown.show(ends[0].value), least: shown.show(last.value),
        month: count(ends[0].month),
    });
}

function armsTable(fans, shown) {
    const unit = shown.unitText ? `, ${shown.unitText}` : "";
    const rows = fans.flatMap(({ fan, label }) => fan.mean.map((mean, m) => [
        label, m + 1, mean, fan.median?.[m] ?? null, ...fan.bands.flatMap((band) => [band.lo[m], band.hi[m]])]));
    const { bands } = fans[0].fan;
    const show = (x) => shown.bare(x);
    return {
        columns: [{ name: "option", label: t("arm.option") }, { name: "month", label: t("axis.month"), show: count },
            { name: "mean", label: t("fan.mean") + unit, show }, { name: "median", label: t("fan.median") + unit, show },
            ...bands.flatMap((band) => band.q.map((q) =>
                ({ name: `q${percent(q)}`, label: t("fan.quantile", { share: share(q, 0) }) + unit, show })))],
        rows,
    };
}

function armsFigure(data, key, wanted) {
    const choices = choicesOf(data);
    const base = data.study.baseline ?? 0;
    return live(`fans-${key}`, { series: wanted }, (state, set) => {
        const name = among(choices, state.series);
        const shown = seriesOf(data, name);
        const fans = data.study.arms.map((_, i) => ({ fan: fanOf(data, i, name), label: armLabel(data, i), arm: i }))
            .filter((one) => one.fan);
        const of = fans.find((one) => one.arm === base)?.fan;
        const baseline = of && (of.median ?? of.mean);
        return figure({
            id: `fans-${key}`,
            title: `${shown.axis(domainOf(fans.map((one) => one.fan))).title}`,
            sentence: armsSentence(data, fans, shown),
            controls: choice(t("fan.choose"), choices, name, (value) => set({ series: value })),
            legend: h("div", null, fanLegend(fans[0].fan),
                baseline && legend([
                    { label: t("fan.baseline", { label: armLabel(data, base) }), colour: "var(--text)", kind: "line", dash: "4 3" }])),
            chart: (width) => multiples(width, data, fans, shown, baseline),
            table: armsTable(fans, shown),
        });
    });
}

const manyArms = (data) => [
    h("p", { class: "method" }, fanMethod(data)),
    armsFigure(data, "arms", "members"),
    data.fans.arms[0].series.account && armsFigure(data, "arms-account", "account"),
];

export const fans = {
    id: "months",
    title: () => t("fan.title"),
    applies: (data) => Object.keys(data.fans?.arms?.[0]?.series ?? {}).length > 0,
    render: (data) => hasArms(data) ? manyArms(data) : oneArm(data),
};
