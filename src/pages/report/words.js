// SPDX-License-Identifier: GPL-3.0-or-later
//
// Values and distributions of a study file in words: "{pert: [0.35, 0.55, 0.7]}" is "0.35 to 0.7, most likely 0.55".
import { t } from "../common/locale.js";
import { isNumber, significant } from "../common/number.js";

/**
 * @param {string} text  a value, or a distribution as a study file has it
 * @param {(text: string) => string} [word]  how a value that is no number is written
 */
export function inWords(text, word = (x) => x) {
    const found = /^\{(\w+): \[(.*)\]\}$/.exec(text);
    if (!found) return value(text, word);
    const [, kind, list] = found;
    const values = list.split(",").map((one) => value(one.trim(), word));
    if (kind === "choice") return t("dist.choice", { list: values.join(", ") });
    const [a, b, c] = values;
    return t(`dist.${kind}`, { a, b, c });
}

function value(text, word) {
    const number = /^-?\d/.test(text) ? Number(text) : NaN;
    return isNumber(number) ? significant(number, 6) : word(text);
}
