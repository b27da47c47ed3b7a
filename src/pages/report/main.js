// SPDX-License-Identifier: GPL-3.0-or-later
//
// The report: what a result file says, as one page. The shell here: head, switches, contents, sections, foot.
import { readData } from "../common/data.js";
import { h } from "../common/dom.js";
import { chooseLanguage, onLanguage, t } from "../common/locale.js";
import { chooseTheme } from "../common/theme.js";
import "./texts.js";
import { foot, head } from "./head.js";
import { sections } from "./sections.js";

const data = readData();

/** A section as an element; one that cannot be drawn says so and leaves the others alone. */
function sectionElement(section) {
    const heading = `${section.id}-heading`;
    let content;
    try {
        content = section.render(data);
    } catch (error) {
        console.error(`section ${section.id}:`, error);
        content = h("p", { class: "warning" }, t("report.not-drawn", { reason: error.message }));
    }
    return h("section", { id: section.id, "aria-labelledby": heading },
        h("h2", { id: heading }, section.title(data)), content);
}

function contents(shown) {
    return h("nav", { class: "contents screen", "aria-label": t("page.contents") },
        h("ol", null, shown.map((section) => h("li", null, h("a", { href: `#${section.id}` }, section.title(data))))));
}

let watcher = null;

/** Mark the section that is being read in the contents. */
function watch() {
    watcher?.disconnect();
    const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
    watcher = new IntersectionObserver((entries) => {
        const entry = entries.find((one) => one.isIntersecting);
        if (!entry) return;
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }, { rootMargin: "-20% 0px -75% 0px" });
    for (const section of document.querySelectorAll("#content > section")) watcher.observe(section);
}

/** What stands at the top of the window, and where: {id, top in CSS pixels}; null above the first section. */
function placeNow() {
    if (window.scrollY === 0) return null;
    const all = [...document.querySelectorAll("#content > section, #content figure[id]")];
    const first = all.filter((one) => one.getBoundingClientRect().top <= 120).pop() ?? all[0];
    return first ? { id: first.id, top: first.getBoundingClientRect().top } : null;
}

/** Draw everything; the reader stays where he was, with the same element in focus. */
function draw() {
    const focused = document.activeElement?.id;
    const place = placeNow();
    document.title = `${data.study.title || data.study.name} · klaster`;
    const shown = sections.filter((section) => section.applies(data));
    document.getElementById("page").replaceChildren(
        h("a", { class: "skip", href: "#content" }, t("page.skip")),
        head(data),
        h("div", { class: "columns" },
            contents(shown),
            h("div", { id: "content", tabindex: -1 }, shown.map(sectionElement))),
        foot(data));
    for (const box of document.querySelectorAll(".chart")) box.redraw?.();
    watch();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const there = place && document.getElementById(place.id);
    if (there) window.scrollBy({ top: there.getBoundingClientRect().top - place.top, behavior: "instant" });
}

chooseTheme();
chooseLanguage(data.lang);
draw();
onLanguage(draw);
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView({ behavior: "instant" });
