// SPDX-License-Identifier: GPL-3.0-or-later
//
// The page's language. Texts stand in locale/<topic>.json, three languages side by side; a page registers the topics that it
// uses. Texts of a study that ships with klaster are translated too; those of any other stay as they were written.

export const LANGUAGES = ["en", "ru", "uz"];

/** Names of the languages in themselves. */
export const LANGUAGE_NAMES = { en: "English", ru: "Русский", uz: "Oʻzbekcha" };

/** English texts are written for many; a study of one world or replicate is rare, and should read well all the same. */
const ONE_OF_MANY = /(^|[^\d.,])1([ \u00a0\u202f])(world|month|firm|point|replicate|option|run)s\b/g;

const texts = new Map();
const listeners = new Set();
let language = "en";

/** Add topics: objects {key: {en, ru, uz}}. A key may stand in one topic only. */
export function addTexts(...topics) {
    for (const topic of topics) {
        for (const [key, entry] of Object.entries(topic)) texts.set(key, entry);
    }
}

export const currentLanguage = () => language;

/** Call `listener` whenever the language has changed; returns a function that ends this. */
export function onLanguage(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

export function setLanguage(wanted) {
    language = LANGUAGES.includes(wanted) ? wanted : "en";
    document.documentElement.lang = language;
    try {
        localStorage.setItem("klaster-language", language);
    } catch {
        // A page that is opened as a file may have no storage: then the choice lasts as long as the page.
    }
    for (const listener of listeners) listener(language);
}

/** The first of: ?lang=, what was chosen before, what the page was made for, what the browser prefers, English. */
export function chooseLanguage(madeFor) {
    let stored = null;
    try {
        stored = localStorage.getItem("klaster-language");
    } catch {
        // as above
    }
    const wanted = [
        new URLSearchParams(location.search).get("lang"),
        stored,
        madeFor,
        ...navigator.languages.map((tag) => tag.slice(0, 2)),
    ];
    setLanguage(wanted.find((tag) => LANGUAGES.includes(tag)) ?? "en");
}

/**
 * The text of a key in the page's language, with {name} replaced by values.name. A key that is not there is shown as it is, so
 * that its lack is seen.
 */
export function t(key, values = {}) {
    const entry = texts.get(key);
    const text = entry ? entry[language] ?? entry.en ?? key : key;
    const said = text.replace(/\{(\w+)\}/g, (whole, name) => name in values ? String(values[name]) : whole);
    return language === "en" ? said.replace(ONE_OF_MANY, (_, before, space, word) => `${before}1${space}${word}`) : said;
}

/** Is there a text for this key in the page's language? */
export const hasText = (key) => texts.get(key)?.[language] !== undefined;

/** A text of the study: translated where it is known, else as it stands there. */
export function study(text) {
    return texts.get(text)?.[language] ?? text;
}
