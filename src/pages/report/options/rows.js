// SPDX-License-Identifier: GPL-3.0-or-later
//
// One line a thing: a dot with its 95 % interval, behind it a thin line for nine worlds of ten, or a bar. The work-horse of these
// sections: options, firms, inputs, channels, stages. On a narrow page the names stand above their lines.
import * as Plot from "@observablehq/plot";

import { GAIN, LINE, LOSS, MUTED } from "../../common/colour.js";
import { isNumber } from "../../common/number.js";

const CHARACTER = 6.6; // mean width of a letter at 12 px
const CYRILLIC = 7.4;

/** Mean width of a text's letters at 12 px: Cyrillic ones are wider. */
const letter = (text) => (/\p{Script=Cyrillic}/u.test(text) ? CYRILLIC : CHARACTER);
const widthOf = (text) => text.length * letter(text);

const NARROW = 560; // below it names go above

/** Colours by tone; tone is said by the dot's shape as well: filled where the interval leaves out 0, hollow where it does not. */
export const TONE = { good: GAIN, bad: LOSS, unsure: MUTED, plain: "var(--accent)", strong: "var(--text)" };

/** Colour of the second of two numbers in a row: a smaller diamond below the dot. */
export const SECOND = "var(--arm-4)";

/** Is a difference sure, and is it good? @param {"more"|"less"|"-"} better */
export function toneOf(lo, hi, better) {
    if (!isNumber(lo) || !isNumber(hi) || (lo <= 0 && hi >= 0)) return "unsure";
    if (better !== "more" && better !== "less") return "plain";
    return lo > 0 === (better === "more") ? "good" : "bad";
}

const bounds = (rows, names) => rows.flatMap((row) => names.map((name) => row[name])).filter(isNumber);

/** [lowest, highest] of what is drawn, with a little air, and 0 (or what `include` names) in it. */
export function domainOf(rows, include = [0]) {
    const all = [
        ...bounds(rows, ["value", "lo", "hi", "from", "to"]),
        ...bounds(
            rows.map((row) => row.second ?? {}),
            ["value", "lo", "hi"],
        ),
        ...include.filter(isNumber),
    ];
    if (all.length === 0) return [0, 1];
    let [lo, hi] = [Math.min(...all), Math.max(...all)];
    if (lo === hi) [lo, hi] = [lo - (Math.abs(lo) || 1) * 0.5, hi + (Math.abs(hi) || 1) * 0.5];
    const air = (hi - lo) * 0.03;
    return [lo === 0 ? 0 : lo - air, hi === 0 ? 0 : hi + air];
}

const clip = (x, [lo, hi]) => (isNumber(x) ? Math.min(hi, Math.max(lo, x)) : x);

/** Cut a text that is longer than `width` pixels. */
export const fitted = (text, width) => {
    const room = Math.max(4, Math.floor(width / letter(text)));
    return text.length > room ? `${text.slice(0, room - 1).trimEnd()}…` : text;
};

/** A text in lines of at most `width` pixels, broken between words. */
export function wrapped(text, width) {
    const room = Math.max(8, Math.floor(width / letter(String(text))));
    const lines = [];
    for (const word of String(text).split(" ")) {
        const last = lines.length - 1;
        if (last >= 0 && lines[last].length + 1 + word.length <= room) lines[last] += ` ${word}`;
        else lines.push(word);
    }
    return lines;
}

const LINE_HEIGHT = 16;

/**
 * Titles of the axes, in as many lines as a narrow page needs: the x axis's below at the right, the y axis's above at the left.
 * @param {number} width  of the chart
 * @param {{left: number, right: number}} margin  of the chart, as it is without titles
 * @param {{x?: string, y?: string}} titles
 * @returns {{marks: object[], bottom: number, top: number}} marks, and the room that they need below and above
 */
export function axisTitles(width, { left, right }, titles) {
    const x = titles.x ? wrapped(titles.x, width - 8) : [],
        y = titles.y ? wrapped(titles.y, width - 8) : [];
    const text = (lines, options) =>
        Plot.text([lines.join("\n")], { text: (d) => d, fill: "var(--text)", lineHeight: LINE_HEIGHT / 12, ...options });
    return {
        marks: [
            ...(x.length > 0
                ? [text(x, { frameAnchor: "bottom-right", textAnchor: "end", lineAnchor: "top", dx: right - 4, dy: 26 })]
                : []),
            ...(y.length > 0
                ? [text(y, { frameAnchor: "top-left", textAnchor: "start", lineAnchor: "bottom", dx: 4 - left, dy: -12 })]
                : []),
        ],
        bottom: 30 + x.length * LINE_HEIGHT,
        top: 14 + y.length * LINE_HEIGHT,
    };
}

function layout(rows, width, notes) {
    const longest = Math.max(16 * CHARACTER, ...rows.filter((row) => !row.head).map((row) => widthOf(row.label))) + 14;
    const narrow = width < NARROW || longest > width * 0.55;
    return {
        narrow,
        step: narrow ? 44 : 25,
        left: narrow ? 8 : Math.min(Math.ceil(longest), Math.floor(width * 0.46)),
        right: notes
            ? Math.min(Math.ceil(Math.max(0, ...rows.map((row) => widthOf(row.note ?? "")))) + 14, width * (narrow ? 0.5 : 0.4))
            : 12,
    };
}

/** Marks of the names at the left (or above), of heads of groups, and of notes at the right. */
function labelMarks(rows, place, width) {
    const heads = rows.filter((row) => row.head);
    const plain = rows.filter((row) => !row.head);
    const room = place.narrow ? width - 12 : place.left - 8;
    const text = (chosen, extra) =>
        Plot.text(chosen, {
            y: "key",
            frameAnchor: "left",
            textAnchor: place.narrow ? "start" : "end",
            dx: place.narrow ? 0 : -8,
            dy: place.narrow ? -12 : 0,
            text: (row) => fitted(row.label, room),
            fill: "var(--text)",
            title: (row) => row.label,
            stroke: "var(--page)",
            strokeWidth: 4,
            ...extra,
        });
    return [
        text(plain.filter((row) => !row.strong)),
        text(
            plain.filter((row) => row.strong),
            { fontWeight: 700 },
        ),
        Plot.text(heads, {
            y: "key",
            frameAnchor: "left",
            textAnchor: "start",
            dx: place.narrow ? 0 : -place.left + 4,
            fontWeight: 700,
            text: (row) => fitted(row.label, width - 16),
            fill: "var(--muted)",
            stroke: "var(--page)",
            strokeWidth: 4,
        }),
        Plot.text(
            plain.filter((row) => row.note),
            {
                y: "key",
                frameAnchor: "right",
                textAnchor: "start",
                dx: 8,
                dy: place.narrow ? 4 : 0,
                text: "note",
                fill: "var(--muted)",
                fontVariant: "tabular-nums",
            },
        ),
    ];
}

function valueMarks(rows, domain, bars, down) {
    const drawn = rows
        .filter((row) => isNumber(row.value))
        .map((row) => ({
            ...row,
            x: clip(row.value, domain),
            x1: clip(row.lo, domain),
            x2: clip(row.hi, domain),
            w1: clip(row.from, domain),
            w2: clip(row.to, domain),
            colour: TONE[row.tone ?? "plain"],
        }));
    const pairs = drawn.filter((row) => isNumber(row.second?.value));
    const dy = (pairs.length > 0 ? -4 : 0) + down; // the first of two stands a little higher
    const dot = (filled) =>
        Plot.dot(
            drawn.filter((row) => (row.tone !== "unsure") === filled),
            {
                y: "key",
                x: "x",
                r: 4.5,
                dy,
                stroke: "colour",
                strokeWidth: 1.8,
                fill: filled ? "colour" : "var(--page)",
                title: "title",
            },
        );
    const within = drawn.filter((row) => isNumber(row.x1) && isNumber(row.x2));
    return [
        bars
            ? Plot.barX(drawn, {
                  y: "key",
                  x1: () => clip(0, domain),
                  x2: "x",
                  fill: "colour",
                  fillOpacity: 0.28,
                  insetTop: down > 0 ? 14 : 3,
                  insetBottom: down > 0 ? 6 : 3,
              })
            : null,
        Plot.ruleY(
            drawn.filter((row) => isNumber(row.w1) && isNumber(row.w2)),
            { y: "key", x1: "w1", x2: "w2", dy, stroke: "colour", strokeWidth: 1.2, strokeOpacity: 0.75 },
        ),
        Plot.ruleY(within, {
            y: "key",
            x1: "x1",
            x2: "x2",
            dy,
            stroke: "colour",
            strokeWidth: bars ? 2 : 4.5,
            strokeOpacity: bars ? 1 : 0.6,
        }),
        dot(true),
        dot(false),
        Plot.ruleY(
            pairs.filter((row) => isNumber(row.second.lo)),
            {
                y: "key",
                x1: (row) => clip(row.second.lo, domain),
                x2: (row) => clip(row.second.hi, domain),
                dy: 6 + down,
                stroke: SECOND,
                strokeWidth: 2,
            },
        ),
        Plot.dot(pairs, {
            y: "key",
            x: (row) => clip(row.second.value, domain),
            dy: 6 + down,
            r: 4,
            symbol: "diamond",
            fill: SECOND,
        }),
    ];
}

/**
 * Rows with intervals.
 * @param {object[]} rows  {key, label, value, lo, hi, from, to, tone, strong, note, title} or {key, label, head: true}; lo..hi is the
 *                         95 % interval, from..to what nine worlds of ten meet; null where undefined. second: {value, lo, hi}
 * @param {object} options
 * @param {number} options.width
 * @param {string} options.axis      what the axis shows
 * @param {object} options.scale     scaleOf of words.js: writes the ticks, and value and interval at the right of rows without a note
 * @param {number[]} [options.domain]
 * @param {number} [options.mark]    where a line is drawn across: 0 by default
 * @param {string} [options.markLabel]
 * @param {boolean} [options.bars]   bars from 0 to the value
 * @returns {SVGSVGElement}
 */
export function intervalRows(rows, { width, axis, scale, domain = domainOf(rows), mark = 0, markLabel, bars = false }) {
    const keyed = rows.map((row, i) => ({
        ...row,
        key: String(i),
        label: String(row.label),
        note: row.head ? null : (row.note ?? scale.interval(row.value, row.lo, row.hi)),
    }));
    const place = layout(
        keyed,
        width,
        keyed.some((row) => row.note),
    );
    const titles = axisTitles(width, place, { x: scale.title(axis) });
    const marginTop = markLabel ? 24 : 10;
    return Plot.plot({
        width,
        height: keyed.length * place.step + marginTop + titles.bottom,
        marginLeft: place.left,
        marginRight: place.right,
        marginTop,
        marginBottom: titles.bottom,
        style: { fontSize: "12px", background: "none" },
        x: {
            domain,
            label: null,
            tickFormat: scale.show,
            ticks: Math.max(3, Math.floor((width - place.left - place.right) / 62)),
        },
        y: { type: "band", domain: keyed.map((row) => row.key), axis: null, padding: 0.1 },
        marks: [
            Plot.gridX({
                stroke: LINE,
                strokeOpacity: 1,
                ticks: Math.max(3, Math.floor((width - place.left - place.right) / 62)),
            }),
            mark >= domain[0] && mark <= domain[1] ? Plot.ruleX([mark], { stroke: MUTED, strokeWidth: 1.2 }) : null,
            markLabel
                ? Plot.text([mark], { x: (x) => x, frameAnchor: "top", dy: -14, text: () => markLabel, fill: MUTED })
                : null,
            ...valueMarks(keyed, domain, bars, place.narrow ? 4 : 0),
            ...labelMarks(keyed, place, width),
            ...titles.marks,
        ],
    });
}

/** Arms as rows, with a head before each family where arms stand in the study's order. */
export function withHeads(arms, row) {
    let last = null;
    return arms.flatMap((arm) => {
        const head = arm.family !== null && arm.family !== last ? [{ head: true, label: arm.group }] : [];
        last = arm.family;
        return [...head, { label: arm.family === null ? arm.label : arm.level, ...row(arm) }];
    });
}
