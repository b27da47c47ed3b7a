// SPDX-License-Identifier: GPL-3.0-or-later
//
// The options of a study: their names as a reader knows them, and which of them are one instrument at several sizes. That is seen
// by the label: "Fee subsidy, 37,500 USD" and "Fee subsidy, 75,000 USD" are a family.
import { rowsOf } from "../../common/data.js";
import { study, t } from "../../common/locale.js";

const SIZED = /^(.*\S),\s+(\S*\d.*)$/;

/** Which of several arms is held against. */
const baselineOf = (data) => {
    const b = data.study.baseline;
    return typeof b === "number"
        ? b
        : Math.max(
              0,
              data.study.arms.findIndex((arm) => arm.name === b),
          );
};

/**
 * @returns {{index: number, name: string, label: string, baseline: boolean, family: string|null, group: string, level: string}[]}
 * label: whole; family: what arms of one instrument share, null for an arm by itself; group and level: the label's two parts in the
 * page's language
 */
export function armsOf(data) {
    const baseline = baselineOf(data);
    const arms = data.study.arms.map((arm, index) => {
        const label = arm.label || arm.name;
        const shown = study(label);
        const parts = SIZED.exec(shown);
        const family = SIZED.exec(label)?.[1] ?? null;
        return {
            index,
            name: arm.name,
            label: shown,
            baseline: index === baseline,
            family: parts ? family : null,
            group: parts?.[1] ?? shown,
            level: parts?.[2] ?? shown,
        };
    });
    const sizes = Map.groupBy ? Map.groupBy(arms, (arm) => arm.family) : countFamilies(arms);
    for (const arm of arms) {
        if (arm.family !== null && sizes.get(arm.family).length < 2)
            Object.assign(arm, { family: null, group: arm.label, level: arm.label });
    }
    return arms;
}

function countFamilies(arms) {
    const sizes = new Map();
    for (const arm of arms) sizes.set(arm.family, [...(sizes.get(arm.family) ?? []), arm]);
    return sizes;
}

/** Arms by name. */
export const armMap = (data) => new Map(armsOf(data).map((arm) => [arm.name, arm]));

/** A label as it stands within a sentence: in the quotation marks of the language. */
export const quoted = (label) => t("options.quoted", { label });

/** Choices of a select: the arms, all or without the baseline. */
export const armChoices = (arms) =>
    arms.map((arm) => ({
        value: arm.name,
        label: arm.baseline ? t("options.with-baseline", { label: arm.label }) : arm.label,
    }));

/** Rows of a table of the page's data, as objects; of one arm where `arm` is given. */
export const tableRows = (data, name, arm) =>
    rowsOf(data.tables?.[name]).filter((row) => arm === undefined || row.arm === arm);
