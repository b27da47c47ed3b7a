// SPDX-License-Identifier: GPL-3.0-or-later
//
// The same as tables: months, firms, outcomes. They are the text alternative of network and charts, and what is printed.
import { h } from "../common/dom.js";
import { csv, save, table } from "../common/figure.js";
import { t } from "../common/locale.js";
import { capital, nameOf } from "../common/names.js";
import { count, decimal, moneyNumber as money, quantity, share } from "../common/number.js";
import { stageAt, STATES } from "./model.js";
import { stageName } from "./timeline.js";

const course = (name) => (run, m) => run.course[name][m];
const series = (name) => (run, m) => run.months[name][m];
const gained = (name) => (run, m) => run.course[name][m] - (m > 0 ? run.course[name][m - 1] : 0);

/** Columns of the months: name in CSV files, value, and how it is written. Heads are replay.column.<name>. */
const MONTH_COLUMNS = [
    ["members", course("members"), count], ["joined", gained("joins"), count], ["left", gained("leaves"), count],
    ["invited", course("invited"), count], ["trained", course("trained"), count],
    ["account", series("account"), money], ["fees", course("fees"), money], ["fee_subsidy", course("fee_subsidy"), money],
    ["support", course("support"), money], ["opex", course("opex"), money], ["spent", course("spent"), money],
    ["joint_cost", course("joint_cost"), money], ["saving_joint", series("saving_joint"), share],
    ["saving_net", series("saving_net"), share], ["usage", series("usage"), share], ["reach_cluster", series("reach_cluster"), share],
    ["quality", series("quality"), share], ["brand", series("brand"), share], ["trust", series("trust"), share],
    ["satisfaction", series("satisfaction"), share], ["net_benefit", series("net_benefit"), money],
    ["public_spending", series("public_spending"), money], ["score", course("score"), (x) => decimal(x, 2)],
];

const head = (name) => t(`replay.column.${name}`);

function withCsv(file, spec) {
    return h("div", { class: "with-csv" }, table(spec), h("p", { class: "screen" }, h("button", {
        type: "button", onclick: () => save(file, "text/csv;charset=utf-8", csv(spec.columns, spec.rows)),
    }, t("figure.csv"))));
}

export function monthsTable({ run }, label) {
    const columns = [{ name: "month", label: head("month") }, { name: "stage", label: head("stage"), numeric: false },
        ...MONTH_COLUMNS.map(([name, , show]) => ({ name, label: head(name), show: (x) => show(x) }))];
    const rows = run.course.members.map((_, m) => {
        const stage = stageAt(run, m + 1);
        return [m + 1, stage ? stageName(stage) : "", ...MONTH_COLUMNS.map(([, value]) => value(run, m))];
    });
    return withCsv(`months-${run.arm}.csv`, { caption: t("replay.months-caption", { arm: label }), columns, rows });
}

const firstMonth = (events, ...what) => events.find((event) => what.includes(event.what))?.month ?? null;

export function firmsTable(world, label, onPick) {
    const { run } = world, f = run.firms;
    const columns = [
        ["firm"], ["employees", count], ["sector"], ["exporter", (x) => t(x ? "replay.yes" : "replay.no")], ["budget", money],
        ["ties", count], ["pilot", (x) => t(x ? "replay.yes" : "replay.no")], ["wave"], ["joined_month"], ["left_month"],
        ["state"], ["usage", share], ["gain", money],
    ].map(([name, show]) => ({ name, label: head(name), show: show && ((x) => show(x)) }));
    const rows = world.byFirm.map((events, i) => [i, f.employees[i], f.sector[i], f.exporter[i], f.budget[i], f.ties[i],
        f.pilot[i], f.wave[i] || null, firstMonth(events, "joined"), firstMonth(events, "left", "sent_home"),
        t(`replay.state.${STATES[world.states[world.months][i]]}`), f.usage[i].at(-1) / 1000, f.gain[i]]);
    const element = withCsv(`firms-${run.arm}.csv`, { caption: t("replay.firms-caption", { arm: label }), columns, rows });
    element.querySelectorAll("tbody th").forEach((cell, firm) => cell.replaceChildren(
        h("button", { type: "button", class: "plain", onclick: () => onPick(firm) }, t("replay.firm", { firm }))));
    return element;
}

/** Outcomes of the runs side by side, with what they mean. */
export function outcomesTable(runs, labels, meta) {
    const cell = (name) => (x) => quantity(x, meta[name].unit, meta[name].type);
    const columns = [{ name: "outcome", label: head("outcome") },
        ...runs.map((run, k) => ({ name: run.arm, label: labels[k], numeric: true, show: (x, row) => cell(row.key)(x) }))];
    const rows = Object.keys(meta).filter((name) => runs.some((run) => run.outcomes[name] !== null)).map((name) => {
        const row = [capital(nameOf("outcome", name)), ...runs.map((run) => run.outcomes[name])];
        row.key = name;
        return row;
    });
    return withCsv("outcomes.csv", { caption: t("replay.outcomes-caption"), columns, rows });
}
