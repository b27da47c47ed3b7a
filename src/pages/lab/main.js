// SPDX-License-Identifier: GPL-3.0-or-later
//
// The laboratory: somebody moves a slider, and hundreds of worlds are played again at once, in this browser, by klaster's own core.
// Here what is set, what is pinned, what was played, and who is told when one of them changes.
import { readData } from "../common/data.js";
import { h } from "../common/dom.js";
import { chooseLanguage, onLanguage, t } from "../common/locale.js";
import { chooseTheme, languageSwitch, themeSwitch } from "../common/theme.js";
import { controls } from "./controls.js";
import { panel } from "./panel.js";
import { Player } from "./player.js";
import { hashOf, SERIES, settingsOf, startOf } from "./settings.js";
import { baseOf, setupOf } from "./setup.js";
import "./texts.js";
import { Worlds } from "./worlds.js";

const OUTCOMES = ["saving_joint", "member_share", "members_final", "npv_social"];
const NOW = "now", PINNED = "pinned";
const DRAWING_MS = 90; // between two pictures while worlds are still coming

const data = readData();
const base = baseOf(data);
const start = startOf(base);
const state = { settings: start, pinned: null, worlds: null, pinnedWorlds: null, series: "members", chosen: -1, error: null, playing: true };
let bench = null, view = null, player = null, waiting = 0, drawn = 0;

/* ---- the address ---- */

function readAddress() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const pin = parts.get("pin"), series = parts.get("show");
    parts.delete("pin");
    parts.delete("show");
    state.settings = settingsOf(parts.toString(), base, start);
    state.pinned = pin === null ? null : settingsOf(pin, base, start);
    if (SERIES.includes(series)) state.series = series;
}

function writeAddress() {
    const parts = new URLSearchParams(hashOf(state.settings, start));
    if (state.pinned) parts.set("pin", hashOf(state.pinned, start));
    if (state.series !== SERIES[0]) parts.set("show", state.series);
    const address = `${location.pathname}${location.search}${String(parts) && `#${parts}`}`;
    try {
        history.replaceState(null, "", address);
    } catch {
        // Safari takes only so many a minute: the next one will do
    }
}

/* ---- playing ---- */

/** The pinned setting is played in the worlds of the present one: same seed, as many, as long. */
const inTheseWorlds = (settings) => ({ ...settings, seed: state.settings.seed, worlds: state.settings.worlds, months: state.settings.months });

const jobOf = (tag, settings) => ({ tag, settings, setup: setupOf(base, settings), worlds: settings.worlds });

function play() {
    state.error = null;
    state.playing = true;
    const jobs = [];
    if (state.pinned) {
        state.pinned = inTheseWorlds(state.pinned);
        const played = state.pinnedWorlds;
        if (!played?.complete || played.of !== hashOf(state.pinned)) jobs.push(jobOf(PINNED, state.pinned));
    } else {
        state.pinnedWorlds = null;
    }
    try {
        player.play([...jobs, jobOf(NOW, state.settings)]);
    } catch (error) {
        fail(error.message);
    }
}

function emptyWorlds({ settings }) {
    const worlds = new Worlds(settings.worlds, settings.months, OUTCOMES, SERIES);
    worlds.of = hashOf(settings);
    worlds.settings = settings;
    return worlds;
}

const coming = new Map(); // worlds of jobs that have shown nothing yet: until then the last ones stay in sight

const listener = {
    begin(jobs) {
        coming.clear();
        for (const job of jobs) coming.set(job.tag, emptyWorlds(job));
    },
    slice(tag, slice, done) {
        const fresh = coming.get(tag);
        if (fresh) {
            coming.delete(tag);
            if (tag === NOW) state.worlds = fresh;
            else state.pinnedWorlds = fresh;
        }
        (tag === NOW ? state.worlds : state.pinnedWorlds).add(slice);
        state.playing = !done;
        show();
    },
    error: fail,
};

function fail(text) {
    state.error = text;
    state.playing = false;
    show();
}

/* ---- changes ---- */

function setSettings(settings) {
    state.settings = settings;
    bench.sync(settings, state.pinned);
    writeAddress();
    play();
}

const actions = {
    pin() {
        state.pinned = structuredClone(state.settings);
        state.pinnedWorlds = state.worlds?.complete && state.worlds.of === hashOf(state.settings) ? state.worlds : null;
        setSettings(state.settings);
    },
    unpin() {
        state.pinned = state.pinnedWorlds = null;
        bench.sync(state.settings, null);
        writeAddress();
        show();
    },
    swap() {
        const { pinned, settings } = state;
        state.pinned = settings;
        state.pinnedWorlds = null;
        setSettings(inTheseWorlds(pinned));
    },
    series(name) {
        state.series = name;
        writeAddress();
        show();
    },
    choose(world) {
        state.chosen = world;
        show();
    },
};

/** Draw when all is played, and until then at once the first time, and then now and again: drawing takes time from playing. */
function show() {
    if (state.playing && waiting) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => requestAnimationFrame(() => {
        waiting = 0;
        drawn = performance.now();
        view.update(state);
    }), state.playing ? Math.max(0, drawn + DRAWING_MS - performance.now()) : 0);
}

/* ---- the page ---- */

function draw() {
    const focused = document.activeElement?.id, place = window.scrollY;
    document.title = `${t("lab.title")} · klaster`;
    bench = controls(base, () => state.settings, setSettings, actions);
    view = panel(base, actions, state.series);
    const licences = document.getElementById("licences");
    document.getElementById("page").replaceChildren(
        h("a", { class: "skip", href: "#results" }, t("page.skip")),
        h("header", { class: "head" },
            h("div", { class: "switches screen" }, h("span", { class: "brand" }, "klaster · ", t("lab.name")), languageSwitch(), themeSwitch()),
            h("h1", null, t("lab.title")), h("p", { class: "lead" }, t("lab.lead"))),
        h("div", { class: "laboratory" }, view.summary, bench.element, h("div", { id: "results", tabindex: -1 }, view.element)),
        h("footer", { class: "foot" },
            h("p", null, t("lab.foot", { program: data.program })), h("p", null, t("lab.limits")),
            licences && h("details", { class: "screen" }, h("summary", null, t("lab.licences")), licences.content.cloneNode(true))));
    bench.sync(state.settings, state.pinned);
    view.update(state);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    window.scrollTo({ top: place, behavior: "instant" });
}

chooseTheme();
chooseLanguage();
readAddress();
draw();
onLanguage(draw);
player = new Player(data.wasm, { outcomes: OUTCOMES, series: SERIES }, listener);
play();
window.addEventListener("hashchange", () => {
    readAddress();
    bench.sync(state.settings, state.pinned);
    play();
});
