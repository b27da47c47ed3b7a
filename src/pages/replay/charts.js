// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small line charts over the months, with a line at the month that is shown and its numbers beside the chart.
import { armColour } from "../common/colour.js";
import { h, svg } from "../common/dom.js";
import { t } from "../common/locale.js";
import { count, isNumber, moneyNumber, share, unitText } from "../common/number.js";

const WIDTH = 300, HEIGHT = 96; // of the drawing; it is stretched to its box

const sum = (...lists) => lists[0].map((_, m) => lists.reduce((total, list) => total + list[m], 0));

/**
 * The charts: a name (replay.chart.<name>), its unit where numbers are written without, how they are written, and lines; the first is drawn whole, the second dotted.
 * Each line has a name (replay.line.<name>) and its values by month.
 */
export const CHARTS = [
    { name: "members", show: count, top: (run) => run.firms_number, lines: [["members", (run) => run.course.members]] },
    { name: "saving", show: share, lines: [["saving_net", (run) => run.months.saving_net],
        ["saving_joint", (run) => run.months.saving_joint]] },
    { name: "account", unit: "USD", show: moneyNumber, lines: [["account", (run) => run.months.account]] },
    { name: "flows", unit: "USD", show: moneyNumber, lines: [["income", (run) => sum(run.course.fees, run.course.fee_subsidy, run.course.support)],
        ["opex", (run) => run.course.opex]] },
    { name: "cost", unit: "USD", show: moneyNumber, lines: [["joint_cost", (run) => run.course.joint_cost], ["spent", (run) => run.course.spent]] },
    { name: "public", unit: "USD", show: moneyNumber, lines: [["public_spending", (run) => run.months.public_spending]] },
    { name: "reach", show: share, lines: [["reach_cluster", (run) => run.months.reach_cluster],
        ["reach_firm", (run) => run.months.reach_firm]] },
    { name: "platform", show: share, lines: [["quality", (run) => run.months.quality], ["brand", (run) => run.months.brand]] },
    { name: "people", show: share, lines: [["usage", (run) => run.months.usage], ["trust", (run) => run.months.trust]] },
    { name: "satisfaction", show: share, lines: [["satisfaction", (run) => run.months.satisfaction]] },
    { name: "benefit", unit: "USD", show: moneyNumber, lines: [["net_benefit", (run) => run.months.net_benefit]] },
];

/** Is there anything to see? Nobody pays public money in most arms. */
const hasAnything = (chart, runs) =>
    runs.some((run) => chart.lines.some(([, values]) => values(run).some((x) => isNumber(x) && x !== 0)));

function pathOf(values, x, y) {
    let d = "", isOpen = false;
    values.forEach((value, m) => {
        if (isNumber(value)) d += `${isOpen ? "L" : "M"}${x(m + 1).toFixed(1)},${y(value).toFixed(1)}`;
        isOpen = isNumber(value);
    });
    return d;
}

function scales(lines, months, top) {
    const all = lines.flatMap((line) => line.values).filter(isNumber);
    const high = Math.max(top ?? 0, ...all), low = Math.min(0, ...all);
    const span = high - low || 1;
    return {
        high, low,
        x: (month) => (month - 0.5) / months * WIDTH,
        y: (value) => 4 + (HEIGHT - 8) * (high - value) / span,
    };
}

/**
 * Lines over months.
 * @param {{values: (number|null)[], colour: string, dash: string, width?: number}[]} lines
 * @param {{months: number, show: (x: number) => string, top?: number, label: string, onMonth?: (month: number) => void}} options
 * @returns {{element: HTMLElement, show: (month: number) => void}}
 */
export function lineChart(lines, { months, show, top, label, onMonth }) {
    const { x, y, high, low } = scales(lines, months, top);
    const zero = low < 0 && svg("line", { class: "zero", x1: 0, x2: WIDTH, y1: y(0), y2: y(0) });
    const later = svg("rect", { class: "later", y: 0, height: HEIGHT });
    const cursor = svg("line", { class: "cursor", y1: 0, y2: HEIGHT });
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
        zero, lines.map((line) => svg("path", {
            class: "line", d: pathOf(line.values, x, y), stroke: line.colour, "stroke-width": line.width ?? 2.2,
            "stroke-dasharray": line.dash, fill: "none",
        })), later, cursor);
    const pick = (event) => {
        const box = picture.getBoundingClientRect();
        onMonth(Math.ceil((event.clientX - box.left) / box.width * months));
    };
    if (onMonth) {
        picture.addEventListener("pointerdown", pick);
        picture.addEventListener("pointermove", (event) => { if (event.buttons & 1) pick(event); });
    }
    const element = h("div", { class: "plot" },
        h("span", { class: "high" }, show(high)), low < 0 && h("span", { class: "low" }, show(low)),
        picture,
        h("span", { class: "ends" }, h("span", null, t("replay.month", { month: 1 })), h("span", null, t("replay.month", { month: months }))));
    return {
        element,
        show: (month) => {
            const at = x(month);
            later.setAttribute("x", at);
            later.setAttribute("width", WIDTH - at);
            cursor.setAttribute("x1", at);
            cursor.setAttribute("x2", at);
        },
    };
}

const DASHES = ["none", "2 4"]; // first and second line of a chart
const WIDTHS = [3.2, 1.6]; // first and second arm: a sign beside the colour, and both are seen where they run together

const sample = (line) => svg("svg", { width: 26, height: 10, role: "img", "aria-label": line.armLabel ?? line.label },
    svg("line", { x1: 0, x2: 26, y1: 5, y2: 5, class: "line", stroke: line.colour, "stroke-width": line.width,
        "stroke-dasharray": line.dash }));

/** A row for each name: the numbers of all arms. */
function readoutRows(lines) {
    const values = lines.map((line) => h("b", { class: "numeric", "data-line": line.name, "data-arm": line.arm }));
    const names = [...new Set(lines.map(({ name }) => name))];
    const rows = names.map((name) => h("li", null, h("span", { class: "what" }, t(`replay.line.${name}`)),
        lines.map((line, k) => line.name === name && h("span", { class: "value" }, sample(line), values[k]))));
    return { element: h("ul", { class: "readouts" }, rows), values };
}

function chart(spec, runs, labels, clock) {
    const lines = runs.flatMap((run, arm) => spec.lines.map(([name, values], k) => ({
        name, arm, values: values(run), colour: armColour(arm), dash: DASHES[k], width: runs.length > 1 ? WIDTHS[arm] : 2.2,
        label: t(`replay.line.${name}`), armLabel: runs.length > 1 ? labels[arm] : undefined,
    })));
    const title = [t(`replay.chart.${spec.name}`), spec.unit && unitText(spec.unit)].filter(Boolean).join(", ");
    const drawn = lineChart(lines, {
        months: clock.months, show: spec.show, top: spec.top?.(runs[0]), label: title,
        onMonth: (month) => {
            clock.pause(false);
            clock.set(month);
        },
    });
    const readouts = readoutRows(lines);
    const element = h("section", { class: "small-chart", "data-chart": spec.name },
        h("h3", null, title), drawn.element, readouts.element);
    const show = (month) => {
        drawn.show(month);
        lines.forEach((line, k) => {
            const x = line.values[month - 1];
            readouts.values[k].textContent = spec.show(x);
            if (isNumber(x)) readouts.values[k].dataset.value = x;
            else delete readouts.values[k].dataset.value;
        });
    };
    return { element, show };
}

/** Which line is which arm's. */
const armsLegend = (labels) => h("ul", { class: "legend" }, labels.map((label, arm) => h("li", null,
    sample({ colour: armColour(arm), dash: "none", width: WIDTHS[arm], label }), label)));

/** All charts of one or two runs, following the clock. */
export function charts(runs, labels, clock) {
    const all = CHARTS.filter((spec) => hasAnything(spec, runs)).map((spec) => chart(spec, runs, labels, clock));
    clock.onChange((month) => all.forEach((one) => one.show(month)));
    return [runs.length > 1 && armsLegend(labels), h("div", { class: "charts" }, all.map((one) => one.element))];
}
