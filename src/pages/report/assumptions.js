// SPDX-License-Identifier: GPL-3.0-or-later
//
// Everything that goes in: each input with what this study takes for it, its unit, the evidence and the source; those that differ
// between worlds or options first. Can be filtered.
import { h, newId } from "../common/dom.js";
import { csv, save, table } from "../common/figure.js";
import { currentLanguage, study, t } from "../common/locale.js";
import { capital, nameOf } from "../common/names.js";
import { count, unitText } from "../common/number.js";
import { choice } from "../common/figure.js";
import { hasArms } from "./arms.js";
import { live } from "./options/live.js";
import { inWords } from "./words.js";

const MARKS = ["P", "R", "M", "A"];

function nameOfInput(input) {
    if (!input.name.startsWith("months.")) return capital(nameOf("param", input.name));
    return t("assumptions.months", { stage: nameOf("stage", input.name.slice("months.".length)) });
}

const meaning = (input) => currentLanguage() === "en" ? input.meaning : nameOf("meaning", input.name, input.meaning);

/** Words of a choice or flag. */
const word = (input) => (text) => text === "true" ? nameOf("value", "yes") : text === "false" ? nameOf("value", "no") :
    nameOf(`choice.${input.name}`, text);

const used = (input) => input.used === undefined ? "–" : inWords(input.used, word(input));

/** Does it differ between worlds (2), between options only (1), or is it fixed (0)? */
const rank = (input) => input.varies ? 2 : input.by_arm ? 1 : 0;

function rowsOf(data, state) {
    const text = state.text.trim().toLocaleLowerCase();
    return data.inputs
        .filter((input) => state.group === "" || input.group === state.group)
        .filter((input) => !state.varying || rank(input) > 0)
        .filter((input) => text === "" || [input.name, nameOfInput(input), meaning(input) ?? "", study(input.source ?? "")]
            .some((one) => one.toLocaleLowerCase().includes(text)))
        .map((input, i) => ({ input, i }))
        .sort((a, b) => rank(b.input) - rank(a.input) || a.i - b.i)
        .map(({ input }) => [
            nameOfInput(input), input.name, meaning(input) ?? "", used(input), unitText(input.unit, "count") || "",
            t(`assumptions.rank-${rank(input)}`), input.mark ?? "", study(input.source ?? ""),
        ]);
}

/** "120,000 USD"; for a distribution "60,000 to 240,000, most likely 120,000 (USD)". */
function withUnit(text, [, , , , unit]) {
    if (!unit || text === "–") return text;
    return /^\S+$/.test(text) ? `${text} ${unit}` : `${text} (${unit})`;
}

const columns = () => [
    { name: "input", label: t("assumptions.input"), show: (text, row) => h("span", null, text, h("br"), h("code", null, row[1])) },
    { name: "name", label: "", csvOnly: true },
    { name: "meaning", label: t("assumptions.meaning") },
    { name: "used", label: t("assumptions.used"), show: withUnit },
    { name: "unit", label: "", csvOnly: true },
    { name: "varies", label: t("assumptions.varies") },
    { name: "evidence", label: "", csvOnly: true },
    { name: "source", label: t("assumptions.evidence"), show: (text, row) => [row[6], text].filter(Boolean).join(" · ") },
];

function summary(data) {
    const by = (test) => data.inputs.filter(test).length;
    const marked = MARKS.filter((mark) => by((input) => input.mark === mark) > 0);
    return [
        h("p", null, t("assumptions.sentence", {
            n: count(data.inputs.length), varies: count(by((input) => rank(input) === 2)),
            assumed: count(by((input) => input.mark === "A")),
        }), hasArms(data) ? ` ${t("assumptions.arms", { n: count(by((input) => input.by_arm)) })}` : ""),
        h("dl", { class: "marks" }, marked.map((mark) => h("div", null, h("dt", null, mark),
            h("dd", null, `${capital(nameOf("mark", mark))}: ${count(by((input) => input.mark === mark))}`)))),
    ];
}

function filter(data, state, refresh) {
    const groups = [...new Set(data.inputs.map((input) => input.group))];
    const text = newId("filter"), varying = newId("varying");
    return h("div", { class: "controls" },
        h("span", { class: "choice" }, h("label", { for: text }, t("assumptions.search")), " ",
            h("input", { type: "search", id: text, value: state.text, oninput: (event) => refresh({ text: event.target.value }) })),
        choice(t("assumptions.group"), [
            { value: "", label: t("assumptions.all") },
            ...groups.map((group) => ({ value: group, label: capital(nameOf("group", group)) })),
        ], state.group, (group) => refresh({ group })),
        h("span", { class: "choice" },
            h("input", {
                type: "checkbox", id: varying, checked: state.varying,
                onchange: (event) => refresh({ varying: event.target.checked }),
            }),
            h("label", { for: varying }, t("assumptions.only-varying"))));
}

/** Filters stay as they are while the table below them is made anew. */
function inputs(data) {
    return live("assumptions", { text: "", group: "", varying: false }, (state) => {
        const status = h("p", { class: "muted", role: "status" });
        const holder = h("div", { class: "assumptions" });
        const refresh = (change) => {
            Object.assign(state, change);
            const rows = rowsOf(data, state);
            status.textContent = t("assumptions.shown", { n: count(rows.length), all: count(data.inputs.length) });
            holder.replaceChildren(table({ caption: t("assumptions.caption"), columns: columns(), rows }));
        };
        refresh({});
        return h("div", null, filter(data, state, refresh), status, holder, h("p", null, h("button", {
            type: "button", class: "screen",
            onclick: () => save("assumptions.csv", "text/csv;charset=utf-8", csv(columns(), rowsOf(data, state))),
        }, t("figure.csv"))));
    });
}

export const assumptions = {
    id: "assumptions",
    title: () => t("assumptions.title"),
    applies: (data) => data.inputs?.length > 0,
    render: (data) => [...summary(data), inputs(data)],
};
