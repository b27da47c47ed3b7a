// SPDX-License-Identifier: GPL-3.0-or-later
//
// What drives an outcome: shares of its variance by input (a tornado), from whatever design the study has, and what is left to
// chance. Elementary effects of a Morris design have a chart of their own.
import { choice, figure, legend } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { capital, nameOf } from "../../common/names.js";
import { quantity } from "../../common/number.js";
import { tableRows } from "../options/arms.js";
import { among, live } from "../options/live.js";
import { intervalRows, SECOND } from "../options/rows.js";
import {
    column,
    count,
    inputName,
    isNumber,
    methodOf,
    scaleOf,
    share,
    shareOf,
    textOr,
    withInterval,
} from "../options/words.js";
import { aboutArm, distinct } from "./arm.js";
import { morrisChart } from "./morris.js";

const SHOWN = 12;
const KINDS = ["sobol", "factorial", "morris", "given"];
const ALL = "all inputs";

/** Which of the analyses the data has; undefined without one. */
export const kindOf = (data) => KINDS.find((kind) => tableRows(data, `sensitivity_${kind}`).length > 0);

/** Inputs of one metric, those that matter most first. */
export function inputsOf(data, metric) {
    const kind = kindOf(data);
    const key = { sobol: "total", factorial: "total", morris: "mu_star", given: "first" }[kind];
    return tableRows(data, `sensitivity_${kind}`)
        .filter((row) => row.metric === metric && row.input !== ALL)
        .sort((a, b) => (b[key] ?? -Infinity) - (a[key] ?? -Infinity));
}

const plainName = (metric) => textOr(`metric.${metric}`, nameOf("outcome", metric, textOr(`status.${metric}`, undefined)));
const metricName = (metric) => capital(plainName(metric));

/** "▲" where more of it surely raises the outcome, "▼" where it lowers it. */
function direction(row) {
    if (!isNumber(row.prcc_lo) || !isNumber(row.prcc_hi) || (row.prcc_lo <= 0 && row.prcc_hi >= 0)) return "";
    return row.prcc > 0 ? " ▲" : " ▼";
}

function drawnRows(rows, kind, scale) {
    return rows.slice(0, SHOWN).map((row) => {
        const label = capital(inputName(row.input));
        if (kind === "given") {
            return {
                label,
                value: row.first,
                lo: row.first_lo,
                hi: row.first_hi,
                tone: row.first_lo > 0 ? "plain" : "unsure",
                note: `${scale.interval(row.first, row.first_lo, row.first_hi)}${direction(row)}`,
            };
        }
        return {
            label,
            value: row.total,
            lo: row.total_lo,
            hi: row.total_hi,
            tone: row.total_lo > 0 ? "plain" : "unsure",
            second: { value: row.first, lo: row.first_lo, hi: row.first_hi },
        };
    });
}

/** What is left to chance, in a sentence. */
function chance(data, metric, rows, kind) {
    const split = tableRows(data, "sensitivity_split").find((row) => row.metric === metric);
    if (split && isNumber(split.inputs)) {
        return t("insight.drivers.split", {
            inputs: shareOf(split.inputs, split.inputs_lo, split.inputs_hi),
            chance: share(1 - split.inputs),
        });
    }
    if (kind !== "given") return "";
    const sum = rows.reduce((all, row) => all + Math.max(0, row.first ?? 0), 0);
    return t("insight.drivers.sum", { sum: share(Math.min(1, sum), 0) });
}

const note = (row) => (row?.defended === "no" ? t("insight.drivers.undefended") : "");

function sentence(data, metric, rows, kind) {
    const known = rows.filter((row) => isNumber(kind === "morris" ? row.mu_star : row.first));
    const outcome = metricName(metric);
    if (known.length === 0) return t("insight.drivers.none", { outcome });
    const key = kind === "given" ? "first" : kind === "morris" ? "mu_star" : "total";
    const part = (row) =>
        t("insight.drivers.part", {
            input: inputName(row.input),
            share:
                kind === "morris" ? quantity(row.mu_star, row.unit) : shareOf(row[key], row[`${key}_lo`], row[`${key}_hi`]),
        });
    const first = known.filter((row) => row[`${key}_lo`] > 0).slice(0, 3);
    const texts = [
        first.length > 0
            ? t(`insight.drivers.most.${kind}`, { outcome, list: first.map(part).join("; ") })
            : t("insight.drivers.unclear", { outcome }),
    ];
    texts.push(chance(data, metric, known, kind), note(rows[0]));
    if (rows.length > SHOWN && kind !== "morris") texts.push(t("insight.drivers.rest", { n: count(rows.length - SHOWN) }));
    return texts.filter(Boolean).join(" ");
}

const COLUMNS = {
    given: () => [
        ...withInterval("first", t("column.first"), "1", "share"),
        column.plain("prcc", t("column.prcc")),
        column.plain("srrc", t("column.srrc")),
    ],
    sobol: () => [
        ...withInterval("first", t("column.first"), "1", "share"),
        ...withInterval("total", t("column.total"), "1", "share"),
    ],
    morris: () => [
        ...withInterval("mu_star", t("column.mu_star")),
        column.number("mu", t("column.mu")),
        column.number("sigma", t("column.sigma")),
        column.number("noise", t("column.noise")),
    ],
};
const CELLS = {
    given: ["first", "first_lo", "first_hi", "prcc", "srrc"],
    sobol: ["first", "first_lo", "first_hi", "total", "total_lo", "total_hi"],
    morris: ["mu_star", "mu_star_lo", "mu_star_hi", "mu", "sigma", "noise"],
};

function dataTable(rows, kind) {
    const shape = kind === "factorial" ? "sobol" : kind;
    return {
        columns: [column.text("input", t("column.input")), ...COLUMNS[shape]()],
        rows: rows.map((row) => [capital(inputName(row.input)), ...CELLS[shape].map((key) => row[key])]),
    };
}

function legendOf(kind) {
    if (kind === "given")
        return legend([
            { label: t("insight.drivers.legend.first"), colour: "var(--accent)", kind: "dot" },
            { label: t("insight.drivers.legend.direction"), colour: "transparent", kind: "empty" },
        ]);
    if (kind === "morris") return undefined;
    return legend([
        { label: t("insight.drivers.legend.total"), colour: "var(--accent)", kind: "dot" },
        { label: t("insight.drivers.legend.by-itself"), colour: SECOND, kind: "dot" },
    ]);
}

function chart(rows, kind, width, metric) {
    if (kind === "morris") return morrisChart(rows, width, (row) => capital(inputName(row.input)));
    const scale = scaleOf(
        rows.map((row) => row.first),
        "1",
        "share",
    );
    return intervalRows(drawnRows(rows, kind, scale), {
        width,
        scale,
        axis: t("insight.drivers.axis", { outcome: plainName(metric) }),
        bars: true,
    });
}

function build(data, state, set) {
    const kind = kindOf(data);
    const metrics = distinct(tableRows(data, `sensitivity_${kind}`), "metric");
    const choices = metrics.map((value) => ({ value, label: metricName(value) }));
    const metric = among(choices, state.metric ?? metrics.find((one) => one === "npv_social"));
    const rows = inputsOf(data, metric);
    return figure({
        id: "drivers-figure",
        title: t(`insight.drivers.figure.${kind === "morris" ? "morris" : "share"}`, { outcome: metricName(metric) }),
        sentence: sentence(data, metric, rows, kind),
        controls: choice(t("options.outcome"), choices, metric, (value) => set({ metric: value })),
        legend: legendOf(kind),
        chart: rows.some((row) => isNumber(row.first ?? row.mu_star))
            ? (width) => chart(rows, kind, width, metric)
            : undefined,
        method: methodOf(data, `sensitivity_${kind}`, "sensitivity_split"),
        table: dataTable(rows, kind),
    });
}

export const drivers = {
    id: "drivers",
    title: () => t("insight.drivers.title"),
    applies: (data) => kindOf(data) !== undefined,
    render: (data) => [aboutArm(data), live("insight.drivers", {}, (state, set) => build(data, state, set))].filter(Boolean),
};
