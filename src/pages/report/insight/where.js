// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where a claim holds: a map of two inputs with the box that the analysis found, the box in words, and the worst fifth of every
// input, which is what breaks the claim first.
import { RAMP } from "../../common/colour.js";
import { h } from "../../common/dom.js";
import { choice, figure } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { capital } from "../../common/names.js";
import { outcomeOf } from "../../common/outcome.js";
import { tableRows } from "../options/arms.js";
import { among, live } from "../options/live.js";
import { intervalRows } from "../options/rows.js";
import {
    column,
    count,
    inputName,
    isNumber,
    methodOf,
    scaleOf,
    share,
    shareOf,
    significant,
    textOr,
    withInterval,
} from "../options/words.js";
import { aboutArm, distinct } from "./arm.js";
import { boxOn, cellsOf, heatChart, rampEnd } from "./heat.js";

const SHOWN = 10;

/** The claim that a condition ("joint-saving: saving_joint in [0.3, 0.4]") is about. */
export const claimOf = (condition) => condition.split(":")[0];

/** A claim by what it claims, not by its name: "joint saving 30–40 %". */
function claimName(data, name) {
    const claim = data.study.claims?.find((one) => one.name === name);
    if (!claim) return name;
    const metric = outcomeOf(data, claim.metric);
    return `${metric.label} ${metric.range(claim.lowest, claim.highest)}`;
}

/** Rows of a table of claims that are about one claim. */
const rowsAbout = (data, table, claim) => tableRows(data, table).filter((row) => claimOf(row.condition) === claim);

/** A unit behind an input's name, as the assumptions have it. */
function withUnitOf(data, name) {
    const unit = data.inputs?.find((input) => input.name === name)?.unit;
    const text = !unit || unit === "1" ? "" : textOr(`unit.${unit}`, unit);
    return text ? `${capital(inputName(name))}, ${text}` : capital(inputName(name));
}

/** A value of a choice in the page's words. */
const choiceText = (input, word) =>
    word === "true" ? t("value.yes") : word === "false" ? t("value.no") : textOr(`choice.${input}.${word}`, word);

const OPERATORS = {
    "at least": "insight.limit.least",
    "at most": "insight.limit.most",
    above: "limit.above",
    below: "limit.below",
    between: "limit.between",
    from: "limit.between",
    of: "limit.of",
};

/**
 * A limit in the page's words: "shareable part of budgets above 0.509". Which kind it is, the analysis says in its own words after the
 * input's name: "pilot_firms at least 4" (4 is within), "shareable above 0.509", "graph is random or blocks".
 * @param {{input: string, lo: number|null, hi: number|null}} row  of claims_limits or claims_inputs
 * @param {string} said  the analysis' words
 */
export function limitText(row, said) {
    const rest = String(said ?? "")
        .slice(row.input.length)
        .trim();
    const input = inputName(row.input);
    if (rest.startsWith("is "))
        return t("insight.limit.is", {
            input,
            values: rest
                .slice(3)
                .split(" or ")
                .map((word) => choiceText(row.input, word))
                .join(` ${t("insight.limit.or")} `),
        });
    const operator = Object.keys(OPERATORS).find((one) => rest.startsWith(`${one} `));
    if (!operator) return `${input} ${rest}`.trim();
    const show = (x) => (isNumber(x) ? significant(x, 3) : "");
    return t(OPERATORS[operator], {
        input,
        value: show(["at most", "below"].includes(operator) ? row.hi : row.lo),
        low: show(row.lo),
        high: show(row.hi),
    });
}

/** The worst fifth of an input in words. */
export const worstText = (row) => limitText(row, row.worst);

/** Limits of one box. */
const limitsOf = (data, claim, box) => rowsAbout(data, "claims_limits", claim).filter((row) => row.box === box.box);

const limitsText = (limits) =>
    limits.map((row) => limitText(row, row.limit)).reduce((first, second) => t("limit.and", { first, second }));

/** A box in words, with what it is worth. */
function boxText(data, claim, box) {
    const limits = limitsOf(data, claim, box);
    const values = { asked: share(box.required, 0) };
    if (!isNumber(box.density)) return box.role === "required" ? t("insight.where.never", values) : null;
    if (limits.length === 0) return box.role === "required" ? t("insight.where.always", values) : null;
    return t(`insight.where.box.${box.role}`, {
        ...values,
        limits: limitsText(limits),
        density: shareOf(box.density, box.density_lo, box.density_hi),
        support: share(box.support, 0),
        coverage: share(box.coverage, 0),
        worlds: count(box.worlds),
    });
}

/** The boxes of a claim as a list of sentences. */
function boxes(data, claim) {
    const texts = rowsAbout(data, "claims_boxes", claim)
        .map((box) => [box.role, boxText(data, claim, box)])
        .filter(([, text]) => text);
    if (texts.length === 0) return null;
    return h(
        "div",
        { class: "boxes" },
        h("h4", null, t("insight.where.boxes")),
        h(
            "ul",
            null,
            texts.map(([role, text]) => h("li", { "data-role": role }, text)),
        ),
        h("p", { class: "method" }, t("insight.where.held-out")),
    );
}

/** The scale of the map's colours. */
function ramp(end) {
    return h(
        "div",
        { class: "ramp", "aria-hidden": "true" },
        h("span", null, "0 %"),
        RAMP.map((colour) => {
            const step = h("span", { class: "step" });
            step.style.setProperty("--swatch", colour);
            return step;
        }),
        h("span", null, share(end, 0)),
        h("span", { class: "muted" }, t("insight.where.ramp")),
    );
}

function mapSentence(data, claim, heat, cells, box, names) {
    const known = cells.filter((cell) => cell.share !== null);
    if (known.length === 0) return t("insight.where.no-worlds");
    const total = known.reduce((sum, cell) => sum + cell.worlds, 0),
        hits = known.reduce((sum, cell) => sum + cell.hits, 0);
    const values = {
        claim: capital(claimName(data, claim)),
        share: share(hits / total),
        worlds: count(total),
        x: names.x,
        y: names.y,
    };
    if (hits === 0) return t("insight.where.nowhere", values);
    const best = known.reduce((a, b) => (b.share > a.share ? b : a)),
        worst = known.reduce((a, b) => (b.share < a.share ? b : a));
    return [
        t("insight.where.sentence", {
            ...values,
            best: share(best.share, 0),
            worst: share(worst.share, 0),
            least: count(Math.min(...known.map((c) => c.worlds))),
            most: count(Math.max(...known.map((c) => c.worlds))),
        }),
        box ? t("insight.where.drawn") : "",
    ]
        .filter(Boolean)
        .join(" ");
}

function heatTable(heat, cells) {
    const range = (axis, i) =>
        axis.values ? String(axis.values[i]) : `${significant(axis.edges[i], 4)}–${significant(axis.edges[i + 1], 4)}`;
    return {
        columns: [
            column.text(heat.x.input, capital(inputName(heat.x.input))),
            column.text(heat.y.input, capital(inputName(heat.y.input))),
            column.share("share", t("column.holds")),
            column.count("hits", t("insight.where.hits")),
            column.count("worlds", t("options.worlds")),
        ],
        rows: cells.map((cell) => [range(heat.x, cell.x), range(heat.y, cell.y), cell.share, cell.hits, cell.worlds]),
    };
}

/** The map with its two selects: the claim, and the pair of inputs. */
function map(data, claim, claimChoice, state, set) {
    const maps = (data.heat ?? []).filter((one) => one.claim === claim);
    if (maps.length === 0) return null;
    const inputs = distinct(
        maps.flatMap((one) => [one.x, one.y]),
        "input",
    );
    const choices = (list) => list.map((value) => ({ value, label: capital(inputName(value)) }));
    const first = among(choices(inputs), state.first ?? maps[0].x.input);
    const partners = inputs.filter((one) =>
        maps.some((m) => [m.x.input, m.y.input].includes(one) && [m.x.input, m.y.input].includes(first) && one !== first),
    );
    const second = among(choices(partners), state.second ?? maps[0].y.input);
    const found = maps.find((m) => [m.x.input, m.y.input].includes(first) && [m.x.input, m.y.input].includes(second));
    const heat = found.x.input === first ? found : turned(found);
    const cells = cellsOf(heat),
        names = { x: withUnitOf(data, heat.x.input), y: withUnitOf(data, heat.y.input) };
    const holds = rowsAbout(data, "claims_boxes", claim).find((box) => box.role === "holds" && isNumber(box.density));
    const box = holds ? boxOn(heat, limitsOf(data, claim, holds)) : null;
    return figure({
        id: "where-figure",
        title: t("insight.where.figure", { claim: claimName(data, claim) }),
        sentence: mapSentence(data, claim, heat, cells, box, names),
        controls: [
            claimChoice,
            choice(t("insight.where.across"), choices(inputs), first, (value) => set({ first: value })),
            choice(t("insight.where.up"), choices(partners), second, (value) => set({ second: value })),
        ],
        legend: ramp(rampEnd(cells)),
        chart: (width) => heatChart(heat, box, names, width),
        method: t("insight.where.method"),
        table: heatTable(heat, cells),
    });
}

/** The same map with its axes exchanged. */
export const turned = (heat) => {
    const turn = (rows) => rows[0].map((_, x) => rows.map((row) => row[x]));
    return { ...heat, x: heat.y, y: heat.x, worlds: turn(heat.worlds), hits: turn(heat.hits) };
};

/** Worst fifths, the worst first. */
function breaks(data, claim, controls) {
    const rows = rowsAbout(data, "claims_inputs", claim)
        .filter((row) => isNumber(row.share))
        .sort((a, b) => a.share - b.share);
    const whole = rowsAbout(data, "claims", claim)[0];
    if (rows.length === 0 || !whole) return null;
    const sure = rows.filter((row) => row.share_hi < whole.holds_lo);
    const values = {
        claim: claimName(data, claim),
        holds: shareOf(whole.holds, whole.holds_lo, whole.holds_hi),
        worlds: count(whole.worlds),
        undefined: count(whole.undefined),
    };
    const worst = sure[0];
    const drawn = rows
        .slice(0, SHOWN)
        .map((row) => ({
            label: capital(worstText(row)),
            value: row.share,
            lo: row.share_lo,
            hi: row.share_hi,
            tone: row.share_hi < whole.holds_lo ? "bad" : "unsure",
        }));
    return figure({
        id: "breaks-figure",
        title: t("insight.breaks.figure", { claim: claimName(data, claim) }),
        sentence: [
            t("insight.breaks.whole", values),
            worst
                ? t("insight.breaks.worst", {
                      worst: worstText(worst),
                      share: shareOf(worst.share, worst.share_lo, worst.share_hi),
                  })
                : t("insight.breaks.none"),
        ].join(" "),
        controls,
        chart: (width) =>
            intervalRows(drawn, {
                width,
                scale: scaleOf([1], "1", "share"),
                axis: t("insight.breaks.axis"),
                domain: [0, 1],
                mark: whole.holds,
                markLabel: t("insight.breaks.mark"),
            }),
        method: methodOf(data, "claims_inputs"),
        table: {
            columns: [
                column.text("input", t("column.input")),
                column.text("worst", t("column.worst")),
                ...withInterval("share", t("column.holds"), "1", "share"),
                column.count("worlds", t("options.worlds")),
            ],
            rows: rows.map((row) => [
                capital(inputName(row.input)),
                worstText(row),
                row.share,
                row.share_lo,
                row.share_hi,
                row.worlds,
            ]),
        },
    });
}

function build(data, state, set) {
    const claims = distinct(
        [...tableRows(data, "claims").map((row) => ({ claim: claimOf(row.condition) })), ...(data.heat ?? [])],
        "claim",
    );
    const choices = claims.map((value) => ({ value, label: capital(claimName(data, value)) }));
    const claim = among(choices, state.claim);
    const claimChoice = () =>
        choice(t("insight.where.claim"), choices, claim, (value) =>
            set({ claim: value, first: undefined, second: undefined }),
        );
    const drawn = map(data, claim, claimChoice(), state, set);
    return h("div", null, drawn, boxes(data, claim), breaks(data, claim, drawn ? null : claimChoice()));
}

export const where = {
    id: "where",
    title: () => t("insight.where.title"),
    applies: (data) => tableRows(data, "claims").length > 0 || (data.heat ?? []).length > 0,
    render: (data) => [aboutArm(data), live("insight.where", {}, (state, set) => build(data, state, set))].filter(Boolean),
};
