// SPDX-License-Identifier: GPL-3.0-or-later
//
// When the mechanism comes how far: when its phases end, what the gate says, when and why ecosystems close; and how the worlds of
// each arm ended.
import * as Plot from "@observablehq/plot";

import { isNarrow, plot, textWidth, yearTicks } from "../common/chart.js";
import { ACCENT, FATE, LINE } from "../common/colour.js";
import { h } from "../common/dom.js";
import { figure, legend } from "../common/figure.js";
import { t } from "../common/locale.js";
import { capital, nameOf } from "../common/names.js";
import { count, isNumber, months, range, share, shareInterval, span } from "../common/number.js";
import { armChoice, armLabel, hasArms, mainArm, ofArm, summaryOf, unitsOf, wilson } from "./arms.js";
import { fateBars, fateLegend, fateName, fatesIn } from "./fates.js";
import { live } from "./options/live.js";
import { inWords } from "./words.js";

const WHY = ["gate_failed", "insolvent"];

/** Phases of an arm in their order; [] where it has none, or where no world introduces an ecosystem. */
export function phasesOf(data, arm) {
    const { status } = summaryOf(data, arm);
    if (Object.entries(status).every(([name, n]) => n === 0 || name === "alone")) return [];
    return (data.stages ?? []).filter((one) => one.arm === data.study.arms[arm].name).sort((a, b) => a.order - b.order);
}

const phaseName = (phase) => phase.stage === "build" ? t("stages.until-built") : nameOf("stage", phase.stage);

/** Spans between median ends, for the background of other charts: [{label, from, to}], months. */
export function spansOf(data, arm) {
    return phasesOf(data, arm).filter((phase) => isNumber(phase.start.q50)).map((phase) => ({
        label: phaseName(phase), from: phase.start.q50, to: phase.end?.q50 ?? data.study.months,
    }));
}

/** "20 (15–25)": median, and the middle 90 % of the worlds. */
const monthText = (q) => isNumber(q?.q50) ? `${count(q.q50)} (${span(count(q.q05), count(q.q95))})` : "–";

/* ---- the timeline ---- */

function rowText(phase) {
    if (!phase.end) return t("stages.row-open", { n: count(phase.reached), share: share(part(phase.reached, phase.worlds)) });
    if (phase.ended === 0) return t(phase.reached > 0 ? "stages.row-never" : "stages.row-unreached");
    return t("stages.row", { month: monthText(phase.end), share: share(part(phase.ended, phase.worlds)) });
}

const part = (n, worlds) => worlds > 0 ? n / worlds : null;

const closingsOf = (phase) => WHY.filter((why) => phase[why]?.n > 0).map((why) => ({ why, ...phase[why] }));

function closingText(closing, worlds, width) {
    const values = { why: nameOf("status", closing.why), share: share(part(closing.n, worlds)), month: monthText(closing) };
    const text = t("stages.closing", values);
    return textWidth(text, 12) < width ? text : t("stages.closing-short", values);
}

/** Heights of the rows in pixels: a head, a bar, a line for each way of closing. */
function layOut(phases, width) {
    const twoLines = phases.some((phase) => textWidth(capital(phaseName(phase))) + textWidth(rowText(phase)) + 16 > width);
    let y = 2;
    const rows = phases.map((phase) => {
        const head = twoLines ? 40 : 23;
        const row = { phase, y: y + head, head: y, closings: [] };
        y += head + 20;
        for (const closing of closingsOf(phase)) {
            row.closings.push({ ...closing, text: closingText(closing, phase.worlds, width), y: y + 26 });
            y += 36;
        }
        y += 18;
        return row;
    });
    return { rows, height: y, twoLines };
}

/** Where a phase's bar stops: the median end; where it never ends, when it is broken off, or the last month. */
function endOf(phase, last) {
    const closings = closingsOf(phase).map((closing) => closing.q50);
    return phase.end?.q50 ?? (phase.end && closings.length > 0 ? Math.max(...closings) : last);
}

function timeline(width, data, phases) {
    const { rows, height, twoLines } = layOut(phases, width);
    const last = data.study.months;
    const bars = rows.filter((row) => isNumber(row.phase.start.q50)).map((row) => ({
        y: row.y, from: row.phase.start.q50, to: endOf(row.phase, last), q05: row.phase.end?.q05, q95: row.phase.end?.q95,
        open: !isNumber(row.phase.end?.q50),
    }));
    const ends = bars.filter((bar) => isNumber(bar.q05));
    const closings = rows.flatMap((row) => row.closings);
    return plot(width, {
        height: height + 44, marginLeft: 2, marginRight: 14, marginTop: 0, marginBottom: 40,
        x: { domain: [0, last], ticks: yearTicks(last, width), label: t("axis.month"), tickFormat: String },
        y: { domain: [height, 0], axis: null },
        marks: [
            Plot.gridX({ ticks: yearTicks(last, width), stroke: LINE, strokeOpacity: 1 }),
            Plot.rect(bars, {
                x1: "from", x2: "to", y1: (d) => d.y + 3, y2: (d) => d.y + 15, fill: ACCENT, fillOpacity: (d) => d.open ? 0.4 : 0.85,
            }),
            ...whiskers(ends, "var(--text)", (d) => d.y + 9),
            ...WHY.flatMap((why) => whiskers(closings.filter((d) => d.why === why), FATE[why], (d) => d.y)),
            Plot.dot(closings, { x: "q50", y: "y", symbol: "times", stroke: (d) => FATE[d.why], strokeWidth: 2.6, r: 5 }),
            Plot.text(closings, { x: 0, y: (d) => d.y - 15, text: "text", textAnchor: "start", fontSize: 12 }),
            Plot.text(rows, {
                x: 0, y: (d) => d.head + 11, text: (d) => capital(phaseName(d.phase)), textAnchor: "start", fontWeight: 600,
            }),
            Plot.text(rows, {
                x: twoLines ? 0 : last, y: (d) => d.head + (twoLines ? 29 : 11), text: (d) => rowText(d.phase),
                textAnchor: twoLines ? "start" : "end", fontSize: isNarrow(width) ? 12 : 13,
            }),
        ],
    });
}

/** A line from the 5 % to the 95 % quantile with ends. */
function whiskers(rows, colour, y) {
    const ends = rows.flatMap((d) => [{ ...d, at: d.q05 }, { ...d, at: d.q95 }]);
    return [
        Plot.link(rows, { x1: "q05", x2: "q95", y1: y, y2: y, stroke: colour, strokeWidth: 1.8 }),
        Plot.link(ends, { x1: "at", x2: "at", y1: (d) => y(d) - 5, y2: (d) => y(d) + 5, stroke: colour, strokeWidth: 1.8 }),
    ];
}

/* ---- sentences and tables ---- */

function timelineSentence(data, arm, phases) {
    const parts = [];
    const reach = phases.filter((phase) => phase.end && phase.ended > 0);
    const end = reach[reach.length - 1];
    const worlds = phases[0].worlds;
    if (end) {
        parts.push(t("stages.sentence", {
            stage: phaseName(end), share: share(part(end.ended, worlds)), worlds: count(worlds), month: monthText(end.end),
        }));
    } else parts.push(t("stages.never", { worlds: count(worlds) }));
    const pilot = phases.find((phase) => phase.gate);
    if (pilot && pilot.gate.passed + pilot.gate.failed > 0) parts.push(gateSentence(data, pilot));
    for (const phase of phases) {
        if (phase.insolvent?.n > 0 && phase.insolvent.n === Math.max(...phases.map((one) => one.insolvent?.n ?? 0))) {
            parts.push(t("stages.insolvent", {
                share: share(part(phase.insolvent.n, worlds)), month: monthText(phase.insolvent), stage: phaseName(phase),
            }));
        }
    }
    return parts.join(" ");
}

function gateSentence(data, pilot) {
    const { passed, failed, recycles } = pilot.gate;
    const judged = passed + failed;
    const { share: p, lo, hi } = wilson(passed, judged, unitsOf(data, judged));
    const often = recycles.map((n, k) => k === 0 ? t("stages.gate-never", { share: share(part(n, judged)) }) :
        t("stages.gate-times", { n: count(k), share: share(part(n, judged)) }));
    return [
        t("stages.gate", { share: shareInterval(p, lo, hi), n: count(judged) }),
        ...often.length > 1 ? [t("stages.repeated", { list: often.join(", ") })] : [],
    ].join(" ");
}

function timelineTable(phases) {
    const q = (name, label) => ["q05", "q50", "q95"].map((quantile) =>
        ({ name: `${name}_${quantile}`, label: `${label}, ${t(`stages.${quantile}`)}`, show: count }));
    const values = (one) => ["q05", "q50", "q95"].map((quantile) => one?.[quantile] ?? null);
    return {
        columns: [{ name: "phase", label: t("stages.phase") }, { name: "worlds", label: t("answer.worlds"), show: count },
            { name: "reached", label: t("stages.reached"), show: count }, { name: "ended", label: t("stages.ended"), show: count },
            ...q("end", t("stages.end")),
            ...WHY.flatMap((why) => [{ name: why, label: nameOf("status", why), show: count }, ...q(why, nameOf("status", why))])],
        rows: phases.map((phase) => [phaseName(phase), phase.worlds, phase.reached, phase.ended ?? null, ...values(phase.end),
            ...WHY.flatMap((why) => [phase[why]?.n ?? null, ...values(phase[why])])]),
    };
}

/** "2–4 months"; distributions other than whole months in words. */
function lengthOf(text) {
    const whole = /^\{integer: \[(\d+), (\d+)\]\}$/.exec(text);
    if (whole) return range(Number(whole[1]), Number(whole[2]), "month");
    return /^\d+$/.test(text) ? months(Number(text)) : t("stages.length", { length: inWords(text) });
}

/** The stages as the study has them: "preparation and assessment: 2 to 3 months". */
function mechanism(data, arm) {
    const { mechanism: stages, others } = data.study.arms[arm];
    if (!stages || stages.length === 0 || phasesOf(data, arm).length === 0) return h("p", null, t("stages.no-mechanism"));
    return h("div", { class: "mechanism" },
        h("p", null, t(others ? "stages.mechanisms" : "stages.mechanism")),
        h("ol", null, stages.map((stage) => h("li", null, h("strong", null, capital(nameOf("stage", stage.name))), " ",
            stage.months === undefined ? t("stages.open-end") : lengthOf(stage.months)))));
}

function timelineFigure(data) {
    const first = [mainArm(data), ...data.study.arms.keys()].find((arm) => phasesOf(data, arm).length > 0);
    if (first === undefined) return h("p", null, t("stages.no-mechanism"));
    return live("stages", { arm: first }, (state, set) => {
        const phases = phasesOf(data, state.arm);
        return h("div", null, mechanism(data, state.arm), figure({
            id: "stages-timeline",
            title: t("stages.when") + ofArm(data, state.arm),
            sentence: phases.length > 0 ? timelineSentence(data, state.arm, phases) : t("stages.no-mechanism"),
            controls: armChoice(data, state.arm, (arm) => set({ arm })),
            legend: phases.length > 0 && legend([
                { label: t("stages.bar"), colour: ACCENT },
                { label: t("stages.whisker"), colour: "var(--text)", kind: "line" }]),
            chart: phases.length > 0 ? (width) => timeline(width, data, phases) : undefined,
            method: t("stages.method"),
            table: phases.length > 0 ? timelineTable(phases) : undefined,
        }));
    });
}

/* ---- how the worlds ended ---- */

function endings(data) {
    const rows = data.study.arms.map((_, i) => {
        const { status, runs } = summaryOf(data, i);
        const worlds = Object.values(status).reduce((sum, n) => sum + n, 0);
        const alone = status.alone === worlds; // nothing was introduced that could be completed
        const { share: p, lo, hi } = alone ? { share: 0, lo: null, hi: null } :
            wilson(status.completed, worlds, unitsOf(data, runs ?? worlds));
        return { label: hasArms(data) ? armLabel(data, i) : t("stages.all-worlds", { n: count(worlds) }), worlds, fates: status, lo, hi, p,
            value: !alone ? `${nameOf("status", "completed")}: ${shareInterval(p, lo, hi)}` : "" };
    }).filter((row) => row.worlds > 0);
    return rows;
}

function endingsSentence(data, rows) {
    const open = rows.filter((row) => row.fates.alone !== row.worlds).sort((a, b) => b.p - a.p);
    if (open.length === 0) return t("stages.no-mechanism");
    const best = open[0], last = open[open.length - 1];
    if (open.length === 1) {
        const list = fatesIn([best]).map((fate) => {
            const { share: p, lo, hi } = wilson(best.fates[fate], best.worlds, unitsOf(data, best.worlds));
            return `${fateName(fate)} — ${shareInterval(p, lo, hi)}`;
        });
        return t("stages.ended-one", { n: count(best.worlds), period: months(data.study.months), list: list.join("; ") });
    }
    return t("stages.ended-many", {
        period: months(data.study.months), best: best.label, most: shareInterval(best.p, best.lo, best.hi),
        last: last.label, least: shareInterval(last.p, last.lo, last.hi),
    });
}

function endingsFigure(data) {
    const rows = endings(data);
    const fates = fatesIn(rows);
    return figure({
        id: "stages-endings",
        title: t("stages.how-ended"),
        sentence: endingsSentence(data, rows),
        legend: fateLegend(fates),
        chart: rows.length > 0 ? (width) => fateBars(width, rows) : undefined,
        method: t("stages.endings-method"),
        table: {
            columns: [{ name: "option", label: t("arm.option") }, { name: "worlds", label: t("answer.worlds"), show: count },
                ...fates.flatMap((fate) => [
                    { name: `worlds_${fate}`, label: t("answer.worlds-fate", { fate: fateName(fate) }), show: count },
                    { name: `share_${fate}`, label: t("stages.share-fate", { fate: fateName(fate) }), show: (x) => share(x) }])],
            rows: rows.map((row) => [row.label, row.worlds,
                ...fates.flatMap((fate) => [row.fates[fate] ?? 0, (row.fates[fate] ?? 0) / row.worlds])]),
        },
    });
}

export const stages = {
    id: "stages",
    title: () => t("stages.title"),
    applies: (data) => data.summary?.arms?.length > 0,
    render: (data) => [data.stages?.length > 0 && timelineFigure(data), endingsFigure(data)].filter(Boolean),
};
