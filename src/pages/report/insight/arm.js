// SPDX-License-Identifier: GPL-3.0-or-later
//
// These sections are about one arm: the one that the report was made for. Where there are several they say which.
import { h } from "../../common/dom.js";
import { t } from "../../common/locale.js";
import { armsOf, quoted } from "../options/arms.js";

/** The arm as armsOf has it. */
export const theArm = (data) => armsOf(data).find((arm) => arm.name === data.arm) ?? armsOf(data)[0];

/** A line that says which option this is about; nothing where there is one only. */
export const aboutArm = (data) =>
    data.study.arms.length > 1 &&
    h("p", { class: "muted about" }, t("insight.about", { option: quoted(theArm(data).label) }));

/** Each value of a key once, in the order in which they come. */
export const distinct = (rows, key) => [...new Set(rows.map((row) => row[key]))];
