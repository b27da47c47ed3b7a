// SPDX-License-Identifier: GPL-3.0-or-later
//
// Time: the clock that all views follow, the buttons, slider and keys that move it, and the stages as a ribbon.
import { h, svg } from "../common/dom.js";
import { t } from "../common/locale.js";
import { capital, nameOf } from "../common/names.js";
import { choice } from "../common/figure.js";
import { decimal } from "../common/number.js";
import { stageAt } from "./model.js";

const SPEEDS = [1, 2, 4, 8]; // months a second
const USUAL = 2;

/**
 * A clock of months 1 to `months`. Listeners are called with (month, isPlaying) after every change.
 * @param {number} months
 * @param {number} month  where it stands
 */
export function makeClock(months, month) {
    const listeners = [];
    let timer = null;
    const clock = { months, month: 1, speed: USUAL, isPlaying: false };
    const tell = () => listeners.forEach((listener) => listener(clock.month, clock.isPlaying));
    const place = (wanted) => { clock.month = Math.max(1, Math.min(months, Math.round(wanted) || 1)); };
    const tick = () => {
        if (clock.month >= months) return clock.pause();
        place(clock.month + 1);
        tell();
        timer = setTimeout(tick, 1000 / clock.speed);
    };
    clock.onChange = (listener) => listeners.push(listener);
    clock.forget = () => listeners.splice(0);
    clock.set = (wanted) => {
        place(wanted);
        tell();
    };
    /** Step by so many months; a clock that plays stops. */
    clock.step = (by) => {
        clock.pause(false);
        clock.set(clock.month + by);
    };
    clock.pause = (isTold = true) => {
        clearTimeout(timer);
        clock.isPlaying = false;
        if (isTold) tell();
    };
    /** From the end it begins anew. */
    clock.play = () => {
        if (clock.isPlaying) return;
        if (clock.month >= months) place(1);
        clock.isPlaying = true;
        tell();
        timer = setTimeout(tick, 1000 / clock.speed);
    };
    clock.toggle = () => clock.isPlaying ? clock.pause() : clock.play();
    place(month);
    return clock;
}

const KEYS = {
    " ": (clock) => clock.toggle(),
    ArrowLeft: (clock) => clock.step(-1),
    ArrowRight: (clock) => clock.step(1),
    Home: (clock) => clock.step(-clock.months),
    End: (clock) => clock.step(clock.months),
};

/** What has keys of its own keeps them: fields, and what scrolls or opens; a button is pressed by space. */
function keeps(target, key) {
    if (!(target instanceof Element)) return false;
    if (target.closest("select, textarea, input, summary, [role=region]")) return !(key === " " && target.type === "range");
    return key === " " && target.closest("button, a[href]") !== null;
}

/** Let keys move the clock, wherever the focus is. */
export function listenToKeys(clock) {
    document.addEventListener("keydown", (event) => {
        const action = KEYS[event.key];
        if (!action || event.altKey || event.ctrlKey || event.metaKey || keeps(event.target, event.key)) return;
        event.preventDefault();
        action(clock);
    });
}

/** Paths in a square of 16; fonts lack these signs, or paint them in colours. */
const ICONS = {
    first: "M3,2h2v12h-2zM14,2v12l-8,-6z",
    back: "M12,2v12l-9,-6z",
    play: "M4,2v12l10,-6z",
    pause: "M3,2h4v12h-4zM9,2h4v12h-4z",
    forward: "M4,2v12l9,-6z",
    last: "M11,2h2v12h-2zM2,2v12l8,-6z",
};

const icon = (name) => svg("svg", { class: "icon", width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: ICONS[name], fill: "currentColor" }));

function button(name, action) {
    return h("button", { type: "button", id: `player-${name}`, class: name, title: t(`replay.${name}`),
        "aria-label": t(`replay.${name}`), onclick: action }, icon(name));
}

/**
 * Buttons, slider and ribbons. Returns the element; it follows the clock by itself.
 * @param {object} clock
 * @param {{run: object, label: string, arm: number}[]} lanes  a ribbon each
 */
export function player(clock, lanes) {
    const play = h("button", { type: "button", id: "player-play", class: "play", onclick: clock.toggle });
    const slider = h("input", {
        type: "range", id: "player-month", min: 1, max: clock.months, step: 1, value: clock.month,
        "aria-label": t("replay.slider"), oninput: (event) => {
            clock.pause(false);
            clock.set(Number(event.target.value));
        },
    });
    const place = h("output", { class: "place", for: "player-month" });
    const ribbons = lanes.map((lane) => ribbon(clock, lane));
    const speed = choice(t("replay.speed"), SPEEDS.map((n) => ({ value: String(n), label: String(n) })),
        String(clock.speed), (value) => { clock.speed = Number(value); });
    const element = h("div", { class: "player", role: "group", "aria-label": t("replay.player") },
        h("div", { class: "buttons" },
            button("first", () => clock.step(-clock.months)),
            button("back", () => clock.step(-1)),
            play,
            button("forward", () => clock.step(1)),
            button("last", () => clock.step(clock.months)),
            place, speed,
            h("span", { class: "keys muted" }, t("replay.keys"))),
        h("div", { class: "track" }, ribbons.map((one) => one.element), slider));
    element.style.setProperty("--months", clock.months);
    clock.onChange((month, isPlaying) => {
        const what = isPlaying ? "pause" : "play";
        play.replaceChildren(icon(what), h("span", null, t(`replay.${what}`)));
        slider.value = month;
        slider.setAttribute("aria-valuetext", t("replay.month-of", { month, months: clock.months }));
        place.textContent = t("replay.month-of", { month, months: clock.months });
        for (const one of ribbons) one.show(month);
    });
    return element;
}

/** The stage of a month, or what is there instead: an ecosystem that was closed, or none at all. */
export function stageOrRest(run, month) {
    const rest = run.stages.length === 0 ? "none" : "closed";
    return stageAt(run, month) ?? { name: rest, kind: rest, first: (run.stages.at(-1)?.last ?? 0) + 1, last: run.horizon };
}

/** Stages and the rest, without gaps. */
function pieces(run) {
    const rest = stageOrRest(run, run.horizon);
    return run.stages.includes(rest) ? run.stages : [...run.stages, rest];
}

export const stageName = (stage) =>
    ["closed", "none"].includes(stage.kind) ? t(`replay.stage.${stage.kind}`) : nameOf("stage", stage.name);

const GATES = { go_on: "✓", repeat: "↻", give_up: "✕" };

function gateMark(run, gate) {
    const words = t(`replay.gate.${gate.verdict}`, { score: decimal(gate.score, 2) });
    const mark = h("span", { class: `gate ${gate.verdict}`, role: "img", title: words, "aria-label": words }, GATES[gate.verdict]);
    mark.style.setProperty("--from", gate.month / run.horizon);
    return mark;
}

/** Stages over months, with the verdicts of the gate and a line at the month that is shown. */
function ribbon(clock, { run, label, arm }) {
    const parts = pieces(run).map((stage) => {
        const words = t("replay.ribbon-part", { stage: capital(stageName(stage)), first: stage.first, last: stage.last });
        const part = h("button", { type: "button", tabindex: -1, class: `part ${stage.kind}`, title: words, "aria-label": words,
            onclick: (event) => clock.step(monthAt(event, run) - clock.month) }, h("span", null, capital(stageName(stage))));
        part.style.setProperty("--from", (stage.first - 1) / run.horizon);
        part.style.setProperty("--size", (stage.last - stage.first + 1) / run.horizon);
        part.classList.toggle("behind-gate", run.gates.some((gate) => gate.month === stage.first - 1));
        return { stage, part };
    });
    const head = h("span", { class: "head-line" });
    const element = h("div", { class: "lane" }, label && h("div", { class: `lane-label arm-${arm}` }, label),
        h("div", { class: "ribbon", role: "group", "aria-label": t("replay.ribbon") }, parts.map(({ part }) => part),
            run.gates.map((gate) => gateMark(run, gate)), head));
    const show = (month) => {
        head.style.setProperty("--from", (month - 0.5) / run.horizon);
        for (const { stage, part } of parts) part.classList.toggle("now", stage.first <= month && month <= stage.last);
    };
    return { element, show };
}

function monthAt(event, run) {
    const box = event.currentTarget.parentElement.getBoundingClientRect();
    return Math.ceil((event.clientX - box.left) / box.width * run.horizon);
}
