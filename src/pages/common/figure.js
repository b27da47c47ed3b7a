// SPDX-License-Identifier: GPL-3.0-or-later
//
// A figure: what it is, one sentence that says what is seen, the chart, how it was computed, and the numbers as a table that can
// be saved as CSV. The sentence is the chart's text alternative.
import { h, newId } from "./dom.js";
import { t } from "./locale.js";
import { isNumber, UNDEFINED } from "./number.js";

/**
 * @typedef {object} Column  One column of a table.
 * @property {string} name     name in the CSV file; plain ASCII with the unit if it has one (holds_percent)
 * @property {string} label    head in the page's language, with unit
 * @property {(value: any, row: any[]) => string|Node} [show]   how a cell is written; numbers and texts as they are without it
 * @property {boolean} [csvOnly]  stands in the file, not on the page: what another column shows with it, such as an interval
 * @property {boolean} [numeric]  right-aligned; true by default where `show` is given or the values are numbers
 */

/** A cell's text: "–" with a reason for what is undefined. */
function cellOf(column, value, row, tag, attributes) {
    const numeric = column.numeric;
    const text = value === null || value === undefined || Number.isNaN(value) ? UNDEFINED :
        column.show ? column.show(value, row) : String(value);
    return h(tag, {
        ...attributes,
        class: numeric ? "numeric" : null,
        "data-value": isNumber(value) || typeof value === "string" ? value : null,
        title: text === UNDEFINED ? t("table.undefined") : null,
    }, text);
}

/**
 * A table in a region that scrolls sideways and can be reached by keyboard. The first column heads the rows.
 * @param {{caption: string, columns: Column[], rows: any[][]}} spec  rows of raw values, as many as columns
 * @returns {HTMLElement}
 */
export function table({ caption, columns, rows }) {
    const id = newId("table");
    const seen = columns.map((column, i) => i).filter((i) => !columns[i].csvOnly);
    const numeric = columns.map((column, i) => column.numeric ?? rows.some((row) => isNumber(row[i])));
    return h("div", { class: "scroll", role: "region", tabindex: 0, "aria-labelledby": id },
        h("table", null,
            h("caption", { id }, caption),
            h("thead", null, h("tr", null, seen.map((i) =>
                h("th", { scope: "col", class: numeric[i] ? "numeric" : null }, columns[i].label)))),
            h("tbody", null, rows.map((row) => h("tr", null, seen.map((i) =>
                cellOf({ ...columns[i], numeric: numeric[i] }, row[i], row, i === 0 ? "th" : "td",
                    i === 0 ? { scope: "row" } : {})))))));
}

/** A field of CSV (RFC 4180); numbers with all their digits; empty where undefined. */
function csvField(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    let text = String(value).replace(/\u2060/g, ""); // word joiners are for the page
    // A spreadsheet takes a text that opens like this for a formula.
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Rows as CSV with a line of names. */
export const csv = (columns, rows) =>
    [columns.map((column) => column.name), ...rows].map((row) => row.map(csvField).join(",") + "\r\n").join("");

/** Hand a text to the browser as a file to be saved. */
export function save(name, type, text) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = h("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Draw `chart` at the box's width, again whenever that changes. Nothing is drawn at width 0 (hidden). */
function keepDrawn(box, chart, label) {
    let drawn = 0;
    const draw = () => {
        const width = Math.floor(box.clientWidth);
        if (width === 0 || width === drawn) return;
        drawn = width;
        const node = chart(width);
        node.setAttribute("role", "img");
        node.setAttribute("aria-label", label);
        box.replaceChildren(node);
    };
    new ResizeObserver(draw).observe(box);
    box.redraw = () => {
        drawn = 0;
        draw();
    };
}

/**
 * A chart in a box that keeps its width: for charts that are no figure of their own.
 * @param {(width: number) => Element} chart  width in CSS pixels
 * @param {string} label  what is seen, in a sentence
 */
export function chartBox(chart, label) {
    const box = h("div", { class: "chart" });
    keepDrawn(box, chart, label);
    return box;
}

/**
 * A figure.
 * @param {object} spec
 * @param {string} spec.id         id of the element; unique in the page
 * @param {string} spec.title      heading
 * @param {string} spec.sentence   what is seen, with its numbers, units and period
 * @param {(width: number) => Element} [spec.chart]  draws the chart `width` CSS pixels wide, 300 to 1000; takes colours from colour.js.
 *                                 Everything visible in it is hidden from screen readers: the sentence and the table are read
 * @param {string} [spec.method]   how it was computed, and what intervals mean
 * @param {Node} [spec.controls]   a select or so, above the chart
 * @param {Node} [spec.legend]     below the controls
 * @param {{columns: Column[], rows: any[][], caption?: string, open?: boolean}} [spec.table]
 * @param {string} [spec.file]     name of the CSV file; id.csv by default
 * @returns {HTMLElement}
 */
export function figure({ id, title, sentence, chart, method, controls, legend, table: data, file }) {
    return h("figure", { id, "data-figure": id },
        h("figcaption", null, h("h3", null, title), h("p", { class: "sentence" }, sentence)),
        controls && h("div", { class: "controls" }, controls),
        legend,
        chart && chartBox(chart, sentence),
        method && h("p", { class: "method" }, method),
        data && h("details", { class: data.open ? "data open" : "data", open: data.open },
            h("summary", null, t(chart ? "figure.data" : "figure.numbers")),
            table({ caption: data.caption ?? title, ...data }),
            h("p", null, h("button", {
                type: "button",
                onclick: () => save(file ?? `${id}.csv`, "text/csv;charset=utf-8", csv(data.columns, data.rows)),
            }, t("figure.csv")))));
}

/**
 * A legend of swatches with words.
 * @param {{label: string, colour: string, dash?: string, kind?: "line"|"box"|"dot"}[]} items
 */
export function legend(items) {
    return h("ul", { class: "legend" }, items.map(({ label, colour, dash, kind }) => h("li", null,
        swatch(colour, kind ?? "box", dash), label)));
}

function swatch(colour, kind, dash) {
    const element = h("span", { class: `swatch ${kind}`, "aria-hidden": "true" });
    element.style.setProperty("--swatch", colour);
    if (dash && dash !== "0") element.classList.add("dashed");
    return element;
}

/**
 * A labelled select.
 * @param {string} label
 * @param {{value: string, label: string}[]} choices
 * @param {string} value  the one that is chosen
 * @param {(value: string) => void} onChange
 */
export function choice(label, choices, value, onChange) {
    const id = newId("choice");
    return h("span", { class: "choice" }, h("label", { for: id }, label), " ",
        h("select", { id, onchange: (event) => onChange(event.target.value) },
            choices.map((one) => h("option", { value: one.value, selected: one.value === value }, one.label))));
}
