// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sections about options: the four big numbers, which open a report with several arms, and how the options compare.
import "./texts.js";
import { acceptability } from "./acceptability.js";
import { bigNumbers } from "./big-numbers.js";
import { differences } from "./differences.js";
import { gainLose } from "./gain-lose.js";
import { information } from "./information.js";
import { plane } from "./plane.js";

export const fourNumbers = [bigNumbers];
export const compared = [differences, gainLose, acceptability, plane, information];
