// SPDX-License-Identifier: GPL-3.0-or-later
//
// Strengths, weaknesses, opportunities, threats in their classic two by two: each score with its interval, and what nine worlds of
// ten have.
import { h, svg } from "../../common/dom.js";
import { figure } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { capital } from "../../common/names.js";
import { brackets, decimal } from "../../common/number.js";
import { tableRows } from "../options/arms.js";
import { column, count, isNumber, methodOf, withInterval } from "../options/words.js";
import { aboutArm, theArm } from "./arm.js";

const SCORES = ["strengths", "weaknesses", "opportunities", "threats"];
const Z = 1.96,
    DIGITS = 3;

/** Scores of the arm: from the synergy analysis, which plays few worlds, or from the summary of all worlds where it has them. */
export function scoresOf(data) {
    const outcomes = data.summary?.arms?.find((arm) => arm.arm === theArm(data).name)?.outcomes ?? {};
    const analysed = new Map(tableRows(data, "synergy_swot").map((row) => [row.score, row]));
    return SCORES.map((score) => {
        const o = outcomes[`swot_${score}`];
        if (o && isNumber(o.mean))
            return {
                score,
                worlds: o.n,
                mean: o.mean,
                lo: isNumber(o.se) ? o.mean - Z * o.se : null,
                hi: isNumber(o.se) ? o.mean + Z * o.se : null,
                q05: o.q05,
                q50: o.median,
                q95: o.q95,
            };
        return analysed.get(score) ?? { score, mean: null };
    });
}

/** A score on a scale from 0 to `end`: bar to the mean, thin line for nine worlds of ten, thick for the interval. */
function bar(row, end, good) {
    const W = 300,
        y = 12,
        x = (v) => (W * Math.min(1, Math.max(0, v / end))).toFixed(1);
    const colour = good ? "var(--gain)" : "var(--loss)";
    return svg(
        "svg",
        { viewBox: `0 0 ${W} 24`, preserveAspectRatio: "none", class: "score", "aria-hidden": "true" },
        svg("rect", { x: 0, y: 5, width: W, height: 14, fill: "var(--soft)" }),
        svg("rect", { x: 0, y: 5, width: x(row.mean), height: 14, fill: colour, "fill-opacity": 0.45 }),
        isNumber(row.q05) &&
            isNumber(row.q95) &&
            svg("line", { x1: x(row.q05), x2: x(row.q95), y1: y, y2: y, stroke: "var(--text)", "stroke-width": 1.2 }),
        isNumber(row.lo) &&
            isNumber(row.hi) &&
            svg("line", { x1: x(row.lo), x2: x(row.hi), y1: y, y2: y, stroke: colour, "stroke-width": 6 }),
    );
}

function card(row, end) {
    const good = row.score === "strengths" || row.score === "opportunities";
    return h(
        "div",
        { class: `swot-card ${good ? "good" : "bad"}`, "data-score": row.score },
        h("h4", null, h("span", { "aria-hidden": "true" }, good ? "+ " : "− "), capital(t(`swot.${row.score}`))),
        isNumber(row.mean)
            ? [
                  h(
                      "p",
                      { class: "swot-number" },
                      h("strong", null, decimal(row.mean, DIGITS)),
                      " ",
                      h(
                          "span",
                          { class: "muted" },
                          brackets(row.lo, row.hi, (x) => decimal(x, DIGITS)),
                      ),
                  ),
                  bar(row, end, good),
                  h(
                      "p",
                      { class: "muted small" },
                      t("insight.swot.worlds", { q05: decimal(row.q05, DIGITS), q95: decimal(row.q95, DIGITS) }),
                  ),
              ]
            : h("p", { class: "muted" }, t("table.undefined")),
        h("p", { class: "small" }, t(`insight.swot.factors.${row.score}`)),
    );
}

function sentence(rows) {
    const by = Object.fromEntries(rows.map((row) => [row.score, row]));
    const compare = (good, bad, key) => {
        if (!isNumber(by[good].mean) || !isNumber(by[bad].mean)) return "";
        const [a, b] = [by[good], by[bad]];
        const kind =
            isNumber(a.lo) && isNumber(b.lo) && a.lo > b.hi
                ? "more"
                : isNumber(a.hi) && isNumber(b.hi) && a.hi < b.lo
                  ? "less"
                  : "same";
        return t(`insight.swot.${key}.${kind}`, { good: decimal(a.mean, DIGITS), bad: decimal(b.mean, DIGITS) });
    };
    const texts = [compare("strengths", "weaknesses", "inside"), compare("opportunities", "threats", "outside")].filter(
        Boolean,
    );
    return texts.length > 0
        ? [...texts, t("insight.swot.scale", { worlds: count(rows.find((row) => isNumber(row.mean)).worlds) })].join(" ")
        : t("insight.swot.none");
}

export const swot = {
    id: "swot",
    title: () => t("insight.swot.title"),
    applies: (data) => scoresOf(data).some((row) => isNumber(row.mean)),
    render: (data) => {
        const rows = scoresOf(data);
        const end = Math.max(0.05, ...rows.flatMap((row) => [row.mean, row.q95]).filter(isNumber)) * 1.05;
        const element = figure({
            id: "swot-figure",
            title: t("insight.swot.figure"),
            sentence: sentence(rows),
            method: [t("insight.swot.method"), methodOf(data, "synergy_swot") ?? ""].join(" ").trim(),
            table: {
                columns: [
                    column.text("score", t("column.score")),
                    ...withInterval("mean", t("column.mean")),
                    column.plain("q05", t("options.q05")),
                    column.plain("q50", t("options.q50")),
                    column.plain("q95", t("options.q95")),
                    column.count("worlds", t("options.worlds")),
                ],
                rows: rows.map((r) => [t(`swot.${r.score}`), r.mean, r.lo, r.hi, r.q05, r.q50, r.q95, r.worlds]),
            },
        });
        element.querySelector("figcaption").after(
            h(
                "div",
                { class: "swot" },
                rows.map((row) => card(row, end)),
            ),
        );
        return [aboutArm(data), element].filter(Boolean);
    },
};
