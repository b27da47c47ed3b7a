// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sections about why: what drives the result, where the claims hold, what carries the synergy, who has a stake.
import "../options/texts.js";
import { channels } from "./channels.js";
import { drivers } from "./drivers.js";
import { stakeholders } from "./stakeholders.js";
import { swot } from "./swot.js";
import { where } from "./where.js";

export const insight = [where, drivers, channels, stakeholders, swot];
