// SPDX-License-Identifier: GPL-3.0-or-later
//
// Head and foot of the report: which study, how many worlds, is it complete; switches; where the numbers come from.
import { h } from "../common/dom.js";
import { currentLanguage, study, t } from "../common/locale.js";
import { count, months } from "../common/number.js";
import { languageSwitch, themeSwitch } from "../common/theme.js";

/** The date of an ISO time, as the page's language writes it; the text itself where it is none. */
export function date(text) {
    const time = new Date(text);
    if (Number.isNaN(time.getTime())) return text ?? "";
    if (currentLanguage() === "uz") return new Intl.DateTimeFormat("ru-RU", { timeZone: "UTC" }).format(time);
    const tag = currentLanguage() === "ru" ? "ru-RU" : "en-GB";
    return new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: "UTC" }).format(time);
}

/** Number of worlds of a study: points times replicates. */
export const worldsOf = (data) => data.study.points * data.study.replicates;

const fact = (label, value) => value !== undefined && value !== "" &&
    h("div", null, h("dt", null, label), h("dd", null, value));

/** Loud words where the file holds less than its study, or less than what was asked. */
function warnings({ file }) {
    const texts = [];
    if (!file.complete) {
        texts.push(t("head.incomplete", { done: count(file.runs_done), runs: count(file.runs) }));
    }
    return texts.map((text) => h("p", { class: "warning", role: "alert" }, h("strong", null, t("head.mind")), " ", text));
}

export function head(data) {
    const { study: s, program, file } = data;
    return h("header", { class: "head" },
        h("div", { class: "switches screen" },
            h("span", { class: "brand" }, program.name, " · ", t("report.name")),
            languageSwitch(), themeSwitch()),
        h("h1", null, study(s.title || s.name)),
        s.description && h("p", { class: "lead" }, study(s.description)),
        warnings(data),
        h("dl", { class: "facts" },
            fact(t("head.study"), s.name),
            fact(t("head.worlds"), count(worldsOf(data))),
            fact(t("head.period"), months(s.months)),
            fact(t("head.arms"), s.arms.length > 1 ? count(s.arms.length) : undefined),
            fact(t("head.seed"), String(s.seed)),
            fact(t("head.made"), date(file.created)),
            fact(t("head.version"), `${program.name} ${program.version}`)),
        h("p", { class: "muted" }, t("head.world")));
}

export function foot(data) {
    const { program, file } = data;
    const licences = document.getElementById("licences");
    return h("footer", { class: "foot" },
        h("p", null, t("foot.made", { program: `${program.name} ${program.version}`, engine: file.engine, file: file.name })),
        h("p", null, t("foot.sha"), " ", h("code", { class: "sha" }, file.sha256)),
        h("p", null, t("foot.limits")),
        licences && h("details", { class: "screen" }, h("summary", null, t("foot.licences")),
            licences.content.cloneNode(true)));
}
