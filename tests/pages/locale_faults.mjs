// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can be wrong with the texts of a page, found without knowing what they mean. A topic is the text of a file of locale/:
// {"key": {"en": ..., "ru": ..., "uz": ...}}, an entry a line. Each function returns sentences, one a fault.

/** Letters of Uzbek: the turned comma of oʻ and gʻ, the apostrophe of the tutuq belgisi. */
const TURNED = "\u02bb";
const TUTUQ = "\u02bc";
const CYRILLIC = /\p{Script=Cyrillic}/u;
const LATIN = /\p{Script=Latin}/u;

/** Topics of which the English stands elsewhere, in the tables of the model. */
export const languagesOf = (topic) => topic.endsWith("-meaning") ? ["ru", "uz"] : ["en", "ru", "uz"];

const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(" ");

function uzbekFaults(text) {
    const faults = [];
    if (CYRILLIC.test(text)) faults.push("has Cyrillic letters");
    if (/['\u2018\u2019\u00b4]|\p{L}`\p{L}/u.test(text)) faults.push(`has an apostrophe that is neither ${TURNED} nor ${TUTUQ}`);
    if (new RegExp(`[oOgG]${TUTUQ}`).test(text)) faults.push(`has ${TUTUQ} (U+02BC) after o or g, where ${TURNED} (U+02BB) belongs`);
    if (new RegExp(`(^|[^oOgG])${TURNED}`).test(text)) faults.push(`has ${TURNED} (U+02BB) after another letter than o or g`);
    return faults;
}

function russianFaults(text) {
    const words = text.replace(/\{\w+\}/g, " ").match(/\p{L}+/gu) ?? [];
    return words.filter((word) => CYRILLIC.test(word) && LATIN.test(word))
        .map((word) => `mixes Cyrillic and Latin letters in "${word}"`);
}

const englishFaults = (text) => CYRILLIC.test(text) ? ["has Cyrillic letters"] : [];

/** Faults of a text by its language: in letters only. */
export const faultsOf = { en: englishFaults, ru: russianFaults, uz: uzbekFaults };

/** Faults of one entry. */
export function entryFaults(topic, key, entry) {
    const at = `${topic}: ${key}`;
    const wanted = languagesOf(topic);
    const faults = Object.keys(entry).filter((language) => !wanted.includes(language))
        .map((language) => `${at}: has ${language}, which is no language here`);
    for (const language of wanted) {
        const text = entry[language];
        if (typeof text !== "string" || text.trim() === "") {
            faults.push(`${at}: lacks ${language}`);
            continue;
        }
        if (text !== text.trim() || / {2}|[\n\t]/.test(text)) faults.push(`${at}: ${language} has blanks too many`);
        if (text !== text.normalize("NFC")) faults.push(`${at}: ${language} is not in composed form`);
        if (placeholders(text) !== placeholders(entry[wanted[0]] ?? "")) {
            faults.push(`${at}: ${language} has the placeholders "${placeholders(text)}", ${wanted[0]} others`);
        }
        faults.push(...faultsOf[language](text).map((fault) => `${at}: ${language} ${fault}`));
    }
    return faults;
}

/** Faults of a file as text: it must be JSON with an entry a line and no key twice, which a parser would pass over. */
export function fileFaults(topic, text) {
    let entries;
    try {
        entries = JSON.parse(text);
    } catch (error) {
        return [`${topic}: no JSON: ${error.message}`];
    }
    const keys = Object.keys(entries);
    const lines = text.split("\n").filter((line) => /^ {4}"/.test(line));
    const faults = keys.flatMap((key) => entryFaults(topic, key, entries[key]));
    if (lines.length !== keys.length) faults.push(`${topic}: ${lines.length} lines of entries for ${keys.length} keys`);
    return faults;
}

/** Keys that should be there and are not, and the other way round. `what` says where they come from. */
export function coverFaults(topic, have, wanted, what) {
    const inTopic = new Set(have), inModel = new Set(wanted);
    return [
        ...wanted.filter((key) => !inTopic.has(key)).map((key) => `${topic}: ${key} is ${what} and has no text`),
        ...have.filter((key) => !inModel.has(key)).map((key) => `${topic}: ${key} is no ${what} any more`),
    ];
}
