// SPDX-License-Identifier: GPL-3.0-or-later
//
// The four big numbers of every option: additional members, public money for each, social net present value, survival of the
// platform. A table with small intervals in its cells, sorted by a click; cards on a phone.
import { h } from "../../common/dom.js";
import { figure } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { capital } from "../../common/names.js";
import { months, UNDEFINED } from "../../common/number.js";
import { answer } from "./answer.js";
import { armsOf, tableRows } from "./arms.js";
import { live } from "./live.js";
import { spark } from "./spark.js";
import { column, count, interval, isNumber, methodOf, quantity, scaleOf, withInterval } from "./words.js";

const FEW = 5; // options that are shown in large type

/** One row an option: the row of the table `options` joined to its arm; in the study's order. */
export function numbersOf(data) {
    const rows = new Map(tableRows(data, "options").map((row) => [row.arm, row]));
    return armsOf(data)
        .filter((arm) => rows.has(arm.name))
        .map((arm) => ({ ...arm, ...rows.get(arm.name), label: arm.label, arm }));
}

/** The four numbers. `own`: what stands for the baseline itself; `drawn`: is there a number; `extra`: a line below. */
const NUMBERS = [
    {
        key: "members_more",
        unit: "firm",
        type: "ratio",
        mark: 0,
        ascending: false,
        own: (row) => quantity(row.members, "firm"),
        ownLabel: "options.members",
    },
    { key: "per_member", unit: "USD", type: "money", mark: 0, ascending: true, drawn: (row) => !priceLack(row) },
    {
        key: "npv_more",
        unit: "USD",
        type: "money",
        mark: 0,
        ascending: false,
        own: (row, data) => quantity(baselineValue(data), "USD"),
        ownLabel: "outcome.npv_social",
        extra: (row) =>
            isNumber(row.npv_per_usd)
                ? t("options.per-dollar", {
                      value: `${quantity(row.npv_per_usd)} ${interval(row.npv_per_usd_lo, row.npv_per_usd_hi)}`.trim(),
                  })
                : null,
    },
    { key: "survival", unit: "1", type: "share", domain: [0, 1], ascending: false, level: true },
];

/** Why there is no price of a member; null where there is one. */
export function priceLack(row) {
    if (row.baseline) return "none";
    if (!isNumber(row.public_money) || row.public_money === 0) return "no-money";
    if (!isNumber(row.per_member)) return "undefined";
    if (row.public_money < 0 && row.members_more_lo > 0) return "saves";
    if (!isNumber(row.per_member_lo) || !isNumber(row.per_member_hi)) return "not-clear";
    return row.per_member <= 0 ? "fewer" : null;
}

const baselineValue = (data) =>
    tableRows(data, "differences").find((row) => row.outcome === "npv_social")?.baseline ??
    tableRows(data, "decision").find((row) => row.over_baseline === 0)?.net_benefit;

/** Numbers with what their column shares: the scale of its texts, and [lowest, highest] of its marks (null: nothing is drawn). */
function columnsOf(rows) {
    return NUMBERS.map((number) => {
        const all = rows
            .filter((row) => (number.level || !row.baseline) && (number.drawn?.(row) ?? true))
            .flatMap((row) => [row[number.key], row[`${number.key}_lo`], row[`${number.key}_hi`]])
            .filter(isNumber);
        const scale = scaleOf(
            all,
            number.unit,
            number.type,
            !number.level && number.key !== "per_member",
            number.key === "per_member" ? 1 : 0,
        );
        return {
            ...number,
            scale,
            domain: number.domain ?? (all.length === 0 ? null : [Math.min(0, ...all), Math.max(0, ...all)]),
        };
    });
}

/** What stands where an option has no number of its own: the baseline's level, or why there is no price. */
function ownCell(number, row, data) {
    const text = row.baseline
        ? (number.own?.(row, data) ?? "")
        : number.key === "per_member"
          ? t(`options.price.${priceLack(row)}`)
          : UNDEFINED;
    const label = row.baseline ? number.ownLabel && capital(t(number.ownLabel)) : t(`options.short.${number.key}`);
    return h(
        "td",
        { role: "cell", "data-label": label || null, "data-key": number.key, class: text === "" ? "empty" : null },
        h("span", { class: "own" }, text),
    );
}

function cell(number, row, data) {
    const value = row[number.key],
        lo = row[`${number.key}_lo`],
        hi = row[`${number.key}_hi`];
    if ((!number.level && row.baseline) || !isNumber(value) || !(number.drawn?.(row) ?? true))
        return ownCell(number, row, data);
    const [shown, ...bounds] = number.scale.interval(value, lo, hi).split(" [");
    const extra = number.extra?.(row);
    return h(
        "td",
        {
            role: "cell",
            "data-label": number.scale.title(t(`options.short.${number.key}`)),
            "data-value": value,
            "data-key": number.key,
        },
        h("strong", null, shown),
        " ",
        h("span", { class: "interval" }, bounds.length > 0 ? `[${bounds[0]}` : ""),
        number.domain && spark({ value, lo, hi, domain: number.domain, mark: number.mark }),
        extra && h("span", { class: "extra" }, extra),
    );
}

function optionRow(row, data, columns, label) {
    return h(
        "tr",
        { role: "row", "data-arm": row.name, class: row.baseline ? "baseline" : null },
        h(
            "th",
            { scope: "row", role: "rowheader" },
            label,
            row.baseline && h("span", { class: "tag" }, t("options.baseline")),
        ),
        columns.map((number) => cell(number, row, data)),
    );
}

/** Body rows: in the study's order under the names of their families, or sorted without them. */
function body(rows, data, columns, state) {
    const number = NUMBERS.find((one) => one.key === state.sort);
    if (number) {
        const value = (row) => (isNumber(row[number.key]) && (number.drawn?.(row) ?? true) ? row[number.key] : null);
        const order = state.ascending ? 1 : -1;
        return [...rows]
            .sort((a, b) => (value(a) === null) - (value(b) === null) || order * (value(a) - value(b)) || a.index - b.index)
            .map((row) => optionRow(row, data, columns, row.label));
    }
    let last = null;
    return rows.flatMap((row) => {
        const head =
            row.family !== null && row.family !== last
                ? [
                      h(
                          "tr",
                          { role: "row", class: "family" },
                          h("th", { scope: "rowgroup", role: "rowheader", colspan: NUMBERS.length + 1 }, row.group),
                      ),
                  ]
                : [];
        last = row.family;
        return [
            ...head,
            optionRow(
                row,
                data,
                columns,
                row.family === null ? row.label : [h("span", { class: "group" }, `${row.group}, `), row.level],
            ),
        ];
    });
}

function headCell(number, state, set) {
    const active = state.sort === number.key;
    const sorted = active ? (state.ascending ? "ascending" : "descending") : null;
    const next = !active
        ? { sort: number.key, ascending: number.ascending }
        : state.ascending === number.ascending
          ? { ascending: !number.ascending }
          : { sort: null };
    const text = number.scale.title(t(`options.number.${number.key}`));
    return h(
        "th",
        { scope: "col", role: "columnheader", "aria-sort": sorted },
        h("span", { class: "on-paper", "aria-hidden": "true" }, text), // where buttons are left away
        h(
            "button",
            { type: "button", class: "sort", "data-sort": number.key, title: t("options.sort"), onclick: () => set(next) },
            text,
            h("span", { class: "arrow", "aria-hidden": "true" }, active ? (state.ascending ? " ▲" : " ▼") : " ↕"),
        ),
    );
}

function numbersTable(rows, data, state, set) {
    const columns = columnsOf(rows);
    // Roles stand here in full, for on a phone the parts are no table to the browser.
    return h(
        "table",
        { role: "table", class: `numbers ${rows.length <= FEW ? "few" : "many"}` },
        h(
            "caption",
            null,
            t("options.numbers.caption", { months: months(data.study.months), worlds: count(rows[0]?.worlds) }),
        ),
        h(
            "thead",
            { role: "rowgroup" },
            h(
                "tr",
                { role: "row" },
                h("th", { scope: "col", role: "columnheader" }, t("options.option")),
                columns.map((number) => headCell(number, state, set)),
            ),
        ),
        h("tbody", { role: "rowgroup" }, body(rows, data, columns, state)),
    );
}

/** The data behind, all columns. */
function dataTable(rows) {
    return {
        columns: [
            column.text("option", t("options.option")),
            column.number("members", t("options.members"), "firm", "ratio"),
            ...withInterval("members_more", t("options.number.members_more"), "firm", "ratio"),
            column.number("public_money_usd", t("options.public-money"), "USD"),
            ...withInterval("usd_per_member", t("options.number.per_member"), "USD/firm"),
            ...withInterval("npv_more_usd", t("options.number.npv_more"), "USD"),
            ...withInterval("npv_per_usd", t("options.npv-per-usd")),
            column.share("survival", t("options.number.survival")),
            column.share("survival_lo", t("options.from")),
            column.share("survival_hi", t("options.to")),
            column.share("npv_better", t("options.npv-better")),
            column.count("worlds", t("options.worlds")),
            column.count("left_out", t("options.left-out")),
        ],
        rows: rows.map((r) => [
            r.label,
            r.members,
            r.members_more,
            r.members_more_lo,
            r.members_more_hi,
            r.public_money,
            r.per_member,
            r.per_member_lo,
            r.per_member_hi,
            r.npv_more,
            r.npv_more_lo,
            r.npv_more_hi,
            r.npv_per_usd,
            r.npv_per_usd_lo,
            r.npv_per_usd_hi,
            r.survival,
            r.survival_lo,
            r.survival_hi,
            r.npv_better,
            r.worlds,
            r.left_out,
        ]),
    };
}

export const bigNumbers = {
    id: "options",
    title: (data) =>
        t(
            tableRows(data, "options").some((row) => row.public_money)
                ? "options.numbers.title"
                : "options.numbers.title-free",
        ),
    applies: (data) => data.study.arms.length > 1 && tableRows(data, "options").length > 0,
    render: (data) => {
        const rows = numbersOf(data);
        return [
            answer(data, rows),
            live("options.numbers", { sort: null, ascending: false }, (state, set) => {
                const element = figure({
                    id: "big-numbers",
                    title: t("options.numbers.figure"),
                    sentence: t("options.numbers.sentence"),
                    method: methodOf(data, "options"),
                    table: dataTable(rows),
                });
                element
                    .querySelector("figcaption")
                    .after(h("div", { class: "numbers-box" }, numbersTable(rows, data, state, set)));
                return element;
            }),
        ];
    },
};
