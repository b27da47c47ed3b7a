// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a student can move: presets, sliders, switches, and which worlds are played. Drawn once for each language; `sync` puts other
// settings into it without disturbing what is being dragged.
import { h, newId } from "../common/dom.js";
import { choice } from "../common/figure.js";
import { t } from "../common/locale.js";
import { capital, nameOf } from "../common/names.js";
import { count, months } from "../common/number.js";
import { GROUPS, highest, isPreset, MONTHS, PRESETS, presetOf, SLIDERS, withValue, WORLDS } from "./settings.js";
import { centre, show, showDrawn } from "./values.js";

const SEED_MAX = 999999; // of the button; any seed can be typed

/**
 * @param {import("./setup.js").Base} base
 * @param {() => import("./setup.js").Settings} get
 * @param {(settings) => void} set  called with what somebody chose
 * @param {{pin: () => void, swap: () => void, unpin: () => void}} actions
 * @returns {{element: HTMLElement, sync: (settings, pinned) => void}} pinned: settings or null
 */
export function controls(base, get, set, actions) {
    const parts = [presets(get, set), pins(actions), ...GROUPS.map((group) => groupOf(group, base, get, set)), worlds(base, get, set), also(base, get, set)];
    return {
        element: h("form", { class: "bench", "aria-label": t("lab.controls"), onsubmit: (event) => event.preventDefault() },
            parts.map((part) => part.element)),
        sync: (settings, pinned) => parts.forEach((part) => part.sync(settings, pinned)),
    };
}

/** Keep a setting in sight, to be compared with. */
function pins(actions) {
    const button = (name, hint) => h("button", { type: "button", id: name, title: hint, onclick: actions[name] }, t(`lab.${name}`));
    const pin = button("pin", t("lab.pin-meaning")), swap = button("swap"), unpin = button("unpin");
    return {
        element: h("fieldset", { class: "pins" }, h("legend", null, t("lab.compare")), pin, swap, unpin),
        sync: (settings, pinned) => {
            swap.hidden = unpin.hidden = !pinned;
        },
    };
}

function presets(get, set) {
    const buttons = Object.keys(PRESETS).map((name) => h("button", {
        type: "button", id: `preset-${name}`, value: name, title: t(`lab.preset-meaning.${name}`), onclick: () => set(presetOf(name, get())),
    }, t(`lab.preset.${name}`)));
    return {
        element: h("fieldset", { class: "presets" }, h("legend", null, t("lab.presets")), buttons),
        sync: (settings) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(isPreset(button.value, settings)))),
    };
}

function groupOf(group, base, get, set) {
    const sliders = SLIDERS.filter((slider) => slider.group === group).map((slider) => sliderOf(slider, base, get, set));
    const switches = group === "pilot" ? [
        check("pilot", t("lab.pilot"), (s) => s.pilot, (on) => set({ ...get(), pilot: on })),
        check("gate", t("lab.gate"), (s) => s.set.gate ?? true, (on) => set(withValue(get(), "gate", on ? null : false)), (s) => s.pilot),
    ] : [];
    const parts = [...switches.slice(0, 1), ...sliders, ...switches.slice(1)];
    return {
        element: h("fieldset", null, h("legend", null, t(`lab.group.${group}`)), parts.map((part) => part.element)),
        sync: (settings) => parts.forEach((part) => part.sync(settings)),
    };
}

/** A checkbox. `holds` reads it from settings; `applies`: does it mean anything there? */
function check(id, label, holds, change, applies = () => true) {
    const box = h("input", { type: "checkbox", id, onchange: () => change(box.checked) });
    return {
        element: h("label", { class: "check", for: id }, box, " ", label),
        sync: (settings) => {
            box.checked = holds(settings);
            box.disabled = !applies(settings);
        },
    };
}

/** A slider with its name, its value in words, and, where the study draws it, a box that lets it be drawn. */
function sliderOf(slider, base, get, set) {
    const { name, lo, step } = slider, row = base.rows.get(name), said = base.study.parameters[name];
    const isDrawn = (s) => slider.drawn && !(name in s.set) && (s.uncertain || name === "pilot_firms");
    const plain = (s) => slider.drawn && !s.uncertain && name !== "pilot_firms" ? row.default : centre(said);
    const hint = newId("hint");
    const range = h("input", {
        type: "range", id: name, min: lo, step, "aria-describedby": hint,
        oninput: () => set(withValue(get(), name, !slider.drawn && Number(range.value) === said ? null : Number(range.value))),
    });
    const value = h("output", { for: name });
    const meaning = h("p", { class: "meaning", id: hint, hidden: true }, nameOf("meaning", name, row.meaning), ".");
    const ask = h("button", {
        type: "button", class: "small", "aria-expanded": "false", "aria-controls": hint, "aria-label": t("lab.ask", { name: nameOf("param", name) }),
        onclick: () => {
            meaning.hidden = !meaning.hidden;
            ask.setAttribute("aria-expanded", String(!meaning.hidden));
        },
    }, "?");
    const box = slider.drawn && check(`drawn-${name}`, t("lab.drawn", { range: showDrawn(row, said) }), isDrawn,
        (on) => set(withValue(get(), name, on ? null : Number(range.value))), (s) => s.uncertain || name === "pilot_firms");
    return {
        element: h("div", { class: "slider", "data-slider": name },
            h("div", { class: "top" }, h("span", null, h("label", { for: name }, capital(nameOf("param", name))), " ", ask), value),
            meaning, range, box && box.element),
        sync: (s) => {
            const drawn = isDrawn(s);
            range.max = String(Math.max(highest(slider, s), s.set[name] ?? 0));
            range.value = String(s.set[name] ?? plain(s));
            value.value = drawn ? t("lab.uncertain") : show(row, Number(range.value));
            range.setAttribute("aria-valuetext", value.value);
            range.classList.toggle("drawn", Boolean(drawn));
            range.disabled = slider.group === "pilot" && !s.pilot;
            box?.sync(s);
        },
    };
}

/** Which worlds: how many, how long, with which seed, and what is uncertain in them. */
function worlds(base, get, set) {
    const seed = h("input", {
        type: "number", id: "seed", min: 0, max: Number.MAX_SAFE_INTEGER, step: 1,
        onchange: () => seed.validity.valid && seed.value !== "" ? set({ ...get(), seed: Number(seed.value) }) : (seed.value = String(get().seed)),
    });
    const another = h("button", {
        type: "button", id: "another", onclick: () => set({ ...get(), seed: 1 + Math.floor(Math.random() * SEED_MAX) }),
    }, t("lab.another"));
    const number = select("worlds", t("lab.worlds"), WORLDS, count, (value) => set({ ...get(), worlds: value }));
    const horizon = select("months", t("lab.months"), MONTHS, months, (value) => set({ ...get(), months: value }));
    const rest = check("uncertain", t("lab.rest"), (s) => s.uncertain, (on) => set({ ...get(), uncertain: on }));
    return {
        element: h("fieldset", null, h("legend", null, t("lab.group.worlds")),
            h("div", { class: "row" }, number.element, horizon.element),
            h("div", { class: "row" }, h("span", { class: "choice" }, h("label", { for: "seed" }, t("lab.seed")), seed), another),
            rest.element),
        sync: (s) => {
            seed.value = String(s.seed);
            for (const part of [number, horizon, rest]) part.sync(s);
        },
    };
}

/** A labelled select of numbers; a number that is not among them is added. */
function select(key, label, values, write, change) {
    const element = choice(label, values.map((value) => ({ value: String(value), label: write(value) })), "", (value) => change(Number(value)));
    const field = element.querySelector("select");
    field.id = key;
    element.querySelector("label").htmlFor = key;
    return {
        element,
        sync: (settings) => {
            const value = settings[key];
            if (![...field.options].some((option) => option.value === String(value))) field.append(h("option", { value }, write(value)));
            field.value = String(value);
        },
    };
}

/** What a preset or an address has set that no slider shows. */
function also(base, get, set) {
    const shown = new Set([...SLIDERS.map((slider) => slider.name), "gate"]);
    const element = h("div", { class: "also" });
    return {
        element,
        sync: (settings) => {
            const names = Object.keys(settings.set).filter((name) => !shown.has(name));
            element.replaceChildren(...(names.length === 0 ? [] : [
                h("p", null, t("lab.also")),
                h("ul", null, names.map((name) => h("li", null,
                    capital(nameOf("param", name)), ": ", h("b", null, show(base.rows.get(name), settings.set[name])), " ",
                    h("button", {
                        type: "button", class: "small", "aria-label": t("lab.remove", { name: nameOf("param", name) }),
                        onclick: () => set(withValue(get(), name, null)),
                    }, "×")))),
            ]));
        },
    };
}
