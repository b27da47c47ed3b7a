// SPDX-License-Identifier: GPL-3.0-or-later
//
// How an outcome is distributed over all worlds: a histogram with what the study claims, the median, and what is left out because it
// is undefined or lies outside the drawn range.
import * as Plot from "@observablehq/plot";

import { isNarrow, plot } from "../common/chart.js";
import { ACCENT, LINE, MUTED } from "../common/colour.js";
import { choice, figure, legend } from "../common/figure.js";
import { t } from "../common/locale.js";
import { outcomeOf } from "../common/outcome.js";
import { bare, count, decimal, isNumber, share, shareInterval } from "../common/number.js";
import { armChoice, hasArms, mainArm, ofArm, summaryOf } from "./arms.js";
import { among, live } from "./options/live.js";

const histogramOf = (data, arm, outcome) =>
    data.histograms.find((one) => one.arm === data.study.arms[arm].name && one.outcome === outcome);

const total = (counts) => counts.reduce((sum, n) => sum + n, 0);

/** Worlds that were played: with a value, or without. */
const worldsIn = (one) => total(one.counts) + one.below + one.above + one.undefined;

function classesOf(one, claim) {
    const worlds = worldsIn(one);
    return one.counts.map((n, i) => {
        const lo = one.edges[i], hi = one.edges[i + 1], middle = (lo + hi) / 2;
        const inside = claim && !(isNumber(claim.lowest) && middle < claim.lowest) &&
            !(isNumber(claim.highest) && middle > claim.highest);
        return { lo, hi, n, part: worlds > 0 ? n / worlds : 0, inside: Boolean(inside) };
    });
}

function chart(width, one, shown, claim, summary) {
    const classes = classesOf(one, claim);
    const domain = [one.edges[0], one.edges[one.edges.length - 1]];
    const bounds = claim ? [claim.lowest, claim.highest].filter((x) => isNumber(x) && x > domain[0] && x < domain[1]) : [];
    const axis = shown.axis(domain);
    const top = Math.max(...classes.map((d) => d.part), 1e-9);
    const medians = [summary?.median].filter((x) => isNumber(x) && x >= domain[0] && x <= domain[1]);
    return plot(width, {
        height: Math.round(Math.min(380, Math.max(260, width * 0.5))),
        marginLeft: 52, marginRight: 14, marginTop: 44, marginBottom: 42,
        x: { domain, label: `${axis.title} →`, labelAnchor: "right",
            tickFormat: axis.tick, ticks: isNarrow(width) ? 5 : 9, labelArrow: "none" },
        y: { domain: [0, top * 1.06], label: null, tickFormat: (x) => decimal(100 * x, top < 0.04 ? 1 : 0), ticks: 4 },
        marks: [
            Plot.gridY({ stroke: LINE, strokeOpacity: 1, ticks: 4 }),
            claim && Plot.rect([claim], {
                x1: (d) => isNumber(d.lowest) ? Math.max(domain[0], d.lowest) : domain[0],
                x2: (d) => isNumber(d.highest) ? Math.min(domain[1], d.highest) : domain[1],
                fill: "var(--holds)", fillOpacity: bounds.length > 0 ? 0.12 : 0,
            }),
            Plot.rect(classes, {
                x1: "lo", x2: "hi", y1: 0, y2: "part", insetLeft: 0.7, insetRight: 0.7,
                fill: (d) => d.inside ? "var(--holds)" : ACCENT,
                title: (d) => `${shown.bare(d.lo)}–${shown.bare(d.hi)} ${shown.unitText}\n${share(d.part)} (${count(d.n)})`,
            }),
            Plot.ruleX(bounds, { stroke: "var(--holds)", strokeDasharray: "5 4", strokeWidth: 1.3 }),
            Plot.ruleX(medians, { stroke: "var(--text)", strokeWidth: 1.8 }),
            Plot.text(medians, {
                x: (d) => d, text: (d) => t("distribution.median", { value: shown.show(d) }),
                frameAnchor: "top", fontSize: 12, fontWeight: 600,
                textAnchor: (medians[0] - domain[0]) / (domain[1] - domain[0]) > 0.6 ? "end" : "start", dx: 0, dy: -16,
            }),
            Plot.ruleY([0], { stroke: MUTED }),
            Plot.text([t("distribution.axis")], { frameAnchor: "top-left", dx: -50, dy: -38, fontSize: 12, fill: MUTED }),
        ].filter(Boolean),
    });
}

/** What is seen, in sentences. */
function sentence(one, shown, claim, summary) {
    const worlds = worldsIn(one), defined = worlds - one.undefined;
    const values = { outcome: shown.Label, worlds: count(worlds), defined: count(defined) };
    if (worlds === 0) return t("answer.none");
    if (defined === 0) return t("distribution.nowhere", values);
    const parts = [t("distribution.sentence", {
        ...values,
        median: shown.withInterval(summary.median, summary.median_lo, summary.median_hi),
        lo: shown.show(summary.q05), hi: shown.show(summary.q95),
    })];
    if (claim && isNumber(claim.holds.share)) {
        parts.push(t("distribution.inside", {
            share: shareInterval(claim.holds.share, claim.holds.lo, claim.holds.hi), range: shown.range(claim.lowest, claim.highest),
        }));
    }
    if (one.undefined > 0) {
        parts.push(t("distribution.undefined", { n: count(one.undefined), share: share(one.undefined / worlds) }));
    }
    if (one.below + one.above > 0) parts.push(t("distribution.outside", { below: count(one.below), above: count(one.above) }));
    if (one.missing > 0) parts.push(t("distribution.missing", { n: count(one.missing) }));
    return parts.join(" ");
}

function tableOf(one, shown, claim) {
    const unit = shown.unitText ? `, ${shown.unitText}` : "";
    const edge = (x) => bare(x, shown.unit, shown.type);
    const worlds = worldsIn(one);
    return {
        columns: [
            { name: "from", label: t("distribution.from") + unit, show: edge },
            { name: "to", label: t("distribution.to") + unit, show: edge },
            { name: "worlds", label: t("distribution.worlds"), show: count },
            { name: "share", label: t("distribution.share"), show: (x) => share(x, 2) },
        ],
        rows: [
            ...one.below > 0 ? [[null, one.edges[0], one.below, one.below / worlds]] : [],
            ...classesOf(one, claim).map((d) => [d.lo, d.hi, d.n, d.part]),
            ...one.above > 0 ? [[one.edges[one.edges.length - 1], null, one.above, one.above / worlds]] : [],
        ],
    };
}

function render(data) {
    const names = [...new Set(data.histograms.map((one) => one.outcome))];
    const choices = names.map((name) => ({ value: name, label: outcomeOf(data, name).Label }));
    const asked = data.study.claims.map((claim) => claim.metric).filter((name) => names.includes(name) && name !== "survival");
    const wanted = asked[0] ?? names[0]; // survival is 0 or 1: others have more to show
    return live("distribution", { outcome: wanted, arm: mainArm(data) }, (state, set) => {
        const name = among(choices, state.outcome);
        const one = histogramOf(data, state.arm, name);
        const shown = outcomeOf(data, name);
        const arm = summaryOf(data, state.arm);
        const claim = arm.claims.find((c) => c.metric === name);
        const summary = arm.outcomes[name];
        const drawn = one && total(one.counts) > 0;
        return figure({
            id: "distribution-figure",
            title: shown.Label + ofArm(data, state.arm),
            sentence: one ? sentence(one, shown, claim, summary) : t("answer.none"),
            controls: [choice(t("distribution.choose"), choices, name, (value) => set({ outcome: value })),
                armChoice(data, state.arm, (value) => set({ arm: value }))],
            legend: drawn && claim && legend([
                { label: t("distribution.holds", { range: shown.range(claim.lowest, claim.highest) }), colour: "var(--holds)" },
                { label: t("distribution.fails"), colour: ACCENT }]),
            chart: drawn ? (width) => chart(width, one, shown, claim, summary) : undefined,
            method: t(hasArms(data) ? "distribution.method-arms" : "distribution.method"),
            table: drawn ? tableOf(one, shown, claim) : undefined,
        });
    });
}

export const distribution = {
    id: "distribution",
    title: () => t("distribution.title"),
    applies: (data) => data.histograms?.length > 0,
    render,
};
