// SPDX-License-Identifier: GPL-3.0-or-later
//
// The replay: one world, played month by month; or two arms of it, side by side, on one clock.
import { readData } from "../common/data.js";
import { h } from "../common/dom.js";
import { chooseLanguage, onLanguage, study, t } from "../common/locale.js";
import { capital, nameOf } from "../common/names.js";
import { count, plural } from "../common/number.js";
import { chooseTheme, languageSwitch, themeSwitch } from "../common/theme.js";
import "./texts.js";
import { charts } from "./charts.js";
import { layoutOf } from "./layout.js";
import { compareMembers, countStates, sameCluster, worldOf } from "./model.js";
import { networkLegend, networkView } from "./network.js";
import { firmFacts, monthSentences, storyOf } from "./story.js";
import { firmsTable, monthsTable, outcomesTable } from "./tables.js";
import { listenToKeys, makeClock, player, stageName, stageOrRest } from "./timeline.js";

const data = readData();
const worlds = data.runs.map(worldOf);
const isPaired = worlds.length === 2 && sameCluster(...data.runs);
const places = [layoutOf(data.runs[0])];
if (worlds.length === 2) places.push(isPaired ? places[0] : layoutOf(data.runs[1]));
const asked = new URLSearchParams(location.search);
const clock = makeClock(data.study.months, Number(asked.get("month") ?? 1));
const labelOf = (run) => study(run.label || run.arm);
let selected = null; // {firm, arm}: the arm matters where the clusters differ
let views = [];
let story = null;

// ---- parts ----

const fact = (label, value) => h("div", null, h("dt", null, label), h("dd", null, value));

function head() {
    return h("header", { class: "head" },
        h("div", { class: "switches screen" }, h("span", { class: "brand" }, data.program.name, " · ", t("replay.name")),
            languageSwitch(), themeSwitch()),
        h("h1", null, study(data.study.title || data.study.name)),
        h("p", { class: "lead" }, plural("replay.lead", data.runs[0].firms_number, { months: count(data.study.months) })),
        h("dl", { class: "facts" },
            fact(t("replay.fact.study"), data.study.name),
            fact(t("replay.fact.point"), count(data.point)),
            fact(t("replay.fact.replicate"), count(data.replicate)),
            fact(t("replay.fact.seed"), String(data.study.seed)),
            data.runs.map((run) => fact(t("replay.fact.arm", { arm: labelOf(run) }), capital(nameOf("status", run.status))))));
}

/** Network, state counts and sentences of one arm. */
function armView(world, arm) {
    const label = labelOf(world.run);
    const other = isPaired ? worlds[1 - arm] : null;
    const legend = networkLegend(Boolean(other));
    const network = networkView(world, places[arm], {
        arm, label: t("replay.network-label", { arm: label, firms: count(world.n), ties: count(world.run.ties_number) }),
        onPick: (firm) => pick(firm, arm),
    });
    const say = h("p", { class: "say" });
    const element = h("section", { class: `arm arm-${arm}`, "data-arm": arm },
        worlds.length > 1 && h("h2", { class: `arm-${arm}` }, label),
        say, network.element, !world.run.ties && h("p", { class: "method" }, tiesNote(world.run)), legend.element);
    const show = (month, isPlaying) => {
        say.setAttribute("aria-live", isPlaying ? "off" : "polite");
        say.textContent = [t("replay.say.month", { month, stage: stageName(stageOrRest(world.run, month)) }),
            ...monthSentences(world, month)].join(" ");
        legend.show(countStates(world, month));
        network.show(month, { other, selected: selected && (isPaired || selected.arm === arm) ? selected.firm : null });
    };
    return { element, show, redraw: network.redraw };
}

const tiesNote = (run) => t(run.parameters.graph === "complete" ? "replay.complete" : "replay.many-ties",
    { ties: count(run.ties_number) });

// ---- a firm's story ----

function firmChoice() {
    const world = worlds[selected?.arm ?? 0];
    return h("p", { class: "choose screen" }, h("label", { for: "firm-choice" }, t("replay.choose")), " ",
        h("select", { id: "firm-choice", onchange: (event) => pick(event.target.value === "" ? null : Number(event.target.value), selected?.arm ?? 0) },
            h("option", { value: "" }, "–"),
            Array.from({ length: world.n }, (_, firm) =>
                h("option", { value: firm, selected: firm === selected?.firm }, t("replay.firm", { firm })))));
}

function drawStory() {
    const box = document.getElementById("story");
    const parts = [h("h2", { id: "story-heading", tabindex: -1 },
        selected ? t("replay.story-of", { firm: selected.firm }) : t("replay.story")), firmChoice()];
    story = null;
    if (selected) {
        const shown = isPaired ? [0, 1] : [selected.arm];
        const stories = shown.map((arm) => storyOf(worlds[arm], selected.firm,
            { arm, label: worlds.length > 1 ? labelOf(data.runs[arm]) : null, clock }));
        parts.push(firmFacts(data.runs[selected.arm], selected.firm),
            h("div", { class: "stories" }, stories.map((one) => one.element)));
        story = { show: (month) => stories.forEach((one) => one.show(month)) };
    } else {
        parts.push(h("p", { class: "muted" }, t("replay.story-hint")));
    }
    box.replaceChildren(...parts);
    box.classList.toggle("screen", !selected);
}

/** Open a firm's story; null closes it. */
function pick(firm, arm) {
    selected = firm === null ? null : { firm, arm };
    const wasChoosing = document.activeElement?.id === "firm-choice";
    drawStory();
    show(clock.month, clock.isPlaying);
    if (wasChoosing) document.getElementById("firm-choice").focus();
}

// ---- two arms ----

function comparison() {
    if (worlds.length < 2) return null;
    const element = h("p", { class: "compare", "data-compare": "" });
    if (!isPaired) element.textContent = t("replay.not-paired");
    return {
        element,
        show: (month) => {
            if (!isPaired) return;
            const found = compareMembers(...worlds, month);
            Object.assign(element.dataset, found);
            element.textContent = t("replay.compare", {
                both: count(found.both), first: count(found.first), second: count(found.second),
                a: labelOf(data.runs[0]), b: labelOf(data.runs[1]),
            });
        },
    };
}

// ---- the page ----

function section(id, title, ...content) {
    return h("section", { id, "aria-labelledby": `${id}-heading` }, h("h2", { id: `${id}-heading` }, title), content);
}

function tables() {
    const of = (make) => worlds.map((world) => make(world, labelOf(world.run)));
    const choose = (arm) => (firm) => {
        pick(firm, arm);
        document.getElementById("story-heading").focus();
    };
    return section("tables", t("replay.tables"),
        h("details", { id: "months", class: "data" }, h("summary", null, t("replay.tables-months")), of(monthsTable)),
        h("details", { id: "firms", class: "data" }, h("summary", null, t("replay.tables-firms")),
            worlds.map((world, arm) => firmsTable(world, labelOf(world.run), choose(arm)))),
        h("details", { id: "outcomes", class: "data" }, h("summary", null, t("replay.tables-outcomes")),
            outcomesTable(data.runs, data.runs.map(labelOf), data.outcomes)));
}

function foot() {
    const licences = document.getElementById("licences");
    return h("footer", { class: "foot" }, h("p", null, t("replay.one-world")),
        h("p", null, t("replay.made", { program: `${data.program.name} ${data.program.version}` }), " ",
            data.command && h("code", null, data.command)),
        licences && h("details", { class: "screen" }, h("summary", null, t("replay.licences")), licences.content.cloneNode(true)));
}

function show(month, isPlaying) {
    document.documentElement.dataset.month = month;
    document.documentElement.dataset.playing = isPlaying;
    for (const view of views) view.show(month, isPlaying);
    story?.show(month);
}

function draw() {
    const focused = document.activeElement?.id;
    const place = window.scrollY;
    const open = [...document.querySelectorAll("details[open]")].map((one) => one.id).filter(Boolean);
    document.title = `${study(data.study.title || data.study.name)} · klaster`;
    clock.forget();
    const arms = worlds.map(armView);
    const compare = comparison();
    views = compare ? [...arms, compare] : arms;
    const lanes = data.runs.map((run, arm) => ({ run, arm, label: worlds.length > 1 ? labelOf(run) : null }));
    document.getElementById("page").replaceChildren(
        h("a", { class: "skip", href: "#content" }, t("page.skip")),
        head(),
        player(clock, lanes),
        h("div", { id: "content", tabindex: -1, class: worlds.length > 1 ? "two" : "one" },
            compare?.element,
            h("div", { class: "arms" }, arms.map((arm) => arm.element)),
            h("section", { id: "story", "aria-labelledby": "story-heading" })),
        section("charts", t("replay.charts"), charts(data.runs, data.runs.map(labelOf), clock)),
        tables(),
        foot());
    drawStory();
    clock.onChange(show);
    clock.set(clock.month);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    window.scrollTo({ top: place, behavior: "instant" });
}

// ---- what changes a drawing: the theme, for a canvas; printing, which shows the last month and the months' table ----

function followTheme() {
    const redraw = () => views.forEach((view) => view.redraw?.());
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

function followPrint() {
    let before = null;
    addEventListener("beforeprint", () => {
        const months = document.getElementById("months");
        before = { month: clock.month, isOpen: months.open };
        clock.pause(false);
        clock.set(clock.months);
        months.open = true;
    });
    addEventListener("afterprint", () => {
        if (!before) return;
        document.getElementById("months").open = before.isOpen;
        clock.set(before.month);
        before = null;
    });
}

chooseTheme();
chooseLanguage(data.lang);
draw();
onLanguage(draw);
listenToKeys(clock);
followTheme();
followPrint();
if (asked.has("firm")) pick(Math.min(worlds[0].n - 1, Number(asked.get("firm")) || 0), 0);
