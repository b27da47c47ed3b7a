// SPDX-License-Identifier: GPL-3.0-or-later
//
// How to get the same numbers again: the study in full, the commands, what identifies the file.
import { h } from "../common/dom.js";
import { save } from "../common/figure.js";
import { t } from "../common/locale.js";
import { nameOf } from "../common/names.js";
import { count, decimal, isNumber } from "../common/number.js";
import { date, worldsOf } from "./head.js";

/** A name that a shell and a file system take as it is. */
const safe = (name) => name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+/, "") || "study";

const fact = (label, value) => value !== undefined && value !== null && value !== "" &&
    h("div", null, h("dt", null, label), h("dd", null, value));

function commands(data) {
    const name = safe(data.study.name);
    return [`klaster run ${name}.yaml -o ${name}.h5`, `klaster summary ${name}.h5`, `klaster report ${name}.h5 -o ${name}.html`,
        `klaster replay ${name}.h5 --point 0 --check`].join("\n");
}

function render(data) {
    const { study, file, program } = data;
    const name = `${safe(study.name)}.yaml`;
    return [
        h("p", null, t("reproduce.how")),
        h("p", null, h("button", {
            type: "button", class: "screen", onclick: () => save(name, "text/yaml;charset=utf-8", study.resolved),
        }, t("reproduce.save", { file: name }))),
        h("pre", { tabindex: 0 }, h("code", null, commands(data))),
        h("p", { class: "muted" }, t("reproduce.same")),
        h("dl", { class: "provenance" },
            fact(t("reproduce.command"), h("code", null, file.command)),
            fact(t("head.version"), `${program.name} ${program.version}${program.build ? ` (${program.build})` : ""}`),
            fact(t("reproduce.engine"), file.engine),
            fact(t("reproduce.format"), String(program.format)),
            fact(t("head.seed"), String(study.seed)),
            fact(t("reproduce.design"), t("reproduce.points", {
                design: nameOf("design", study.design), points: count(study.points),
                replicates: count(study.replicates), worlds: count(worldsOf(data)),
            })),
            fact(t("reproduce.runs"), t("reproduce.of", { done: count(file.runs_done), runs: count(file.runs) })),
            fact(t("reproduce.precision-asked"), file.precision_asked),
            fact(t("reproduce.precision-reached"), file.precision_reached),
            fact(t("head.made"), date(file.created)),
            fact(t("reproduce.took"), isNumber(file.seconds) ? t("reproduce.seconds", { n: decimal(file.seconds, 1) }) : undefined),
            fact(t("reproduce.sha"), h("code", { class: "sha" }, file.sha256))),
        h("details", { class: "study" }, h("summary", null, t("reproduce.text")), h("pre", { tabindex: 0 }, study.resolved)),
    ];
}

export const reproduce = {
    id: "reproduce",
    title: () => t("reproduce.title"),
    applies: () => true,
    render,
};
