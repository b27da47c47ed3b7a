// SPDX-License-Identifier: GPL-3.0-or-later
//
// Names of the model's things in the page's language: parameters, outcomes, series, statuses, stages. Where a language has none,
// the name of the model stands, with spaces.
import { currentLanguage, hasText, t } from "./locale.js";

const kinds = new Map();

/**
 * Register names of a kind that stand under the model's names alone: addNames("param", params). Those that stand under kind.name
 * (outcome.saving_joint, status.completed) are texts like others: addTexts(outcomes, terms).
 * @param {string} kind  param, meaning
 * @param {Object<string, {en?: string, ru?: string, uz?: string}>} topic
 */
export const addNames = (kind, topic) => kinds.set(kind, { ...kinds.get(kind), ...topic });

/** The name of a thing; `otherwise`, or the model's name with spaces, where the language has none. */
export function nameOf(kind, name, otherwise) {
    if (hasText(`${kind}.${name}`)) return t(`${kind}.${name}`);
    return kinds.get(kind)?.[name]?.[currentLanguage()] ?? otherwise ?? String(name).replace(/_/g, " ");
}

/** With a capital, as a heading or at the head of a sentence. */
export const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
