// SPDX-License-Identifier: GPL-3.0-or-later
//
// What carries the synergy: Shapley values of the channels, which of them need each other, at which level it arises, and what each
// stage of the mechanism adds.
import * as Plot from "@observablehq/plot";

import { armColour, LINE } from "../../common/colour.js";
import { choice, figure, legend } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { capital } from "../../common/names.js";
import { months } from "../../common/number.js";
import { tableRows } from "../options/arms.js";
import { among, live } from "../options/live.js";
import { axisTitles, domainOf, intervalRows, toneOf } from "../options/rows.js";
import {
    column,
    count,
    differenceInterval,
    interval,
    isNumber,
    methodOf,
    outcomeName,
    quantity,
    scaleOf,
    share,
    shareOf,
    textOr,
    typeOf,
    withInterval,
} from "../options/words.js";
import { aboutArm, distinct } from "./arm.js";

const TOTAL = "total";
const channelName = (name) => textOr(`channel.${name}`, name);
const levelName = (name) => textOr(`level.${name}`, name);
const stageName = (name) => textOr(`stage.${name}`, name);

/** Rows without the total, and the total. */
export const parted = (rows, key) => [rows.filter((row) => row[key] !== TOTAL), rows.find((row) => row[key] === TOTAL)];

function channelSentence(rows, total, data) {
    const known = rows.filter((row) => isNumber(row.value)).sort((a, b) => b.value - a.value);
    if (known.length === 0 || !total || !isNumber(total.value)) return t("insight.channels.none");
    const values = {
        total: `${quantity(total.value, "USD")} ${interval(total.lo, total.hi, "USD")}`,
        months: months(data.study.months),
        worlds: count(total.worlds),
    };
    if (total.value === 0) return t("insight.channels.zero", values);
    const part = (row) =>
        t("insight.channels.part", {
            channel: channelName(row.channel),
            share: shareOf(row.share, row.share_lo, row.share_hi),
            value: quantity(row.value, "USD"),
        });
    return t("insight.channels.sentence", { ...values, list: known.map(part).join("; ") });
}

function channelsFigure(data) {
    const [rows, total] = parted(tableRows(data, "synergy_channels"), "channel");
    const drawn = [...rows]
        .sort((a, b) => (b.value ?? 0) - (a.value ?? 0))
        .map((row) => ({
            label: capital(channelName(row.channel)),
            value: row.value,
            lo: row.lo,
            hi: row.hi,
            tone: toneOf(row.lo, row.hi, "-"),
        }));
    const scale = scaleOf(
        rows.map((row) => row.value),
        "USD",
    );
    return figure({
        id: "channels-figure",
        title: t("insight.channels.figure"),
        sentence: channelSentence(rows, total, data),
        chart: (width) => intervalRows(drawn, { width, scale, axis: t("insight.channels.axis"), bars: true }),
        method: methodOf(data, "synergy_channels"),
        table: {
            columns: [
                column.text("channel", t("column.channel")),
                ...withInterval("value_usd", t("column.value"), "USD"),
                column.share("share", t("column.share")),
                column.share("share_lo", t("options.from")),
                column.share("share_hi", t("options.to")),
                column.number("alone_usd", t("column.alone"), "USD"),
                column.number("last_usd", t("column.last"), "USD"),
                column.number("q05", t("options.q05"), "USD"),
                column.number("q95", t("options.q95"), "USD"),
                column.count("worlds", t("options.worlds")),
            ],
            rows: tableRows(data, "synergy_channels").map((r) => [
                channelName(r.channel),
                r.value,
                r.lo,
                r.hi,
                r.share,
                r.share_lo,
                r.share_hi,
                r.alone,
                r.last,
                r.q05,
                r.q95,
                r.worlds,
            ]),
        },
    });
}

function pairsFigure(data) {
    const rows = tableRows(data, "synergy_pairs");
    if (rows.length === 0) return null;
    const name = (row) => t("insight.pairs.pair", { a: channelName(row.channel_a), b: channelName(row.channel_b) });
    const sorted = [...rows].sort((a, b) => (b.interaction ?? 0) - (a.interaction ?? 0));
    const of = (kind) => sorted.filter((row) => row.kind === kind);
    const list = (some) =>
        some.map((row) => `${name(row)} ${differenceInterval(row.interaction, row.lo, row.hi, "USD")}`).join("; ");
    const texts = [
        of("complements").length > 0
            ? t("insight.pairs.complements", {
                  list: list(of("complements").slice(0, 3)),
                  n: count(of("complements").length),
                  all: count(rows.length),
              })
            : "",
        of("substitutes").length > 0 ? t("insight.pairs.substitutes", { list: list(of("substitutes").slice(0, 3)) }) : "",
    ].filter(Boolean);
    const scale = scaleOf(
        rows.map((row) => row.interaction),
        "USD",
        "money",
        true,
    );
    return figure({
        id: "pairs-figure",
        title: t("insight.pairs.figure"),
        sentence: texts.length > 0 ? texts.join(" ") : t("insight.pairs.none"),
        chart: (width) =>
            intervalRows(
                sorted.map((row) => ({
                    label: capital(name(row)),
                    value: row.interaction,
                    lo: row.lo,
                    hi: row.hi,
                    tone: toneOf(row.lo, row.hi, "more"),
                })),
                { width, scale, axis: t("insight.pairs.axis"), bars: true },
            ),
        method: methodOf(data, "synergy_pairs"),
        table: {
            columns: [
                column.text("pair", t("insight.pairs.head")),
                column.text("kind", t("column.kind")),
                ...withInterval("interaction_usd", t("column.interaction"), "USD"),
                column.number("q05", t("options.q05"), "USD"),
                column.number("q95", t("options.q95"), "USD"),
            ],
            rows: sorted.map((r) => [name(r), textOr(`pair.${r.kind}`, r.kind), r.interaction, r.lo, r.hi, r.q05, r.q95]),
        },
    });
}

/** Parts of the levels by channel, laid end to end: {level, channel, x1, x2, value}; parts below zero go to the left. */
export function stacks(rows, levels) {
    return levels.flatMap((level) => {
        let up = 0,
            down = 0;
        return rows
            .filter((row) => isNumber(row[level]))
            .map((row) => {
                const value = row[level];
                const from = value >= 0 ? up : down;
                if (value >= 0) up += value;
                else down += value;
                return { level, channel: row.channel, value, x1: from, x2: from + value };
            });
    });
}

function levelChart(parts, totals, channels, levels, width) {
    const scale = scaleOf(
        parts.flatMap((part) => [part.x1, part.x2]),
        "USD",
    );
    const domain = domainOf([
        ...parts.flatMap((part) => [{ value: part.x1 }, { value: part.x2 }]),
        ...totals.map((row) => ({ value: row.value, lo: row.lo, hi: row.hi })),
    ]);
    const titles = axisTitles(width, { left: 8, right: 12 }, { x: scale.title(t("insight.levels.axis")) });
    return Plot.plot({
        width,
        height: levels.length * 58 + 4 + titles.bottom,
        marginLeft: 8,
        marginRight: 12,
        marginTop: 4,
        marginBottom: titles.bottom,
        style: { fontSize: "12px", background: "none" },
        x: { domain, label: null, tickFormat: scale.show, ticks: Math.floor(width / 80) },
        y: { type: "band", domain: levels, axis: null, padding: 0.05 },
        marks: [
            Plot.gridX({ stroke: LINE, strokeOpacity: 1 }),
            Plot.barX(parts, {
                y: "level",
                x1: "x1",
                x2: "x2",
                insetTop: 22,
                insetBottom: 6,
                fill: (part) => armColour(channels.indexOf(part.channel)),
                stroke: "var(--page)",
                title: (part) => `${channelName(part.channel)}: ${quantity(part.value, "USD")}`,
            }),
            Plot.ruleY(
                totals.filter((row) => isNumber(row.lo)),
                { y: "level", x1: "lo", x2: "hi", dy: 8, stroke: "var(--text)", strokeWidth: 2 },
            ),
            Plot.dot(
                totals.filter((row) => isNumber(row.value)),
                { y: "level", x: "value", dy: 8, r: 4, fill: "var(--page)", stroke: "var(--text)", strokeWidth: 2 },
            ),
            Plot.text(totals, {
                y: "level",
                frameAnchor: "left",
                textAnchor: "start",
                dy: -17,
                fontWeight: 600,
                stroke: "var(--page)",
                strokeWidth: 4,
                fill: "var(--text)",
                text: (row) => `${capital(levelName(row.level))}: ${scale.interval(row.value, row.lo, row.hi)}`,
            }),
            titles.marks,
        ],
    });
}

function levelsFigure(data) {
    const [rows] = parted(tableRows(data, "synergy_level_channels"), "channel");
    const [totals, all] = parted(tableRows(data, "synergy_levels"), "level");
    if (rows.length === 0 || totals.length === 0) return null;
    const channels = distinct(rows, "channel"),
        levels = distinct(totals, "level");
    const list = [...totals]
        .filter((row) => isNumber(row.share))
        .sort((a, b) => b.share - a.share)
        .map((row) =>
            t("insight.levels.part", { level: levelName(row.level), share: shareOf(row.share, row.share_lo, row.share_hi) }),
        )
        .join("; ");
    return figure({
        id: "levels-figure",
        title: t("insight.levels.figure"),
        sentence: list
            ? t("insight.levels.sentence", { list, worlds: count(all?.worlds ?? totals[0].worlds) })
            : t("insight.levels.none"),
        legend: legend(channels.map((channel, i) => ({ label: capital(channelName(channel)), colour: armColour(i) }))),
        chart: (width) => levelChart(stacks(rows, levels), totals, channels, levels, width),
        method: methodOf(data, "synergy_level_channels"),
        table: {
            columns: [
                column.text("level", t("column.level")),
                ...withInterval("value_usd", t("column.value"), "USD"),
                ...channels.map((channel) => column.number(`${channel}_usd`, capital(channelName(channel)), "USD")),
            ],
            rows: totals.map((row) => [
                levelName(row.level),
                row.value,
                row.lo,
                row.hi,
                ...channels.map((channel) => rows.find((one) => one.channel === channel)?.[row.level] ?? null),
            ]),
        },
    });
}

function stagesFigure(data, state, set) {
    const rows = ["synergy_stages_value", "synergy_stages_take_up"].flatMap((name) => tableRows(data, name));
    const choices = distinct(rows, "outcome").map((value) => ({ value, label: outcomeName(value) }));
    const outcome = among(choices, state.outcome);
    const own = rows.filter((row) => row.outcome === outcome);
    const type = typeOf(data, outcome),
        unit = data.outcomes?.[outcome]?.unit ?? "1";
    const part = (row) =>
        t("insight.stages.part", {
            stage: stageName(row.stage),
            value: differenceInterval(row.adds, row.lo, row.hi, unit, type),
            better: share(row.better, 0),
        });
    const known = own.filter((row) => isNumber(row.adds));
    return figure({
        id: "stages-add-figure",
        title: t("insight.stages.figure", { outcome: outcomeName(outcome) }),
        sentence:
            known.length > 0
                ? t("insight.stages.sentence", {
                      outcome: outcomeName(outcome),
                      list: known.map(part).join("; "),
                      worlds: count(known[0].worlds),
                      months: months(data.study.months),
                  })
                : t("insight.channels.none"),
        controls: choice(t("options.outcome"), choices, outcome, (value) => set({ outcome: value })),
        chart: (width) =>
            intervalRows(
                own.map((row) => ({
                    label: capital(stageName(row.stage)),
                    value: row.adds,
                    lo: row.lo,
                    hi: row.hi,
                    tone: toneOf(row.lo, row.hi, "more"),
                })),
                {
                    width,
                    scale: scaleOf(
                        own.flatMap((row) => [row.adds, row.lo, row.hi]),
                        unit,
                        type,
                        true,
                    ),
                    axis: t("options.differences.axis", { outcome: outcomeName(outcome) }),
                    bars: true,
                },
            ),
        method: methodOf(data, "synergy_stages_value"),
        table: {
            columns: [
                column.text("stage", t("column.stage")),
                ...withInterval("adds", t("column.adds"), unit, type),
                column.number("with", t("column.with"), unit, type),
                column.number("without", t("column.without"), unit, type),
                column.share("better", t("insight.stages.better")),
                column.count("worlds", t("options.worlds")),
            ],
            rows: own.map((r) => [stageName(r.stage), r.adds, r.lo, r.hi, r.with, r.without, r.better, r.worlds]),
        },
    });
}

export const channels = {
    id: "channels",
    title: () => t("insight.channels.title"),
    applies: (data) => tableRows(data, "synergy_channels").length > 0,
    render: (data) =>
        [
            aboutArm(data),
            channelsFigure(data),
            pairsFigure(data),
            levelsFigure(data),
            tableRows(data, "synergy_stages_value").length > 0 &&
                live("insight.stages", { outcome: "npv_social" }, (state, set) => stagesFigure(data, state, set)),
        ].filter(Boolean),
};
