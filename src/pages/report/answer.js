// SPDX-License-Identifier: GPL-3.0-or-later
//
// The claim audit: in what share of the worlds does what the study claims hold, and what happened in the others? A report of one
// arm opens with it. With several arms there is a bar for each, and a select of the claim.
import { h } from "../common/dom.js";
import { choice, figure } from "../common/figure.js";
import { study, t } from "../common/locale.js";
import { outcomeOf } from "../common/outcome.js";
import { capital } from "../common/names.js";
import { count, isNumber, months, share, shareBrackets, shareInterval } from "../common/number.js";
import { armLabel, hasArms, mainArm, summaryOf } from "./arms.js";
import { fateBars, fateLegend, fateName, fatesIn, fatesOf } from "./fates.js";
import { among, live } from "./options/live.js";

const outcome = (data, claim) => outcomeOf(data, claim.metric);

/** "Joint saving: 30–40 %": what is claimed, from the claim's own numbers, not from its name. */
const label = (data, claim) => {
    const metric = outcome(data, claim);
    return `${metric.Label}: ${metric.range(claim.lowest, claim.highest)}`;
};

const interval = ({ share: x, lo, hi }) => shareInterval(x, lo, hi);

/** A row of the chart: a claim in an arm. */
const rowOf = (text, claim) => ({
    label: text,
    value: interval(claim.holds),
    worlds: claim.holds.n,
    fates: fatesOf(claim),
    lo: claim.holds.lo,
    hi: claim.holds.hi,
    claim,
});

/** "It fails mostly because ...": the most frequent fate beside holding. */
function mainFailure(row) {
    const [fate, n] = Object.entries(row.fates).filter(([name]) => name !== "inside").sort((a, b) => b[1] - a[1])[0];
    return n > 0 ? t("answer.otherwise", { fate: fateName(fate), share: share(n / row.worlds) }) : t("answer.always");
}

/** A column of shares with their intervals; `at`: index of the share in a row. */
const shareColumns = (name, text, at) => [
    { name: `${name}_share`, label: text, numeric: true, show: (x, row) => shareInterval(x, row[at + 1], row[at + 2]) },
    { name: `${name}_lo`, label: "", csvOnly: true },
    { name: `${name}_hi`, label: "", csvOnly: true },
];

/** The table behind the bars: every fate's worlds and share. */
function tableOf(rows, head) {
    const fates = fatesIn(rows);
    return {
        columns: [
            { name: head.name, label: head.label },
            ...head.source ? [{ name: "source", label: t("answer.source") }] : [],
            { name: "worlds", label: t("answer.worlds"), show: count },
            ...shareColumns("holds", t("answer.holds-all"), head.source ? 3 : 2),
            ...shareColumns("holds_completed", t("answer.holds-completed"), head.source ? 6 : 5),
            ...fates.map((fate) => ({ name: `worlds_${fate}`, label: t("answer.worlds-fate", { fate: fateName(fate) }), show: count })),
        ],
        rows: rows.map(({ label: text, claim, worlds, fates: n }) => [
            text, ...head.source ? [study(claim.source)] : [], worlds,
            ...[claim.holds, claim.holds_completed].flatMap((x) => [x.share, x.lo, x.hi]),
            ...fates.map((fate) => n[fate] ?? 0),
        ]),
    };
}

/** The first claim in big letters. */
function headline(data, claim) {
    const metric = outcome(data, claim);
    const { holds, holds_completed: completed } = claim;
    if (!isNumber(holds.share)) return h("p", { class: "big" }, t("answer.none"));
    const [before, after] = t("answer.big", {
        metric: metric.label, range: metric.range(claim.lowest, claim.highest), worlds: count(holds.n),
    }).split("{share}");
    return h("div", { class: "headline" },
        h("p", { class: "big" }, before,
            h("strong", { "data-value": holds.share, class: "share" }, share(holds.share)), " ",
            h("span", { class: "interval" }, shareBrackets(holds.lo, holds.hi)), after),
        h("p", null, isNumber(completed.share) ?
            t("answer.completed", { share: interval(completed), n: count(completed.n), part: share(completed.n / holds.n) }) :
            t("answer.none-completed")),
        claim.source && h("p", { class: "muted" }, capital(study(claim.source))));
}

function oneArm(data) {
    const { claims } = summaryOf(data, 0);
    const rows = claims.map((claim) => rowOf(label(data, claim), claim));
    const sorted = rows.filter((row) => row.worlds > 0);
    const most = Math.max(...sorted.map((row) => row.claim.holds.share));
    const least = Math.min(...sorted.map((row) => row.claim.holds.share));
    const sentence = sorted.length === 0 ? t("answer.none") :
        sorted.length === 1 ? t("answer.one", { claim: rows[0].label, share: rows[0].value, rest: mainFailure(rows[0]) }) :
            t("answer.several", {
                n: count(rows.length), least: share(least), most: share(most),
                worlds: count(rows[0].worlds), period: months(data.study.months),
                first: rows[0].label, share: rows[0].value, rest: mainFailure(rows[0]),
            });
    return [headline(data, claims[0]), figure({
        id: "claims-fates",
        title: t("answer.fates"),
        sentence,
        legend: fateLegend(fatesIn(rows)),
        chart: (width) => fateBars(width, rows),
        method: t("answer.method"),
        table: tableOf(rows, { name: "claim", label: t("answer.claim"), source: true }),
    })];
}

/** One claim in all arms. */
function claimByArm(data, at) {
    const arms = data.study.arms.map((_, i) => i);
    const rows = arms.map((i) => rowOf(armLabel(data, i), summaryOf(data, i).claims[at])).filter((row) => row.worlds > 0);
    const claim = summaryOf(data, mainArm(data)).claims[at];
    const sorted = [...rows].sort((a, b) => b.claim.holds.share - a.claim.holds.share);
    const best = sorted[0], last = sorted[sorted.length - 1];
    return { rows, claim, sentence: rows.length === 0 ? t("answer.none") : t("answer.arms", {
        claim: label(data, claim), best: best.label, share: best.value, last: last.label, least: last.value,
        worlds: count(best.worlds), period: months(data.study.months),
    }) };
}

function manyArms(data) {
    const choices = data.study.claims.map((claim, i) => ({ value: String(i), label: label(data, claim) }));
    return live("claims", { claim: "0" }, (state, set) => {
        const at = Number(among(choices, state.claim));
        const { rows, claim, sentence } = claimByArm(data, at);
        return figure({
            id: "claims-fates",
            title: label(data, claim),
            sentence,
            controls: choice(t("answer.choose"), choices, String(at), (value) => set({ claim: value })),
            legend: fateLegend(fatesIn(rows)),
            chart: (width) => fateBars(width, rows),
            method: `${claim.source ? `${capital(t("answer.source"))}: ${study(claim.source)}. ` : ""}${t("answer.method")}`,
            table: tableOf(rows, { name: "option", label: t("arm.option") }),
        });
    });
}

export const answer = {
    id: "answer",
    title: () => t("answer.title"),
    applies: (data) => data.study.claims.length > 0 && data.summary?.arms?.[0]?.claims?.length > 0,
    render: (data) => hasArms(data) ? manyArms(data) : oneArm(data),
};
