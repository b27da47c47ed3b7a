// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which option to choose, by what one more member is worth: the probability that each option is the most cost-effective, the option
// with the highest expected net benefit (the frontier), and what not knowing costs (EVPI).
import * as Plot from "@observablehq/plot";

import { armColour, armDash, LINE, MUTED } from "../../common/colour.js";
import { h } from "../../common/dom.js";
import { chartBox, choice, figure } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { armChoices, armMap, armsOf, quoted, tableRows } from "./arms.js";
import { among, live } from "./live.js";
import { axisTitles, fitted } from "./rows.js";
import { column, isNumber, methodOf, quantity, scaleOf, share } from "./words.js";

const NAMED = 5; // lines with a colour and a name of their own

/** Stretches of willingness to pay over which one option is the one to choose: [{arm, from, to}]. */
export function stretches(frontier) {
    const parts = [];
    for (const row of frontier) {
        const last = parts[parts.length - 1];
        if (last && last.arm === row.arm) last.to = row.willingness_to_pay;
        else parts.push({ arm: row.arm, from: row.willingness_to_pay, to: row.willingness_to_pay });
    }
    return parts;
}

/** Arms that get a name: those of the frontier, then those with the highest probability anywhere, NAMED of them; and the chosen. */
export function namedArms(rows, frontier, chosen) {
    const top = new Map();
    for (const row of rows) top.set(row.arm, Math.max(top.get(row.arm) ?? 0, row.best ?? 0));
    const often = [...top]
        .sort((a, b) => b[1] - a[1])
        .filter(([, best]) => best >= 0.02)
        .map(([arm]) => arm);
    const named = [...new Set([...frontier.map((row) => row.arm), ...often])].slice(0, NAMED);
    return chosen && top.has(chosen) && !named.includes(chosen) ? [...named, chosen] : named; // colours of the others stay
}

/** Places for names at the right end, at least `gap` pixels apart. @param {number[]} ys ascending */
export function spread(ys, gap, lowest, highest) {
    const placed = [];
    for (const y of ys) placed.push(Math.max(y, placed.length ? placed[placed.length - 1] + gap : lowest));
    for (let i = placed.length - 1, limit = highest; i >= 0; i--, limit -= gap) placed[i] = Math.min(placed[i], limit);
    return placed;
}

/** The two charts stand one above the other on the same axis. */
const LEFT = 50;
const margin = (width) => (width >= 800 ? 248 : width >= 620 ? 200 : 16);

function axisX(rows, width) {
    const scale = scaleOf(
        rows.map((row) => row.willingness_to_pay),
        "USD",
    );
    return {
        x: { label: null, tickFormat: scale.show, ticks: Math.floor(width / 90) },
        titles: (y) =>
            axisTitles(
                width - margin(width) + 16,
                { left: LEFT, right: 16 },
                { x: scale.title(t("options.acceptability.x-axis")), y },
            ),
    };
}

/** An option's name in bold within `width` pixels; of a family the size stays whole, and the family's name is cut. */
function endName(arm, width) {
    const room = width * 0.86; // bold letters are wider
    if (!arm || arm.family === null) return fitted(arm?.label ?? "", room);
    return `${fitted(arm.group, room - 7 * (arm.level.length + 2))}, ${arm.level}`;
}

function curves({ rows, frontier, named, arms, chosen }, width) {
    const height = Math.max(300, Math.min(420, width * 0.55));
    const beside = width >= 620;
    const right = margin(width);
    const axis = axisX(rows, width);
    const titles = axis.titles(),
        top = titles.top,
        bottom = titles.bottom;
    const line = (arm) => rows.filter((row) => row.arm === arm);
    const limit = Math.max(0.05, ...rows.map((row) => row.best ?? 0)) * 1.04;
    const ends = named.map((arm, i) => ({ arm, i, best: line(arm).at(-1)?.best ?? 0 })).sort((a, b) => b.best - a.best);
    const toY = (best) => top + (height - top - bottom) * (1 - best / limit);
    const places = spread(
        ends.map((end) => toY(end.best)),
        17,
        top + 4,
        height - bottom,
    );
    const last = Math.max(...rows.map((row) => row.willingness_to_pay));
    return Plot.plot({
        width,
        height,
        marginLeft: LEFT,
        marginRight: right,
        marginTop: top,
        marginBottom: bottom,
        style: { fontSize: "12px", background: "none" },
        x: axis.x,
        y: { domain: [0, limit], label: null, tickFormat: (y) => share(y, 0), grid: true, ticks: 6 },
        marks: [
            Plot.line(
                rows.filter((row) => !named.includes(row.arm)),
                {
                    x: "willingness_to_pay",
                    y: "best",
                    z: "arm",
                    stroke: MUTED,
                    strokeOpacity: 0.4,
                    strokeWidth: 1,
                    title: (d) => arms.get(d.arm)?.label,
                },
            ),
            named.map((arm, i) =>
                Plot.line(line(arm), {
                    x: "willingness_to_pay",
                    y: "best",
                    stroke: armColour(i),
                    strokeWidth: arm === chosen ? 4 : 2.2,
                    strokeDasharray: armDash(i),
                    title: () => arms.get(arm)?.label,
                }),
            ),
            Plot.dot(frontier, {
                x: "willingness_to_pay",
                y: "best",
                r: 4,
                fill: "var(--page)",
                stroke: "var(--text)",
                strokeWidth: 2,
                title: (d) => arms.get(d.arm)?.label,
            }),
            (beside ? ends : []).map((end, k) =>
                Plot.text([end], {
                    x: () => last,
                    y: "best",
                    dx: 10,
                    dy: places[k] - toY(end.best),
                    textAnchor: "start",
                    fill: armColour(end.i),
                    fontWeight: 600,
                    text: () => endName(arms.get(end.arm), right - 16),
                }),
            ),
            titles.marks,
        ],
    });
}

function lossCurve(frontier, width) {
    const band = frontier.filter((row) => isNumber(row.evpi_se));
    const axis = axisX(frontier, width),
        scale = scaleOf(
            frontier.map((row) => row.evpi),
            "USD",
        );
    const titles = axis.titles(scale.title("EVPI"));
    return Plot.plot({
        width,
        height: 230,
        marginLeft: LEFT,
        marginRight: margin(width),
        marginTop: titles.top,
        marginBottom: titles.bottom,
        style: { fontSize: "12px", background: "none" },
        x: axis.x,
        y: { label: null, tickFormat: scale.show, ticks: 4, zero: true, grid: true },
        marks: [
            Plot.areaY(band, {
                x: "willingness_to_pay",
                y1: (d) => Math.max(0, d.evpi - 1.96 * d.evpi_se),
                y2: (d) => d.evpi + 1.96 * d.evpi_se,
                fill: "var(--accent)",
                fillOpacity: 0.2,
            }),
            Plot.lineY(frontier, { x: "willingness_to_pay", y: "evpi", stroke: "var(--accent)", strokeWidth: 2.2 }),
            Plot.ruleY([0], { stroke: LINE }),
            titles.marks,
        ],
    });
}

function sentence(frontier, arms) {
    if (frontier.length === 0) return t("options.acceptability.none");
    const parts = stretches(frontier).map((part, i, all) => {
        const values = {
            option: quoted(arms.get(part.arm)?.label ?? part.arm),
            from: quantity(part.from, "USD"),
            to: quantity(all[i + 1]?.from ?? part.to, "USD"),
        };
        if (all.length === 1) return t("options.acceptability.always", values);
        return t(
            i === 0
                ? "options.acceptability.first"
                : i === all.length - 1
                  ? "options.acceptability.last"
                  : "options.acceptability.middle",
            values,
        );
    });
    const end = frontier[frontier.length - 1];
    return [
        ...parts,
        t("options.acceptability.end", {
            wtp: quantity(end.willingness_to_pay, "USD"),
            best: share(end.best),
            evpi: quantity(end.evpi, "USD"),
        }),
    ].join(" ");
}

/** Names with the signs of their lines, for narrow pages. */
const names = (named, arms) =>
    h(
        "ul",
        { class: "legend arm-legend" },
        named.map((arm, i) => {
            const swatch = h("span", { class: `swatch line${armDash(i) === "0" ? "" : " dashed"}`, "aria-hidden": "true" });
            swatch.style.setProperty("--swatch", armColour(i));
            return h("li", { class: "named" }, swatch, arms.get(arm)?.label ?? arm);
        }),
        h("li", null, h("span", { class: "ring", "aria-hidden": "true" }), t("options.acceptability.frontier")),
    );

function build(data, state, set) {
    const rows = tableRows(data, "acceptability");
    const frontier = tableRows(data, "acceptability_frontier");
    const arms = armMap(data);
    const choices = [{ value: "", label: t("options.nothing") }, ...armChoices(armsOf(data))];
    const chosen = among(choices, state.arm);
    const named = namedArms(rows, frontier, chosen);
    const fig = figure({
        id: "acceptability-figure",
        title: t("options.acceptability.figure"),
        sentence: sentence(frontier, arms),
        controls: choice(t("options.highlight"), choices, chosen, (value) => set({ arm: value })),
        legend: [h("p", { class: "axis-title" }, t("options.acceptability.y")), names(named, arms)],
        chart: (width) => curves({ rows, frontier, named, arms, chosen }, width),
        method: methodOf(data, "acceptability", "acceptability_frontier"),
        table: {
            columns: [
                column.number("usd_per_member", t("options.acceptability.x"), "USD"),
                column.text("option", t("options.option")),
                column.share("best", t("options.acceptability.y")),
                column.number("net_benefit_usd", t("options.net-benefit"), "USD"),
                column.number("expected_loss_usd", t("options.expected-loss"), "USD"),
            ],
            rows: rows.map((row) => [
                row.willingness_to_pay,
                arms.get(row.arm)?.label ?? row.arm,
                row.best,
                row.net_benefit,
                row.expected_loss,
            ]),
        },
    });
    if (frontier.length > 0) {
        fig.querySelector(".chart").after(
            h("p", { class: "axis-title" }, t("options.acceptability.evpi")),
            chartBox((width) => lossCurve(frontier, width), t("options.acceptability.evpi")),
        );
    }
    return fig;
}

export const acceptability = {
    id: "acceptability",
    title: () => t("options.acceptability.title"),
    applies: (data) => tableRows(data, "acceptability").length > 0,
    render: (data) => live("options.acceptability", { arm: "" }, (state, set) => build(data, state, set)),
};
