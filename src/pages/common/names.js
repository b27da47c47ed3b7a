// SPDX-License-Identifier: GPL-3.0-or-later
//
// Names of the model's things in the page's language: parameters, outcomes, series, statuses, stages. Where a language has none,
// the name of the model stands, with spaces.
import { currentLanguage } from "./locale.js";

const kinds = new Map();

/**
 * Register names of a kind: addNames("param", params). Keys in `topic` are the model's names, for some kinds after the kind
 * (status.completed).
 * @param {string} kind  param, meaning, outcome, series, status, stage ...
 * @param {Object<string, {en?: string, ru?: string, uz?: string}>} topic
 */
export const addNames = (kind, topic) => kinds.set(kind, { ...kinds.get(kind), ...topic });

/** Is there a name in the page's language? */
const known = (kind, name) => {
    const topic = kinds.get(kind);
    return (topic?.[`${kind}.${name}`] ?? topic?.[name])?.[currentLanguage()];
};

/** The name of a thing; `otherwise`, or the model's name with spaces, where the language has none. */
export const nameOf = (kind, name, otherwise) => known(kind, name) ?? otherwise ?? String(name).replace(/_/g, " ");

/** With a capital, as a heading or at the head of a sentence. */
export const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
