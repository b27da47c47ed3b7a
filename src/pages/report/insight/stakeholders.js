// SPDX-License-Identifier: GPL-3.0-or-later
//
// The stakeholder map of one world: who can move the ecosystem (up) and who has something to gain (across). Firms are small dots, as
// large as what they put in; institutions have names. The lines are the medians, which part the four fields.
import * as Plot from "@observablehq/plot";

import { MUTED } from "../../common/colour.js";
import { figure, legend } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { capital } from "../../common/names.js";
import { tableRows } from "../options/arms.js";
import { spread } from "../options/acceptability.js";
import { axisTitles, wrapped } from "../options/rows.js";
import { column, isNumber, methodOf, quantity, textOr } from "../options/words.js";
import { aboutArm } from "./arm.js";

const FIELDS = [
    ["manage closely", true, true],
    ["keep satisfied", false, true],
    ["keep informed", true, false],
    ["monitor", false, false],
];

const nameOf = (row) =>
    row.stakeholder === "firm"
        ? t("insight.stakeholders.firm", { n: isNumber(row.firm) ? String(row.firm) : "" })
        : capital(textOr(`stakeholder.${row.stakeholder}`, row.stakeholder));
const adviceName = (advice) => textOr(`advice.${advice}`, advice);

/** Median of some numbers; null of none. */
export function median(values) {
    const sorted = values.filter(isNumber).sort((a, b) => a - b);
    const n = sorted.length;
    return n === 0 ? null : n % 2 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/** Names of institutions at the right or left of their dots, moved apart where they would stand on each other. */
function namesOf(institutions, toX, toY, width) {
    return [false, true].flatMap((left) => {
        const own = institutions
            .filter((row) => toX(row.interest) > width * 0.55 === left)
            .sort((a, b) => toY(a.influence) - toY(b.influence));
        const places = spread(
            own.map((row) => toY(row.influence)),
            16,
            14,
            10000,
        );
        return own.map((row, i) => ({ row, left, dy: places[i] - toY(row.influence) }));
    });
}

function chart(rows, width) {
    const height = Math.max(360, Math.min(520, width * 0.7));
    const sides = { left: 44, right: 14 };
    const titles = axisTitles(width, sides, { x: t("insight.stakeholders.x"), y: t("insight.stakeholders.y") });
    const m = { ...sides, top: titles.top, bottom: titles.bottom };
    const firms = rows.filter((row) => row.stakeholder === "firm"),
        institutions = rows.filter((row) => row.stakeholder !== "firm");
    const middle = { x: median(rows.map((row) => row.interest)), y: median(rows.map((row) => row.influence)) };
    const right = Math.min(1.06, Math.max(0.1, ...rows.map((row) => row.interest)) * 1.1),
        top = Math.min(1.02, Math.max(0.1, ...rows.map((row) => row.influence)) * 1.15);
    const low = (width < 560 ? -0.16 : -0.09) * top; // room for the names of the lower fields
    const start = -0.03 * right;
    const toX = (x) => m.left + ((width - m.left - m.right) * (x - start)) / (right - start),
        toY = (y) => m.top + (height - m.top - m.bottom) * (1 - (y - low) / (top - low));
    const largest = Math.max(1, ...firms.map((row) => row.stake ?? 0));
    return Plot.plot({
        width,
        height,
        marginLeft: m.left,
        marginRight: m.right,
        marginTop: m.top,
        marginBottom: m.bottom,
        style: { fontSize: "12px", background: "none" },
        x: { domain: [start, right], label: null, ticks: 5, tickFormat: (v) => quantity(v) },
        y: { domain: [low, top], label: null, ticks: 5, tickFormat: (v) => quantity(v) },
        marks: [
            Plot.frame({ stroke: "var(--line)" }),
            Plot.ruleX([middle.x], { stroke: MUTED, strokeDasharray: "4 3" }),
            Plot.ruleY([middle.y], { stroke: MUTED, strokeDasharray: "4 3" }),
            FIELDS.map(([advice, high, up]) =>
                Plot.text([advice], {
                    frameAnchor: `${up ? "top" : "bottom"}-${high ? "right" : "left"}`,
                    textAnchor: high ? "end" : "start",
                    dx: high ? -6 : 6,
                    dy: up ? 6 : -6,
                    fontStyle: "italic",
                    fontSize: 13,
                    fill: MUTED,
                    text: (d) => wrapped(capital(adviceName(d)), width * 0.36).join("\n"),
                    lineAnchor: up ? "top" : "bottom",
                }),
            ),
            Plot.dot(firms, {
                x: "interest",
                y: "influence",
                r: (row) => 2.5 + 7 * Math.sqrt((row.stake ?? 0) / largest),
                fill: "var(--arm-0)",
                fillOpacity: 0.45,
                stroke: "var(--arm-0)",
                title: nameOf,
            }),
            Plot.dot(institutions, {
                x: "interest",
                y: "influence",
                r: 6,
                symbol: "diamond",
                fill: "var(--arm-1)",
                stroke: "var(--page)",
                title: nameOf,
            }),
            namesOf(institutions, toX, toY, width).map(({ row, left, dy }) =>
                Plot.text([row], {
                    x: "interest",
                    y: "influence",
                    text: nameOf,
                    dx: left ? -10 : 10,
                    dy,
                    textAnchor: left ? "end" : "start",
                    fontWeight: 600,
                    fill: "var(--arm-1)",
                    stroke: "var(--page)",
                    strokeWidth: 4,
                }),
            ),
            titles.marks,
        ],
    });
}

/** How many firms, and which institutions, each advice is for. */
function sentence(rows) {
    if (rows.length === 0) return t("insight.stakeholders.none");
    const texts = FIELDS.map(([advice]) => {
        const own = rows.filter((row) => row.advice === advice);
        const firms = own.filter((row) => row.stakeholder === "firm").length;
        const names = own
            .filter((row) => row.stakeholder !== "firm")
            .map((row) => textOr(`stakeholder.${row.stakeholder}`, row.stakeholder));
        return own.length === 0
            ? ""
            : t("insight.stakeholders.field", {
                  advice: capital(adviceName(advice)),
                  who: [...names, ...(firms > 0 ? [quantity(firms, "firm")] : [])].join(", "),
              });
    });
    return [t("insight.stakeholders.sentence"), ...texts.filter(Boolean)].join(" ");
}

const dataTable = (rows) => ({
    columns: [
        column.text("stakeholder", t("column.stakeholder")),
        column.plain("influence", t("column.influence")),
        column.plain("interest", t("column.interest")),
        column.text("advice", t("column.advice")),
        column.plain("centrality", t("column.centrality")),
        column.number("money_usd_year", t("column.money"), "USD/year"),
        column.number("gain_usd", t("column.gain"), "USD"),
        column.number("stake_usd", t("column.stake"), "USD"),
        column.number("synergy_usd", t("column.synergy"), "USD"),
    ],
    rows: rows.map((r) => [
        nameOf(r),
        r.influence,
        r.interest,
        adviceName(r.advice),
        r.centrality,
        r.money,
        r.gain,
        r.stake,
        r.synergy,
    ]),
});

export const stakeholders = {
    id: "stakeholders",
    title: () => t("insight.stakeholders.title"),
    applies: (data) => tableRows(data, "stakeholders").length > 0,
    render: (data) => {
        const rows = tableRows(data, "stakeholders").filter((row) => isNumber(row.influence) && isNumber(row.interest));
        return [
            aboutArm(data),
            figure({
                id: "stakeholders-figure",
                title: t("insight.stakeholders.figure"),
                sentence: sentence(rows),
                legend: legend([
                    { label: t("insight.stakeholders.legend.firms"), colour: "var(--arm-0)", kind: "dot" },
                    { label: t("insight.stakeholders.legend.institutions"), colour: "var(--arm-1)", kind: "diamond" },
                    { label: t("insight.stakeholders.legend.medians"), colour: MUTED, kind: "line", dash: "4 3" },
                ]),
                chart: rows.length > 0 ? (width) => chart(rows, width) : undefined,
                method: methodOf(data, "stakeholders"),
                table: dataTable(rows),
            }),
        ].filter(Boolean);
    },
};
