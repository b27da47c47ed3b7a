// SPDX-License-Identifier: GPL-3.0-or-later
//
// A figure that changes many times a second: built like those of the report (title, sentence, chart, numbers as a table), but only
// the parts that changed are put in anew, and the table only while it is open.
import { h } from "../common/dom.js";
import { csv, save, table } from "../common/figure.js";
import { t } from "../common/locale.js";

/**
 * @param {{id: string, title: string, controls?: Node, method?: string}} spec
 * @returns {{element: HTMLElement, update: (parts: {sentence: string, legend?: Node, chart?: (width: number) => Element,
 *     table?: {columns: object[], rows: any[][]}}) => void}}
 */
export function liveFigure({ id, title, controls, method }) {
    const sentence = h("p", { class: "sentence" }), legend = h("div"), chart = h("div", { class: "chart" }), numbers = h("div");
    let parts = null, width = 0;
    const details = h("details", { class: "data", ontoggle: () => fillTable() }, h("summary", null, t("figure.data")), numbers);

    function draw() {
        width = Math.floor(chart.clientWidth);
        if (!parts?.chart || width === 0) return;
        const node = parts.chart(width);
        node.setAttribute("role", "img");
        node.setAttribute("aria-label", parts.sentence);
        if (chart.firstChild !== node) chart.replaceChildren(node);
    }

    function fillTable() {
        if (!details.open || !parts?.table) return;
        const { columns, rows } = parts.table;
        const scrolled = numbers.querySelector(".scroll")?.scrollTop ?? 0;
        numbers.replaceChildren(table({ caption: title, columns, rows }), h("p", null, h("button", {
            type: "button", onclick: () => save(`laboratory-${id}.csv`, "text/csv;charset=utf-8", csv(columns, rows)),
        }, t("figure.csv"))));
        numbers.querySelector(".scroll").scrollTop = scrolled;
    }

    new ResizeObserver(() => Math.floor(chart.clientWidth) !== width && draw()).observe(chart);
    return {
        element: h("figure", { id, "data-figure": id },
            h("figcaption", null, h("h2", null, title), sentence),
            controls && h("div", { class: "controls" }, controls),
            legend, chart, method && h("p", { class: "method" }, method), details),
        update: (next) => {
            parts = next;
            if (sentence.textContent !== parts.sentence) sentence.textContent = parts.sentence;
            legend.replaceChildren(...(parts.legend ? [parts.legend] : []));
            draw();
            fillTable();
        },
    };
}
