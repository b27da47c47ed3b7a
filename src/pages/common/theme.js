// SPDX-License-Identifier: GPL-3.0-or-later
//
// Switches that every page has: its language, and light or dark. The theme follows the system until somebody chooses.
import { h } from "./dom.js";
import { currentLanguage, LANGUAGE_NAMES, LANGUAGES, setLanguage, t } from "./locale.js";

const KEY = "klaster-theme";
const THEMES = ["auto", "light", "dark"];
let theme = "auto";

function apply() {
    if (theme === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
}

/** What was chosen before on this machine, as far as the browser remembers; or ?theme=. */
export function chooseTheme() {
    let stored = null;
    try {
        stored = localStorage.getItem(KEY);
    } catch {
        // no storage for files: follow the system
    }
    theme = [new URLSearchParams(location.search).get("theme"), stored].find((one) => THEMES.includes(one)) ?? "auto";
    apply();
}

function setTheme(wanted, group) {
    theme = wanted;
    apply();
    try {
        localStorage.setItem(KEY, theme);
    } catch {
        // as above
    }
    for (const button of group.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", String(button.value === theme));
    }
}

/** A group of buttons: the system's theme, light, dark. */
export function themeSwitch() {
    const group = h("div", { class: "switch themes", role: "group", "aria-label": t("theme.label") }, THEMES.map((one) =>
        h("button", {
            type: "button",
            id: `theme-${one}`,
            value: one,
            "aria-pressed": String(one === theme),
            onclick: () => setTheme(one, group),
        }, t(`theme.${one}`))));
    return group;
}

/** A group of buttons: the languages, each in itself. Pages draw themselves anew in onLanguage. */
export function languageSwitch() {
    return h("div", { class: "switch languages", role: "group", "aria-label": t("language.label") }, LANGUAGES.map((one) =>
        h("button", {
            type: "button",
            id: `language-${one}`,
            value: one,
            lang: one,
            "aria-pressed": String(one === currentLanguage()),
            onclick: () => setLanguage(one),
        }, LANGUAGE_NAMES[one])));
}
