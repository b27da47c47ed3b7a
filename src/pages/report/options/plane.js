// SPDX-License-Identifier: GPL-3.0-or-later
//
// The cost-effectiveness plane: what every option brings (across) and costs (up), against the baseline. Means with intervals, the
// efficiency frontier, and for one option a sample of its worlds as faint dots.
import * as Plot from "@observablehq/plot";

import { LINE, MUTED } from "../../common/colour.js";
import { choice, figure, legend } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { months } from "../../common/number.js";
import { armChoices, armMap, armsOf, quoted, tableRows } from "./arms.js";
import { among, live } from "./live.js";
import { axisTitles, domainOf, fitted } from "./rows.js";
import { column, count, difference, isNumber, methodOf, quantity, scaleOf, share } from "./words.js";

const Z = 1.96; // standard errors of a 95 % interval; points are many
const EFFECT = "members_final",
    COST = "public_spending";

const half = (x, se) => (isNumber(se) ? [x - Z * se, x + Z * se] : [null, null]);

/** Means against the baseline with intervals. @returns {{arm, effect, cost, e1, e2, c1, c2, frontier}[]} */
export function planeMeans(data) {
    const arms = armMap(data);
    const status = new Map(tableRows(data, "icers").map((row) => [row.arm, row.status]));
    return tableRows(data, "plane")
        .filter((row) => arms.has(row.arm) && isNumber(row.more_effect) && isNumber(row.more_cost))
        .map((row) => {
            const [e1, e2] = half(row.more_effect, row.more_effect_se),
                [c1, c2] = half(row.more_cost, row.more_cost_se);
            return {
                ...row,
                name: row.arm,
                arm: arms.get(row.arm),
                label: arms.get(row.arm).label,
                effect: row.more_effect,
                cost: row.more_cost,
                e1,
                e2,
                c1,
                c2,
                frontier: status.get(row.arm) === "frontier",
            };
        });
}

/** The frontier against the baseline: [{effect, cost, arm, icer}], by rising cost. */
export function frontierOf(data) {
    const rows = tableRows(data, "icers");
    const base = rows.find((row) => row.arm === armsOf(data).find((arm) => arm.baseline)?.name);
    if (!base) return [];
    return rows
        .filter((row) => row.status === "frontier")
        .sort((a, b) => a.cost - b.cost)
        .map((row) => ({
            arm: row.arm,
            icer: row.icer,
            against: row.against,
            effect: row.effect - base.effect,
            cost: row.cost - base.cost,
        }));
}

/** Differences of one arm to the baseline in the sample of worlds that the page holds; [] where it lacks them. */
export function sampleOf(data, arm) {
    const arms = armsOf(data);
    const of = (a) => data.worlds?.arms?.[a?.index]?.outcome;
    const own = of(arms.find((one) => one.name === arm)),
        base = of(arms.find((one) => one.baseline));
    if (!own?.[EFFECT] || !own?.[COST] || !base?.[EFFECT] || !base?.[COST]) return [];
    return own[EFFECT].map((effect, i) => ({
        effect: effect - base[EFFECT][i],
        cost: own[COST][i] - base[COST][i],
        whole: [effect, own[COST][i], base[EFFECT][i], base[COST][i]],
    })).filter((world) => world.whole.every(isNumber));
}

/** Names of the four parts in the corners; only of those that are seen. */
function corners(x, y) {
    const across = (hi) => (hi ? x[1] > 0 : x[0] < 0),
        up = (hi) => (hi ? y[1] > 0 : y[0] < 0);
    return [
        ["top-right", true, true, "north-east"],
        ["top-left", false, true, "north-west"],
        ["bottom-right", true, false, "south-east"],
        ["bottom-left", false, false, "south-west"],
    ]
        .filter(
            ([, right, top]) =>
                across(right) &&
                up(top) &&
                (right ? x[1] : -x[0]) > 0.12 * (x[1] - x[0]) &&
                (top ? y[1] : -y[0]) > 0.08 * (y[1] - y[0]),
        )
        .map(([anchor, right, top, key]) => ({ anchor, right, top, text: t(`options.plane.${key}`) }));
}

/** An option's name; in two lines where it is narrow. */
const nameLines = (mean, width) =>
    width < 560 && mean.arm.family !== null
        ? `${fitted(mean.arm.group, width * 0.5)}\n${mean.arm.level}`
        : fitted(mean.label, Math.min(290, width * 0.5));

function chart({ means, frontier, sample, chosen }, width) {
    const height = Math.max(330, Math.min(480, width * 0.62));
    const box = (a, b, c) => [
        ...means.map((m) => ({ value: m[a], lo: m[b], hi: m[c] })),
        ...sample.map((s) => ({ value: s[a] })),
    ];
    const x = domainOf(box("effect", "e1", "e2")),
        y = domainOf(box("cost", "c1", "c2"));
    const named = means.filter((m) => m.frontier || m.name === chosen);
    const others = means.filter((m) => m.name !== chosen);
    const colour = (m) => (m.name === chosen ? "var(--arm-1)" : m.frontier ? "var(--arm-0)" : "var(--muted)");
    const across = scaleOf(x, "firm", "ratio", true),
        up = scaleOf(y, "USD", "money", true);
    const margin = { left: 58, right: 16 };
    const titles = axisTitles(width, margin, {
        x: across.title(t("options.plane.x-axis")),
        y: up.title(t("options.plane.y-axis")),
    });
    return Plot.plot({
        width,
        height: height + titles.top,
        marginLeft: margin.left,
        marginRight: margin.right,
        marginTop: titles.top + 16,
        marginBottom: titles.bottom,
        style: { fontSize: "12px", background: "none" },
        x: { domain: x, label: null, tickFormat: across.show, ticks: Math.floor(width / 70) },
        y: { domain: y, label: null, tickFormat: up.show, ticks: 7 },
        marks: [
            Plot.gridX({ stroke: LINE, strokeOpacity: 1, ticks: Math.floor(width / 70) }),
            Plot.gridY({ stroke: LINE, strokeOpacity: 1, ticks: 7 }),
            Plot.ruleX([0], { stroke: MUTED }),
            Plot.ruleY([0], { stroke: MUTED }),
            corners(x, y).map((c) =>
                Plot.text([c], {
                    frameAnchor: c.anchor,
                    text: "text",
                    fill: MUTED,
                    fontStyle: "italic",
                    dx: c.right ? -4 : 4,
                    dy: c.top ? -10 : -6,
                    textAnchor: c.right ? "end" : "start",
                }),
            ),
            Plot.dot(sample, { x: "effect", y: "cost", r: 2.4, fill: "var(--arm-1)", fillOpacity: 0.3 }),
            Plot.line(frontier, { x: "effect", y: "cost", stroke: "var(--arm-0)", strokeWidth: 2, strokeDasharray: "6 3" }),
            Plot.ruleY(
                means.filter((m) => isNumber(m.e1)),
                { x1: "e1", x2: "e2", y: "cost", stroke: colour, strokeWidth: 1.6 },
            ),
            Plot.ruleX(
                means.filter((m) => isNumber(m.c1)),
                { y1: "c1", y2: "c2", x: "effect", stroke: colour, strokeWidth: 1.6 },
            ),
            Plot.dot(others, { x: "effect", y: "cost", r: 4, fill: colour, title: "label" }),
            Plot.dot(
                means.filter((m) => m.name === chosen),
                {
                    x: "effect",
                    y: "cost",
                    r: 6,
                    symbol: "diamond",
                    fill: "var(--arm-1)",
                    stroke: "var(--page)",
                    title: "label",
                },
            ),
            Plot.text(
                frontier.filter((f) => f.effect === 0 && f.cost === 0),
                {
                    x: "effect",
                    y: "cost",
                    text: () => t("options.baseline"),
                    dx: 8,
                    dy: -9,
                    textAnchor: "start",
                    fill: MUTED,
                },
            ),
            named.map((m) =>
                Plot.text([m], {
                    x: "effect",
                    y: "cost",
                    text: (d) => nameLines(d, width),
                    lineAnchor: "bottom",
                    dy: -8,
                    fontWeight: 600,
                    fill: colour,
                    stroke: "var(--page)",
                    strokeWidth: 4,
                    textAnchor: m.effect > (x[0] + x[1]) / 2 ? "end" : "start",
                }),
            ),
            titles.marks,
        ],
    });
}

function sentence({ means, frontier, sample, chosen }, data) {
    const arms = armMap(data);
    const own = means.find((m) => m.name === chosen);
    const steps = frontier.filter((f) => isNumber(f.icer));
    const texts = [];
    if (steps.length > 0) {
        texts.push(
            t("options.plane.frontier", {
                list: steps
                    .map((f) =>
                        t("options.plane.step", {
                            option: quoted(arms.get(f.arm)?.label ?? f.arm),
                            price: quantity(f.icer, "USD"),
                        }),
                    )
                    .join("; "),
            }),
        );
    } else texts.push(t("options.plane.no-frontier"));
    if (own) {
        texts.push(
            t("options.plane.chosen", {
                option: quoted(own.label),
                effect: difference(own.effect, "firm"),
                cost: difference(own.cost, "USD"),
                months: months(data.study.months),
                more: share(own.costs_more),
                better: share(own.better),
                worse: share(own.worse),
            }),
        );
    }
    if (sample.length > 0) texts.push(t("options.plane.sample", { n: count(sample.length) }));
    return texts.join(" ");
}

const dataTable = (means) => ({
    columns: [
        column.text("option", t("options.option")),
        column.number("members_more", t("options.plane.x"), "firm"),
        column.number("members_more_se", t("options.se"), "firm"),
        column.number("usd_more", t("options.plane.y"), "USD"),
        column.number("usd_more_se", t("options.se"), "USD"),
        column.number("usd_per_member", t("options.number.per_member"), "USD/firm"),
        column.share("costs_more", t("options.plane.north-east")),
        column.share("better", t("options.plane.south-east")),
        column.share("saves", t("options.plane.south-west")),
        column.share("worse", t("options.plane.north-west")),
        column.share("same", t("options.plane.same")),
    ],
    rows: means.map((m) => [
        m.label,
        m.effect,
        m.more_effect_se,
        m.cost,
        m.more_cost_se,
        m.ratio,
        m.costs_more,
        m.better,
        m.saves,
        m.worse,
        m.same,
    ]),
});

function build(data, state, set) {
    const means = planeMeans(data),
        frontier = frontierOf(data);
    const choices = armChoices(armsOf(data).filter((arm) => means.some((m) => m.name === arm.name)));
    const fallback = frontier.filter((f) => isNumber(f.icer)).at(-1)?.arm;
    const chosen = among(choices, state.arm ?? fallback);
    const view = { means, frontier, chosen, sample: sampleOf(data, chosen) };
    return figure({
        id: "plane-figure",
        title: t("options.plane.figure", { baseline: quoted(armsOf(data).find((arm) => arm.baseline).label) }),
        sentence: sentence(view, data),
        controls: choice(t("options.highlight"), choices, chosen, (arm) => set({ arm })),
        legend: legend([
            { label: t("options.plane.legend.frontier"), colour: "var(--arm-0)", kind: "line", dash: "6 3" },
            { label: t("options.plane.legend.chosen"), colour: "var(--arm-1)", kind: "dot" },
            { label: t("options.plane.legend.others"), colour: MUTED, kind: "dot" },
        ]),
        chart: (width) => chart(view, width),
        method: methodOf(data, "plane", "icers"),
        table: dataTable(means),
    });
}

export const plane = {
    id: "plane",
    title: () => t("options.plane.title"),
    applies: (data) => planeMeans(data).length > 0,
    render: (data) => live("options.plane", {}, (state, set) => build(data, state, set)),
};
