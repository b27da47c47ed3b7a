// SPDX-License-Identifier: GPL-3.0-or-later
//
// A run in words: what happened in a month, and what happened to a firm.
import { armColour } from "../common/colour.js";
import { h } from "../common/dom.js";
import { t } from "../common/locale.js";
import { capital } from "../common/names.js";
import { count, decimal, money, plural, share } from "../common/number.js";
import { lineChart } from "./charts.js";
import { STATES } from "./model.js";
import { stageName } from "./timeline.js";

const NAMED_MOST = 8; // firms that a sentence names one by one

/** What a firm is called for who cannot see it. */
export const firmLabel = (world, firm, month) => t("replay.firm-label", {
    firm, state: t(`replay.state.${STATES[world.states[month][firm]]}`), employees: count(world.run.firms.employees[firm]),
});

// ---- a month ----

function stageSentences(run, month) {
    const said = [];
    const begins = run.stages.find((stage) => stage.first === month);
    if (begins) said.push(t("replay.say.begins", { stage: capital(stageName(begins)) }));
    if (run.outcomes.month_built === month) said.push(t("replay.say.built"));
    for (const gate of run.gates.filter((one) => one.month === month)) {
        const key = run.parameters.gate === 1 ? gate.verdict : "no_gate";
        said.push(t(`replay.say.${key}`, { score: decimal(gate.score, 2), needed: decimal(run.parameters.gate_threshold, 2) }));
    }
    if (run.outcomes.month_rollout === month) said.push(t("replay.say.rolled_out"));
    if (run.outcomes.month_closed === month && run.status === "insolvent") said.push(t("replay.say.insolvent"));
    return said;
}

function accountSentences(run, month) {
    const now = run.months.account[month - 1], before = month > 1 ? run.months.account[month - 2] : 0;
    if (now < 0 && !(before < 0)) return [t("replay.say.below", { account: money(now) })];
    return now >= 0 && before < 0 ? [t("replay.say.above")] : [];
}

const named = (firms) => firms.length <= NAMED_MOST ? ` (${firms.join(", ")})` : "";

/** One sentence for each thing that happened, in the order in which the model does them. */
function firmSentences(world, month) {
    const of = (what) => world.byMonth[month].filter((event) => event.what === what);
    const pilot = new Set(of("pilot").map(({ firm }) => firm));
    const said = [];
    if (pilot.size > 0) said.push(plural("replay.say.pilot", pilot.size, { firms: named([...pilot]) }));
    for (const what of ["invited", "trained", "joined", "rejoined", "left", "sent_home"]) {
        const events = of(what).filter(({ firm }) => !pilot.has(firm));
        if (events.length === 0) continue;
        said.push(plural(`replay.say.${what}`, events.length, {
            firms: named(events.map(({ firm }) => firm)),
            waves: [...new Set(events.map(({ number }) => number))].join(", "),
        }));
    }
    if (said.length === 0) said.push(t("replay.say.quiet"));
    for (const what of ["entered", "innovation"]) {
        const n = of(what).length;
        if (n > 0) said.push(plural(`replay.say.${what}`, n));
    }
    return said;
}

/** What happened in a month, as sentences. */
export const monthSentences = (world, month) =>
    [...stageSentences(world.run, month), ...accountSentences(world.run, month), ...firmSentences(world, month)];

// ---- a firm ----

function marketWords(run, number) {
    const market = run.markets[number];
    return { market: number, where: t(market.abroad ? "replay.abroad" : "replay.domestic"), share: share(market.demand) };
}

function eventWords(run, { what, number }) {
    if (what === "invited") return t("replay.event.invited", { wave: number });
    if (what === "entered" || what === "withdrew") return t(`replay.event.${what}`, marketWords(run, number));
    return t(`replay.event.${what}`);
}

/** Lines of a firm's story: the month and what happened in it. @returns {{month: number, words: string}[]} */
export function firmStory(world, firm) {
    const months = new Map();
    for (const event of world.byFirm[firm]) {
        months.set(event.month, [...months.get(event.month) ?? [], eventWords(world.run, event)]);
    }
    return [...months].map(([month, words]) => ({ month, words: `${words.join(", ")}.` }));
}

const COURSES = [["usage", "none"], ["trust", "2 4"], ["satisfaction", "8 3"]];

/** Usage and satisfaction are of members only. */
function courseOf(world, firm, name) {
    return world.run.firms[name][firm].map((x, m) =>
        name === "trust" || STATES[world.states[m + 1][firm]] === "member" ? x / 1000 : null);
}

function firmChart(world, firm, arm, clock) {
    const lines = COURSES.map(([name, dash]) => ({ name, values: courseOf(world, firm, name), colour: armColour(arm), dash }));
    const chart = lineChart(lines, {
        months: world.months, show: (x) => share(x, 0), top: 1, label: t("replay.firm-chart", { firm }),
        onMonth: (month) => {
            clock.pause(false);
            clock.set(month);
        },
    });
    const values = lines.map(({ name }) => h("b", { class: "numeric", "data-course": name }));
    const element = h("div", null, chart.element, h("ul", { class: "readouts" }, lines.map(({ name, dash }, k) =>
        h("li", { class: `sample-${dash === "none" ? "whole" : dash === "2 4" ? "dots" : "dashes"} arm-${arm}` },
            h("i", { "aria-hidden": "true" }), h("span", null, t(`replay.line.${name}`)), values[k]))));
    const show = (month) => {
        chart.show(month);
        lines.forEach((line, k) => { values[k].textContent = share(line.values[month - 1]); });
    };
    return { element, show };
}

/** What happened to a firm in one arm, with its courses. @returns {{element: HTMLElement, show: (month: number) => void}} */
export function storyOf(world, firm, { arm, label, clock }) {
    const lines = firmStory(world, firm).map(({ month, words }) => ({
        month,
        element: h("li", { "data-month": month },
            h("button", { type: "button", class: "plain", onclick: () => clock.step(month - clock.month) }, t("replay.month", { month })),
            " ", words),
    }));
    const chart = firmChart(world, firm, arm, clock);
    const now = h("p", { class: "state-now" });
    const element = h("div", { class: "one-story" }, label && h("h4", { class: `arm-${arm}` }, label), now,
        lines.length > 0 ? h("ol", { class: "events" }, lines.map((line) => line.element)) : h("p", null, t("replay.no-events")),
        chart.element,
        h("p", null, t("replay.firm-gain", { money: money(world.run.firms.gain[firm]) })));
    const show = (month) => {
        now.textContent = t("replay.state-now", { month, state: t(`replay.state.${STATES[world.states[month][firm]]}`) });
        for (const line of lines) {
            line.element.classList.toggle("later", line.month > month);
            line.element.classList.toggle("now", line.month === month);
        }
        chart.show(month);
    };
    return { element, show };
}

/** What a firm is from the start: the same in every arm that draws the same cluster. */
export function firmFacts(run, firm) {
    const f = run.firms;
    const fact = (key, value) => h("div", null, h("dt", null, t(`replay.fact.${key}`)), h("dd", null, value));
    return h("dl", { class: "facts" },
        fact("employees", count(f.employees[firm])),
        fact("sector", String(f.sector[firm])),
        fact("exporter", t(f.exporter[firm] ? "replay.yes" : "replay.no")),
        fact("budget", money(f.budget[firm])),
        fact("ties", count(f.ties[firm])),
        fact("readiness", share(f.readiness[firm], 0)));
}
