// SPDX-License-Identifier: GPL-3.0-or-later
//
// How every option differs from the baseline in an outcome that the reader chooses: mean with its interval, what nine worlds of ten
// meet, and in which share of the worlds it is higher, equal, lower.
import * as Plot from "@observablehq/plot";

import { GAIN, LOSS, MUTED } from "../../common/colour.js";
import { h } from "../../common/dom.js";
import { chartBox, choice, figure, legend } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { months } from "../../common/number.js";
import { armsOf, quoted, tableRows } from "./arms.js";
import { among, live } from "./live.js";
import { fitted, intervalRows, toneOf, withHeads } from "./rows.js";
import {
    column,
    count,
    differenceInterval,
    isNumber,
    methodOf,
    outcomeName,
    scaleOf,
    share,
    shareOf,
    typeOf,
    withInterval,
} from "./words.js";

/** Outcomes that the table has, in its order, each once. */
export const outcomesOf = (rows) => [...new Map(rows.map((row) => [row.outcome, row])).keys()];

/** Rows of one outcome, with their arms, in the study's order. */
export function differencesOf(data, outcome) {
    const rows = new Map(
        tableRows(data, "differences")
            .filter((row) => row.outcome === outcome)
            .map((row) => [row.arm, row]),
    );
    return armsOf(data)
        .filter((arm) => rows.has(arm.name))
        .map((arm) => ({ ...rows.get(arm.name), arm }));
}

function chart(rows, width, data) {
    const { unit, outcome } = rows[0];
    const type = typeOf(data, outcome);
    const byName = new Map(rows.map((row) => [row.arm.name, row]));
    const scale = scaleOf(
        rows.flatMap((row) => [row.difference, row.q05, row.q95]),
        unit,
        type,
        true,
    );
    return intervalRows(
        withHeads(
            rows.map((row) => row.arm),
            (arm) => {
                const row = byName.get(arm.name);
                return {
                    value: row.difference,
                    lo: row.lo,
                    hi: row.hi,
                    from: row.q05,
                    to: row.q95,
                    tone: toneOf(row.lo, row.hi, row.better),
                    title: differenceInterval(row.difference, row.lo, row.hi, unit, type),
                };
            },
        ),
        { width, scale, axis: t("options.differences.axis", { outcome: outcomeName(outcome) }) },
    );
}

/** Parts of the worlds of one row: lower, equal, higher; colour says which is better where one is. */
function partsOf(row) {
    const colour =
        row.better === "less" ? [GAIN, LOSS] : row.better === "more" ? [LOSS, GAIN] : ["var(--arm-5)", "var(--arm-0)"];
    return [
        ["lower", row.lower, colour[0]],
        ["tied", row.tied, "var(--soft)"],
        ["higher", row.higher, colour[1]],
    ]
        .filter(([, part]) => isNumber(part))
        .map(([key, part, fill]) => ({ key, part, fill }));
}

/** Shares of worlds as stacked bars. */
export function shareBars(rows, width) {
    const bars = rows.flatMap((row, i) => {
        let x = 0;
        return partsOf(row).map((part) => ({ ...part, y: String(i), x1: x, x2: (x += part.part) }));
    });
    return Plot.plot({
        width,
        height: rows.length * 38 + 34,
        marginLeft: 14,
        marginRight: 20,
        marginTop: 4,
        marginBottom: 28,
        style: { fontSize: "12px", background: "none" },
        x: { domain: [0, 1], tickFormat: (x) => share(x, 0), label: null, ticks: 5 },
        y: { type: "band", domain: rows.map((row, i) => String(i)), axis: null, padding: 0 },
        marks: [
            Plot.barX(bars, {
                y: "y",
                x1: "x1",
                x2: "x2",
                fill: "fill",
                stroke: MUTED,
                strokeWidth: 0.6,
                insetTop: 17,
                insetBottom: 3,
                fillOpacity: 0.75,
            }),
            Plot.text(rows, {
                y: (row, i) => String(i),
                frameAnchor: "left",
                textAnchor: "start",
                dy: -10,
                text: (row) => fitted(row.arm.label, width - 90),
                fill: "var(--text)",
            }),
            Plot.text(rows, {
                y: (row, i) => String(i),
                frameAnchor: "right",
                textAnchor: "end",
                dy: -10,
                fill: "var(--muted)",
                text: (row) => (isNumber(row.higher) ? share(row.higher, 0) : "–"),
            }),
        ],
    });
}

function sentence(rows, outcome, data) {
    const known = rows.filter((row) => isNumber(row.difference));
    const values = { outcome: outcomeName(outcome), months: months(data.study.months) };
    if (known.length === 0) return t("options.differences.none", values);
    const type = typeOf(data, outcome);
    const top = known.reduce((a, b) => (Math.abs(b.difference) > Math.abs(a.difference) ? b : a));
    const sure = known.filter((row) => toneOf(row.lo, row.hi, "-") !== "unsure").length;
    if (top.difference === 0) return t("options.differences.zero", values);
    const alone = !isNumber(top.higher); // an outcome that is a comparison itself, such as additional members
    return t(alone ? "options.differences.alone" : "options.differences.sentence", {
        ...values,
        option: quoted(top.arm.label),
        value: differenceInterval(top.difference, top.lo, top.hi, top.unit, type),
        higher: shareOf(top.higher, top.higher_lo, top.higher_hi),
        worlds: count(top.worlds || top.only_arm),
        sure: count(sure),
        n: count(known.length),
    });
}

function dataTable(rows, outcome, data) {
    const { unit } = rows[0];
    const type = typeOf(data, outcome);
    return {
        columns: [
            column.text("option", t("options.option")),
            ...withInterval("difference", t("options.differences.mean"), unit, type),
            column.number("baseline", t("options.baseline-mean"), unit, type),
            column.number("mean", t("options.option-mean"), unit, type),
            column.number("q05", t("options.q05"), unit, type),
            column.number("q50", t("options.q50"), unit, type),
            column.number("q95", t("options.q95"), unit, type),
            column.share("higher", t("options.higher")),
            column.share("higher_lo", t("options.from")),
            column.share("higher_hi", t("options.to")),
            column.share("tied", t("options.tied")),
            column.share("lower", t("options.lower")),
            column.count("worlds", t("options.worlds")),
        ],
        rows: rows.map((r) => [
            r.arm.label,
            r.difference,
            r.lo,
            r.hi,
            r.baseline,
            r.mean,
            r.q05,
            r.q50,
            r.q95,
            r.higher,
            r.higher_lo,
            r.higher_hi,
            r.tied,
            r.lower,
            r.worlds,
        ]),
    };
}

function legendOf(rows) {
    const { better } = rows[0];
    const judged = better === "more" || better === "less";
    return legend(
        [
            {
                label: t(judged ? "options.legend.better" : "options.legend.sure"),
                colour: judged ? GAIN : "var(--accent)",
                kind: "dot",
            },
            judged && { label: t("options.legend.worse"), colour: LOSS, kind: "dot" },
            { label: t("options.legend.unsure"), colour: MUTED, kind: "dot hollow" },
            { label: t("options.legend.interval"), colour: MUTED, kind: "line thick" },
            { label: t("options.legend.worlds"), colour: MUTED, kind: "line thin" },
        ].filter(Boolean),
    );
}

function build(data, state, set) {
    const outcomes = outcomesOf(tableRows(data, "differences"));
    const choices = outcomes.map((value) => ({ value, label: outcomeName(value) }));
    const outcome = among(choices, state.outcome);
    const rows = differencesOf(data, outcome);
    const base = armsOf(data).find((arm) => arm.baseline);
    const fig = figure({
        id: "differences-figure",
        title: t("options.differences.figure", { outcome: outcomeName(outcome), baseline: quoted(base.label) }),
        sentence: sentence(rows, outcome, data),
        controls: choice(t("options.outcome"), choices, outcome, (value) => set({ outcome: value })),
        legend: legendOf(rows),
        chart: (width) => chart(rows, width, data),
        method: methodOf(data, "differences"),
        table: dataTable(rows, outcome, data),
    });
    const shares = h(
        "details",
        { class: "worlds", ontoggle: drawOnce },
        h("summary", null, t("options.differences.shares")),
        h("p", null, t(`options.differences.shares.${["more", "less"].includes(rows[0].better) ? "judged" : "plain"}`)),
    );
    /** Drawn when it is opened first: a box that is not shown has no width. */
    function drawOnce() {
        if (shares.open && !shares.querySelector(".chart"))
            shares.append(chartBox((width) => shareBars(rows, Math.min(width, 640)), t("options.differences.shares")));
    }
    if (rows.some((row) => isNumber(row.higher))) fig.querySelector(".chart").after(shares);
    return fig;
}

export const differences = {
    id: "differences",
    title: () => t("options.differences.title"),
    applies: (data) => data.study.arms.length > 1 && tableRows(data, "differences").length > 0,
    render: (data) => live("options.differences", { outcome: "npv_social" }, (state, set) => build(data, state, set)),
};
