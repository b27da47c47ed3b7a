// SPDX-License-Identifier: GPL-3.0-or-later
//
// The list of documents, open where there is room beside the text; and search, without a server: the index came as a script.
// Words are completed and may have a slip.
/* global MiniSearch, klasterIndex */
const up = document.currentScript.dataset.up;
const field = document.getElementById("search");
const found = document.getElementById("found");
let index = null;

const wide = matchMedia("(min-width: 52rem)");
const list = document.querySelector(".site-nav details");
const fit = () => { list.open = wide.matches; };
wide.addEventListener("change", fit);
fit();

/** Sections that match, best first. */
function find(text) {
    index ??= MiniSearch.loadJSON(klasterIndex, { fields: ["title", "text"], storeFields: ["page", "title"] });
    return index.search(text, { prefix: true, fuzzy: 0.15, boost: { title: 3 }, combineWith: "AND" }).slice(0, 12);
}

function show() {
    const text = field.value.trim();
    found.hidden = text.length < 2;
    if (found.hidden) return;
    const results = find(text);
    const items = document.createElement("ol");
    for (const result of results) {
        const link = document.createElement("a");
        link.href = `${up}/${result.id}`;
        link.textContent = result.title;
        const item = document.createElement("li");
        item.append(link);
        if (result.page !== result.title) item.append(` in ${result.page}`);
        items.append(item);
    }
    found.replaceChildren(results.length ? items : document.createTextNode("Nothing found. All words must occur in one section."));
}

field.addEventListener("input", show);
field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    found.querySelector("a")?.click();
});
document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement.tagName)) {
        event.preventDefault();
        field.focus();
    }
    if (event.key === "Escape") {
        field.value = "";
        show();
    }
});
