// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is seen: four numbers and a sentence that stay in sight, three pictures, one world, and the study that says the same.
import { h } from "../common/dom.js";
import { choice } from "../common/figure.js";
import { study, t } from "../common/locale.js";
import { capital, nameOf } from "../common/names.js";
import { count, moneyNumber, share, shareBrackets } from "../common/number.js";
import { BINS, CLAIM, fanChart, fanLegend, histogramChart, markOf, PROBABILITIES, savingLegend, worldsChart } from "./charts.js";
import { liveFigure } from "./live-figure.js";
import { SERIES } from "./settings.js";
import { replayOf } from "./setup.js";
import { NAME, studyPart } from "./study-part.js";
import * as words from "./words.js";
import { fan, histogram, paired, STATUSES } from "./worlds.js";

/** The worlds that are compared with, as far as they are of now. */
const pinnedOf = (state) => state.pinned && state.pinnedWorlds?.n > 0 ? state.pinnedWorlds : null;

/** @returns {{summary: HTMLElement, element: HTMLElement, update: (state) => void}} */
export function panel(base, actions, series) {
    const top = summary();
    const parts = [top, savingFigure(), fanFigure(actions, series), worldsFigure(base, actions), studyPart(base)];
    return {
        summary: top.element,
        element: h("div", null, parts[1].element, top.says, parts.slice(2).map((part) => part.element)),
        update: (state) => {
            top.element.setAttribute("aria-busy", String(state.playing));
            if (!state.worlds || state.error) return top.update(state);
            const pinned = pinnedOf(state);
            const numbers = words.headline(state.worlds, CLAIM), before = pinned && words.headline(pinned, CLAIM);
            for (const part of parts) part.update(state, numbers, pinned, before);
        },
    };
}

/* ---- the numbers that stay in sight ---- */

function tile(key) {
    const value = h("dd", { class: "value" }), note = h("dd", { class: "note" }), was = h("dd", { class: "was" });
    return {
        element: h("div", { class: "tile", "data-number": key }, h("dt", null, t(`lab.tile.${key}`)), value, note, was),
        set: (number, text, small, old) => {
            value.dataset.value = String(number);
            value.textContent = text;
            note.textContent = small ?? "";
            was.textContent = old ? t("lab.was", { value: old }) : "";
        },
    };
}

function summary() {
    const tiles = Object.fromEntries(["inside", "saving", "completed", "npv"].map((key) => [key, tile(key)]));
    const progress = h("progress", { max: 1, value: 0, "aria-label": t("lab.progress") }), played = h("span", { class: "played" });
    const sentence = h("p", { class: "says" }), against = h("p", { class: "says against" });
    const spoken = h("p", { class: "hidden", "aria-live": "polite", id: "spoken" }), error = h("p", { class: "warning", role: "alert", hidden: true });
    return {
        element: h("section", { class: "summary", id: "summary", "aria-label": t("lab.summary") },
            error, h("dl", { class: "tiles" }, Object.values(tiles).map((one) => one.element)),
            h("div", { class: "line" }, progress, played), spoken),
        says: h("section", { id: "says" }, h("h2", null, t("lab.in-words")), sentence, against),
        update: (state, numbers, pinned, before) => {
            error.hidden = !state.error;
            error.textContent = state.error ? t("lab.error", { reason: study(state.error) }) : "";
            if (!numbers) return;
            setTiles(tiles, numbers, before);
            progress.max = state.worlds.capacity;
            progress.value = numbers.n;
            played.textContent = t("lab.played", { n: count(numbers.n), worlds: count(state.worlds.capacity) });
            sentence.textContent = words.summary(numbers, CLAIM, state.worlds.settings);
            const pair = pinned && paired(pinned, state.worlds, "saving_joint");
            against.dataset.value = pair ? JSON.stringify(pair) : "";
            against.textContent = pair ? words.comparison(pair) : "";
            if (!state.playing) spoken.textContent = `${sentence.textContent} ${against.textContent}`.trim();
        },
    };
}

function setTiles(tiles, numbers, before) {
    const { inside } = numbers;
    tiles.inside.set(inside.share, share(inside.share), t("lab.tile.interval", { interval: shareBrackets(inside.lo, inside.hi) }), before && share(before.inside.share));
    tiles.saving.set(numbers.saving, share(numbers.saving), t("lab.tile.where-members"), before && share(before.saving));
    tiles.completed.set(numbers.completed, share(numbers.completed), t("lab.tile.of", { n: count(numbers.counts[0]), worlds: count(numbers.n) }), before && share(before.completed));
    tiles.npv.set(numbers.npv, moneyNumber(numbers.npv), t("lab.tile.median"), before && moneyNumber(before.npv));
}

/* ---- pictures ---- */

function savingFigure() {
    const figure = liveFigure({ id: "saving", title: t("lab.figure.saving"), method: t("lab.figure.saving.method") });
    return {
        element: figure.element,
        update: (state, numbers, pinned) => {
            const bins = histogram(state.worlds, "saving_joint", BINS.lo, BINS.hi, BINS.width);
            const old = pinned && histogram(pinned, "saving_joint", BINS.lo, BINS.hi, BINS.width);
            figure.update({
                sentence: words.histogramSentence(numbers, CLAIM), legend: savingLegend(pinned),
                chart: (width) => histogramChart(bins, old, width), table: words.histogramTable(bins),
            });
        },
    };
}

function fanFigure(actions, series) {
    const select = choice(t("lab.figure.fan.series"), SERIES.map((name) => ({ value: name, label: capital(nameOf("series", name)) })), series, actions.series);
    const figure = liveFigure({ id: "fan", title: t("lab.figure.fan"), controls: select, method: t("lab.figure.fan.method") });
    return {
        element: figure.element,
        update: (state, numbers, pinned) => {
            const { worlds, series: name } = state;
            const rows = fan(worlds, name, PROBABILITIES), old = pinned && fan(pinned, name, PROBABILITIES);
            select.querySelector("select").value = name;
            figure.update({
                sentence: words.fanSentence(name, rows, worlds.months), legend: fanLegend(pinned),
                chart: (width) => fanChart(name, rows, old, worlds.months, width), table: words.fanTable(name, rows),
            });
        },
    };
}

function worldsLegend(numbers, before) {
    return h("ul", { class: "legend" }, STATUSES.map((status, i) => (numbers.counts[i] > 0 || before?.counts[i] > 0) &&
        h("li", { "data-status": status }, markOf(status), capital(t(`status.${status}`)), " ", h("b", null, count(numbers.counts[i])),
            before && h("span", { class: "muted" }, t("lab.was", { value: count(before.counts[i]) })))),
    before && h("li", null, h("span", { class: "ring", "aria-hidden": "true" }), t("lab.changed")));
}

function worldsFigure(base, actions) {
    const number = h("input", { type: "number", id: "world", min: 0, step: 1, oninput: () => actions.choose(number.value === "" ? -1 : Number(number.value)) });
    const line = h("p", { class: "world", "aria-live": "polite" });
    const command = h("code"), replay = h("p", { class: "world", id: "replay", hidden: true }, t("lab.world.replay"), " ", command);
    const field = h("span", { class: "choice" }, h("label", { for: "world" }, t("lab.world")), number);
    const figure = liveFigure({ id: "worlds", title: t("lab.figure.worlds"), method: t("lab.figure.worlds.method") });
    figure.element.querySelector("details").before(h("div", { class: "controls" }, field), line, replay);
    return {
        element: figure.element,
        update: (state, numbers, pinned, before) => {
            const { worlds, chosen } = state, there = Number.isInteger(chosen) && chosen >= 0 && chosen < worlds.n;
            number.max = String(worlds.capacity - 1);
            if (document.activeElement !== number) number.value = chosen >= 0 ? String(chosen) : "";
            const text = there ? words.worldLine(worlds, chosen, pinned) : t("lab.world.none");
            if (line.textContent !== text) line.textContent = text;
            replay.hidden = !there;
            command.textContent = there ? replayOf(base, worlds.settings, chosen, NAME) : "";
            figure.update({
                sentence: words.worldsSentence(numbers), legend: worldsLegend(numbers, before),
                chart: (width) => worldsChart(worlds, pinned, chosen, actions.choose, width), table: words.worldsTable(numbers, before),
            });
        },
    };
}
